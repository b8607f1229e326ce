"""`compare`: an ensemble and a grid, two independent roads to one law, number by number."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...simulate.dataset import provenance
from ...simulate.dynamics.sde import SDE
from ..current_field import snapshots
from ..ensemble import MIN_TRAJECTORIES, Ensemble, TooFewData, ensemble
from ..estimate import Theory
from ..grid.refinement import extrapolate
from .agreement import Agreement
from .compared import Compared
from .passages import compare_passages
from .step_error import step_error

Float = NDArray[np.float64]


def compare(
    data: Any, operator: Any, *, coarser: Any = None, diverged: str | None = None
) -> Agreement:
    r"""Compare a stationary run, or first passages, with the Fokker-Planck equation on a grid.

    Of a run: means and second moments of the coordinates; the marginals in eight bins of equal
    probability; the torque; and the current field,

        integral of J_i phi = E[b_i phi + (1/beta) sum_j D_ij d_j phi],

    averaged over a few soft cells phi, from the final states, which are independent, with the drift
    and noise of the run's own equation.  A run that kept snapshots is asked for the current of its
    displacements as well, E[phi(middle) dX_i]/tau, which no formula of the drift enters.  Where the
    grid is periodic, sines and cosines take the place of moments.

    Of first passages (one target, one starting point): the mean time, and where all were seen the
    survivors at three times.

    Parameters
    ----------
    data
        What `simulate.run` or `simulate.first_passage` returned.
    operator
        `analysis.fokker_planck(...)` of the same landscape, at any beta.
    coarser
        The same first passages at a larger dt, from which what dt does to them is scaled down.
    diverged
        As in `analysis.moment`.

    Returns
    -------
    Agreement
        Prints a table.  Its `bias` is what grid and step size may do to each number, in standard
        errors, the second from `analysis.step_error`; where it is not far below 1 make dt smaller,
        or take scheme="weak-2".  Of first passages the step error is known with `coarser` only.

    Raises
    ------
    ValueError
        Other coordinates than the grid's, several targets, or different starting points; coarser
        passages that are not so, or of something else.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate
    >>> well = landscapes.double_well(rotation=1.5)
    >>> law = simulate.Ito(beta=1, dt=0.01, scheme="weak-2")
    >>> run = simulate.run(well, law, time=30, trajectories=4000, seed=1, keep="final")
    >>> made = analysis.compare(run, analysis.fokker_planck(well, beta=1, shape=128))
    >>> made.agrees, made.trustworthy
    (True, True)
    """
    names = list(operator.grid.names)
    if list(data.coordinate.values) != names:
        raise ValueError(
            f"the run has the coordinates {', '.join(map(str, data.coordinate.values))}, the grid "
            f"{', '.join(names)}."
        )
    if provenance(data).get("verb") == "first_passage":
        return compare_passages(data, operator, coarser, diverged)
    if coarser is not None:
        raise ValueError("coarser= belongs to first passages; of a run the grid knows the error.")
    read = ensemble(data, diverged)
    if len(read.final) < MIN_TRAJECTORIES:
        read.mean(read.final[:, 0], "final states")  # says so
    compared = Compared.of(operator)
    law = read.dynamics if isinstance(read.dynamics, SDE) else operator.dynamics
    states = compared.of_states(read.final, read.landscape, law)
    found = extrapolate(operator, compared.of_grid)
    bias = _step_errors(compared, operator, read.dynamics, law)
    texts, value, error = list(compared.names), found.value, found.truncation + compared.tail
    moved = _displacements(read, compared)
    if moved is not None:
        flow, lag = moved
        texts += [f"{name}, displaced" for name in compared.current_names]
        states = np.concatenate([states, flow], axis=1)
        rows = compared.currents
        value, error = (np.concatenate([a, a[rows]]) for a in (value, error))
        bias = np.concatenate([bias, np.abs(bias[rows]) + np.abs(lag)])
    return _agreement(texts, states, value, error, bias, read, compared)


def _agreement(
    names: list[str],
    states: Float,
    value: Float,
    error: Float,
    bias: Float,
    read: Ensemble,
    compared: Compared,
) -> Agreement:
    measured = [read.mean(column, "mean over trajectories", quiet=True) for column in states.T]
    for k in range(*compared.fractions.indices(len(names))):  # also where none was counted
        p, n = min(max(float(value[k]), 0.0), 1.0), measured[k].n_eff
        measured[k] = replace(measured[k], stderr=float(np.sqrt(p * (1 - p) / n)))
    expected = (
        Theory(float(v), truncation=float(t), regime="grid, extrapolated")
        for v, t in zip(value, error, strict=True)
    )
    covariance = np.atleast_2d(np.cov(states, rowvar=False)) / len(states)
    return Agreement(
        tuple(names), tuple(measured), tuple(expected), tuple(map(float, bias)), covariance
    )


def _step_errors(compared: Compared, operator: Any, dynamics: Any, law: Any) -> Float:
    """Change of every quantity by the scheme; NaN where that is not known."""
    if not isinstance(dynamics, SDE) or dynamics.noise == "stable":
        return np.full(len(compared.names), np.nan)
    error = step_error(operator, dynamics)
    mass = error.values.ravel() * float(np.prod([np.diff(error[n].values)[0] for n in error.dims]))
    return compared.of_masses(mass, error, operator.landscape, law)


def _displacements(read: Ensemble, compared: Compared) -> tuple[Float, Float] | None:
    """Current by displacements, (trajectories, quantities), and what the lag still does to it.

    Lags of one, two and four snapshots: extrapolated to lag 0 path by path at order one, which
    leaves order two.  What is left is estimated in standard errors, the same for all cells: root
    mean square of the differences, less what is their own noise.
    """
    if not len(read.snapshots):
        return None
    try:
        x, spacing = snapshots(read, None)
    except TooFewData:
        return None
    fine, twice, four = (compared.of_paths(x, lag, spacing) for lag in (1, 2, 4))
    flow = 2 * fine - twice
    left = (flow - (2 * twice - four)) / 3
    scale, noise = (np.std(a, axis=0, ddof=1) / np.sqrt(len(a)) for a in (flow, left))
    own = scale > 0
    square = float(np.mean((left.mean(axis=0)[own] ** 2 - noise[own] ** 2) / scale[own] ** 2))
    return flow, scale * np.sqrt(max(square, 0.0))
