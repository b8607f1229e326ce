"""The kinds of landscape, one file each: a loss, a finite data set, a potential, a drift.

loss          a loss over samples of a probability law
data, rows    a loss over the rows of a finite data set
potential     a potential with diffusion and circulation
drift         a drift with diffusion
noise_factor  a factor B of the diffusion matrix, D = B B^T

Importing a kind registers it with `Landscape`.
"""

from . import data, drift, loss, potential

__all__ = ["data", "drift", "loss", "potential"]
