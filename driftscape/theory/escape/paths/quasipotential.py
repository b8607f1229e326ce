"""The quasi-potential barrier (Freidlin-Wentzell), for escape where no potential is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ....landscapes.checks import check_landscape
from ....landscapes.landscape import Landscape
from ...theory import Theory
from ..critical_point import checked_point
from .action_path import minimum_action_path
from .hamiltonian import Hamiltonian
from .path_ends import rests


def quasipotential_barrier(
    landscape: Landscape,
    *,
    minimum: ArrayLike,
    saddle: ArrayLike,
    guess: Sequence[ArrayLike] | None = None,
) -> Theory:
    r"""Return the slope of log tau against beta for escape over a saddle of the drift.

        log tau ~ beta V,    V = inf int <p, dx>  over paths from minimum to saddle,
        H = <b, p> + <p, D p> = 0

    for dx = b dt + sqrt(2 D/beta) dW; D may be rank-deficient.  Where b = -(D + Q) grad Phi with
    Q grad Phi transverse, V = Phi_saddle - Phi_minimum.

    Parameters
    ----------
    landscape
        Any kind whose drift does not depend on beta; of a loss the barrier of its SDE (discrete
        SGD has another, `sgd_barrier`).
    minimum, saddle
        Fixed points of the drift: stable, and with exactly one unstable direction.
    guess
        As in `minimum_action_path`; the barrier is the action of its path.

    Returns
    -------
    Theory
        In units of Phi.  The truncation is the last change of the action as the path was refined;
        whether another path has less action only other guesses can show.

    Raises
    ------
    ValueError
        Points of another kind, or no path converged.

    References
    ----------
    M. I. Freidlin, A. D. Wentzell, Random Perturbations of Dynamical Systems (1998).

    Examples
    --------
    Beyond coupling = 4 the path of least action in Maier and Stein's drift leaves the axis,
    along which the barrier is 1/4:

    >>> from driftscape import landscapes
    >>> maier_stein = landscapes.maier_stein(coupling=6.67)
    >>> round(quasipotential_barrier(maier_stein, minimum=(-1, 0), saddle=(0, 0)).value, 5)
    0.21537
    """
    check_landscape(landscape)
    system, top = Hamiltonian.of(landscape), checked_point(landscape, saddle, "saddle")
    drift, rates = system.drift(top), np.linalg.eigvals(system.drift_slope(top)).real
    length = float(np.linalg.norm(top - checked_point(landscape, minimum, "minimum")))
    if not rests(system, top, length) or (rates > 0).sum() != 1:
        raise ValueError(
            f"saddle={top.tolist()} has drift {drift.round(6).tolist()} and rates "
            f"{rates.round(6).tolist()}; a saddle of the drift has zero drift and one positive "
            "rate.  For the action of any other point use minimum_action_path."
        )
    path = minimum_action_path(landscape, minimum, saddle, guess=guess)
    return Theory(
        path.action,
        truncation=path.error,
        regime="beta -> infinity, log tau/beta; least action near the guess",
        source="Freidlin-Wentzell",
        unit="of Phi",
    )
