"""A field of a landscape on a grid of points, ready to be plotted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, SupportsIndex, TypeAlias

import numpy as np

from ..labels import RATE, Label, labelled
from ..typing import Float
from ..validate import real
from .box import BoxLike, read_box
from .field import Field
from .fields import Fields
from .formulas.language import names as parse_names
from .window import known_points, window

if TYPE_CHECKING:
    import xarray as xr

#: points along each axis: one number for all, or coordinate -> number
PointsLike: TypeAlias = "SupportsIndex | Mapping[str, SupportsIndex]"

_USUAL = {1: 401, 2: 121, 3: 41}  # points along each of so many axes
_MOST = 10_000_000  # points of a grid
_BLOCK = 20_000  # points that are evaluated at once

FIELDS = {
    "potential": Label("potential Phi"),
    "expected_loss": Label("expected loss", formula="E l(theta; x)"),
    "speed": Label("size of the drift", RATE, "|b|"),
    "gradient": Label("gradient"),
    "drift": Label("drift b", RATE),
    "diffusion": Label("diffusion matrix D"),
    "spurious_drift": Label("noise-induced drift times beta", RATE, "div (D + Q)"),
    "current": Label("current J up to its normalisation"),
    "circulation": Label("velocity of the circulation", RATE, "b + D grad Phi"),
}


def on_grid(
    landscape: Fields,
    box: BoxLike | None,
    *,
    field: str | None,
    points: PointsLike | None,
    coordinates: str | Iterable[str] | None,
    at: Mapping[str, float] | None,
    beta: float | None,
) -> xr.DataArray:
    """Return a field on a grid; see `Landscape.on_grid`."""
    shown = _shown(landscape, coordinates)
    fixed = _fixed(landscape, shown, at)
    given = read_box(shown, box)
    whole = given if set(given) == set(shown) else window(landscape) | given
    counts = _counts(shown, points)
    axes = {n: np.linspace(*whole[n], count) for n, count in zip(shown, counts, strict=True)}
    name = field if field is not None else _usual_field(landscape)
    function = _field(landscape, name, beta)
    rows = [axes[n] if n in axes else np.array([fixed[n]]) for n in landscape.coordinates]
    mesh = np.stack(np.meshgrid(*rows, indexing="ij"), -1).reshape(-1, landscape.dim)
    with np.errstate(all="ignore"):  # far out anything may overflow
        blocks = [function(part) for part in np.array_split(mesh, len(mesh) // _BLOCK + 1)]
    return _array(landscape, name, np.concatenate(blocks), axes, fixed)


def _shown(landscape: Fields, given: str | Iterable[str] | None) -> tuple[str, ...]:
    """Return the coordinates along the axes: one to three, by default the first two."""
    if given is None:
        return landscape.coordinates[:2]
    shown = parse_names(given)
    unknown = [name for name in shown if name not in landscape.coordinates]
    if unknown:
        raise ValueError(
            f"coordinates={unknown} are none of {landscape.name}; it has "
            f"{', '.join(landscape.coordinates)}."
        )
    if not 1 <= len(shown) <= len(_USUAL):
        raise ValueError(f"coordinates={shown}; a grid has one to three axes.")
    return shown


def _fixed(
    landscape: Fields, shown: tuple[str, ...], at: Mapping[str, float] | None
) -> dict[str, float]:
    """Return the values of the other coordinates: given, or those of the first minimum."""
    others = [name for name in landscape.coordinates if name not in shown]
    if at is not None and not isinstance(at, Mapping):
        raise TypeError(f"at={at!r}; give coordinate -> number, e.g. {{'z': 0}}.")
    wrong = sorted(map(str, set(at or {}) - set(others)))
    if wrong:
        raise ValueError(
            f"at= names {', '.join(wrong)}; the coordinates that are not along an axis are "
            f"{', '.join(others) or 'none'}."
        )
    usual = dict(zip(landscape.coordinates, known_points(landscape)[0].tolist(), strict=True))
    values = {}
    for name in others:
        value = real((at or {}).get(name, usual[name]))
        if value is None or not np.isfinite(value):
            raise ValueError(f"at={at!r}; give a finite number for {name}.")
        values[name] = float(value)
    return values


def _counts(shown: tuple[str, ...], given: PointsLike | None) -> list[int]:
    """Return the number of points along each axis."""
    usual = _USUAL[len(shown)]
    if isinstance(given, Mapping):
        unknown = sorted(map(str, set(given) - set(shown)))
        if unknown:
            raise ValueError(
                f"points= names {', '.join(unknown)}; the axes are {', '.join(shown)}."
            )
        entries = [given.get(name, usual) for name in shown]
    else:
        entries = [usual if given is None else given] * len(shown)
    for entry in entries:
        if isinstance(entry, bool) or not isinstance(entry, SupportsIndex) or int(entry) < 2:
            raise ValueError(f"points={given!r}; give whole numbers >= 2.")
    counts = [int(entry) for entry in entries]
    if np.prod(counts, dtype=float) > _MOST:
        raise ValueError(f"points={counts} are more than {_MOST:,} in all; give fewer.")
    return counts


def _usual_field(landscape: Fields) -> str:
    """Return what a plot of the landscape shows: a number at each point."""
    return {"potential": "potential", "drift": "speed"}.get(landscape.kind, "expected_loss")


def _field(landscape: Fields, name: str, beta: float | None) -> Field:
    """Return a field by its name."""
    if not isinstance(name, str) or name not in FIELDS:
        raise ValueError(f"field={name!r}; known: {', '.join(FIELDS)}.")
    if name in ("speed", "drift"):
        return landscape.drift(beta)
    if name == "circulation":
        down = landscape.diffusion.matrix * landscape.gradient.matrix
        landscape.potential  # noqa: B018  refused where Phi is not known
        return landscape.field(name, landscape.drift(beta).matrix + down)
    found = getattr(landscape, name)
    assert isinstance(found, Field)
    return found


def _array(
    landscape: Fields, name: str, values: Float, axes: dict[str, Float], fixed: dict[str, float]
) -> xr.DataArray:
    """Return values of shape (points, ...) as an array, the first coordinate last."""
    import xarray as xr

    if name == "speed":
        values = np.linalg.norm(values, axis=-1)
    lead = ("coordinate", "other")[: values.ndim - 1]
    along = [n for n in landscape.coordinates if n in axes]
    shape = [len(axes[n]) for n in along]
    components = dict.fromkeys(lead, list(landscape.coordinates))
    array = xr.DataArray(
        values.reshape(*shape, *values.shape[1:]), {**axes, **fixed, **components},
        (*along, *lead), name,
    )  # fmt: skip
    label = FIELDS[name]
    if name in landscape.formulas:
        label = label._replace(formula=str(landscape.formulas[name]))
    array = labelled(array.transpose(*lead, *reversed(list(axes))), {name: label})
    return array.assign_attrs(landscape=str(landscape))
