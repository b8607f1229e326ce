"""Densities gathered while a run goes on: counts in bins, in constant memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from ..labels import DENSITY, Label
from ..landscapes.formulas.language import names
from ..landscapes.landscape import Landscape
from ..typing import Float, Index
from ..validate import check_interval, check_mapping, check_whole, shown
from .ensemble import Variables, described
from .histogram import Histogram, edges_of, resolved

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
        for axis, (low, high), count in zip(axes, ends, counts, strict=True):
            if not resolved(low, high, count):
                raise ValueError(
                    f"bins={count} of {axis!r} from {low!r} to {high!r} have a width that is not "
                    "resolved by floating-point numbers; use fewer bins or other bounds."
                )
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
        return [edges_of(*ends, n) for ends, n in zip(self.bounds, self.bins, strict=True)]

    def counted(self, landscape: Landscape) -> tuple[sp.Symbol, ...]:
        """Return the symbols of the coordinates on a landscape."""
        unknown = set(self.coordinates) - set(landscape.coordinates)
        if unknown:
            raise ValueError(
                f"Density names {', '.join(sorted(unknown))}; {landscape.name} has "
                f"{', '.join(landscape.coordinates)}."
            )
        return tuple(landscape.symbols[landscape.coordinates.index(c)] for c in self.coordinates)


class Counter:
    """The counts so far, of each point of a sweep."""

    def __init__(self, density: Density, points: int = 1) -> None:
        self.density = density
        self.histogram = Histogram.empty(
            density.bounds, density.bins, density.discard_steps, points
        )

    @property
    def counts(self) -> Index:
        """Counts in the bins, shape (points, *bins)."""
        return self.histogram.counts[:, :-1].reshape(-1, *self.density.bins)

    @property
    def outside(self) -> Index:
        """Counts in no bin, shape (points,)."""
        return self.histogram.counts[:, -1]

    def restore(self, earlier: Sequence[xr.Dataset]) -> None:
        """Continue from the counts of the dataset of each point."""
        for i, dataset in enumerate(earlier):
            counts, stored = dataset["counts"].transpose(*self._axes), "outside" in dataset
            outside = dataset["outside"] if stored else counts.attrs["outside"]  # of a sweep, a run
            self.histogram.counts[i, :-1] = counts.values.ravel()
            self.histogram.counts[i, -1] = int(outside)

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
