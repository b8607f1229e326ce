"""Densities gathered while a run goes on: counts in bins, in constant memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..labels import DENSITY, Label
from ..landscapes.formulas.language import names
from ..landscapes.landscape import Landscape
from ..typing import Float
from ..validate import check_interval, check_mapping, check_whole, shown
from .ensemble import Variables, described

if TYPE_CHECKING:
    import xarray as xr

N = TypeVar("N", bound=np.generic)

_MOST_CELLS = 10_000_000


@dataclass(frozen=True)
class Density:
    """Histogram of one to three coordinates over all trajectories and sampled steps.

        counts[i, j] = number of (trajectory, step k*every > discard_steps) with the state in bin
        (i, j)

    Counts are whole numbers: shards add up, and the order of summation leaves no trace.  The
    dataset has `counts` and `density` over `bin_x2`, `bin_x1`: the first coordinate comes last, as
    `.plot()` needs it.

    Parameters
    ----------
    coordinates
        `"x1 x2"`.
    bounds
        Coordinate -> (low, high); what falls outside is counted in `outside`.
    bins
        Bins along each coordinate, a number or one for each.
    every
        Steps between samples.
    discard_steps
        Steps left out at the beginning.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> well, ito = landscapes.quartic_well(), simulate.Ito(beta=5, dt=0.01)
    >>> keep = Density("x", bounds={"x": (-2, 2)}, bins=20, every=10)
    >>> run = simulate.run(well, ito, steps=1000, trajectories=50, seed=1, keep=keep)
    >>> int(run.counts.sum() + run.counts.outside)
    5000
    """

    coordinates: tuple[str, ...]
    bounds: tuple[tuple[float, float], ...]
    bins: tuple[int, ...]
    every: int
    discard_steps: int = 0

    def __init__(
        self,
        coordinates: str | Sequence[str],
        *,
        bounds: Mapping[str, Sequence[float]],
        bins: int | Sequence[int] = 50,
        every: int,
        discard_steps: int = 0,
    ) -> None:
        axes = names(coordinates)
        if len(axes) > 3:
            raise ValueError(f"coordinates={shown(axes)}; a density has at most three.")
        check_mapping("bounds", bounds, f"coordinate -> (low, high), {{{axes[0]!r}: (-2, 2)}}")
        if set(bounds) != set(axes):
            raise ValueError(f"bounds={shown(bounds)} must name {', '.join(axes)}.")
        several = isinstance(bins, (list, tuple)) or (isinstance(bins, np.ndarray) and bins.ndim)
        each: Any = bins if several else [bins] * len(axes)
        if len(each) != len(axes):
            raise ValueError(
                f"bins={shown(bins)}; give one number, or one for each of {', '.join(axes)}."
            )
        counts = tuple(check_whole("bins", count) for count in each)
        every = check_whole("every", every)
        discard_steps = check_whole("discard_steps", discard_steps, 0)
        if np.prod(counts, dtype=float) > _MOST_CELLS:
            raise ValueError(f"bins={counts} make more than {_MOST_CELLS:,} cells; use fewer.")
        ends = tuple(check_interval(f"bounds[{axis!r}]", bounds[axis]) for axis in axes)
        for name, value in zip(
            ("coordinates", "bounds", "bins", "every", "discard_steps"),
            (axes, ends, counts, every, discard_steps),
            strict=True,
        ):
            object.__setattr__(self, name, value)

    def to_dict(self) -> dict[str, object]:
        """Return the arguments, ready for JSON."""
        return {
            "coordinates": list(self.coordinates),
            "bounds": dict(zip(self.coordinates, map(list, self.bounds), strict=True)),
            "bins": list(self.bins),
            "every": self.every,
            "discard_steps": self.discard_steps,
        }

    @property
    def edges(self) -> list[Float]:
        """Bin edges along each coordinate."""
        return [np.linspace(*ends, n + 1) for ends, n in zip(self.bounds, self.bins, strict=True)]


class Counter:
    """The counts so far, of each point of a sweep."""

    def __init__(self, density: Density, landscape: Landscape, points: int = 1) -> None:
        unknown = set(density.coordinates) - set(landscape.coordinates)
        if unknown:
            raise ValueError(
                f"Density names {', '.join(sorted(unknown))}; {landscape.name} has "
                f"{', '.join(landscape.coordinates)}."
            )
        self.density = density
        self.rows = [landscape.coordinates.index(c) for c in density.coordinates]
        self.counts = np.zeros((points, *density.bins), dtype=np.int64)
        self.outside = np.zeros(points, dtype=np.int64)

    def add(self, states: Float, step: int) -> None:
        """Count states (coordinates, points x trajectories) of one sampled step.

        NaN counts as outside.
        """
        if step <= self.density.discard_steps:
            return
        points = len(self.counts)
        for point, part in enumerate(np.split(states, points, axis=1) if points > 1 else [states]):
            cell = np.zeros(part.shape[1], dtype=np.int64)
            inside = np.ones(part.shape[1], dtype=bool)
            for row, edges, bins in zip(
                self.rows, self.density.edges, self.density.bins, strict=True
            ):
                index = np.searchsorted(edges, part[row], side="right") - 1
                inside &= (index >= 0) & (index < bins)
                cell = cell * bins + np.clip(index, 0, bins - 1)
            counted = np.bincount(cell[inside], minlength=self.counts[point].size)
            self.counts[point] += counted.reshape(self.density.bins)
            self.outside[point] += (~inside).sum()

    def restore(self, earlier: Sequence[xr.Dataset]) -> None:
        """Continue from the counts of the dataset of each point."""
        for i, dataset in enumerate(earlier):
            self.counts[i] = dataset["counts"].transpose(*self._axes).values
            stored = "outside" in dataset  # of a point of a sweep
            outside = dataset["outside"] if stored else dataset["counts"].attrs["outside"]
            self.outside[i] = int(outside)

    def variables(self, apart: bool) -> tuple[Variables, Variables]:
        """Return data variables along `point`, and coordinates, for the dataset.

        The counts of a run have the number outside as an attribute; `apart` gives a variable.
        """
        edges = self.density.edges
        cell = np.prod([e[1] - e[0] for e in edges])
        each = self.counts.reshape(len(self.counts), -1).sum(axis=1)
        total = np.maximum(1, each + self.outside).reshape(-1, *[1] * len(edges))
        # the first coordinate last: `.plot()` draws it along the horizontal axis
        axes = ("point", *reversed(self._axes))
        density = _upright(self.counts / (total * cell))
        data = described({
            "counts": (axes, _upright(self.counts).copy(), Label("states in the bin")),
            "density": (axes, density, Label("probability density", DENSITY)),
            "outside": (("point",), self.outside.copy(), Label("states in no bin")),
        })  # fmt: skip
        if not apart:
            data["counts"][2]["outside"] = int(data.pop("outside")[1][0])
        middles = [(e[1:] + e[:-1]) / 2 for e in edges]
        labels = map(Label, self.density.coordinates)
        along = zip(self._axes, middles, labels, strict=True)
        return data, described({axis: ((axis,), middle, label) for axis, middle, label in along})

    @property
    def _axes(self) -> tuple[str, ...]:
        return tuple(f"bin_{c}" for c in self.density.coordinates)


def _upright(counts: NDArray[N]) -> NDArray[N]:
    """Reverse all axes but the first."""
    return counts.transpose(0, *range(counts.ndim - 1, 0, -1))
