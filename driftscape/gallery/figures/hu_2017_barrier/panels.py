"""The panels of SGD's barrier: times, prefactors, and the momentum of the most likely path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq

from .... import plot
from ....theory import Theory
from ....typing import Float
from ...report.figure import canvas
from ...shared.escape_times import Points, arrays

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

SDE_BARRIER = 0.5  # 2 (1/4) batch_size/learning_rate with a gradient variance of 1
BATCH = 4


def momentum(name: str, x: Float) -> Float:
    """Solve log E exp(-p g) = 0 for p; g = G + s with the distribution of s called `name`."""
    growth = {
        "Gaussian": lambda p, g: p / 2 - g,
        "Rademacher": lambda p, g: np.log(np.cosh(p)) / p - g,
        "exponential": lambda p, g: 1 - np.log1p(p) / p - g,
    }[name]
    return np.array([brentq(growth, 1e-9, 50, args=(each**3 - each,)) for each in x])


def picture(
    direct: Mapping[str, Points],
    split: Mapping[str, Points],
    batched: Points,
    sde: Points,
    barriers: dict[str, Theory],
) -> Drawing:
    """Draw all three panels.

    Parameters
    ----------
    direct, split
        Distribution of the samples -> mean times, by direct simulation and by splitting.
    batched, sde
        Mean times of SGD with batches and of the SDE.
    barriers
        Distribution of the samples -> barrier of SGD.
    """
    drawing = canvas(13, 4.4)
    left, middle, right = drawing.subplots(1, 3)
    inverse = np.linspace(4, 84, 60)
    offset = np.log(2 * np.pi / np.sqrt(2))  # Kramers' prefactor, exact for Gaussian samples only
    series: dict[str, Points] = {
        f"{name} samples": [*direct[name], *split[name]] for name in barriers
    }
    series |= {f"exponential, b = {BATCH}": batched}
    slopes = {
        f"slope of SGD, {name}": [(x, np.exp(barrier.value * x + offset)) for x in inverse]
        for name, barrier in barriers.items()
    }
    plot.escape(series, slopes, ax=left)
    left.plot(
        inverse,
        SDE_BARRIER * inverse + offset,
        color="0.8",
        lw=5,
        zorder=1,
        label="slope of the SDE",
    )
    left.errorbar(
        *arrays(sde), fmt="o", mfc="white", mec="0.3", mew=1.2, ecolor="0.3", ms=6.5,
        label="the SDE, by splitting", zorder=2,
    )  # fmt: skip
    left.set(title="Mean time over the top", xlabel=r"$b/\eta$", xlim=(0, 84), ylim=(0, 72))
    left.legend(loc="upper left")
    styles = zip(("C0", "C1", "C2"), "osD", (-0.6, 0, 0.6), barriers, strict=True)
    for color, marker, shift, name in styles:  # the shift keeps points from hiding each other
        slope = barriers[name].value
        x, value, error = arrays(split[name])
        middle.errorbar(
            x + shift,
            value - slope * x,
            error,
            fmt=marker,
            color=color,
            ms=4.5,
            zorder=3,
            label=name,
        )
        x = np.linspace(-1, 0, 201)[1:-1]
        right.plot(x, momentum(name, x), color=color, label=f"{name}, area {slope:.4f}")
    middle.axhline(offset, color="black", label="Kramers' prefactor (SDE, η → 0)")
    middle.set(
        title=r"$\ln\,\tau$ minus the exponent of SGD",
        xlabel=r"$b/\eta$",
        ylabel=r"$\ln\,\tau$ − slope · $b/\eta$",
        xlim=(0, 84),
        ylim=(1.0, 2.2),
    )
    middle.legend(loc="upper left")
    x = np.linspace(-1, 0, 201)
    right.plot(x, 2 * (x**3 - x), "k--", lw=1.3, label="the SDE, 2G/C, area 0.5")
    right.set(
        title=r"Momentum of the optimal path, $\log\,E\,e^{-pg}=0$",
        xlabel="$x$",
        ylabel="$p$",
        xlim=(-1, 0),
        ylim=(0, 1.9),
    )
    right.legend(loc="upper right")
    return drawing
