"""Gradient and noise of a loss by quadrature over samples: narrow features, kinks, wide densities.

The reference is a composite Gauss rule with panels around the density of the samples and around the
feature, whose position and width are known.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from driftscape.landscapes import Exponential, Landscape, Normal, Uniform
from driftscape.theory import Theory

from .case import Case

Float = NDArray[np.float64]

TITLE = "gradient and noise of a loss, by quadrature"
COUNT = 100

_TOLERANCE = 1e-10  # of each expectation, relative to 1 + its size, on the whole domain
_NODES = 24
_STEPS = np.concatenate([[0.0], 2.0 ** np.arange(-6, 9, 0.5), np.arange(1.0, 40.0)])
_MANY = 100.0  # features side by side on the domain, each of which needs nodes of its own


def case(rng: np.random.Generator) -> Case:
    """Generate a loss l(x; y), the distribution of y, a domain and a point in it."""
    law, low, high, centre, scale, density = _law(rng)
    reach = float(scale * 10 ** rng.uniform(-1, 1))
    many = float(10 ** rng.uniform(0, 2.2))
    k = many / (2 * reach)
    text, slope, ends, moving = _loss(rng, k)
    middle = float(centre + scale * rng.normal() / 2)
    domain = {"x": (middle - reach, middle + reach)}
    x = float(rng.uniform(*domain["x"]))
    noise = bool(rng.random() < 0.5)
    what = "diffusion" if noise else "gradient"

    def predict() -> Theory:
        landscape = Landscape.from_loss(text, coordinates="x", samples={"y": law}, domain=domain)
        value = float(np.ravel(getattr(landscape, what)([x]))[0])
        size = 1 + abs(value) + (float(landscape.gradient([x])[0]) ** 2 if noise else 0.0)
        return Theory(value, truncation=_TOLERANCE * size * (3 if noise else 1), regime="on domain")

    def truth() -> tuple[float, float]:
        def mean(f: Callable[[Float], Float]) -> Float:
            return np.array([_integral(lambda y: f(y) * density(y), low, high, _edges(
                centre, scale, x, k, ends), n) for n in (_NODES, _NODES // 2)])  # fmt: skip

        first = mean(lambda y: slope(x, y))
        found = mean(lambda y: slope(x, y) ** 2) - first**2 if noise else first
        return float(found[0]), float(abs(found[0] - found[1]) + 1e-14 * mean(
            lambda y: np.abs(slope(x, y)) ** (2 if noise else 1))[0])  # fmt: skip

    return Case(
        f"{text}, y ~ {law}, domain {domain['x']}, {what} at {x!r}", predict, truth,
        inside=moving or many < _MANY, solvable=moving or many < 2 * _MANY,
    )  # fmt: skip


def _law(rng: np.random.Generator) -> tuple[Any, float, float, float, float, Any]:
    """Return law, support, centre, scale and density."""
    scale, centre = float(10 ** rng.uniform(-1, 2)), float(rng.normal())
    kind = rng.integers(3)
    if kind == 0:
        norm = scale * np.sqrt(2 * np.pi)
        return (
            Normal(centre, scale), -np.inf, np.inf, centre, scale,
            lambda y: np.exp(-(((y - centre) / scale) ** 2) / 2) / norm,
        )  # fmt: skip
    if kind == 1:
        low, high = centre - scale, centre + scale
        inside = 1 / (high - low)
        return Uniform(low, high), low, high, centre, scale, lambda y: inside + 0 * y
    return (
        Exponential(scale), 0.0, np.inf, 0.0, scale, lambda y: np.exp(-y / scale) / scale,
    )  # fmt: skip


def _loss(rng: np.random.Generator, k: float) -> tuple[str, Any, list[float], bool]:
    """Return the loss, its derivative, kinks relative to y - x, and whether these are all of it."""
    c = float(np.round(1 / k, 9))
    k = float(k)
    every = [
        (f"log(cosh({k!r}*(x - y)))/{k!r}", lambda x, y: np.tanh(k * (x - y)), [], False),
        (f"log(1 + exp({k!r}*(x - y)))/{k!r}",
         lambda x, y: 0.5 + 0.5 * np.tanh(k * (x - y) / 2), [], False),
        (f"sqrt(1 + ({k!r}*(x - y))**2)/{k!r}",
         lambda x, y: k * (x - y) / np.sqrt(1 + (k * (x - y)) ** 2), [], False),
        ("abs(x - y)", lambda x, y: np.sign(x - y), [0.0], True),
        ("max(x - y, 0)**2/2", lambda x, y: np.maximum(x - y, 0), [0.0], True),
        (f"where(abs(x - y) < {c!r}, (x - y)**2/2, {c!r}*abs(x - y) - {c!r}**2/2)",
         lambda x, y: np.clip(x - y, -c, c), [-c, c], True),
        (f"-exp(-({k!r}*(x - y))**2/2)/{k!r}",
         lambda x, y: k * (x - y) * np.exp(-((k * (x - y)) ** 2) / 2), [], False),
        (f"log(1 + ({k!r}*(x - y))**2)/{k!r}",
         lambda x, y: 2 * k * (x - y) / (1 + (k * (x - y)) ** 2), [], False),
        (f"sin({k!r}*(x - y))/{k!r}", lambda x, y: np.cos(k * (x - y)), [], False),
        (f"abs(x - y)**3*{k!r} + x*tanh(y*{k!r})",
         lambda x, y: 3 * k * np.abs(x - y) * (x - y) + np.tanh(y * k), [0.0], False),
    ]  # fmt: skip
    return every[rng.integers(len(every))]


def _edges(centre: float, scale: float, x: float, k: float, kinks: list[float]) -> Float:
    parts = [middle + sign * _STEPS * width for sign in (-1, 1) for middle, width in (
        (centre, scale), (x, 1 / k), (0.0, 1 / k))]  # fmt: skip
    return np.unique(np.concatenate([*parts, x + np.array(kinks), [x]]))


def _integral(f: Any, low: float, high: float, edges: Float, nodes: int) -> float:
    inside = edges[(edges > low) & (edges < high)]
    ends = np.concatenate([[low] if np.isfinite(low) else [], inside,
                           [high] if np.isfinite(high) else []])  # fmt: skip
    # a panel no wider than a sixth of the law's own steps: a sine turns inside a wide one
    cut = np.concatenate([np.linspace(a, b, 9)[:-1] for a, b in zip(ends, ends[1:], strict=False)])
    ends = np.append(cut, ends[-1])
    t, w = np.polynomial.legendre.leggauss(nodes)
    half = np.diff(ends) / 2
    points = ends[:-1, None] + half[:, None] * (1 + t)
    return float(np.sum(f(points) * half[:, None] * w))
