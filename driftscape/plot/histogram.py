"""Histograms of the states of runs, with error bars, beside the law of the steady state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import ArrayLike

from ..analysis.estimate import Estimate
from ..analysis.run_data import MIN_TRAJECTORIES, RunData, TooFewData, read_run
from ..analysis.sweeps.points import is_dataset
from ..typing import Float, Index
from ..validate import check_choice, check_numbers, check_whole, shown, whole
from .canvas import colors, drawing, legend_below
from .law import LawsLike, read_laws
from .series import LINES, MARKERS
from .words import coordinate as text_of
from .words import dynamics_title, landscape_titles, set_title

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

_BINS = 40
_REACH = 2e-4  # share of the states that may lie beyond the bins at each end
_ATOMS = 2  # so few occupied bins are no density where the run has come to rest:
_STILL = 0.02  # its states spread by less than this share of a bin


@dataclass(frozen=True)
class Counted:
    """A run in bins: its label, density and errors of each bin, and where it came to rest."""

    label: str
    density: Float
    error: Float
    rest: Float


def histogram(
    run: xr.Dataset | Mapping[str, xr.Dataset],
    coordinate: str | None = None,
    *,
    law: LawsLike | None = None,
    ax: Axes | None = None,
    at: str = "all",
    bins: int | ArrayLike = _BINS,
    discard_steps: int | None = None,
    diverged: str | None = None,
) -> Axes:
    r"""Draw the density of one coordinate in bins, with error bars, beside a law.

        density(bin) = share of the states in the bin / width of the bin

    Parameters
    ----------
    run
        What `simulate.run` returned; or label -> run, for several in one picture.
    coordinate
        Default: the first of the landscape.
    law
        The law of the steady state: "gibbs", exp(-beta Phi)/Z of the first run at its own beta (a
        landscape made by `from_potential`); or a function of the coordinate; or an
        `xarray.DataArray`, of which other coordinates are integrated; or the operators
        `theory.fokker_planck(...)` and `theory.transfer_operator(...)`; or label -> one of these.
    ax
        Where to draw; default: the axes of a new figure.

    Other Parameters
    ----------------
    at
        "all" takes the snapshots after `discard_steps`; "final" takes the final states alone.
    bins
        Their number, over the range of the states, or their edges.
    discard_steps
        Number of steps to leave out at the beginning; default: ten units of time, which are
        10/learning_rate steps of SGD or 10/dt steps of an SDE.
    diverged
        None refuses a run with diverged trajectories, "drop" leaves those out.

    Returns
    -------
    matplotlib.axes.Axes
        The axes that were drawn on.  Error bars are one standard error: the scatter over
        trajectories of the share of each one's snapshots, or for final states that of a Poisson
        count.  A run that has come to rest, as gradient descent does, is a vertical line at each
        of its states.

    Raises
    ------
    TooFewData
        (a ValueError) Fewer than 16 trajectories, or no snapshot is left.
    TypeError, ValueError
        It is no run, it has no snapshots, or an argument is refused.

    Examples
    --------
    >>> from driftscape import landscapes, plot, simulate
    >>> well, sgd = landscapes.quartic_well(), simulate.SGD(learning_rate=0.25, batch_size=1)
    >>> options = {"time": 30, "trajectories": 200, "seed": 1, "save_every": 4}
    >>> runs = {"SGD": simulate.run(well, sgd, **options),
    ...         "SDE": simulate.run(well, sgd.as_sde(substeps=4), **options),
    ...         "GD": simulate.run(well, simulate.GD(learning_rate=0.25), **options)}
    >>> ax = plot.histogram(runs, law="gibbs")
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('$x$', 'density of $x$')
    """
    check_choice("at", at, ("all", "final"))
    if at == "final" and discard_steps is not None:
        raise ValueError(f"discard_steps={discard_steps} is for at='all'; leave it out.")
    if (count := whole(bins)) is not None:
        check_whole("bins", count, 2, 10_000)
    runs = _runs(run)
    read = {name: read_run(each, diverged) for name, each in runs.items()}
    first = next(iter(read.values()))
    name = first.landscape.coordinates[0] if coordinate is None else coordinate
    states = [_states(each, name, at, discard_steps) for each in read.values()]
    edges = _edges(bins, states)
    counted = [_count(n, x, edges, at) for n, x in zip(read, states, strict=True)]
    laws = read_laws(law, first.landscape, first.dynamics, name, edges[[0, -1]])
    own = ax is None
    with drawing(ax) as ax:
        for line, (label, x, density) in zip(LINES * len(laws), laws, strict=False):
            ax.plot(x, density, color="black", ls=line, label=label or "law", zorder=2)
        for number, each in enumerate(counted, len(ax.containers)):
            _draw(ax, each, (edges[1:] + edges[:-1]) / 2, number)
        text = text_of(name)
        ax.set(xlabel=text, ylabel=f"density of {text}", xlim=edges[[0, -1]])
        ax.set_ylim(bottom=0)
        titles = landscape_titles(first.landscape)
        if len(read) == 1:
            more = dynamics_title(first.dynamics)
            titles = [*(f"{text}; {more}" for text in titles), *titles]
        set_title(ax, titles)
        legend_below(ax, own)
    return ax


def _runs(given: object) -> Mapping[str, xr.Dataset]:
    if is_dataset(given):
        return {"": given}
    if isinstance(given, Mapping) and given and all(map(is_dataset, given.values())):
        return cast("Mapping[str, xr.Dataset]", given)
    raise TypeError(f"run={shown(given)}; give what simulate.run returns, or label -> run.")


def _states(data: RunData, name: str, at: str, discard_steps: int | None) -> Float:
    """Return the states that are counted, shape (trajectories, n)."""
    column = data.column(name)
    if at == "final":
        return data.final[:, [column]]
    first = data.first_snapshot(discard_steps)
    states = data.state[:, first:, column]
    if len(states) < MIN_TRAJECTORIES or not states.shape[1]:
        raise TooFewData(
            f"{len(states)} trajectories of {states.shape[1]} snapshots after the discarded steps; "
            f"error bars need {MIN_TRAJECTORIES} trajectories and a snapshot: run more, run "
            "longer, or pass a smaller discard_steps=.",
            Estimate(float("nan"), float("inf"), len(states), "shares of bins"),
        )
    return states


def _edges(bins: int | ArrayLike, states: list[Float]) -> Float:
    count = whole(bins)
    if count is None:
        edges = check_numbers("bins", bins, "how many bins, or their edges")
        if edges.ndim != 1 or len(edges) < 2 or not (np.diff(edges) > 0).all():
            raise ValueError(f"bins={shown(bins)}; give edges in ascending order.")
        return edges
    ends = np.array([np.quantile(x, [_REACH, 1 - _REACH]) for x in states])
    low, high = float(ends[:, 0].min()), float(ends[:, 1].max())
    if not low < high:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, count + 1)


def _count(name: str, states: Float, edges: Float, at: str) -> Counted:
    """Count states in bins; states outside belong to the whole of which shares are taken."""
    width, size = np.diff(edges), len(edges) - 1
    place = np.searchsorted(edges, states, "right") - 1
    place[states == edges[-1]] = size - 1
    rows, inside = len(states), (place >= 0) & (place < size)
    flat = (np.arange(rows)[:, None] * size + place)[inside]
    shares = np.bincount(flat, minlength=rows * size).reshape(rows, size) / states.shape[1]
    mean = shares.mean(axis=0)
    if at == "final":  # Poisson: the root of the count
        error = np.sqrt(mean / rows)
    else:
        error = shares.std(axis=0, ddof=1) / np.sqrt(rows)
    occupied = np.flatnonzero(mean)
    return Counted(name, mean / width, error / width, _rest(states, place, width, occupied))


def _rest(states: Float, place: Index, width: Float, occupied: Index) -> Float:
    """Return where the states are, if they lie in few bins and close together in each."""
    if not 0 < len(occupied) <= _ATOMS:
        return np.empty(0)
    each = [states[place == number] for number in occupied]
    spread = max(float(x.std()) / float(width[n]) for x, n in zip(each, occupied, strict=True))
    return np.array([x.mean() for x in each]) if spread < _STILL else np.empty(0)


def _draw(ax: Axes, run: Counted, centres: Float, number: int) -> None:
    color, label = colors()[number], run.label or None
    if len(run.rest):
        for which, x in enumerate(run.rest):
            text = (f"{label}: " if label else "") + "at rest"
            ax.axvline(x, color=color, lw=1.8, label=None if which else text, zorder=1)
        return
    seen = run.density > 0
    ax.errorbar(
        centres[seen], run.density[seen], run.error[seen], ls="none",
        marker=MARKERS[number % len(MARKERS)], color=color, label=label, zorder=3,
    )  # fmt: skip
