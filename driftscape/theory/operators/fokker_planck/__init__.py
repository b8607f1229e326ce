"""The Fokker-Planck equation of an SDE on a grid, in 1 to 3 dimensions.

build          `fokker_planck`, the way in
operator       `FokkerPlanck`: the object, with its methods
passage, flow  its methods on targets, and on currents
coefficients   drift and D of a dynamics, and which have none
grid, sides    cells; what happens at the sides of the box
search         the box of a problem, by the two ways that follow
box, tails     on coarse grids, with a stated tail
settling       or by collocation, for smooth laws on the whole plane or space
spectral       their stationary numbers
frame          coordinates in which such a law is round
collocation    the steady state in these
attraction     whether it is all there is
reach          whether there is a density at all
flux, cross    the scheme: what flows through a face
singular       the same beside a wall at which the noise dies
generator      the matrix that these fluxes make
region         predicates that absorb, with boundaries between the cells
ghosts         cross terms beside a region
linear_solver  sparse LU in nested-dissection order
steady, spectrum, evolution, current   what is computed with it
circulation    where the current goes round: its centre, flux and ridge
stream         the stream function of a current in the plane
density        what a density may be given as
refinement     three grids, order two removed, and the error
errors         what can be wrong
"""

from ..errors import (
    BoxTooSmall,
    CoarseGrid,
    IndefiniteDiffusion,
    NegativeMass,
    NoSteadyState,
    WellsUnseen,
)
from .build import fokker_planck

__all__ = [
    "BoxTooSmall",
    "CoarseGrid",
    "IndefiniteDiffusion",
    "NegativeMass",
    "NoSteadyState",
    "WellsUnseen",
    "fokker_planck",
]
