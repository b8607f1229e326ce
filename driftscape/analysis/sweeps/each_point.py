"""Map an analysis over a sweep: each point is analysed as the run that it is."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar, cast

from .operators import check_operators
from .points import Sweep, selected
from .stack import collect

if TYPE_CHECKING:
    import xarray as xr

P = ParamSpec("P")
R = TypeVar("R")

_NOTE = """
    For a sweep the result is a dataset with the result of each point, see `at_every_point`.
    """


def each_point(function: Callable[P, R]) -> Callable[P, R]:
    """Make an analysis of a run take a sweep too, of which it returns a dataset.

    The type of the result is that for a run: whoever checks types calls `at_every_point`.
    """

    @functools.wraps(function)
    def analysis(*args: P.args, **kwargs: P.kwargs) -> R:
        given = [*args, *kwargs.values()]
        sweep = Sweep.of(given)
        if sweep is None:
            return function(*args, **kwargs)
        check_operators(function.__name__, given)
        return cast(R, evaluate(function, sweep, args, kwargs))

    if analysis.__doc__:
        analysis.__doc__ = analysis.__doc__.rstrip() + "\n" + _NOTE
    return analysis


def at_every_point(
    function: Callable[Concatenate[xr.Dataset, P], object],
    sweep: xr.Dataset,
    *args: P.args,
    **kwargs: P.kwargs,
) -> xr.Dataset:
    r"""Return `function(point, ...)` of every point of a sweep, as one dataset.

        at_every_point(f, sweep, ...).sel(point) = f(sweep.sel(point), ...)

    Every analysis does the same if it is called with a sweep.  A point at which the function raises
    a `ValueError`, as it does where data are too few or trajectories diverged, has NaN.

    Parameters
    ----------
    function
        A function of one run, or of first passages: an analysis, or one of your own.
    sweep
        The result of `simulate.sweep`, of `simulate.first_passage` with `over=`, or of
        `xarray.concat` of such results.
    *args, **kwargs
        The further arguments of the function.  A sweep among them, over the same parameters, is
        passed point by point.  Anything else is the same at every point; to compare each point
        with an operator of its own, make the operator in a function of the point.

    Returns
    -------
    xarray.Dataset
        Its first dimensions are the parameters that were swept.  `reason` is what was wrong at a
        point without a result, and "" elsewhere.  The other variables depend on what the function
        returns.

        An `Estimate`
            `value`, `stderr`, `low` and `high` (the interval at 95 %), `n_eff`, `method`, `unit`,
            and what the error is made of: `contribution` of each trajectory, with `sources`.
            `covariance` is that between the errors of two points, which share the noise of equally
            numbered trajectories unless the sweep was made with `common=False`.  `estimate_of` is
            the way back to an `Estimate`; `fit` uses the covariance.
        A dataset, an array or a number
            Its variables (`value` for an array or a number).  A coordinate whose values depend on
            the point, such as `time`, has the dimensions of the sweep too.
        Any other result
            Its fields and properties: numbers, text and arrays as they are, estimates with
            `_stderr`, `_low` and `_high`; `verdict` is its truth value.

        A truth value is 1, 0 or NaN if a point has none.

    Raises
    ------
    ValueError
        The dataset is no sweep; or no point has a result, which is the error of the first.
    TypeError
        An argument of the wrong type or name, as the function itself raises it.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate
    >>> passages = simulate.first_passage(
    ...     landscapes.quartic_well(), simulate.Ito(beta=5, dt=1e-2), over={"beta": [5, 10]},
    ...     start=-1, target="x > 0", trajectories=1000, max_time=5, seed=1)
    >>> rates = analysis.at_every_point(analysis.escape_rate, passages, discard_time=2)
    >>> bool(rates.value.sel(beta=5) > rates.value.sel(beta=10))
    True
    >>> rates.value.identical(analysis.escape_rate(passages, discard_time=2).value)
    True
    """
    found = Sweep.of([sweep])
    if found is None:
        raise ValueError(
            "this dataset is a single point and no sweep; call the function itself with it."
        )
    whole = Sweep.of([sweep, *args, *kwargs.values()]) or found
    return evaluate(function, whole, (sweep, *args), kwargs)


def evaluate(
    function: Callable[..., object],
    sweep: Sweep,
    args: Sequence[object],
    kwargs: Mapping[str, object],
) -> xr.Dataset:
    """Return the results of a function at all points of its arguments.

    A wrong argument is wrong at every point: an error is raised if no point has a result.
    """
    results: list[object] = []
    errors: dict[int, ValueError] = {}
    for number, point in enumerate(sweep):
        chosen = [selected(value, point.at) for value in args]
        named = {name: selected(value, point.at) for name, value in kwargs.items()}
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                results.append(function(*chosen, **named))
            except ValueError as error:
                errors[number] = error
                results.append(None)
        for warning in caught:
            warnings.warn_explicit(
                f"{point.label}{warning.message}", warning.category, warning.filename,
                warning.lineno,
            )  # fmt: skip
    if len(errors) == len(results):
        raise _of_all(list(errors.values()), next(iter(sweep)).label)
    reasons = [str(errors.get(number, "")) for number in range(len(results))]
    return collect(sweep, results, reasons)


def _of_all(errors: list[ValueError], label: str) -> ValueError:
    """Return the error of the first point; it names the point unless all errors are the same."""
    first = errors[0]
    if any(str(error) != str(first) for error in errors):
        first.args = (f"{label}{first} No other of the {len(errors)} points has a result either.",)
    return first
