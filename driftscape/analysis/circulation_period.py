r"""Mean angular velocity and period of a stationary SDE, from its states alone.

The angle about a point c of the plane changes at a mean rate that is a function of the state,

    E d(angle)/dt = E[ b . grad(angle) + sum_ij D_ij d_i d_j(angle)/beta ],

and 2 pi divided by it is the mean time of a turn.  A linear map that keeps the orientation of the
plane does not change the number of turns.  The angle is therefore taken in coordinates in which D
at c is the unit matrix: for constant D the second term is then zero, and so is the noise that makes
counted turns heavy-tailed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..simulate.dynamics.sde.sde import SDE
from ..theory.one_step import inverse_temperature
from ..typing import Float
from ..validate import check_numbers, shown
from .estimate import Estimate
from .passages.skewed import Inverse
from .run_data import read_run
from .sweeps.each_point import each_point

if TYPE_CHECKING:
    import xarray as xr

_SINGULAR = 1e-10  # relative eigenvalue of D below which D counts as singular


@each_point
def angular_velocity(
    run: xr.Dataset,
    *,
    about: tuple[float, float] = (0.0, 0.0),
    discard_steps: int | None = None,
    diverged: str | None = None,
) -> Estimate:
    """Measure the mean angular velocity of a stationary SDE about a point c of the plane.

        omega = E[ b . grad(angle) + sum_ij D_ij d_i d_j(angle)/beta ]

    Parameters
    ----------
    run
        What `simulate.run` returned for an SDE of two coordinates, with snapshots.
    about
        The point c.  The velocity is largest at the centre of the circulation
        (`fp.circulation().centre`), and nearly the same close to it.
    discard_steps
        Number of steps to leave out at the beginning; default: ten units of time, which are
        10/learning_rate steps of SGD or 10/dt steps of an SDE.
    diverged
        None refuses a run with diverged trajectories, "drop" leaves those out.

    Returns
    -------
    Estimate
        In radians per unit of time, positive anticlockwise: 2 pi times the probability that
        circulates about the point.  If the drift does not vanish at the point, or D is not
        constant, the scatter comes from rare states close to the point, and its estimate converges
        slowly.

    Raises
    ------
    ValueError
        Not an SDE, not two coordinates, no snapshots, or D is singular at the point: take
        `analysis.winding`.
    TooFewData
        (a ValueError) Fewer than 16 trajectories, or no snapshot is left; its `.estimate` is the
        partial result.
    Diverged
        (a ValueError) Some trajectories diverged and `diverged` is None.

    Examples
    --------
    >>> import numpy as np
    >>> from driftscape import analysis, landscapes, simulate
    >>> well = landscapes.double_well(rotation=1.5)
    >>> run = simulate.run(well, simulate.Ito(beta=1, dt=0.01, scheme="weak-2"), time=40,
    ...                    trajectories=400, seed=1, save_every=20)
    >>> exact = 1.5 * np.pi**1.5 / 7.623468
    >>> analysis.angular_velocity(run).compare(exact).verdict
    'agrees'
    """
    data = read_run(run, diverged)
    landscape, dynamics = data.landscape, data.dynamics
    if not isinstance(dynamics, SDE):
        raise ValueError(f"{dynamics} is no SDE; count its turns with analysis.winding.")
    if landscape.dim != 2:
        raise ValueError(
            f"{landscape.name} has {landscape.dim} coordinates; angles are about points of the "
            "plane. Count turns with analysis.winding(run, plane=...)."
        )
    beta = inverse_temperature(dynamics)
    assert beta is not None
    drift, D = dynamics.ito_drift(landscape, beta), landscape.diffusion
    centre = check_numbers("about", about, "two finite numbers")
    if centre.shape != (2,) or not np.isfinite(centre).all():
        raise ValueError(f"about={shown(about)}; give two finite numbers.")
    values, axes = np.linalg.eigh(D(centre))
    if not values[0] > _SINGULAR * values[1]:
        raise ValueError(
            f"D of {landscape.name} is singular at {tuple(map(float, centre))}; count turns with "
            "analysis.winding."
        )
    whiten = axes / np.sqrt(values) @ axes.T  # symmetric and positive: it keeps the orientation

    def turning(points: Float) -> Float:
        x, y = np.moveaxis((points - centre) @ whiten, -1, 0)
        u, v = np.moveaxis(drift(points) @ whiten, -1, 0)
        spread = whiten @ D(points) @ whiten / float(beta)
        r2 = x**2 + y**2
        curved = 2 * x * y * (spread[..., 0, 0] - spread[..., 1, 1])
        curved = curved + 2 * (y**2 - x**2) * spread[..., 0, 1]
        with np.errstate(divide="ignore", invalid="ignore"):
            rate = (x * v - y * u + curved / r2) / r2
        return np.where(r2 > 0, rate, 0.0)

    means, count = data.time_means(turning, discard_steps)
    return data.mean(
        means, f"mean angular velocity over {count} snapshots", "radians per unit of time",
        enough=count > 0,
    )  # fmt: skip


@each_point
def circulation_period(
    run: xr.Dataset,
    *,
    about: tuple[float, float] = (0.0, 0.0),
    discard_steps: int | None = None,
    diverged: str | None = None,
) -> Inverse:
    r"""Measure the mean time of a turn of a stationary SDE, 2 pi/|mean angular velocity|.

    It estimates the same as `winding(run).period`, without the noise of counting.  For a linear
    landscape it is 2 pi/`linearise(...).turning`.

    Parameters
    ----------
    run, about, discard_steps, diverged
        As for `angular_velocity`.

    Returns
    -------
    Inverse
        An `Estimate` in units of time, with the error 2 pi stderr/velocity^2.  Both are infinite if
        the velocity is within two standard errors of zero.  The interval is the inverse of that of
        the velocity.

    Raises
    ------
    ValueError, TooFewData, Diverged
        As for `angular_velocity`.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate, theory
    >>> well = landscapes.double_well(rotation=1.5)
    >>> run = simulate.run(well, simulate.Ito(beta=1, dt=0.01, scheme="weak-2"), time=40,
    ...                    trajectories=400, seed=1, save_every=20)
    >>> period = analysis.circulation_period(run)
    >>> period.compare(theory.fokker_planck(well, beta=1, shape=128).circulation().period).verdict
    'agrees'
    """
    rate = angular_velocity(run, about=about, discard_steps=discard_steps, diverged=diverged)
    return Inverse.of(rate, 2 * np.pi, "2 pi/mean angular velocity", "units of time")
