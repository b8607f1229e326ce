"""Arguments of operators as users write them: `box=`, `shape=`, points and densities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, SupportsIndex, TypeAlias, cast

from ...landscapes import Landscape
from ...landscapes.field import coordinates_of
from ...typing import Float

if TYPE_CHECKING:
    import xarray as xr

#: cells along each axis: one number for all, one for each, or coordinate -> number
ShapeLike: TypeAlias = "SupportsIndex | Sequence[SupportsIndex] | Mapping[str, SupportsIndex]"
#: a point: a number, one number for each coordinate, or coordinate -> number
PointLike: TypeAlias = "float | Sequence[float] | Mapping[str, float] | Float"
#: a density: an array on the grid, a formula up to its norm, or a point
DensityLike: TypeAlias = "xr.DataArray | str | PointLike"


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
