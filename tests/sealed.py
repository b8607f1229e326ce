"""Datasets that a test has written to: with the fingerprints of what they now hold."""

import numpy as np
import xarray as xr

from driftscape.simulate.dataset import fingerprint


def sealed(dataset: xr.Dataset) -> xr.Dataset:
    """Return the dataset of one point with the fingerprints of its values."""
    names = [n for n in (*fingerprint.READ, *fingerprint.KEPT) if n in dataset]
    arrays = {name: dataset[name].transpose("trajectory", ...).values for name in names}
    found = fingerprint.fingerprints(
        np.atleast_1d(dataset["provenance"].values).astype(str),
        dataset["trajectory"].values,
        arrays,
    )
    return dataset.assign_coords(fingerprint=("trajectory", found))
