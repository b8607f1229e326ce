r"""The free energy of densities on a grid, which decreases along their evolution.

    F[rho] = KL(rho || rho_ss)/beta = E[Phi] - S[rho]/beta,
    Phi = -log(rho_ss)/beta,        S[rho] = -E[log rho]

F decreases along the Fokker-Planck equation, with or without a current.  -beta dF/dt is the
non-adiabatic part of the entropy production, see `entropy_production_parts`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...labels import RATE, Label, labelled
from ...typing import Float
from ..operators.given import check_operator
from ..operators.grid import Grid
from ..operators.operator import Operator

if TYPE_CHECKING:
    import xarray as xr

_LEAST_DENSITY = 1e-300  # per volume: the logarithm of a smaller one overflows

#: of `free_energy` and `entropy_production_parts`, here and in analysis
LABELS = {
    "free_energy": Label("free energy", formula="F = E[Phi] - S/beta"),
    "energy": Label("energy", formula="E[Phi], Phi = -log(rho_ss)/beta"),
    "entropy": Label("entropy", formula="S = -E[log rho]"),
    "bias": Label("bias of the free energy"),
    "total": Label("entropy production", RATE),
    "non_adiabatic": Label("non-adiabatic entropy production", RATE, "-beta dF/dt"),
    "housekeeping": Label("housekeeping entropy production", RATE, "beta E[v . D^-1 v]"),
}


def free_energy(operator: Operator, densities: xr.DataArray) -> xr.Dataset:
    """Return free energy, energy and entropy of densities on a grid.

        F = E[Phi] - S/beta,    Phi = -log(rho_ss)/beta,    S = -E[log rho]

    Parameters
    ----------
    operator
        `theory.fokker_planck(...)` or `theory.transfer_operator(...)`, whose steady state rho_ss
        gives Phi.
    densities
        The result of the operator's `evolve`, or a single density on its grid.

    Returns
    -------
    xarray.Dataset
        `free_energy`, `energy` and `entropy`, over `time` where the densities have one.

    Raises
    ------
    ValueError
        A density on another grid.

    References
    ----------
    P. Chaudhari, S. Soatto, ICLR 2018, arXiv:1710.11029, theorem 5.

    Examples
    --------
    >>> from driftscape import landscapes, theory
    >>> fp = theory.fokker_planck(landscapes.mean_estimation(), beta=1, shape=256)
    >>> rho = fp.evolve("exp(-(theta - 1)**2)", [0, 0.5, 1, 2])
    >>> bool((theory.free_energy(fp, rho).free_energy.diff("time") < 0).all())
    True
    """
    check_operator(operator)
    grid, beta = operator.grid, operator.beta
    mass, lead = read_densities(grid, densities)
    steady = operator.steady_state().transpose(*grid.names).values.ravel()
    energy = mass @ -np.log(np.maximum(steady, _LEAST_DENSITY)) / beta
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = -np.where(mass > 0, mass * np.log(mass / grid.volume), 0.0).sum(axis=1)
    values = {"free_energy": energy - entropy / beta, "energy": energy, "entropy": entropy}
    return over_time(values, densities, lead)


def read_densities(grid: Grid, densities: xr.DataArray) -> tuple[Float, list[str]]:
    """Return the masses of the cells, shape (times, cells), each of sum 1, and leading dimensions.

    Raises
    ------
    TypeError, ValueError
        Not an xarray.DataArray; a density on another grid.
    """
    import xarray as xr

    if not isinstance(densities, xr.DataArray):
        raise TypeError(
            f"densities is a {type(densities).__name__}; give an xarray.DataArray on the grid of "
            "the operator, such as operator.evolve(...).  Of a run see the same in analysis."
        )
    axes = list(grid.names)
    if sorted(str(d) for d in densities.dims if d != "time") != sorted(axes) or any(
        densities[name].shape != axis.shape or not np.allclose(densities[name], axis)
        for name, axis in zip(axes, grid.axes, strict=True)
    ):
        raise ValueError("the densities live on another grid than the operator.")
    lead = ["time"] if "time" in densities.dims else []
    mass = densities.transpose(*lead, *axes).values.reshape(-1, grid.size)
    mass = np.clip(mass, 0.0, None)
    return mass / mass.sum(axis=1, keepdims=True), lead


def over_time(values: dict[str, Float], densities: xr.DataArray, lead: list[str]) -> xr.Dataset:
    """Return numbers of each density as a dataset, over its time if it has one."""
    import xarray as xr

    result = xr.Dataset(
        {name: (lead, array if lead else array[0]) for name, array in values.items()},
        {"time": densities["time"].values} if lead else {},
    )
    return labelled(result, LABELS)
