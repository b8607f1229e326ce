"""A box that holds the stationary law but for a stated tail.

The chain itself, on a coarse grid, says where it is.  In a steady state the probability that a step
ends beyond the box is the mass beyond the box: sides over which too much is lost move out, the
others in to where the marginal leaves out its share; until nothing moves.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ....typing import Float
from ..box import read_box
from ..errors import BoxTooSmall, NoSteadyState
from ..grid import Grid
from .chain import Chain
from .kernel import one_step_kernel
from .rule import FEWER, Rule
from .solve import leading

Ends = tuple[tuple[float, float], ...]

ACCEPTED = 1e-6  # lost by a stationary step over the sides of the box

TAILS = (1e-12, 1e-10, 1e-8, 1e-6)
"""Masses that a box may leave out, the first that will do."""

_MUCH = 3.0
_COARSE = {1: 192, 2: 40}
_PANELS = {1: 12, 2: 6}
_NODES = 4
_OUT = 0.5
_GONE = 1e-8
_STILL = 0.03  # relative to the width
_MOST_ROUNDS = 40
_WIDEST = 1e6


def find_box(
    chain: Chain, given: Any, tail: float | None, periodic: tuple[bool, ...]
) -> tuple[Ends, float]:
    """Return the box and the tail it leaves out; only the axes that are not given move.

    Without a `tail` it is the smallest of a few with which the box is not much wider than with the
    largest: heavy tails would take the nodes from where they are needed.

    Raises
    ------
    NoSteadyState
        It would have to grow for ever.
    """
    read = read_box(chain.names, given)
    fixed = {chain.names.index(name): ends for name, ends in read.items()}
    if len(fixed) == len(chain.names):
        return tuple(fixed[axis] for axis in range(len(fixed))), tail or TAILS[0]
    begin = first_ends(chain, given)
    if tail is not None:
        return _ends(_search(chain, fixed, begin, tail, periodic)), tail
    loose = _search(chain, fixed, begin, TAILS[-1], periodic)
    for tail in TAILS[:-1]:
        try:
            ends = _search(chain, fixed, loose, tail, periodic)
        except NoSteadyState:
            continue
        if (np.ptp(ends, axis=1) <= _MUCH * np.ptp(loose, axis=1)).all():
            return _ends(ends), tail
    return _ends(loose), TAILS[-1]


def _ends(ends: Float) -> Ends:
    return tuple((float(low), float(high)) for low, high in ends)


def _search(
    chain: Chain,
    fixed: dict[int, tuple[float, float]],
    ends: Float,
    tail: float,
    periodic: tuple[bool, ...],
) -> Float:
    """Return the box that leaves out `tail`, beginning with some box."""
    free = np.array([axis not in fixed for axis in range(len(ends))])
    first = np.ptp(ends, axis=1)
    share = tail / (2 * len(ends))
    rule = Rule.of(chain, _PANELS[len(ends)], FEWER)
    for _ in range(_MOST_ROUNDS):
        mass, beyond, shape = _coarse(chain, rule, ends, periodic)
        new = ends.copy()
        for axis in np.flatnonzero(free):
            marginal = mass.sum(axis=tuple(k for k in range(len(shape)) if k != axis))
            new[axis] = _moved(marginal, ends[axis], beyond[2 * axis : 2 * axis + 2], share)
        moved = (np.abs(new - ends) > _STILL * np.ptp(ends, axis=1)[:, None]).any(axis=1)
        if not moved.any():  # what a step loses was seen at these ends, not at the new ones
            return np.stack(
                [np.minimum(ends[:, 0], new[:, 0]), np.maximum(ends[:, 1], new[:, 1])], axis=1
            )
        ends = new
        if (np.ptp(ends, axis=1) > _WIDEST * first).any():
            break
    names = ", ".join(np.array(chain.names)[moved])
    raise NoSteadyState(
        f"no box along {names} holds the stationary law: the chain diverges or moves for ever, or "
        f"its tails are too heavy for tail={tail:g}.  Lower learning_rate="
        f"{chain.learning_rate:g}; make a coordinate that goes round periodic (sides= with its "
        "period as box=); or give box= (and a larger tail=): what leaves it is then counted as "
        "lost."
    )


def check_loss(chain: Chain, ends: Ends, value: float, beyond: Float, limit: float) -> None:
    """Refuse a box that a stationary step leaves with more than a negligible probability."""
    lost = 1 - value
    if lost <= limit:
        return
    axis, side = divmod(int(np.argmax(beyond)), 2)
    raise BoxTooSmall(
        f"a step leaves the box with probability {lost:.2g} in the steady state, most often "
        f"{'below' if side == 0 else 'above'} {chain.names[axis]} = {ends[axis][side]:.4g}, where "
        f"{limit:.0e} is allowed.  Leave box= away (it is found), give a wider one, or raise "
        "tail=.  If no box holds the chain, it diverges (lower the learning rate) or goes round "
        "(sides='periodic', with the period as box=)."
    )


def _coarse(
    chain: Chain, rule: Rule, ends: Float, periodic: tuple[bool, ...]
) -> tuple[Float, Float, tuple[int, ...]]:
    """Stationary masses on a coarse grid and what a step loses over each side."""
    shape = (_COARSE[len(ends)],) * len(ends)
    grid = Grid(chain.names, tuple(map(tuple, ends.tolist())), shape, periodic)
    kernel = one_step_kernel(chain, rule, grid, _NODES)
    nowhere = np.full(shape, 1 / grid.size), np.ones(2 * len(ends)), shape
    if not _remaining(kernel.matrix, 12).sum() > _GONE:
        return nowhere  # all of it has left: no law to look at yet
    try:
        _, mass = leading(kernel.matrix)
    except NoSteadyState:  # wells apart: the box must hold them all
        mass = _remaining(kernel.matrix, 500)
        if not mass.sum() > _GONE:
            return nowhere
    mass = np.abs(mass)
    mass /= mass.sum()
    return mass.reshape(shape), kernel.beyond @ mass, shape


def _remaining(matrix: Any, steps: int) -> Float:
    """Return what is left of equal masses after some steps."""
    mass = np.full(matrix.shape[0], 1 / matrix.shape[0])
    for _ in range(steps):
        mass = mass @ matrix
    return mass


def _moved(marginal: Float, ends: Float, beyond: Float, share: float) -> tuple[float, float]:
    """Move one axis's ends: out where more than the share is lost, else in to its quantile."""
    low, high = ends
    faces = np.linspace(low, high, len(marginal) + 1)
    places = []
    for masses, at in ((marginal, faces), (marginal[::-1], faces[::-1])):
        outside = int(np.searchsorted(np.cumsum(masses), share))  # cells that may go
        places.append(at[max(outside - 2, 0)])
    width = high - low
    low = low - _OUT * width if beyond[0] > 2 * share else places[0]
    high = high + _OUT * width if beyond[1] > 2 * share else places[1]
    return low, high


def first_ends(chain: Chain, given: Any) -> Float:
    """Start and known minima with a margin, and what is given; shape (axes, 2)."""
    landscape, known = chain.landscape, []
    for point in (landscape.start, *landscape.facts.minima):
        try:
            values = [landscape.parse(str(x)).subs(landscape.parameter_symbols) for x in point]
            known.append([float(values[k]) for k in chain.kept])
        except (TypeError, ValueError):
            continue  # a formula of something else than the parameters
    ends = np.stack([np.min(known, axis=0) - 1, np.max(known, axis=0) + 1], axis=1)
    for name, pair in read_box(chain.names, given).items():
        ends[chain.names.index(name)] = pair
    return ends
