"""The largest eigenvalue of epsilon D along runs of RGD and geodesics."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..simulate import dynamics_of, landscape_of
from ..simulate.dynamics.metric.diffusion_metric import BOUND_ROW
from ..theory.metric import positive_epsilon


def metric_bound(run: Any) -> Any:
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
    dynamics = dynamics_of(run)
    names = [s.name for s in dynamics.step(landscape_of(run)).state]
    if BOUND_ROW not in names:
        raise ValueError(
            f"{dynamics} has no diffusion metric; run simulate.RGD, RGDFlow or Geodesic."
        )
    row = names.index(BOUND_ROW) - run.sizes["coordinate"]
    return run["hidden"].isel(row=row).rename("epsilon lambda_max")


def metric_eigenvalue(run: Any, epsilon: float | None = None) -> Any:
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
        epsilon = getattr(dynamics_of(run), "epsilon", None)
    weight = float(positive_epsilon(epsilon))
    if "state" not in run:
        raise ValueError("the run kept no snapshots; run it again with save_every=.")
    state = run["state"]
    D = landscape_of(run).diffusion(state.values)
    largest = np.full(D.shape[:-2], np.nan)
    here = np.isfinite(D).all(axis=(-2, -1))
    largest[here] = np.linalg.eigvalsh(D[here])[..., -1]
    coords = {name: state.coords[name] for name in ("trajectory", "time")}
    return xr.DataArray(weight * largest, coords, ("trajectory", "time"), "epsilon lambda_max")
