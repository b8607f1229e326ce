r"""First-passage times of known distributions, complete or censored; and one simulated well.

Exponential: memoryless from the start.  Settling: the sum of a short and a long exponential time,
memoryless after the first.  Inverse Gaussian: a drift without a barrier.  If no exponential tail is
found, the package returns a lower bound; here this counts as a refusal.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from driftscape import analysis, landscapes, simulate, theory

from ..made_up import made_up_passages
from ..seeds import MOST, SEEDS, Band, of_seed
from .experiment import Experiment, Rejection

SIZES = (20, 30, 50, 200)
SETTLING = 0.05  # of the mean: watched to 20 % seen it is five times that
BETA, DT = 4.0, 0.0025
LAWS: dict[str, Callable[[Any, int], Any]] = {
    "exponential": lambda rng, n: rng.exponential(size=n),
    "settling": lambda rng, n: rng.exponential(SETTLING, n) + rng.exponential(1 - SETTLING, n),
    "inverse Gaussian": lambda rng, n: rng.wald(1.0, 1.0, n),
}


def passed(law: str, seed: int, n: int, max_time: float = np.inf, roads: int = 1) -> Any:
    """Make what `simulate.first_passage` would of times of a known law, over one or two roads."""
    rng = np.random.default_rng([seed, n, sorted(LAWS).index(law)])
    time, target = LAWS[law](rng, n), rng.integers(0, roads, n)
    names = {"left": "x < -1", "right": "x > 1"} if roads > 1 else {"out": "x > 1"}
    return made_up_passages(time, target, max_time, names, seed)


@lru_cache(maxsize=1)
def simulated() -> Any:
    """Return escapes from the quartic well to its top."""
    return simulate.first_passage(
        landscapes.quartic_well(), simulate.Ito(beta=BETA, dt=DT), start=-1, target="x > 0",
        trajectories=SEEDS * MOST, max_time=500, seed=51,
    )  # fmt: skip


def experiments() -> list[Experiment | Rejection]:
    """Return means, restricted means, curves, rates, and a test of exponential times."""
    result: list[Experiment | Rejection] = [
        Experiment(
            f"mfpt, {law}, all seen", 1.0,
            lambda seed, n, law=law: analysis.mean_first_passage_time(passed(law, seed, n)),
            SIZES, wrong=0.7,
        )
        for law in LAWS
    ]  # fmt: skip
    for law in ("exponential", "settling"):
        for seen in (0.9, 0.5, 0.2):
            end = float(np.quantile(LAWS[law](np.random.default_rng(0), 100_000), seen))
            result.append(
                Experiment(
                    f"mfpt, {law}, {100 * seen:.0f} % seen", 1.0,
                    lambda seed, n, law=law, end=end: analysis.mean_first_passage_time(
                        passed(law, seed, n, end), method="exponential"
                    ),
                    (50, 200) if seen > 0.4 else (200,), wrong=0.6,
                )
            )  # fmt: skip
    for end in (0.5, 1.5):
        result.append(
            Experiment(
                f"restricted mean up to {end:g}, exponential", 1 - float(np.exp(-end)),
                lambda seed, n, end=end: analysis.restricted_mean(
                    passed("exponential", seed, n), up_to=end
                ),
                SIZES[2:] if end > 1 else SIZES[3:],
            )
        )  # fmt: skip
        result.append(
            Experiment(
                f"survival at {end:g}, exponential, censored at 2", float(np.exp(-end)),
                lambda seed, n, end=end: band("survival", end, seed, n), SIZES,
            )
        )  # fmt: skip
        result.append(
            Experiment(
                f"incidence of one of two targets at {end:g}, censored at 2",
                (1 - float(np.exp(-end))) / 2,
                lambda seed, n, end=end: band("incidence", end, seed, n), SIZES,
            )
        )  # fmt: skip
    result.append(
        Experiment(
            "escape rate, exponential, censored at 0.5", 1.0,
            lambda seed, n: analysis.escape_rate(passed("exponential", seed, n, 0.5)), SIZES,
        )
    )  # fmt: skip
    exact = theory.mean_first_passage_time(landscapes.quartic_well(), beta=BETA, start=-1, target=0)
    result.append(
        Experiment(
            "mfpt from the quartic well, simulated", exact.value,
            lambda seed, n: analysis.mean_first_passage_time(of_seed(simulated(), seed, n)), SIZES,
        )
    )  # fmt: skip
    for end in (np.inf, 1.0):
        result.append(
            Rejection(
                f"exponentiality of exponential times, watched to {end:g}",
                lambda seed, n, end=end: analysis.exponentiality(
                    passed("exponential", seed, n, end)
                ).pvalue,
            )
        )  # fmt: skip
    return result


def band(name: str, at: float, seed: int, n: int) -> Band:
    """Return a curve and its band at a time."""
    curve = analysis.survival(passed("exponential", seed, n, 2.0, roads=2))
    here = curve.isel(target=0).sel(time=at, method="ffill")
    return Band(*(float(here[name + part]) for part in ("", "_stderr", "_low", "_high")))
