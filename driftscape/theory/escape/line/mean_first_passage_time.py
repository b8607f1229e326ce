"""Mean first-passage times on the line, exactly, by quadrature."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...theory import Theory
from .passage import Passage, settled_time


def mean_first_passage_time(
    landscape: Any, *, beta: float, start: float, target: float, interpretation: str = "ito"
) -> Theory:
    r"""Return the mean time of the SDE's first passage from `start` to `target` in one dimension.

        dx = b dt + sqrt(2 D/beta) dW        (Ito interpretation)
        tau = int_start^target dy exp(psi(y)) int_end^y dz beta exp(-psi(z))/D(z),
        psi = -beta int b/D

    for target > start, and its mirror image otherwise; in the Stratonovich and the isothermal
    interpretation b gains D'/(2 beta) and D'/beta.  The end is -oo, or the first point below the
    start where D vanishes or the drift is infinite, if the process does not pass it: either it
    never gets there or the drift there leads back, which reflects it.

    Parameters
    ----------
    landscape
        One coordinate; any kind that has a drift.
    beta
        Inverse temperature > 0.
    start, target
        Two points; the passage is through `target`.
    interpretation
        "ito", "stratonovich" or "isothermal".

    Returns
    -------
    Theory
        In units of time; the truncation is what halving every panel changed, with rounding and
        what is not known of the tails.  Wells beyond the start count if they are at least a
        hundredth as wide as far, out to a hundred times the distance at which psi has risen by 80.

    Raises
    ------
    ValueError
        More than one coordinate; D that vanishes or a drift that diverges on the way; a process
        that is not held beyond the start or may stop at a wall there, or never gets to the target,
        so that the mean is infinite; a mean beyond the range of floating-point numbers, with its
        logarithm.

    References
    ----------
    C. Gardiner, Handbook of Stochastic Methods (2004), section 5.2.7; for the walls S. Karlin, H.
    M. Taylor, A Second Course in Stochastic Processes (1981), section 15.6.

    Examples
    --------
    >>> from driftscape import landscapes
    >>> tau = mean_first_passage_time(landscapes.quartic_well(), beta=10, start=-1, target=0)
    >>> round(tau.value, 3)
    30.821
    """
    if not (np.isfinite([start, target]).all() and start != target):
        raise ValueError(f"start={start}, target={target}; give two different finite points.")
    passage = Passage.between(
        landscape, beta, start, target, interpretation, "mean_first_passage_time"
    )
    time, error = settled_time(passage)
    return Theory(time, truncation=error * time, regime="exact", unit="of time")
