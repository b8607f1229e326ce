"""A box that holds the steady state but for a stated tail.

No potential and no ensemble is needed: the generator itself, on a coarse grid, says where the
steady state is.  It is found on a box round all places where the density may have a maximum
(`analysis.wells`), with walls; what would lie beyond each open side is read off the marginal,
continued as the exponential of its last two cells; the side moves to where its share of the tail
mass is left out; until nothing moves.  Where those places are too many to be listed, the box begins
at the start and the known minima, and a warning says that wells elsewhere would not be seen.

A drift that grows fast where nothing is (a current J exp(beta Phi)) stirs a coarse grid there more
than the noise does, and mass where there should be none pushes the sides on for ever.  A search
that ends unsound is therefore repeated in small steps, on a finer grid with the scheme that blurs
nothing, and the box that holds most is taken, with what it leaves out.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ....typing import Float
from ...wells import Wells, wells
from ..box import read_box
from ..errors import BoxTooSmall, NegativeMass, NoSteadyState, WellsUnseen, callers
from .coefficients import Coefficients
from .reach import check_reach
from .sides import Pair
from .tails import STEP, coarse_state, moved_ends

Box = tuple[tuple[float, float], ...]

_COARSE = {1: 256, 2: 64, 3: 14}
_FINEST = {1: 1024, 2: 96, 3: 20}
_PATIENCE = 15
_STILL = 0.02  # of the width
_BACK = 0.05
_OUTWARD = np.array([-1.0, 1.0])
_MOST_ROUNDS = 40
_WIDEST = 1e3
_UNSOUND = 0.02
_ACCEPTED = 1e-4  # tail mass beyond a box that was given
_CAREFUL = {1: 1024, 2: 128, 3: 24}
_CAREFUL_ROUNDS = 16
_NEAR = 0.4


def find_box(
    landscape: Any, coefficients: Coefficients, sides: tuple[Pair, ...], given: Any, tail: float
) -> tuple[Box, float, tuple[float, ...] | None]:
    """Return the box, the mass of the steady state beyond its open sides, and how steep it is.

    Raises
    ------
    BoxTooSmall
        More than `tail` (and than 1e-4) lies beyond the sides of a box that was given.
    NoSteadyState
        The box would have to grow for ever, or there is no density (`reach`).
    """
    fixed = _read(landscape, sides, given)
    free = np.array([
        [axis not in fixed and side == "open" for side in pair] for axis, pair in enumerate(sides)
    ])  # fmt: skip
    looked = np.array([[side == "open" for side in pair] for pair in sides])
    if any("absorbing" in pair for pair in sides):
        looked[:] = False  # no steady state to look at: everything leaves in the end
        if free.any():
            names = [n for k, n in enumerate(landscape.coordinates) if free[k].any()]
            raise ValueError(
                f"with absorbing sides there is no steady state to find a box by; give box= for "
                f"{', '.join(names)}."
            )
        return _pairs(_begin(landscape, fixed, None)), 0.0, None
    found = None
    if free.any():
        found = wells(landscape, coefficients.ito_drift, coefficients.beta, box=fixed, tail=tail)
    ends = _begin(landscape, fixed, found)
    if looked.any():
        check_reach(landscape, coefficients, _numbers(landscape, landscape.facts.minima))
    first, steep = np.ptp(ends, axis=1), None
    cells, least = _COARSE[landscape.dim], np.full_like(ends, -np.inf)
    for turn in range(1, _MOST_ROUNDS + 1):
        if turn % _PATIENCE == 0:  # too coarse for the narrow part, or numerical noise widens it
            cells = min(2 * cells, _FINEST[landscape.dim])
        width = np.ptp(ends, axis=1)[:, None]
        marginals, steep, negative = coarse_state(coefficients, sides, ends, cells, steep)
        new, beyond = moved_ends(marginals, ends, free, tail / max(int(looked.sum()), 1))
        # outward coordinates: both sides of an axis grow upward
        before, after = ends * _OUTWARD, new * _OUTWARD
        growing = after - before > 0.9 * STEP * width
        # a side that was too near does not come back: walls have a layer of their own
        least = np.where(growing, np.maximum(least, before + _BACK * width), least)
        after = np.maximum(after, least)
        if growing.any():
            after = np.maximum(after, before)  # nothing shrinks meanwhile
        moved = np.abs(after - before) > _STILL * width
        ends = after * _OUTWARD
        if not moved.any():
            given_up = np.where(looked & ~free, beyond, 0.0)
            if given_up.sum() > max(tail, _ACCEPTED):
                raise BoxTooSmall(_too_small(landscape, ends, given_up))
            if found is not None and not found.complete:
                warnings.warn(
                    f"it is not known where else than near its start {landscape.name} may have a "
                    "steady state: there are too many such places, or no bounds show where they "
                    "are.  Wells elsewhere are not seen; give box= if there are any.",
                    WellsUnseen,
                    stacklevel=callers(),
                )
            if free.any() and negative > _UNSOUND:
                again = _carefully(landscape, coefficients, sides, fixed, free, tail, found)
                if again is not None:
                    return again
                warnings.warn(
                    f"the coarse grid by which the box was found holds a negative mass of "
                    f"{negative:.2g}: the box may be far too wide.  Look at it, and give box=.",
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
        f"are powers.  Make it periodic (sides= with its period as box=), give walls (box= and "
        f"sides='reflecting'), or for powers a larger tail= than {tail:g} or less noise."
    )


def _carefully(
    landscape: Any, coefficients: Coefficients, sides: tuple[Pair, ...],
    fixed: dict[int, tuple[float, float]], free: Any, tail: float, found: Wells | None,
) -> tuple[Box, float, tuple[float, ...]] | None:  # fmt: skip
    """Search in small steps on a finer grid; None where that is unsound as well."""
    ends = _begin(landscape, fixed, found, _NEAR)
    best = (np.inf, ends)
    steep = (np.inf,) * len(ends)  # the scheme that blurs nothing
    for _ in range(_CAREFUL_ROUNDS):
        marginals, _, negative = coarse_state(
            coefficients, sides, ends, _CAREFUL[landscape.dim], steep
        )
        edges = np.array([[m[0], m[-1]] for m in marginals])
        left_out = float(edges[free].sum()) + negative
        best = min(best, (left_out, ends), key=lambda found: found[0])
        if left_out < 10 * tail:
            break
        new, _ = moved_ends(marginals, ends, free, tail / int(free.sum()), leap=STEP)
        if np.allclose(new, ends):
            break
        ends = new
    left_out, ends = best
    return (_pairs(ends), left_out, steep) if left_out < _ACCEPTED else None


def _pairs(ends: Float) -> Box:
    return tuple((float(low), float(high)) for low, high in ends)


def _read(landscape: Any, sides: tuple[Pair, ...], given: Any) -> dict[int, tuple[float, float]]:
    """Read `box=`: axis -> (low, high) of what is given; sides that are walls need theirs."""
    names = landscape.coordinates
    read = read_box(names, given)
    for name, pair in zip(names, sides, strict=True):
        if name not in read and pair != ("open", "open"):
            raise ValueError(
                f"{name} has the sides {pair}; say where they are, box={{{name!r}: (low, high)}}."
            )
    return {names.index(name): ends for name, ends in read.items()}


def _begin(
    landscape: Any, fixed: dict[int, tuple[float, float]], found: Wells | None, margin: float = 1.0
) -> Float:
    """All wells with a margin, or else start, minima and fixed points; and what is given."""
    facts = landscape.facts
    known = found is not None and found.complete and len(found.low) > 0
    if found is not None and known:
        low, high = found.low, found.high
        margin = 0.0 if found.whole else margin
    else:
        points = landscape.start, *facts.minima, *(f.at for f in facts.fixed_points)
        low = high = np.array(_numbers(landscape, points))
    ends = np.stack([np.min(low, axis=0) - margin, np.max(high, axis=0) + margin], axis=1)
    for name, (first, last) in (landscape.domain or {}).items():
        axis = landscape.coordinates.index(name)
        ends[axis] = np.clip(ends[axis], first, last)
        if known:  # a well is a well, wherever
            ends[axis] = (
                min(ends[axis, 0], low[:, axis].min()),
                max(ends[axis, 1], high[:, axis].max()),
            )
    for axis, pair in fixed.items():
        ends[axis] = pair
    return ends


def _numbers(landscape: Any, points: Any) -> list[list[float]]:
    """Return points that may be formulas of the parameters."""
    known = []
    for point in points:
        try:
            values = [landscape.parse(str(x)).subs(landscape.parameter_symbols) for x in point]
            known.append([float(value) for value in values])
        except (TypeError, ValueError):
            continue  # a formula of something else
    return known


def _too_small(landscape: Any, ends: Float, beyond: Float) -> str:
    axis, side = np.unravel_index(int(np.argmax(beyond)), beyond.shape)
    name = landscape.coordinates[axis]
    lost = "most" if beyond.sum() > 0.5 else f"about {beyond.sum():.2g}"
    return (
        f"the box leaves out {lost} of the steady state, "
        f"{'below' if side == 0 else 'above'} {name} = {ends[axis, side]:.4g} in the first place.  "
        "Leave box= away (it is found), give a wider one, or say sides='reflecting' if the walls "
        "are real."
    )
