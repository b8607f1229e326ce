r"""The free energy that only falls, along the evolution of a density or of an ensemble.

    F[rho] = KL(rho || rho_ss)/beta = E[Phi] - S[rho]/beta,
    Phi = -log(rho_ss)/beta,        S[rho] = -E[log rho]

Theorem 5 of Chaudhari and Soatto: F falls along the Fokker-Planck equation, with or without a
current.  -beta dF/dt is the non-adiabatic part of the entropy production, see
`entropy_production_parts`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...theory.entropy.steady_law import SteadyLaw
from ...theory.one_step import inverse_temperature
from ...typing import Float
from ..ensemble import Ensemble, ensemble
from .sampled_free_energy import run_free_energy

_EMPTY = 1e-300


def free_energy(
    operator: Any,
    densities: Any = None,
    *,
    neighbours: int | None = None,
    diverged: str | None = None,
) -> Any:
    """Return free energy, energy and entropy of densities on a grid, or of an ensemble.

    Parameters
    ----------
    operator
        `theory.fokker_planck(...)` or `transfer_operator(...)`, whose steady state gives Phi.
        Or, alone, a run of an SDE on a landscape that has a potential.
    densities
        What the operator's `evolve` returned, a single density on its grid, or a run.
    neighbours
        k of the estimator for a run, see `sample_entropy`: more scatter less and are more biased.
        Default 4 for one coordinate, 1 for more.
    diverged
        For a run, as in `analysis.moment`.

    Returns
    -------
    xarray.Dataset
        `free_energy`, `energy`, `entropy` (time), F = energy - entropy/beta.  Of a run, at its
        snapshots, also `free_energy_stderr`, `energy_stderr`, `entropy_stderr` from the scatter of
        `n_eff` (an attribute) parts of the ensemble, 8 for 256 trajectories and 32 from 1024 on (at
        different times they are of the same trajectories, not independent), and `bias`: the size of
        the mean error of `free_energy` that its estimator leaves, see `sample_entropy`.  Its sign
        is not known, and it is not subtracted: in one and two dimensions, with the default
        neighbours, the mean error is below 0.4 of a standard error; with three coordinates it can
        be more than one.  F is infinite where the trajectories start from a point.

    Raises
    ------
    ValueError
        A density on another grid; a run of other coordinates, with states where the grid knows no
        Phi, or whose landscape has none; a periodic grid for a run.
    TooFewData
        (a ValueError) Less than 256 trajectories.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate, theory
    >>> fp = theory.fokker_planck(landscapes.mean_estimation(), beta=1, shape=256)
    >>> rho = fp.evolve("exp(-(theta - 1)**2)", [0, 0.5, 1, 2])
    >>> bool((analysis.free_energy(fp, rho).free_energy.diff("time") < 0).all())
    True

    And from trajectories, of the same law:

    >>> from driftscape.landscapes import Normal
    >>> law, start = simulate.Ito(beta=1, dt=0.01, scheme="heun"), Normal(1, 0.5**0.5)
    >>> run = simulate.run(landscapes.mean_estimation(), law, time=2, trajectories=4000, seed=1,
    ...                    start=start, save_every=50)
    >>> made = analysis.free_energy(fp, run).sel(time=[0, 0.5, 1, 2], method="nearest")
    >>> gap = made.free_energy - analysis.free_energy(fp, rho).free_energy.values
    >>> z = gap / made.free_energy_stderr
    >>> bool((abs(z) < 4).all())
    True
    """
    if is_run(operator) and densities is None:
        data = ensemble(operator, diverged)
        return run_free_energy(
            data, SteadyLaw.of_landscape(data.landscape, data.dynamics), neighbours
        )
    if densities is None or not hasattr(operator, "steady_state"):
        raise ValueError(
            "give theory.fokker_planck(...) first, then densities of its grid or a run; or a run "
            "alone, whose landscape has a potential."
        )
    if is_run(densities):
        data = ensemble(densities, diverged)
        check_coordinates(data, operator)
        return run_free_energy(data, SteadyLaw.of_operator(operator), neighbours)
    if neighbours is not None or diverged is not None:
        raise ValueError("neighbours= and diverged= are about runs; these are densities of a grid.")
    return _of_grid(operator, densities)


def is_run(data: Any) -> bool:
    """Whether this is a dataset of `simulate.run`, and no density."""
    return hasattr(data, "data_vars") and "final" in data


def check_coordinates(data: Ensemble, operator: Any) -> None:
    """Refuse a run of other coordinates than a grid's."""
    if list(data.landscape.coordinates) != list(operator.grid.names):
        raise ValueError(
            f"the run has the coordinates {', '.join(data.landscape.coordinates)}, the grid "
            f"{', '.join(operator.grid.names)}."
        )


def read_densities(operator: Any, densities: Any) -> tuple[Float, list[str]]:
    """Return the masses of the cells, shape (times, cells), each of sum 1, and leading dimensions.

    Raises
    ------
    ValueError
        A density on another grid.
    """
    grid, axes = operator.grid, list(operator.grid.names)
    if sorted(d for d in densities.dims if d != "time") != sorted(axes) or any(
        densities[name].shape != axis.shape or not np.allclose(densities[name], axis)
        for name, axis in zip(axes, grid.axes, strict=True)
    ):
        raise ValueError("the densities live on another grid than the operator.")
    lead = ["time"] if "time" in densities.dims else []
    mass = densities.transpose(*lead, *axes).values.reshape(-1, grid.size)
    mass = np.clip(mass, 0.0, None)
    return mass / mass.sum(axis=1, keepdims=True), lead


def _of_grid(operator: Any, densities: Any) -> Any:
    import xarray as xr

    inverse: Any = inverse_temperature(operator.dynamics)
    grid, beta = operator.grid, float(inverse)
    mass, lead = read_densities(operator, densities)
    steady = operator.steady_state().transpose(*grid.names).values.ravel()
    energy = mass @ -np.log(np.maximum(steady, _EMPTY)) / beta
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = -np.where(mass > 0, mass * np.log(mass / grid.volume), 0.0).sum(axis=1)
    made = {"free_energy": energy - entropy / beta, "energy": energy, "entropy": entropy}
    return xr.Dataset(
        {name: (lead, values if lead else values[0]) for name, values in made.items()},
        {"time": densities["time"].values} if lead else {},
    )
