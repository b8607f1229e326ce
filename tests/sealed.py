"""Datasets that a test has written to: with the fingerprints of what they now hold."""

import numpy as np
import xarray as xr

from driftscape.simulate.dataset import fingerprint


def sealed(dataset: xr.Dataset, along: str = "trajectory") -> xr.Dataset:
    """Return the dataset of one point with the fingerprints of its values."""
    names = [
        n
        for n in (*fingerprint.READ, *fingerprint.KEPT)
        if n in dataset and "replica" not in dataset[n].dims
    ]
    arrays = {name: dataset[name].transpose(along, ...).values for name in names}
    found = fingerprint.fingerprints(
        np.atleast_1d(dataset["provenance"].values).astype(str),
        dataset[along].values,
        arrays,
    )
    return dataset.assign_coords(fingerprint=(along, found))
