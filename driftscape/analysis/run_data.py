"""Read and check the dataset of `simulate.run`; the mean over its independent trajectories.

Trajectories are independent, times along one trajectory are not.  Every estimate is therefore a
mean over trajectories of one number for each trajectory.  Its standard error is the standard
deviation of these numbers divided by the root of their count, and needs no model of the correlation
in time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..landscapes import Landscape
from ..simulate import Dynamics
from ..simulate.dataset.contents import Contents
from ..simulate.dataset.read import read
from ..typing import Bools, Float, Index
from ..validate import check_choice, check_whole
from .estimate import Estimate, Noise
from .noise import noise_of_each
from .sample_mean import MIN_TRAJECTORIES as MIN_TRAJECTORIES
from .sample_mean import sample_mean

if TYPE_CHECKING:
    import xarray as xr


RELAXATION_TIME = 10.0
"""Time that is discarded by default: 10/learning_rate steps of SGD, 10/dt steps of an SDE."""

_BLOCK = 2_000_000  # numbers evaluated at once: 16 MB, so that tensors of them fit into memory


class TooFewData(ValueError):
    """The data are too few for a reliable standard error; `.estimate` is the partial result."""

    def __init__(self, message: str, estimate: Estimate) -> None:
        super().__init__(f"{message} The partial estimate is {estimate}.")
        self.estimate = estimate


class Diverged(ValueError):
    """`.count` trajectories diverged to infinity or NaN, the first of them at step `.first`."""

    def __init__(self, count: int, total: int, first: int) -> None:
        super().__init__(
            f"{count} of {total} trajectories diverged, the first at step {first}; an average "
            "over the others is conditioned on survival. The warning of the run "
            'says what helps; diverged="drop" analyses the survivors.'
        )
        self.count, self.first = count, first


@dataclass(frozen=True)
class RunData:
    """A run, checked, without diverged trajectories.

    Attributes
    ----------
    landscape, dynamics
        Those that were simulated.
    steps
        Number of steps of the run.
    start, final
        First and last states, shape (trajectories, dim).
    snapshots
        Steps at which `state` was stored, shape (n,); empty for a run without snapshots.
    state
        States at these steps, shape (trajectories, n, dim).
    dropped
        Number of diverged trajectories that were left out.
    keep
        True for the trajectories of the dataset that are used, shape (all trajectories,).
    noise
        Name of the noise, or of that of each trajectory; see `noise_of_each`.
    numbers
        Numbers of the trajectories, shape (trajectories,).
    contents
        The dataset, of which more can be read.
    """

    landscape: Landscape
    dynamics: Dynamics
    steps: int
    start: Float
    final: Float
    snapshots: Index
    state: Float
    dropped: int
    keep: Bools
    noise: Noise
    numbers: Index
    contents: Contents

    def column(self, coordinate: str) -> int:
        """Return the index of a coordinate."""
        names = self.landscape.coordinates
        return int(names.index(check_choice("coordinate", coordinate, names)))

    def first_step(self, discard_steps: int | None) -> int:
        """Return the step at which the stationary part begins; the default is ten units of time."""
        if discard_steps is None:
            return math.ceil(RELAXATION_TIME / float(self.dynamics.time_step) - 1e-9)
        return check_whole("discard_steps", discard_steps, 0)

    def first_snapshot(self, discard_steps: int | None) -> int:
        """Return the index of the first stationary snapshot, len(snapshots) if there is none."""
        if not len(self.snapshots):
            raise ValueError(
                "the run has no snapshots; run it again with save_every=, "
                "or with keep=simulate.Average(...) of the expression."
            )
        return int(np.searchsorted(self.snapshots, self.first_step(discard_steps)))

    def interval(self, first: int) -> int:
        """Return the number of steps between the snapshots from the index `first` on.

        Raises
        ------
        ValueError
            They are not equally far apart.
        """
        apart = np.diff(self.snapshots[first:])
        if not len(apart) or (apart != apart[0]).any():
            raise ValueError(
                f"the snapshots are {_several(apart)} steps apart, and this analysis needs equal "
                "intervals; take every n-th snapshot, dataset.isel(time=slice(None, None, n))."
            )
        return int(apart[0])

    def time_means(
        self, function: Callable[[Float], Float], discard_steps: int | None
    ) -> tuple[Float, int]:
        """Average `function(points)` over the stationary snapshots of each trajectory.

        Parameters
        ----------
        function
            Points of shape (..., dim) -> values of shape (..., *shape).
        discard_steps
            Steps to leave out; None stands for ten units of time.

        Returns
        -------
        tuple
            Means of shape (trajectories, *shape), and the number of snapshots; if that is 0, the
            means are the values at the last snapshot.
        """
        first = self.first_snapshot(discard_steps)
        count = len(self.snapshots) - first
        if count < 1:  # partial result: the last snapshot alone
            first, count = len(self.snapshots) - 1, 0
        means = [function(block).mean(axis=1) for block in _blocks(self.state[:, first:])]
        return np.concatenate(means), count

    def mean(
        self,
        values: Float,
        method: str,
        unit: str = "",
        enough: bool = True,
        quiet: bool = False,
        pieces: int = 1,
        cut: str = "",
    ) -> Estimate:
        """Return the mean of one number per trajectory, shape (trajectories,), as an estimate.

        `enough=False` raises `TooFewData`, because all steps were discarded.  `quiet=True` gives no
        warning of skewness, for tests that do not use the interval.  With `pieces=` there are so
        many numbers of each trajectory, side by side; `cut` says how they were cut.
        """
        count = len(values)
        dropped = f"; {self.dropped} diverged trajectories dropped" if self.dropped else ""
        estimate = sample_mean(
            values, f"{method}{dropped}", unit, noise=self.noise, numbers=self.numbers,
            pieces=pieces, cut=cut, time_step=float(self.dynamics.time_step),
            quiet=quiet,
        )  # fmt: skip
        if count < MIN_TRAJECTORIES:
            what = "trajectories" if pieces == 1 else f"pieces ({pieces} of each trajectory)"
            raise TooFewData(
                f"{count} {what} give no reliable standard error; run at least "
                f"{MIN_TRAJECTORIES}, or cut long trajectories with pieces=.",
                estimate,
            )
        if not enough:
            raise TooFewData(
                f"all {self.steps} steps are discarded; run longer, or pass a smaller "
                "discard_steps= (a number of steps).",
                estimate,
            )
        return estimate


def read_run(run: xr.Dataset, diverged: str | None = None) -> RunData:
    """Check a dataset of `simulate.run` and read it.

    Parameters
    ----------
    run
        What `simulate.run` returned.
    diverged
        None refuses an ensemble with diverged trajectories, "drop" leaves those out.

    Raises
    ------
    Diverged
        Trajectories diverged and `diverged` is None.
    TypeError, ValueError
        Not a dataset of `simulate.run`, or another value of `diverged`.
    """
    check_choice("diverged", diverged, (None, "drop"))
    contents = contents_of(run)
    ((landscape, dynamics),) = contents.problems
    when: Index = contents.array("diverged")
    keep: Bools = when < 0
    if diverged is None and not keep.all():
        raise Diverged(int((~keep).sum()), len(keep), int(when[~keep].min()))
    dim = len(landscape.coordinates)
    state = contents.array("state") if "state" in contents else np.empty((len(keep), 0, dim))
    return RunData(
        landscape=landscape,
        dynamics=dynamics,
        steps=int(contents.each[0]["steps"]),
        start=contents.array("start")[keep],
        final=contents.array("final")[keep],
        snapshots=contents.steps,
        state=state if keep.all() else state[keep],
        dropped=int((~keep).sum()),
        keep=keep,
        noise=noise_of_each(contents, keep),
        numbers=contents.numbers[keep],
        contents=contents,
    )


def contents_of(run: xr.Dataset) -> Contents:
    """Return what a dataset of `simulate.run` holds, in order.

    Raises
    ------
    TypeError, ValueError
        Not a run, a sweep of several, or one that was changed.
    """
    contents = read(run)
    if contents.kind != "run":
        raise ValueError(
            "these are first passages and no run; see analysis.mean_first_passage_time and "
            "analysis.compare_passages."
        )
    return contents


def _several(apart: Index) -> str:
    """Return the smallest and the largest of the intervals between snapshots."""
    return f"{apart.min()} to {apart.max()}" if len(apart) else "no"


def _blocks(state: Float) -> Iterator[Float]:
    """Divide an array (trajectories, n, dim) into blocks of trajectories of bounded size."""
    rows = max(1, _BLOCK // max(1, state[0].size if len(state) else 1))
    for first in range(0, max(len(state), 1), rows):
        yield state[first : first + rows]
