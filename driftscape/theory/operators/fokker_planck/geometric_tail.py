"""The mass beyond the side of a box, from the decay of a marginal towards it."""

from __future__ import annotations

import numpy as np

from ....typing import Float

_LEAST = 0.5  # of the mass of the last cell, in which the decay may be steeper


def mass_beyond(masses: Float) -> float:
    """Return the mass beyond the first of a few cells, continued as a geometric series.

    Infinite where it does not decay.

    Examples
    --------
    >>> mass_beyond(np.array([1.0, 2.0, 4.0]))
    1.0
    >>> mass_beyond(np.array([1.0, 1.0, 1.0]))
    inf
    """
    first, last = abs(float(masses[0])), float(np.abs(masses).max())
    if last == 0:
        return 0.0
    ratio = (first / last) ** (1 / (len(masses) - 1))
    return first * max(ratio / (1 - ratio), _LEAST) if ratio < 1 else np.inf
