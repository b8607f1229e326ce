r"""The entropy production of a steady state, which is zero in equilibrium.

    sigma = beta E[v . D^-1 v],        v = J/rho, the velocity of the probability current

In a steady state it is the mean heat, divided by the temperature, of the force
F = D^-1 (b - div D/beta), and therefore a mean of a function of the state,

    sigma = E[beta b . F + sum_ij D_ij d_j F_i],        b the drift of the Ito equation,

which needs neither the density nor the path.  If the landscape has a potential and exp(-beta Phi)
is the steady state, v is known and the first expression is averaged: the second has a part of mean
zero, the heat of D grad Phi, whose mean is changed by a finite step.  The entropy production is
infinite where D is singular and the current is not in its range.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...theory.entropy.entropy_production import steady_expression
from ...theory.observable import Observable
from ..estimate import Estimate
from ..moments import kept_average, kept_method
from ..run_data import read_run
from ..sweeps.each_point import each_point

if TYPE_CHECKING:
    import xarray as xr


@each_point
def entropy_production(
    run: xr.Dataset, *, discard_steps: int | None = None, diverged: str | None = None
) -> Estimate:
    """Measure the entropy production sigma of a stationary SDE per unit of time.

        sigma = beta E[v . D^-1 v],        v = J/rho, the velocity of the probability current

    Parameters
    ----------
    run
        What `simulate.run` returned for an SDE.
    discard_steps
        Number of steps to leave out at the beginning; default: ten units of time, which are 10/dt
        steps.  If it is not given and the run has `simulate.Average(
        theory.entropy_production_expression(landscape, dynamics))`, that average is taken.
    diverged
        None refuses a run with diverged trajectories, "drop" leaves those out.

    Returns
    -------
    Estimate
        In units of k_B per unit of time; 0 in equilibrium.  It is the mean in the steady state of
        the scheme, which has an error by dt.  For the rotating double well (rotation 1 to 1.5,
        dt = 0.02), whose potential is known, that error is 0.4 % with Euler-Maruyama and under
        0.1 % with scheme="heun" or "weak-2".  From the drift alone it is 11 % at rotation 1.5 with
        Euler-Maruyama; with "heun" and "weak-2" it is -0.018 for every rotation, which is 2.7 % at
        rotation 1, and decreases as dt^2.  `simulate.refine` with the expression as observable and
        `analysis.step_bias` measure it; `analysis.extrapolate` removes it.

    Raises
    ------
    ValueError
        Not an SDE with known D (for SGD take `sgd.as_sde()`), D is singular, more than 4
        coordinates, or no snapshots.
    TooFewData
        (a ValueError) Fewer than 16 trajectories, or no snapshot is left; its `.estimate` is the
        partial result.
    Diverged
        (a ValueError) Some trajectories diverged and `diverged` is None.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate, theory
    >>> well = landscapes.double_well(rotation=1.5)
    >>> run = simulate.run(well, simulate.Ito(beta=1, dt=0.01), time=60, trajectories=64, seed=1,
    ...                    save_every=20)
    >>> exact = theory.entropy_production(well, beta=1)
    >>> analysis.entropy_production(run).compare(exact).verdict
    'agrees'
    """
    data = read_run(run, diverged)
    expression = steady_expression(data.landscape, data.dynamics)
    observable = Observable("entropy production", expression, tuple(data.landscape.symbols))
    if discard_steps is None and (kept := kept_average(data, observable)) is not None:
        return data.mean(
            kept, f"time average of the entropy production, {kept_method(data)}", "per unit of time"
        )
    means, count = data.time_means(observable, discard_steps)
    return data.mean(
        means, f"mean entropy production over {count} snapshots", "per unit of time", count > 0
    )
