"""Exact escape times from the wells of `curvature_noise`, and the theorem of Xie et al.

`ratio` is batch_size/learning_rate; beta = 2 ratio.
"""

from __future__ import annotations

import math

from ... import theory
from ...landscapes import Landscape
from ...theory import Theory
from .curvature_noise import strict, switch, two_level

VARIANCE = 4 / 3  # of white noise: the flat well then has the exponent of curvature noise


def exact_time(well: Landscape, k: float, ratio: float, interpretation: str = "ito") -> Theory:
    """Return the SDE's mean time from the left minimum half way into the right well, exactly."""
    return theory.mean_first_passage_time(
        well, beta=2 * ratio, start=-(k**-0.5), target=0.5 * k**-0.5, interpretation=interpretation
    )


def theorem_time(k: float, ratio: float, interpretation: str = "ito") -> Theory:
    """Return the theorem's time with the corrected bracket, for `two_level(k)` and its s."""
    return theory.sgd_escape_time(
        two_level(k),
        learning_rate=1 / ratio,
        batch_size=1,
        minimum=-(k**-0.5),
        saddle=0,
        switch=switch(),
        interpretation=interpretation,
    )


def kramers_time(k: float, ratio: float) -> Theory:
    """Return 2 pi/sqrt(H_a |H_b|) exp(dL/D) with D = VARIANCE/(2 ratio)."""
    exponent = 2 * ratio * 0.25 / VARIANCE
    value = 2 * math.pi / (k * 2**0.5) * math.exp(exponent)
    return Theory(value, value / exponent, "D → 0", "Kramers")


def misprinted_time(k: float, ratio: float) -> float:
    """Return the time of the blog's formula, in which the second term is outside the product."""
    s = switch()
    return 2 * math.pi / k * math.exp(2 * ratio * 0.25 * s / (2 * k) + (1 - s) / k)


def exponent(k: float) -> float:
    """Return 2 dL [s/H_a + (1 - s)/|H_b|]."""
    s = switch()
    return 0.5 * (s / (2 * k) + (1 - s) / k)


def strict_time(c: float, floor: float) -> Theory:
    """Return the exact time from -1 to the top under D = c sqrt(L''^2 + floor^2)."""
    return theory.mean_first_passage_time(strict(c, floor), beta=1, start=-1, target=0)


def floor_power(c: float) -> float:
    """Return -2/(9c), the exponent of the floor in the escape time.

    At the inflection point L' is 1/9 of the third derivative, the slope of D/c on both sides, so
    that the integral of L'/D is (2/9c) ln(1/floor) there.
    """
    return -2 / (9 * c)
