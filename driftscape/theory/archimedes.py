r"""The drift of ARCHIMEDES in closed form: series for SGD, for its SDE and for Euler-Maruyama.

In the frame that turns with the screw, p = u cos z + v sin z and q = -u sin z + v cos z, one step
of size h with noise x ~ N(0, s) reads

    p', q' = (1 - 2h) p - h x/sqrt2, (1 - h) q + h x/sqrt2,  then turned by
    dz = -h [p q + x (p + q)/sqrt2],

whatever z is, so that the mean velocity is -h E[p q] of a Markov chain in (p, q).  Expanding its
stationary moments in h and in the noise strength e = h s gives

    v = (h e/6) sum_{i,j} A_ij h**i e**j    per step.

SGD is h = e*b = learning_rate; the Ito SDE is h -> 0 at e = 2/beta; Euler-Maruyama is h = dt.
The series in h alone is linear response, 1/(1 - 2h/3).  Three orders of A are kept here; the tests
derive them again.
"""

import math
from fractions import Fraction
from typing import Any, Literal

from ..validate import whole
from .one_step import require_plain
from .theory import Theory

_A = {
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

_ORDER = 2  # what is summed; the third order is the stated truncation
_LARGEST = 0.5  # past this step or noise the terms no longer fall off


def velocity_series(
    dynamics: Any, *, per: Literal["step", "time"] = "step", continuum: bool = False
) -> Theory:
    r"""Return the stationary velocity of z on `landscapes.archimedes()` as a series.

        SGD, batch_size 1:    (eta**2/6) (1 + 5 eta/8 + 1937 eta**2/5040 + ...)     per step
        Ito SDE, e = 2/beta:  (e/6) (1 - e/24 - 23 e**2/5040 + ...)                 per time

    Parameters
    ----------
    dynamics
        `simulate.SGD` of any batch size, or `simulate.Ito`.
    per
        Per step, or per unit of time.
    continuum
        For `Ito`: leave out the bias of the Euler-Maruyama step, that is take dt -> 0.  By default
        the value is that of the scheme at its dt, which is what a run measures.

    Returns
    -------
    Theory
        The truncation is the size of the third order, whose terms are known (their absolute values
        add up), and of a geometric series after it.  Past a step or noise strength of 0.5 it says
        that it is outside its regime.

    Examples
    --------
    >>> from driftscape import simulate
    >>> print(velocity_series(simulate.SGD(learning_rate=0.1)))
    0.00177724 (truncation 7.7e-07) per step  [series in learning_rate to second order]
    """
    h, e, name = _step_and_noise(dynamics, continuum)
    terms = {(i, j): float(a) * h**i * e**j for (i, j), a in _A.items()}
    summed = sum(term for (i, j), term in terms.items() if i + j <= _ORDER)
    left = sum(abs(term) for (i, j), term in terms.items() if i + j > _ORDER)
    unit = _unit(dynamics, per)
    return Theory(
        unit * e / 6 * summed,
        truncation=unit * e / 6 * left / (1 - min(max(h, e), _LARGEST)),
        regime=f"series in {name} to second order",
        source="stationary moments in the turning frame",
        valid=max(h, e) <= _LARGEST,
        unit=f"per {per}",
    )


def displacement_series(dynamics: Any, steps: int, *, continuum: bool = False) -> Theory:
    r"""Return the mean displacement of z after a number of steps from the valley's axis.

        E z_T = v (T - (1 - r**T)/(1 - r)),      r = (1 - h)(1 - 2h),

    v being `velocity_series`: the noise needs a time 1/3 to spread over the valley.  At leading
    order this is the nested sum (h**2 e/2) sum_{t<T} (1 - r**t)/(1 - r) of the frozen frame, which
    is exact for T <= 2; the transient's own relative correction, O(h + e), is in the truncation.
    """
    if not (whole(steps) or 0) >= 1:
        raise ValueError(f"steps={steps!r}; give a whole number >= 1.")
    h, e, _ = _step_and_noise(dynamics, continuum)
    velocity = velocity_series(dynamics, continuum=continuum)
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


def linear_response(dynamics: Any, *, per: Literal["step", "time"] = "step") -> Theory:
    """Return the velocity that holding z still predicts: right at leading order, then wrong.

        v = eta**2 / (b (6 - 4 eta)) = (eta**2/6b) (1 + 2 eta/3 + ...)       per step

    It misses that z's own fluctuations correlate with (u, v), a relative -eta/24 (batch_size 1).
    The formula is exact for a z that is held still, so that its truncation is 0 and data can reject
    that picture.
    """
    h, e, _ = _step_and_noise(dynamics, continuum=False)
    return Theory(
        _unit(dynamics, per) * e / (6 - 4 * h),
        regime="linear response about a frozen z; wrong at relative order learning_rate",
        source="nested sum of Tenka 2020, Corollary 1",
        valid=h < 1,
        unit=f"per {per}",
    )


def _step_and_noise(dynamics: Any, continuum: bool) -> tuple[float, float, str]:
    """Return step h, noise strength e = h * Var(x), and the name of what is small."""
    require_plain(dynamics)
    if hasattr(dynamics, "learning_rate") and hasattr(dynamics, "batch_size"):
        if continuum:
            raise ValueError("continuum=True is for an SDE; see SGD.as_sde().")
        return dynamics.learning_rate, dynamics.learning_rate / dynamics.batch_size, "learning_rate"
    if type(dynamics).__name__ == "Ito":
        euler = dynamics.scheme == "euler-maruyama" and dynamics.noise == "gaussian"
        if dynamics.modified or not (continuum or euler):
            raise ValueError(
                f"{dynamics!r}: the series is known for Euler-Maruyama steps with Gaussian noise; "
                "give continuum=True for the SDE itself."
            )
        noise = 2 / dynamics.beta
        return (0.0, noise, "1/beta") if continuum else (dynamics.dt, noise, "dt and 1/beta")
    raise ValueError(f"{dynamics!r}: the series is known for simulate.SGD and simulate.Ito.")


def _unit(dynamics: Any, per: str) -> float:
    if per not in ("step", "time"):
        raise ValueError(f'per={per!r}; pass "step" or "time".')
    return dynamics.time_step if per == "step" else 1.0
