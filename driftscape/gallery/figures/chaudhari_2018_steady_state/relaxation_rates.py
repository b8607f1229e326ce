r"""Relaxation rates of an ensemble: the slow eigenvalues, from correlations in time.

With functions f_1 ... f_n of the state,

    C_ij(t) = E[f_i(s + t) f_j(s)],        eigenvalues of C(t) C(0)^-1 = exp(-lambda t)

if the slow eigenfunctions are sums of the f_i.  Otherwise this is an approximation, which improves
with t (F. Noe and F. Nueske, Multiscale Model. Simul. 11 (2013) 635; M. O. Williams,
I. G. Kevrekidis, C. W. Rowley, J. Nonlinear Sci. 25 (2015) 1307).  Neither drift nor noise is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ....analysis import Estimate
from ....typing import Float
from ...shared.histogram import GROUPS

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Rate:
    """A decay rate `real` of a mode with the angular frequency `imaginary` >= 0."""

    real: Estimate
    imaginary: Estimate


def monomials(x: Float, degree: int, parity: int) -> Float:
    """Return x1^a x2^b of total degree up to `degree`, odd or even, shape (n, ...).

    Under (x1, x2) -> (-x1, -x2) the functions keep or change their sign.  If the process has this
    symmetry, so do its slow modes.

    Examples
    --------
    >>> monomials(np.array([2.0, 3.0]), degree=2, parity=0)  # x1^2, x1 x2, x2^2
    array([4., 6., 9.])
    """
    powers = [np.ones_like(x)]
    for _ in range(degree):
        powers.append(powers[-1] * x)
    totals = range(2 - parity, degree + 1, 2)
    return np.stack([powers[k - b][0] * powers[b][1] for k in totals for b in range(k + 1)])


def relaxation_rates(
    run: xr.Dataset, *, lag: float, parity: int, degree: int, discard_steps: int, count: int = 1
) -> tuple[Rate, ...]:
    """Measure the slowest rates of a stationary ensemble in the plane.

    Parameters
    ----------
    run
        Result of `simulate.run` with snapshots of two coordinates.
    lag
        t, a multiple of the time between snapshots.  The error of the basis falls with t, the
        statistical error grows.
    parity
        1 for odd functions, 0 for even ones (the constant is left out).
    degree
        Largest total degree of the monomials.
    discard_steps
        Steps left out at the beginning.
    count
        Number of rates, the slowest first; of a complex pair only the one with imaginary part > 0.

    Returns
    -------
    tuple of Rate
        Per unit of time; the errors are jackknife errors over 32 groups of trajectories.

    Raises
    ------
    ValueError
        If the lag is not a multiple of the time between snapshots, or is longer than the run.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> ito = simulate.Ito(beta=1, dt=0.02, scheme="weak-2")
    >>> run = simulate.run(landscapes.double_well(rotation=1.5), ito, time=40, trajectories=512,
    ...                    seed=1, save_every=10)
    >>> (slowest,) = relaxation_rates(run, lag=1.0, parity=1, degree=5, discard_steps=500)
    >>> slowest.real.compare(1.0386).verdict, slowest.imaginary.compare(0.67).verdict
    ('agrees', 'agrees')
    """
    state = run["state"].transpose("coordinate", "trajectory", "time").values
    time = run["time"].values
    x = state[:, :, run["step"].values >= discard_steps]
    spacing = float(time[1] - time[0])
    shift = round(lag / spacing)
    if not 0 < shift < x.shape[2] or abs(shift * spacing - lag) > 1e-6 * lag:
        raise ValueError(
            f"lag={lag:g} is no whole number of snapshots, which are {spacing:g} apart and "
            f"{x.shape[2]} in number; give a multiple of that, or another save_every=."
        )
    groups = np.array_split(x, GROUPS, axis=1)
    sums = [_products(part, shift, degree, parity) for part in groups]
    now, later, mean, size = (np.array(each) for each in zip(*sums, strict=True))

    def rates(left_out: int | None) -> NDArray[np.complex128]:
        kept = np.arange(GROUPS) != (GROUPS if left_out is None else left_out)
        total = size[kept].sum()
        middle = mean[kept].sum(axis=0) / total
        constant = np.outer(middle, middle) if parity == 0 else 0.0
        before, after = (each[kept].sum(axis=0) / total - constant for each in (now, later))
        values = np.linalg.eigvals(np.linalg.solve(before, after)).astype(complex)
        found = -np.log(values[values.real > 0]) / (shift * spacing)
        found = found[found.imag >= 0]
        return np.asarray(found[np.argsort(found.real)][:count])

    best = rates(None)
    spread = np.array([rates(group) for group in range(GROUPS)])
    return tuple(
        Rate(*(_jackknife(float(part(value)), part(each)) for part in (np.real, np.imag)))
        for value, each in zip(best, spread.T, strict=True)
    )


def _products(x: Float, shift: int, degree: int, parity: int) -> tuple[Float, Float, Float, int]:
    """Sum f f^T at one time and at two times, and f, over the snapshots of a group."""
    f = monomials(x, degree, parity)
    early, late = (part.reshape(len(f), -1) for part in (f[..., :-shift], f[..., shift:]))
    now = (early @ early.T + late @ late.T) / 2
    return now, late @ early.T, (early + late).sum(axis=1) / 2, early.shape[1]


def _jackknife(value: float, each: Float) -> Estimate:
    error = float(np.sqrt((GROUPS - 1) * np.mean((each - each.mean()) ** 2)))
    return Estimate(value, error, GROUPS, f"correlations in time, {GROUPS} groups", "per unit time")
