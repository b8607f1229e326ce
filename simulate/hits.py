"""What a first passage returns: an `xarray.Dataset` with one entry a trajectory."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from ..landscapes.calculus import derivative
from ..landscapes.evaluate import evaluate
from ..landscapes.landscape import Landscape
from .crossing import level
from .dataset import ATTRIBUTE, FORMAT
from .dynamics import Dynamics
from .passages import Passages
from .sampling import collect
from .target import Target


def build_hits(
    landscape: Landscape,
    dynamics: Dynamics,
    targets: tuple[Target, ...],
    passages: Passages,
    numbers: Any,
    start: Any,
    done: int,
    origin: dict[str, Any],
) -> Any:
    """Return the dataset of passages that have been watched for `done` steps."""
    import xarray as xr

    from .. import __version__

    ensemble, d = passages.ensemble, landscape.dim
    ended, running = passages.ended, passages.running
    age = ensemble.state[passages.row + 1]
    per_point = ("trajectory", "coordinate")
    data: dict[str, Any] = {
        "passage_time": ("trajectory", np.where(running, done, age) * dynamics.time_step),
        "target": ("trajectory", ended - 1),
        "exit": (per_point, ensemble.state[:d].T.copy()),
        "censored": ("trajectory", running),
        "diverged": ("trajectory", ensemble.diverged.copy()),
        "start": (per_point, start.T.copy()),
        "words": (("trajectory", "word"), np.where(running, ensemble.words, 0).T.copy()),
        "hidden": (("trajectory", "row"), ensemble.state[d:].T.copy()),
    }
    coords: dict[str, Any] = {
        "trajectory": np.asarray(numbers, dtype=np.int64),
        "coordinate": list(landscape.coordinates),
    }
    if ensemble.deck.size:
        data["training"] = (
            ("trajectory", "sample", "variable"), collect(ensemble.deck, ensemble.count)
        )  # fmt: skip
        coords["variable"] = [s.name for s in landscape.sample_laws]
    made = {
        "format": FORMAT,
        "version": __version__,
        "verb": "first_passage",
        "landscape": landscape.to_dict(),
        "dynamics": dynamics.to_dict(),
        "targets": {target.name: target.text for target in targets},
        "steps": done,
    }
    attributes = {
        ATTRIBUTE: json.dumps(made | origin),
        "title": f"first passage, {landscape.name}, {dynamics}",
        "landscape": str(landscape),
    }
    dataset = xr.Dataset(data, coords, attributes)
    meanings = {
        "passage_time": "time of the first passage; for a censored trajectory the time it was "
        "watched",
        "exit": "where it reached the target; for a censored trajectory its last state",
        "censored": "watched to the end without reaching a target",
        "diverged": "step at which the trajectory left the finite numbers, or -1",
        "words": "state of the generator of a censored trajectory, for resuming",
    }
    for name, meaning in meanings.items():
        dataset[name].attrs["meaning"] = meaning
    dataset["target"].attrs |= {
        "meaning": "number of the target that was reached, or -1",
        "flag_values": np.arange(len(targets)),
        "flag_meanings": " ".join(target.name for target in targets),
    }
    return dataset


def on_boundary(
    landscape: Landscape,
    targets: tuple[Target, ...],
    states: Any,
    ended: Any,
) -> None:
    """Move exit points onto the boundary they met, along the noise: x - level D n/(n^T D n).

    What is left is the interpolation's error, of the order of a step.
    """
    for number, target in enumerate(targets, start=1):
        chosen = ended == number
        if not chosen.any():
            continue
        x = states[:, chosen]
        height = level(target.condition)
        normal = [derivative(height, s) for s in landscape.symbols]
        for _ in range(2):
            values = dict(zip(landscape.symbols, x, strict=True))
            values |= {s: float(v) for s, v in landscape.parameter_symbols.items()}
            with np.errstate(all="ignore"):
                a, *n = (
                    np.broadcast_to(v, x.shape[1]) for v in evaluate([height, *normal], values)
                )
                push = np.einsum("nij,jn->in", landscape.diffusion(x.T), np.array(n))
                move = a * push / np.einsum("in,in->n", push, np.array(n))
            x = np.where(np.isfinite(move).all(axis=0), x - move, x)
        states[:, chosen] = x
