"""Arguments of operators as users write them: `box=`, `shape=`, points and densities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, SupportsIndex, TypeAlias, cast

import numpy as np

from ...landscapes import Landscape
from ...landscapes.field import coordinates_of
from ...typing import Float
from ...validate import shown, whole

if TYPE_CHECKING:
    import xarray as xr

#: cells along each axis: one number for all, one for each, or coordinate -> number
ShapeLike: TypeAlias = "SupportsIndex | Sequence[SupportsIndex] | Mapping[str, SupportsIndex]"
#: a point: a number, one number for each coordinate, or coordinate -> number
PointLike: TypeAlias = "float | Sequence[float] | Mapping[str, float] | Float"
#: a density: an array on the grid, a formula up to its norm, or a point
DensityLike: TypeAlias = "xr.DataArray | str | PointLike"


_MOST_CELLS = 10**9  # along an axis; memory is checked later, and ends much earlier


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
            raise ValueError(f"shape={shown(given)} must name each of {listed}.")
        entries = [given[name] for name in names]
    else:
        several = isinstance(given, (list, tuple)) or (isinstance(given, np.ndarray) and given.ndim)
        entries = list(cast("Sequence[object]", given)) if several else [given] * len(names)
    counts = [n for n in map(whole, entries) if n is not None]
    if not (len(entries) == len(counts) == len(names)) or any(
        n < fewest or n % multiple or n > _MOST_CELLS for n in counts
    ):
        raise ValueError(f"shape={shown(given)}; {message.format(names=listed)}")
    return tuple(counts)


def read_point(landscape: Landscape, given: PointLike) -> tuple[float, ...]:
    """Return the coordinates of a point in order; refuse missing or unknown names."""
    point = cast("Sequence[float] | Mapping[str, float]", given)  # a single number passes, too
    return tuple(float(x) for x in coordinates_of(point, landscape.symbols))
