"""`fokker_planck`: the generator of an SDE on a grid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .operator import FokkerPlanck

TAIL = 1e-8
CELLS = {1: 1024, 2: 256, 3: 32}

_MULTIPLE = 4  # three grids, each of half as many cells
_FEWEST = 16


def fokker_planck(
    landscape: Any,
    dynamics: Any = None,
    *,
    beta: float | None = None,
    box: Any = None,
    shape: Any = None,
    sides: Any = "open",
    tail: float = TAIL,
    max_bytes: float = 4e9,
) -> FokkerPlanck:
    r"""Put the law of an SDE on a grid: steady state, evolution, spectrum, currents, passages.

        d rho/dt = -div(b rho) + (1/beta) sum_ij d_i d_j (D_ij rho)

    with b the drift of the Ito equation that has the law of `dynamics`, and any D(x): of any
    rank, correlated, dependent on the state.  Finite volumes, second order; see `flux` for the
    scheme, `singular` for walls at which the noise dies.  Stationary numbers and decay rates of
    a smooth law with open sides in two or three dimensions come from Fourier collocation in
    coordinates of their own where that is more exact: a weak damping, strong correlations and
    noise of any rank do it no harm (linear equations: frictions of 1/50 and less, correlations of
    0.95 and more).  The mass is kept to rounding.  It is the limit dt -> 0: dt and scheme of
    `dynamics` do not matter.

    Parameters
    ----------
    landscape
        1 to 3 coordinates, of any kind.
    dynamics
        `Ito`, `Stratonovich`, `Isothermal` or `AType` with Gaussian noise; or leave it out and
        give `beta` for the Ito equation.
    box
        (low, high) for each coordinate, or coordinate -> (low, high) for some; what is not given
        is found, see `tail`: it begins at all places where there may be mass, wherever they are
        (`wells`), and grows.  Where these cannot be listed it begins at the start and the known
        minima, and warns with `WellsUnseen`.
    shape
        Cells along each axis, a multiple of 4; one number for all.  Default 1024, 256 x 256,
        32 x 32 x 32.
    sides
        One of "open", "reflecting", "absorbing", "periodic" for all; or coordinate -> one, or
        (low, high).  "open" (the default) is a box meant to hold the tails: nothing passes, and
        the mass beyond is estimated; "reflecting" a wall that is really there.
    tail
        Mass of the steady state beyond the open sides of a box that is found.
    max_bytes
        Memory that solving may take.

    Returns
    -------
    FokkerPlanck
        Prints grid, sides and tail mass.

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
        (a ValueError) No box holds it; or it has no density, see `reach`.

    Examples
    --------
    >>> from driftscape import landscapes, theory
    >>> fp = theory.fokker_planck(landscapes.double_well(rotation=1.5), beta=1, shape=128)
    >>> rho = fp.steady_state()
    >>> rho.dims, rho.shape
    (('x1', 'x2'), (128, 128))
    >>> print(f"{fp.expectation('x1**2').value:.4f}")
    1.0418
    """
    # scipy.sparse costs 0.2 s to import, and most programs never come here
    from ..grid import Grid
    from .coefficients import Coefficients, read_dynamics
    from .generator import Generator
    from .linear_solver import check_memory
    from .operator import FokkerPlanck
    from .search import found_box
    from .sides import check_periodic, read_sides

    dynamics = read_dynamics(dynamics, beta)
    coefficients = Coefficients.of(landscape, dynamics)
    if not any(landscape.diffusion.entries):
        raise ValueError(
            f"D of {landscape.name} is zero: there is no noise, and a density stays as sharp as it "
            "is.  Use simulate.GradientFlow."
        )
    pairs = read_sides(landscape.coordinates, sides)
    cells = _read_shape(landscape.coordinates, shape)
    check_memory(cells, None, max_bytes)
    if not 1e-13 <= tail < 0.1:
        raise ValueError(f"tail={tail}; give a small mass, 1e-13 at least, such as 1e-8.")
    ends, tail_mass, steepness, found = found_box(landscape, coefficients, pairs, box, tail)
    grid = Grid(landscape.coordinates, ends, cells, tuple(p[0] == "periodic" for p in pairs))
    check_periodic(grid, coefficients)
    generator = Generator.build(grid, coefficients, pairs, steepness)
    check_memory(cells, generator.reach, max_bytes)
    return FokkerPlanck(landscape, dynamics, generator, tail_mass, found)


def _read_shape(names: tuple[str, ...], given: Any) -> tuple[int, ...]:
    if isinstance(given, Mapping):
        if set(given) != set(names):
            raise ValueError(f"shape={given!r} must name each of {', '.join(names)}.")
        given = [given[name] for name in names]
    given = CELLS[len(names)] if given is None else given
    cells = [given] * len(names) if hasattr(given, "__index__") else list(given)
    valid = all(hasattr(n, "__index__") and not isinstance(n, bool) for n in cells)
    if len(cells) != len(names) or not valid or any(
        n < _FEWEST or n % _MULTIPLE for n in cells
    ):  # fmt: skip
        raise ValueError(
            f"shape={given!r}; give a whole number of cells for each of {', '.join(names)}, at "
            f"least {_FEWEST} and a multiple of {_MULTIPLE} (coarser grids give the error)."
        )
    shape = tuple(int(n) for n in cells)
    return shape
