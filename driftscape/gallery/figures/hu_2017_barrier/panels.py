"""The panels of SGD's barrier: times, prefactors, and the momentum of the most likely path."""

from typing import Any

import numpy as np
from scipy.optimize import brentq

from ...report.figure import canvas
from ...shared.escape_times import Points, arrays

SDE_BARRIER = 0.5  # 2 (1/4) batch_size/learning_rate with a gradient variance of 1
BATCH = 4


def momentum(name: str, x: Any) -> Any:
    """Solve log E exp(-p g) = 0 with the law's own generating function, g = G + s."""
    growth = {
        "Gaussian": lambda p, g: p / 2 - g,
        "Rademacher": lambda p, g: np.log(np.cosh(p)) / p - g,
        "exponential": lambda p, g: 1 - np.log1p(p) / p - g,
    }[name]
    return np.array([brentq(growth, 1e-9, 50, args=(each**3 - each,)) for each in x])


def picture(waited: Any, rare: Any, batched: Points, sde: Points, barriers: Any) -> Any:
    """Draw all three panels."""
    drawing = canvas(13, 4.4)
    left, middle, right = drawing.subplots(1, 3)
    inverse = np.linspace(4, 84, 60)
    offset = np.log(2 * np.pi / np.sqrt(2))  # Kramers' prefactor, exact for Gaussian samples only
    laws = zip(("C0", "C2", "C1"), "osD", (-0.6, 0, 0.6), barriers, strict=True)
    for color, marker, beside, name in laws:  # beside: points that would hide each other
        slope = barriers[name].value
        left.plot(
            inverse, slope * inverse + offset, "k-", lw=1.1,
            label="SGD's own slopes" if name == "Gaussian" else None,
        )  # fmt: skip
        points = waited[name] + rare[name]
        left.errorbar(
            *arrays(points), fmt=marker, color=color, ms=4.5, label=f"{name} samples", zorder=3
        )
        x, value, error = arrays(rare[name])
        middle.errorbar(
            x + beside,
            value - slope * x,
            error,
            fmt=marker,
            color=color,
            ms=4.5,
            zorder=3,
            label=name,
        )
        place = np.linspace(-1, 0, 201)[1:-1]
        right.plot(place, momentum(name, place), color=color, label=f"{name}, area {slope:.4f}")
    left.plot(
        inverse,
        SDE_BARRIER * inverse + offset,
        color="0.8",
        lw=5,
        zorder=1,
        label="slope of the SDE",
    )
    left.errorbar(
        *arrays(batched), fmt="D", mfc="white", mec="C1", mew=1.2, ecolor="C1", ms=5.5,
        label=f"exponential, b = {BATCH}", zorder=4,
    )  # fmt: skip
    left.errorbar(
        *arrays(sde), fmt="o", mfc="white", mec="0.3", mew=1.2, ecolor="0.3", ms=6.5,
        label="the SDE, by splitting", zorder=2,
    )  # fmt: skip
    left.set(
        title="Mean time over the top",
        xlabel=r"$b/\eta$",
        ylabel=r"$\ln\,\tau$",
        xlim=(0, 84),
        ylim=(0, 72),
    )
    left.legend(loc="upper left")
    middle.axhline(offset, color="black", label="Kramers' prefactor (SDE, η → 0)")
    middle.set(
        title="Less SGD's own exponent",
        xlabel=r"$b/\eta$",
        ylabel=r"$\ln\,\tau$ − slope · $b/\eta$",
        xlim=(0, 84),
        ylim=(1.0, 2.2),
    )
    middle.legend(loc="upper left")
    place = np.linspace(-1, 0, 201)
    right.plot(place, 2 * (place**3 - place), "k--", lw=1.3, label="the SDE, 2G/C, area 0.5")
    right.set(
        title=r"Momentum of the optimal path, $\log\,E\,e^{-pg}=0$",
        xlabel="$x$",
        ylabel="$p$",
        xlim=(-1, 0),
        ylim=(0, 1.9),
    )
    right.legend(loc="upper right")
    return drawing
