"""Going on from a dataset: what it says of the run, and the ensemble as it was left."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..landscapes.landscape import Landscape
from .dataset import dynamics_of, landscape_of, provenance
from .dynamics import Dynamics
from .ensemble import Ensemble
from .keep import Keep
from .step import Step


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


class Resumed:
    """What a dataset says about the run to go on with."""

    def __init__(
        self, dataset: Any, landscape: Landscape | None, dynamics: Dynamics | None
    ) -> None:
        made = same_version(dataset)
        self.dataset = dataset
        self.landscape, self.dynamics = landscape_of(dataset), dynamics_of(dataset)
        if landscape is not None and landscape != self.landscape:
            raise ValueError(f"resume= holds a run of {self.landscape}, not of {landscape}.")
        if dynamics is not None and dynamics != self.dynamics:
            raise ValueError(f"resume= holds a run of {self.dynamics}, not of {dynamics}.")
        self.keep = Keep.from_list(made["keep"])
        self.seed, self.done = int(made["seed"]), made["steps"]
        self.every = self.keep.density.every if self.keep.density else made["save_every"]
        self.generator = made["generator"]
        self.owed = made["requested"] - made["steps"]
        self.numbers = dataset.trajectory.values.astype(np.uint64)
        self.start = np.ascontiguousarray(dataset.start.values.T)

    @property
    def cards(self) -> Any:
        """The training sets in the order that they were left in."""
        return self.dataset.training.transpose("trajectory", "sample", "variable").values

    def ensemble(self, step: Step, total: int, max_bytes: float) -> Ensemble:
        """Return the ensemble as it was left, with room for the snapshots to come."""
        old, count = self.dataset, len(self.numbers)
        shots = total // self.every + 1 if self.keep.snapshots else 0
        size = 8 * shots * step.visible * count
        if size > max_bytes:
            raise ValueError(
                f"the resumed run has {size / 1e9:.3g} GB of snapshots; raise max_bytes=."
            )
        snapshots = np.empty((shots, step.visible, count))
        if self.keep.snapshots:
            snapshots[: old.sizes["time"]] = old.state.values.transpose(1, 2, 0)
        rows = [old.final.values.T] + ([old.hidden.values.T] if "hidden" in old else [])
        return Ensemble(
            state=np.ascontiguousarray(np.vstack(rows)),
            words=np.ascontiguousarray(old.words.values.T),
            diverged=old.diverged.values.astype(np.int64),
            snapshots=snapshots,
            every=self.every,
        )
