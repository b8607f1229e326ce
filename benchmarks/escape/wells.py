"""Random wells, valleys and noise, and the criterion of a high barrier."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.polynomial import Polynomial
from numpy.typing import NDArray

from driftscape import theory

Float = NDArray[np.float64]


ENOUGH = 4.0
"""Barrier, in units of 1/beta, from which on it counts as high."""
SMALL = 0.4
"""First corrections, of curvatures and noise, up to which they count as small."""


class Well:
    """Two wells on the line, of fourth or sixth order, and a barrier in units of 1/beta."""

    def __init__(self, rng: np.random.Generator, height: tuple[float, float]) -> None:
        self.size = float(rng.choice([1e-3, 1, 1, 1, 1e3]))
        self.saddle = self.size * float(rng.normal())
        self.left, self.right = (
            self.saddle + side * self.size * float(rng.uniform(0.6, 1.6)) for side in (-1, 1)
        )
        x = Polynomial([0, 1])
        slope = (x - self.left) * (x - self.saddle) * (x - self.right)
        steep = float(rng.choice([0, 0.5, 2])) / self.size**2
        self.phi = (slope * (1 + steep * (x - self.saddle) ** 2)).integ()
        self.phi = self.phi * (float(10.0 ** rng.uniform(-2, 2)) / self.size**4)
        self.phi = self.phi - self.phi(self.saddle)
        self.height = float(np.exp(rng.uniform(*np.log(height))))
        self.beta = self.height / -float(self.phi(self.left))

    def text(self) -> str:
        """Return the potential as an expression of the package."""
        return " + ".join(f"({float(c)!r})*x**{k}" for k, c in enumerate(self.phi.coef) if c)

    def correction(self) -> float:
        """Return the next order of Laplace's method at minimum and saddle."""
        found = 0.0
        for x in (self.left, self.saddle):
            two, three, four = (float(self.phi.deriv(k)(x)) for k in (2, 3, 4))
            found += abs(four / two**2 / 8 - 5 * three**2 / two**3 / 24) / self.beta
        return found

    def high(self, uneven: float = 0.0) -> bool:
        """Whether the barrier is high and its corners are round at the width of the noise."""
        return self.height >= ENOUGH and self.correction() + uneven <= SMALL


def random_noise(
    rng: np.random.Generator, well: Well
) -> tuple[str, Callable[[Float], Float], float]:
    """Return D as text and as a function, and its variation within the thermal widths."""
    kind, d, size = int(rng.integers(4)), float(np.exp(rng.normal())), well.size
    if kind == 0:
        return repr(d), lambda x: d + 0 * x, 0.0
    if kind == 1:
        a = float(rng.uniform(0, 1)) / size**2
        text = f"{d!r}*(1 + {a!r}*x**2)"
        function: Callable[[Float], Float] = lambda x: d * (1 + a * x**2)  # noqa: E731
    elif kind == 2:
        a, w, at = float(rng.uniform(-0.8, 0.8)), rng.uniform(0.02, 1), rng.normal()
        w, at = size * float(w), size * float(at)
        text = f"{d!r}*(1 + ({a!r})*tanh((x - ({at!r}))/{w!r}))"
        function = lambda x: d * (1 + a * np.tanh((x - at) / w))  # noqa: E731
    else:
        a, k = float(rng.uniform(0, 0.8)), float(np.exp(rng.uniform(-1, 3))) / size
        text = f"{d!r}*(1 + {a!r}*sin({k!r}*x))"
        function = lambda x: d * (1 + a * np.sin(k * x))  # noqa: E731
    uneven = 0.0
    for x in (well.left, well.saddle):
        width = (well.beta * abs(float(well.phi.deriv(2)(x)))) ** -0.5
        near = function(x + width * np.linspace(-2, 2, 41)) / function(np.array(x))
        uneven += float(np.abs(near - 1).mean()) ** 2 + abs(float(near.mean()) - 1)
    return text, function, uneven


def _across(rng: np.random.Generator) -> tuple[str, Callable[[float], float]]:
    """Return the transverse curvature as text and as a function of x."""
    a, b, k = float(rng.uniform(1, 4)), float(rng.uniform(-0.85, 0.85)), float(rng.uniform(0.5, 4))
    return f"{a!r}*(1 + ({b!r})*tanh({k!r}*x))", lambda x: a * (1 + b * np.tanh(k * x))


def random_valley(rng: np.random.Generator, heights: tuple[float, float]) -> Any:
    """Phi = 4 h A(x) + kappa(x) y^2/2 with A the tilted quartic well; ends and beta at h = 1."""
    tilt = float(rng.uniform(-0.15, 0.15))
    roots = sorted(float(r) for r in np.roots([1, 0, -1, -tilt]).real)
    text, across = _across(rng)
    barrier = [(r**4 / 4 - r**2 / 2 - tilt * r) for r in roots]
    height = float(np.exp(rng.uniform(*np.log(heights))))
    beta = height / (barrier[1] - barrier[0])
    phi = f"x**4/4 - x**2/2 - ({tilt!r})*x + ({text})*y**2/2"
    curved = sum(
        (6 / (3 * r**2 - 1) ** 2 / 8 + 5 * (6 * r) ** 2 / abs(3 * r**2 - 1) ** 3 / 24) / beta
        for r in roots[:2]
    )
    # how much the width of the way changes over the thermal width
    for r in roots[:2]:
        width = (beta * abs(3 * r**2 - 1)) ** -0.5
        near = np.log([across(r + width * s) / across(r) for s in np.linspace(-2, 2, 21)])
        curved += float(abs(near.mean()) + (near**2).mean()) / 2
    return phi, roots, beta, height, bool(height >= ENOUGH and curved <= SMALL)


def grid_time(
    land: Any, dynamics: Any, beta: float, start: tuple[float, float], end: tuple[float, float]
) -> tuple[float, float]:
    """Return the mean time to a disc around the other minimum, on the package's grid."""
    x = np.stack([np.linspace(-1.5, 1.5, 31), np.zeros(31)], 1)
    wide = 6.5 / np.sqrt(beta * float(land.hessian(x)[:, 1, 1].min()))
    box = [(-2.2, 2.2), (-wide, wide)]
    grid = theory.fokker_planck(land, dynamics, box=box, shape=192, sides="reflecting")
    disc = f"(x - ({end[0]!r}))**2 + (y - ({end[1]!r}))**2 < 0.04"
    time = grid.mean_first_passage_time(disc, start=start)
    return time.value, time.truncation + 1e-3 * time.value
