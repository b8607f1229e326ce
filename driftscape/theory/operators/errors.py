"""Errors and warnings of problems on a grid."""

import sys


class NoSteadyState(ValueError):
    """The dynamics has no steady state on this box, or more than one."""


class BoxTooSmall(ValueError):
    """The box cuts off more than a tail of the steady state."""


class IndefiniteDiffusion(ValueError):
    """D has a negative eigenvalue somewhere on the box: it is not a covariance."""


class NegativeMass(UserWarning):
    """Cells of negative mass: the grid is too coarse, or the noise too strongly correlated."""


class WellsUnseen(UserWarning):
    """The steady state may have parts that the search for a box did not find."""


class CoarseGrid(UserWarning):
    """The numerical diffusion of the grid is not small beside the noise."""


def callers() -> int:
    """Return the number of frames between the function that warns and the user's line."""
    frame, level = sys._getframe(1), 1
    while frame.f_back and frame.f_globals["__name__"].startswith((__package__, "functools")):
        frame, level = frame.f_back, level + 1
    return level
