"""Search for a box outside of which a stated tail of the steady state lies, on coarse grids.

Neither a potential nor an ensemble is needed: the generator on a coarse grid shows where the steady
state is.  The search begins on a box around all positions where the density may have a maximum
(`theory.wells`), with walls.  The mass beyond each open side is estimated from the marginal,
continued as the exponential of its last two cells; the side moves to where its share of the tail
mass is left out; this is repeated until no side moves.  Where the maxima are too many to be listed,
the search begins at the start and the known minima, and a warning says that wells elsewhere are not
found.

A drift that grows fast where there is no mass (a current J exp(beta Phi)) mixes a coarse grid there
more than the noise does, and numerical mass pushes the sides outward for ever.  A search that ends
with negative mass is therefore repeated in small steps, on a finer grid with the scheme without
numerical diffusion, and the box that leaves out least is taken.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from ....landscapes import Landscape
from ....landscapes.box import BoxLike, read_box
from ....typing import Bools, Float
from ...wells import Wells, wells
from ..errors import BoxTooSmall, NegativeMass, NoSteadyState, WellsUnseen, callers
from ..grid import Grid
from ..known_points import as_numbers, known_points
from ..sides import Pair
from .coefficients import Coefficients
from .flux import steepness_of
from .generator import Generator
from .hypoellipticity import check_density
from .steady import settle, shifted_factors

_CELLS = {1: 256, 2: 64, 3: 14}  # along each axis of the first grids, by dimension
_MOST_CELLS = {1: 1024, 2: 96, 3: 20}  # the same after some refinements
_ROUNDS_PER_GRID = 15  # rounds after which the cells are doubled
_UNMOVED = 0.02  # of the width: smaller moves of a side end the search
_RETREAT = 0.05  # of the width, by which a side stays outside the last position that cut mass
_OUTWARD = np.array([-1.0, 1.0])  # sign of an outward move of the low and the high side
_MOST_ROUNDS = 40
_WIDEST = 1e3  # times the first width: a wider box means that there is no end
_UNSOUND = 0.02  # negative mass above which the coarse grid is not believed
_CAREFUL_CELLS = {1: 1024, 2: 128, 3: 24}  # along each axis in the careful search
_CAREFUL_ROUNDS = 16
_CAREFUL_MARGIN = 0.4  # units of length around the wells at its beginning
_STEP = 0.1  # of the width: largest outward move of a side in one round
_LEAP = 0.3  # the same where the density rises towards the side
_PILE = 0.1  # of the tail share: mass at a wall below which it is the wall's own layer


ACCEPTED_TAIL = 1e-4
"""Largest accepted mass beyond the sides of a box that was given."""

#: (low, high) of each axis
Box: TypeAlias = tuple[tuple[float, float], ...]


def search_box(
    landscape: Landscape,
    coefficients: Coefficients,
    sides: tuple[Pair, ...],
    given: BoxLike | None,
    tail: float,
) -> tuple[Box, float, tuple[float, ...] | None]:
    """Return the box, the mass of the steady state beyond its open sides, and its steepness.

    Raises
    ------
    BoxTooSmall
        More than `tail` (and than 1e-4) lies beyond the sides of a box that was given.
    NoSteadyState
        The box would have to grow for ever, or there is no density (`hypoellipticity`).
    """
    fixed = _read(landscape, sides, given)
    free = np.array([
        [axis not in fixed and side == "open" for side in pair] for axis, pair in enumerate(sides)
    ])  # fmt: skip
    looked = np.array([[side == "open" for side in pair] for pair in sides])
    if any("absorbing" in pair for pair in sides):
        looked[:] = False  # there is no steady state: all mass leaves in the end
        if free.any():
            names = [n for k, n in enumerate(landscape.coordinates) if free[k].any()]
            raise ValueError(
                f"with absorbing sides there is no steady state that shows a box; give box= for "
                f"{', '.join(names)}."
            )
        return _pairs(_begin(landscape, fixed, None)), 0.0, None
    found = None
    if free.any():
        found = wells(landscape, coefficients.ito_drift, coefficients.beta, box=fixed, tail=tail)
    ends = _begin(landscape, fixed, found)
    if looked.any():
        check_density(landscape, coefficients, as_numbers(landscape, landscape.facts.minima))
    first, steep = np.ptp(ends, axis=1), None
    cells, least = _CELLS[landscape.dim], np.full_like(ends, -np.inf)
    for turn in range(1, _MOST_ROUNDS + 1):
        if (
            turn % _ROUNDS_PER_GRID == 0
        ):  # too coarse for a narrow part, or numerical noise widens it
            cells = min(2 * cells, _MOST_CELLS[landscape.dim])
        width = np.ptp(ends, axis=1)[:, None]
        marginals, steep, negative = _coarse_state(coefficients, sides, ends, cells, steep)
        new, beyond = _moved_ends(marginals, ends, free, tail / max(int(looked.sum()), 1))
        # outward coordinates: both sides of an axis grow upward
        before, after = ends * _OUTWARD, new * _OUTWARD
        growing = after - before > 0.9 * _STEP * width
        # a side that was too near does not return: walls have boundary layers
        least = np.where(growing, np.maximum(least, before + _RETREAT * width), least)
        after = np.maximum(after, least)
        if growing.any():
            after = np.maximum(after, before)  # nothing shrinks meanwhile
        moved = np.abs(after - before) > _UNMOVED * width
        ends = after * _OUTWARD
        if not moved.any():
            given_up = np.where(looked & ~free, beyond, 0.0)
            if given_up.sum() > max(tail, ACCEPTED_TAIL):
                raise BoxTooSmall(too_small(landscape.coordinates, ends, given_up))
            if found is not None and not found.complete:
                warnings.warn(
                    f"{landscape.name} may have wells that the search for a box does not find: "
                    "its stationary points are too many, or no bounds on them are known.  The "
                    "search began near its start; give box= if there are wells elsewhere.",
                    WellsUnseen,
                    stacklevel=callers(),
                )
            if free.any() and negative > _UNSOUND:
                again = _carefully(landscape, coefficients, sides, fixed, free, tail, found)
                if again is not None:
                    return again
                warnings.warn(
                    f"the coarse grid on which the box was found has a negative mass of "
                    f"{negative:.2g}: the box may be far too wide.  Check it, and give box=.",
                    NegativeMass,
                    stacklevel=callers(),
                )
            return _pairs(ends), float(beyond[looked].sum()), steep
        endless = np.ptp(ends, axis=1) > _WIDEST * first
        if endless.any():
            moved &= endless[:, None]
            break
    unended = ", ".join(np.array(landscape.coordinates)[moved.any(axis=1)])
    raise NoSteadyState(
        f"the steady state has no end along {unended}: it spreads or moves for ever, or its tails "
        f"are power laws.  Make it periodic (sides= with its period as box=), give walls (box= and "
        f"sides='reflecting'), or for powers a larger tail= than {tail:g} or less noise."
    )


def _carefully(
    landscape: Landscape, coefficients: Coefficients, sides: tuple[Pair, ...],
    fixed: dict[int, tuple[float, float]], free: Bools, tail: float, found: Wells | None,
) -> tuple[Box, float, tuple[float, ...]] | None:  # fmt: skip
    """Search in small steps on a finer grid; None where that is unsound as well."""
    ends = _begin(landscape, fixed, found, _CAREFUL_MARGIN)
    best = (np.inf, ends)
    steep = (np.inf,) * len(ends)  # the scheme that blurs nothing
    for _ in range(_CAREFUL_ROUNDS):
        marginals, _, negative = _coarse_state(
            coefficients, sides, ends, _CAREFUL_CELLS[landscape.dim], steep
        )
        edges = np.array([[m[0], m[-1]] for m in marginals])
        left_out = float(edges[free].sum()) + negative
        best = min(best, (left_out, ends), key=lambda found: found[0])
        if left_out < 10 * tail:
            break
        new, _ = _moved_ends(marginals, ends, free, tail / int(free.sum()), leap=_STEP)
        if np.allclose(new, ends):
            break
        ends = new
    left_out, ends = best
    return (_pairs(ends), left_out, steep) if left_out < ACCEPTED_TAIL else None


def _pairs(ends: Float) -> Box:
    return tuple((float(low), float(high)) for low, high in ends)


def _read(
    landscape: Landscape, sides: tuple[Pair, ...], given: BoxLike | None
) -> dict[int, tuple[float, float]]:
    """Return axis -> (low, high) of the given intervals; refuse walls without one."""
    names = landscape.coordinates
    read = read_box(names, given)
    for name, pair in zip(names, sides, strict=True):
        if name not in read and pair != ("open", "open"):
            raise ValueError(
                f"{name} has the sides {pair}; give their positions, box={{{name!r}: (low, high)}}."
            )
    return {names.index(name): ends for name, ends in read.items()}


def _begin(
    landscape: Landscape,
    fixed: dict[int, tuple[float, float]],
    found: Wells | None,
    margin: float = 1.0,
) -> Float:
    """Return the first ends, shape (axes, 2): those given, or all wells with a margin.

    Where the wells are not all known, start, minima and fixed points take their place.
    """
    known = found is not None and found.complete and len(found.low) > 0
    if found is not None and known:
        low, high = found.low, found.high
        margin = 0.0 if found.whole else margin
    else:
        low = high = np.array(known_points(landscape))
    ends = np.stack([np.min(low, axis=0) - margin, np.max(high, axis=0) + margin], axis=1)
    for name, (first, last) in (landscape.domain or {}).items():
        axis = landscape.coordinates.index(name)
        ends[axis] = np.clip(ends[axis], first, last)
        if known:  # wells count also outside the domain
            ends[axis] = (
                min(ends[axis, 0], low[:, axis].min()),
                max(ends[axis, 1], high[:, axis].max()),
            )
    for axis, pair in fixed.items():
        ends[axis] = pair
    return ends


def too_small(names: Sequence[str], ends: Float, beyond: Float) -> str:
    """Return the message about a box with the masses `beyond` its sides, shape (axes, 2)."""
    axis, side = np.unravel_index(int(np.argmax(beyond)), beyond.shape)
    lost = "most" if beyond.sum() > 0.5 else f"about {beyond.sum():.2g}"
    return (
        f"the box leaves out {lost} of the steady state, mainly {'above' if side else 'below'} "
        f"{names[int(axis)]} = {ends[axis, side]:.4g}.  Leave box= away (it is found), give a "
        "wider one, or set sides='reflecting' if the walls are real."
    )


def _coarse_state(
    coefficients: Coefficients,
    sides: tuple[Pair, ...],
    ends: Float,
    cells: int,
    steepness: tuple[float, ...] | None,
) -> tuple[list[Float], tuple[float, ...], float]:
    """Return the marginals of a coarse steady state, its steepness, and its negative mass."""
    names = tuple(str(s) for s in coefficients.ito_drift.symbols)
    periodic = tuple(pair[0] == "periodic" for pair in sides)
    shape = (cells,) * len(ends)
    grid = Grid(names, tuple((low, high) for low, high in ends.tolist()), shape, periodic)
    # on such a coarse grid the fitted scheme, with its numerical diffusion, is safer for longer
    cautious = tuple(s / 4 for s in steepness) if steepness else None
    generator = Generator.build(grid, coefficients, sides, cautious)
    # from one start only: where parts hardly exchange mass the box must contain all of them
    signed = settle(shifted_factors(generator)[0], np.ones(grid.size))
    mass = np.abs(signed) / np.abs(signed).sum()
    negative = float(mass[signed < 0].sum())
    steep = steepness_of(coefficients, grid.points, mass)
    mass, axes = mass.reshape(shape), range(len(ends))
    return [mass.sum(axis=tuple(k for k in axes if k != axis)) for axis in axes], steep, negative


def _moved_ends(
    marginals: list[Float], ends: Float, free: Bools, share: float, leap: float = _LEAP
) -> tuple[Float, Float]:
    """Move the free ends until each leaves out `share`; return them and the masses beyond."""
    new, beyond = ends.copy(), np.zeros_like(ends)
    for axis, marginal in enumerate(marginals):
        width = float(np.ptp(ends[axis]))
        h = width / len(marginal)
        for side, mass in enumerate((marginal, marginal[::-1])):
            outside, length = _side_tail(mass, h, share)
            inward = 0.0
            if free[axis, side]:
                if not np.isfinite(outside):
                    inward = -leap * width
                elif outside > share:
                    inward = -min(length * np.log(outside / share), _STEP * width)
                    outside *= np.exp(inward / length)
                else:
                    masses = outside + np.concatenate([[0.0], np.cumsum(mass)])
                    logs = np.log(np.maximum(masses, 1e-300))
                    inward = float(np.interp(np.log(share), logs, h * np.arange(len(logs))))
                    outside = share
            new[axis, side] += inward if side == 0 else -inward
            beyond[axis, side] = min(outside, 1.0)
    return new, beyond


def _side_tail(mass: Float, h: float, share: float) -> tuple[float, float]:
    """Return the mass beyond the first cell's outer face, and the decay length of the density."""
    if mass[0] >= mass[1]:  # mass accumulates at the wall
        return (np.inf, np.inf) if mass[0] > _PILE * share else (float(mass[0]), h)
    ratio = max(float(mass[0] / mass[1]), 1e-12)
    return float(mass[0] * ratio / (1 - ratio)), h / -np.log(ratio)
