"""P-values of correct runs: `compare` with grids and operators, and steady-state identities.

Each seed is a separate run; operators are solved once.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

from driftscape import analysis, landscapes, simulate, theory
from driftscape.landscapes import Landscape, Normal

from .experiment import Rejection

FIT, WELL = landscapes.gaussian_fit(), landscapes.quartic_well()
ROTATING, MEAN = landscapes.double_well(rotation=1.5), landscapes.mean_estimation()
SPACE = Landscape.from_drift(["-x - y", "x - y + z/2", "-z"], coordinates="x y z", name="space")
NOISY_WELL = Landscape.from_loss(
    "(x**2 - 1)**2/4 + s*x", coordinates="x", samples={"s": Normal()}, start=(-1,)
)
SGD = simulate.SGD(learning_rate=0.2)
SCHEME = {"scheme": "heun"}

# what is simulated, for how long, what is kept, and beside which operator
RUNS: dict[str, tuple[Any, Any, dict[str, Any], Callable[[], Any]]] = {
    "mean_estimation, states": (
        MEAN, simulate.Ito(beta=2, dt=0.01, scheme="weak-2"), {"time": 10, "keep": "final"},
        lambda: theory.fokker_planck(MEAN, beta=2, shape=256),
    ),
    "quartic_well, states": (
        WELL, simulate.Ito(beta=3, dt=0.02, **SCHEME), {"time": 50, "keep": "final"},
        lambda: theory.fokker_planck(WELL, beta=3, shape=512),
    ),
    "gaussian_fit, states": (
        FIT, simulate.Ito(beta=20, dt=0.0025), {"time": 25, "keep": "final"},
        lambda: theory.fokker_planck(FIT, beta=20, shape=512),
    ),
    "double_well turning, states": (
        ROTATING, simulate.Ito(beta=1, dt=0.02, **SCHEME), {"time": 15, "keep": "final"},
        lambda: theory.fokker_planck(ROTATING, beta=1, shape=96),
    ),
    "double_well turning, states and displacements": (
        ROTATING, simulate.Ito(beta=1, dt=0.02, **SCHEME), {"time": 20, "save_every": 10},
        lambda: theory.fokker_planck(ROTATING, beta=1, shape=96),
    ),
    "linear, three coordinates, states": (
        SPACE, simulate.Ito(beta=1, dt=0.02, scheme="weak-2"), {"time": 10, "keep": "final"},
        lambda: theory.fokker_planck(SPACE, beta=1, shape=32),
    ),
    "SGD on gaussian_fit, five steps between snapshots": (
        FIT, SGD, {"steps": 100, "save_every": 5}, lambda: theory.transfer_operator(FIT, SGD),
    ),
    "SGD on mean_estimation, states": (
        MEAN, SGD, {"steps": 60, "keep": "final"}, lambda: theory.transfer_operator(MEAN, SGD),
    ),
}  # fmt: skip

PASSAGES: dict[str, tuple[Any, Any, float, Callable[[], Any]]] = {
    "quartic_well, passages": (
        WELL, simulate.Ito(beta=5, dt=0.0025), 1000.0,
        lambda: theory.fokker_planck(WELL, beta=5, shape=128),
    ),
    "quartic_well, passages, a third not seen": (
        WELL, simulate.Ito(beta=5, dt=0.0025), 8.0,
        lambda: theory.fokker_planck(WELL, beta=5, shape=128),
    ),
    "SGD in a well, passages": (
        NOISY_WELL, SGD, 1e4, lambda: theory.transfer_operator(NOISY_WELL, SGD),
    ),
}  # fmt: skip


@cache
def operator(name: str) -> Any:
    """Solve the operator of an experiment."""
    return (RUNS | PASSAGES)[name][3]()


def of_run(name: str) -> Callable[[int, int], float]:
    """Return the p-value of a run compared with its operator."""
    landscape, dynamics, kept, _ = RUNS[name]

    def p_value(seed: int, trajectories: int) -> float:
        run = simulate.run(landscape, dynamics, trajectories=trajectories, seed=seed, **kept)
        return analysis.compare(run, operator(name)).p_value

    return p_value


def of_passages(name: str) -> Callable[[int, int], float]:
    """Return the p-value of first passages compared with their operator."""
    landscape, dynamics, watched, _ = PASSAGES[name]

    def p_value(seed: int, trajectories: int) -> float:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", simulate.CensoredWarning)
            hits = simulate.first_passage(
                landscape, dynamics, start=-1, target="x > 0", max_time=watched,
                trajectories=trajectories, seed=seed,
            )  # fmt: skip
        return analysis.compare_passages(hits, operator(name)).p_value

    return p_value


def of_identity(seed: int, trajectories: int) -> float:
    """Return the p-value of one identity of a steady state, for skewed values."""
    sgd = simulate.SGD(learning_rate=0.3)
    run = simulate.run(FIT, sgd, steps=100, trajectories=trajectories, seed=seed, save_every=50)
    return analysis.is_stationary(run).p_values["h h"]


def experiments() -> list[Rejection]:
    """Return all experiments with p-values."""
    return [
        *(Rejection(f"compare: {name}", of_run(name)) for name in RUNS),
        *(Rejection(f"compare: {name}", of_passages(name)) for name in PASSAGES),
        Rejection("is_stationary: one identity of SGD on gaussian_fit", of_identity),
    ]
