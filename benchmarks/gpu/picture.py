"""Throughput over the number of trajectories, a panel for each of W1 to W4."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np

from .results import Measured, Results

_OPEN = {"markerfacecolor": "white", "markeredgewidth": 1.2}


def draw(results: Results, stem: Path) -> Path:
    """Write the picture and return its path."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    shown = {name: s for name, s in results.systems.items() if s.gpu or s.hand}
    path = stem.with_name(stem.name + ".png")
    with (
        as_file(files("driftscape.plot") / "style.mplstyle") as style,
        pyplot.style.context(style),
    ):
        columns = min(2, len(shown))
        lines = -(-len(shown) // columns)
        figure, axes = pyplot.subplots(
            lines, columns, figsize=(5 * columns, 3.7 * lines), sharex=True, sharey=True,
            squeeze=False, layout="constrained",
        )  # fmt: skip
        for place, (name, system) in zip(axes.flat, shown.items(), strict=False):
            _panel(place, system, results.verdict)
            place.set_title(f"{name}: {system.title}")
        for place in axes.flat[len(shown) :]:
            place.set_axis_off()
        named = {
            label: handle
            for place in axes.flat
            for handle, label in zip(*place.get_legend_handles_labels(), strict=True)
        }
        figure.legend(named.values(), named, loc="outside lower center", ncols=3)
        for place in axes[-1]:
            place.set_xlabel("trajectories")
        for place in axes[:, 0]:
            place.set_ylabel("trajectory-steps per second")
        facts = results.where
        figure.suptitle(
            f"{facts['GPU']}, driver {facts['driver']}, CuPy {facts['CuPy']}, {facts['date']}",
            fontsize=11,
        )
        figure.savefig(path)
        pyplot.close(figure)
    return path


def _panel(axes: Any, system: Measured, verdict: int) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    if system.hand:
        _curve(axes, system.hand, "CUDA written by hand", color="black", linestyle="--")
    _curve(axes, system.gpu, "driftscape on the GPU", color="C0", marker="o")
    for place, (kind, curve) in enumerate(system.passages.items()):
        label = f"first passage, {kind}"
        _curve(axes, curve, label, color=f"C{2 + place}", marker="s", **_OPEN)
    for name, rate in system.beside.items():
        if name.startswith("processor"):
            axes.axhline(np.median(rate), color="C1", label=name)
    loops = [n for n in ("float32", "JAX", "PyTorch") if n in system.beside]
    for name, marker, colour in zip(loops, "^vD", ("C4", "C5", "0.4"), strict=False):
        rate = np.median(system.beside[name])
        axes.plot(verdict, rate, marker, color=colour, label=name, markersize=6)


def _curve(axes: Any, curve: dict[int, Any], label: str, **look: Any) -> None:
    if not curve:
        return
    sizes = sorted(curve)
    low, middle, high = np.array([np.percentile(curve[n], [25, 50, 75]) for n in sizes]).T
    axes.plot(sizes, middle, label=label, **look)
    axes.fill_between(sizes, low, high, color=look["color"], alpha=0.2, linewidth=0)
