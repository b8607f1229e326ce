"""What a first passage returns: an `xarray.Dataset` with one entry a trajectory."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from ..dataset import ATTRIBUTE, FORMAT, landscape_text
from ..sampling import variables_of
from ..sweeping.unfold import unfold
from .goal import Goals
from .passages import Passages


def build_hits(
    goals: Goals,
    passages: Passages,
    numbers: Any,
    start: Any,
    done: int,
    origin: dict[str, Any],
    seeds: list[int] | None,
) -> Any:
    """Return the dataset of passages that have been watched for `done` steps.

    Parameters
    ----------
    numbers
        Of the trajectories at a point.
    start
        Of all trajectories, shape (coordinates, points x trajectories).
    origin
        What else the dataset says of itself.
    seeds
        Of the points, where they have different ones.
    """
    import xarray as xr

    from ... import __version__

    (landscape, dynamics), targets = goals.points.nouns[0], goals.targets
    ensemble, d, rows = passages.ensemble, landscape.dim, len(passages.step.state)
    ended, running = passages.ended, passages.running
    age = ensemble.state[passages.row + 1]
    time_step = np.repeat([law.time_step for _, law in goals.points.nouns], len(numbers))
    place = ("trajectory", "coordinate")
    data: dict[str, Any] = {
        "passage_time": ("trajectory", np.where(running, done, age) * time_step),
        "target": ("trajectory", ended - 1),
        "exit": (place, ensemble.state[:d].T.copy()),
        "censored": ("trajectory", running),
        "diverged": ("trajectory", ensemble.diverged.copy()),
        "start": (place, start.T.copy()),
        "words": (("trajectory", "word"), np.where(running, ensemble.words, 0).T.copy()),
        "hidden": (("trajectory", "row"), ensemble.state[d:rows].T.copy()),
    }
    coords: dict[str, Any] = {
        "trajectory": np.tile(np.asarray(numbers, dtype=np.int64), len(goals.points)),
        "coordinate": list(landscape.coordinates),
    }
    sets, names = variables_of(landscape, ensemble)
    samples = passages.step.training_set
    if samples is not None and samples.shuffles:
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
        "bridge": goals.bridged,
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
        "inside steps too, by Brownian bridges" if goals.bridged else "at the ends of steps only"
    )
    dataset["target"].attrs |= {
        "meaning": "number of the target that was reached, or -1",
        "flag_values": np.arange(len(targets)),
        "flag_meanings": " ".join(target.name for target in targets),
    }
    return unfold(dataset, goals.points, numbers, done, seeds)


def _sort_cards(cards: Any, ended: Any) -> None:
    """Put the cards of ended trajectories in ascending order.

    They are shuffled on while others of their block still run, for how long is no result.
    """
    sets = cards[ended] if cards.ndim == 3 else cards[ended][..., None]
    order = np.lexsort(np.moveaxis(sets, -1, 0)[::-1], axis=-1)
    cards[ended] = np.take_along_axis(sets, order[..., None], axis=1).reshape(cards[ended].shape)
