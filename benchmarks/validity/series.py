"""Test loss to second order: random polynomial losses, every sampling, enumerated batches.

The losses have one or two coordinates and degree 2 to 4, samples of four distributions or rows of
data, and starts at which the mean gradient or also the mean Hessian may vanish.  A distribution is
replaced by the nodes of Gauss rules; the reference is the mean loss over all products of nodes and
all orders of samples, by iteration of the map.
"""

from __future__ import annotations

import itertools
import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from driftscape import simulate, theory
from driftscape.landscapes import Exponential, Landscape, Normal, Rademacher, Uniform

from .case import Case

Float = NDArray[np.float64]

TITLE = "Test loss to second order"
COUNT = 100

_MOST = 400_000  # paths enumerated
_REGIME = 0.25  # learning_rate * steps * curvature that counts as << 1
_LAWS = (Normal(), Normal(0.5, 0.5), Uniform(-1, 2), Rademacher(), Exponential(0.7))


class Polynomial(NamedTuple):
    """A per-sample loss: coefficients of monomials x^i theta^j, shape (terms,)."""

    coefficients: Float
    powers: NDArray[np.int64]  # of the coordinates, then of the sample, shape (terms, d + 1)

    def derivative(self, axis: int) -> Polynomial:
        """Differentiate along a coordinate."""
        lower = self.powers.copy()
        lower[:, axis] -= 1
        keep = lower[:, axis] >= 0
        return Polynomial((self.coefficients * self.powers[:, axis])[keep], lower[keep])

    def __call__(self, theta: Float, x: Any) -> Float:
        """Evaluate at theta (..., d) and samples x that broadcast against theta[..., 0]."""
        total = np.zeros(np.broadcast_shapes(theta.shape[:-1], np.shape(x)))
        for c, power in zip(self.coefficients, self.powers, strict=True):
            total = total + c * np.prod(theta ** power[:-1], axis=-1) * np.asarray(x) ** power[-1]
        return total

    def text(self, names: tuple[str, ...]) -> str:
        """Write it as a formula."""
        terms = (
            "*".join(
                [f"({c!r})", *(f"{n}**{p}" for n, p in zip((*names, "x"), power, strict=True) if p)]
            )
            for c, power in zip(self.coefficients.tolist(), self.powers.tolist(), strict=True)
        )
        return " + ".join(terms)


def case(rng: np.random.Generator) -> Case:
    """Generate a loss, samples, a sampling, a number of steps, a rate and a start."""
    dim = int(rng.integers(1, 3))
    loss = _loss(rng, dim)
    names = ("a", "b")[:dim]
    kind = str(rng.choice(["fresh", "iid", "without-replacement", "fixed", "reshuffled", "rows"]))
    law = _LAWS[rng.integers(len(_LAWS))]
    rows: Float | None = None
    size, batch = 0, int(rng.integers(1, 3))
    if kind == "rows":
        kind = str(rng.choice(["iid", "without-replacement", "reshuffled"]))
        size = int(rng.integers(2, 5))
        rows = rng.normal(size=size).round(2)
    elif kind != "fresh":
        size = int(rng.integers(2, 4))
    if kind in ("fixed", "reshuffled") and size % batch:
        batch = 1
    batch = min(batch, size) if size else batch
    ways, steps = _dealings(kind, size, batch, rows is not None, rng)
    samples: dict[str, Any] = {"data": {"x": rows}} if rows is not None else {"samples": {"x": law}}
    values, weights = (rows, np.full(size, 1 / size)) if rows is not None else _rule(law, 12)
    start = rng.uniform(-1, 1, dim).round(2)
    loss = _flattened(loss, start, values, weights, int(rng.choice(3, p=[0.7, 0.2, 0.1])))
    page = Landscape.from_loss(loss.text(names), coordinates=names, **samples)
    scale = _curvature(loss, start[None], values, weights)[0]
    rate = float(f"{10 ** rng.uniform(-2, 0.2) / (steps * max(scale, 0.1)):.3g}")
    settings: dict[str, Any] = {"learning_rate": rate, "batch_size": batch, "sampling": kind}
    if rows is None and kind != "fresh":
        settings["train_size"] = size
    sgd = simulate.SGD(**settings)
    return Case(
        f"{page}, {sgd}, {steps} steps from {start.tolist()}",
        lambda: theory.test_loss(page, sgd, steps=steps, start=start),
        lambda: _truth(loss, start, rate, ways, None if rows is None else rows, law),
        lambda: _inside(loss, start, rate, steps, values, weights),
    )


def _loss(rng: np.random.Generator, dim: int) -> Polynomial:
    """Random coefficients, some left out; one quadratic term at least, and some noise."""
    degree = int(rng.integers(2, 5))
    powers = [
        (*p, k)
        for p in itertools.product(range(degree + 1), repeat=dim)
        for k in range(3)
        if 1 <= sum(p) <= degree
    ]
    kept = [p for p in powers if rng.random() < 0.4 or sum(p) == 1 == p[-1]]
    kept += [p for p in powers if max(p[:-1]) == 2 == sum(p)]
    listed = sorted(set(kept))
    sizes = [rng.normal() / math.factorial(sum(p[:-1])) for p in listed]
    return Polynomial(np.array(sizes).round(3), np.array(listed))


def _flattened(loss: Polynomial, start: Float, x: Float, weights: Float, orders: int) -> Polynomial:
    """Add what makes the mean gradient (1), or the mean Hessian too (2), vanish there."""
    dim, one = len(start), np.eye(len(start) + 1, dtype=np.int64)
    for rank in range(orders, 0, -1):
        for index in itertools.combinations_with_replacement(range(dim), rank):
            slope = loss
            for axis in index:
                slope = slope.derivative(axis)
            mean = float(slope(start[None, None], x)[0] @ weights) if len(slope.powers) else 0.0
            same = 2 if len(index) == 2 == 2 * len(set(index)) else 1
            loss = Polynomial(
                np.append(loss.coefficients, -mean / same),
                np.vstack([loss.powers, one[list(index)].sum(axis=0)]),
            )
    return loss


def _dealings(
    kind: str, size: int, batch: int, rows: bool, rng: np.random.Generator
) -> tuple[NDArray[np.int64], int]:
    """Return all ways of dealing, equally likely, shape (ways, steps, batch), and the steps.

    Entries number the cards: draws where samples are fresh.
    """
    nodes = 1 if rows else 6
    for steps in range(int(rng.integers(2, 9)), 0, -1):
        cards = steps * batch if kind == "fresh" else size
        epochs = -(-steps * batch // max(size, 1))
        count = {
            "fresh": 1,
            "fixed": 1,
            "iid": max(size, 1) ** (steps * batch),
            "without-replacement": math.comb(size, batch) ** steps,
            "reshuffled": math.factorial(size) ** epochs,
        }[kind]
        if count * nodes**cards <= _MOST / 4:
            break
    if kind == "fresh":
        ways = [np.arange(steps * batch)]
    elif kind == "fixed":
        ways = [np.arange(steps * batch) % size]
    elif kind == "iid":
        ways = list(itertools.product(range(size), repeat=steps * batch))
    elif kind == "without-replacement":
        batches = itertools.combinations(range(size), batch)
        ways = [sum(way, ()) for way in itertools.product(list(batches), repeat=steps)]
    else:
        decks = list(itertools.permutations(range(size)))
        ways = [sum(way, ())[: steps * batch] for way in itertools.product(decks, repeat=epochs)]
    return np.array(ways).reshape(len(ways), steps, batch), steps


def _rule(law: Any, count: int) -> tuple[Float, Float]:
    """Return Gauss nodes and weights of a law; finer than its support they cannot be."""
    if isinstance(law, Rademacher):
        return np.array([-1.0, 1.0]), np.array([0.5, 0.5])
    if isinstance(law, Normal):
        nodes, weights = np.polynomial.hermite_e.hermegauss(count)
        nodes = law.mean + law.std * nodes
    elif isinstance(law, Uniform):
        nodes, weights = np.polynomial.legendre.leggauss(count)
        nodes = law.low + (law.high - law.low) * (nodes + 1) / 2
    else:
        nodes, weights = np.polynomial.laguerre.laggauss(count)
        nodes = law.scale * nodes
    return nodes, weights / weights.sum()


def _truth(
    loss: Polynomial,
    start: Float,
    rate: float,
    ways: NDArray[np.int64],
    rows: Float | None,
    law: Any,
) -> tuple[float, float]:
    """Return the mean loss over everything, and what a coarser rule changes in it."""
    slopes = [loss.derivative(k) for k in range(len(start))]
    if rows is not None:
        ends = _descend(slopes, start, rate, rows[ways])
        values = loss(ends[:, None], rows)
        return float(values.mean()), 1e-13 * (1 + float(np.abs(values).mean()))
    cards = int(ways.max()) + 1
    finest = max(3, min(14, int((_MOST / len(ways)) ** (1 / cards))))
    found = []
    test = _rule(law, 12)
    for count in (finest - 1, finest):
        nodes, weights = _rule(law, count)
        drawn = np.array(list(itertools.product(range(len(nodes)), repeat=cards)))
        chance = weights[drawn].prod(axis=1)
        total = size = 0.0
        for way in ways:
            ends = _descend(slopes, start, rate, nodes[drawn][:, way])
            values = loss(ends[:, None], test[0])
            total += float(chance @ (values @ test[1]))
            size += float(chance @ (np.abs(values) @ test[1]))
        found.append(total / len(ways))
    return found[1], abs(found[1] - found[0]) + 1e-13 * (1 + size / len(ways))


def _descend(slopes: list[Polynomial], start: Float, rate: float, x: Float) -> Float:
    """Return where the map leads, for samples of shape (paths, steps, batch)."""
    theta = np.broadcast_to(start, (len(x), len(start)))
    for k in range(x.shape[1]):
        each = [s(theta[:, None], x[:, k]).mean(axis=1) for s in slopes]
        theta = theta - rate * np.stack(each, axis=1)
    return theta


def _curvature(loss: Polynomial, points: Float, x: Float, weights: Float) -> Float:
    """Return the root mean square, over samples, of the norm of the Hessian at each point."""
    square = np.zeros(len(points))
    for i, j in itertools.product(range(points.shape[1]), repeat=2):
        square = square + loss.derivative(i).derivative(j)(points[:, None], x) ** 2 @ weights
    return np.sqrt(square)


def _inside(
    loss: Polynomial, start: Float, rate: float, steps: int, x: Float, weights: Float
) -> bool:
    """Whether rate * steps * curvature is small as far as the run reaches."""
    g = np.stack([loss.derivative(i)(start[None, None], x)[0] for i in range(len(start))])
    mean = g @ weights
    noise = float(((g - mean[:, None]) ** 2 @ weights).sum())
    reach = rate * (steps * np.linalg.norm(mean) + 2 * math.sqrt(steps * noise))
    grid = np.array(list(itertools.product(np.linspace(-1, 1, 9), repeat=len(start))))
    largest = float(_curvature(loss, start + reach * grid, x, weights).max())
    return rate * steps * largest < _REGIME
