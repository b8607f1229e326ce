"""Engines on arrays of wrong types, shapes, layouts and contents: a program for `test_inspection`.

    python -m tests.simulate.backends.hostile

prints one JSON object: name of a case -> "refused", "same bits", or what else happened.  A case is
refused where a TypeError or ValueError names an array or a number.  The process that runs it sees
whether a signal ended it.
"""

import json
import sys
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import numpy as np

from driftscape.simulate.backends import Engine, backend
from driftscape.simulate.ensemble import Ensemble
from driftscape.simulate.sampling import draw_training_sets
from driftscape.simulate.streams import stream_words

from ..pairs import PAIRS

STEPS, TRAJECTORIES, EVERY = 12, 70, 4  # a whole block and a part of one
ARRAYS = ("state", "words", "diverged", "snapshots", "live", "training_sets")
#: what the arrays of each are for: noise; rows of a table; own samples; a loop over a table
CASES = ("screw batch 3", "rows reshuffled", "screw reshuffled", "quadrature ito")


def unaligned(a: np.ndarray) -> np.ndarray:
    """The array, one byte off."""
    raw = np.zeros(a.nbytes + 1, dtype=np.uint8)
    moved = raw[1:].view(a.dtype).reshape(a.shape)
    moved[...] = a
    return moved


def read_only(a: np.ndarray) -> np.ndarray:
    """The array, as a file that is mapped for reading."""
    b = a.copy()
    b.flags.writeable = False
    return b


CHANGES: dict[str, Callable[[np.ndarray], Any]] = {
    "float32": lambda a: a.astype(np.float32),
    "int32": lambda a: np.nan_to_num(a).astype(np.int32),
    "bytes": lambda a: np.nan_to_num(a).astype(np.uint8),
    "another word": lambda a: a.view(np.int64 if a.dtype == float else float),
    "swapped bytes": lambda a: a.astype(a.dtype.newbyteorder()),
    "complex": lambda a: a.astype(complex),
    "objects": lambda a: a.astype(object),
    "text": lambda a: a.astype(str),
    "a list": lambda a: a.tolist(),
    "nothing": lambda a: None,
    "a number": lambda a: 3.0,
    "no axes": lambda a: np.array(0, dtype=a.dtype),
    "half": lambda a: np.ascontiguousarray(a[..., : a.shape[-1] // 2]),
    "one less": lambda a: np.ascontiguousarray(a[..., :-1]),
    "one more": lambda a: np.concatenate([a, a[..., -1:]], axis=-1),
    "first only": lambda a: a[:1].copy(),
    "without the last": lambda a: a[:-1].copy(),
    "empty": lambda a: a[:0].copy(),
    "turned": lambda a: np.ascontiguousarray(a.T),
    "one axis": lambda a: a.reshape(-1).copy(),
    "one axis more": lambda a: a[None].copy(),
    "columns first": np.asfortranarray,
    "every second": lambda a: np.repeat(a, 2, axis=-1)[..., ::2],
    "backwards": lambda a: a[..., ::-1],
    "read only": read_only,
    "unaligned": unaligned,
}

#: values, not arrays: what they are changed to
NUMBERS: dict[str, tuple[Any, ...]] = {
    "every": (-1, 1, 3, 2**63, 10**30, 4.0, np.nan, None, "4"),
    "first_shot": (-1, 1, 4, 2**62, -(2**62), 1.5, None),
}
STOPS = ((0, 16), (0, 10**6), (0, 2**53 + 1), (0, 2**64), (-4, 12), (12, 0), (0.0, 12.0), (0, None))

LIVE = {
    "past the end": lambda live: np.append(live[:-1], TRAJECTORIES),
    "far": lambda live: np.append(live[:-1], 2**60),
    "negative": lambda live: np.concatenate([[-1], live[1:]]),
    "far down": lambda live: np.concatenate([[-(2**60)], live[1:]]),
    "twice": lambda live: np.zeros_like(live),
    "descending": lambda live: live[::-1].copy(),
}

SETS = {
    "past the rows": lambda sets: np.where(sets == sets.max(), 1e6, sets),
    "far past the rows": lambda sets: np.full_like(sets, 1e300),
    "no number": lambda sets: np.where(sets == sets.max(), np.nan, sets),
    "below the rows": lambda sets: sets - 1,
    "infinite": lambda sets: np.full_like(sets, -np.inf),
}


def fresh(name: str, engine: str) -> tuple[Engine, Ensemble]:
    """Return an engine and an ensemble that it can advance."""
    make, dynamics = PAIRS[name]
    landscape, chosen = make(), backend(engine)
    step = dynamics.bound(landscape).step(landscape)
    numbers = np.arange(TRAJECTORIES, dtype=np.uint64)
    starts = np.repeat(np.array(landscape.start, dtype=float)[:, None], TRAJECTORIES, axis=1)
    words = stream_words(1, numbers)
    ensemble = Ensemble.fresh(step, starts, words, STEPS // EVERY + 1, EVERY)
    ready = chosen.engine(step)
    if step.training_set:
        ensemble.training_sets = draw_training_sets(
            step, chosen, [1], numbers, "xoshiro", ready.lanes
        )
    return ready, ensemble


def bits(ensemble: Ensemble) -> tuple[bytes, ...]:
    """Return what an ensemble holds."""
    return tuple(np.asarray(getattr(ensemble, name)).tobytes() for name in ARRAYS[:4])


def outcome(ours: tuple[Any, Ensemble], word: str, steps: tuple[Any, Any], right: Any) -> str:
    """Advance, and say what came of it."""
    engine, ensemble = ours
    try:
        engine.advance(ensemble, *steps)
    except (TypeError, ValueError) as error:
        named = word in str(error) or str(error).startswith("the array '")
        return "refused" if named else f"{type(error).__name__}: {error}"
    return "same bits" if bits(ensemble) == right else "other bits"


def cases(name: str, backend_name: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the outcome of each change of one ensemble."""
    whole = (0, STEPS)
    engine, begun = fresh(name, backend_name)
    ensemble = deepcopy(begun)
    engine.advance(ensemble, *whole)
    right = bits(ensemble)

    def changed(word: str, value: Any, steps: tuple[Any, Any] = whole) -> str:
        ensemble = deepcopy(begun)
        setattr(ensemble, word, value(getattr(ensemble, word)) if callable(value) else value)
        return outcome((engine, ensemble), word, steps, right)

    for array in ARRAYS:
        for label, change in CHANGES.items():
            yield f"{array}, {label}", changed(array, change)
    for label, change in LIVE.items():
        yield f"live, {label}", changed("live", change)
    if name == "rows reshuffled":
        for label, change in SETS.items():
            yield f"training_sets, {label}", changed("training_sets", change)
    for word, values in NUMBERS.items():
        for value in values:
            yield f"{word}={value!r}", changed(word, value)
    for start, stop in STOPS:
        yield f"{start} to {stop}", outcome((engine, deepcopy(begun)), "st", (start, stop), right)


def main() -> int:
    """Try all, and print the outcomes."""
    found: dict[str, str] = {}
    for engine in ("cpu", "numpy"):
        assert backend(engine).name == engine
        for name in CASES:
            found |= {f"{engine}, {name}: {case}": said for case, said in cases(name, engine)}
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
