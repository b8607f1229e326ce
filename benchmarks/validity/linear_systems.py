"""Random stable linear equations, and their exact solutions by linear algebra.

    dx = A (x - m) dt + sqrt(2) B dW,     D = B B^T,     A C + C A^T = -2 D

They are generated in the coordinates in which C is the identity, A' = -(D' + rotation), with
friction (slowest decay/fastest rate) down to 1/50 and any rank of D', and mixed to correlations up
to 0.95. A few have no steady state and must be refused.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.linalg import solve_continuous_lyapunov
from scipy.special import erfcx

from driftscape import theory
from driftscape.analysis.estimate import Theory
from driftscape.landscapes import Landscape

from .case import Case

Float = NDArray[np.float64]

FRICTION = 1 / 50
CORRELATION = 0.95
ENDLESS = 0.05  # share without a steady state
OFTEN = {1: ("moment",) * 2 + ("passage", "rate"),
         2: ("moment",) * 4 + ("torque", "entropy", "rate", "passage"),
         3: ("moment",) * 4 + ("torque", "entropy", "rate")}  # fmt: skip


@dataclass(frozen=True)
class System:
    """A, m and D."""

    A: Float
    m: Float
    D: Float

    @property
    def C(self) -> Float:
        """The stationary covariance."""
        return np.asarray(solve_continuous_lyapunov(self.A, -2 * self.D))

    def landscape(self) -> Any:
        """Return the system as a landscape."""
        names = "xyz"[: len(self.m)]
        drift = [
            " + ".join(f"({a!r})*({n} - ({c!r}))" for a, n, c in zip(row, names, self.m.tolist(),
                                                                  strict=True))
            for row in self.A.tolist()
        ]  # fmt: skip
        return Landscape.from_drift(drift, coordinates=" ".join(names), diffusion=self.D.tolist())

    def __str__(self) -> str:
        A, m, D = (part.round(4).tolist() for part in (self.A, self.m, self.D))
        return f"A={A}, m={m}, D={D}"


def system(rng: np.random.Generator, dim: int) -> System:
    """Generate a stable system."""
    while True:
        rank = int(rng.integers(1, dim + 1))
        damping = np.zeros(dim)
        damping[:rank] = np.exp(rng.uniform(np.log(FRICTION), 0, rank))
        half = np.tril(rng.normal(size=(dim, dim)), -1)
        turning = (half - half.T) * float(rank < dim or rng.random() < 0.7)
        A = -(np.diag(damping) + turning)
        rates = np.linalg.eigvals(A)
        mixed = rng.normal(size=(dim, dim))
        C = mixed @ mixed.T
        C /= np.sqrt(np.outer(np.diagonal(C), np.diagonal(C)))
        if (
            -rates.real.max() >= FRICTION * np.abs(rates).max()
            and np.abs(C - np.eye(dim)).max() <= CORRELATION
        ):
            break
    T = np.exp(rng.uniform(np.log(0.3), np.log(3), dim))[:, None] * np.linalg.cholesky(C)
    T *= np.sqrt(np.exp(rng.uniform(-1, 1)))
    speed = np.exp(rng.uniform(-1, 1))
    D = T @ np.diag(damping) @ T.T
    return System(speed * T @ A @ np.linalg.inv(T), rng.normal(size=dim), speed * (D + D.T) / 2)


def linear_case(rng: np.random.Generator, dim: int) -> Case:
    """Generate a system and a question."""
    made = system(rng, dim)
    if rng.random() < ENDLESS:
        return _endless(made)
    kind = str(rng.choice(OFTEN[dim]))
    questions: dict[str, Callable[[System, np.random.Generator], Any]] = {
        "moment": _moment, "torque": _torque, "entropy": _entropy, "rate": _rate,
        "passage": _passage,
    }  # fmt: skip
    found = questions[kind](made, rng) or _moment(made, rng)
    made, label, predict, truth = found
    return Case(f"{label} of {made}", predict, lambda: (float(truth), 1e-9 * abs(float(truth))))


def _solved(made: System) -> Any:
    return theory.fokker_planck(made.landscape(), beta=1)


def _moment(made: System, rng: np.random.Generator) -> Any:
    i, j = rng.integers(len(made.m), size=2)
    text = f"{'xyz'[i]}*{'xyz'[j]}"
    truth = made.C[i, j] + made.m[i] * made.m[j]
    return made, text, lambda: _solved(made).expectation(text), truth


def _torque(made: System, rng: np.random.Generator) -> Any:
    i, j = rng.permutation(len(made.m))[:2]
    lever = made.C @ made.A.T
    plane = ("xyz"[i], "xyz"[j])
    truth = lever[i, j] - lever[j, i]
    return made, f"torque in {plane}", lambda: _solved(made).torque(plane), truth


def _entropy(made: System, rng: np.random.Generator) -> Any:
    values = np.linalg.eigvalsh(made.D)
    if values[0] < 1e-6 * values[-1]:
        return None
    V = made.A + made.D @ np.linalg.inv(made.C)
    truth = np.trace(V.T @ np.linalg.inv(made.D) @ V @ made.C)
    return made, "entropy production", lambda: _solved(made).entropy_production(), truth


def _rate(made: System, rng: np.random.Generator) -> Any:
    rates = -np.linalg.eigvals(made.A)
    powers = list(itertools.product(range(4), repeat=len(rates)))[1:]
    sums = np.array([np.dot(power, rates) for power in powers])
    nearest = sums[np.argsort(np.abs(sums))[:4]].real  # the slowest must be among those
    if not nearest.min() <= rates.real.min() * (1 + 1e-9):
        return None

    def predict() -> Theory:
        found = _solved(made).decay_rates(1)
        return Theory(
            float(found.value[0].real), truncation=float(found.truncation[0]),
            valid=bool(found.settled[0]),
        )  # fmt: skip

    return made, "slowest decay", predict, rates.real.min()


def _passage(made: System, rng: np.random.Generator) -> Any:
    """Return a first passage of an independent coordinate: quadrature on the line."""
    k, s2 = float(np.exp(rng.uniform(-1, 1))), float(np.exp(rng.uniform(-1, 1)))
    D, A = made.D.copy(), np.diag(-np.exp(rng.uniform(-1, 1, len(made.m))))
    if len(D) == 2:
        D = np.array([[s2, 0.0], [0.0, float(np.exp(rng.uniform(-1, 1)))]])
        D[0, 1] = D[1, 0] = CORRELATION * rng.uniform(-1, 1) * np.sqrt(D[0, 0] * D[1, 1])
        A[1, 0] = rng.normal()
    else:
        D = np.array([[s2]])
    A[0, 0] = -k
    made, width = System(A, made.m, D), np.sqrt(s2 / k)
    start = float(made.m[0] + width * rng.uniform(-1.5, 1))
    end = start + float(width * rng.uniform(0.05, 1.5))
    inner = lambda y: erfcx(-(y - made.m[0]) / np.sqrt(2) / width)  # noqa: E731
    truth = np.sqrt(np.pi / 2 / (k * s2)) * quad(inner, start, end, epsabs=0, epsrel=1e-11)[0]
    point = (start, *made.m[1:].tolist())

    def predict() -> Theory:
        return _solved(made).mean_first_passage_time(f"x > {end!r}", start=point)

    return made, f"mean time from {start:.3f} to x > {end:.3f}", predict, truth


def _endless(made: System) -> Case:
    """Return a system with an unstable direction, which must be refused."""
    values, vectors = np.linalg.eig(made.A)
    fastest = np.abs(values).max()
    grown = (vectors @ np.diag(values + 1.2 * fastest) @ np.linalg.inv(vectors)).real
    there = System(grown, made.m, made.D)
    return Case(
        f"x*x of {there}, which grows", lambda: _solved(there).expectation("x*x"),
        lambda: (float("nan"), 0.0), inside=False, solvable=False,
    )  # fmt: skip
