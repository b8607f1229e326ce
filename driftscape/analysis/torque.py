"""The torque of a steady state, which measures its circulation.

    torque = E[x b_y - y b_x],        b the drift of dx = b dt + sqrt(2 D/beta) dW

It is zero in equilibrium.  It needs no winding numbers, whose law is heavy-tailed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..theory.observable import Observable
from ..theory.one_step import drift_of
from ..theory.torque import Plane, cross_product, plane_axes
from ..typing import Float
from .estimate import Estimate
from .moments import kept_average, kept_method
from .run_data import read_run
from .sweeps.each_point import each_point

if TYPE_CHECKING:
    import xarray as xr


@each_point
def torque(
    run: xr.Dataset,
    *,
    plane: Plane = None,
    discard_steps: int | None = None,
    diverged: str | None = None,
) -> Estimate:
    """Measure the torque E[x b_y - y b_x], with b the drift of the run's landscape and dynamics.

    Parameters
    ----------
    run
        What `simulate.run` returned.
    plane
        The two coordinates (x, y); default: those of a landscape that has two.
    discard_steps
        Number of steps to leave out at the beginning; default: ten units of time, which are
        10/learning_rate steps of SGD or 10/dt steps of an SDE.  If it is not given and the run has
        `simulate.Average(theory.torque_expression(...))`, that average is taken.
    diverged
        None refuses a run with diverged trajectories, "drop" leaves those out.

    Returns
    -------
    Estimate
        Positive for an anticlockwise circulation; twice the area swept per unit of time.

    Raises
    ------
    TooFewData
        (a ValueError) Fewer than 16 trajectories, or no snapshot is left; its `.estimate` is the
        partial result.
    Diverged
        (a ValueError) Some trajectories diverged and `diverged` is None.
    ValueError
        No such plane, no snapshots, or a dynamics whose drift is not known.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate, theory
    >>> well = landscapes.double_well(rotation=1.5)
    >>> ito = simulate.Ito(beta=1, dt=0.01)
    >>> run = simulate.run(well, ito, time=100, trajectories=256, seed=1, save_every=20)
    >>> analysis.torque(run).compare(theory.torque(well, beta=1)).verdict
    'agrees'
    """
    data = read_run(run, diverged)
    first, second = plane_axes(data.landscape, plane)
    drift = drift_of(data.landscape, data.dynamics)
    if discard_steps is None and drift.entries is not None:
        expression = cross_product(data.landscape, drift.entries, first, second)
        observable = Observable("torque", expression, tuple(data.landscape.symbols))
        kept = kept_average(data, observable)
        if kept is not None:
            how = f"time average of the torque, {kept_method(data)}"
            return data.mean(kept, how, "per time")

    def cross(points: Float) -> Float:
        b = drift.field(points)
        product: Float = points[..., first] * b[..., second] - points[..., second] * b[..., first]
        return product

    means, count = data.time_means(cross, discard_steps)
    return data.mean(means, f"mean torque over {count} snapshots", "per time", enough=count > 0)
