"""Axes that close on themselves: a coordinate that steps see modulo a period.

The state of a circle is the coordinate modulo the period; how often it went round is forgotten, but
not how far each step goes, see `flow`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import sympy as sp

from ....typing import Float
from ..errors import NoSteadyState
from ..grid import Grid
from ..sides import read_sides
from .step_map import StepMap

_POINTS = 61
_SAMPLES = (0.3, 0.7)  # any two values will do
_ROUNDING = 1e-9
_BESIDE = 0.1234  # of a cell: no boundary of a region that a user writes is there


def read_circles(names: tuple[str, ...], sides: Any, box: Any) -> tuple[bool, ...]:
    """Read `sides=`: which axes are periodic; their period must be in `box=`.

    Examples
    --------
    >>> read_circles(("x", "z"), {"z": "periodic"}, {"z": (0, 1)})
    (False, True)
    """
    pairs = read_sides(names, sides)
    for name, pair in zip(names, pairs, strict=True):
        if not set(pair) <= {"open", "periodic"}:
            raise ValueError(
                f"sides[{name!r}]={pair}: a step has no walls to meet; the axes of a transfer "
                'operator are "open" or "periodic" (what is to end at a target: '
                "mean_first_passage_time, quasi_stationary)."
            )
        given = not isinstance(box, Mapping) or name in box
        if "periodic" in pair and (box is None or not given):
            raise ValueError(
                f"{name} is periodic; give one period as box={{{name!r}: (low, high)}}, such as "
                "(-pi, pi)."
            )
    return tuple("periodic" in pair for pair in pairs)


def check_circles(chain: StepMap, periodic: tuple[bool, ...], begin: Float) -> None:
    """Refuse an axis on which a step one period on is another; `begin` holds (low, high) of all."""
    for axis in np.flatnonzero(periodic):
        period = begin[axis, 1] - begin[axis, 0]
        if not _commutes(chain, begin, axis, period):
            raise ValueError(
                f"{chain.names[axis]} is said to have the period {period:.6g}, but a step of SGD "
                "one period on is another: give the right box=, or leave the axis open."
            )


def check_lines(chain: StepMap, free: Any, begin: Float) -> None:
    """Refuse to look for a box along an axis that steps see modulo a period.

    A law that stays would be the same one period on, and so on for ever: it has no mass.
    """
    for axis in np.flatnonzero(free):
        for period in _periods(chain, axis):
            if _commutes(chain, begin, axis, period):
                name = chain.names[axis]
                raise NoSteadyState(
                    f"a step of SGD is the same with {name} further by {period:.6g}, so that it "
                    f"has no stationary law on a line.  Its law on a circle: sides={{{name!r}: "
                    f"'periodic'}}, box={{{name!r}: (low, high)}} with that period; with a box= "
                    "alone only passages have an answer."
                )


def _periods(chain: StepMap, axis: Any) -> list[float]:
    """Return 2 pi, which a walk without any force has too, and those of waves in the gradient."""
    symbol = chain.landscape.symbols[chain.kept[axis]]
    found = {float(2 * np.pi)}
    for entry in (*chain.gradient.entries, *(inner for _, inner in chain.gradient.assignments)):
        for wave in entry.atoms(sp.sin, sp.cos, sp.tan):
            number = wave.args[0].diff(symbol).subs(chain.gradient.parameters)
            if number.is_number and number != 0:
                found.add(abs(2 * np.pi / float(number)))
    return sorted(found)


def _commutes(chain: StepMap, begin: Float, axis: Any, period: float) -> bool:
    low, high = np.transpose(begin)
    turns = np.arange(1, _POINTS + 1)[:, None] * np.sqrt([2.0, 3.0])[: len(low)]
    points = low + (turns % 1) * (high - low)
    points[:, axis] = begin[axis, 0] + (turns[:, axis] % 1) * period
    shift = np.zeros(len(low))
    shift[axis] = period
    for value in _SAMPLES:
        samples = [np.array(value)] * len(chain.draws)
        here, there = (chain.moved(p, chain.slopes(p, samples)) for p in (points, points + shift))
        if not np.abs(here + shift - there).max() <= _ROUNDING * (1 + np.abs(here).max()):
            return False
    return True


def check_periodic(
    grid: Grid, full: Callable[[Float], Float], values: Callable[[Float], Any], text: str
) -> None:
    """Refuse an expression or a predicate that is not the same one period on."""
    for axis in np.flatnonzero(grid.periodic):
        points = grid.points + _BESIDE * np.array(grid.spacing)
        here = np.asarray(values(full(points)), float)
        period = grid.box[axis][1] - grid.box[axis][0]
        for turn in (-period, period):
            points_there = points.copy()
            points_there[:, axis] += turn
            there = np.asarray(values(full(points_there)), float)
            with np.errstate(invalid="ignore"):
                apart = np.abs(here - there)
            if not (apart <= _ROUNDING * (1 + np.abs(here).max())).all():
                name = grid.names[axis]
                raise ValueError(
                    f"{text!r} is not the same one period of {name} on, so that on a circle it is "
                    f"not known; write it with functions of that period, such as "
                    f"{_wave(name, period)}, or leave {name} open to count turns."
                )


def _wave(name: str, period: float) -> str:
    factor = 2 * np.pi / period
    return f"sin({name})" if abs(factor - 1) < _ROUNDING else f"sin({factor:.6g}*{name})"
