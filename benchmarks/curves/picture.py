"""All curves: time per unit of work against the size, with the ideal and twice the ideal."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np

from .measure import BOUND, Row

COLUMNS = 5


def draw(found: list[Row], path: Path) -> Path:
    """Write the picture and return its path."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    titles = list(dict.fromkeys(row["curve"] for row in found))
    columns = min(COLUMNS, len(titles))
    lines = -(-len(titles) // columns)
    with (
        as_file(files("driftscape.plot") / "style.mplstyle") as style,
        pyplot.style.context([str(style), {"font.size": 8, "axes.titlesize": 8.5}]),
    ):
        figure, axes = pyplot.subplots(
            lines, columns, figsize=(3.0 * columns, 2.45 * lines + 0.9), squeeze=False,
            layout="constrained",
        )  # fmt: skip
        for place, name in zip(axes.flat, titles, strict=False):
            _panel(place, [row for row in found if row["curve"] == name])
            place.set_title(name)
        for place in axes.flat[len(titles) :]:
            place.set_axis_off()
        named = {
            label: handle
            for place in axes.flat
            for handle, label in zip(*place.get_legend_handles_labels(), strict=True)
        }
        figure.legend(named.values(), named, loc="outside upper left", ncols=4, fontsize=9.5)
        for place in axes[:, 0]:
            place.set_ylabel("ns per unit of work")
        figure.savefig(path, dpi=110)
        pyplot.close(figure)
    return path


def _panel(axes: Any, mine: list[Row]) -> None:
    """Draw one curve."""
    from matplotlib.ticker import LogLocator

    size, ns, ratio = (
        np.array([row[key] for row in mine], float) for key in ("size", "nanoseconds", "ratio")
    )
    ideal, within = ns / ratio, ratio <= BOUND
    # a run without snapshots or averages has no place on a logarithmic axis but a symbolic one
    axes.set_xscale("symlog", linthresh=1, linscale=0.4) if size.min() < 1 else axes.set_xscale(
        "log"
    )
    axes.set_yscale("log")
    axes.fill_between(
        size, ideal, BOUND * ideal, color="0.85", linewidth=0, label="up to twice the ideal"
    )
    axes.plot(size, ideal, color="black", linewidth=1.2, label="ideal")
    axes.plot(size, ns, color="C0", linewidth=0.9)
    axes.plot(size[within], ns[within], "o", color="C0", markersize=4.5, label="measured")
    axes.plot(
        size[~within], ns[~within], "o", color="#c00000", markersize=5.5,
        label="measured, more than twice the ideal",
    )  # fmt: skip
    low, high = min(ideal.min(), ns.min()), max(BOUND * ideal.max(), ns.max())
    axes.set_ylim(low / 1.5, high * 1.5)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: _short(value))
        axis.set_minor_formatter("")
    decades = np.log10(high * 1.5) - np.log10(low / 1.5)
    steps = (1, 2, 5) if decades < 1.5 else (1, 3) if decades < 2.5 else (1,)
    axes.yaxis.set_major_locator(LogLocator(subs=steps, numticks=8))
    tens = [n for n in size if f"{n:e}".startswith(("0", "1.000000"))]
    axes.set_xticks(tens if len(tens) > 3 else size[:: 1 if len(size) < 8 else 3])
    axes.set_xlabel(mine[0]["axis"])


def _short(number: float) -> str:
    """Return a number as 1000 or 1e5."""
    return f"{number:g}" if number < 10_000 else f"{number:.0e}".replace("e+0", "e")
