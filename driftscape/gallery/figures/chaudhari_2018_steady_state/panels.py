"""The nine panels of the steady state of the rotating double well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ....theory import FokkerPlanck
from ....typing import Float
from ...report.figure import canvas
from .methods import RADII, Complex, Ensemble, Grid

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

_LIMIT = 2.4
_COLORS = ("C0", "C2", "C1")
_MARKERS = "osD"
_ARROW = 0.32  # probability current per unit of length of an arrow


def picture(
    grids: dict[float, Grid], ensembles: dict[float, Ensemble], between: list[Complex]
) -> Drawing:
    """Draw all nine panels.

    Parameters
    ----------
    grids, ensembles
        Rotation -> results on the grid and of trajectories.
    between
        Rates on a coarse grid at other rotations.
    """
    drawing = canvas(12.5, 12.6)
    axes = drawing.subplots(3, 3, height_ratios=(1.12, 1.12, 1))
    for column, rotation in enumerate(grids):
        _draw_grid(axes[0, column], rotation, grids[rotation], ensembles[rotation])
        _draw_ensemble(axes[1, column], rotation, ensembles[rotation])
    _draw_spectrum(axes[2, 0], grids, ensembles, between)
    _draw_correlation(axes[2, 1], grids, ensembles)
    _draw_radius(axes[2, 2], grids, ensembles)
    return drawing


def _draw_grid(axes: Axes, rotation: float, grid: Grid, ensemble: Ensemble) -> None:
    rho = grid.operator.steady_state()
    axes.pcolormesh(
        rho.x1, rho.x2, rho.values, cmap="Blues", vmin=0, vmax=0.2, shading="nearest",
        rasterized=True,
    )  # fmt: skip
    axes.contour(rho.x1, rho.x2, rho.values, levels=6, colors="white", linewidths=0.8)
    _arrows(axes, ensemble.paths.centres, grid.current, "black")
    axes.set_title(f"rotation {rotation:g}: grid", loc="left")
    _plane(axes)


def _draw_ensemble(axes: Axes, rotation: float, ensemble: Ensemble) -> None:
    edges, density = ensemble.density
    axes.pcolormesh(edges, edges, density.T, cmap="Blues", vmin=0, vmax=0.2, rasterized=True)
    _arrows(axes, ensemble.paths.centres, ensemble.paths.mean, "#b34700")
    axes.set_title(f"rotation {rotation:g}: trajectories", loc="left")
    _plane(axes)


def _arrows(axes: Axes, centres: Float, field: Float, color: str) -> None:
    axes.quiver(
        centres, centres, field[0], field[1], color=color, pivot="mid", angles="xy",
        scale_units="xy", scale=_ARROW, width=0.006, headwidth=3.6, minlength=0.0,
    )  # fmt: skip


def _plane(axes: Axes) -> None:
    axes.set(
        xlabel="$x_1$",
        ylabel="$x_2$",
        xlim=(-_LIMIT, _LIMIT),
        ylim=(-_LIMIT, _LIMIT),
        aspect="equal",
    )
    axes.grid(visible=False)


def _draw_spectrum(
    axes: Axes, grids: dict[float, Grid], ensembles: dict[float, Ensemble], between: list[Complex]
) -> None:
    rates_between = np.concatenate(between)
    axes.plot(
        rates_between.real,
        rates_between.imag,
        ".",
        color="0.6",
        ms=3,
        label="grid, other rotations",
    )
    for index, (rotation, grid) in enumerate(grids.items()):
        values = grid.spectrum.value
        axes.plot(
            values.real, values.imag, _MARKERS[index], mfc="none", mec="black", mew=1.3, ms=9,
            label="grid" if index == 0 else None,
        )  # fmt: skip
        rates = (*ensembles[rotation].odd, *ensembles[rotation].even)
        for sign in (1, -1):
            axes.errorbar(
                [r.real.value for r in rates],
                [sign * r.imaginary.value for r in rates],
                xerr=[r.real.stderr for r in rates],
                yerr=[r.imaginary.stderr for r in rates],
                fmt=_MARKERS[index],
                color=_COLORS[index],
                ms=4.5,
                label=f"trajectories, rotation {rotation:g}" if sign == 1 else None,
            )
    axes.set(
        title="Slowest relaxation rates",
        xlabel=r"Re $\lambda$ (decay)",
        ylabel=r"Im $\lambda$ (angular frequency)",
        xlim=(0.6, 2.5),
        ylim=(-0.85, 1.45),
    )
    axes.legend(loc="upper right")


def _draw_correlation(
    axes: Axes, grids: dict[float, Grid], ensembles: dict[float, Ensemble]
) -> None:
    for index, (rotation, grid) in enumerate(grids.items()):
        measured = ensembles[rotation].correlation
        lag = measured.lag.values
        grown = np.exp(grid.spectrum.value[0].real * lag)
        axes.plot(lag, grown * grid.correlation, "k-", zorder=1, label=None if index else "grid")
        axes.errorbar(
            lag, grown * measured.correlation.values, grown * measured.stderr.values,
            fmt=_MARKERS[index], ms=4, color=_COLORS[index], label=f"rotation {rotation:g}",
        )  # fmt: skip
    axes.axhline(0, color="0.5", lw=0.8)
    axes.set(
        title=r"Correlation of $x_1$, times $e^{t\,\mathrm{Re}\,\lambda_1}$",
        xlabel="time $t$",
        xlim=(-0.1, 4.1),
        ylim=(-1.35, 2.0),
    )
    axes.legend(loc="upper left", ncols=2)


def _draw_radius(axes: Axes, grids: dict[float, Grid], ensembles: dict[float, Ensemble]) -> None:
    for index, (rotation, grid) in enumerate(grids.items()):
        values, errors = ensembles[rotation].torque_by_radius
        axes.plot(
            *_torque_by_radius(grid.operator), "k-", zorder=1, label="grid" if not index else None
        )
        axes.errorbar(
            (RADII[1:] + RADII[:-1]) / 2, values, errors, fmt=_MARKERS[index], ms=4,
            color=_COLORS[index], label=f"rotation {rotation:g}",
        )  # fmt: skip
    axes.set(
        title="Torque of the current by radius",
        xlabel="$r$",
        ylabel="torque per unit of $r$",
        xlim=(0, 3),
        ylim=(-0.08, None),
    )
    axes.legend(loc="upper right")


def _torque_by_radius(operator: FokkerPlanck) -> tuple[Float, Float]:
    """Return radii, and r^2 times the integral over the angle of the current along the circle."""
    import xarray as xr

    radius, angle = np.linspace(0, RADII[-1] - 0.05, 60), np.linspace(0, 2 * np.pi, 120, False)
    x1, x2 = (xr.DataArray(np.outer(radius, f(angle)), dims=("r", "a")) for f in (np.cos, np.sin))
    J = operator.current().interp(x1=x1, x2=x2)
    cross = x1 * J.sel(coordinate="x2") - x2 * J.sel(coordinate="x1")
    return radius, radius * 2 * np.pi * cross.mean("a").values
