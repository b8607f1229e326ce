r"""Torque, area, winding, periods and current of a rotating parabola with an exact steady state.

In complex numbers the step of Euler and Maruyama is z' = a z + noise with a = 1 - dt (1 - i w), and
its steady state is an isotropic normal distribution of variance s = 1/(beta (1 - dt (1 + w^2)/2)) a
coordinate.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from scipy.integrate import quad

from driftscape import analysis, simulate, theory
from driftscape.landscapes import Landscape, Normal

from ..seeds import MOST, SEEDS, entry, of_seed
from .experiment import Experiment

DT, BETA, TURN, STEPS = 0.02, 2.0, 0.8, 200
BOWL = Landscape.from_drift(
    ["-x - w*y", "-y + w*x"], coordinates="x y", diffusion=1, parameters={"w": TURN}, name="turning"
)
STRETCHED = Landscape.from_potential("x**2/2 + y**2", coordinates="x y", curl=0.9)
VARIANCE = 1 / (BETA * (1 - DT * (1 + TURN**2) / 2))
STEP = 1 - DT * (1 - 1j * TURN)
ABOUT = (0.4, 0.0)
EDGES = {"x": [0.2, 0.9], "y": [-0.5, 0.5]}


@lru_cache(maxsize=1)
def turning() -> Any:
    """Return runs that begin in the steady state, with every step saved."""
    return simulate.run(
        BOWL, simulate.Ito(beta=BETA, dt=DT), steps=STEPS, trajectories=SEEDS * MOST, seed=21,
        start=[Normal(0, VARIANCE**0.5)] * 2, save_every=1,
    )  # fmt: skip


@lru_cache(maxsize=1)
def stretched() -> Any:
    """Return a parabola that is not round, so that the angular velocity depends on the angle."""
    ito = simulate.Ito(beta=BETA, dt=0.01, scheme="weak-2")
    return simulate.run(
        STRETCHED, ito, time=12, trajectories=SEEDS * MOST, seed=22, start=(0, 0), save_every=40
    )


def experiments() -> list[Experiment]:
    """Return all measurements of rotation."""
    swept = VARIANCE * STEP.imag / DT
    rate = turns_per_step() / DT
    about = TURN * np.exp(-np.dot(ABOUT, ABOUT) / (2 * VARIANCE))
    (rotation,) = theory.linearise(STRETCHED, at=(0, 0)).turning
    period = 2 * np.pi / float(rotation)

    def ask(function: Any, **settings: Any) -> Any:
        return lambda seed, n: function(of_seed(turning(), seed, n), discard_steps=0, **settings)

    result = [
        Experiment(
            "torque of a turning bowl", 2 * VARIANCE * TURN, ask(analysis.torque),
            wrong=-2 * VARIANCE * TURN,
        ),
        Experiment("area rate at one step", swept, ask(analysis.area_rate), wrong=-swept),
        Experiment(
            "winding rate at one step", rate,
            lambda seed, n: ask(analysis.winding)(seed, n).rate, wrong=-rate,
        ),
        Experiment(
            "winding period at one step", 1 / rate,
            lambda seed, n: ask(analysis.winding)(seed, n).period, wrong=2 / rate,
        ),
        Experiment(
            "angular velocity off the centre", about,
            ask(analysis.angular_velocity, about=ABOUT), wrong=0.0,
        ),
        Experiment(
            "circulation period of an ellipse", period,
            lambda seed, n: analysis.circulation_period(
                of_seed(stretched(), seed, n), discard_steps=200
            ),
        ),
        Experiment(
            "current through a cell, upwards", current(), cell, wrong=-current()
        ),
    ]  # fmt: skip
    return result


def cell(seed: int, n: int) -> Any:
    """Measure the second component of the current in a cell on the right."""
    run = of_seed(turning(), seed, n)
    result = analysis.current(run, bins=EDGES, discard_steps=0).sel(coordinate="y")
    return entry(result, "current", "stderr", n, x=0, y=0)


def current() -> float:
    """Return the mean of J_y = w x rho over the cell."""

    def mass(low: float, high: float) -> float:
        from scipy.special import ndtr

        return float(ndtr(high / VARIANCE**0.5) - ndtr(low / VARIANCE**0.5))

    def normal(x: float) -> float:
        return float(np.exp(-(x**2) / (2 * VARIANCE)) / (2 * np.pi * VARIANCE) ** 0.5)

    (left, right), (low, high) = EDGES["x"], EDGES["y"]
    along = VARIANCE * (normal(left) - normal(right))  # of x times its density
    return TURN * along * mass(low, high) / ((right - left) * (high - low))


def turns_per_step() -> float:
    """Mean principal angle of z'/z = a + u/z in turns, by quadrature over |z| and the phase.

    The phase of a signal A in noise of variance t a component has the density
    exp(-A^2/(2 t)) (1 + sqrt(pi) g exp(g^2) (1 + erf(g)))/(2 pi), g = A cos(phase)/sqrt(2 t).
    """
    noise = 2 * DT / BETA
    size, tilt = abs(STEP), np.angle(STEP)

    def beyond(r: float) -> float:
        """Return the probability that the phase exceeds pi - tilt and counts as one turn less."""
        t = noise / r**2

        def density(phase: float) -> float:
            from scipy.special import erfcx

            g = size * np.cos(phase) / np.sqrt(2 * t)  # negative here
            return float(
                np.exp(-(size**2) / (2 * t)) * (1 + np.sqrt(np.pi) * g * erfcx(-g)) / (2 * np.pi)
            )

        return quad(density, np.pi - tilt, np.pi)[0]

    def weighted(r: float) -> float:
        return r / VARIANCE * np.exp(-(r**2) / (2 * VARIANCE)) * beyond(r)

    lost = quad(weighted, 0, 3 * noise**0.5)[0] + quad(weighted, 3 * noise**0.5, 10)[0]
    return float(tilt / (2 * np.pi) - lost)
