"""Choose the box of a problem: on coarse grids, or by collocation where these fail.

A coarse grid along the landscape's own axes does not resolve a density that is narrow along an
oblique direction, and adds noise to one that is weakly damped.  Before a refusal of the search on
such grids is believed, Fourier collocation in coordinates adapted to the density is tried
(`settling`); in three dimensions it is tried first.
"""

from __future__ import annotations

import warnings
from typing import TypeAlias

import numpy as np

from ....landscapes import Landscape
from ....landscapes.box import BoxLike, read_box
from ..errors import BoxTooSmall, NegativeMass, NoSteadyState
from ..known_points import known_points
from ..sides import Pair
from .affine_frame import fixed_points
from .box_search import ACCEPTED_TAIL, Box, search_box, too_small
from .coefficients import Coefficients
from .flux import steepness_of
from .hypoellipticity import check_density
from .settling import applies, box_of, without_grid
from .spectral import Spectral

_COLLOCATION_FIRST = 3  # dimensions in which coarse grids resolve too little to be tried first

Found: TypeAlias = tuple[Box, float, tuple[float, ...] | None, Spectral | None]


def choose_box(
    landscape: Landscape,
    coefficients: Coefficients,
    sides: tuple[Pair, ...],
    given: BoxLike | None,
    tail: float,
) -> Found:
    """Return box, tail mass, steepness, and the steady state by collocation if that was needed.

    Raises
    ------
    BoxTooSmall, NoSteadyState
        As `search_box`.
    """
    arguments = landscape, coefficients, sides, given, tail
    if not applies(sides):
        return *search_box(*arguments), None
    if landscape.dim == _COLLOCATION_FIRST:
        found = without_grid(landscape, coefficients)
        if found is not None:
            return _box_of_collocation(found, landscape, given, tail)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", NegativeMass)
            return *search_box(*arguments), None
    except (NoSteadyState, BoxTooSmall, NegativeMass) as refusal:
        found = (
            without_grid(landscape, coefficients) if landscape.dim < _COLLOCATION_FIRST else None
        )
        if found is not None:
            return _box_of_collocation(found, landscape, given, tail)
        points = fixed_points(coefficients, map(np.array, known_points(landscape)))
        check_density(landscape, coefficients, [point.tolist() for point in points])
        if not isinstance(refusal, NegativeMass):
            raise
    return *search_box(*arguments), None  # with its warning


def _box_of_collocation(
    found: Spectral, landscape: Landscape, given: BoxLike | None, tail: float
) -> Found:
    ends, finest = box_of(found, tail), found.finest
    names = landscape.coordinates
    read = read_box(names, given)
    for name, pair in read.items():
        ends[names.index(name)] = pair
    mass = np.abs(finest.mass)
    fixed = np.array([name in read for name in names])
    below, above = (finest.points < ends[:, 0]) & fixed, (finest.points > ends[:, 1]) & fixed
    beyond = np.stack([mass @ below, mass @ above], axis=1)
    beyond[beyond < finest.beyond] = 0.0  # rounding and tails of the other coordinates
    if beyond.sum() > max(tail, ACCEPTED_TAIL):
        raise BoxTooSmall(too_small(names, ends, beyond))
    box = tuple((float(low), float(high)) for low, high in ends)
    steep = steepness_of(finest.coefficients, finest.points, mass / mass.sum())
    return box, float(beyond.sum()) + tail, steep, found
