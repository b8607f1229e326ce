"""The panels on loops of SGD: spectrum and autocorrelation of one weight, then of a pair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .... import plot
from ....analysis import Estimate
from ...report.figure import canvas
from ...shared.linear_chain import LinearChain

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

COLORS = {"no current": "C0", "current": "C1", "complex rates": "C2"}
MARKERS = {"no current": "o", "current": "s", "complex rates": "D"}
BANDS = {"no current": 18, "current": 17, "complex rates": 36}
SHIFT = {"no current": 0, "current": 1, "complex rates": 0}
"""The first two show other points, so that neither hides the other: they agree."""

BAND = 2.576  # 99 % of a normal distribution
LOWEST = 3e-3  # cycles per step: below, a Hann window distorts the curves


@dataclass(frozen=True)
class Measured:
    """One landscape: the exact chain, and the curves measured from a run."""

    chain: LinearChain
    increments: xr.Dataset
    correlation: xr.Dataset
    pair: xr.Dataset
    cross: xr.Dataset
    area: Estimate

    @property
    def scale(self) -> float:
        """Return sqrt(S_11 S_22), the unit of the curves of a pair."""
        return float(np.sqrt(self.chain.covariance[0, 0] * self.chain.covariance[1, 1]))


def picture(ensembles: dict[str, Measured], length: int) -> Drawing:
    """Draw all four panels; `length`: snapshots of one trajectory."""
    drawing = canvas(11, 8)
    axes = drawing.subplots(2, 2)
    _draw_increments(axes[0, 0], ensembles)
    _draw_correlation(axes[0, 1], ensembles, length)
    _draw_pair(axes[1, 0], ensembles)
    _draw_cross(axes[1, 1], ensembles)
    return drawing


def _draw_increments(axes: Axes, ensembles: dict[str, Measured]) -> None:
    for name, each in ensembles.items():
        chain = each.chain
        eta = chain.learning_rate
        one = 2 * (1 - float(chain.autocorrelation("x1", 1))) * chain.covariance[0, 0] * eta
        fine = np.geomspace(LOWEST, 0.5, 600)
        exact = list(zip(fine, chain.increments("x1", fine / eta) / one, strict=True))
        curve = {"exact: AR(1)" if name == "no current" else f"exact: {name}": exact}
        plot.spectrum(
            {name: _per_step(each.increments / one, eta)},
            curve if name != "current" else None,  # the same curve as without one
            ax=axes,
            bands=BANDS[name],
        )
    axes.axhline(1, color="0.55", lw=1, ls=":", label="flat: white noise")
    axes.set(
        title=r"One weight: power spectrum of $x_1(k+1)-x_1(k)$",
        xlabel="frequency (1/step)",
        ylabel="power, mean 1",
        xlim=(LOWEST, 0.55),
        ylim=(4e-3, 40),
    )
    axes.legend(loc="lower right")


def _draw_correlation(axes: Axes, ensembles: dict[str, Measured], length: int) -> None:
    count = 81
    for name, each in ensembles.items():
        kept = slice(2 + 2 * SHIFT[name], count, 4)
        axes.errorbar(
            np.arange(count)[kept], each.correlation.correlation.values[:count][kept],
            each.correlation.stderr.values[:count][kept], fmt=MARKERS[name], color=COLORS[name],
            ms=4, label=name,
        )  # fmt: skip
        exact = each.chain.autocorrelation("x1", np.arange(count))
        if name == "no current":
            axes.plot(exact, "k-", lw=1.2, zorder=1, label="exact: AR(1)")
        elif name == "complex rates":
            axes.plot(exact, "k--", lw=1.2, zorder=1, label="exact: complex rates")
    width = BAND / np.sqrt(length)
    axes.axhspan(-width, width, color="#f3d9cc", lw=0, zorder=0, label="99 % band of white noise")
    axes.set(
        title="One weight: autocorrelation of $x_1$",
        xlabel="lag (steps)",
        ylabel="correlation",
        xlim=(0, count - 1),
        ylim=(-0.8, 1.2),
    )
    axes.legend(loc="upper right", ncols=2)


def _draw_pair(axes: Axes, ensembles: dict[str, Measured]) -> None:
    count = 61
    for name, each in ensembles.items():
        kept, unit = slice(1, count, 2), each.scale
        axes.errorbar(
            np.arange(count)[kept], each.pair.antisymmetric.values[:count][kept] / unit,
            each.pair.stderr.values[:count][kept] / unit, fmt=MARKERS[name], color=COLORS[name],
            ms=4, label=name,
        )  # fmt: skip
        exact = each.chain.antisymmetric(np.arange(count)) / unit
        axes.plot(exact, "k--" if name == "complex rates" else "k-", lw=1.2, zorder=1)
    axes.set(
        title=r"The pair: $\langle x_1(k)x_2(0)\rangle-\langle x_2(k)x_1(0)\rangle$",
        xlabel="lag $k$ (steps)",
        ylabel=r"over $\sqrt{S_{11}S_{22}}$",
        xlim=(0, count - 1),
        ylim=(-1.3, 2.0),
    )
    axes.legend(loc="upper right")


def _draw_cross(axes: Axes, ensembles: dict[str, Measured]) -> None:
    fine = np.geomspace(LOWEST, 0.5, 600)
    measured, exact = {}, {}
    for name, each in ensembles.items():
        eta = each.chain.learning_rate
        unit = each.scale * eta  # per step
        measured[name] = _per_step(each.cross / unit, eta)
        curve = each.chain.spectrum(fine / eta)[:, 0, 1].imag / unit
        exact[f"exact: {name}"] = list(zip(fine, curve, strict=True))
    plot.spectrum(measured, exact, ax=axes)
    axes.set(
        title=r"The pair: imaginary part of the cross spectrum",
        xlabel="frequency (1/step)",
        ylabel=r"over $\sqrt{S_{11}S_{22}}$, per step",
        xlim=(LOWEST, 0.55),
        ylim=(-37, 3),
    )
    axes.legend(loc="lower right")


def _per_step(spectrum: xr.Dataset, eta: float) -> xr.Dataset:
    """Return a spectrum over the frequency in cycles per step."""
    return spectrum.assign_coords(frequency=spectrum.frequency * eta)
