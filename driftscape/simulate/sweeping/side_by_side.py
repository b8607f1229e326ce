"""The trajectories of all points of a sweep side by side, point by point, in one ensemble."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ...typing import Float
from ..ensemble import Ensemble
from ..sampling import draw_training_sets
from ..start import Start
from ..step import Step
from ..streams import Words, stream_words
from ..points import Points

Numbers = NDArray[np.uint64]
Key = TypeVar("Key", bound=Hashable)


def each(keys: Sequence[Key], make: Callable[[Key], Any]) -> list[Any]:
    """Return what `make` makes of each key; equal keys share it."""
    made = {key: make(key) for key in dict.fromkeys(keys)}
    return [made[key] for key in keys]


def seeds_of(points: Points, seed: int, common: bool) -> list[int]:
    """Return the seed of each point."""
    return [seed if common else seed + i for i in range(len(points))]


def read_starts(points: Points, start: Any, count: int) -> list[Start]:
    """Check `start=`; points of one landscape that start alike share a `Start`."""
    landscapes = [landscape for landscape, _ in points.nouns]
    shape = (*points.shape, count, points.landscape.dim)
    if _shape(start) == shape and all(shape):
        apart = np.asarray(start, dtype=float).reshape(-1, *shape[-2:])
        return [Start(o, s, count) for o, s in zip(landscapes, apart, strict=True)]
    known = {id(o): o for o in landscapes}
    return each([id(o) for o in landscapes], lambda key: Start(known[key], start, count))


def _shape(start: Any) -> tuple[int, ...] | None:
    """Return the shape of an array of numbers, None of anything else."""
    try:
        array = np.asarray(start)
    except ValueError:  # ragged
        return None
    return array.shape if array.dtype.kind in "iuf" else None


def place(
    starts: list[Start], seeds: list[int], backend: Any, numbers: Numbers, generator: str
) -> Float:
    """Return the states, shape (coordinates, points x trajectories)."""
    keys = list(zip(starts, seeds, strict=True))
    return np.hstack(each(keys, lambda key: key[0].place(backend, key[1], numbers, generator)))


def streams(step: Step, seeds: list[int], numbers: Numbers, generator: str) -> Words:
    """Return the generators' states, shape (4, points x trajectories)."""
    purpose = "order" if step.training_set else "noise"
    return np.hstack(
        each(seeds, lambda seed: stream_words(seed, numbers, purpose, generator=generator))
    )


def hidden_rows(points: Points, count: int) -> Float:
    """Return the hidden rows' initial values, shape (rows, points x trajectories)."""
    return np.repeat(np.array([step.initial for step in points.steps]).T, count, axis=1)


def hold(ensemble: Ensemble, points: Points) -> None:
    """Add the rows of the parameters that each trajectory holds."""
    held = np.repeat(points.held, ensemble.count // len(points), axis=1)
    ensemble.state = np.vstack([ensemble.state, held])


def training_sets(
    step: Step, backend: Any, seeds: list[int], numbers: Numbers, generator: str, limit: float
) -> Float:
    """Draw the training sets, shape (points x trajectories, samples, variables)."""
    share = limit / len(seeds)
    return np.concatenate(
        each(seeds, lambda seed: draw_training_sets(step, backend, seed, numbers, generator, share))
    )


def split(ensemble: Ensemble, points: Points) -> list[Ensemble]:
    """Return the trajectories of each point, without snapshots and decks."""
    return [
        Ensemble(
            state=ensemble.state[:, part],
            words=ensemble.words[:, part],
            diverged=ensemble.diverged[part],
            snapshots=np.empty((0, *ensemble.snapshots.shape[1:-1], part.stop - part.start)),
        )
        for part in points.parts(ensemble.count)
    ]
