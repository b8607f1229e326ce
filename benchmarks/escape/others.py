"""Inertia, jumps, the quasipotential, large deviations of discrete SGD."""

from __future__ import annotations

import numpy as np
from numpy.polynomial import Polynomial
from scipy.integrate import quad
from scipy.optimize import brentq

from driftscape import simulate, theory
from driftscape.landscapes import Exponential, Landscape, Normal, Rademacher

from ..validity.case import Case
from .oracles import inertial_rate, jump_time, share_below
from .wells import Well, random_valley


def inertia(rng: np.random.Generator) -> Case:
    """Return a problem of Langer's formula, against the spectrum in phase space."""
    well = Well(rng, (2, 11))
    if well.phi(well.left) > well.phi(well.right) or well.height > 11:
        well.phi = well.phi(Polynomial([2 * well.saddle, -1]))  # the deeper well on the left
        well.left, well.right = (2 * well.saddle - x for x in (well.right, well.left))
        well.beta = well.height / -float(well.phi(well.left))
    omega = float(np.sqrt(-well.phi.deriv(2)(well.saddle)))
    friction = omega * float(np.exp(rng.uniform(np.log(0.02), np.log(20))))
    land = Landscape.from_potential(well.text(), coordinates="x")
    span = lambda f: brentq(f, 0.01 * well.size, 20 * well.size)  # noqa: E731
    ends = (
        well.left
        - span(lambda s: well.beta * (well.phi(well.left - s) - well.phi(well.left)) - 22),
        well.right
        + span(lambda s: well.beta * (well.phi(well.right + s) - well.phi(well.right)) - 22),
    )

    def lost(low: float, high: float) -> float:
        x = np.linspace(low, high, 2001)
        v = np.sqrt(np.maximum(-2 * well.phi(x), 0))
        return float(2 * well.beta * friction * v.sum() * (x[1] - x[0]))

    def truth() -> tuple[float, float]:
        rate = inertial_rate(well.phi, well.beta, friction, ends)
        share = share_below(well.phi, well.beta, ends, well.saddle)
        return 1 / (rate * (1 - share)), 0.01 / (rate * (1 - share))

    weak = min(lost(ends[0], well.saddle), lost(well.saddle, ends[1]))
    return Case(
        f"inertia: Phi = {well.text()}, beta {well.beta:.5g} (barrier {well.height:.3g}), friction "
        f"{friction:.4g} (energy lost in a round {weak:.3g}), from {well.left:.4g}",
        lambda: theory.langer(
            land, beta=well.beta, friction=friction, minimum=well.left, saddle=well.saddle
        ),
        truth,
        well.high() and weak > 5,
    )


def jumps(rng: np.random.Generator) -> Case:
    """Return a problem of stable noise in a parabola, against the chain on cells."""
    alpha, c = float(rng.uniform(1.05, 1.9)), float(rng.uniform(0, 1))
    beta = float(10 ** rng.uniform(1, 3.5))
    left, right = -float(rng.uniform(0.5, 2)), float(rng.uniform(0.5, 2))
    start = float(rng.choice([0.0, 0.5 * left]))
    dynamics = simulate.Ito(beta=beta, dt=0.1, noise="stable", alpha=alpha)
    land = Landscape.from_potential(f"x**2/2 + {c!r}*x**4/4", coordinates="x")
    scale = 0.1 ** (1 / alpha) / np.sqrt(beta)
    return Case(
        f"jumps: x**2/2 + {c:.3g}*x**4/4, alpha {alpha:.4g}, beta {beta:.4g}, dt 0.1, from "
        f"{start:.3g} out of ({left:.4g}, {right:.4g})",
        lambda: theory.levy_exit_time(land, dynamics, start=start, left=left, right=right),
        lambda: jump_time(lambda x: -x - c * x**3, scale, 0.1, alpha, (left, right), start),
        bool(alpha <= 1.6 and scale < 0.02 * min(-left, right)),
    )


def quasipotential(rng: np.random.Generator) -> Case:
    """Return a potential with position-dependent noise and circulation; the barrier is Phi's."""
    phi, (left, top, _), *_ = random_valley(rng, (4, 8))
    q = float(rng.normal())
    noise = [["1 + x**2/4 + y**2/2", "x*y/4"], ["x*y/4", repr(float(np.exp(0.4 * rng.normal())))]]
    noise[1][1] += " + y**2/2"
    land = Landscape.from_potential(
        phi, coordinates="x y", diffusion=noise, curl=f"({q!r})*(1+x/3)"
    )
    height = float(land.potential([top, 0]) - land.potential([left, 0]))
    return Case(
        f"quasi-potential: Phi = {phi}, D = {noise}, curl {q:.3g} (1 + x/3)",
        lambda: theory.quasipotential_barrier(land, minimum=(left, 0), saddle=(top, 0)),
        lambda: (height, 1e-9 * height),
    )


def large_deviations(rng: np.random.Generator) -> Case:
    """Return discrete SGD: the second root of log E exp(-p g), solved for each distribution."""
    law = str(rng.choice(["normal", "sign", "exponential"]))
    a, b = float(rng.uniform(0.6, 1.5)), float(rng.uniform(-0.3, 0.3))
    sample = {"normal": Normal(), "sign": Rademacher(), "exponential": Exponential()}[law]
    factor = "s - 1" if law == "exponential" else "s"
    loss = f"(x**2 - 1)**2/4 + ({factor})*({a!r}*x + ({b!r})*x**2/2)"
    land = Landscape.from_loss(loss, coordinates="x", samples={"s": sample})

    def momentum(x: float) -> float:
        force, size = x**3 - x, a + b * x
        if law == "normal":
            return 2 * force / size**2
        grow = {
            "sign": lambda p: np.logaddexp(p * size, -p * size) - np.log(2) - p * force,
            "exponential": lambda p: p * size - np.log1p(p * size) - p * force,
        }[law]
        low, high = 1e-9, 1e-3
        while grow(high) < 0 and high < 1e9:
            low, high = high, 1.3 * high
        return float(brentq(grow, low, high, xtol=1e-14))

    def truth() -> tuple[float, float]:
        value, error = quad(momentum, -1, 0, epsabs=1e-11)
        return value, error

    weak = law == "sign" and bool(np.any(a - abs(b) <= 0.39))
    return Case(
        f"large deviations: {loss}, {law}",
        lambda: theory.sgd_barrier(land, minimum=-1, saddle=0),
        truth,
        solvable=not weak,
    )
