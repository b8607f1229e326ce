"""The points that a formula is fitted to: values, coordinates, and the makings of their errors."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ...labels import COMMON, Label, labelled
from ...typing import Bools, Float
from ..estimate import Contributions, Estimate
from ..sweeps.estimates import OTHER, estimate_of
from ..sweeps.points import is_dataset
from .formula import Formula

if TYPE_CHECKING:
    import xarray as xr

X = "x"


@dataclass(frozen=True, eq=False)
class Points:
    """Points with a result.

    Attributes
    ----------
    estimates
        The points, in order.
    at
        Name of a coordinate -> its values, shape (n,).
    dataset
        What they were read from.
    kept
        Which points of the dataset these are, of the shape of its values.
    definition
        What `x` stands for: a formula of other coordinates, or None.
    """

    estimates: tuple[Estimate, ...]
    at: dict[str, Float]
    dataset: xr.Dataset
    kept: Bools
    definition: Formula | None

    @property
    def values(self) -> Float:
        """Values of the estimates, shape (n,)."""
        return np.array([estimate.value for estimate in self.estimates])

    @property
    def left_out(self) -> int:
        """Number of points without a result."""
        return int((~self.kept).sum())

    def labelled(self, fitted: Float) -> xr.Dataset:
        """Return value, stderr, fit and residual of all points, NaN where there is no result."""
        value = self.dataset["value"]
        law = np.full(self.kept.shape, np.nan)
        law[self.kept] = fitted
        names = [n for n, c in value.coords.items() if set(c.dims) <= set(value.dims)]
        result = value.to_dataset(name="value").drop_vars(set(value.coords) - set(names))
        result["stderr"] = self.dataset["stderr"].variable
        result["fit"] = (value.dims, law)
        result["residual"] = (value.dims, np.where(self.kept, value.values - law, np.nan))
        unit = str(value.attrs.get("units", "1"))
        labels = {
            name: Label(text, unit)
            for name, text in (("fit", "fitted value"), ("residual", "value - fit"))
        }
        return labelled(result, {**COMMON, **labels})


def read_points(points: xr.Dataset | Mapping[float, Estimate], x: str | ArrayLike | None) -> Points:
    """Read the points of `fit`.

    Raises
    ------
    TypeError, ValueError
        They are no estimates, in unlike units, or `x` fits no point.
    """
    dataset = points if is_dataset(points) else _of_mapping(points)
    missing = [name for name in ("value", "stderr") if name not in dataset]
    if missing:
        raise TypeError(
            f"the points have no {' and no '.join(missing)}; give what an analysis of a sweep "
            "returns, e.g. analysis.moment(sweep, 'x**2'), or a dict x -> estimate."
        )
    value = dataset["value"]
    stderr = dataset["stderr"].transpose(*value.dims).values
    kept = np.isfinite(value.values) & np.isfinite(stderr)
    if not value.dims or not kept.any():
        raise ValueError("no point has a result with a finite error, so that there is no fit.")
    estimates = _estimates(points, dataset, kept)
    units = sorted({estimate.unit for estimate in estimates})
    if len(units) > 1:
        raise ValueError(
            f"the values are in {' and in '.join(map(repr, units))}; give points in one unit."
        )
    at = _coordinates(dataset, kept)
    at, definition = _with_x(dataset, at, kept, x)
    return Points(estimates, at, dataset, kept, definition)


def _of_mapping(points: object) -> xr.Dataset:
    """Return x -> estimate as a dataset along x."""
    import xarray as xr

    if not isinstance(points, Mapping) or not points:
        raise TypeError(
            f"the points are a {type(points).__name__}; give what an analysis of a sweep returns, "
            "or a dict x -> estimate."
        )
    for key, estimate in points.items():
        if not isinstance(estimate, Estimate):
            raise TypeError(f"the point at {key!r} is {estimate!r}, which is no Estimate.")
    values = [(e.value, e.stderr) for e in points.values()]
    value, stderr = np.array(values, float).T
    return xr.Dataset({"value": (X, value), "stderr": (X, stderr)}, {X: np.array([*points], float)})


def _estimates(points: object, dataset: xr.Dataset, kept: Bools) -> tuple[Estimate, ...]:
    """Return the points with what their errors are made of."""
    if isinstance(points, Mapping) and not is_dataset(points):
        return tuple(e for e, k in zip(points.values(), kept, strict=True) if k)
    dims = dataset["value"].dims
    if "sources" in dataset and "contribution" in dataset:
        indices = [dict(zip(dims, index, strict=True)) for index in np.argwhere(kept)]
        return tuple(estimate_of(dataset.isel(index)) for index in indices)
    value = dataset["value"].values[kept]
    stderr = dataset["stderr"].transpose(*dims).values[kept]
    count = np.full(len(value), math.nan)
    if "n_eff" in dataset:
        count = dataset["n_eff"].transpose(*dims).values[kept]
    freedom = float(np.nanmin(count)) - 1 if np.isfinite(count).any() else math.inf
    if "covariance" not in dataset:
        return tuple(
            Estimate(v, e, n if n >= 2 else 1.0, "")
            for v, e, n in zip(value, stderr, np.nan_to_num(count, nan=1.0), strict=True)
        )
    matrix = dataset["covariance"].transpose(*dims, *(f"{d}{OTHER}" for d in dims)).values
    flat = kept.ravel()
    matrix = matrix.reshape(len(flat), len(flat))[np.ix_(flat, flat)]
    values, vectors = np.linalg.eigh(matrix)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    return tuple(
        Estimate(v, float(np.sqrt(row @ row)), freedom + 1 if freedom < math.inf else 1.0, "",
                 contributions=Contributions.of(row, "given covariance", freedom=freedom))
        for v, row in zip(value, root, strict=True)
    )  # fmt: skip


def _coordinates(dataset: xr.Dataset, kept: Bools) -> dict[str, Float]:
    """Return the coordinates that are numbers, by the last part of their names, at each point."""
    value = dataset["value"]
    found: dict[str, Float] = {}
    for name, coordinate in value.coords.items():
        if coordinate.dtype.kind not in "biuf" or not set(coordinate.dims) <= set(value.dims):
            continue
        short = str(name).rpartition(".")[2]
        if short.isidentifier() and short not in found:
            found[short] = np.asarray(coordinate.broadcast_like(value).values[kept], float)
    return found


def _with_x(
    dataset: xr.Dataset, at: dict[str, Float], kept: Bools, x: str | ArrayLike | None
) -> tuple[dict[str, Float], Formula | None]:
    """Add `x` to the coordinates: the swept parameter if there is one, or what was given."""
    if isinstance(x, str):
        definition = Formula.of(x, list(at))
        if definition.parameters:
            raise ValueError(
                f"x={x!r} has {', '.join(definition.names)}; the points have the coordinates "
                f"{', '.join(at)}."
            )
        values, _ = definition.values([], at, int(kept.sum()))
        return {**at, X: values}, definition
    if x is not None:
        given = np.asarray(x, float)
        if given.shape != kept.shape:
            raise ValueError(
                f"x= has the shape {given.shape}, and the points {kept.shape}; give one number "
                "for each point."
            )
        return {**at, X: given[kept]}, None
    swept = [str(dim) for dim in dataset["value"].dims]
    if len(swept) == 1 and X not in at:
        own = swept[0].rpartition(".")[2]
        if own in at:
            return {**at, X: at[own]}, Formula.of(own, list(at))
    return at, None
