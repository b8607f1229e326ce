"""A point of a landscape, given as a sequence, by the names of its coordinates, or as a number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import sympy as sp

from ..landscapes.field import coordinates_of
from ..landscapes.landscape import Landscape
from ..typing import Float

#: coordinates in order, name -> value, or a number where there is one coordinate
Point: TypeAlias = Sequence[Any] | Mapping[str, Any] | Float | float


def exact_point(landscape: Landscape, point: Point) -> list[sp.Expr]:
    """Return the coordinates of a point in order, as exact numbers.

    Raises
    ------
    ValueError
        Coordinates are missing, unknown or not finite.
    """
    return coordinates_of(point, landscape.symbols)


def float_point(landscape: Landscape, point: Point) -> Float:
    """Return the coordinates of a point in order, shape (dim,)."""
    return np.array([float(x) for x in exact_point(landscape, point)])
