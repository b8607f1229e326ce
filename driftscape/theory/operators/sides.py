"""Boundary conditions at the sides of a box, and how users write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from ...validate import shown

#: name -> boundary condition
SIDES = {
    "open": "the side lies in the tail: nothing passes, and the mass beyond is estimated",
    "reflecting": "a physical wall that nothing passes",
    "absorbing": "mass that reaches it is removed",
    "periodic": "the two ends are identified",
}

#: names of the sides (low, high) of one axis
Pair: TypeAlias = tuple[str, str]
#: one name for all sides; or coordinate -> name, or (low, high)
SidesLike: TypeAlias = str | Mapping[str, str | tuple[str, str]]


def read_sides(names: tuple[str, ...], given: SidesLike) -> tuple[Pair, ...]:
    """Return the sides of each axis: one name for all, or coordinate -> name or (low, high).

    Examples
    --------
    >>> read_sides(("x", "z"), {"x": ("absorbing", "open"), "z": "periodic"})
    (('absorbing', 'open'), ('periodic', 'periodic'))
    """
    if isinstance(given, str):
        given = dict.fromkeys(names, given)
    if not isinstance(given, Mapping):
        raise TypeError(
            f"sides={shown(given)}; give one of {', '.join(SIDES)}, or coordinate -> word or "
            '(low, high): {"x": ("absorbing", "reflecting")}.'
        )
    unknown = [name for name in given if name not in names]
    if unknown:
        raise ValueError(f"sides names {shown(unknown)}; coordinates are {', '.join(names)}.")
    pairs = []
    for name in names:
        side = given.get(name, "open")
        pair = tuple(side) if isinstance(side, (list, tuple)) else (side, side)
        if len(pair) != 2 or not all(isinstance(end, str) and end in SIDES for end in pair):
            raise ValueError(
                f"sides[{name!r}]={shown(given[name])}; give one of {', '.join(SIDES)}, or two of "
                "them (low, high)."
            )
        if "periodic" in pair and pair != ("periodic", "periodic"):
            raise ValueError(f"sides[{name!r}]={pair}: an axis is periodic at both ends or not.")
        pairs.append((pair[0], pair[1]))
    return tuple(pairs)
