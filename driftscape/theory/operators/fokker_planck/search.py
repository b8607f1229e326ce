"""The box of a problem: searched for on coarse grids, or by collocation where these fail.

A coarse grid along the landscape's own axes is blind to a density that is narrow along an oblique
direction, and stirs one that is weakly damped.  What the search on such grids refuses is therefore
tried in coordinates of its own (`spectral`) before it is believed; in three dimensions these come
first.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..box import read_box
from ..errors import BoxTooSmall, NegativeMass, NoSteadyState
from .box import Box, find_box
from .coefficients import Coefficients
from .flux import steepness_of
from .frame import fixed_points, known_points
from .reach import check_reach
from .settling import applies, box_of, without_grid
from .sides import Pair
from .spectral import Spectral

_HOPELESS = 3  # dimensions in which a coarse grid sees too little to be asked first
_ACCEPTED = 1e-4  # tail mass beyond a box that was given

Found = tuple[Box, float, tuple[float, ...] | None, Spectral | None]


def found_box(
    landscape: Any, coefficients: Coefficients, sides: tuple[Pair, ...], given: Any, tail: float
) -> Found:
    """Return box, tail mass, steepness, and the steady state by collocation if that was needed.

    Raises
    ------
    BoxTooSmall, NoSteadyState
        As `find_box`.
    """
    arguments = landscape, coefficients, sides, given, tail
    if not applies(sides):
        return *find_box(*arguments), None
    if landscape.dim == _HOPELESS:
        found = without_grid(landscape, coefficients)
        if found is not None:
            return _box_by(found, landscape, given, tail)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", NegativeMass)
            return *find_box(*arguments), None
    except (NoSteadyState, BoxTooSmall, NegativeMass) as refusal:
        found = without_grid(landscape, coefficients) if landscape.dim < _HOPELESS else None
        if found is not None:
            return _box_by(found, landscape, given, tail)
        points = fixed_points(coefficients, known_points(landscape))
        check_reach(landscape, coefficients, [point.tolist() for point in points])
        if not isinstance(refusal, NegativeMass):
            raise
    return *find_box(*arguments), None  # with its warning


def _box_by(found: Spectral, landscape: Any, given: Any, tail: float) -> Found:
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
    if beyond.sum() > max(tail, _ACCEPTED):
        axis, side = np.unravel_index(int(np.argmax(beyond)), beyond.shape)
        raise BoxTooSmall(
            f"the box leaves out about {beyond.sum():.2g} of the steady state, "
            f"{'below' if side == 0 else 'above'} {names[axis]} = {ends[axis, side]:.4g} in the "
            "first place.  Leave box= away (it is found), give a wider one, or say "
            "sides='reflecting' if the walls are real."
        )
    box = tuple((float(low), float(high)) for low, high in ends)
    steep = steepness_of(finest.coefficients, finest, mass / mass.sum())  # type: ignore[arg-type]
    return box, float(beyond.sum()) + tail, steep, found
