"""Splitting probabilities in one dimension, exactly, by quadrature."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ....landscapes.landscape import Landscape
from ....validate import check_real
from ...theory import Theory
from .line import LineDiffusion
from .panels import NOTHING, Panels, Total, explored, log_sum, refuse_singular, settle


def splitting_probability(
    landscape: Landscape,
    *,
    beta: float,
    start: float,
    left: float,
    right: float,
    interpretation: str = "ito",
) -> Theory:
    r"""Return the probability that the SDE reaches `right` before `left` (the committor).

        dx = b dt + sqrt(2 D/beta) dW        (Ito interpretation)
        P = int_left^start exp(psi) dy / int_left^right exp(psi) dy,    psi = -beta int b/D

    In the Stratonovich and the isothermal interpretation b gains D'/(2 beta) and D'/beta.

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
    interpretation
        "ito", "stratonovich" or "isothermal".

    Returns
    -------
    Theory
        In [0, 1]; the truncation is the change when every panel was halved, and rounding.

    Raises
    ------
    ValueError
        More than one coordinate; ends that do not enclose the start; D that vanishes or a drift
        that diverges in between; a probability below the range of floating-point numbers, with its
        logarithm.

    References
    ----------
    C. Gardiner, Handbook of Stochastic Methods (2004), section 5.2.8.

    Examples
    --------
    >>> from driftscape import landscapes
    >>> p = splitting_probability(landscapes.quartic_well(), beta=5, start=0.2, left=-1, right=1)
    >>> round(p.value, 4)
    0.6583
    """
    start = check_real("start", start)
    left, right = check_real("left", left), check_real("right", right)
    low, high = sorted((left, right))
    if not low <= start <= high or low == high:
        raise ValueError(
            f"start={start}, left={left}, right={right}; the start must lie between the ends."
        )
    line = LineDiffusion(landscape, beta, 1.0, interpretation, "splitting_probability")
    if start in (left, right):
        return Theory(float(start == right), unit="of the trajectories")
    edges = np.union1d(line.edges(low, start), line.edges(start, high))
    panels = explored(line, edges, low)
    refuse_singular(line, panels, panels.singular)
    ends = tuple(end if line.walled(end) else None for end in (low, high))
    share = _Share(start, ends, right > left)
    probability, error = settle(line, panels, share, "the probability")
    return Theory(
        probability, error * probability, "exact", "quadrature", unit="of the trajectories"
    )


@dataclass(frozen=True)
class _Share:
    """Log of the share of int exp(psi) that lies below the start, or above it."""

    start: float
    walls: tuple[float | None, ...]
    below: bool

    def __call__(self, panels: Panels) -> Total:
        base, lower = panels.base(self.start), panels.left < self.start
        climb, _, error = panels.integrals(1, base)
        tails = [
            panels.beyond(1, base, wall, self.start) if wall is not None else NOTHING
            for wall in self.walls
        ]
        if all(tail.log == np.inf for tail in tails):
            raise ValueError(
                f"neither end is ever reached: at {self.walls[0]} and {self.walls[1]} the noise "
                "stops or the drift is infinite."
            )
        parts = [
            np.inf if tail.log == np.inf else float(log_sum(np.append(tail.log, climb[side])))
            for tail, side in zip(tails, (lower, ~lower), strict=True)
        ]
        own, other = parts if self.below else parts[::-1]
        if np.inf in parts:  # an end that is never reached
            return Total(0.0 if own == np.inf else -np.inf, np.zeros(len(panels)))
        whole = np.logaddexp(own, other)
        # an error of psi moves all that lies farther from the start on its side
        outer = np.logaddexp.accumulate(np.where(lower, climb, -np.inf))
        upper = np.logaddexp.accumulate(np.where(lower, -np.inf, climb)[::-1])[::-1]
        outer, side = np.where(lower, outer, upper), np.where(lower, *parts)
        errors = error * np.exp(climb - side) + panels.doubt * np.exp(outer - side)
        weight = float(np.exp(other - whole))  # d log P = (1 - P) (d log own - d log other)
        beyond = sum(
            tail.doubt * np.exp(tail.log - part) for tail, part in zip(tails, parts, strict=True)
        )
        return Total(float(own - whole), errors * weight, float(beyond) * weight)
