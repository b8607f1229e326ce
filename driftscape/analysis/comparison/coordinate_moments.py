"""Means and products of the coordinates of a grid, as functions of points."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np

from ...theory.operators.grid import Grid
from ...typing import Float

Function = Callable[[Float], Float]


def coordinate_moments(grid: Grid, mass: Float) -> dict[str, Function]:
    """Return name -> function: means, and products about them; sine and cosine of what is periodic.

    Parameters
    ----------
    mass
        Of the cells, shape (cells,): products are taken about a number near the mean, where they
        say most of the spread.

    Examples
    --------
    >>> grid = Grid(("x",), ((4.0, 8.0),), (4,), (False,))
    >>> moments = coordinate_moments(grid, np.full(4, 0.25))
    >>> {name: f(np.array([[7.0]])) for name, f in moments.items()}
    {'x': array([7.]), '(x - 6)*(x - 6)': array([1.])}
    """
    first: dict[str, tuple[int, Function]] = {}
    centred: dict[str, tuple[int, Function]] = {}
    for axis, name in enumerate(grid.names):
        if grid.periodic[axis]:
            low, high = grid.box[axis]
            turn = 2 * np.pi / (high - low)
            text = name if abs(turn - 1) < 1e-9 else f"{turn:.3g}*{name}"
            waves = {
                f"cos({text})": (axis, _wave(axis, turn, np.cos)),
                f"sin({text})": (axis, _wave(axis, turn, np.sin)),
            }
            first |= waves
            centred |= waves
            continue
        first[name] = axis, _shifted(axis, 0.0)
        # any number near the mean will do, so that of the name is taken
        about = float(f"{mass @ grid.points[:, axis]:.2g}")
        if abs(about) < grid.spacing[axis]:
            centred[name] = first[name]
        else:
            text = f"({name} {'-' if about > 0 else '+'} {abs(about):g})"
            centred[text] = axis, _shifted(axis, about)
    found = {name: f for name, (_, f) in first.items()}
    pairs = itertools.combinations_with_replacement(centred.items(), 2)
    for (one, (a, f)), (two, (b, g)) in pairs:
        if not (a == b and grid.periodic[a]):  # the second harmonic: the marginal says it all
            found[f"{one}*{two}"] = _product(f, g)
    return found


def _wave(axis: int, turn: float, of: Function) -> Function:
    return lambda x: of(turn * x[:, axis])


def _shifted(axis: int, about: float) -> Function:
    return lambda x: x[:, axis] - about


def _product(f: Function, g: Function) -> Function:
    return lambda x: f(x) * g(x)
