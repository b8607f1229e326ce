"""`fokker_planck`: the generator of an SDE on a grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....landscapes import Landscape
from ....landscapes.box import BoxLike
from ....simulate.dynamics import Dynamics
from ....validate import check_limit, check_real
from ..arguments import ShapeLike, read_shape
from ..sides import SidesLike

if TYPE_CHECKING:
    from .operator import FokkerPlanck

_TAIL = 1e-8  # default mass beyond the open sides
_CELLS = {1: 1024, 2: 256, 3: 32}  # default cells along each axis, by dimension
_MULTIPLE = 4  # three grids, each of half as many cells
_FEWEST = 16  # cells along an axis


def fokker_planck(
    landscape: Landscape,
    dynamics: Dynamics | None = None,
    *,
    beta: float | None = None,
    box: BoxLike | None = None,
    shape: ShapeLike | None = None,
    sides: SidesLike = "open",
    tail: float = _TAIL,
    max_bytes: float = 4e9,
) -> FokkerPlanck:
    r"""Discretise the Fokker-Planck equation of an SDE on a grid.

        d rho/dt = -div(b rho) + (1/beta) sum_ij d_i d_j (D_ij rho)

    with b the drift of the Ito equation that is equivalent to `dynamics`, and any D(x): of any
    rank, correlated, dependent on the state.  The scheme is of finite volumes and second order
    and conserves mass to rounding.  Stationary numbers and decay rates of a smooth steady state
    with open sides in two or three dimensions come from Fourier collocation in coordinates of
    their own where that is more exact: weak damping, strong correlations and noise of any rank
    do not reduce its accuracy (linear equations: frictions of 1/50 and less, correlations of 0.95
    and more).  The equation is the limit dt -> 0: dt and scheme of `dynamics` do not matter.

    Parameters
    ----------
    landscape
        A landscape of any kind, with 1 to 3 coordinates.
    dynamics
        `Ito`, `Stratonovich`, `Isothermal` or `AType` with Gaussian noise; or leave it out and
        give `beta` for the Ito equation.
    beta
        Inverse temperature, in the place of `dynamics`.

    Other Parameters
    ----------------
    box
        (low, high) for each coordinate, or coordinate -> (low, high) for some.  Intervals that are
        not given are found, see `tail`: the search begins at all positions where the density may
        have a maximum and grows from there.  Where these cannot be listed it begins at the start
        and the known minima, and warns with `WellsUnseen`.
    shape
        Cells along each axis, a multiple of 4; one number for all.  Default 1024, 256 x 256,
        32 x 32 x 32.
    sides
        One of "open", "reflecting", "absorbing", "periodic" for all; or coordinate -> one, or
        (low, high).  An "open" side (the default) lies in the tail of the density: nothing passes,
        and the mass beyond is estimated.  A "reflecting" side is a physical wall.
    tail
        Mass of the steady state beyond the open sides of a box that is found.
    max_bytes
        Memory that the solution may take.

    Returns
    -------
    FokkerPlanck
        The equation on its grid; it prints grid, sides and tail mass.

    Raises
    ------
    ValueError
        More than 3 coordinates; a dynamics that is no diffusion (discrete, with momentum, with
        jumps); no noise at all; too many cells for the memory.
    IndefiniteDiffusion
        (a ValueError) D is not positive semidefinite on the whole box.
    BoxTooSmall
        (a ValueError) A given box leaves out more than 1e-4 (or `tail`) of the steady state.
    NoSteadyState
        (a ValueError) No box contains the steady state; or it has no density.

    Examples
    --------
    >>> from driftscape import landscapes, theory
    >>> fp = theory.fokker_planck(landscapes.double_well(rotation=1.5), beta=1, shape=128)
    >>> rho = fp.steady_state()
    >>> rho.dims, rho.shape
    (('x2', 'x1'), (128, 128))
    >>> print(f"{fp.expectation('x1**2').value:.4f}")
    1.0418
    """
    # scipy.sparse costs 0.2 s to import, and most programs never come here
    from ..grid import Grid
    from ..sides import read_sides
    from .choose_box import choose_box
    from .coefficients import Coefficients, check_periodic, read_dynamics
    from .equation import GridEquation
    from .generator import Generator
    from .linear_solver import check_memory
    from .operator import FokkerPlanck

    sde = read_dynamics(landscape, dynamics, beta)
    coefficients = Coefficients.of(landscape, sde)
    if not any(landscape.diffusion.entries):
        raise ValueError(
            f"D of {landscape.name} is zero: without noise a density does not spread.  Use "
            "simulate.GradientFlow."
        )
    pairs = read_sides(landscape.coordinates, sides)
    cells = read_shape(
        landscape.coordinates, shape, _CELLS[landscape.dim], fewest=_FEWEST, multiple=_MULTIPLE,
        message="give a whole number of cells for each of {names}, at least "
        f"{_FEWEST} and a multiple of {_MULTIPLE} (coarser grids give the error).",
    )  # fmt: skip
    check_memory(cells, None, check_limit("max_bytes", max_bytes))
    tail = check_real("tail", tail, "a small mass from 1e-13 to 0.1", lambda m: 1e-13 <= m < 0.1)
    ends, tail_mass, steepness, found = choose_box(landscape, coefficients, pairs, box, tail)
    grid = Grid(landscape.coordinates, ends, cells, tuple(p[0] == "periodic" for p in pairs))
    check_periodic(grid, coefficients)
    generator = Generator.build(grid, coefficients, pairs, steepness)
    check_memory(cells, generator.reach, max_bytes)
    equation = GridEquation(landscape, generator, tail_mass, found)
    return FokkerPlanck(sde, equation)
