r"""Entropy production and free energy of a rotating parabola with an exact steady state.

Euler and Maruyama's steady state is isotropic and normal with variance s per coordinate (see
`cycles`): the entropy production averaged over it is 2 beta w^2 s, and its relative entropy to
exp(-beta Phi) is r - 1 - log(r) with r = beta s.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from driftscape import analysis, simulate
from driftscape.landscapes import Landscape, Normal

from ..seeds import MOST, SEEDS, entry, of_seed
from .experiment import Experiment

DT, BETA, TURN, STEPS = 0.02, 2.0, 0.8, 60
BOWL = Landscape.from_potential("(x**2 + y**2)/2", coordinates="x y", curl=TURN)
DRIFT = Landscape.from_drift(
    ["-x - w*y", "-y + w*x"], coordinates="x y", diffusion=1, parameters={"w": TURN}, name="turning"
)
VARIANCE = 1 / (BETA * (1 - DT * (1 + TURN**2) / 2))
MANY = (256, 1024)


@lru_cache(maxsize=2)
def stationary(known: bool) -> Any:
    """Return runs that begin in the steady state, of a landscape with or without its potential."""
    return simulate.run(
        BOWL if known else DRIFT, simulate.Ito(beta=BETA, dt=DT), steps=STEPS,
        trajectories=SEEDS * MOST, seed=61, start=[Normal(0, VARIANCE**0.5)] * 2, save_every=10,
    )  # fmt: skip


@lru_cache(maxsize=1)
def crowds() -> Any:
    """Return two snapshots of large ensembles, with the potential."""
    return simulate.run(
        BOWL, simulate.Ito(beta=BETA, dt=DT), steps=20, trajectories=SEEDS * max(MANY), seed=62,
        start=[Normal(0, VARIANCE**0.5)] * 2, save_every=20,
    )  # fmt: skip


def experiments() -> list[Experiment]:
    """Return entropy production with and without a potential, its parts, and free energy."""
    heat = 2 * (BETA * (1 + TURN**2) * VARIANCE - 1)
    kept = 2 * BETA * TURN**2 * VARIANCE
    ratio = BETA * VARIANCE

    def produced(known: bool) -> Any:
        return lambda seed, n: analysis.entropy_production(
            of_seed(stationary(known), seed, n), discard_steps=0
        )

    def free(name: str) -> Any:
        def measure(seed: int, n: int) -> Any:
            result = analysis.free_energy(of_seed(crowds(), seed, n))
            return entry(result, name, f"{name}_stderr", result.attrs["n_eff"], time=1)

        return measure

    def part(name: str) -> Any:
        def measure(seed: int, n: int) -> Any:
            result = analysis.entropy_production_parts(of_seed(crowds(), seed, n))
            return entry(result, name, f"{name}_stderr", result.attrs["n_eff"], time=0)

        return measure

    return [
        Experiment(
            "entropy production, potential known", kept, produced(True), wrong=kept / 2
        ),
        Experiment(
            "entropy production, from the drift", heat, produced(False), wrong=3 * heat
        ),
        Experiment(
            "free energy of a steady state", (ratio - 1 - float(np.log(ratio))) / BETA,
            free("free_energy"), MANY, wrong=0.2,
        ),
        Experiment("entropy of a steady state", float(np.log(2 * np.pi * np.e * VARIANCE)),
            free("entropy"), MANY, wrong=float(np.log(2 * np.pi * np.e * VARIANCE)) + 0.6,
        ),
        Experiment("housekeeping part", kept, part("housekeeping"), MANY),
        Experiment("non-adiabatic part of a steady state", 0.0, part("non_adiabatic"), MANY),
        Experiment("total entropy production, heat and growth", heat, part("total"), MANY),
    ]  # fmt: skip
