r"""Test loss, training loss and their gap for mean estimation, whose distribution is exact.

Descent from the minimum ends at -(1 - r^T) S mean(x)/H, r = 1 - eta H: a normal number.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from driftscape import analysis, landscapes, simulate, theory

from ..seeds import MOST, SEEDS, of_seed
from .experiment import Experiment

STEPS, SIZES = 12, (20, 30, 50, 200)
MEAN = landscapes.mean_estimation(curvature=1.0, noise=1.5)
FULL = simulate.SGD(learning_rate=0.1, sampling="fixed", train_size=10, batch_size="full")


@lru_cache(maxsize=1)
def descents() -> Any:
    """Return runs with one training set of ten samples for each trajectory."""
    return simulate.run(
        MEAN, FULL, steps=STEPS, trajectories=SEEDS * MOST, seed=41, keep="final"
    )  # fmt: skip


def experiments() -> list[Experiment]:
    """Return the three losses."""
    exact = theory.overfitting(MEAN, FULL, steps=STEPS)
    result = {
        "test loss": (analysis.test_loss, exact.test.value),
        "train loss": (analysis.train_loss, exact.test.value - exact.gap.value),
        "generalization gap": (analysis.generalization_gap, exact.gap.value),
    }
    return [
        Experiment(
            f"{name} of mean estimation", truth,
            lambda seed, n, f=function: f(of_seed(descents(), seed, n)), SIZES, wrong=0.0,
        )
        for name, (function, truth) in result.items()
    ]  # fmt: skip
