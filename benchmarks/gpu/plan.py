"""Sizes, repeats and durations: one plan for measurements, one for a quick test."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from ..curves.curve import GPU, Setting
from ..curves.curve import QUICK as SMALLEST


@dataclass(frozen=True)
class Plan:
    """Sizes of a whole run of the command.

    Attributes
    ----------
    systems
        Which of W1 to W4.
    sizes
        Numbers of trajectories of the curves, in ascending order.
    verdict
        The number at which ratios are stated; one of `sizes`.
    passages
        Numbers of trajectories of the first passages.
    processor
        Trajectories of the processor, whose rate does not depend on them.
    rounds, seconds
        Interleaved repeats, and what each should take.
    large
        Trajectories of the large comparisons of bits.
    landscapes
        How many landscapes bits are compared on; None for all.
    processes
        Processes that compare bits at once; 0 for this one alone.
    peer_steps
        Steps of a JAX or PyTorch loop.
    costs
        Where and how large the runs of the cost curves are.
    limit
        Seconds that the whole command may take: what would begin later is left out, and said so.
    """

    systems: tuple[str, ...] = ("W1", "W2", "W3", "W4")
    sizes: tuple[int, ...] = tuple(
        round(10**p) for p in (3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5, 7)
    )  # fmt: skip
    verdict: int = 1_000_000
    passages: tuple[int, ...] = (100_000, 1_000_000, 10_000_000)
    processor: int = 100_000
    rounds: int = 5
    seconds: float = 0.3
    large: int = 100_003
    landscapes: int | None = None
    processes: int = min(16, os.cpu_count() or 1)
    peer_steps: int = 300
    costs: Setting = GPU
    limit: float = 525.0


FULL = Plan()
QUICK = Plan(
    sizes=(1_000, 10_000, 100_000), verdict=100_000, passages=(10_000,), processor=10_000,
    rounds=2, seconds=0.02, large=10_003, landscapes=2, peer_steps=20,
    costs=replace(SMALLEST, backend="cupy"), limit=120.0,
)  # fmt: skip
