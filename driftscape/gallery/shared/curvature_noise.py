"""Quartic wells of any sharpness under gradient noise that follows the curvature or does not.

    L(x) = (k x^2 - 1)^2/4,    curvature 2k at the minima +-1/sqrt(k), -k at the top, barrier 1/4

A larger sharpness k makes the well narrower; its depth stays the same.  If the noise follows the
curvature, all these wells are the same in the variables x sqrt(k) and k t.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ... import theory
from ...landscapes import Landscape, Normal

LOSS = "(k*x**2 - 1)**2/4"
WIDTH = 0.05  # of the step between two levels of noise, in units of 1/sqrt(k)
# the position of that step: half way up in loss
_SWITCH = float(np.sqrt(1 - np.sqrt(0.5)))


def two_level(sharpness: float = 1.0) -> Landscape:
    """Return the well with C = 2k in the valley, C = k at the top and a smooth step between.

    Both values are the curvatures, as in Xie et al.  The per-sample loss is L + s A(x) with
    s ~ N(0, 1) and A' = sqrt(C), so that SGD itself can run on it.

    Examples
    --------
    >>> well = two_level(4.0)
    >>> well.diffusion([[-0.5], [0.0]]).ravel().round(3).tolist()
    [8.0, 4.0]
    """
    step = "log(cosh((sqrt(k)*x + h)/w))"
    return Landscape.from_loss(
        f"{LOSS} + s*((sqrt(2) + 1)/2*sqrt(k)*x - (sqrt(2) - 1)/2*w*{step})",
        coordinates="x",
        samples={"s": Normal()},
        parameters={"k": sharpness, "w": WIDTH, "h": _SWITCH},
        name="quartic well, noise of two levels",
    )


def white(sharpness: float, variance: float) -> Landscape:
    """Return the well under noise of constant variance, for any sharpness."""
    return Landscape.from_loss(
        f"{LOSS} + s*x",
        coordinates="x",
        samples={"s": Normal(0, "sqrt(v)")},
        parameters={"k": sharpness, "v": variance},
        name="quartic well, white noise",
    )


def strict(c: float, floor: float) -> Landscape:
    """Return the well k = 1 with D = c sqrt(L''^2 + floor^2), at beta = 1.

    With floor = 0 this is c |L''|, which vanishes at the inflection points -+1/sqrt(3).

    Examples
    --------
    >>> strict(0.1, 0.0).diffusion([[-1.0], [0.0]]).ravel().round(3).tolist()
    [0.2, 0.1]
    """
    return Landscape.from_drift(
        ["x - x**3"],
        coordinates="x",
        diffusion="c*sqrt((3*x**2 - 1)**2 + floor**2)",
        parameters={"c": c, "floor": floor},
        name="quartic well, noise of the curvature",
    )


@lru_cache
def switch() -> float:
    """Return the fraction s of the barrier that is climbed under the noise of the valley.

    It follows from the exponent of `two_level`, 2 dL [s/H_a + (1 - s)/|H_b|] with H_a = 2 and
    |H_b| = 1, and is a little more than one half because the step has a width.
    """
    barrier = theory.sgd_barrier(two_level(), minimum=-1, saddle=0).value
    return 2 - 4 * barrier
