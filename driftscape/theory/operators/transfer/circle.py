"""Periodic axes: coordinates on which a step depends modulo a period.

The state is the coordinate modulo the period; the number of turns is not kept, but the displacement
of each step is, see `stationary.drift_velocity`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import sympy as sp

from ....landscapes.box import BoxLike
from ....typing import Bools, Float
from ..errors import NoSteadyState
from ..grid import Grid
from ..sides import SidesLike, read_sides
from .step_map import StepMap

_POINTS = 61  # at which a period is checked
_SAMPLES = (0.3, 0.7)  # values of the samples in that check; any two would do
_ROUNDING = 1e-9  # of the size of a state or value
_OFFSET = 0.1234  # of a cell: boundaries of regions that users write are not there


def read_circles(names: tuple[str, ...], sides: SidesLike, box: BoxLike | None) -> tuple[bool, ...]:
    """Return which axes are periodic; their period must be in `box=`.

    Examples
    --------
    >>> read_circles(("x", "z"), {"z": "periodic"}, {"z": (0, 1)})
    (False, True)
    """
    pairs = read_sides(names, sides)
    for name, pair in zip(names, pairs, strict=True):
        if not set(pair) <= {"open", "periodic"}:
            raise ValueError(
                f"sides[{name!r}]={pair}: steps of SGD have no walls; the axes of a transfer "
                'operator are "open" or "periodic" (for absorption in a target see '
                "mean_first_passage_time, quasi_stationary)."
            )
        given = not isinstance(box, Mapping) or name in box
        if "periodic" in pair and (box is None or not given):
            raise ValueError(
                f"{name} is periodic; give one period as box={{{name!r}: (low, high)}}, such as "
                "(-pi, pi)."
            )
    return tuple("periodic" in pair for pair in pairs)


def check_circles(step: StepMap, periodic: tuple[bool, ...], begin: Float) -> None:
    """Refuse an axis on which steps are not periodic; `begin` has (low, high) of each axis."""
    for axis in np.flatnonzero(periodic).tolist():
        period = begin[axis, 1] - begin[axis, 0]
        if not _commutes(step, begin, axis, period):
            raise ValueError(
                f"{step.names[axis]} is declared to have the period {period:.6g}, but a step of "
                "SGD differs after one period: give the right box=, or leave the axis open."
            )


def check_lines(step: StepMap, free: Sequence[bool], begin: Float) -> None:
    """Refuse to search for a box along an axis on which steps depend modulo a period.

    A stationary law would be periodic, too, and so would not be normalisable.
    """
    for axis in np.flatnonzero(free).tolist():
        for period in _periods(step, axis):
            if _commutes(step, begin, axis, period):
                name = step.names[axis]
                raise NoSteadyState(
                    f"steps of SGD have the period {period:.6g} in {name}, so that there is no "
                    f"stationary law on a line.  For the law on a circle: sides={{{name!r}: "
                    f"'periodic'}}, box={{{name!r}: (low, high)}} with that period; with a box= "
                    "alone only first passages are defined."
                )


def _periods(step: StepMap, axis: int) -> list[float]:
    """Return 2 pi (a period also of a walk without force) and the periods in the gradient."""
    symbol = step.landscape.symbols[step.kept[axis]]
    found = {float(2 * np.pi)}
    for entry in (*step.gradient.entries, *(inner for _, inner in step.gradient.assignments)):
        for wave in entry.atoms(sp.sin, sp.cos, sp.tan):
            number = wave.args[0].diff(symbol).subs(step.gradient.parameters)
            if number.is_number and number != 0:
                found.add(abs(2 * np.pi / float(number)))
    return sorted(found)


def _commutes(step: StepMap, begin: Float, axis: int, period: float) -> bool:
    low, high = np.transpose(begin)
    turns = np.arange(1, _POINTS + 1)[:, None] * np.sqrt([2.0, 3.0])[: len(low)]
    points = low + (turns % 1) * (high - low)
    points[:, axis] = begin[axis, 0] + (turns[:, axis] % 1) * period
    shift = np.zeros(len(low))
    shift[axis] = period
    for value in _SAMPLES:
        samples = [np.array(value)] * len(step.draws)
        here, there = (step.moved(p, step.slopes(p, samples)) for p in (points, points + shift))
        if not np.abs(here + shift - there).max() <= _ROUNDING * (1 + np.abs(here).max()):
            return False
    return True


def check_periodic(
    grid: Grid, full: Callable[[Float], Float], values: Callable[[Float], Float | Bools], text: str
) -> None:
    """Refuse an expression or a predicate that does not have the period of an axis."""
    for axis in np.flatnonzero(grid.periodic):
        points = grid.points + _OFFSET * np.array(grid.spacing)
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
                    f"{text!r} is not periodic in {name}, so that it is not defined on a circle; "
                    f"write it with functions of that period, such as "
                    f"{_wave(name, period)}, or leave {name} open to count turns."
                )


def _wave(name: str, period: float) -> str:
    factor = 2 * np.pi / period
    return f"sin({name})" if abs(factor - 1) < _ROUNDING else f"sin({factor:.6g}*{name})"
