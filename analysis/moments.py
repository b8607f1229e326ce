"""Stationary moments: measured as time averages, and exact under exp(-beta Phi)."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ..simulate import provenance
from .ensemble import Ensemble, ensemble
from .estimate import Estimate, Theory
from .observable import Observable
from .quadrature import gibbs_integrals

if TYPE_CHECKING:
    import xarray as xr


def moment(
    run: "xr.Dataset",
    expression: str,
    *,
    discard: int | None = None,
    diverged: str | None = None,
) -> Estimate:
    """Measure the stationary mean of an expression of the coordinates.

    It is averaged over time along each trajectory, then over trajectories; the error is the
    scatter over trajectories, whatever the correlation in time.

    Parameters
    ----------
    run
        What `simulate.run` returned.
    expression
        Text such as `"x**2"`, in the landscape's coordinates and parameters.
    discard
        Steps to leave out at the beginning; default: ten units of time.  A run that kept
        `simulate.Average` of this very expression is read there (it averages every step, and
        discarded what its own `after` said) unless `discard` is given.
    diverged
        None refuses a run with diverged trajectories, "drop" leaves those out.

    Raises
    ------
    TooFewData, Diverged
        See `analysis.ensemble`.
    FormulaError
        (a ValueError) The expression has an unknown name or function.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate
    >>> well = landscapes.quartic_well()
    >>> law = simulate.Ito(beta=2, dt=0.01)
    >>> run = simulate.run(well, law, steps=20_000, trajectories=100, seed=1, save_every=20)
    >>> measured = analysis.moment(run, "x**2")
    >>> measured.compare(analysis.exact_moment(well, "x**2", beta=2)).verdict
    'agrees'
    """
    data = ensemble(run, diverged)
    observable = Observable.of(data.landscape, expression)
    kept = kept_average(run, data, observable) if discard is None else None
    if kept is not None:
        return data.mean(kept, f"time average of {expression}, {kept_how(run)}")
    means, count = data.time_means(observable, discard)
    method = f"mean of {expression} over {count} snapshots"
    return data.mean(means, method, enough=count > 0)


def kept_average(run: "xr.Dataset", data: Ensemble, observable: Observable) -> Any:
    """Return the run's own time average of this expression, one a trajectory, or None."""
    if "average" not in run:
        return None
    for index, text in enumerate(run["expression"].values.tolist()):
        if Observable.of(data.landscape, text).expression == observable.expression:
            average = run["average"].transpose("trajectory", "expression")
            return np.asarray(average.values)[data.keep, index]
    return None


def kept_how(run: "xr.Dataset") -> str:
    """Say from which step on the run's own averages count."""
    after = next(part["after"] for part in provenance(run)["keep"] if isinstance(part, dict))
    return f"kept by the run over every step from {after} on"


def exact_moment(landscape: Any, expression: str, *, beta: float = 1.0) -> Theory:
    """Return the mean of an expression under exp(-beta Phi)/Z, by quadrature.

    Parameters
    ----------
    landscape
        Made by `Landscape.from_potential`, with one or two coordinates.
    expression
        Text such as `"x**2"`.
    beta
        Inverse temperature.

    Returns
    -------
    Theory
        Exact as dt -> 0 (Euler-Maruyama is off by O(dt): extrapolate) for the A-type SDE, which is
        the Ito SDE when D and Q are constant.  The truncation is the error of the quadrature.  All
        wells are seen, wherever they are: bounds of Phi leave out nothing that has weight, and
        neither the landscape's start nor its domain matters.  Where they cannot show that in
        reasonable time (`valid=False`) the regime says how much may be missing.

    Raises
    ------
    NotAvailable
        (a ValueError) The landscape has no potential.
    ValueError
        More than two coordinates, beta <= 0, an expression whose mean is infinite, exp(-beta Phi)
        that cannot be integrated or has no value in places (a `domain=` where it has one says that
        paths cannot get there).

    Examples
    --------
    >>> from driftscape import landscapes
    >>> print(f"{exact_moment(landscapes.double_well(), 'x1**2').value:.6f}")
    1.041797
    """
    observable = Observable.of(landscape, expression)
    found = gibbs_integrals(landscape, beta, [(observable.expression, True)])
    return Theory(
        float(found.values[0]), truncation=float(found.errors[0]), regime=found.regime,
        source="quadrature", valid=found.valid,
    )  # fmt: skip
