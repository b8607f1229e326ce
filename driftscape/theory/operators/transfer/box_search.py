"""Search for a box outside of which a stated tail of the stationary law lies, on coarse grids.

In a steady state the probability that a step ends beyond the box is the mass beyond the box.  Sides
over which too much is lost move outward; the others move inward to where the marginal leaves out
its share; this is repeated until no side moves.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from ....landscapes.box import BoxLike, read_box
from ....typing import Float
from ..errors import BoxTooSmall, NoSteadyState
from ..grid import Grid, Matrix
from ..known_points import as_numbers
from .kernel import one_step_kernel
from .rule import FEWER, Rule
from .solvers import leading
from .step_map import StepMap

#: (low, high) of each axis
Ends: TypeAlias = tuple[tuple[float, float], ...]

ACCEPTED_LOSS = 1e-6
"""Largest accepted probability that a stationary step leaves the box."""

TAILS = (1e-12, 1e-10, 1e-8, 1e-6)
"""Masses that a box may leave out; the smallest with a box that is not too wide is taken."""

_TOO_WIDE = 3.0  # width over that of the box with the largest tail
_CELLS = {1: 192, 2: 40}  # along each axis of the coarse grid, by dimension
_PANELS = {1: 12, 2: 6}  # of the scanned sample, by dimension
_STENCIL = 4  # nodes of the interpolation
_OUTWARD = 0.5  # of the width: move of a side over which too much is lost
_EMPTY = 1e-8  # mass below which there is no law on the box
_UNMOVED = 0.03  # of the width: smaller moves of the sides end the search
_MOST_ROUNDS = 40
_WIDEST = 1e6  # times the first width: a wider box means that there is no end


def find_box(
    step: StepMap, given: BoxLike | None, tail: float | None, periodic: tuple[bool, ...]
) -> tuple[Ends, float]:
    """Return the box and the tail it leaves out; only the axes that are not given move.

    Without a `tail` it is the smallest of a few with which the box is not much wider than with the
    largest: heavy tails would leave too few nodes at the centre.

    Raises
    ------
    NoSteadyState
        It would have to grow for ever.
    """
    read = read_box(step.names, given)
    fixed = {step.names.index(name): ends for name, ends in read.items()}
    if len(fixed) == len(step.names):
        return tuple(fixed[axis] for axis in range(len(fixed))), tail or TAILS[0]
    begin = first_ends(step, given)
    if tail is not None:
        return _ends(_search(step, fixed, begin, tail, periodic)), tail
    loose = _search(step, fixed, begin, TAILS[-1], periodic)
    for tail in TAILS[:-1]:
        try:
            ends = _search(step, fixed, loose, tail, periodic)
        except NoSteadyState:
            continue
        if (np.ptp(ends, axis=1) <= _TOO_WIDE * np.ptp(loose, axis=1)).all():
            return _ends(ends), tail
    return _ends(loose), TAILS[-1]


def _ends(ends: Float) -> Ends:
    return tuple((float(low), float(high)) for low, high in ends)


def _search(
    step: StepMap,
    fixed: dict[int, tuple[float, float]],
    ends: Float,
    tail: float,
    periodic: tuple[bool, ...],
) -> Float:
    """Return the box that leaves out `tail`, beginning with some box."""
    free = np.array([axis not in fixed for axis in range(len(ends))])
    first = np.ptp(ends, axis=1)
    share = tail / (2 * len(ends))
    rule = Rule.of(step, _PANELS[len(ends)], FEWER)
    for _ in range(_MOST_ROUNDS):
        mass, beyond, shape = _coarse(step, rule, ends, periodic)
        new = ends.copy()
        for axis in np.flatnonzero(free):
            marginal = mass.sum(axis=tuple(k for k in range(len(shape)) if k != axis))
            new[axis] = _moved(marginal, ends[axis], beyond[2 * axis : 2 * axis + 2], share)
        moved = (np.abs(new - ends) > _UNMOVED * np.ptp(ends, axis=1)[:, None]).any(axis=1)
        if not moved.any():  # the loss of a step is known at these ends, not at the new ones
            return np.stack(
                [np.minimum(ends[:, 0], new[:, 0]), np.maximum(ends[:, 1], new[:, 1])], axis=1
            )
        ends = new
        if (np.ptp(ends, axis=1) > _WIDEST * first).any():
            break
    names = ", ".join(np.array(step.names)[moved])
    raise NoSteadyState(
        f"no box along {names} contains the stationary law: the chain diverges or moves for ever, "
        f"or its tails are too heavy for tail={tail:g}.  Lower learning_rate="
        f"{step.learning_rate:g}; make a coordinate that rotates periodic (sides= with its "
        "period as box=); or give box= (and a larger tail=): steps that leave it are then counted "
        "as lost."
    )


def check_loss(step: StepMap, ends: Ends, value: float, beyond: Float, limit: float) -> None:
    """Refuse a box that a stationary step leaves with more than a negligible probability."""
    lost = 1 - value
    if lost <= limit:
        return
    axis, side = divmod(int(np.argmax(beyond)), 2)
    raise BoxTooSmall(
        f"a step leaves the box with probability {lost:.2g} in the steady state, most often "
        f"{'below' if side == 0 else 'above'} {step.names[axis]} = {ends[axis][side]:.4g}, where "
        f"{limit:.0e} is allowed.  Leave box= away (it is found), give a wider one, or raise "
        "tail=.  If no box contains the chain, it diverges (lower the learning rate) or "
        "rotates (sides='periodic', with the period as box=)."
    )


def _coarse(
    step: StepMap, rule: Rule, ends: Float, periodic: tuple[bool, ...]
) -> tuple[Float, Float, tuple[int, ...]]:
    """Return stationary masses on a coarse grid, and the loss of a step over each side."""
    shape = (_CELLS[len(ends)],) * len(ends)
    grid = Grid(step.names, tuple(map(tuple, ends.tolist())), shape, periodic)
    kernel = one_step_kernel(step, rule, grid, _STENCIL)
    nowhere = np.full(shape, 1 / grid.size), np.ones(2 * len(ends)), shape
    if not _remaining(kernel.matrix, 12).sum() > _EMPTY:
        return nowhere  # all mass has left: there is no law on this box yet
    try:
        _, mass = leading(kernel.matrix)
    except NoSteadyState:  # separate wells: the box must contain them all
        mass = _remaining(kernel.matrix, 500)
        if not mass.sum() > _EMPTY:
            return nowhere
    mass = np.abs(mass)
    mass /= mass.sum()
    return mass.reshape(shape), kernel.beyond @ mass, shape


def _remaining(matrix: Matrix, steps: int) -> Float:
    """Return the masses that remain of equal masses after some steps."""
    mass = np.full(matrix.shape[0], 1 / matrix.shape[0])
    for _ in range(steps):
        mass = mass @ matrix
    return mass


def _moved(marginal: Float, ends: Float, beyond: Float, share: float) -> tuple[float, float]:
    """Move one axis's ends: out where more than the share is lost, else in to its quantile."""
    low, high = ends
    faces = np.linspace(low, high, len(marginal) + 1)
    positions = []
    for masses, at in ((marginal, faces), (marginal[::-1], faces[::-1])):
        outside = int(np.searchsorted(np.cumsum(masses), share))  # cells that may go
        positions.append(at[max(outside - 2, 0)])
    width = high - low
    low = low - _OUTWARD * width if beyond[0] > 2 * share else positions[0]
    high = high + _OUTWARD * width if beyond[1] > 2 * share else positions[1]
    return low, high


def first_ends(step: StepMap, given: BoxLike | None) -> Float:
    """Return start and known minima with a margin, or the given intervals; shape (axes, 2)."""
    landscape = step.landscape
    known = as_numbers(landscape, (landscape.start, *landscape.facts.minima), step.kept)
    ends = np.stack([np.min(known, axis=0) - 1, np.max(known, axis=0) + 1], axis=1)
    for name, pair in read_box(step.names, given).items():
        ends[step.names.index(name)] = pair
    return ends
