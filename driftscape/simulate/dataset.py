"""What a run returns: an `xarray.Dataset` that holds everything that made it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from ..landscapes.landscape import Landscape
from .dynamics import Dynamics, dynamics_from_dict
from .ensemble import Ensemble
from .keep import Keep
from .sampling import variables_of
from .sweeping.selected import refuse_open, selected

ATTRIBUTE = "driftscape"
FORMAT = 1


def build(
    landscape: Landscape,
    dynamics: Dynamics,
    keep: Keep,
    ensemble: Ensemble,
    numbers: Any,
    start: Any,
    done: int,
    origin: dict[str, Any],
    recorder: Any,
) -> Any:
    """Return the dataset of an ensemble that has made `done` steps."""
    import xarray as xr

    d, tau = landscape.dim, dynamics.time_step
    data: dict[str, Any] = {
        "final": (("trajectory", "coordinate"), ensemble.state[:d].T.copy()),
        "start": (("trajectory", "coordinate"), start.T.copy()),
        "diverged": ("trajectory", ensemble.diverged.copy()),
        "words": (("trajectory", "word"), ensemble.words.T.copy()),
    }
    coords: dict[str, Any] = {
        "trajectory": np.asarray(numbers, dtype=np.int64),
        "coordinate": list(landscape.coordinates),
    }
    sets, names = variables_of(landscape, ensemble)
    data |= sets
    coords |= names
    hidden = ensemble.state[d:]
    if len(hidden):
        data["hidden"] = (("trajectory", "row"), hidden.T.copy())
    if recorder.counter is not None:
        counted, bins = recorder.counter.variables()
        data |= counted
        coords |= bins
    if keep.snapshots:
        shots = done // ensemble.every + 1
        steps = np.arange(shots, dtype=np.int64) * ensemble.every
        data["state"] = (
            ("trajectory", "time", "coordinate"),
            ensemble.snapshots[:shots].transpose(2, 0, 1),
        )
        coords |= {"time": steps * tau, "step": ("time", steps)}
    if keep.average:
        weight = max(0, done - keep.average.discard_steps)
        sums = hidden[-len(keep.average.expressions) :].T
        values = sums / weight if weight else np.full_like(sums, np.nan)
        data["average"] = (("trajectory", "expression"), values)
        coords["expression"] = list(keep.average.expressions)
    from .. import __version__

    made = {
        "format": FORMAT,
        "version": __version__,
        "landscape": landscape_text(landscape),
        "dynamics": dynamics.to_dict(),
        "steps": done,
        "keep": keep.to_list(),
        "save_every": ensemble.every if keep.snapshots else 0,
    }
    attributes = {
        ATTRIBUTE: json.dumps(made | origin),
        "title": f"{landscape.name}, {dynamics}",
        "landscape": str(landscape),
    }
    dataset = xr.Dataset(data, coords, attributes)
    dataset["final"].attrs["time"] = done * tau
    dataset["diverged"].attrs["meaning"] = (
        "step at which the trajectory left the finite numbers, or -1"
    )
    dataset["words"].attrs["meaning"] = "state of the trajectory's generator, for resuming"
    return dataset


def provenance(dataset: Any) -> dict[str, Any]:
    """Return everything that made a dataset, as a dictionary.

    A point selected from a sweep says what `simulate.run` would have said of it.

    Raises
    ------
    ValueError
        The dataset was not made by `simulate.run`, or by a later format; or it is a point of a
        sweep that has lost the value it was made with.
    """
    text = getattr(dataset, "attrs", {}).get(ATTRIBUTE)
    if text is None:
        raise ValueError(
            "this dataset has no 'driftscape' attribute: it was not made by simulate.run."
        )
    made: dict[str, Any] = json.loads(text)
    if made.get("format") != FORMAT:
        raise ValueError(
            f"the dataset is of format {made.get('format')!r}; this version reads {FORMAT}."
        )
    return selected(made, dataset) if "over" in made else made


def landscape_text(landscape: Landscape) -> dict[str, Any]:
    """Return the landscape's text; data, which may be long, are a variable of the dataset."""
    text = landscape.to_dict()
    return text | {"data": list(landscape.data)} if landscape.data is not None else text


def landscape_of(dataset: Any) -> Landscape:
    """Return the landscape of a run (its formulas are parsed, never evaluated).

    Raises
    ------
    ValueError
        The dataset is a sweep over a parameter of the landscape; select a point first.
    """
    made = provenance(dataset)
    refuse_open(made, "landscape")
    return _landscape(made, dataset)


def dynamics_of(dataset: Any) -> Dynamics:
    """Return the dynamics of a run.

    Raises
    ------
    ValueError
        The dataset is a sweep over a parameter of the dynamics; select a point first.
    """
    made = provenance(dataset)
    refuse_open(made, "dynamics")
    return dynamics_from_dict(made["dynamics"])


def first_of(dataset: Any) -> tuple[Landscape, Dynamics]:
    """Return landscape and dynamics of a run, or of the first point of a sweep."""
    made = provenance(dataset)
    return _landscape(made, dataset), dynamics_from_dict(made["dynamics"])


def _landscape(made: dict[str, Any], dataset: Any) -> Landscape:
    text = made["landscape"]
    if "data" in text:
        table = dataset["data"].transpose("sample", "variable").values
        text["data"] = dict(zip(text["data"], table.T, strict=True))
    return Landscape.from_dict(text)
