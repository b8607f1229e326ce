"""What can be wrong with a problem on a grid, by name."""

import sys


class NoSteadyState(ValueError):
    """The dynamics has no steady state on this box, or more than one."""


class BoxTooSmall(ValueError):
    """The box cuts off a share of the steady state that is not a tail."""


class IndefiniteDiffusion(ValueError):
    """D has a negative eigenvalue somewhere on the box: no noise has this covariance."""


class NegativeMass(UserWarning):
    """Cells of negative mass: the grid is too coarse, or the noise too strongly correlated."""


class WellsUnseen(UserWarning):
    """The steady state may have parts that the search for a box has not seen."""


class CoarseGrid(UserWarning):
    """The numerical diffusion of the grid is no small part of the noise."""


def callers() -> int:
    """Return how many frames above the function that warns the user's own line is."""
    frame, level = sys._getframe(1), 1
    while frame.f_back and frame.f_globals["__name__"].startswith((__package__, "functools")):
        frame, level = frame.f_back, level + 1
    return level
