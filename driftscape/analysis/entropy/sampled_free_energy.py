"""Free energy of an ensemble: Phi averaged over its states, and their entropy by neighbours."""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import validate
from ...theory.entropy.steady_law import SteadyLaw
from ...typing import Float
from ..estimate import Estimate
from ..run_data import RunData, TooFewData
from .sample_entropy import FEWEST, default_neighbours, sample_entropy

_NEIGHBOURS = 7  # at most, of parts of 32 states


def snapshot_free_energy(
    data: RunData, law: SteadyLaw, neighbours: int | None
) -> tuple[Float, Float, Float]:
    """Return energy and entropy of every snapshot, of the whole and of parts, and the bias.

    Returns
    -------
    whole
        Shape (snapshots, 2): E[-log rho_ss]/beta and S.
    blocks
        The same of each part, shape (snapshots, 2, parts).
    bias
        Its size, of S, shape (snapshots,).

    Raises
    ------
    ValueError, TooFewData
        No snapshots; states where the law is not known; too few trajectories.
    """
    count, times, dim = data.state.shape
    data.first_snapshot(0)  # refuses a run that kept none
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


def run_free_energy(data: RunData, law: SteadyLaw, neighbours: int | None) -> Any:
    """Return the dataset of `analysis.free_energy` for a run."""
    import xarray as xr

    whole, blocks, bias = snapshot_free_energy(data, law, neighbours)
    made = {}
    for name, weights in (
        ("free_energy", (1, -1 / law.beta)), ("energy", (1, 0)), ("entropy", (0, 1)),
    ):  # fmt: skip
        made[name] = ("time", combined(whole, weights))
        made[f"{name}_stderr"] = ("time", scatter(combined(blocks, weights)))
    made["bias"] = ("time", bias / law.beta)
    k = neighbours or default_neighbours(data.state.shape[2])
    return xr.Dataset(
        made, {"time": data.snapshots * float(data.dynamics.time_step)},
        {
            "method": f"neighbour {k} of each of {len(data.state)} trajectories",
            "n_eff": blocks.shape[-1],
        },
    )  # fmt: skip


def combined(parts: Float, weights: tuple[float, ...]) -> Float:
    """Add components along axis 1; one of weight 0 is left out, even where it is infinite."""
    terms = [w * parts[:, i] for i, w in enumerate(weights) if w]
    total: Float = sum(terms[1:], start=terms[0])
    return total


def scatter(blocks: Float) -> Float:
    """Return the standard error of a mean over blocks, along the last axis; NaN if infinite."""
    with np.errstate(invalid="ignore"):
        error: Float = np.std(blocks, axis=-1, ddof=1) / np.sqrt(blocks.shape[-1])
    return error
