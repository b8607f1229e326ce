"""Steady states of linear dynamics: random losses, data sets and equations, iterated moments.

There are one to five coordinates.  The second moment of (1, x) evolves by a matrix of size (d +
1)^2 from all batches or from the coefficients of the equation; the reference is the limit of its
powers.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm

from driftscape import landscapes, simulate, theory
from driftscape.landscapes import Landscape, Normal, Rademacher

from .case import Case

Float = NDArray[np.float64]
Map = tuple[Float, Float]  # x' = A x + a

TITLE = "Steady state of linear dynamics"
COUNT = 100


def case(rng: np.random.Generator) -> Case:
    """Generate a linear dynamics and one of its second moments."""
    kind = (_rows, _samples, _additive, _equation)[rng.integers(4)]
    page, dynamics, step, settings = kind(rng, int(rng.integers(1, 6)))
    first, second = (str(n) for n in rng.choice(page.coordinates, 2))
    i, j = page.coordinates.index(first), page.coordinates.index(second)
    mean, square, size = step()
    return Case(
        f"{page}, {dynamics}, {settings or 'its own step'}, E {first}*{second}",
        lambda: theory.linear_law(page, dynamics, **settings).moment(first, second),
        lambda: (float(square[i, j]), 1e-13 / (1 - size) * float(np.abs(square).max())),
        size < 1,
        size < 1,
    )


Answer = tuple[Float, Float, float]
Made = tuple[Landscape, Any, Callable[[], Answer], dict[str, Any]]


def _limit(maps: list[Map], weights: list[float], more: Float | None = None) -> Answer:
    """Return mean and second moment that a random map leads to, and the size of its eigenvalues.

    `more` is a covariance of additive noise.
    """
    d = len(maps[0][1])
    A = sum(w * M for w, (M, _) in zip(weights, maps, strict=True))
    a = sum(w * v for w, (_, v) in zip(weights, maps, strict=True))
    AA = sum(w * np.kron(M, M) for w, (M, _) in zip(weights, maps, strict=True))
    Aa = sum(
        w * (np.kron(M, v[:, None]) + np.kron(v[:, None], M))
        for w, (M, v) in zip(weights, maps, strict=True)
    )
    aa = sum(w * np.outer(v, v) for w, (_, v) in zip(weights, maps, strict=True))
    aa = aa if more is None else aa + more
    return _settled(np.block([[A, np.zeros((d, d * d))], [Aa, AA]]), np.append(a, aa.ravel()), d)


def _settled(K: Float, k: Float, d: int) -> Answer:
    """Return the limit of v' = K v + k by doubling the number of steps."""
    size = float(np.abs(np.linalg.eigvals(K)).max())
    for _ in range(45 if size < 1 else 0):
        K, k = K @ K, K @ k + k
    return k[:d], k[d:].reshape(d, d), size


def _rows(rng: np.random.Generator, d: int) -> Made:
    """Linear regression on a few rows, by batches, with momentum or a matrix as learning rate."""
    rows = int(rng.integers(2, 7))
    X, y = rng.normal(size=(rows, d)).round(2), rng.normal(size=rows).round(2)
    rows = max(rows, d)
    X, y = np.resize(X, (rows, d)), np.resize(y, rows)
    X += np.round(rng.normal(size=X.shape) / 10, 2)  # no two rows alike
    batch = int(rng.integers(1, min(rows, 3) + 1))
    kind = str(rng.choice(["iid", "fresh", "without-replacement"]))
    scale = np.linalg.eigvalsh(X.T @ X / rows).max()
    rate: Any = float(f"{rng.uniform(0.02, 0.6) / scale / d:.3g}")
    if rng.random() < 0.2:
        skew = rng.normal(size=(d, d)) / 4
        rate = rate * (np.eye(d) + skew - skew.T)
    momentum = float(rng.choice([0.0, 0.0, 0.5]))
    nesterov = bool(momentum and rng.random() < 0.5)
    sgd = simulate.SGD(
        learning_rate=rate, batch_size=batch, sampling=kind, momentum=momentum, nesterov=nesterov
    )
    choose: Any = itertools.combinations(range(rows), batch)
    if kind != "without-replacement":
        choose = itertools.product(range(rows), repeat=batch)
    R = np.asarray(rate) if np.ndim(rate) else rate * np.eye(d)
    maps = []
    for some in choose:
        H = R @ X[list(some)].T @ X[list(some)] / batch
        pull = R @ X[list(some)].T @ y[list(some)] / batch
        maps.append(_step(H, pull, momentum, nesterov))
    weights = [1 / len(maps)] * len(maps)
    page = landscapes.linear_regression(X, y)

    def answer() -> Answer:
        mean, square, size = _limit(maps, weights)
        return mean[:d], square[:d, :d], size

    return page, sgd, answer, {}


def _step(H: Float, pull: Float, momentum: float, nesterov: bool) -> Map:
    """Return the map of theta, or of (theta, v) where there is momentum."""
    d = len(pull)
    if not momentum:
        return np.eye(d) - H, pull
    look = momentum if nesterov else 0.0
    velocity = np.hstack([-H, momentum * np.eye(d) - look * H])
    place = np.hstack([np.eye(d), np.zeros((d, d))])
    return np.vstack([place + velocity, velocity]), np.append(pull, pull)


def _samples(rng: np.random.Generator, d: int) -> Made:
    """A quadratic loss whose samples multiply it: the Hessian at a sample is H + x K."""
    root = rng.normal(size=(d, d)) / math.sqrt(d)
    H, K = root @ root.T + 0.3 * np.eye(d), rng.normal(size=(d, d)) * 0.3
    H, K = H.round(3), (K + K.T).round(3)
    H = (H + H.T) / 2
    b, c = rng.normal(size=(2, d)).round(3)
    names = [f"w{i}" for i in range(d)]
    form = [f"({H[i, j]!r} + x*({K[i, j]!r}))*w{i}*w{j}/2" for i in range(d) for j in range(d)]
    form = [text.replace("np.float64", "") for text in form]
    form += [f"({b[i]} + x*({c[i]}) + y)*w{i}" for i in range(d)]
    law = (Rademacher(), Normal(0, 0.5))[rng.integers(2)]
    page = Landscape.from_loss(
        " + ".join(form), coordinates=names, samples={"x": law, "y": Normal(0, 1)}
    )
    batch = int(rng.integers(1, 4))
    rate = float(f"{rng.uniform(0.02, 1.2) / np.linalg.eigvalsh(H).max():.3g}")
    spread = 1.0 if isinstance(law, Rademacher) else 0.25
    # two-valued twins with the same first and second moments: no more of x enters
    s, t = math.sqrt(spread / batch), 1 / math.sqrt(batch)
    maps = [
        (np.eye(d) - rate * (H + p * s * K), -rate * (b + p * s * c + q * t))
        for p in (-1, 1)
        for q in (-1, 1)
    ]
    sgd = simulate.SGD(learning_rate=rate, batch_size=batch)
    return page, sgd, lambda: _limit(maps, [0.25] * 4), {}


def _additive(rng: np.random.Generator, d: int) -> Made:
    """A quadratic loss with additive noise, by SGD or its Ito equation at some step."""
    root = rng.normal(size=(d, d)) / math.sqrt(d)
    H = (root @ root.T + 0.2 * np.eye(d)).round(3)
    H = (H + H.T) / 2
    c = rng.normal(size=(2, d)).round(3)
    names = [f"w{i}" for i in range(d)]
    form = [f"({float(H[i, j])!r})*w{i}*w{j}/2" for i in range(d) for j in range(d)]
    form += [f"(x*({c[0, i]}) + y*({c[1, i]}) + 1)*w{i}" for i in range(d)]
    page = Landscape.from_loss(
        " + ".join(form), coordinates=names, samples={"x": Normal(), "y": Rademacher()}
    )
    rate = float(f"{rng.uniform(0.02, 2.2) / np.linalg.eigvalsh(H).max():.3g}")
    batch = int(rng.integers(1, 5))
    sgd = simulate.SGD(learning_rate=rate, batch_size=batch)
    dynamics = sgd if rng.random() < 0.5 else sgd.as_sde()
    noise = rate**2 / batch * c.T @ c
    maps = [(np.eye(d) - rate * H, -rate * np.ones(d))]
    return page, dynamics, lambda: _limit(maps, [1.0], noise), {}


def _equation(rng: np.random.Generator, d: int) -> Made:
    """A linear drift, with D constant or growing with the state, at a step or in the continuum."""
    F = (rng.normal(size=(d, d)) / math.sqrt(d) + 1.2 * np.eye(d)).round(3)
    f = rng.normal(size=d).round(2)
    root = rng.normal(size=(d, d)).round(2)
    D = root @ root.T
    growth = float(rng.choice([0.0, 0.3, 1.0]))  # D + growth |x|^2 on the diagonal
    names = [f"x{i}" for i in range(d)]
    square = " + ".join(f"{n}**2" for n in names)
    drift = [f"{f[i]}" + "".join(f" - ({F[i, j]})*x{j}" for j in range(d)) for i in range(d)]
    diffusion = [
        [f"{float(D[i, j])!r}" + (f" + {growth}*({square})" if i == j else "") for j in range(d)]
        for i in range(d)
    ]
    page = Landscape.from_drift(drift, coordinates=names, diffusion=diffusion)
    beta, dt = float(f"{rng.uniform(0.5, 8):.3g}"), float(f"{rng.uniform(0.01, 0.4):.2g}")
    continuum = bool(rng.random() < 0.5)
    one = np.eye(d)
    grown = growth * np.outer(one.ravel(), one.ravel())  # vec M -> growth tr(M) 1

    def answer() -> Answer:
        if not continuum:
            A, a = one - dt * F, dt * f
            AA = np.kron(A, A) + 2 * dt / beta * grown
            Aa = np.kron(A, a[:, None]) + np.kron(a[:, None], A)
            K = np.block([[A, np.zeros((d, d * d))], [Aa, AA]])
            return _settled(K, np.append(a, (np.outer(a, a) + 2 * dt / beta * D).ravel()), d)
        slope = -np.kron(F, one) - np.kron(one, F) + 2 / beta * grown
        mixed = np.kron(one, f[:, None]) + np.kron(f[:, None], one)
        G = np.block([[-F, np.zeros((d, d * d))], [mixed, slope]])
        # one unit of time of v' = G v + g, by the exponential of the matrix with g beside
        g = np.append(f, (2 / beta * D).ravel())
        E = expm(np.block([[G, g[:, None]], [np.zeros((1, len(g) + 1))]]))
        return _settled(E[:-1, :-1], E[:-1, -1], d)

    return page, simulate.Ito(beta=beta, dt=dt), answer, {"continuum": True} if continuum else {}
