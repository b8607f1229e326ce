"""What theory says of escape from the wells of `curvature_noise`: exact times and laws.

A place is a value of batch_size/learning_rate, at which beta = 2 place.
"""

import math
from typing import Any

from .... import theory
from ....theory import Theory
from ...shared.curvature_noise import strict, switch, two_level

VARIANCE = 4 / 3  # of white noise: the flat well then has the exponent that curvature noise gives


def exact_time(well: Any, k: float, place: float, interpretation: str = "ito") -> Theory:
    """Return the SDE's mean time from the left minimum half way into the right well."""
    return theory.mean_first_passage_time(
        well, beta=2 * place, start=-(k**-0.5), target=0.5 * k**-0.5, interpretation=interpretation
    )


def law_time(k: float, place: float, interpretation: str = "ito") -> Theory:
    """Return the theorem, bracket corrected, for `two_level(k)` with its own share s."""
    return theory.sgd_escape_time(
        two_level(k),
        learning_rate=1 / place,
        batch_size=1,
        minimum=-(k**-0.5),
        saddle=0,
        switch=switch(),
        interpretation=interpretation,
    )


def kramers_time(k: float, place: float) -> Theory:
    """Return 2 pi/sqrt(H_a |H_b|) exp(dL/D) with D = VARIANCE/(2 place)."""
    exponent = 2 * place * 0.25 / VARIANCE
    value = 2 * math.pi / (k * 2**0.5) * math.exp(exponent)
    return Theory(value, value / exponent, "D → 0", "Kramers")


def misprinted_time(k: float, place: float) -> float:
    """Return the blog's formula: the second term is outside of the product."""
    s = switch()
    return 2 * math.pi / k * math.exp(2 * place * 0.25 * s / (2 * k) + (1 - s) / k)


def exponent(k: float) -> float:
    """Return 2 dL [s/H_a + (1 - s)/|H_b|]."""
    s = switch()
    return 0.5 * (s / (2 * k) + (1 - s) / k)


def strict_time(c: float, floor: float) -> Theory:
    """Return the exact time from -1 to the top under D = c sqrt(L''^2 + floor^2)."""
    return theory.mean_first_passage_time(strict(c, floor), beta=1, start=-1, target=0)


def floor_power(c: float) -> float:
    """Return -2/(9c), the power of the floor that the time follows.

    At the inflection point L' is a ninth of the third derivative, which D/c grows with on both
    sides: int L'/D there is (2/9c) ln(1/floor).
    """
    return -2 / (9 * c)
