"""The trajectories of all points of a sweep side by side, point by point, in one ensemble."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..dataset import first_of
from ..ensemble import Ensemble
from ..resume import Resumed, same_version
from ..sampling import draw_training_sets
from ..start import Start
from ..step import Step
from ..streams import Words, stream_words
from .points import Points
from .unfold import fold

Numbers = NDArray[np.uint64]
Float = NDArray[np.float64]
Key = TypeVar("Key", bound=Hashable)


def _each(keys: Sequence[Key], make: Callable[[Key], Any]) -> list[Any]:
    """Return what `make` makes of each key; equal keys share it."""
    made = {key: make(key) for key in dict.fromkeys(keys)}
    return [made[key] for key in keys]


def read_starts(points: Points, start: Any, count: int) -> list[Start]:
    """Check `start=`; points of one landscape that start alike share a `Start`."""
    landscapes = [landscape for landscape, _ in points.nouns]
    shape = (*points.shape, count, points.landscape.dim)
    if np.shape(start) == shape and all(shape) and _is_numeric(start):
        each = np.asarray(start, dtype=float).reshape(-1, *shape[-2:])
        return [Start(o, s, count) for o, s in zip(landscapes, each, strict=True)]
    known = {id(o): o for o in landscapes}
    return _each([id(o) for o in landscapes], lambda key: Start(known[key], start, count))


def _is_numeric(start: Any) -> bool:
    return np.asarray(start).dtype.kind in "iuf"


def place(
    starts: list[Start], seeds: list[int], backend: Any, numbers: Numbers, generator: str
) -> Float:
    """Return the states, shape (coordinates, points x trajectories)."""
    keys = list(zip(starts, seeds, strict=True))
    return np.hstack(_each(keys, lambda key: key[0].place(backend, key[1], numbers, generator)))


def streams(step: Step, seeds: list[int], numbers: Numbers, generator: str) -> Words:
    """Return the generators' states, shape (4, points x trajectories)."""
    purpose = "order" if step.deck else "noise"
    return np.hstack(
        _each(seeds, lambda seed: stream_words(seed, numbers, purpose, generator=generator))
    )


def hidden_rows(points: Points, step: Step, count: int) -> Float:
    """Return the hidden rows' initial values; those that `step` has more than a point's are 0."""
    rows = np.zeros((len(step.initial), len(points)))
    for i, own in enumerate(points.steps):
        rows[: len(own.initial), i] = own.initial
    return np.repeat(rows, count, axis=1)


def training_sets(
    step: Step, backend: Any, seeds: list[int], numbers: Numbers, generator: str, limit: float
) -> Float:
    """Draw the training sets, shape (points x trajectories, samples, variables)."""
    share = limit / len(seeds)
    return np.concatenate(
        _each(
            seeds, lambda seed: draw_training_sets(step, backend, seed, numbers, generator, share)
        )
    )


def split(ensemble: Ensemble, points: int, point: int) -> Ensemble:
    """Return the trajectories of one point, without snapshots and decks."""
    count = ensemble.count // points
    part = slice(point * count, (point + 1) * count)
    return Ensemble(
        state=ensemble.state[:, part],
        words=ensemble.words[:, part],
        diverged=ensemble.diverged[part],
        snapshots=np.empty((0, *ensemble.snapshots.shape[1:-1], count)),
    )


class ResumedSweep(Resumed):
    """A sweep to go on with: a run of all its trajectories, and the points they belong to."""

    def __init__(self, dataset: Any) -> None:
        made = same_version(dataset)
        verb = made.get("verb", "run")
        if verb != "sweep":
            raise ValueError(f"resume= holds the result of simulate.{verb}; go on with that.")
        super().__init__(fold(dataset, made), None, None)
        over = {name: dataset[name].values for name in made["over"]}
        self.points = Points.read(*first_of(dataset), over)
        self.common = made["common"]
        self.one_of_each = self.numbers[: dataset.sizes["trajectory"]]
        self.seeds = [self.seed] * len(self.points)
        if not self.common:
            seeds = dataset["seed"].transpose(*made["over"]).values.ravel()
            self.seeds = [int(seed) for seed in seeds]
