"""A box in the space of the coordinates, as users write it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from ..typing import Float
from ..validate import check_interval, check_numbers, shown

#: (low, high) of one coordinate
Interval: TypeAlias = tuple[float, float]
#: (low, high) for each coordinate, or coordinate -> (low, high) for some of them
BoxLike: TypeAlias = "Interval | Sequence[Interval] | Mapping[str, Interval] | Float"


def read_box(
    names: Sequence[str], given: BoxLike | None, argument: str = "box"
) -> dict[str, Interval]:
    """Return name -> (low, high) of the coordinates whose interval is given, in order.

    Error messages name the `argument`.

    Raises
    ------
    ValueError
        Another shape, an unknown name, or ends that are not finite with low < high.

    Examples
    --------
    >>> read_box(["x", "y"], {"y": (0, 1)})
    {'y': (0.0, 1.0)}
    >>> read_box(["x"], (-2, 2))
    {'x': (-2.0, 2.0)}
    """
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        rows = check_numbers(argument, given, "(low, high) for each coordinate")
        rows = rows[None] if rows.shape == (2,) else rows
        if rows.shape != (len(names), 2):
            raise ValueError(
                f"{argument}={shown(given)}; give (low, high) for each of {', '.join(names)}, or "
                "coordinate -> (low, high) for some of them."
            )
        given = dict(zip(names, rows.tolist(), strict=True))
    unknown = [name for name in given if name not in names]
    if unknown:
        known = ", ".join(names)
        raise ValueError(f"{argument} names {shown(unknown)}; the coordinates are {known}.")
    return {
        name: check_interval(f"{argument}[{name!r}]", given[name])
        for name in names
        if name in given
    }
