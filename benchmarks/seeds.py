"""Many seeds from one run: independent groups of trajectories count as seeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from driftscape.analysis import Estimate, Interval

SEEDS = 400
MOST = 200
"""Trajectories of a seed, at most: seed k owns those from k MOST on."""


def of_seed(run: Any, seed: int, trajectories: int) -> Any:
    """Return the trajectories of one seed from a run of SEEDS x MOST trajectories or more."""
    share = run.sizes["trajectory"] // SEEDS
    if not (0 <= seed < SEEDS and trajectories <= share):
        raise ValueError(
            f"seed {seed}, {trajectories} trajectories: the run has {SEEDS} seeds of {share}."
        )
    return run.isel(trajectory=slice(seed * share, seed * share + trajectories))


def entry(made: Any, name: str, stderr: str, n_eff: int, **where: int) -> Estimate:
    """Return one number of a dataset with its standard error as an estimate."""
    at = made.isel(**where) if where else made
    return Estimate(float(at[name]), float(at[stderr]), n_eff, name)


@dataclass(frozen=True)
class Band:
    """A number with a band at 95 %, as curves have it."""

    value: float
    stderr: float
    low: float
    high: float

    def interval(self, level: float = 0.95) -> Interval:
        """Return the band, which exists only at this level."""
        assert level == 0.95
        return Interval(self.low, self.high)
