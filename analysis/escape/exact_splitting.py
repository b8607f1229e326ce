"""Splitting probabilities on the line, exactly, by quadrature."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..estimate import Theory
from .exact_mfpt import READINGS, Line, integration_matrix

_NODES = 12
_MOST_PANELS = 1 << 15
_TOLERANCE = 1e-10


def exact_splitting(
    landscape: Any, *, beta: float, start: float, left: float, right: float, reading: str = "ito"
) -> Theory:
    r"""Return the probability that the SDE reaches `right` before `left` (the committor).

        dx = b dt + sqrt(2 D/beta) dW        (Ito reading)
        P = int_left^start exp(psi) dy / int_left^right exp(psi) dy,    psi = -beta int b/D

    In the Stratonovich and the isothermal reading b gains D'/(2 beta) and D'/beta.

    Parameters
    ----------
    landscape
        One coordinate; any kind that has a drift.
    beta
        Inverse temperature > 0.
    start
        Between the two ends.
    left, right
        The ends; exchanged they give 1 - P.
    reading
        "ito", "stratonovich" or "isothermal".

    Returns
    -------
    Theory
        The truncation is what doubling the panels changed.

    Raises
    ------
    ValueError
        More than one coordinate, ends that do not enclose the start, or D that vanishes in between.

    References
    ----------
    C. Gardiner, Handbook of Stochastic Methods (2004), section 5.2.8.

    Examples
    --------
    >>> from driftscape import landscapes
    >>> p = exact_splitting(landscapes.quartic_well(), beta=5, start=0.2, left=-1, right=1)
    >>> round(p.value, 4)
    0.6583
    """
    if landscape.dim != 1:
        raise ValueError(
            f"exact_splitting needs one coordinate; {landscape.name} has {landscape.dim}."
        )
    if not 0 < beta < np.inf:
        raise ValueError(f"beta={beta}; it must be a positive finite number.")
    if reading not in READINGS:
        raise ValueError(f"reading={reading!r}; known: {', '.join(map(repr, READINGS))}.")
    low, high = sorted((left, right))
    if not (np.isfinite([left, right]).all() and low <= start <= high and low < high):
        raise ValueError(
            f"start={start}, left={left}, right={right}; the start must lie between the ends."
        )
    if start in (left, right):
        return Theory(float(start == right), unit="of the trajectories")
    line = Line(landscape, beta, 1.0, reading)
    before, panels = np.inf, 64
    while panels <= _MOST_PANELS:
        share = _share(line, low, start, high, panels)
        now = share if left < right else 1 - share
        error = abs(now - before)
        if error <= _TOLERANCE:
            return Theory(now, error, "exact", "quadrature", unit="of the trajectories")
        before, panels = now, 2 * panels
    raise ValueError(
        f"the quadrature did not settle between {left} and {right} (last change {error:.3g}); "
        "is the drift discontinuous there?"
    )


def _share(line: Any, low: float, start: float, high: float, panels: int) -> float:
    """Return the part of int exp(psi) that lies below the start."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    edges = np.concatenate(
        [np.linspace(low, start, panels + 1)[:-1], np.linspace(start, high, panels + 1)]
    )
    half = np.diff(edges)[:, None] / 2
    slope, _ = line.rates(edges[:-1, None] + half * (nodes + 1))
    whole = np.concatenate([[0.0], np.cumsum((slope * weights * half).sum(1))])[:-1, None]
    psi = whole + half * (slope @ integration_matrix(nodes).T)
    mass = (np.exp(psi - psi.max()) * weights * half).sum(1)
    return float(mass[:panels].sum() / mass.sum())
