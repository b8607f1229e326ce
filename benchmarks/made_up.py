"""What `simulate.first_passage` would return, with passage times of a known law."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from driftscape import simulate
from driftscape.landscapes import Landscape
from driftscape.simulate.dataset import fingerprint
from driftscape.simulate.provenance import FORMAT


def made_up_passages(
    time: ArrayLike, target: ArrayLike, end: ArrayLike, names: dict[str, str], seed: int
) -> Any:
    """Return passages as a dataset that the analyses read.

    Parameters
    ----------
    time, target
        Time and target of each passage, shape (n,).
    end
        Time until which each trajectory is observed, shape (n,) or ().
    names
        Name -> predicate of the targets.
    seed
        The seed that the dataset names.
    """
    time = np.asarray(time, float)
    n, late = len(time), time > end
    bowl = Landscape.from_potential("x**2/2", coordinates="x", name="bowl")
    description = {
        "format": FORMAT, "kind": "first_passage", "landscape": bowl.to_dict(),
        "dynamics": simulate.GradientFlow(dt=0.01).to_dict(), "targets": names, "left": {},
        "seed": str(seed), "generator": "xoshiro",
    }  # fmt: skip
    along = "trajectory"
    variables = {
        "passage_time": (along, np.minimum(time, end)),
        "target": (along, np.where(late, -1, target)),
        "exit": ((along, "coordinate"), np.zeros((n, 1))),
        "censored": (along, late),
        "diverged": (along, np.full(n, -1)),
        "start": ((along, "coordinate"), np.zeros((n, 1))),
    }
    coords = {"coordinate": ["x"], "provenance": json.dumps(description), along: np.arange(n)}
    return sealed(xr.Dataset(variables, coords))


def sealed(dataset: Any, along: str = "trajectory") -> Any:
    """Return the dataset of one point with the fingerprints of the values that it now has."""
    names = [
        name
        for name in (*fingerprint.READ, *fingerprint.KEPT)
        if name in dataset and "replica" not in dataset[name].dims
    ]
    found = fingerprint.fingerprints(
        np.atleast_1d(dataset["provenance"].values).astype(str),
        dataset[along].values,
        {name: dataset[name].transpose(along, ...).values for name in names},
    )
    return dataset.assign_coords(fingerprint=(along, found))
