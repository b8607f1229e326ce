"""The six panels of the rotating double well: three flows, zeros, density, torque."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .... import landscapes, theory
from ....analysis import Estimate
from ....landscapes import Landscape
from ....typing import Float
from ...report.figure import canvas
from ...shared.histogram import Histogram
from . import noiseless

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

SHOWN = (0.0, 0.5, 1.5)
"""Rotations of the stream plots, as in the paper."""


@dataclass(frozen=True)
class Ensemble:
    """Measurements at one rotation: at the coarse step, and extrapolated to step zero."""

    landscape: Landscape
    coarse: dict[str, Estimate]
    limit: dict[str, Estimate]
    histogram: Histogram


def picture(
    ensembles: dict[float, Ensemble], rests: dict[float, Float], path: tuple[Float, Float]
) -> Drawing:
    """Draw all six panels.

    Parameters
    ----------
    ensembles, rests
        Rotation -> measurements, and final point of the noiseless flow.
    path
        Times and points of the noiseless flow at rotation 1.5.
    """
    drawing = canvas(12.5, 8.3)
    axes = drawing.subplots(2, 3, height_ratios=(1.25, 1))
    for rotation, ax in zip(SHOWN, axes[0], strict=True):
        _draw_flow(ax, rotation, ensembles[rotation], path)
    _draw_branch(axes[1, 0], rests)
    _draw_density(axes[1, 1], ensembles)
    _draw_torque(axes[1, 2], ensembles)
    return drawing


def _draw_flow(axes: Axes, rotation: float, ensemble: Ensemble, path: tuple[Float, Float]) -> None:
    edges = ensemble.histogram.edges
    axes.pcolormesh(
        edges, edges, ensemble.histogram.mean.T, cmap="Blues", vmin=0, vmax=0.2, rasterized=True
    )
    grid = np.linspace(-1.5, 1.5, 20)
    points = np.stack(np.meshgrid(grid, grid), axis=-1)
    b1, b2 = np.moveaxis(ensemble.landscape.drift(1)(points), -1, 0)
    size = np.hypot(b1, b2)
    axes.streamplot(grid, grid, b1, b2, density=0.6, linewidth=5 * size / size.max(), color="0.25")
    if rotation == 1.5:
        time, points = path
        axes.plot(*points[time < 40].T, color="C4", lw=1.3)  # later turns would fill the centre
    x1, x2 = noiseless.well(rotation)
    axes.plot([x1, -x1, 0], [x2, -x2, 0], "o", mfc="white", mec="black", mew=1.2, ms=7, zorder=4)
    axes.plot([-1, 1], [0, 0], "o", color="#d4002a", ms=5, zorder=5)
    axes.set(
        title=f"rotation {rotation:g}",
        xlabel="$x_1$",
        ylabel="$x_2$",
        xlim=(-1.5, 1.5),
        ylim=(-1.5, 1.5),
        aspect="equal",
    )
    axes.grid(visible=False)


def _draw_branch(axes: Axes, rests: dict[float, Float]) -> None:
    kappa = np.linspace(0, 1, 400)
    rotation, x1, x2 = noiseless.branch(kappa)
    for sign in (1, -1):
        axes.plot(rotation, sign * x1, "k-", label="$x_1$, exact" if sign == 1 else None)
        axes.plot(rotation, sign * x2, "k--", lw=1, label="$x_2$, exact" if sign == 1 else None)
    for index, (color, marker) in enumerate((("C0", "o"), ("C1", "D"))):
        values = [point[index] for point in rests.values()]
        axes.plot(
            list(rests), values, marker, color=color, label=f"$x_{index + 1}$, noiseless flow"
        )
    merging = np.exp(-0.25)
    axes.plot([0, merging], [0, 0], "k:", lw=1)
    axes.plot([merging, 1.4], [0, 0], "k-")
    axes.plot(merging, 0, "o", mfc="white", mec="black", mew=1.2, ms=7, zorder=4)
    axes.annotate("double zero\n$e^{-1/4}$", (merging, 0), (0.84, -0.25), fontsize=9)
    axes.set(title="Zeros of the drift", xlabel="rotation", xlim=(0, 1.4), ylim=(-1.1, 1.1))
    axes.legend(loc="upper right")


def _draw_density(axes: Axes, ensembles: dict[float, Ensemble]) -> None:
    for index, rotation in enumerate(SHOWN):
        centres, density, error = ensembles[rotation].histogram.marginal()
        axes.errorbar(
            centres[index::3],  # each rotation at every third centre, so that none hides another
            density[index::3],
            error[index::3],
            fmt="osD"[index],
            ms=4,
            label=f"rotation {rotation:g}",
        )
    fine = np.linspace(-2.6, 2.6, 400)
    exact = np.exp(-((fine**2 - 1) ** 2) / 4)
    axes.plot(fine, exact / exact.sum() / (fine[1] - fine[0]), "k-", zorder=1, label="exact")
    axes.set(title="Density of $x_1$ with noise", xlabel="$x_1$", xlim=(-2.6, 2.6), ylim=(0, 0.45))
    axes.legend(loc="upper right")


def _draw_torque(axes: Axes, ensembles: dict[float, Ensemble]) -> None:
    per_rotation = theory.torque(landscapes.double_well(rotation=1.0)).value
    axes.plot([0, 1.6], [0, 1.6 * per_rotation], "k-", label=f"exact, {per_rotation:.5f} rotation")
    torque = [ensemble.limit["torque"] for ensemble in ensembles.values()]
    axes.errorbar(
        list(ensembles),
        [each.value for each in torque],
        [each.stderr for each in torque],
        fmt="o",
        label=r"simulated, $dt\to 0$",
    )
    axes.set(
        title=r"Torque $\langle x_1b_2-x_2b_1\rangle$",
        xlabel="rotation",
        xlim=(-0.06, 1.6),
        ylim=(-0.06, None),
    )
    axes.legend(loc="upper left")
