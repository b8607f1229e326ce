"""Exit times under stable noise in the limit of small noise: exit by one jump."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ...landscapes.checks import check_landscape
from ...landscapes.landscape import Landscape
from ...simulate.dynamics.base import Dynamics
from ...simulate.dynamics.sde.sde import SDE
from ...typing import Float
from ...validate import check_real, shown
from ..theory import Theory

_CELLS = 4000  # of the interval, in the search for equilibria
_MOST_TERMS = 60  # of the series of the tail
_LARGEST_TRUNCATION = 0.25  # relative to the value, for a valid result


def levy_exit_time(
    landscape: Landscape, dynamics: Dynamics, *, start: float, left: float, right: float
) -> Theory:
    r"""Return the mean time until a jump of stable noise takes a particle out of an interval.

        x' = x + b(x) dt + s(x) xi,    s = B(x) dt^(1/alpha)/sqrt(beta),
        E exp(i k xi) = exp(-|k|^alpha)

    Small stable noise does not climb: the particle stays at the minimum m until one jump is longer
    than the distance to an end.  Steps are independent, so their number is geometric,

        tau = dt/p,    p = P(s xi < left - m) + P(s xi > right - m)
                         ~ c s^alpha [(m - left)^-alpha + (right - m)^-alpha],
        c = Gamma(alpha) sin(pi alpha/2)/pi

    a power of the noise and of the width, whatever the height of the barrier; dt drops out but for
    the smallest times.

    Parameters
    ----------
    landscape
        One coordinate.
    dynamics
        `Ito(noise="stable", alpha=...)` with alpha < 2; discrete descent with stable noise of scale
        s and learning rate eta is dt = eta, beta = (eta^(1/alpha) B/s)^2.
    start
        Position in the interval; the flow leads to the minimum first.
    left, right
        Ends of the interval.  One equilibrium, a stable one, must lie between them; an end may be a
        saddle.

    Returns
    -------
    Theory
        In units of time, for noise -> 0.  The truncation is twice the effect of smaller jumps,
        which move the particle about m by <x^2> and bring it nearer to an end: with w_i the shares
        of the two ends and d_i their distances,

            (alpha (alpha + 1)/2) tau <x^2> sum_i w_i/d_i^2,
            <x^2> = alpha c s^alpha/dt sum_i d_i^(2 - alpha)/(2 (2 - alpha) |b'(m)|),

        some relaxation times however weak the noise, many for alpha -> 2; a rule, not a bound.
        Valid while it is below a quarter of tau.

    Raises
    ------
    ValueError
        More than one coordinate; a dynamics without stable noise, or with alpha = 2, whose escape
        is `eyring_kramers`; an interval without one stable equilibrium.

    References
    ----------
    P. Imkeller, I. Pavlyukevich, Stoch. Process. Appl. 116 (2006) 611; T. H. Nguyen, U. Simsekli,
    M. Gurbuzbalaban, G. Richard, NeurIPS (2019), for the discrete steps.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> ito = simulate.Ito(beta=1000, dt=1e-2, noise="stable", alpha=1.5)
    >>> tau = levy_exit_time(landscapes.quartic_well(), ito, start=-1, left=-2, right=0)
    >>> round(tau.value, 1)
    445.7
    """
    check_landscape(landscape)
    if landscape.dim != 1:
        raise ValueError(
            f"levy_exit_time needs one coordinate; {landscape.name} has {landscape.dim}."
        )
    alpha = dynamics.alpha if isinstance(dynamics, SDE) and dynamics.noise == "stable" else None
    if not isinstance(dynamics, SDE) or alpha is None or not alpha < 2:
        raise ValueError(
            f'{shown(dynamics)} makes no jumps: pass Ito(noise="stable", alpha=...), alpha < 2. '
            "Gaussian noise climbs, see eyring_kramers and mean_first_passage_time."
        )
    start = check_real("start", start)
    left, right = check_real("left", left), check_real("right", right)
    if not left < start < right:
        raise ValueError(f"start={start} must lie between left={left} and right={right}.")
    drift = dynamics.ito_drift(landscape, dynamics.beta)
    rest, slope = _equilibrium(lambda x: drift(np.reshape(x, (-1, 1)))[:, 0], left, right)
    dt = float(dynamics.dt)
    if not -2 < slope * dt < 0:
        raise ValueError(
            f"the minimum at {rest:.4g} is not stable for steps of dt={dt}: the slope of the drift "
            f"is {slope:.4g} there. Take dt below {2 / abs(slope):.3g}."
        )
    width = float(np.linalg.norm(landscape.noise_factor(np.array([rest]))[0], ord=alpha))
    scale = width * dt ** (1 / alpha) / math.sqrt(dynamics.beta)
    if not scale > 0:
        raise ValueError(
            f"there is no noise at the minimum {rest:.4g}: the particle makes no jumps."
        )
    distances = [(right - rest) / scale, (rest - left) / scale]
    chance: float = sum(stable_tail(distance, alpha) for distance in distances)
    value, relaxation = dt / chance, -1 / slope
    first = relaxation if abs(start - rest) > 1e-6 * (right - left) else 0.0
    truncation = 2 * value * _change_of_chance(distances, alpha) * relaxation / dt + first
    return Theory(
        value,
        truncation=truncation,
        regime=f"noise -> 0: relaxation time/exit time << 1 (here {relaxation / value:.2g})",
        source="Imkeller and Pavlyukevich",
        valid=truncation < _LARGEST_TRUNCATION * value,
        unit="units of time",
    )


def _change_of_chance(distances: list[float], alpha: float) -> float:
    """Return the relative change of the chance to leave, per step of relaxation time."""
    far = np.array(distances)
    chances = far**-alpha
    shares = chances / chances.sum()
    spread = alpha * _coefficient(1, alpha) * np.sum(far ** (2 - alpha)) / (2 * (2 - alpha))
    return float(alpha * (alpha + 1) / 2 * spread * np.sum(shares / far**2))


def stable_tail(x: float, alpha: float) -> float:
    """Return P(xi > x) for x > 0, E exp(i k xi) = exp(-|k|^alpha), 0 < alpha < 2.

    The series in x^-alpha, convergent for alpha <= 1 and asymptotic beyond, where it is good
    enough; else SciPy's quadrature.

    Examples
    --------
    >>> round(stable_tail(1.0, 1.0), 9)  # Cauchy's
    0.25
    """
    terms = np.array([_coefficient(k, alpha) * x ** (-alpha * k) for k in range(1, _MOST_TERMS)])
    size = np.abs(terms) + np.abs(np.roll(terms, -1))  # two, since every other one may vanish
    last = int(size[:-1].argmin())
    if size[last] < 1e-9 * terms[0]:
        return float(terms[: last + 1].sum())
    from scipy.stats import levy_stable  # 0.5 s to import

    return float(levy_stable.sf(x, alpha, 0))


def _coefficient(k: int, alpha: float) -> float:
    size = math.exp(math.lgamma(alpha * k) - math.lgamma(k + 1))
    return float((-1) ** (k + 1)) * size * math.sin(math.pi * k * alpha / 2) / math.pi


def _equilibrium(drift: Callable[[Float], Float], left: float, right: float) -> tuple[float, float]:
    """Return the one equilibrium inside the interval and the slope of the drift there."""
    from scipy.optimize import brentq

    # off the middle of the cells, so that no zero falls on a point by symmetry
    grid = left + (right - left) * (np.arange(_CELLS) + 0.37) / _CELLS
    force = drift(grid)
    turns = np.flatnonzero(np.sign(force[1:]) != np.sign(force[:-1]))
    if len(turns) != 1 or not force[turns[0]] > 0:
        found = ", ".join(f"{grid[i]:.4g}" for i in turns[:6]) or "none"
        raise ValueError(
            f"between {left} and {right} the drift changes sign at: {found}. One stable "
            "equilibrium is needed; end the interval at the saddles."
        )
    low, high = grid[turns[0]], grid[turns[0] + 1]
    rest = float(brentq(lambda x: float(drift(x)[0]), low, high, xtol=1e-14))
    step = 1e-5 * (right - left)
    ahead, behind = drift(np.array([rest + step, rest - step]))
    return rest, float(ahead - behind) / (2 * step)
