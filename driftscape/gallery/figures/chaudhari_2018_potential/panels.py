"""The panels on the potential of SGD: its shape, its minimum, the current, the area swept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ....analysis import Estimate
from ...report.figure import canvas
from ...shared.linear_chain import LinearChain
from . import state_dependent_noise
from .correlated_noise import Ellipse
from .minima import SHOWN, Minima

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

COLORS = {"Itô": "C0", "Stratonovich": "C1", "A-type": "C2", "SGD": "C3"}
MARKERS = {"Itô": "o", "Stratonovich": "D", "A-type": "s", "SGD": "^"}


def picture(
    minima: Minima, ellipse: Ellipse, areas: dict[float, Estimate], chains: dict[float, LinearChain]
) -> Drawing:
    """Draw all four panels; `areas` and `chains` by the correlation of the noise."""
    drawing = canvas(11, 8.6)
    axes = drawing.subplots(2, 2)
    _draw_profiles(axes[0, 0], minima)
    _draw_minima(axes[0, 1], minima)
    _draw_ellipse(axes[1, 0], ellipse)
    _draw_area(axes[1, 1], areas, chains)
    return drawing


def _draw_profiles(axes: Axes, minima: Minima) -> None:
    x = np.linspace(-2.2, 2.8, 400)
    axes.plot(x, x**2 / 2, color="0.55", ls="--", lw=1.3, label="loss $f=x^2/2$")
    for name, profile in minima.profiles.items():
        points = profile.isel(x=slice(None, None, 2))  # all points would hide the lines
        level = float(
            np.nanmean(
                points.potential.values
                - state_dependent_noise.potential(points.x.values, name, SHOWN)
            )
        )
        axes.errorbar(
            points.x, points.potential - level, points.stderr, fmt=MARKERS[name],
            color=COLORS[name], ms=3.5, label=name,
        )  # fmt: skip
        exact = state_dependent_noise.potential(x, name, SHOWN)
        axes.plot(x, exact, "k-", lw=1.1, zorder=1, label="exact" if name == "A-type" else None)
        lowest = state_dependent_noise.mode(name, SHOWN)
        axes.plot([lowest] * 2, [-0.16, -0.04], color=COLORS[name], lw=2.2)
    axes.set(
        title=rf"Noise that grows with $x$: $\Phi$ at $\beta={SHOWN:g}$, bars at the minima",
        xlabel="$x$",
        ylabel=r"$\Phi=-\ln(\rho)/\beta$",
        xlim=(-1.9, 2.3),
        ylim=(-0.2, 2.2),
    )
    axes.legend(loc="upper center")


def _draw_minima(axes: Axes, minima: Minima) -> None:
    noise = np.linspace(1e-3, 1.08, 200)
    for name in state_dependent_noise.INTERPRETATIONS:
        exact = [state_dependent_noise.mode(name, 1 / each) for each in noise]
        axes.plot(noise, exact, "k-", lw=1.2, zorder=1, label="exact" if name == "Itô" else None)
    axes.plot(noise, -noise / 2, "k:", lw=1.2, zorder=1, label=r"linear: $-1/2\beta$")
    for name, points in minima.measured.items():
        beta = np.array(list(points))
        axes.errorbar(
            1 / beta, [each.value for each in points.values()],
            [each.stderr for each in points.values()], fmt=MARKERS[name], color=COLORS[name],
            ms=5, label=name,
        )  # fmt: skip
    grid = [(1 / b, at.value) for each in minima.grid.values() for b, at in each.items()]
    axes.plot(
        *np.array(grid).T,
        "s",
        mfc="none",
        mec="0.3",
        mew=0.9,
        ms=10,
        label="grid; for SGD, its kernel",
        zorder=3,
    )
    axes.set(
        title=r"Minimum of $\Phi$; the minimum of the loss is 0",
        xlabel=r"$1/\beta$, proportional to $\eta/b$",
        ylabel="$x$",
        xlim=(0, 1.08),
        ylim=(-0.42, 0.2),
    )
    axes.legend(loc="upper center", ncols=3)


def _draw_ellipse(axes: Axes, ellipse: Ellipse) -> None:
    near = ellipse.near
    half = np.array([3.0, 2.0])
    edges = [np.linspace(-h, h, 61) for h in half]
    first, second = ellipse.states.T
    counts = np.histogram2d(first, second, bins=edges)[0]
    axes.pcolormesh(*edges, counts.T, cmap="Blues", vmax=1.5 * counts.max(), rasterized=True)
    x = np.stack(np.meshgrid(*(np.linspace(-h, h, 201) for h in half), indexing="ij"), -1)
    levels = np.array([0.5, 2.0])
    f = np.einsum("...i,ij,...j->...", x, near.rates, x) / 2
    axes.contour(x[..., 0], x[..., 1], near.potential(x), levels, colors="black", linewidths=1.2)
    axes.contour(
        x[..., 0], x[..., 1], f, levels, colors="0.45", linewidths=1.1, linestyles="dashed"
    )
    angle = np.linspace(0, 2 * np.pi, 18, endpoint=False)
    root = np.linalg.cholesky(np.linalg.inv(near.hessian))
    points = np.concatenate([
        np.sqrt(2 * level) * np.stack([np.cos(angle), np.sin(angle)], -1) @ root.T
        for level in levels
    ])  # fmt: skip
    flow = ellipse.current(points)
    axes.quiver(*points.T, *flow.T, color="C1", width=0.005, scale=22, zorder=4)
    for color, style, label in (
        ("black", "-", r"level sets of $\Phi$"),
        ("0.45", "--", "level sets of the loss"),
        ("C1", "-", "current, from the grid"),
    ):
        axes.plot([], [], color=color, ls=style, label=label)
    axes.set(
        title="Correlated noise on a quadratic loss: density and current",
        xlabel="$x_1$",
        ylabel="$x_2$",
        xlim=(-half[0], half[0]),
        ylim=(-half[1], half[1]),
        aspect="equal",
    )
    axes.grid(visible=False)
    axes.legend(loc="upper left")


def _draw_area(axes: Axes, areas: dict[float, Estimate], chains: dict[float, LinearChain]) -> None:
    rho = np.array(list(chains))
    beta = chains[rho[0]].beta
    exact = [beta * each.area_rate() for each in chains.values()]
    axes.plot(rho, exact, "k-", label="SGD, exact")
    # q = (F D - D F^T)_21/tr F = rho (3 - 1)/4 at rates 1 and 3; half the torque is -q/beta
    axes.plot(rho, -rho / 2, "k--", lw=1.2, label=r"SDE ($\eta\to 0$), exact")
    axes.errorbar(
        list(areas), [beta * each.value for each in areas.values()],
        [beta * each.stderr for each in areas.values()], fmt="^", color="C3",
        label="SGD, measured",
    )  # fmt: skip
    axes.set(
        title="Area swept per unit of time",
        xlabel=r"correlation $\rho$ of the two gradients' noise",
        ylabel=r"$\beta\,\langle x_1\dot x_2-x_2\dot x_1\rangle/2$",
        xlim=(-1, 1),
    )
    axes.legend(loc="upper right")
