"""Mean-square stability of a step near the minima: do squared distances shrink on average?

moments   mean and covariance of one step, at any size of the step
rules     quadrature over the noise of a step
settle    points where the noiseless drift comes to rest
growth    factor of the second moment in a step; the largest stable step
"""

from .growth import bounded, growth, growths, largest_stable
from .moments import Moments
from .settle import resting_points

__all__ = ["Moments", "bounded", "growth", "growths", "largest_stable", "resting_points"]
