"""The time and the point, inside its last step, at which a trajectory met its target.

The part of the step after which it did is linear in the levels before and after, a/(a + |b|), as
for a bridge that is reflected; time and point are interpolated, and the point is then moved onto
the boundary.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
import sympy as sp

from ...landscapes.fields import evaluate_at
from ...landscapes.formulas.calculus import derivative
from ...landscapes.landscape import Landscape
from ...typing import Float, Index
from ..target import Target
from .crossing import level

_TINY = 1e-300  # so that 0/0 is 0


def place_exits(
    landscape: Landscape, targets: tuple[Target, ...], state: Float, row: int, ended: Index
) -> None:
    """Move exit points and ages of bridged targets to the boundary, in place.

    Parameters
    ----------
    state
        Rows of the trajectories of one point, shape (rows, trajectories).
    row
        The row that says whether a trajectory has ended; the age is the next.
    ended
        Number of the target for the trajectories that are to be moved, 0 for the others.
    """
    d = landscape.dim
    for number, target in enumerate(targets, start=1):
        chosen = ended == number
        if not chosen.any() or not target.bridged:
            continue
        there, here = state[:d, chosen], state[row + 2 : row + 2 + d, chosen]
        with np.errstate(all="ignore"):
            before = np.maximum(_level_and_normal(target.condition, landscape, here)[0], 0.0)
            after = np.abs(_level_and_normal(target.condition, landscape, there)[0])
            part = before / np.maximum(before + after, _TINY)
        part = np.where(part <= 1, part, 1.0)  # the whole step where a level is no number
        state[:d, chosen] = _on_boundary(target.condition, landscape, here + part * (there - here))
        state[row + 1, chosen] += part - 1.0


def _on_boundary(condition: sp.Basic, landscape: Landscape, x: Float) -> Float:
    """Move points onto the boundary they met, along the noise: x - level D n/(n^T D n).

    The remaining error is that of the interpolation, of the order of a step.  A point
    does not move where that would bring it no closer, through the middle of a small target.
    """
    for _ in range(3):
        with np.errstate(all="ignore"):
            a, *n = _level_and_normal(condition, landscape, x)
            # summed one by one: how einsum adds may depend on the number of trajectories
            rows = np.moveaxis(landscape.diffusion(x.T), 0, -1)
            push = np.array([_dot(row, n) for row in rows])
            moved = x - a * push / _dot(push, n)
            left = _level_and_normal(condition, landscape, moved)[0]
            x = np.where(np.abs(left) < np.abs(a), moved, x)
    return x


def _level_and_normal(condition: sp.Basic, landscape: Landscape, x: Float) -> Float:
    """Return the level at each point and its gradient; of several parts, those that decide."""
    if isinstance(condition, (sp.And, sp.Or)):
        beyond = np.greater if isinstance(condition, sp.And) else np.less
        first, *rest = (_level_and_normal(part, landscape, x) for part in condition.args)
        for other in rest:
            first = np.where(beyond(other[0], first[0]) | np.isnan(first[0]), other, first)
        return first
    return np.array(evaluate_at(landscape, _formulas(condition, landscape.symbols), x))


@lru_cache(maxsize=256)
def _formulas(condition: sp.Basic, symbols: tuple[sp.Symbol, ...]) -> list[sp.Expr]:
    """Return the level and its gradient; every point of a sweep asks for them."""
    height = level(condition)
    return [height, *(derivative(height, s) for s in symbols)]


def _dot(a: Iterable[Float], b: Iterable[Float]) -> Float:
    return np.asarray(sum(p * q for p, q in zip(a, b, strict=True)))
