"""`transfer_operator`: the one-step kernel of SGD on a grid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ....landscapes import Landscape
from ....landscapes.box import BoxLike
from ....landscapes.checks import check_landscape
from ....simulate.dynamics import Dynamics
from ....typing import Float
from ....validate import check_limit, check_real
from ..arguments import ShapeLike, read_shape
from ..sides import SidesLike

if TYPE_CHECKING:
    from .operator import TransferOperator
    from .step_map import StepMap

_MOST_COORDINATES = 2

# along each axis, by dimension
_NODES = {1: 512, 2: 64}  # default
_NODES_OF_ATOMS = {1: 4096, 2: 96}  # default where no sample is continuous: nothing is smooth then
_FEWEST = 16
_STENCIL = {1: 8, 2: 6}  # nodes of the interpolation

_PANELS = {1: 64, 2: 8}  # of the scanned sample
_ENTRY_BYTES = 12.0  # of an entry of the sparse kernel
_ROW_ENTRIES = 2500  # of a row in two dimensions
_ANY_SAMPLE = 0.7  # a value of the samples at which the symmetry of a frame is checked


def transfer_operator(
    landscape: Landscape,
    sgd: Dynamics,
    *,
    box: BoxLike | None = None,
    shape: ShapeLike | None = None,
    sides: SidesLike = "open",
    frame: Mapping[str, float] | None = None,
    tail: float | None = None,
    max_bytes: float = 2e9,
) -> TransferOperator:
    r"""Discretise the one-step kernel of SGD on a grid.

        (K f)(theta) = E f(theta - (learning_rate/batch_size) sum_k grad l(theta; x_k))

    with the law of the samples itself, whatever its skewness or support: no SDE and no covariance
    enters.  f between nodes is interpolated by polynomials of degree 7 (5 in two dimensions), and
    the transpose of K moves masses.  `SGD.as_sde(order=1)` and `(order=2)` approximate this chain.

    Parameters
    ----------
    landscape
        1 or 2 coordinates (or one more, see `frame`), from a loss with samples or data, or any on
        which SGD draws Gaussian gradients.
    sgd
        `simulate.SGD` with fresh samples and one constant learning rate.

    Other Parameters
    ----------------
    box
        (low, high) for each coordinate, or coordinate -> (low, high) for some.  Intervals that are
        not given are found, see `tail`, from the start and the known minima on: a well that steps
        reach with less than `tail` is not found.
    shape
        Nodes along each axis, even; one number for all.  Default 512 (4096 for samples of finite
        support only), 64 x 64 (96 x 96).
    sides
        "open" (the default: the side lies in the tail) or "periodic" for all, or coordinate -> one
        of them.  The box of a periodic coordinate is one period, such as (-pi, pi); the law is
        then that of the coordinate modulo the period, expressions and targets must have the period,
        and `drift_velocity` gives the mean velocity of the coordinate.
    frame
        Coordinate -> value: eliminate a coordinate by a symmetry that shifts it, which the
        landscape states (`facts.symmetries`).  After each step the symmetry shifts it back to its
        value and transforms the others; expressions and targets name them in that frame.
    tail
        Mass of the stationary law beyond a box that is found; default 1e-12, or up to 1e-6 where
        the tails are so heavy that the box would be all tail.  A stationary step may leave the box
        with up to 1e-6; the effect on a mean is part of its truncation.
    max_bytes
        Memory that the matrix may take.

    Returns
    -------
    TransferOperator
        The chain on its grid; it prints grid, nodes of the samples and, once known, the mass
        beyond the box.

    Raises
    ------
    ValueError
        Another number of coordinates; an SDE, momentum, a schedule, a training set; a batch with
        too many combinations of samples; too many nodes for the memory.
    NoSteadyState
        (a ValueError) No box contains the chain: it diverges, or a coordinate rotates.

    Notes
    -----
    Weak orders are statements about a fixed time.  The stationary variance of a quadratic loss is
    eta/(2 - eta) for SGD, eta/2 for the SDE of order 1 and eta/(2 + eta) for that of order 2: equal
    at leading order only, and order 2 is no better; times of escape differ by factors.

    Examples
    --------
    The velocity of the screw per step, in a frame that rotates with it:

    >>> from driftscape import landscapes, simulate, theory
    >>> screw, sgd = landscapes.archimedes(), simulate.SGD(learning_rate=0.1)
    >>> op = theory.transfer_operator(screw, sgd, frame={"z": 0})
    >>> op.steady_state().dims
    ('v', 'u')
    >>> print(f"{op.drift_velocity('z').value:.6f}")
    0.001778
    """
    # scipy.linalg costs 0.2 s to import, and most programs never come here
    from ....landscapes.box import read_box
    from ..grid import Grid
    from .box_search import ACCEPTED_LOSS, find_box, first_ends
    from .chain import GridChain
    from .circle import check_circles, check_lines, read_circles
    from .dynamics import read_sgd
    from .operator import TransferOperator
    from .rule import Rule
    from .step_map import StepMap
    from .symmetry_frame import SymmetryFrame

    sgd = read_sgd(check_landscape(landscape), sgd)
    moving = SymmetryFrame.of(landscape, frame)
    dim = landscape.dim - (moving is not None)
    if not 1 <= dim <= _MOST_COORDINATES:
        raise ValueError(
            f"{landscape.name} has {landscape.dim} coordinates; the grid of a kernel covers "
            f"{_MOST_COORDINATES}.  Eliminate one by a symmetry (frame=), or use trajectories: "
            "simulate.run, simulate.first_passage."
        )
    if tail is not None:
        check_real("tail", tail, "a small mass, 0 < tail < 0.1", lambda mass: 0 < mass < 0.1)
    step = StepMap.of(landscape, sgd, moving)
    if moving is not None:
        moving.check(landscape, lambda states: _slopes_without_frame(step, states))
    rule = Rule.of(step, _PANELS[dim])
    cells = read_shape(
        step.names, shape, (_NODES_OF_ATOMS if rule.scanned is None else _NODES)[dim],
        fewest=_FEWEST, multiple=2,
        message="give an even number of nodes for each of {names}, at least "
        f"{_FEWEST} (a grid half as fine gives the error).",
    )  # fmt: skip
    _check_memory(cells, check_limit("max_bytes", max_bytes))
    periodic = read_circles(step.names, sides, box)
    begin = first_ends(step, box)
    check_circles(step, periodic, begin)
    check_lines(step, [name not in read_box(step.names, box) for name in step.names], begin)
    ends, tail = find_box(step, box, tail, periodic)
    grid = Grid(step.names, ends, cells, periodic)
    allowed = max(ACCEPTED_LOSS, 10 * tail)
    return TransferOperator(sgd, GridChain(step, grid, rule, _STENCIL[dim], allowed))


def _slopes_without_frame(step: StepMap, states: Float) -> Float:
    """Return the gradient at states of all coordinates, at one value of the samples."""
    from dataclasses import replace

    return replace(step, frame=None).slopes(states, [np.array(_ANY_SAMPLE)] * len(step.draws))


def _check_memory(cells: tuple[int, ...], max_bytes: float) -> None:
    """Refuse a grid whose kernel would not fit."""
    size = 1
    for n in cells:
        size *= n
    needed = _ENTRY_BYTES * size * (size if len(cells) == 1 else min(size, _ROW_ENTRIES))
    if needed > max_bytes:
        raise ValueError(
            f"shape={cells} needs about {needed / 1e9:.1f} GB, more than max_bytes = "
            f"{max_bytes / 1e9:.1f} GB; give fewer nodes, a smaller box=, or more memory."
        )
