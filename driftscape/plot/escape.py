"""Escape times on a logarithmic scale, against 1/D or batch_size/learning_rate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np

from ..analysis import at_every_point, mean_first_passage_time
from ..analysis.sweeps.points import Sweep, is_dataset, swept_dimensions
from ..simulate import provenance
from .canvas import drawing
from .series import (
    CurvesLike,
    Series,
    SeriesLike,
    draw_curves,
    draw_series,
    legend,
    named,
    read_curves,
    read_series,
)
from .words import value_of

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

_TEMPERATURE = r"$1/D = \beta$"
_BATCH = r"$b/\eta$"


def escape(
    points: SeriesLike,
    theory: CurvesLike | None = None,
    *,
    ax: Axes | None = None,
) -> Axes:
    r"""Draw ln tau of mean escape times tau, which Kramers' law makes a straight line.

        ln tau = barrier/D + constant,     D = 1/beta;  for SGD  1/D ~ batch_size/learning_rate

    Parameters
    ----------
    points
        First passages over a sweep of `simulate.first_passage`, or their estimates from
        `analysis.mean_first_passage_time`; or {x: estimate}, or [(x, estimate), ...]; or label ->
        one of these, for several series.  A sweep over beta is drawn against 1/D = beta, one over
        the learning rate or the batch size against b/eta, another one against its parameter.
    theory
        A function of the position on the horizontal axis that returns the time, as a `Theory` or a
        number; or points; or label -> one of these.
    ax
        Where to draw; default: the axes of a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The axes that were drawn on.  Its vertical axis is linear in ln tau.

    Raises
    ------
    TypeError, ValueError
        The points or the prediction are none of these, or a time is not positive.

    Examples
    --------
    >>> from driftscape import landscapes, plot, simulate, theory
    >>> well, ito = landscapes.quartic_well(), simulate.Ito(beta=5, dt=0.01)
    >>> passages = simulate.first_passage(well, ito, over={"beta": [3, 4, 5]}, start=-1,
    ...                                   target="x > 0", trajectories=200, max_time=500, seed=1)
    >>> ax = plot.escape(passages, lambda beta: theory.mean_first_passage_time(
    ...     well, beta=beta, start=-1, target=0))
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('$1/D = \\beta$', '$\\ln\\,\\tau$')
    """
    parts = named(points) or {"": points}
    read = [_read(part) for part in parts.values()]
    series = [
        _logarithm(replace(each, label=name or each.label))
        for name, (found, _) in zip(parts, read, strict=True)
        for each in found
    ]
    times = read_curves("theory", theory, np.concatenate([each.x for each in series]))
    with drawing(ax) as ax:
        draw_curves(ax, [_logarithm(each) for each in times])
        draw_series(ax, series)
        names = {name for _, name in read}
        ax.set(xlabel=names.pop() if len(names) == 1 else "$1/D$", ylabel=r"$\ln\,\tau$")
        legend(ax)
    return ax


def _read(points: object) -> tuple[list[Series], str]:
    """Return the series of times, and the label of their axis."""
    if not is_dataset(points):
        return read_series("points", points), "$1/D$"
    if "passage_time" in points:
        if not swept_dimensions(points):
            raise ValueError(
                "points= are the first passages of a single point; run them over several, "
                "over={'beta': [...]}."
            )
        points = at_every_point(mean_first_passage_time, points)
    series = read_series("points", points)
    swept = set(swept_dimensions(points))
    if swept & {"learning_rate", "batch_size"}:
        return _against_ratio(points), _BATCH
    name = series[0].names[0]
    return series, _TEMPERATURE if "beta" in swept else name


def _against_ratio(points: xr.Dataset) -> list[Series]:
    """Return the estimates against b/eta, a series for each value of the other parameters."""
    sweep = Sweep.of([points])
    assert sweep is not None
    rows: dict[str, list[tuple[float, float, float]]] = {}
    for point in sweep:
        here = points.isel(point.at)
        dynamics = cast("Mapping[str, float]", provenance(here)["dynamics"])
        others = [n for n in sweep.names if n not in ("learning_rate",)]
        several = others if len(sweep.names) > 1 else []
        label = ", ".join(value_of(name, here[name].item()) for name in several)
        ratio = float(dynamics["batch_size"]) / float(dynamics["learning_rate"])
        if np.isfinite(float(here["value"])):
            row = ratio, float(here["value"]), float(here["stderr"])
            rows.setdefault(label, []).append(row)
    return [Series(label, *np.array(sorted(found)).T) for label, found in rows.items()]


def _logarithm(times: Series) -> Series:
    if not (times.value > 0).all():
        worst = float(times.value.min())
        raise ValueError(f"an escape time is {worst:g}; only positive times have a logarithm.")
    return replace(times, value=np.log(times.value), error=times.error / times.value)
