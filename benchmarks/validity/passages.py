"""Passages on the line by quadrature, against nested quadratures with an explicit psi."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.integrate import quad

from driftscape import theory
from driftscape.landscapes import Landscape

from .case import Case

TITLE = (
    "passages on the line: `mean_first_passage_time`, `splitting_probability`, "
    "`flux_over_population`"
)
COUNT = 50
MEDIAN = 1e-9

INTERPRETATIONS = {"ito": 0.0, "stratonovich": 0.5, "isothermal": 1.0}


@dataclass(frozen=True)
class Process:
    """A process as text, psi as a function of (x, beta, alpha), and its domain."""

    drift: str
    psi: Callable[[float, float, float], float]
    noise: str = "1"
    diffusion: Callable[[float], float] = lambda x: 1.0
    low: float = -np.inf
    high: float = np.inf
    kinks: tuple[float, ...] = (0.0,)


def _process(rng: np.random.Generator) -> tuple[Process, float, tuple[float, float]]:
    """Return a process, an inverse temperature, and the start and target of its passages."""
    kind, u = int(rng.integers(12)), rng.uniform
    beta = float(np.exp(u(-1, 3)))
    if kind == 0:
        t = float(u(-0.3, 0.3))
        psi = lambda x, b, _: b * (x**4 / 4 - x**2 / 2 - t * x)  # noqa: E731
        return Process(f"x - x**3 + ({t!r})", psi, kinks=(-1.0, 0.0, 1.0)), beta, (-1.6, 1.6)
    if kind == 1:
        return Process("-x", lambda x, b, _: b * x**2 / 2), beta, (-0.3, 0.3)
    if kind == 2:
        k = float(u(0.5, 3))
        psi = lambda x, b, _: -b * (x - np.cos(k * x) / (2 * k))  # noqa: E731
        return Process(f"1 + sin({k!r}*x)/2", psi), beta, (-2.0, 2.0)
    if kind == 3:
        psi = lambda x, b, a: 2 * b * x**2 - (6 * b + a) * np.log(1 + x**2 / 4)  # noqa: E731
        noise = lambda x: 1 + x**2 / 4  # noqa: E731
        return Process("-x - x**3", psi, "1 + x**2/4", noise), min(beta, 5), (-1.0, 1.5)
    if kind == 4:
        c = float(u(0.1, 3))
        psi = lambda x, b, a: -b * (c * np.log(x) - x) - a * np.log(x)  # noqa: E731
        return Process(f"{c!r} - x", psi, "x", lambda x: x, 0.0), min(beta, 5), (0.2, 3.0)
    if kind == 5:
        psi = lambda x, b, a: -b * (np.log(x) - x) - 2 * a * np.log(x)  # noqa: E731
        process = Process("x*(1 - x)", psi, "x**2", lambda x: x**2, 0.0)
        return process, max(beta, 1.5), (0.3, 2.5)
    if kind == 6:
        p, q = float(u(0.2, 2)), float(u(0.2, 2))
        psi = lambda x, b, a: -(b * p + a) * np.log(x) - (b * q + a) * np.log(1 - x)  # noqa: E731
        process = Process(
            f"{p!r} - {p + q!r}*x", psi, "x*(1 - x)", lambda x: x * (1 - x), 0.0, 1.0, (0.5,)
        )
        return process, beta, (0.15, 0.85)
    if kind == 7:
        c, w = float(u(2, 5)), float(u(0.3, 3))
        text = f"-2*((x - {c!r})*exp(-(x - {c!r})**2) + {w!r}*(x + {c!r})*exp(-(x + {c!r})**2))"
        text += f"/(exp(-(x - {c!r})**2) + {w!r}*exp(-(x + {c!r})**2))"
        psi = lambda x, b, _: -b * np.logaddexp(-((x - c) ** 2), np.log(w) - (x + c) ** 2)  # noqa: E731
        return Process(text, psi, kinks=(-c, 0.0, c)), min(beta, 3), (c - 1, c + 1.5)
    if kind == 8:
        return Process("-sign(x)", lambda x, b, _: b * abs(x)), beta, (-1.5, 1.5)
    if kind == 9:
        psi = lambda x, b, _: b * np.log1p(x**2) / 2  # noqa: E731
        return Process("-x/(1 + x**2)", psi), max(beta, 1.4), (-2.0, 2.0)
    if kind == 10:
        c = float(u(0.3, 2))
        psi = lambda x, b, _: b * (x**2 / 2 - c * np.log(x))  # noqa: E731
        return Process(f"{c!r}/x - x", psi, low=0.0, kinks=(c**0.5,)), min(beta, 8), (0.3, 2.5)
    psi = lambda x, b, _: b * (np.exp(min(x, 700.0)) - x)  # noqa: E731
    return Process("1 - exp(x)", psi), min(beta, 6), (-1.5, 1.2)


def case(rng: np.random.Generator) -> Case:
    """Return one process at a random position and scale, and one of three questions."""
    process, beta, (low, high) = _process(rng)
    interpretation = str(rng.choice(list(INTERPRETATIONS)))
    start, target = (float(x) for x in rng.uniform(low, high, 2))
    scale = float(10.0 ** rng.integers(-3, 4))
    shift = 0.0 if np.isfinite(process.low) else float(rng.choice([0.0, 0.0, 1.0, -30.0])) * scale
    inner = f"((x - ({shift!r}))/{scale!r})"
    drift, noise = (
        f"({text.replace('exp', 'EXP').replace('x', inner).replace('EXP', 'exp')})"
        for text in (process.drift, process.noise)
    )
    ends = [shift + scale * e for e in (process.low, process.high)]
    domain = {"x": (max(ends[0], -1e6 * scale), min(ends[1], 40 * scale))}
    land = Landscape.from_drift(
        f"{scale!r}*{drift}", coordinates="x", diffusion=f"{scale**2!r}*{noise}",
        domain=domain if np.isfinite(process.low) else None,
    )  # fmt: skip
    at = [shift + scale * x for x in (start, target)]
    question = str(rng.choice(["time", "time", "time", "rate", "side"]))
    words = f"dx = ({process.drift}) dt, D = {process.noise}, {interpretation}, beta {beta:.4g}, "
    words += f"scale {scale:g}, shift {shift:g}: "
    alpha, options = (
        INTERPRETATIONS[interpretation],
        {"beta": beta, "interpretation": interpretation},
    )
    if question == "side":
        left, right = sorted((start, target))
        middle = float(rng.uniform(left, right))
        return Case(
            f"{words}from {middle:.4g} to {right:.4g} before {left:.4g}",
            lambda: theory.splitting_probability(
                land, start=shift + scale * middle, left=min(at), right=max(at), **options
            ),
            lambda: _side(process, beta, alpha, left, middle, right),
        )
    if question == "rate":
        return Case(
            f"{words}rate from {start:.4g} to {target:.4g}",
            lambda: theory.flux_over_population(land, start=at[0], target=at[1], **options),
            lambda: _inverse(*_time(process, beta, alpha, start, target)),
            solvable=_held(process, start, target),
        )
    return Case(
        f"{words}time from {start:.4g} to {target:.4g}",
        lambda: theory.mean_first_passage_time(land, start=at[0], target=at[1], **options),
        lambda: _time(process, beta, alpha, start, target),
        solvable=_held(process, start, target),
    )


def _held(process: Process, start: float, target: float) -> bool:
    """Return whether the process returns from beyond the start."""
    return not (process.drift.startswith("1 + sin") and target < start)


def _inverse(value: float, error: float) -> tuple[float, float]:
    return 1 / value, error / value**2


def _time(
    process: Process, beta: float, alpha: float, start: float, target: float
) -> tuple[float, float]:
    """Nested quadratures; the inner one, from the start on, is added to what is before."""
    sign = 1.0 if target > start else -1.0
    a, b = sign * start, sign * target
    end = sign * (process.low if sign > 0 else process.high)
    psi = lambda x: process.psi(sign * x, beta, alpha)  # noqa: E731
    level = psi(a)
    mass = lambda z: beta / process.diffusion(sign * z) * np.exp(level - psi(z))  # noqa: E731
    breaks = sorted(sign * k for k in process.kinks if end < sign * k < a)
    before, error, low = 0.0, 0.0, end
    with np.errstate(all="ignore"):
        for high in (*breaks, a):
            part, more = quad(mass, low, high, limit=500, epsabs=0, epsrel=1e-11)
            before, error, low = before + part, error + more, high

        breaks = sorted(sign * k for k in process.kinks if a < sign * k < b)

        def rise(y: float) -> float:
            parts = [a, *(k for k in breaks if k < y), y]
            inside = sum(
                quad(mass, *pair, limit=200, epsabs=0, epsrel=1e-11)[0]
                for pair in itertools.pairwise(parts)
            )
            return float(np.exp(psi(y) - level) * (before + inside))

        time, spread = quad(rise, a, b, points=breaks or None, limit=300, epsabs=0, epsrel=1e-10)
    return time, spread + error / max(before, 1e-300) * time + 1e-10 * time


def _side(
    process: Process, beta: float, alpha: float, left: float, start: float, right: float
) -> tuple[float, float]:
    level = max(process.psi(x, beta, alpha) for x in np.linspace(left, right, 101))
    climb = lambda y: np.exp(process.psi(y, beta, alpha) - level)  # noqa: E731
    parts = []
    for low, high in ((left, start), (start, right)):
        inner = [k for k in process.kinks if low < k < high]
        parts.append(quad(climb, low, high, points=inner or None, epsabs=0, epsrel=1e-11)[0])
    value = parts[0] / sum(parts)
    return value, 1e-10 * value
