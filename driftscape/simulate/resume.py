"""Going on from a dataset: what it says of the run, and the ensemble as it was left."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..landscapes.landscape import Landscape
from .dataset import first_of, provenance
from .dynamics import Dynamics
from .ensemble import Ensemble
from .keep import Keep
from .sampling import left_in
from .step import Step
from .points import Points
from .sweeping.unfold import fold


def same_version(dataset: Any) -> dict[str, Any]:
    """Return a dataset's provenance; refuse one made by another version."""
    from .. import __version__

    made = provenance(dataset)
    if made["version"] != __version__:
        raise ValueError(
            f"the dataset was made by driftscape {made['version']}, this is {__version__}: the "
            "same bits cannot be promised. Install that version, or run anew from "
            "landscape_of(dataset)."
        )
    return made


class _Earlier:
    """What every dataset says of the run that made it; a sweep is a run of several points.

    Attributes
    ----------
    dataset
        The trajectories of all points, side by side.
    points, seeds, common
        The points, the seed of each, and whether that is one for all.
    one_of_each
        Numbers of the trajectories at a point; `numbers` are those of all columns.
    """

    verb = "run"

    def __init__(
        self, dataset: Any, landscape: Landscape | None, dynamics: Dynamics | None
    ) -> None:
        made = same_version(dataset)
        if made.get("verb", "run") != self.verb:
            raise ValueError(
                f"resume= holds the result of simulate.{made.get('verb', 'run')}; go on with that."
            )
        over = {name: dataset[name].values for name in made.get("over", {})}
        if over and (landscape is not None or dynamics is not None):
            raise ValueError(
                f"resume= holds a sweep over {', '.join(over)}; it takes landscape and dynamics "
                "from its dataset."
            )
        self.dataset, self.made = fold(dataset, tuple(over)), made
        self.landscape, self.dynamics = nouns = first_of(dataset)
        self.points = Points.read(*nouns, over) if over else Points(*nouns)
        if landscape is not None and landscape != self.landscape:
            raise ValueError(f"resume= holds a run of {self.landscape}, not of {landscape}.")
        if dynamics is not None and dynamics.bound(self.landscape) != self.dynamics:
            raise ValueError(f"resume= holds a run of {self.dynamics}, not of {dynamics}.")
        self.seed, self.done = int(made["seed"]), made["steps"]
        self.generator = made["generator"]
        self.owed = made["requested"] - made["steps"]
        self.numbers = self.dataset.trajectory.values.astype(np.uint64)
        self.one_of_each = self.numbers[: dataset.sizes["trajectory"]]
        self.start = np.ascontiguousarray(self.dataset.start.values.T)
        self.common, self.seeds = made.get("common", True), [self.seed] * len(self.points)
        if not self.common:
            self.seeds = [int(seed) for seed in dataset["seed"].transpose(*over).values.ravel()]

    @property
    def cards(self) -> Any:
        """The training sets in the order that they were left in."""
        return left_in(self.dataset)

    def _left(self, visible: str) -> Ensemble:
        """Return the trajectories as they were left, their coordinates under the name given."""
        old = self.dataset
        rows = [old[visible].values.T] + ([old.hidden.values.T] if "hidden" in old else [])
        state = np.ascontiguousarray(np.vstack(rows))
        return Ensemble(
            state=state,
            words=np.ascontiguousarray(old.words.values.T),
            diverged=old.diverged.values.astype(np.int64),
            snapshots=np.empty((0, old.sizes["coordinate"], state.shape[1])),
        )


class Resumed(_Earlier):
    """A run to go on with."""

    def __init__(
        self, dataset: Any, landscape: Landscape | None, dynamics: Dynamics | None
    ) -> None:
        super().__init__(dataset, landscape, dynamics)
        self.keep = Keep.from_list(self.made["keep"])
        density = self.keep.density
        self.every = density.every if density else self.made["save_every"]

    def ensemble(self, step: Step, total: int, max_bytes: float) -> Ensemble:
        """Return the ensemble as it was left, with room for the snapshots to come."""
        ensemble = self._left("final")
        shots = total // self.every + 1 if self.keep.snapshots else 0
        size = 8 * shots * step.visible * ensemble.count
        if size > max_bytes:
            raise ValueError(
                f"the resumed run has {size / 1e9:.3g} GB of snapshots; raise max_bytes=."
            )
        ensemble.snapshots = np.empty((shots, step.visible, ensemble.count))
        ensemble.every = self.every
        if self.keep.snapshots:
            old = self.dataset.state
            ensemble.snapshots[: old.sizes["time"]] = old.values.transpose(1, 2, 0)
        return ensemble


class ResumedSweep(Resumed):
    """A sweep to go on with: a run of the trajectories of all its points."""

    verb = "sweep"


class ResumedPassage(_Earlier):
    """First passages, at a point or at several, whose censored trajectories go on."""

    verb = "first_passage"

    def __init__(
        self, dataset: Any, landscape: Landscape | None, dynamics: Dynamics | None
    ) -> None:
        super().__init__(dataset, landscape, dynamics)
        self.targets, self.bridge = self.made["targets"], self.made["bridge"]

    def ensemble(self) -> Ensemble:
        """Return the trajectories as they were left."""
        return self._left("exit")
