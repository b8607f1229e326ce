r"""Drift velocity, displacement and linear response on ARCHIMEDES, as series.

In the frame that turns with the screw, p = u cos z + v sin z and q = -u sin z + v cos z, one step
of size h with noise x ~ N(0, s) reads

    p', q' = (1 - 2h) p - h x/sqrt2, (1 - h) q + h x/sqrt2,  then turned by
    dz = -h [p q + x (p + q)/sqrt2],

whatever z is, so that the mean velocity is -h E[p q] of a Markov chain in (p, q).  An expansion of
its stationary moments in h and in the noise strength e = h s gives

    v = (h e/6) sum_{i,j} A_ij h**i e**j    per step.

SGD is h = e*b = learning_rate; the Ito SDE is h -> 0 at e = 2/beta; Euler-Maruyama is h = dt.
The series in h alone is linear response, 1/(1 - 2h/3).  This file keeps three orders of A; the
tests derive them again.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache
from typing import Literal, NamedTuple

import sympy as sp

from ..landscapes import archimedes
from ..landscapes.checks import check_landscape
from ..landscapes.formulas.language import exact
from ..landscapes.kinds.loss import LossLandscape
from ..landscapes.landscape import Landscape
from ..simulate.dynamics.base import Dynamics
from ..simulate.dynamics.sde.ito import Ito
from ..simulate.dynamics.sgd import SGD
from ..validate import check_choice, check_flag, check_whole, shown
from .one_step import require_plain
from .theory import Theory

#: A_ij, coefficient of h**i e**j
_COEFFICIENTS = {
    (0, 0): Fraction(1),
    (1, 0): Fraction(2, 3),
    (0, 1): Fraction(-1, 24),
    (2, 0): Fraction(4, 9),
    (1, 1): Fraction(-1, 18),
    (0, 2): Fraction(-23, 5040),
    (3, 0): Fraction(8, 27),
    (2, 1): Fraction(-5, 144),
    (1, 2): Fraction(-30839, 470400),
    (0, 3): Fraction(37033, 1693440),
}

_SUMMED_ORDER = 2  # the third order is the stated truncation
_LARGEST_STEP = 0.5  # past this step or noise strength the terms no longer fall off

#: the coordinate along the axis of the screw
_COORDINATE = "z"


class _Expansion(NamedTuple):
    """Step size h, noise strength e = h Var(x), and the names of the small numbers."""

    step: float
    noise: float
    small: str


def drift_velocity(
    landscape: Landscape,
    dynamics: Dynamics,
    coordinate: str,
    *,
    per: Literal["step", "time"] = "step",
    continuum: bool = False,
) -> Theory:
    r"""Return the stationary drift velocity of a coordinate where its series is known: the screw.

        SGD, batch_size 1:    (eta**2/6) (1 + 5 eta/8 + 1937 eta**2/5040 + ...)     per step
        Ito SDE, e = 2/beta:  (e/6) (1 - e/24 - 23 e**2/5040 + ...)                 per time

    The measured counterpart is `analysis.drift_velocity`.

    Parameters
    ----------
    landscape
        `landscapes.archimedes()`, or any landscape whose loss and samples are the same formulas,
        whatever its name, start and domain are.
    dynamics
        `simulate.SGD` of any batch size, or `simulate.Ito`.
    coordinate
        "z", the coordinate along the axis of the screw.
    per
        Per step, or per unit of time.
    continuum
        For `Ito`: leave out the bias of the Euler-Maruyama step, that is take dt -> 0.  By default
        the value is that of the scheme at its dt, which is what a run measures.

    Returns
    -------
    Theory
        In units of the coordinate per step or per time.  The truncation is the size of the third
        order, whose terms are known (their absolute values add up), and of a geometric series after
        it.  Past a step or noise strength of 0.5 the result is not valid.

    Raises
    ------
    ValueError
        Another landscape, coordinate or dynamics, for which no series is known: `entropic_drift`
        derives the leading order for any loss with a valley.

    References
    ----------
    S. Tenka, "A space-time approach to analyzing stochastic gradient descent" (2020), section 4.1,
    for the leading order.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> print(drift_velocity(landscapes.archimedes(), simulate.SGD(learning_rate=0.1), "z"))
    0.00177724 (truncation 7.7e-07) per step  [series in learning_rate to second order]
    """
    _require_screw(landscape, coordinate, "drift velocity")
    expansion = _expansion(dynamics, continuum)
    h, e = expansion.step, expansion.noise
    terms = {(i, j): float(a) * h**i * e**j for (i, j), a in _COEFFICIENTS.items()}
    summed = sum(term for (i, j), term in terms.items() if i + j <= _SUMMED_ORDER)
    left = sum(abs(term) for (i, j), term in terms.items() if i + j > _SUMMED_ORDER)
    unit = _unit(dynamics, per)
    return Theory(
        unit * e / 6 * summed,
        truncation=unit * e / 6 * left / (1 - min(max(h, e), _LARGEST_STEP)),
        regime=f"series in {expansion.small} to second order",
        source="stationary moments in the turning frame",
        valid=max(h, e) <= _LARGEST_STEP,
        unit=f"per {per}",
    )


def displacement(
    landscape: Landscape,
    dynamics: Dynamics,
    coordinate: str,
    *,
    steps: int,
    continuum: bool = False,
) -> Theory:
    r"""Return the mean displacement of a coordinate from the valley's axis, transient included.

        E z_T = v (T - (1 - r**T)/(1 - r)),      r = (1 - h)(1 - 2h),

    with v as in `drift_velocity`: the noise needs a time 1/3 to spread over the valley.  At leading
    order this is the nested sum (h**2 e/2) sum_{t<T} (1 - r**t)/(1 - r) of the frozen frame, which
    is exact for T <= 2.  The measured counterpart is `analysis.displacement`.

    Parameters
    ----------
    landscape, dynamics, coordinate, continuum
        As in `drift_velocity`.
    steps
        T, number of steps >= 1 after a start on the axis.

    Returns
    -------
    Theory
        In units of the coordinate.  The truncation is that of the velocity, and the transient's own
        relative correction O(h + e).

    Raises
    ------
    ValueError
        As `drift_velocity`; or `steps` is not a whole number >= 1.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> sgd = simulate.SGD(learning_rate=0.1)
    >>> print(displacement(landscapes.archimedes(), sgd, "z", steps=10_000))
    17.766 (truncation 0.009) per 10000 steps  [series in learning_rate to second order]
    """
    steps = check_whole("steps", steps)
    velocity = drift_velocity(landscape, dynamics, coordinate, continuum=continuum)
    h, e, _ = _expansion(dynamics, continuum)
    if h:
        r = (1 - h) * (1 - 2 * h)
        lag = (1 - r**steps) / (1 - r)
    else:  # dt -> 0 at fixed time; the lag is still counted in steps
        rate = 3 * dynamics.time_step
        lag = -math.expm1(-steps * rate) / rate
    transient = velocity.value * min(lag, steps - lag)
    return Theory(
        velocity.value * (steps - lag),
        truncation=velocity.truncation * steps + transient * (h + e),
        regime=velocity.regime,
        source=velocity.source,
        valid=velocity.valid,
        unit=f"per {steps} steps",
    )


def linear_response(
    landscape: Landscape,
    dynamics: Dynamics,
    coordinate: str,
    *,
    per: Literal["step", "time"] = "step",
) -> Theory:
    """Return the velocity that linear response about a frozen z predicts, on the screw.

        v = eta**2 / (b (6 - 4 eta)) = (eta**2/6b) (1 + 2 eta/3 + ...)       per step

    It is right at leading order and wrong at the next: it misses that the fluctuations of z
    correlate with (u, v), a relative -eta/24 (batch_size 1).  `drift_velocity` is the full series.

    Parameters
    ----------
    landscape, dynamics, coordinate, per
        As in `drift_velocity`.

    Returns
    -------
    Theory
        In units of the coordinate per step or per time.  The formula is exact for a frozen z, so
        that its truncation is 0 and data can reject that picture.

    Raises
    ------
    ValueError
        As `drift_velocity`.

    References
    ----------
    S. Tenka, "A space-time approach to analyzing stochastic gradient descent" (2020), Corollary 1.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> print(linear_response(landscapes.archimedes(), simulate.SGD(learning_rate=0.1), "z"))
    0.00178571 per step  [linear response about a frozen z; wrong at relative order learning_rate]
    """
    _require_screw(landscape, coordinate, "linear response")
    h, e, _ = _expansion(dynamics, continuum=False)
    return Theory(
        _unit(dynamics, per) * e / (6 - 4 * h),
        regime="linear response about a frozen z; wrong at relative order learning_rate",
        source="nested sum of Tenka 2020, Corollary 1",
        valid=h < 1,
        unit=f"per {per}",
    )


def _require_screw(landscape: Landscape, coordinate: str, quantity: str) -> None:
    """Refuse a landscape that is not the screw, and a coordinate that is not along its axis."""
    check_landscape(landscape)
    instead = (
        "theory.entropic_drift derives the leading order in the learning rate for any loss with a "
        "valley, and analysis.drift_velocity measures a run."
    )
    if not _is_screw(landscape):
        raise ValueError(
            f"no {quantity} is known on {landscape.name}: the series is that of "
            f"landscapes.archimedes().  Instead, {instead}"
        )
    if not isinstance(coordinate, str) or coordinate != _COORDINATE:
        raise ValueError(
            f"no {quantity} is known along coordinate={shown(coordinate)} of {landscape.name}, "
            f"only along {_COORDINATE!r}, the axis of the screw.  Instead, {instead}"
        )


@cache
def _screw() -> Landscape:
    return archimedes()


def _is_screw(landscape: Landscape) -> bool:
    """Return whether the loss and the law of the samples are those of `landscapes.archimedes()`."""
    screw = _screw()
    if not (isinstance(landscape, LossLandscape) and isinstance(screw, LossLandscape)):
        return False
    if landscape.coordinates != screw.coordinates or landscape.data is not None:
        return False
    if landscape.sample_laws != screw.sample_laws:
        return False
    loss = landscape.sample_loss.entries[0]
    values = {symbol: exact(value) for symbol, value in landscape.parameter_symbols.items()}
    difference = loss.xreplace(values) - screw.sample_loss.entries[0]
    return bool(sp.expand(difference, trig=True) == 0)


def _expansion(dynamics: Dynamics, continuum: bool) -> _Expansion:
    require_plain(dynamics)
    check_flag("continuum", continuum)
    if isinstance(dynamics, SGD):
        if continuum:
            raise ValueError("continuum=True is for an SDE; see SGD.as_sde().")
        rate = dynamics.time_step  # the learning rate, a number as the dynamics is plain
        return _Expansion(rate, rate / dynamics.batch, "learning_rate")
    if isinstance(dynamics, Ito):
        euler = dynamics.scheme == "euler-maruyama" and dynamics.noise == "gaussian"
        if dynamics.modified or not (continuum or euler):
            raise ValueError(
                f"{dynamics!r}: the series is known for Euler-Maruyama steps with Gaussian noise; "
                "give continuum=True for the SDE itself."
            )
        noise = 2 / dynamics.beta
        if continuum:
            return _Expansion(0.0, noise, "1/beta")
        return _Expansion(dynamics.dt, noise, "dt and 1/beta")
    raise ValueError(
        f"dynamics={shown(dynamics)}: the series is known for simulate.SGD and simulate.Ito."
    )


def _unit(dynamics: Dynamics, per: str) -> float:
    check_choice("per", per, ("step", "time"))
    return dynamics.time_step if per == "step" else 1.0
