"""The six panels of the decreasing free energy: three curves and three densities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ....typing import Float
from ...report.figure import canvas
from .methods import CENTRE, WIDTH, Ensemble, Evolution

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

SHOWN = 1.0
"""Time of the densities."""

_COLORS = ("C0", "C1", "C2")
_MARKERS = "oDs"
_DASHES = ("-", "--", "-.")
_SEEN = 3.0  # a point is shown on a logarithmic axis if it exceeds this many standard errors

Evolutions = dict[float, Evolution]
Ensembles = dict[float, Ensemble]


def picture(evolutions: Evolutions, ensembles: Ensembles) -> Drawing:
    """Draw all six panels."""
    drawing = canvas(12.5, 8.6)
    axes = drawing.subplots(2, 3, height_ratios=(1, 1.08))
    _draw_fall(axes[0, 0], evolutions, ensembles)
    _draw_rate(axes[0, 1], evolutions)
    _draw_gain(axes[0, 2], evolutions, ensembles)
    for column, (rotation, evolution) in enumerate(evolutions.items()):
        _draw_density(axes[1, column], rotation, evolution)
    return drawing


def _smooth(evolution: Evolution, name: str) -> tuple[Float, Float]:
    """Return times and a row of the grid, interpolated by splines of the logarithm."""
    from scipy.interpolate import CubicSpline

    fine = np.linspace(0, 7, 281)
    return fine, np.exp(CubicSpline(evolution.times, np.log(evolution.row(name)))(fine))


def _draw_fall(axes: Axes, evolutions: Evolutions, ensembles: Ensembles) -> None:
    for index, (rotation, evolution) in enumerate(evolutions.items()):
        axes.plot(*_smooth(evolution, "free energy"), "k" + _DASHES[index], zorder=1, lw=1.2)
        ensemble = ensembles[rotation]
        seen = [k for k, each in enumerate(ensemble.binned) if each.value > _SEEN * each.stderr]
        seen = seen[: next((i for i, k in enumerate(seen) if i != k), len(seen))]
        axes.errorbar(
            ensemble.times[seen],
            [ensemble.binned[k].value for k in seen],
            [ensemble.binned[k].stderr for k in seen],
            fmt=_MARKERS[index], ms=4, color=_COLORS[index], label=f"rotation {rotation:g}",
        )  # fmt: skip
    axes.plot([], [], "k-", lw=1.2, label="grid")
    axes.set(
        title=r"Free energy $F=\beta^{-1}\,\mathrm{KL}(\rho\,\|\,\rho_{ss})$",
        xlabel="time",
        yscale="log",
        xlim=(-0.1, 5.2),
        ylim=(1e-5, 2.5),
    )
    axes.legend(loc="lower left")


def _draw_rate(axes: Axes, evolutions: Evolutions) -> None:
    for index, (rotation, evolution) in enumerate(evolutions.items()):
        time, free = _smooth(evolution, "free energy")
        falling = _smooth(evolution, "non_adiabatic")[1]
        shown = free > 1e-6
        axes.plot(
            time[shown], (falling / free)[shown], color=_COLORS[index],
            label=f"rotation {rotation:g}",
        )  # fmt: skip
        axes.axhline(2 * evolution.rate.real, color="k", ls=_DASHES[index], lw=1)
    axes.plot([], [], "k-", lw=1, label=r"2 Re $\lambda_1$")
    axes.set(
        title=r"Relative rate of decrease, $-\dot F/F$, on the grid",
        xlabel="time",
        xlim=(0, 7),
        ylim=(1.2, 6),
    )
    axes.legend(loc="upper right")


def _draw_gain(axes: Axes, evolutions: Evolutions, ensembles: Ensembles) -> None:
    still = evolutions[0.0]
    until = 2.5
    for index, (rotation, evolution) in enumerate(evolutions.items()):
        time, free = _smooth(evolution, "of bins")
        axes.plot(time, free / _smooth(still, "of bins")[1], "k" + _DASHES[index], zorder=1, lw=1.2)
        ensemble = ensembles[rotation]
        kept = np.flatnonzero(ensemble.times <= until + 0.01)
        scale = np.array([still.at("of bins", t).value for t in ensemble.times[kept]])
        axes.errorbar(
            ensemble.times[kept],
            np.array([ensemble.binned[k].value for k in kept]) / scale,
            np.array([ensemble.binned[k].stderr for k in kept]) / scale,
            fmt=_MARKERS[index], ms=4, color=_COLORS[index], label=f"rotation {rotation:g}",
        )  # fmt: skip
    axes.set(
        title="$F$ of bins divided by that at rotation 0 (grid)",
        xlabel="time",
        xlim=(-0.06, until + 0.06),
        ylim=(0, 1.19),
    )
    axes.legend(loc="lower left")


def _draw_density(axes: Axes, rotation: float, evolution: Evolution) -> None:
    rho = evolution.density.sel(time=SHOWN, method="nearest")
    steady = evolution.operator.steady_state()
    axes.pcolormesh(
        rho.x1, rho.x2, rho.values, cmap="Blues", vmin=0, vmax=0.3, shading="nearest",
        rasterized=True,
    )  # fmt: skip
    axes.contour(steady.x1, steady.x2, steady.values, levels=6, colors="0.35", linewidths=0.6)
    angle = np.linspace(0, 2 * np.pi, 100)
    for size in (1, 2):
        axes.plot(
            CENTRE[0] + size * WIDTH * np.cos(angle), CENTRE[1] + size * WIDTH * np.sin(angle),
            color="#d4002a", lw=1.2, ls="-" if size == 1 else ":",
        )  # fmt: skip
    axes.set(
        title=f"rotation {rotation:g}: density at time {SHOWN:g}",
        xlabel="$x_1$",
        ylabel="$x_2$",
        xlim=(-2.4, 2.4),
        ylim=(-2.2, 2.2),
        aspect="equal",
    )
    axes.grid(visible=False)
