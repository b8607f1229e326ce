r"""The probability current as a field, measured along paths.

    J_i(x) = E[delta(x - X) o dX_i/dt]        (o: Stratonovich, the midpoint of a displacement)

The displacement between snapshots, a time tau apart, is counted in the cell of its midpoint,

    J_i(cell) ~ (1/(volume tau)) E[(X_i(t + tau) - X_i(t)) 1(midpoint in cell)],

which is zero in equilibrium at any tau.  Otherwise it has an error O(tau), because the midpoint of
a long displacement is not on the path; 2 J(tau) - J(2 tau) of each path removes it to first order.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from ..labels import DENSITY, FLUX, Label, labelled
from ..landscapes.box import read_box
from ..theory.operators.grid import fold
from ..typing import Float, Index
from ..validate import check_mapping, check_numbers, check_whole, shown, whole
from .estimate import Estimate
from .run_data import MIN_TRAJECTORIES, RunData, TooFewData, read_run
from .sweeps.each_point import each_point

if TYPE_CHECKING:
    import xarray as xr

Bins: TypeAlias = int | Mapping[str, ArrayLike]

_MOST_COORDINATES = 3
_MOST_BINS = 10_000  # along an axis
_FEWEST = 5  # snapshots: displacements over one, two and four intervals

_LABELS = {
    "current": Label("probability current", FLUX, "J_i = E[delta(x - X) o dX_i/dt]"),
    "stderr": Label("standard error of the probability current", FLUX),
    "lag_error": Label("error of the current by the time between snapshots", FLUX),
    "density": Label("probability density", DENSITY),
}


@each_point
def current(
    run: xr.Dataset,
    *,
    bins: Bins = 12,
    periodic: dict[str, tuple[float, float]] | None = None,
    discard_steps: int | None = None,
    diverged: str | None = None,
) -> xr.Dataset:
    """Measure the stationary probability current J in the cells of a coarse grid.

        J_i(cell) = (1/(volume tau)) E[(X_i(t + tau) - X_i(t)) 1(midpoint in cell)],    tau -> 0

    Parameters
    ----------
    run
        What `simulate.run` returned, with snapshots (`save_every=1` at best), in steady state.
    bins
        Number of cells along each axis over the range of the states; or the edges of the cells,
        coordinate -> array.
    periodic
        Coordinates that are folded into one period, coordinate -> (low, high).
    discard_steps
        Number of steps to leave out at the beginning; default: ten units of time, which are
        10/learning_rate steps of SGD or 10/dt steps of an SDE.
    diverged
        None refuses a run with diverged trajectories, "drop" leaves those out.

    Returns
    -------
    xarray.Dataset
        Variables at the centres of the cells: `current` and its standard error `stderr`, the
        probability that crosses a unit of area in a unit of time; `lag_error`, an estimate, itself
        with noise, of the remaining error by the time between snapshots; `density`.  Dimensions are
        `coordinate`, the component, and the axes, the first one last.  Each trajectory gives one
        independent value for every cell.

    Raises
    ------
    ValueError
        More than 3 coordinates, no snapshots, or edges that are not ascending.
    TooFewData
        (a ValueError) Fewer than 16 trajectories or 5 snapshots.
    Diverged
        (a ValueError) Some trajectories diverged and `diverged` is None.

    Examples
    --------
    >>> import numpy as np
    >>> from driftscape import analysis, landscapes, simulate
    >>> well = landscapes.double_well(rotation=1.5)
    >>> run = simulate.run(well, simulate.Ito(beta=1, dt=0.01), time=30, trajectories=100, seed=1,
    ...                    save_every=1)
    >>> edges = np.linspace(-2, 2, 5)
    >>> J = analysis.current(run, bins={"x1": edges, "x2": edges})
    >>> right = J.sel(coordinate="x2", x1=1.5, method=None).sel(x2=slice(-1, 1))
    >>> bool((right.current > 4 * right.stderr).all())  # anticlockwise: upwards on the right
    True
    """
    data = read_run(run, diverged)
    names = list(data.landscape.coordinates)
    if len(names) > _MOST_COORDINATES:
        raise ValueError(
            f"{data.landscape.name} has {len(names)} coordinates; a field of cells needs at "
            f"most {_MOST_COORDINATES}: take analysis.torque in a plane."
        )
    circles = read_box(
        names, check_mapping("periodic", periodic or {}, "coordinate -> (low, high)"), "periodic"
    )
    x, spacing = snapshots(data, discard_steps)
    periods = [circles.get(name) for name in names]
    edges = [_edges(names, k, bins, x[..., k], periods[k]) for k in range(len(names))]

    def cells(points: Float) -> Index:
        folded = [fold(points[..., k], period) for k, period in enumerate(periods)]
        return _cells(np.stack(folded, -1), edges)

    shape = tuple(len(e) - 1 for e in edges)
    volume = np.prod(np.meshgrid(*(np.diff(e) for e in edges), indexing="ij"), axis=0)
    size = int(np.prod(shape))

    def field(lag: int) -> Float:
        """Return J over `lag` intervals of each trajectory, shape (trajectories, dim, cells)."""
        displacement, middle = x[:, lag:] - x[:, :-lag], (x[:, lag:] + x[:, :-lag]) / 2
        cell = cells(middle)
        out = np.empty((len(x), len(names), size))
        for row, (cells_of_row, by) in enumerate(zip(cell, displacement, strict=True)):
            for k in range(len(names)):
                out[row, k] = np.bincount(cells_of_row, by[:, k], size + 1)[:size]
        out /= displacement.shape[1] * lag * spacing
        return out

    once, twice, four = field(1), field(2), field(4)
    flow, count = 2 * once - twice, len(x)
    error = flow.std(axis=0, ddof=1) / np.sqrt(count)
    left = (2 * twice - four - flow).mean(axis=0) / 3  # the error of second order
    visits = np.bincount(cells(x).ravel(), minlength=size + 1)[:size] / (count * x.shape[1])
    return _dataset(
        names, edges, volume,
        {"current": flow.mean(axis=0), "stderr": error, "lag_error": left},
        visits.reshape(shape), f"{count} trajectories, snapshots {spacing:g} apart",
    )  # fmt: skip


def snapshots(data: RunData, discard_steps: int | None) -> tuple[Float, float]:
    """Return the stationary snapshots, shape (trajectories, n, dim), and the time between them."""
    first = data.first_snapshot(discard_steps)
    x = data.state[:, first:]
    if x.shape[1] < _FEWEST or len(x) < MIN_TRAJECTORIES:
        raise TooFewData(
            f"{len(x)} trajectories of {x.shape[1]} snapshots; a current needs {MIN_TRAJECTORIES} "
            f"of {_FEWEST}.  Run longer, save more often, or discard fewer steps.",
            Estimate(float("nan"), float("inf"), len(x), "displacements"),
        )
    return x, data.interval(first) * float(data.dynamics.time_step)


def _edges(
    names: list[str], axis: int, bins: Bins, x: Float, period: tuple[float, float] | None
) -> Float:
    """Return the edges of the cells along an axis."""
    if isinstance(bins, Mapping) and set(bins) != set(names):
        raise ValueError(f"bins={shown(bins)}; give edges for each of {', '.join(names)}.")
    given: ArrayLike = bins[names[axis]] if isinstance(bins, Mapping) else bins
    if (count := whole(given)) is not None:
        check_whole("bins", count, most=_MOST_BINS)
        low, high = period or (float(x.min()), float(x.max()))
        return np.linspace(low, high, count + 1)
    edges = check_numbers(f"bins of {names[axis]}", given, "a number of cells, or their edges")
    if edges.ndim != 1 or len(edges) < 2 or not (np.diff(edges) > 0).all():
        raise ValueError(f"bins of {names[axis]}: edges must be ascending; got {shown(given)}.")
    return edges


def _cells(x: Float, edges: list[Float]) -> Index:
    """Return the number of each point's cell; the number of cells for a point in none."""
    number, inside = np.zeros(x.shape[:-1], np.int64), np.ones(x.shape[:-1], bool)
    for k, e in enumerate(edges):
        index = np.searchsorted(e, x[..., k], "right") - 1
        index[x[..., k] == e[-1]] = len(e) - 2
        inside &= (index >= 0) & (index < len(e) - 1)
        number = number * (len(e) - 1) + index
    size = int(np.prod([len(e) - 1 for e in edges]))
    return np.where(inside, number, size)


def _dataset(
    names: list[str], edges: list[Float], volume: Float, fields: dict[str, Float], visits: Float,
    method: str,
) -> xr.Dataset:  # fmt: skip
    import xarray as xr

    cells = {n: (e[1:] + e[:-1]) / 2 for n, e in zip(names, edges, strict=True)}
    variables = {
        name: (("coordinate", *names), values.reshape(len(names), *visits.shape) / volume)
        for name, values in fields.items()
    }
    result = xr.Dataset(
        {**variables, "density": (tuple(names), visits / volume)},
        {
            "coordinate": names,
            **cells,
            **{f"{n}_edge": e for n, e in zip(names, edges, strict=True)},
        },
        {"method": method},
    )
    return labelled(result.transpose("coordinate", *reversed(names), ...), _LABELS)
