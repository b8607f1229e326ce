"""Which noise drives the trajectories of a dataset: equal numbers of one noise share it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..simulate import provenance
from ..simulate.dataset.contents import Contents
from ..typing import Bools, Float

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
        description = provenance(dataset)
    except ValueError:  # made by another program
        return None
    seed = description.get("seed")
    if seed is None:
        return None
    return f"seed {seed} ({description.get('generator', 'unknown generator')})"


def noise_of_each(contents: Contents, keep: Bools) -> str | NDArray[np.str_]:
    """Return the name of the noise of the trajectories that are kept.

    Runs of several seeds may lie side by side: then each trajectory has its own, shape (kept,).
    """
    generator = contents.each[0].get("generator", "unknown generator")
    seeds = contents.seeds[keep].astype(str)
    if len(set(seeds.tolist())) == 1:
        return f"seed {seeds[0]} ({generator})"
    return np.array([f"seed {seed} ({generator})" for seed in seeds], dtype=str)


def noise_of_values(values: Float) -> str:
    """Return a name for the noise of values whose seed is not known: equal ones have one name."""
    return f"values {hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()[:16]}"
