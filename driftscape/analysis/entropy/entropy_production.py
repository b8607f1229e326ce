r"""Entropy production: how far from equilibrium a steady state is, measured.

    sigma = beta E[v . D^-1 v],        v = J/rho, the velocity of the probability current

In a steady state it is the mean heat over temperature of the force F = D^-1 (b - div D/beta), and
so a mean of the state alone,

    sigma = E[beta b . F + sum_ij D_ij d_j F_i],        b the drift of the Ito equation,

which needs neither density nor path.  Where the landscape has a potential and exp(-beta Phi) is the
steady state, v is known, and the first of the two is averaged: the second has a part of mean zero,
the heat of D grad Phi, whose mean a step of finite size changes.  It is undefined (infinite) where
D is singular and the current leaves its range.
"""

from __future__ import annotations

from typing import Any

from ...theory.entropy.entropy_production import steady_expression
from ...theory.observable import Observable
from ..estimate import Estimate
from ..moments import kept_average, kept_how
from ..run_data import read_run


def entropy_production(
    run: Any, *, discard_steps: int | None = None, diverged: str | None = None
) -> Estimate:
    """Measure the entropy that a stationary SDE produces per unit of time.

    Parameters
    ----------
    run
        What `simulate.run` returned for an SDE; `keep=simulate.Average(
        entropy_production_expression(landscape, dynamics))` is used if kept.
    discard_steps, diverged
        As in `analysis.moment`.

    Returns
    -------
    Estimate
        In units of k_B per unit of time; 0 in equilibrium.  It is the mean under the scheme's own
        law, hence off by what dt does to that.  For the rotating double well (rotation 1 to 1.5,
        dt = 0.02), whose potential is known, 0.4 % with Euler-Maruyama and under 0.1 % with
        scheme="heun" or "weak-2"; from its drift alone 11 % at rotation 1.5 with Euler-Maruyama,
        and with "heun" and "weak-2" -0.018 whatever the rotation, which is 2.7 % at rotation 1,
        falling as dt^2.  `simulate.refine` with `entropy_production_expression(...)` as observable
        and `analysis.step_bias` measure it; `analysis.extrapolate` takes it away.

    Raises
    ------
    ValueError
        Not an SDE with known D (for SGD take `sgd.as_sde()`), D singular, or more than 4
        coordinates.

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
    if discard_steps is None and (kept := kept_average(run, data, observable)) is not None:
        return data.mean(
            kept, f"time average of the entropy production, {kept_how(run)}", "per unit of time"
        )
    means, count = data.time_means(observable, discard_steps)
    return data.mean(
        means, f"mean entropy production over {count} snapshots", "per unit of time", count > 0
    )
