"""Measured points with error bars and predicted curves, as functions of one parameter.

Points are a dataset of estimates over a swept parameter, pairs (x, estimate), or x -> estimate.
A curve is a function of x, or points.  Several of either are label -> points.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, cast

import numpy as np

from ..analysis import Estimate
from ..analysis.sweeps.points import is_dataset, swept_dimensions
from ..theory import Theory
from ..typing import Float
from ..validate import real, shown
from .canvas import colors
from .words import axis_label, parameter_label, value_of

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

#: a number with its error: measured, predicted, or exact
Number: TypeAlias = "Estimate | Theory | float"
#: points of one series
PointsLike: TypeAlias = "xr.Dataset | Mapping[float, Number] | Sequence[tuple[float, Number]]"
#: points of one series, or label -> points of several
SeriesLike: TypeAlias = "PointsLike | Mapping[str, PointsLike]"
#: a prediction, as a function of x or at points
CurveLike: TypeAlias = "Callable[[float], Number] | PointsLike"
#: a prediction, or label -> prediction
CurvesLike: TypeAlias = "CurveLike | Mapping[str, CurveLike]"

MARKERS = "osD^vPX*"
LINES = "-", "--", ":", "-."
_FINE = 41  # points of a curve
_THEORY = "theory"  # what the lines of predictions are called among those of an axes
_JOINING = {"of", "over", "from", "to", "at"}
_DECADE = 10.0  # ratio of the ends from which on these are spaced evenly in the logarithm
_POINTS = "points: a dataset of estimates over a swept parameter, {x: estimate} or [(x, estimate)]"


@dataclass(frozen=True)
class Series:
    """One series: x, values and errors, shape (n,) each, with its label and those of the axes."""

    label: str
    x: Float
    value: Float
    error: Float
    names: tuple[str, str] = ("", "")
    ticks: tuple[str, ...] = ()


def named(given: object) -> Mapping[str, object] | None:
    """Return label -> thing where that is given; a dataset, a mapping too, is one."""
    if isinstance(given, Mapping) and not is_dataset(given) and given:
        if all(isinstance(name, str) for name in given):
            return given
    return None


def read_series(argument: str, given: object, over: str | None = None) -> list[Series]:
    """Return the series that are given.

    Parameters
    ----------
    argument
        Name of the argument, for messages.
    given
        What is written as `SeriesLike`.
    over
        The swept parameter along the axis, of a dataset over several.

    Raises
    ------
    TypeError, ValueError
        It is none of these.
    """
    if is_dataset(given):
        return _of_dataset(argument, given, over)
    if (parts_of := named(given)) is not None:
        parts = [(n, s) for n, p in parts_of.items() for s in read_series(argument, p, over)]
        return [Series(n, s.x, s.value, s.error, s.names, s.ticks) for n, s in parts]
    if over is not None:
        raise ValueError(f"over={over!r} is for a dataset, and {argument}= is none; leave it out.")
    pairs = list(given.items()) if isinstance(given, Mapping) else given
    if not isinstance(pairs, (list, tuple)) or not pairs:
        raise TypeError(f"{argument}={shown(given)}; give {_POINTS}.")
    rows = [_row(argument, pair) for pair in pairs]
    x, value, error = np.array(sorted(rows)).T
    return [Series("", x, value, error)]


def read_curves(argument: str, given: object, x: Iterable[float]) -> list[Series]:
    """Return predictions as series; a function is evaluated over the range of `x`."""
    if given is None:
        return []
    if (parts_of := named(given)) is not None:
        parts = [(n, s) for n, p in parts_of.items() for s in read_curves(argument, p, x)]
        return [Series(n, s.x, s.value, s.error) for n, s in parts]
    if not callable(given):
        return read_series(argument, given)
    positions = _fine(np.array(list(x)))
    numbers = [_number(argument, given(float(each))) for each in positions]
    value, error = np.array(numbers).T
    return [Series("theory", positions, value, error)]


def draw_series(ax: Axes, series: Sequence[Series]) -> None:
    """Draw measured points in colours, with error bars of one standard error."""
    start = len(ax.containers)
    for number, each in enumerate(series, start):
        ax.errorbar(
            each.x, each.value, each.error, ls="none", marker=MARKERS[number % len(MARKERS)],
            color=colors()[number], label=each.label or None, zorder=3,
        )  # fmt: skip
    if series and series[0].ticks:
        ax.set_xticks(series[0].x, series[0].ticks)


def draw_curves(ax: Axes, curves: Sequence[Series]) -> None:
    """Draw predictions as black lines, each in another way, also after those of an earlier call."""
    start = sum(line.get_gid() == _THEORY for line in ax.lines)
    for number, each in enumerate(curves, start):
        line, marker = LINES[number % len(LINES)], ""
        if len(each.x) == 1:
            line, marker = "none", "_"
        ax.plot(
            each.x, each.value, color="black", ls=line, marker=marker, ms=12, mew=1.5,
            label=each.label or None, zorder=2, gid=_THEORY,
        )  # fmt: skip


def legend(ax: Axes) -> None:
    """Draw a legend where there is something to tell apart."""
    if len(ax.get_legend_handles_labels()[1]) > 0:
        ax.legend(loc="best")


def _of_dataset(argument: str, points: xr.Dataset, over: str | None) -> list[Series]:
    missing = [name for name in ("value", "stderr") if name not in points]
    if missing:
        raise ValueError(
            f"{argument}= has no {' and no '.join(missing)}; give the estimates that an analysis "
            "of a sweep returns."
        )
    swept = [n for n in swept_dimensions(points) if n in points["value"].dims]
    names = swept or [str(name) for name in points["value"].dims]
    if not names:
        raise ValueError(f"{argument}= is a single point; give the estimates of a sweep.")
    if over is not None and over not in names:
        raise ValueError(f"over={over!r}; the estimates are over {', '.join(names)}.")
    first = over or names[0]
    others = [name for name in names if name != first]
    table = points[["value", "stderr"]].stack(_series=others) if others else points
    rows = [table.isel(_series=i) for i in range(table.sizes["_series"])] if others else [table]
    axis, ticks = _axis(points, first)
    labels = parameter_label(first), _meaning(points)
    found = []
    for row in rows:
        text = ", ".join(value_of(name, row[name].item()) for name in others)
        value, error = (row[name].transpose(first).values for name in ("value", "stderr"))
        kept = np.isfinite(value)
        order = np.argsort(axis[kept], kind="stable")
        x, y, e = (part[kept][order] for part in (axis, value, error))
        marks = tuple(np.array(ticks)[kept][order]) if ticks else ()
        found.append(Series(text, x, y, e, labels, marks))
    return found


def _meaning(points: xr.Dataset) -> str:
    """Return what was estimated: the words that the methods of all points have in common."""
    if "method" not in points or "value" not in str(points["value"].attrs.get("long_name", "")):
        return axis_label(points["value"], "value")
    texts = [str(text).split() for text in points["method"].values.ravel() if str(text)]
    alike = [words[0] for words in zip(*texts, strict=False) if len(set(words)) == 1]
    while alike and alike[-1] in _JOINING:
        alike.pop()
    return " ".join(alike) or axis_label(points["value"], "value")


def _axis(points: xr.Dataset, name: str) -> tuple[Float, tuple[str, ...]]:
    """Return where the points are along the axis, and labels where they are no numbers."""
    values = points[name].values if name in points.coords else np.arange(points.sizes[name])
    if values.dtype.kind in "iuf":
        return values.astype(float), ()
    return np.arange(len(values), dtype=float), tuple(map(str, values))


def _row(argument: str, pair: object) -> tuple[float, float, float]:
    if not isinstance(pair, (list, tuple)) or len(pair) != 2 or real(pair[0]) is None:
        raise TypeError(f"{argument}= has {shown(pair)}; give {_POINTS}.")
    return (float(cast(float, real(pair[0]))), *_number(argument, pair[1]))


def _number(argument: str, given: object) -> tuple[float, float]:
    """Return a value and its error."""
    if isinstance(given, Estimate):
        return given.value, given.stderr
    if isinstance(given, Theory):
        return given.value, given.truncation
    if isinstance(given, np.ndarray) and given.size == 1:
        given = given.item()
    if isinstance(given, complex):
        given = given.real
    number = real(given)
    if number is None:
        raise TypeError(
            f"{argument}= gives {shown(given)}; it must be an Estimate, a Theory or a number."
        )
    return float(number), 0.0


def _fine(x: Float) -> Float:
    """Return positions of a curve over the range of x, evenly spaced in x or in its logarithm."""
    low, high = float(x.min()), float(x.max())
    if low > 0 and high / low > _DECADE:
        return np.geomspace(low, high, _FINE)
    return np.linspace(low, high, _FINE)
