"""`compare`: an ensemble and a grid, two independent roads to one law, number by number."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...simulate import provenance
from ..current import snapshots
from ..ensemble import MIN_TRAJECTORIES, Ensemble, TooFewData, ensemble
from ..mean_test import mean_p_value
from .agreement import Agreement
from .displaced import of_paths
from .draws import Draws
from .hotelling import hotelling, smallest
from .passages import compare_passages
from .reference import NotKnown, Reference
from .rows import Rows, grid_theory


def compare(
    data: Any, operator: Any, *, coarser: Any = None, diverged: str | None = None
) -> Agreement:
    r"""Compare a stationary run, or first passages, with the law of the same on a grid.

    Of a run: means and second moments of the coordinates; the marginals in eight bins of equal
    probability; the torque; and the current field,

        integral of J_i phi = E[b_i phi + (1/beta) sum_j D_ij d_j phi],

    averaged over a few soft cells phi, from the final states, which are independent, with the drift
    and noise of the run's own equation.  A run that kept snapshots, a time tau apart, is asked for
    the current of its displacements as well,

        (1/tau) E[(phi(X_t) + phi(X_{t+tau}))/2 (X_i(t + tau) - X_i(t))],

    which no formula of the drift enters; the grid's is over the same tau, however long.  Where the
    grid is periodic, sines and cosines take the place of moments.  A chain has displacements, but
    no current from states.

    Of first passages (one target, one starting point): the mean time, of min(T, time watched) where
    some were not seen, and the survivors at three times.

    Parameters
    ----------
    data
        What `simulate.run` or `simulate.first_passage` returned.
    operator
        `theory.fokker_planck(...)` of the same landscape, at any beta; or, for SGD,
        `theory.transfer_operator(...)`.
    coarser
        The same first passages at a larger dt, from which what dt does to them is scaled down.
    diverged
        As in `analysis.moment`.

    Returns
    -------
    Agreement
        Prints a table.  Its `bias` is what grid and step size may do to each number, in standard
        errors, the second from `theory.step_error`; where it is not far below 1 make dt smaller,
        or take scheme="weak-2".  Of first passages the step error is known with `coarser` only; of
        SGD beside a transfer operator there is none.

    Notes
    -----
    The grid knows the law of the states and of the passage times, and with it the scatter and the
    skewness of every mean: no number here is taken for normal.  Of right runs a share of .04 to
    .07 has a p-value below .05, from 50 trajectories on (`python -m benchmarks calibration`).

    Raises
    ------
    ValueError
        Other coordinates than the grid's, several targets, or different starting points; coarser
        passages that are not so, or of something else.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate, theory
    >>> well = landscapes.double_well(rotation=1.5)
    >>> law = simulate.Ito(beta=1, dt=0.01, scheme="weak-2")
    >>> run = simulate.run(well, law, time=30, trajectories=4000, seed=1, keep="final")
    >>> made = analysis.compare(run, theory.fokker_planck(well, beta=1, shape=128))
    >>> made.agrees, made.trustworthy
    (True, True)
    """
    names = list(operator.grid.names)
    if list(data.coordinate.values) != names:
        raise ValueError(
            f"the run has the coordinates {', '.join(map(str, data.coordinate.values))}, the grid "
            f"{', '.join(names)}."
        )
    if provenance(data).get("kind") == "first_passage":
        return compare_passages(data, operator, coarser, diverged)
    if coarser is not None:
        raise ValueError("coarser= belongs to first passages; of a run the grid knows the error.")
    read = ensemble(data, diverged)
    if len(read.final) < MIN_TRAJECTORIES:
        read.mean(read.final[:, 0], "final states")  # says so
    known = Reference.of(operator, read.landscape, read.dynamics)
    states, together = _of_states(read, known)
    flows, moving = _of_displacements(read, known)
    return (states + flows).agreement(smallest(together, moving))


def _of_states(read: Ensemble, known: Reference) -> tuple[Rows, float]:
    """Quantities of the final states, whose law the grid knows."""
    with np.errstate(all="ignore"):
        values = known.of_states(read.final)
    draws, count = known.draws, len(values)
    value, error, step = known.expected
    measured = [read.mean(column, "mean over trajectories", quiet=True) for column in values.T]
    rows = Rows.of(
        known.compared.names, measured, grid_theory(value, error), step, draws.stderr(count),
        lambda left: draws.p_values(left, count),
    )  # fmt: skip
    own = np.flatnonzero(
        np.isfinite(values.mean(axis=0)) & np.isfinite(value + draws.stderr(count))
    )
    step = np.nan_to_num(step)
    if len(own) < len(value):
        draws = Draws(draws.values[:, own], draws.mass)
    test = draws.together(count, step[own], error[own])
    return rows, test.p_value((values.mean(axis=0) - value)[own])


def _of_displacements(read: Ensemble, known: Reference) -> tuple[Rows, float]:
    """Currents by displacements, one independent mean over time for each trajectory."""
    if not len(read.snapshots):
        return Rows(), float("nan")
    try:
        x, spacing = snapshots(read, None)
        value, error, step = known.displaced(int(np.diff(read.snapshots)[0]))
    except TooFewData:
        few = f"{len(read.snapshots)} snapshots, hardly any after ten units of time"
        return Rows(left_out=(("currents by displacements", few),)), float("nan")
    except NotKnown as reason:
        return Rows(left_out=(("currents by displacements", str(reason)),)), float("nan")
    flow = of_paths(known.compared.tents, x, spacing)
    names = [f"{name}, displaced" for name in known.compared.current_names]
    measured = [
        read.mean(column, "mean over trajectories and time", quiet=True) for column in flow.T
    ]
    stderr, skewness = (np.array([getattr(m, a) for m in measured]) for a in ("stderr", "skewness"))
    rows = Rows.of(
        names, measured, grid_theory(value, error), step, stderr,
        lambda left: mean_p_value(left / stderr, len(flow), skewness),
    )  # fmt: skip
    return rows, hotelling(flow, value, np.nan_to_num(step), error)
