"""The largest eigenvalue of epsilon D along runs of RGD and geodesics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..labels import Label, labelled
from ..simulate.dynamics.metric.diffusion_metric import BOUND_ROW
from ..theory.metric import positive_epsilon
from .run_data import contents_of
from .sweeps.each_point import each_point

if TYPE_CHECKING:
    import xarray as xr

_LABELS = {
    "metric_bound": Label("bound of epsilon lambda_max(D) along the trajectory"),
    "metric_eigenvalue": Label("largest eigenvalue of epsilon D", formula="epsilon lambda_max(D)"),
}


@each_point
def metric_bound(run: xr.Dataset) -> xr.DataArray:
    """Return a bound of the largest epsilon lambda_max(D) along each trajectory.

    It is taken at the beginning of every step.  It is equal to the largest epsilon lambda_max(D)
    for one and two coordinates and for D of rank 1, and an upper bound else.  If it exceeds 1, the
    first-order inverse I - epsilon D of the metric is not positive: RGD ascends along the noisiest
    direction.

    Parameters
    ----------
    run
        What `simulate.run` returned for RGD, RGDFlow or Geodesic.

    Returns
    -------
    xarray.DataArray
        One value for each `trajectory`.

    Raises
    ------
    ValueError
        The dynamics of the run has no diffusion metric.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> rgd = simulate.RGD(learning_rate=0.1, epsilon=0.5)
    >>> run = simulate.run(landscapes.gaussian_fit(), rgd, start=1.0, steps=400)
    >>> round(metric_bound(run).item(), 3)  # D = 1/2 at the end
    0.25
    """
    import xarray as xr

    contents = contents_of(run)
    ((landscape, dynamics),) = contents.problems
    names = [s.name for s in dynamics.step(landscape).state]
    if BOUND_ROW not in names:
        raise ValueError(
            f"{dynamics} has no diffusion metric; run simulate.RGD, RGDFlow or Geodesic."
        )
    bound = contents.array("hidden")[:, names.index(BOUND_ROW) - landscape.dim]
    coords = {"trajectory": contents.numbers}
    return labelled(xr.DataArray(bound, coords, ("trajectory",), "metric_bound"), _LABELS)


@each_point
def metric_eigenvalue(run: xr.Dataset, epsilon: float | None = None) -> xr.DataArray:
    """Return epsilon lambda_max(D) at every snapshot, exactly.

    Parameters
    ----------
    run
        What `simulate.run` returned, with snapshots.
    epsilon
        Weight > 0 of D in the metric; default: that of the run's dynamics.

    Returns
    -------
    xarray.DataArray
        Of `trajectory` and `time`; NaN where D is not finite.

    Raises
    ------
    ValueError
        The run has no snapshots; or no epsilon > 0 is given and the dynamics has none.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> rgd = simulate.RGD(learning_rate=0.1, epsilon=0.5)
    >>> run = simulate.run(landscapes.gaussian_fit(), rgd, start=1.0, steps=400)
    >>> round(metric_eigenvalue(run).isel(time=-1).item(), 3)  # D = 1/2 at the end
    0.25
    """
    import xarray as xr

    contents = contents_of(run)
    ((landscape, dynamics),) = contents.problems
    own = dynamics.to_dict().get("epsilon")
    weight = float(positive_epsilon(own if epsilon is None else epsilon))
    if "state" not in contents:
        raise ValueError("the run has no snapshots; run it again with save_every=.")
    D = landscape.diffusion(contents.array("state"))
    largest = np.full(D.shape[:-2], np.nan)
    here = np.isfinite(D).all(axis=(-2, -1))
    largest[here] = np.linalg.eigvalsh(D[here])[..., -1]
    times = contents.steps * float(dynamics.time_step)
    coords = {"trajectory": contents.numbers, "time": times}
    dims = ("trajectory", "time")
    return labelled(xr.DataArray(weight * largest, coords, dims, "metric_eigenvalue"), _LABELS)
