"""The panels on JKO steps: variance, free energy, order of the error, two wells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ....typing import Float
from ...report.figure import canvas
from .methods import TIME, Bowl, Wells, free_energy, variance

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

_STYLE = {0.5: ("C1", "D"), 0.25: ("C4", "s"), 0.125: ("C2", "^")}


def picture(bowl: Bowl, errors: dict[str, tuple[Float, Float]], wells: Wells) -> Drawing:
    """Draw all four panels.

    Parameters
    ----------
    bowl, wells
        Results of the two potentials.
    errors
        Label -> steps and errors at `TIME`.
    """
    drawing = canvas(11, 8)
    axes = drawing.subplots(2, 2)
    _draw_variance(axes[0, 0], bowl)
    _draw_free_energy(axes[0, 1], bowl)
    _draw_errors(axes[1, 0], errors)
    _draw_wells(axes[1, 1], wells)
    return drawing


def _draw_variance(axes: Axes, bowl: Bowl) -> None:
    time = np.linspace(0, 2, 300)
    axes.plot(time, variance(time), "k-", label="exact (Ornstein–Uhlenbeck)")
    for tau, (color, marker) in _STYLE.items():
        steps = np.arange(len(bowl.jko[tau])) * tau
        shown = steps <= 2
        axes.plot(
            steps[shown], bowl.jko[tau][shown], marker + ":", color=color, lw=1,
            label=rf"JKO, $\tau={tau:g}$",
        )  # fmt: skip
    steps = np.arange(len(bowl.explicit)) * 0.5
    axes.plot(
        steps[steps <= 2], bowl.explicit[steps <= 2], "x--", color="0.55", lw=1, mew=1.2,
        label=r"explicit Euler, $\tau=0.5$",
    )  # fmt: skip
    _grid_and_ensemble(axes, bowl, "variance")
    axes.set(
        title="Parabola $\\Phi=x^2$: variance of a normal distribution",
        xlabel="time",
        ylabel="variance",
        xlim=(-0.03, 2.03),
        ylim=(0, 6),
    )
    axes.legend(loc="upper right", ncols=2)


def _draw_free_energy(axes: Axes, bowl: Bowl) -> None:
    time = np.linspace(0, 2, 300)
    axes.plot(time, free_energy(variance(time)), "k-", label="exact")
    for tau, (color, marker) in _STYLE.items():
        steps = np.arange(len(bowl.jko[tau])) * tau
        axes.plot(
            steps, free_energy(bowl.jko[tau]), marker + ":", color=color, lw=1,
            label=rf"JKO, $\tau={tau:g}$",
        )  # fmt: skip
    steps = np.arange(len(bowl.explicit)) * 0.5
    axes.plot(
        steps, free_energy(bowl.explicit), "x--", color="0.55", lw=1, mew=1.2,
        label=r"explicit Euler, $\tau=0.5$",
    )  # fmt: skip
    _grid_and_ensemble(axes, bowl, "free_energy")
    axes.set(
        title="Parabola: free energy $F=\\mathrm{KL}/\\beta$",
        xlabel="time",
        ylabel="$F$",
        yscale="log",
        xlim=(-0.03, 2.03),
        ylim=(3e-5, 6),
    )
    axes.legend(loc="lower left")


def _grid_and_ensemble(axes: Axes, bowl: Bowl, name: str) -> None:
    grid, ensemble = bowl.grid, bowl.ensemble
    axes.plot(
        grid.time, grid[name], "s", mfc="none", mec="0.25", mew=1, ms=9, label="grid", zorder=3
    )
    value, error = ensemble[name].values, ensemble[f"{name}_stderr"].values
    seen = value > 2 * error  # a logarithm of less is noise
    axes.errorbar(
        ensemble.time.values[seen], value[seen], error[seen], fmt="o", color="C0", ms=4,
        label="ensemble", zorder=4,
    )  # fmt: skip


def _draw_errors(axes: Axes, errors: dict[str, tuple[Float, Float]]) -> None:
    for (label, (tau, error)), (color, marker) in zip(
        errors.items(), (("C2", "o"), ("C1", "D"), ("C3", "s")), strict=True
    ):
        axes.plot(tau, error, marker, color=color, label=label)
    tau = np.array([0.012, 0.6])
    axes.plot(tau, 0.4 * tau, "k-", lw=1.2, label="order 1")
    axes.plot(tau, 0.4 * tau**2, "k:", lw=1.2, label="order 2")
    axes.set(
        title=rf"Error of $\langle x^2\rangle$ at time {TIME:g}",
        xlabel=r"step $\tau$",
        ylabel=r"$|\langle x^2\rangle_\tau-\langle x^2\rangle|$",
        xscale="log",
        yscale="log",
    )
    axes.legend(loc="lower right")


def _draw_wells(axes: Axes, wells: Wells) -> None:
    axes.plot(wells.grid.x, wells.start, color="0.6", lw=1.2, ls="--", label="at time 0")
    axes.plot(wells.grid.x, wells.grid, "k-", label=f"grid, time {TIME:g}")
    for (tau, curve), color in zip(wells.by_steps.items(), ("C1", "C3"), strict=True):
        axes.plot(*curve, color=color, label=rf"JKO on quantiles, $\tau=1/{1 / tau:g}$")
    centres, density, error = wells.histogram
    axes.errorbar(centres, density, error, fmt="o", color="C0", ms=4, label="ensemble", zorder=3)
    axes.set(
        title=r"Two wells, $\Phi=(x^2-1)^2/4$, $\beta=4$: density",
        xlabel="$x$",
        ylabel="density",
        xlim=(-2, 2),
        ylim=(0, 1.35),
    )
    axes.legend(loc="upper right")
