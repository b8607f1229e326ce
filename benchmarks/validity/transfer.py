"""Discrete SGD: stationary means, velocities, times and committors of random chains.

The references are cumulants of linear chains, moments of linear chains with random factors, the
integral equation of a chain by quadrature of its transition density (no interpolation of functions
between nodes, other than in the package), or products of one-dimensional answers in the plane.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats
from scipy.optimize import brentq

from driftscape import simulate, theory
from driftscape.landscapes import Exponential, Landscape, Normal, Rademacher, Uniform

from .case import Case

TITLE = "SGD itself: means, velocities, times, committors"
COUNT = 60

Number = tuple[float, float]


def case(rng: np.random.Generator) -> Case:
    """Generate a chain and a question."""
    kinds = [linear, linear, random_factor, rows, circle, plane, well, well, skewed_well, signs]
    return kinds[rng.integers(len(kinds))](rng)


# cumulants 1 to 4 of the standard laws, and the law of the mean of a batch
CUMULANTS = {
    "normal": (Normal(), (0.0, 1.0, 0.0, 0.0)),
    "rademacher": (Rademacher(), (0.0, 1.0, 0.0, -2.0)),
    "exponential": (Exponential(), (1.0, 1.0, 2.0, 6.0)),
    "uniform": (Uniform(-1, 1), (0.0, 1 / 3, 0.0, -2 / 15)),
}


def linear(rng: np.random.Generator) -> Case:
    """x' = (1 - eta h) x - eta s mean(samples): its cumulants are a geometric series."""
    name = str(rng.choice(list(CUMULANTS)))
    law, cumulants = CUMULANTS[name]
    h, s, batch = (
        _round(rng.uniform(0.3, 3)),
        _round(rng.uniform(0.2, 2)),
        int(rng.choice([1, 2, 4])),
    )
    eta = _round(rng.uniform(0.05, 1.6) / h)
    power = int(rng.integers(1, 5))
    r = 1 - eta * h
    k = [(-eta * s) ** m * c / batch ** (m - 1) / (1 - r**m) for m, c in enumerate(cumulants, 1)]
    moments = (
        k[0],
        k[1] + k[0] ** 2,
        k[2] + 3 * k[1] * k[0] + k[0] ** 3,
        k[3] + 4 * k[2] * k[0] + 3 * k[1] ** 2 + 6 * k[1] * k[0] ** 2 + k[0] ** 4,
    )
    landscape = Landscape.from_loss(f"{h}*x**2/2 + {s}*u*x", coordinates="x", samples={"u": law})
    label = f"{h}*x**2/2 + {s}*u*x, u {name}, rate {eta}, batch {batch}: E x**{power}"
    return Case(
        label,
        lambda: _operator(landscape, eta, batch).expectation(f"x**{power}"),
        lambda: (moments[power - 1], 0.0),
    )


def random_factor(rng: np.random.Generator) -> Case:
    """x' = (1 - eta mean a) x + eta mean a b with a in (0, 2 c): moments by linear equations."""
    c, b, batch = _round(rng.uniform(0.3, 1.5)), _round(rng.uniform(-1, 1)), 1
    d = _round(rng.uniform(0.2, 1))
    eta = _round(rng.uniform(0.1, 0.9) / c)
    # loss (a/2) x^2 - (b + d u) x, a = c (1 + v): v, u uniform on (-1, 1)
    text = f"{c}*(1 + v)*x**2/2 - ({b} + {d}*u)*x"
    landscape = Landscape.from_loss(
        text, coordinates="x", samples={"v": Uniform(-1, 1), "u": Uniform(-1, 1)}
    )
    spread = c**2 / 3 / batch
    first = b / c
    factor = (1 - eta * c) ** 2 + eta**2 * spread  # E of (1 - eta a)^2
    second = (2 * eta * b * (1 - eta * c) * first + eta**2 * (b**2 + d**2 / 3 / batch)) / (
        1 - factor
    )
    power = int(rng.integers(1, 3))
    return Case(
        f"{text}, u, v uniform, rate {eta}, batch {batch}: E x**{power}",
        lambda: _operator(landscape, eta, batch).expectation(f"x**{power}"),
        lambda: ((first, second)[power - 1], 0.0),
    )


def rows(rng: np.random.Generator) -> Case:
    """Least squares on a few rows: every batch enumerated."""
    count, batch = int(rng.integers(2, 5)), int(rng.integers(1, 3))
    x, y = np.round(rng.uniform(0.4, 1.6, count), 2), np.round(rng.uniform(-1, 2, count), 2)
    eta = _round(rng.uniform(0.1, 0.8) / float(np.max(x**2)))
    landscape = Landscape.from_loss(
        "(w*x - y)**2/2", coordinates="w", data={"x": x.tolist(), "y": y.tolist()}
    )
    sgd = simulate.SGD(learning_rate=eta, batch_size=batch, sampling="iid")
    picked = [list(p) for p in itertools.product(range(count), repeat=batch)]
    a = np.array([1 - eta * np.mean(x[p] ** 2) for p in picked])
    c = np.array([eta * np.mean(x[p] * y[p]) for p in picked])
    first = c.mean() / (1 - a.mean())
    second = (2 * (a * c).mean() * first + (c**2).mean()) / (1 - (a**2).mean())
    power = int(rng.integers(1, 3))
    return Case(
        f"(w*x - y)**2/2 of x = {x.tolist()}, y = {y.tolist()}, rate {eta}, batch {batch}: "
        f"E w**{power}",
        lambda: theory.transfer_operator(landscape, sgd).expectation(f"w**{power}"),
        lambda: (float((first, second)[power - 1]), 0.0),
    )


def circle(rng: np.random.Generator) -> Case:
    """x' = x + eta (force + height sin x) + noise modulo 2 pi: trapezoids on the circle."""
    height, force = _round(rng.uniform(0, 1.2)), _round(rng.uniform(0.05, 0.8))
    s, eta, batch = (
        _round(rng.uniform(0.4, 1.5)),
        _round(rng.uniform(0.1, 1)),
        int(rng.choice([1, 4])),
    )
    text = f"{height}*cos(x) - {force}*x + {s}*u*x"
    landscape = Landscape.from_loss(text, coordinates="x", samples={"u": Normal()})
    asks = str(rng.choice(["velocity", "cos(x)", "sin(2*x)"]))

    def predict() -> Any:
        sgd = simulate.SGD(learning_rate=eta, batch_size=batch)
        op = theory.transfer_operator(landscape, sgd, box=(-math.pi, math.pi), sides="periodic")
        return op.drift_velocity("x") if asks == "velocity" else op.expectation(asks)

    def force_at(x: Any) -> Any:
        return force + height * np.sin(x)

    def truth() -> Number:
        found = []
        for nodes in (400, 500):
            x = np.linspace(-np.pi, np.pi, nodes, endpoint=False)
            to, sd = x + eta * force_at(x), eta * s / math.sqrt(batch)
            turns = 2 * np.pi * np.arange(-30, 31)
            apart = x[:, None] - to
            density = sum(stats.norm.pdf(apart + t, scale=sd) for t in turns)
            mass = _null(density * 2 * np.pi / nodes)
            of = {
                "velocity": eta * force_at(x), "cos(x)": np.cos(x), "sin(2*x)": np.sin(2 * x),
            }  # fmt: skip
            found.append(float(mass @ of[asks]))
        return found[1], abs(found[1] - found[0]) + 1e-13

    return Case(f"{text}, u normal, rate {eta}, batch {batch}, circle: {asks}", predict, truth)


def plane(rng: np.random.Generator) -> Case:
    """Two coupled linear coordinates: the Lyapunov equation of the chain."""
    a, b = _round(rng.uniform(0.5, 1.5)), _round(rng.uniform(0.5, 1.5))
    c = _round(rng.uniform(-0.6, 0.6) * math.sqrt(a * b))
    s, t = _round(rng.uniform(0.4, 1)), _round(rng.uniform(-0.5, 0.5))
    eta = _round(rng.uniform(0.1, 0.6))
    text = f"{a}*x**2/2 + {b}*y**2/2 + {c}*x*y + {s}*u*x + v*y + {t}*u*y"
    landscape = Landscape.from_loss(text, coordinates="x y", samples={"u": Normal(), "v": Normal()})
    step = np.eye(2) - eta * np.array([[a, c], [c, b]])
    root = eta * np.array([[s, 0.0], [t, 1.0]])
    S = np.linalg.solve(np.eye(4) - np.kron(step, step), (root @ root.T).ravel()).reshape(2, 2)
    exact = {
        "x**2": S[0, 0], "x*y": S[0, 1], "y**2": S[1, 1],
        "x**2*y**2": S[0, 0] * S[1, 1] + 2 * S[0, 1] ** 2,
    }  # fmt: skip
    asks = str(rng.choice(list(exact)))
    return Case(
        f"{text}, u, v normal, rate {eta}: E {asks}",
        lambda: _operator(landscape, eta, 1, shape=40).expectation(asks),
        lambda: (float(exact[asks]), 0.0),
    )


@dataclass(frozen=True)
class Density:
    """A chain x' = x - eta (slope(x) + s mean) whose mean of samples has a density."""

    eta: float
    s: float
    slope: Callable[[Any], Any]
    density: Any

    def to(self, y: Any, x: Any) -> Any:
        """Transition density from x to y."""
        z = (x - self.eta * self.slope(x) - y) / (self.eta * self.s)
        return self.density.pdf(z) / (self.eta * self.s)


# text of the loss, its slope, where to look, wells (left, middle, right)
SHAPES: dict[str, tuple[str, Callable[[Any], Any], tuple[float, float], tuple[float, float, float]]]
SHAPES = {
    "quartic": ("(x**2 - 1)**2/4", lambda x: x * (x**2 - 1), (-2.6, 2.6), (-1, 0, 1)),
    "tilted": ("(x**2 - 1)**2/4 + x/10", lambda x: x * (x**2 - 1) + 0.1, (-2.6, 2.6), (-1, 0.1, 1)),
    "waves": ("x**2/4 + cos(2*x)", lambda x: x / 2 - 2 * np.sin(2 * x), (-9, 9), (-1.4, 0, 1.4)),
    "log cosh": ("2*log(cosh(x))", lambda x: 2 * np.tanh(x), (-14, 14), (-0.8, 0, 0.8)),
}


def well(rng: np.random.Generator) -> Case:
    """Nonlinear wells with normal samples: mean, time or committor."""
    batch = int(rng.choice([1, 3]))
    s = rng.uniform(0.7, 1.2) * math.sqrt(batch)
    return _well(rng, Normal(), batch, stats.norm(scale=1 / math.sqrt(batch)), s)


def skewed_well(rng: np.random.Generator) -> Case:
    """The same with means of exponential samples, whose density is smooth from four on."""
    batch = int(rng.choice([4, 6]))
    law = Exponential()
    return _well(rng, law, batch, stats.gamma(batch, scale=1 / batch), rng.uniform(1.6, 2.6))


def signs(rng: np.random.Generator) -> Case:
    """Wells with samples of two values, where nothing is smooth: a million trajectories."""
    name = str(rng.choice(["quartic", "tilted"]))
    text, slope, _, (left, middle, right) = SHAPES[name]
    batch = int(rng.choice([1, 2]))
    s, eta = _round(rng.uniform(0.9, 1.3) * math.sqrt(batch)), _round(rng.uniform(0.15, 0.3))
    asks = str(rng.choice(["time", "committor"]))
    text = f"{text} + {s}*u*x"
    landscape = Landscape.from_loss(
        text, coordinates="x", samples={"u": Rademacher()}, start=(left,)
    )
    seed = int(rng.integers(2**32))

    def predict() -> Any:
        op = _operator(landscape, eta, batch)
        if asks == "time":
            return op.mean_first_passage_time(f"x > {middle}", start=left)
        return op.splitting_probability(
            source=f"x < {left}", target=f"x > {right}", start=(left + middle) / 2
        )

    def truth() -> Number:
        draws = np.random.default_rng(seed)
        x = np.full(1_000_000, left if asks == "time" else (left + middle) / 2, float)
        low, high = (-math.inf, middle) if asks == "time" else (left, right)
        first, second, steps = 0.0, 0.0, 0
        while len(x):
            steps += 1
            push = 2 * draws.binomial(batch, 0.5, len(x)) / batch - 1
            x = x - eta * (slope(x) + s * push)
            out = float((x > high).sum())
            first += out * (eta * steps if asks == "time" else 1)
            second += out * (eta * steps if asks == "time" else 1) ** 2
            x = x[(low <= x) & (x <= high)]
        mean = first / 1e6
        return mean, math.sqrt((second / 1e6 - mean**2) / 1e6)

    return Case(f"{text}, u signs, rate {eta}, batch {batch}: {asks}", predict, truth)


def _well(rng: np.random.Generator, law: Any, batch: int, density: Any, s: float) -> Case:
    name = str(rng.choice(list(SHAPES)))
    text, slope, (low, high), (left, middle, right) = SHAPES[name]
    steep = name in ("quartic", "tilted")  # SGD diverges from beyond sqrt(1 + 2/rate)
    shift = 1.0 if isinstance(law, Exponential) else 0.0  # samples about their mean
    rates = ((0.08, 0.13) if shift else (0.1, 0.2)) if steep else (0.2, 0.6)
    if shift:
        low *= 1.25  # large samples push down
    s, eta = _round(s), _round(rng.uniform(*rates))
    text = f"{text} + {s}*(u - {shift})*x"
    landscape = Landscape.from_loss(text, coordinates="x", samples={"u": law}, start=(left,))
    chain = Density(eta, s, lambda x: slope(x) - s * shift, density)
    asks = str(rng.choice(["mean", "time", "committor"]))
    label = f"{text}, u {type(law).__name__}, rate {eta}, batch {batch}: {asks}"

    def predict() -> Any:
        op = _operator(landscape, eta, batch)
        if asks == "mean":
            return op.expectation("x**2")
        if asks == "time":
            return op.mean_first_passage_time(f"x > {middle}", start=left)
        return op.splitting_probability(
            source=f"x < {left}", target=f"x > {right}", start=(left + middle) / 2
        )

    def truth() -> Number:
        # exponential samples push up by their mean at most: beyond that point no step ends
        pushed = shift and chain.slope(right) < 0 < chain.slope(high)
        top = float(brentq(chain.slope, right, high)) if pushed else high
        ends = {"mean": (low, top), "time": (low, middle), "committor": (left, right)}[asks]
        sizes = (1200, 1800) if shift else (600, 900)
        found = [_nystrom(chain, asks, ends, left, (left + middle) / 2, n) for n in sizes]
        return found[1], abs(found[1] - found[0]) + 3e-10 * abs(found[1])

    return Case(label, predict, truth)


def _nystrom(
    chain: Density, asks: str, ends: tuple[float, float], start: float, half: float, nodes: int
) -> float:
    x, weight = np.polynomial.legendre.leggauss(nodes)
    x = (ends[0] + ends[1]) / 2 + (ends[1] - ends[0]) / 2 * x
    weight = weight * (ends[1] - ends[0]) / 2
    if asks == "mean":
        mass = _null(chain.to(x[:, None], x) * weight[:, None])
        return float(mass @ x**2)
    kernel = chain.to(x, x[:, None]) * weight

    def beyond(point: Any) -> Any:  # the step ends above the target: samples below some value
        return chain.density.cdf(
            (point - chain.eta * chain.slope(point) - ends[1]) / (chain.eta * chain.s)
        )

    source = np.full(nodes, chain.eta) if asks == "time" else beyond(x)
    f = np.linalg.solve(np.eye(nodes) - kernel, source)
    point = start if asks == "time" else half
    first = chain.eta if asks == "time" else float(beyond(point))
    return float(first + (chain.to(x, point) * weight) @ f)


def _null(matrix: Any) -> Any:
    """Masses that a step leaves as they are: columns of the matrix are laws of the next state."""
    size = len(matrix)
    level = np.full(size, 1 / size)  # adding the sum to each state leaves one solution
    mass = np.linalg.solve(np.eye(size) - matrix + level[:, None], level)
    return mass / mass.sum()


def _operator(landscape: Any, eta: float, batch: int, **more: Any) -> Any:
    sgd = simulate.SGD(learning_rate=eta, batch_size=batch)
    return theory.transfer_operator(landscape, sgd, **more)


def _round(value: float) -> float:
    return float(f"{value:.3g}")
