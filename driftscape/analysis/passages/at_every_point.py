"""Evaluate one function of first passages at every point of a sweep."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import TYPE_CHECKING, Concatenate, ParamSpec

import numpy as np

from ...labels import COMMON, NUMBER, labelled
from ..estimate import Estimate

if TYPE_CHECKING:
    import xarray as xr

P = ParamSpec("P")

_NUMBERS = ("value", "stderr", "low", "high", "n_eff")
_TEXTS = ("method", "unit")


def at_every_point(
    function: Callable[Concatenate[xr.Dataset, P], Estimate],
    passages: xr.Dataset,
    *args: P.args,
    **kwargs: P.kwargs,
) -> xr.Dataset:
    """Return `function(passages.sel(point), ...)` at every point of a sweep, as one dataset.

    Parameters
    ----------
    function
        A function of first passages that returns an `Estimate`: `mean_first_passage_time`,
        `restricted_mean`, `escape_rate` or `splitting_probability`.
    passages
        What `simulate.first_passage` returned with `over=`.
    *args, **kwargs
        The further arguments of the function.

    Returns
    -------
    xarray.Dataset
        Its dimensions are the parameters that were swept.  Its variables are `value`, `stderr`,
        `low` and `high` (the interval at 95 %), `n_eff`, `method` and `unit` of the estimates.

    Raises
    ------
    ValueError
        The passages belong to a single point, or the function refuses the passages of one point.
        The message begins with that point, as do the messages of warnings.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate
    >>> passages = simulate.first_passage(
    ...     landscapes.quartic_well(), simulate.Ito(beta=5, dt=1e-2), over={"beta": [5, 10]},
    ...     start=-1, target="x > 0", trajectories=1000, max_time=5, seed=1)
    >>> rates = analysis.at_every_point(analysis.escape_rate, passages, discard_time=2)
    >>> bool(rates.value.sel(beta=5) > rates.value.sel(beta=10))
    True
    """
    names = swept_parameters(passages)
    if not names:
        raise ValueError(
            "these first passages belong to a single point; call the function itself with them."
        )
    import xarray as xr

    shape = tuple(passages.sizes[name] for name in names)
    numbers = {name: np.empty(shape) for name in _NUMBERS}
    texts = {name: np.empty(shape, object) for name in _TEXTS}
    for index in product(*map(range, shape)):
        point = passages.isel(dict(zip(names, index, strict=True)))
        try:
            found = function(point, *args, **kwargs)
        except ValueError as error:
            error.args = (f"{point_label(point)}{error}",)
            raise
        values = (found.value, found.stderr, *found.interval(), found.n_eff)
        for name, value in zip(_NUMBERS, values, strict=True):
            numbers[name][index] = value
        texts["method"][index], texts["unit"][index] = found.method, found.unit
    variables = {name: (names, array) for name, array in numbers.items()}
    variables |= {name: (names, array.astype(str)) for name, array in texts.items()}
    points = {name: passages[name].variable for name in names}
    units = texts["unit"].flat[0] or NUMBER
    labels = {name: COMMON[name]._replace(units=units) for name in _NUMBERS if name != "n_eff"}
    return labelled(xr.Dataset(variables, points), labels)


def swept_parameters(passages: xr.Dataset) -> list[str]:
    """Return the parameters of which `passages` has several values; [] for a single point."""
    if "passage_time" not in passages:
        return []
    dims = [str(name) for name in passages["passage_time"].dims]
    return [name for name in dims if name != "trajectory"] if len(dims) > 1 else []


def point_label(passages: xr.Dataset) -> str:
    """Return "at beta=2: " for a point selected from a sweep, "" for passages of their own."""
    values = [
        f"{name}={value.item():g}"
        for name, value in passages.coords.items()
        if not value.ndim and value.dtype.kind in "iuf"
    ]
    return f"at {', '.join(values)}: " if values else ""
