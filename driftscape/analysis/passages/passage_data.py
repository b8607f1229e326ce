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

from ...simulate.dataset import fingerprint
from ...simulate.dataset.contents import Contents
from ...simulate.dataset.read import read
from ...simulate.dataset.variables import check_type
from ...simulate.provenance import COORDINATE
from ...typing import Bools, Float, Index
from ...validate import check_choice
from ..estimate import Contributions, Noise, noise_where
from ..noise import noise_of_each, noise_of_values
from ..run_data import Diverged
from .events import Events

if TYPE_CHECKING:
    import xarray as xr

CONSIDERABLE = 0.1
"""Censored share above which an estimate that depends on the unobserved tail warns."""


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
    contents
        The dataset, of which more can be read.
    """

    time: Float
    code: Index
    exit: Float
    targets: tuple[str, ...]
    dropped: int
    noise: Noise = None
    numbers: Index | None = None
    time_step: float | None = None
    contents: Contents | Events | None = None

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

    def noise_of_reached(self, target: str | None) -> Noise:
        """Return the noise of the trajectories that reached a target."""
        return noise_where(self.noise, self.reached(target))

    def index(self, target: str) -> int:
        """Return the index of a target."""
        return self.targets.index(check_choice("target", target, self.targets))

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
    check_choice("diverged", diverged, (None, "drop"))
    contents = _contents(passages)
    when = contents.array("diverged")
    keep: Bools = when < 0
    if diverged is None and not keep.all():
        raise Diverged(int((~keep).sum()), len(keep), int(when[~keep].min()))
    time, reached = contents.array("passage_time")[keep], contents.array("target")[keep]
    code: Index = np.where(contents.array("censored")[keep], -1, reached)
    if not len(time):
        raise ValueError(f"no trajectory is left of {len(keep)}: there is nothing to count.")
    if not (np.isfinite(time).all() and (time >= 0).all()):
        raise ValueError("passage times must be finite and >= 0 for all that did not diverge.")
    names = contents.targets
    if ((reached < 0) != (code < 0)).any() or reached.max() >= len(names):
        raise ValueError(
            f"the variables target and censored contradict each other, or a target is not one "
            f"of the {len(names)} that are named."
        )
    noise: Noise = noise_of_values(time)
    if isinstance(contents, Contents):
        noise = noise_of_each(contents, keep)
    return PassageData(
        time, code, contents.array("exit")[keep], names, int((~keep).sum()), noise,
        contents.numbers[keep], contents.time_step, contents,
    )  # fmt: skip


def _contents(passages: xr.Dataset) -> Contents | Events:
    """Return what the passages hold, in order; refuse those of several points."""
    check_type(passages)
    if COORDINATE not in passages.coords and fingerprint.COORDINATE not in passages.coords:
        return Events(passages)
    contents = read(passages)
    if contents.kind != "first_passage":
        raise ValueError("these are no first passages; compare a run by analysis.compare.")
    return contents
