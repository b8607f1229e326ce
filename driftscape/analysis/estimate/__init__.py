"""A measured number with its standard error, what it is made of, and its comparison.

estimate        `Estimate`: value, standard error, interval, `compare`
interval        `Interval`: Student's, corrected for skewness
contributions   `Contributions` of the trajectories to the error of an estimate
block           those of one noise, and how two estimates are paired
arithmetic      + - * / ** and NumPy's functions of estimates
functions       the derivatives of these functions
ufuncs          NumPy's functions of arrays of estimates
comparison      `Comparison`: the verdict on a prediction, or on a difference of two estimates
sources         covariances of many estimates, noise by noise
uncertain       covariances, and numbers of the package `uncertainties`
formatting      an estimate as text, HTML and LaTeX
"""

from .block import Block, Noise, Unpaired, noise_where
from .comparison import THRESHOLD, Comparison, Undecided
from .contributions import Contributions
from .estimate import Estimate
from .interval import Interval
from .uncertain import covariance, to_uncertainties

__all__ = [
    "THRESHOLD",
    "Block",
    "Comparison",
    "Contributions",
    "Estimate",
    "Interval",
    "Noise",
    "Undecided",
    "Unpaired",
    "covariance",
    "noise_where",
    "to_uncertainties",
]
