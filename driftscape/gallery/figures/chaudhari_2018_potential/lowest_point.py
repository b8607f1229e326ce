"""The minimum of a potential, from a histogram or a grid, with an error bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .... import analysis
from ....analysis import Estimate
from ....typing import Float

if TYPE_CHECKING:
    import xarray as xr

_DEGREE = 5
_POWERS = np.arange(_DEGREE + 1)


def minimum(x: Float, values: Float, stderr: Float) -> tuple[float, float]:
    """Fit a polynomial of degree 5 and return the position of its minimum and the standard error.

    Parameters
    ----------
    x, values, stderr
        Positions, values and independent errors, shape (n,), n > 6.

    Raises
    ------
    ValueError
        If the polynomial is lowest at an end.

    Examples
    --------
    >>> x = np.linspace(-1, 2, 30)
    >>> at, error = minimum(x, (x - 0.3) ** 2, np.full(30, 0.01))
    >>> round(at, 6), error < 0.01
    (0.3, True)
    """
    middle, half = (x.max() + x.min()) / 2, np.ptp(x) / 2
    z = (x - middle) / half
    inverse = np.linalg.pinv(z[:, None] ** _POWERS / stderr[:, None])
    c = inverse @ (values / stderr)
    fine = np.linspace(-1, 1, 2001)
    best = int((fine[:, None] ** _POWERS @ c).argmin())
    if best in (0, len(fine) - 1):
        raise ValueError(
            f"the lowest point of {middle - half:.4g} to {middle + half:.4g} is at an end; look "
            "at a wider range."
        )
    at = float(fine[best])
    for _ in range(3):  # from the nearest of 2001 points to the zero of the slope
        bend = float((_POWERS * (_POWERS - 1))[2:] * at ** (_POWERS[2:] - 2) @ c[2:])
        at -= float(_slope(at) @ c) / bend
    error = float(np.linalg.norm(inverse.T @ _slope(at))) / bend
    return float(middle + half * at), float(half * error)


def _slope(at: float) -> Float:
    return np.concatenate([[0.0], _POWERS[1:] * at ** (_POWERS[1:] - 1.0)])


def lowest_point(run: xr.Dataset, *, within: float, bins: int = 60) -> Estimate:
    """Return the minimum of Phi = -log(density)/beta of a run's final states, one coordinate.

    Parameters
    ----------
    run
        Result of `simulate.run` for a landscape of one coordinate.
    within
        States farther than this from the median are left out, which changes the density by a
        constant factor.  A width of the well is a good choice.
    bins
        Number of bins of the remaining states.

    Returns
    -------
    Estimate
        The error is that of the counts.  The error of the polynomial is not included: at most 0.003
        for a width of 1 of the landscape of `state_dependent_noise`, less for smaller widths.

    Raises
    ------
    ValueError
        If there is no minimum in this range.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> run = simulate.run(landscapes.mean_estimation(), simulate.Ito(beta=1, dt=0.05), time=8,
    ...                    trajectories=4000, seed=1, keep="final")
    >>> lowest_point(run, within=1.5).compare(0.0).verdict
    'agrees'
    """
    x = np.asarray(run.final.values)[:, 0]
    near = np.abs(x - np.median(x)) < within
    profile = analysis.potential(run.isel(trajectory=np.flatnonzero(near)), bins=bins)
    finite = np.isfinite(profile.potential.values)
    columns = profile[profile.potential.dims[0]], profile.potential, profile["stderr"]
    at, error = minimum(*(each.values[finite] for each in columns))
    return Estimate(at, error, int(near.sum()), f"fit to {finite.sum()} bins")
