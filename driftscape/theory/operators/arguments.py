"""Arguments of operators as users write them: `box=`, `shape=`, points and densities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, SupportsIndex, TypeAlias, cast

import numpy as np

from ...landscapes import Landscape
from ...landscapes.field import coordinates_of
from ...typing import Float

if TYPE_CHECKING:
    import xarray as xr

#: (low, high) of one coordinate
Interval: TypeAlias = tuple[float, float]
#: (low, high) for each coordinate, or coordinate -> (low, high) for some of them
BoxLike: TypeAlias = "Interval | Sequence[Interval] | Mapping[str, Interval] | Float"
#: cells along each axis: one number for all, one for each, or coordinate -> number
ShapeLike: TypeAlias = "SupportsIndex | Sequence[SupportsIndex] | Mapping[str, SupportsIndex]"
#: a point: a number, one number for each coordinate, or coordinate -> number
PointLike: TypeAlias = "float | Sequence[float] | Mapping[str, float] | Float"
#: a density: an array on the grid, a formula up to its norm, or a point
DensityLike: TypeAlias = "xr.DataArray | str | PointLike"


def read_box(names: Sequence[str], given: BoxLike | None) -> dict[str, Interval]:
    """Return name -> (low, high) of the coordinates whose interval is given, in order.

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
        rows = np.asarray(given, dtype=float)
        rows = rows[None] if rows.shape == (2,) else rows
        if rows.shape != (len(names), 2):
            raise ValueError(
                f"box={given!r}; give (low, high) for each of {', '.join(names)}, or coordinate "
                "-> (low, high) for some of them."
            )
        given = dict(zip(names, rows.tolist(), strict=True))
    unknown = [name for name in given if name not in names]
    if unknown:
        raise ValueError(f"box names {unknown}; the coordinates are {', '.join(names)}.")
    read = {}
    for name in names:
        if name in given:
            low, high = map(float, given[name])
            if not (np.isfinite([low, high]).all() and low < high):
                raise ValueError(
                    f"box[{name!r}]={given[name]}; give finite (low, high) in order, low < high."
                )
            read[name] = (low, high)
    return read


def read_shape(
    names: Sequence[str],
    given: ShapeLike | None,
    default: int,
    *,
    fewest: int,
    multiple: int,
    message: str,
) -> tuple[int, ...]:
    """Return the number of cells along each axis.

    Parameters
    ----------
    default
        Cells along each axis where no shape is given.
    fewest, multiple
        Each number must be at least `fewest` and a multiple of `multiple`.
    message
        End of the error, with `{names}` for the coordinates: what is allowed.

    Raises
    ------
    ValueError
        Another number of axes, unknown names, or numbers that are not allowed.

    Examples
    --------
    >>> allowed = dict(fewest=16, multiple=4, message="give a multiple of 4.")
    >>> read_shape(["x", "y"], {"y": 32, "x": 16}, 64, **allowed)
    (16, 32)
    >>> read_shape(["x", "y"], None, 64, **allowed)
    (64, 64)
    """
    listed = ", ".join(names)
    entries: list[object]
    if given is None:
        entries = [default] * len(names)
    elif isinstance(given, Mapping):
        if set(given) != set(names):
            raise ValueError(f"shape={given!r} must name each of {listed}.")
        entries = [given[name] for name in names]
    else:
        entries = [given] * len(names) if isinstance(given, SupportsIndex) else list(given)
    whole = [int(n) for n in entries if isinstance(n, SupportsIndex) and not isinstance(n, bool)]
    if not (len(entries) == len(whole) == len(names)) or any(
        n < fewest or n % multiple for n in whole
    ):
        raise ValueError(f"shape={given!r}; {message.format(names=listed)}")
    return tuple(whole)


def read_point(landscape: Landscape, given: PointLike) -> tuple[float, ...]:
    """Return the coordinates of a point in order; refuse missing or unknown names."""
    point = cast("Sequence[float] | Mapping[str, float]", given)  # a single number passes, too
    return tuple(float(x) for x in coordinates_of(point, landscape.symbols))
