"""The panels of the two basins: two runs, successes against steps, successes at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .... import simulate
from ....analysis import Estimate
from ....typing import Float
from ...report.figure import canvas
from .chain import SHAPES, gradient_descent, injected

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

STEPS = 500
SAVED = 50
PRINTED, SCALED = 0.01, 0.0953  # noise of the data: as printed; for a trace of 0.01 per step
COLORS = dict(zip(SHAPES, ("C0", "C5", "C1", "C2", "C3"), strict=True))

Counted = dict[str, list[Estimate]]  # fraction of successes after 0, SAVED, 2 SAVED, ... steps


def picture(
    counted: Counted, sgd: dict[float, list[Estimate]], exact: dict[str, Float], seed: int
) -> Drawing:
    """Draw all three panels.

    Parameters
    ----------
    counted
        Shape of the injected noise -> fractions of successes.
    sgd
        Noise of the data -> the same of SGD.
    exact
        Shape of the noise -> exact fraction after 1, 2, ... steps.
    seed
        Of the runs in the left panel.
    """
    drawing = canvas(13, 4.4)
    left, middle, right = drawing.subplots(1, 3)
    _draw_runs(left, seed)
    steps = np.arange(0, STEPS + 1, SAVED)
    for name, shares in counted.items():
        style_ = "k--" if name == "diagonal of C" else "k-"
        label = "exact" if name == "isotropic" else None
        middle.plot(np.arange(1, STEPS + 1), exact[name], style_, lw=1.1, label=label, zorder=1)
        errors = [share.stderr for share in shares]
        middle.errorbar(
            steps[1:], [share.value for share in shares][1:], errors[1:],
            fmt="D" if name == "diagonal of C" else "o", mfc=_face(name), mec=COLORS[name], mew=1.2,
            ms=7 if name == "diagonal of C" else 4.5, ecolor=COLORS[name], label=name,
        )  # fmt: skip
    middle.set(
        title="Successes under noise of equal trace",
        xlabel="steps",
        ylabel="fraction",
        xlim=(0, 510),
        ylim=(-0.01, 0.5),
    )
    middle.legend(loc="upper left")
    _draw_bars(right, counted, sgd)
    return drawing


def _face(name: str) -> str:
    return "none" if name == "diagonal of C" else COLORS[name]


def _draw_runs(axes: Axes, seed: int) -> None:
    fine = np.linspace(-2.2, 2.2, 221)
    w0, w1 = np.meshgrid(fine, fine)
    p, q = (w0 - w1) / 2**0.5, (w0 + w1 - 2) / 2**0.5
    lower = np.minimum(10 * p**2 + 100 * q**2, p**2 + (q + 2 * 2**0.5) ** 2)
    axes.contour(
        w0,
        w1,
        lower,
        levels=np.array([0.5, 1, 2, 3, 4, 6, 8, 10, 13]),
        colors="0.75",
        linewidths=0.8,
    )
    for name in ("isotropic", "C"):
        run = simulate.run(
            injected(name),
            gradient_descent(),
            steps=STEPS,
            trajectories=1,
            seed=seed,
            save_every=1,
        )
        path = run["state"].isel(trajectory=0).transpose("coordinate", "time").values
        axes.plot(*path, "o", color=COLORS[name], ms=2.2, alpha=0.8, label=f"{name}, {STEPS} steps")
    axes.plot([1, -1], [1, -1], "k+", ms=10, mew=1.5)
    axes.annotate("sharp", (1, 1), (1.25, 1.45), fontsize=10)
    axes.annotate("flat", (-1, -1), (-2.0, -1.9), fontsize=10)
    axes.plot([-2.2, -0.5, -0.5], [-0.5, -0.5, -2.2], "k:", lw=1)
    axes.set(
        title="Lower of the two losses",
        xlabel="$w_0$",
        ylabel="$w_1$",
        xlim=(-2.2, 2.2),
        ylim=(-2.2, 2.2),
        aspect="equal",
    )
    axes.grid(visible=False)
    axes.legend(
        loc="upper left", markerscale=2, frameon=True, framealpha=1, edgecolor="none", borderpad=0.3
    )


def _draw_bars(axes: Axes, counted: Counted, sgd: dict[float, list[Estimate]]) -> None:
    names = [
        *SHAPES,
        f"SGD, data noise\n{SCALED:g}, scaled",
        f"SGD, data noise\n{PRINTED:g}, as printed",
    ]
    shares = [each[-1] for each in (*counted.values(), sgd[SCALED], sgd[PRINTED])]
    values = np.array([100 * share.value for share in shares])
    scatter = np.sqrt(values * (100 - values) / 100)
    colors = [*COLORS.values(), "0.45", "0.45"]
    height = -np.arange(len(names))
    low = np.minimum(scatter, values)
    axes.barh(
        height,
        values,
        xerr=[low, scatter],
        color=colors,
        height=0.62,
        error_kw={"lw": 1.2, "capsize": 2.5},
    )
    for y, value, width in zip(height, values, scatter, strict=True):
        text = f"{value:.1f}" if value else "0"
        axes.annotate(text, (value + width + 1.5, y), va="center", fontsize=9)
    axes.set_yticks(height, names)
    axes.grid(visible=False, axis="y")
    axes.set(title=f"Successes in 100 repeats, {STEPS} steps", xlabel="successes", xlim=(0, 112))
