"""The torque of a steady state: how hard a stationary current turns, measured.

    torque = E[x b_y - y b_x],        b the drift of dx = b dt + sqrt(2 D/beta) dW

It is zero in equilibrium and needs no winding numbers, whose law is heavy-tailed.
"""

from typing import TYPE_CHECKING

from ..theory.observable import Observable
from ..theory.one_step import drift_of
from ..theory.torque import Plane, cross_product, plane_axes
from ..typing import Float
from .estimate import Estimate
from .moments import kept_average, kept_how
from .run_data import read_run

if TYPE_CHECKING:
    import xarray as xr


def torque(
    run: "xr.Dataset",
    *,
    plane: Plane = None,
    discard_steps: int | None = None,
    diverged: str | None = None,
) -> Estimate:
    """Measure the mean of x b_y - y b_x, b being the drift of the run's landscape at its beta.

    Parameters
    ----------
    run
        What `simulate.run` returned.
    plane
        Two coordinates; default: the two of a landscape that has two.
    discard_steps, diverged
        As in `analysis.moment`; `keep=simulate.Average(torque_expression(...))` is used if kept.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate, theory
    >>> well = landscapes.double_well(rotation=1.5)
    >>> law = simulate.Ito(beta=1, dt=0.01)
    >>> run = simulate.run(well, law, time=100, trajectories=256, seed=1, save_every=20)
    >>> analysis.torque(run).compare(theory.torque(well, beta=1)).verdict
    'agrees'
    """
    data = read_run(run, diverged)
    first, second = plane_axes(data.landscape, plane)
    drift = drift_of(data.landscape, data.dynamics)
    if discard_steps is None and drift.entries is not None:
        expression = cross_product(data.landscape, drift.entries, first, second)
        observable = Observable("torque", expression, tuple(data.landscape.symbols))
        kept = kept_average(run, data, observable)
        if kept is not None:
            return data.mean(kept, f"time average of the torque, {kept_how(run)}")

    def cross(points: Float) -> Float:
        b = drift.field(points)
        return points[..., first] * b[..., second] - points[..., second] * b[..., first]

    means, count = data.time_means(cross, discard_steps)
    return data.mean(means, f"mean torque over {count} snapshots", enough=count > 0)
