"""The diffusion metric g = I + epsilon D: its connection, and its largest eigenvalue along runs."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from ..landscapes.calculus import derivative
from ..landscapes.field import Field
from ..landscapes.parse import exact
from ..simulate import dynamics_of, landscape_of
from ..simulate.dynamics.diffusion_metric import WATCHED
from ..simulate.dynamics.linear_solve import Lets, named, refuse_large, solve


def christoffel(landscape: Any, epsilon: float, *, lower: bool = False) -> Field:
    """Return the Christoffel symbols of g = I + epsilon D.

        Gamma_k,ij = (epsilon/2)(d_i D_kj + d_j D_ki - d_k D_ij)          lower=True
        Gamma^k_ij = sum_l (g^-1)_kl Gamma_l,ij

    Parameters
    ----------
    landscape
        Any landscape; its D.
    epsilon
        Weight of D in the metric, > 0.

    Returns
    -------
    Field
        Shape (d, d, d), indices k, i, j.

    Raises
    ------
    ValueError
        epsilon <= 0, or more than 8 coordinates with an inverse wanted.

    Examples
    --------
    >>> from driftscape import landscapes
    >>> christoffel(landscapes.gaussian_fit(), 1)([0.0])  # D = exp(-2 h)/2: -(1/2)/(3/2)
    array([[[-0.33333333]]])
    """
    weight = _epsilon(epsilon)
    d, x, diffusion = landscape.dim, landscape.symbols, landscape.diffusion
    if not lower:
        refuse_large(d)
    lets: Lets = list(diffusion.lets)
    D = diffusion.matrix
    slope = [D.applyfunc(lambda e, s=s: derivative(e, s)) for s in x]
    rows = {}
    for i in range(d):
        for j in range(i + 1):
            rows[i, j] = [
                weight / 2 * (slope[i][k, j] + slope[j][k, i] - slope[k][i, j]) for k in range(d)
            ]
    if not lower:
        entries = named("metric", [sp.Integer(int(i == j)) + weight * D[i, j]
                                   for i in range(d) for j in range(d)], lets)  # fmt: skip
        raised = solve(sp.Matrix(d, d, entries), list(rows.values()), lets)
        rows = dict(zip(rows, raised, strict=True))
    symbols = sp.Array(
        [[[rows[max(i, j), min(i, j)][k] for j in range(d)] for i in range(d)] for k in range(d)]
    )
    field: Field = landscape.field("Christoffel symbols", symbols, lets, diffusion.tables)
    return field


def metric_bound(dataset: Any) -> Any:
    """Return the largest epsilon lambda_max(D) that each trajectory of RGD or a geodesic met.

    It is taken at the beginning of every step; an upper bound, equal to epsilon lambda_max(D) for
    one and two coordinates and for D of rank 1.  Past 1 the first-order inverse I - epsilon D is
    none: RGD climbs along the noisiest direction.

    Returns
    -------
    xarray.DataArray
        Over `trajectory`.

    Raises
    ------
    ValueError
        The run's dynamics has no diffusion metric.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> rgd = simulate.RGD(learning_rate=0.1, epsilon=0.5)
    >>> r = simulate.run(landscapes.gaussian_fit(), rgd, start=1.0, steps=400)
    >>> round(metric_bound(r).item(), 3)  # D = 1/2 at the end
    0.25
    """
    dynamics = dynamics_of(dataset)
    names = [s.name for s in dynamics.step(landscape_of(dataset)).state]
    if WATCHED not in names:
        raise ValueError(
            f"{dynamics} has no diffusion metric; run simulate.RGD, RGDFlow or Geodesic."
        )
    row = names.index(WATCHED) - dataset.sizes["coordinate"]
    return dataset["hidden"].isel(row=row).rename("epsilon lambda_max")


def metric_eigenvalue(dataset: Any, epsilon: float | None = None) -> Any:
    """Return epsilon lambda_max(D) at every snapshot, exactly.

    Parameters
    ----------
    epsilon
        Default: the run's own.

    Returns
    -------
    xarray.DataArray
        Over `trajectory` and `time`.
    """
    import xarray as xr

    if epsilon is None:
        epsilon = getattr(dynamics_of(dataset), "epsilon", None)
    weight = float(_epsilon(epsilon))
    if "state" not in dataset:
        raise ValueError("the run kept no snapshots; run it again with save_every=.")
    state = dataset["state"]
    D = landscape_of(dataset).diffusion(state.values)
    largest = np.full(D.shape[:-2], np.nan)
    here = np.isfinite(D).all(axis=(-2, -1))
    largest[here] = np.linalg.eigvalsh(D[here])[..., -1]
    coords = {name: state.coords[name] for name in ("trajectory", "time")}
    return xr.DataArray(weight * largest, coords, ("trajectory", "time"), "epsilon lambda_max")


def _epsilon(epsilon: Any) -> sp.Expr:
    if epsilon is None:
        raise ValueError("the run's dynamics has no epsilon; give epsilon=.")
    number = exact(epsilon)
    if not (number.is_number and number > 0):
        raise ValueError(f"epsilon={epsilon!r}; it must be a positive finite number.")
    return number
