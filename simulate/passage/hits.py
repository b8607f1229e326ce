"""What a first passage returns: an `xarray.Dataset` with one entry a trajectory."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from ...landscapes.landscape import Landscape
from ..dataset import ATTRIBUTE, FORMAT, landscape_text
from ..dynamics import Dynamics
from ..sampling import variables_of
from .passages import Passages
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

    from ... import __version__

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
    sets, names = variables_of(landscape, ensemble)
    deck = passages.step.deck
    if deck is not None and deck.shuffles:
        for name in {"training", "order"} & set(sets):
            _sort_cards(sets[name][1], ~running)
    data |= sets
    coords |= names
    made = {
        "format": FORMAT,
        "version": __version__,
        "verb": "first_passage",
        "landscape": landscape_text(landscape),
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
    dataset["passage_time"].attrs["crossings"] = (
        "inside steps too, by Brownian bridges" if origin["bridge"] else "at the ends of steps only"
    )
    dataset["target"].attrs |= {
        "meaning": "number of the target that was reached, or -1",
        "flag_values": np.arange(len(targets)),
        "flag_meanings": " ".join(target.name for target in targets),
    }
    return dataset


def _sort_cards(cards: Any, ended: Any) -> None:
    """Put the cards of ended trajectories in ascending order.

    They are shuffled on while others of their block still run, for how long is no result.
    """
    sets = cards[ended] if cards.ndim == 3 else cards[ended][..., None]
    order = np.lexsort(np.moveaxis(sets, -1, 0)[::-1], axis=-1)
    cards[ended] = np.take_along_axis(sets, order[..., None], axis=1).reshape(cards[ended].shape)
