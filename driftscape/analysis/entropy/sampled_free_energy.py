"""The free energy of an ensemble: the mean of Phi, and the entropy by nearest neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ... import validate
from ...labels import labelled
from ...theory.entropy.free_energy import LABELS
from ...theory.entropy.steady_law import SteadyLaw
from ...typing import Float
from ..estimate import Estimate
from ..run_data import RunData, TooFewData
from .sample_entropy import FEWEST, default_neighbours, sample_entropy

if TYPE_CHECKING:
    import xarray as xr

_NEIGHBOURS = 7  # at most, for parts of 32 states


def snapshot_free_energy(
    data: RunData, law: SteadyLaw, neighbours: int | None
) -> tuple[Float, Float, Float]:
    """Return energy and entropy of every snapshot, for all states and for parts, and the bias.

    Returns
    -------
    whole
        Shape (snapshots, 2): E[-log rho_ss]/beta and S.
    blocks
        The same of each part, shape (snapshots, 2, parts).
    bias
        Size of the bias of S, shape (snapshots,).

    Raises
    ------
    ValueError, TooFewData
        No snapshots; states where the law is not known; too few trajectories.
    """
    count, times, dim = data.state.shape
    data.first_snapshot(0)  # refuses a run without snapshots
    if neighbours is not None and not 1 <= (validate.whole(neighbours) or 0) <= _NEIGHBOURS:
        raise ValueError(f"neighbours={neighbours!r}; give a whole number from 1 to {_NEIGHBOURS}.")
    if count < FEWEST:
        raise TooFewData(
            f"{count} trajectories are too few for an entropy with an error: run at least "
            f"{FEWEST}.",
            Estimate(float("nan"), float("inf"), count, "nearest neighbours"),
        )
    k = neighbours or default_neighbours(dim)
    whole, blocks, bias = np.empty((times, 2)), [], np.empty(times)
    for t in range(times):
        x = data.state[:, t]
        phi = -law.log_density(x) / law.beta
        lost = int(np.isnan(phi).sum())
        if lost:
            moment = data.snapshots[t] * float(data.dynamics.time_step)
            raise ValueError(f"{lost} of {count} states at time {moment:g} {law.unknown}.")
        found = sample_entropy(x, k)
        whole[t] = phi.mean(), found.value
        energies = [part.mean() for part in np.array_split(phi, len(found.blocks))]
        blocks.append((energies, found.blocks))
        bias[t] = found.bias
    return whole, np.array(blocks), bias


def run_free_energy(data: RunData, law: SteadyLaw, neighbours: int | None) -> xr.Dataset:
    """Return the dataset of `analysis.free_energy` for a run."""
    import xarray as xr

    whole, blocks, bias = snapshot_free_energy(data, law, neighbours)
    variables = {}
    for name, weights in (
        ("free_energy", (1, -1 / law.beta)), ("energy", (1, 0)), ("entropy", (0, 1)),
    ):  # fmt: skip
        variables[name] = ("time", combined(whole, weights))
        variables[f"{name}_stderr"] = ("time", scatter(combined(blocks, weights)))
    variables["bias"] = ("time", bias / law.beta)
    k = neighbours or default_neighbours(data.state.shape[2])
    result = xr.Dataset(
        variables, {"time": data.snapshots * float(data.dynamics.time_step)},
        {
            "method": f"neighbour {k} of each of {len(data.state)} trajectories",
            "n_eff": blocks.shape[-1],
        },
    )  # fmt: skip
    return labelled(result, LABELS)


def combined(parts: Float, weights: tuple[float, ...]) -> Float:
    """Return the weighted sum along axis 1; terms of weight 0 are left out, even infinite ones."""
    terms = [w * parts[:, i] for i, w in enumerate(weights) if w]
    total: Float = sum(terms[1:], start=terms[0])
    return total


def scatter(blocks: Float) -> Float:
    """Return the standard error of a mean over blocks, along the last axis; NaN if infinite."""
    with np.errstate(invalid="ignore"):
        error: Float = np.std(blocks, axis=-1, ddof=1) / np.sqrt(blocks.shape[-1])
    return error
