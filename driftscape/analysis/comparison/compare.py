"""Compare a stationary run with the steady state of an operator, quantity by quantity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...simulate import provenance
from ..current import snapshots
from ..mean_test import mean_p_value
from ..run_data import MIN_TRAJECTORIES, RunData, TooFewData, read_run
from ..sweeps.each_point import each_point
from .agreement import Agreement
from .discrete_law import DiscreteLaw
from .displaced import of_paths
from .hotelling import hotelling, smallest
from .quantities import GridOperator, check_coordinates
from .reference import NotKnown, Reference
from .rows import Rows, grid_theory

if TYPE_CHECKING:
    import xarray as xr


@each_point
def compare(run: xr.Dataset, operator: GridOperator, *, diverged: str | None = None) -> Agreement:
    r"""Compare a stationary run with the steady state of an operator, quantity by quantity.

    The quantities of the final states, which are independent, are the means and second moments of
    the coordinates; the marginals in eight bins of equal probability; the torque; and the current
    averaged over a few hat functions phi,

        integral of J_i phi = E[b_i phi + (1/beta) sum_j D_ij d_j phi],

    with drift b and diffusion D of the run's own equation.  If the run has snapshots, a time tau
    apart, the current of its displacements is compared as well,

        (1/tau) E[(phi(X_t) + phi(X_{t+tau}))/2 (X_i(t + tau) - X_i(t))],

    which does not use the drift; the operator's value is for the same tau, however long.  On a
    periodic axis sines and cosines replace the moments.  A chain in discrete time has displacements
    but no current of the final states.

    Parameters
    ----------
    run
        What `simulate.run` returned.
    operator
        `theory.fokker_planck(...)` of the same landscape, at any beta; or, for SGD,
        `theory.transfer_operator(...)`.
    diverged
        None refuses a run with diverged trajectories, "drop" leaves those out.

    Returns
    -------
    Agreement
        `print` shows it as a table.  Its `bias` is the possible error of each number by the grid
        and by the step size, in standard errors, the second from `theory.step_error`.  If it is not
        far below 1, make dt smaller or take scheme="weak-2".  For SGD and a transfer operator there
        is no error of the step size.

    Raises
    ------
    ValueError
        The run has other coordinates than the grid, or it is no run.
    TooFewData
        (a ValueError) Fewer than 16 trajectories.
    Diverged
        (a ValueError) Some trajectories diverged and `diverged` is None.

    See Also
    --------
    compare_passages : The same for first passages.

    Notes
    -----
    The operator gives the probability law of the states, and with it the standard error and the
    skewness of every mean: no mean is assumed to be normal.  For correct runs of 50 or more
    trajectories, a share of .04 to .07 has a p-value below .05
    (`python -m benchmarks calibration`).

    References
    ----------
    K. V. Mardia, Biometrika 57 (1970) 519; H. Hotelling, Ann. Math. Stat. 2 (1931) 360.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate, theory
    >>> well = landscapes.double_well(rotation=1.5)
    >>> ito = simulate.Ito(beta=1, dt=0.01, scheme="weak-2")
    >>> run = simulate.run(well, ito, time=30, trajectories=4000, seed=1, keep="final")
    >>> agreement = analysis.compare(run, theory.fokker_planck(well, beta=1, shape=128))
    >>> agreement.agrees, agreement.trustworthy
    (True, True)
    """
    if provenance(run).get("kind") == "first_passage":
        raise ValueError("these are first passages; compare them by analysis.compare_passages.")
    data = read_run(run, diverged)
    check_coordinates(data.landscape, operator)
    if len(data.final) < MIN_TRAJECTORIES:
        data.mean(data.final[:, 0], "final states")  # raises TooFewData
    known = Reference.of(operator, data.landscape, data.dynamics)
    states, together = _of_states(data, known)
    flows, moving = _of_displacements(data, known)
    return (states + flows).agreement(smallest(together, moving))


def _of_states(data: RunData, known: Reference) -> tuple[Rows, float]:
    """Compare the quantities of the final states, whose law the operator gives."""
    with np.errstate(all="ignore"):
        values = known.of_states(data.final)
    law, count = known.law_of_states, len(values)
    value, error, step = known.expected
    measured = [data.mean(column, "mean over trajectories", quiet=True) for column in values.T]
    rows = Rows.of(
        known.quantities.names, measured, grid_theory(value, error), step, law.stderr(count),
        lambda left: law.p_values(left, count),
    )  # fmt: skip
    own = np.flatnonzero(np.isfinite(values.mean(axis=0)) & np.isfinite(value + law.stderr(count)))
    step = np.nan_to_num(step)
    if len(own) < len(value):
        law = DiscreteLaw(law.values[:, own], law.mass)
    test = law.joint_test(count, step[own], error[own])
    return rows, test.p_value((values.mean(axis=0) - value)[own])


def _of_displacements(data: RunData, known: Reference) -> tuple[Rows, float]:
    """Compare currents by displacements: a mean over time for each independent trajectory."""
    if not len(data.snapshots):
        return Rows(), float("nan")
    try:
        x, spacing = snapshots(data, None)
        value, error, step = known.displaced(data.interval(data.first_snapshot(None)))
    except TooFewData:
        few = f"{len(data.snapshots)} snapshots, too few after ten units of time"
        return Rows(left_out=(("currents by displacements", few),)), float("nan")
    except NotKnown as reason:
        return Rows(left_out=(("currents by displacements", str(reason)),)), float("nan")
    flow = of_paths(known.quantities.hats, x, spacing)
    names = [f"{name}, displaced" for name in known.quantities.current_names]
    measured = [
        data.mean(column, "mean over trajectories and time", quiet=True) for column in flow.T
    ]
    stderr = np.array([m.stderr for m in measured])
    skewness = np.array([m.skewness for m in measured])
    rows = Rows.of(
        names, measured, grid_theory(value, error), step, stderr,
        lambda left: mean_p_value(left / stderr, len(flow), skewness),
    )  # fmt: skip
    return rows, hotelling(flow, value, np.nan_to_num(step), error)
