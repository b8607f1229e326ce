"""Read and check the passage times that `simulate.first_passage` returned.

A trajectory that has not reached a target when the simulation ends is *censored*: its passage time
is longer than the recorded time.  If such trajectories are left out, or if their recorded times
count as passage times, every mean is too short.  The estimators of this folder count censored
trajectories for as long as they were observed.

The arrays are plain: `passages.passage_time.values` and `~passages.censored.values` are what
lifelines, scikit-survival and R call durations and events, and
`scipy.stats.CensoredData.right_censored(passages.passage_time.values, passages.censored.values)` is
the argument of `scipy.stats.ecdf` and of the `fit` of scipy's distributions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...simulate import dynamics_of, provenance
from ...typing import Bools, Float, Index
from ..estimate import Contributions
from ..noise import noise_of, noise_of_values, numbers_of
from ..run_data import Diverged
from ..sweeps.points import swept_dimensions

if TYPE_CHECKING:
    import xarray as xr

CONSIDERABLE = 0.1
"""Censored share above which an estimate that depends on the unobserved tail warns."""

_NEEDED = ("passage_time", "target", "exit", "censored", "diverged")


class TailWarning(UserWarning):
    """The estimate depends on passages that were not observed."""


@dataclass(frozen=True)
class PassageData:
    """First passages at one point, checked, without diverged trajectories.

    Attributes
    ----------
    time
        Passage time, or the time for which a censored trajectory was observed, shape (n,).
    code
        Index of the target that was reached, -1 for a censored trajectory, shape (n,).
    exit
        The exit points, shape (n, dim).
    targets
        Names of the targets, in the order of their indices.
    dropped
        Number of diverged trajectories that were left out.
    noise
        Name of the noise, by the seed or by the times themselves.
    numbers
        Numbers of the trajectories, shape (n,).
    time_step
        The time of a step; None if it is not known.
    """

    time: Float
    code: Index
    exit: Float
    targets: tuple[str, ...]
    dropped: int
    noise: str | None = None
    numbers: Index | None = None
    time_step: float | None = None

    @property
    def censored(self) -> float:
        """Share of the trajectories that reached no target."""
        return float((self.code < 0).mean())

    def reached(self, target: str | None = None) -> Bools:
        """Return which trajectories reached this target (None: any target), shape (n,)."""
        return self.code >= 0 if target is None else self.code == self.index(target)

    def contributions(self, values: Float, n_eff: float) -> Contributions:
        """Return contributions of the trajectories to an error, shape (n,), see `Contributions`."""
        freedom = n_eff - 1 if n_eff >= 2 else math.inf
        return Contributions.of(values, self.noise, self.numbers, freedom=freedom)

    def index(self, target: str) -> int:
        """Return the index of a target."""
        if target not in self.targets:
            known = ", ".join(map(repr, self.targets))
            raise ValueError(f"no target {target!r}; these passages have {known}.")
        return self.targets.index(target)

    def note(self) -> str:
        """Return the remark on diverged trajectories for the method of an estimate."""
        return f"; {self.dropped} diverged trajectories dropped" if self.dropped else ""


def read_passages(passages: xr.Dataset, diverged: str | None = None) -> PassageData:
    """Check a dataset of `simulate.first_passage` and read it.

    Parameters
    ----------
    passages
        What `simulate.first_passage` returned, at one point.
    diverged
        None refuses passages with diverged trajectories, "drop" leaves those out.

    Raises
    ------
    Diverged
        Trajectories diverged and `diverged` is None.
    ValueError
        Not such a dataset, one of several points, no trajectories, or another value of `diverged`.
    """
    if diverged not in (None, "drop"):
        raise ValueError(f'diverged={diverged!r}; pass None (refuse) or "drop".')
    missing = [name for name in _NEEDED if name not in passages]
    if missing:
        raise ValueError(
            f"there is no {', '.join(missing)} in it; pass what simulate.first_passage returned."
        )
    if several := swept_dimensions(passages):
        raise ValueError(
            f"these are first passages at several points of {', '.join(several)}; select one, e.g. "
            f"passages.sel({several[0]}={passages[several[0]].values[0]:g}). For a number at every "
            "point see analysis.at_every_point."
        )
    when = np.asarray(passages["diverged"].values)
    keep = when < 0
    if diverged is None and not keep.all():
        raise Diverged(int((~keep).sum()), len(keep), int(when[~keep].min()))
    time = np.asarray(passages["passage_time"].values, float)[keep]
    code = np.where(passages["censored"].values, -1, passages["target"].values)
    code = code.astype(np.int64)[keep]
    if not len(time):
        raise ValueError(f"no trajectory is left of {len(keep)}: there is nothing to count.")
    if not (np.isfinite(time).all() and (time >= 0).all()):
        raise ValueError("passage times must be finite and >= 0 for all that did not diverge.")
    names = _targets(passages)
    reached = passages["target"].values[keep]
    if ((reached < 0) != (code < 0)).any() or reached.max() >= len(names):
        raise ValueError(
            f"the variables target and censored contradict each other, or a target is not one "
            f"of the {len(names)} that are named."
        )
    exits = passages["exit"].transpose("trajectory", "coordinate").values[keep]
    return PassageData(
        time, code, np.asarray(exits, float), names, int((~keep).sum()),
        noise_of(passages) or noise_of_values(time), numbers_of(passages, keep),
        _time_step(passages),
    )  # fmt: skip


def _time_step(passages: xr.Dataset) -> float | None:
    """Return the time of a step; None for a dataset that another program wrote."""
    try:
        return float(dynamics_of(passages).time_step)
    except (ValueError, KeyError):
        return None


def _targets(passages: xr.Dataset) -> tuple[str, ...]:
    """Return the names of the targets: from the provenance, where they may hold blanks, or flags.

    A dataset of durations and events that another program wrote has no provenance.
    """
    if "provenance" in passages.coords:
        return tuple(provenance(passages)["targets"])
    return tuple(passages["target"].attrs["flag_meanings"].split())
