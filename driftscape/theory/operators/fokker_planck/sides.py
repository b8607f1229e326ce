"""What happens at the sides of the box."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..grid import Grid
from .coefficients import Coefficients

#: word -> what it says
SIDES = {
    "open": "the box is meant to hold the tails: nothing passes, and the mass beyond is estimated",
    "reflecting": "a real wall that nothing passes",
    "absorbing": "what reaches it is gone",
    "periodic": "the two ends are one",
}

Pair = tuple[str, str]


def read_sides(names: tuple[str, ...], given: Any) -> tuple[Pair, ...]:
    """Read `sides=`: a word for all, or coordinate -> word or (low, high); "open" if not named.

    Examples
    --------
    >>> read_sides(("x", "z"), {"x": ("absorbing", "open"), "z": "periodic"})
    (('absorbing', 'open'), ('periodic', 'periodic'))
    """
    if isinstance(given, str):
        given = dict.fromkeys(names, given)
    if not isinstance(given, Mapping):
        raise TypeError(
            f"sides={given!r}; give one of {', '.join(SIDES)}, or coordinate -> word or "
            '(low, high): {"x": ("absorbing", "reflecting")}.'
        )
    unknown = [name for name in given if name not in names]
    if unknown:
        raise ValueError(f"sides names {unknown}; coordinates are {', '.join(names)}.")
    pairs = []
    for name in names:
        pair = given.get(name, "open")
        pair = (pair, pair) if isinstance(pair, str) else tuple(pair)
        if len(pair) != 2 or any(side not in SIDES for side in pair):
            raise ValueError(
                f"sides[{name!r}]={given[name]!r}; give one of {', '.join(SIDES)}, or two of them "
                "(low, high)."
            )
        if "periodic" in pair and pair != ("periodic", "periodic"):
            raise ValueError(f"sides[{name!r}]={pair}: an axis is periodic at both ends or not.")
        pairs.append(pair)
    return tuple(pairs)


def check_periodic(grid: Grid, coefficients: Coefficients) -> None:
    """Refuse a periodic axis on which drift or D differ between the two ends."""
    for axis in np.flatnonzero(grid.periodic).tolist():
        first, _ = grid.ends(axis)
        low = grid.shifted(first, axis, -0.5)
        high = grid.shifted(first, axis, grid.shape[axis] - 0.5)
        for field, what in ((coefficients.drift, "drift"), (coefficients.diffusion, "D")):
            here, there = field(low), field(high)
            if np.abs(here - there).max() > 1e-8 * (1 + np.abs(here).max()):
                name, (start, end) = grid.names[axis], grid.box[axis]
                raise ValueError(
                    f"{name} is said to be periodic on [{start:g}, {end:g}], but the {what} "
                    "differs between the two ends; give its period as box={"
                    f"{name!r}: (low, high)}}."
                )
