"""Which noise drives the trajectories of a dataset: equal numbers of one noise share it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from ..simulate import provenance
from ..typing import Bools, Float, Index

if TYPE_CHECKING:
    import xarray as xr


def noise_of(dataset: xr.Dataset) -> str | None:
    """Return the name of the noise, by seed and generator; None if the dataset names no seed.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> ito = simulate.Ito(beta=1, dt=0.1)
    >>> noise_of(simulate.run(landscapes.quartic_well(), ito, steps=3, seed=7))
    'seed 7 (xoshiro)'
    """
    try:
        made = provenance(dataset)
    except ValueError:  # made by another program
        return None
    seed = made.get("seed")
    return None if seed is None else f"seed {seed} ({made.get('generator', 'unknown generator')})"


def noise_of_values(values: Float) -> str:
    """Return a name for the noise of values whose seed is not known: equal ones have one name."""
    return f"values {hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()[:16]}"


def numbers_of(dataset: xr.Dataset, keep: Bools) -> Index:
    """Return the numbers of the trajectories that are kept, shape (kept,)."""
    if "trajectory" not in dataset.coords:
        return np.flatnonzero(keep)
    return np.asarray(dataset["trajectory"].values)[keep].astype(np.int64)
