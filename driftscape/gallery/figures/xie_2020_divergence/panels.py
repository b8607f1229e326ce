"""The panels of noise that vanishes with the curvature: floors δ, time steps, two levels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ....theory import Theory
from ...report.figure import canvas
from ...shared.curvature_noise import strict, two_level
from ...shared.curvature_times import exact_time, floor_power, strict_time, theorem_time
from ...shared.escape_times import Points, arrays

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

STRENGTHS = (0.2, 0.1, 0.05)
STEPS = (0.02, 0.01, 0.005, 0.0025, 0.00125)


def exact_level_time(inverse: float, interpretation: str = "ito") -> Theory:
    """Return the exact time under two levels of noise at 1/c = inverse."""
    return exact_time(two_level(), 1.0, inverse / 2, interpretation)


def theorem_level_time(inverse: float, interpretation: str = "ito") -> Theory:
    """Return the time of the theorem under two levels of noise at 1/c = inverse."""
    return theorem_time(1.0, inverse / 2, interpretation)


def picture(
    direct: Mapping[float, Points],
    split: Mapping[float, Points],
    bare: Mapping[float, Points],
    levels: Points,
) -> Drawing:
    """Draw all four panels.

    Parameters
    ----------
    direct, split
        c -> mean times by floor, by direct simulation and by splitting.
    bare
        c -> mean times by time step, without a floor.
    levels
        Mean times under two levels of noise, by 1/c.
    """
    drawing = canvas(10.5, 8.2)
    axes = drawing.subplots(2, 2)
    _draw_noise(axes[0, 0])
    _draw_floors(axes[0, 1], direct, split)
    _draw_steps(axes[1, 0], bare)
    _draw_levels(axes[1, 1], levels)
    return drawing


COLORS = {0.2: "C0", 0.15: "C3", 0.1: "C1", 0.05: "C2"}


def _draw_noise(axes: Axes) -> None:
    x = np.linspace(-1.3, 0.2, 601)
    at = x[:, None]
    axes.plot(x, strict(1.0, 0.0).diffusion(at)[:, 0, 0], "k-", label="strict, $|L''|$")
    axes.plot(x, strict(1.0, 0.3).diffusion(at)[:, 0, 0], color="C0", label="floor, δ = 0.3")
    axes.plot(x, two_level().diffusion(at)[:, 0, 0], color="C1", label="two levels")
    axes.plot(x, x**3 - x, "k:", label="slope of the loss, $L'$")
    axes.axvline(-(3**-0.5), color="0.7", lw=0.8)
    axes.annotate("inflection", (-(3**-0.5), 2.72), (4, 0), textcoords="offset points", fontsize=9)
    axes.set(title="Noise", xlabel="$x$", ylabel="$D/c$", xlim=(-1.3, 0.2), ylim=(-0.3, 3))
    axes.legend(loc="upper right")


def _draw_floors(axes: Axes, direct: Mapping[float, Points], split: Mapping[float, Points]) -> None:
    floors = np.geomspace(0.004, 1.5, 14)
    for c in STRENGTHS:
        exact = np.log([strict_time(c, d).value for d in floors])
        label: dict[str, Any] = {"label": "exact"} if c == 0.2 else {}
        axes.plot(floors, exact, "k-", zorder=1, **label)
        label = {"label": r"power $\delta^{-2/(9c)}$"} if c == 0.2 else {}
        line = exact[0] + floor_power(c) * np.log(floors / floors[0])
        axes.plot(floors, line, "--", color="0.55", lw=1.1, zorder=0, **label)
        axes.errorbar(
            *arrays([*direct[c], *split[c]]),
            fmt="o",
            color=COLORS[c],
            label=f"simulated, c = {c:g}",
        )
    axes.set(
        title="Mean time to the top, noise with floor δ",
        xlabel="floor δ",
        ylabel=r"$\ln\,\tau$",
        xscale="log",
        ylim=(0, 30),
    )
    axes.legend(loc="upper right")


def _draw_steps(axes: Axes, bare: Mapping[float, Points]) -> None:
    for c, points in bare.items():
        dt, value, error = arrays(points)
        power = np.log(dt) * floor_power(c)
        anchor = value[-1] - power[-1]
        label: dict[str, Any] = {"label": r"power $dt^{-2/(9c)}$"} if c == 0.1 else {}
        axes.plot(dt, anchor + power, "k-", **label)
        axes.errorbar(dt, value, error, fmt="o", color=COLORS[c], label=f"splitting, c = {c:g}")
    axes.set(
        title="No floor: the time depends on the step",
        xlabel="step $dt$",
        ylabel=r"$\ln\,\tau$",
        xscale="log",
        ylim=(0, 20),
    )
    axes.set_xticks(STEPS, [f"{dt:g}" for dt in STEPS])
    axes.set_xticks([], minor=True)
    axes.legend(loc="upper right")


def _draw_levels(axes: Axes, levels: Points) -> None:
    inverse = np.linspace(8, 40, 12)
    axes.plot(inverse, np.log([exact_level_time(x).value for x in inverse]), "k-", label="exact")
    for interpretation, line in (("ito", "--"), ("isothermal", ":")):
        where = "minimum (Ito)" if interpretation == "ito" else "saddle, as printed"
        predicted = np.log([theorem_level_time(x, interpretation).value for x in inverse])
        axes.plot(
            inverse, predicted, line, color="C4", lw=1.3, label=f"theorem, 2π/H at the {where}"
        )
    axes.errorbar(*arrays(levels), fmt="o", color="C0", label="splitting", zorder=3)
    axes.set(
        title="Two levels: mean time into the other well",
        xlabel="$1/c$",
        ylabel=r"$\ln\,\tau$",
        xlim=(8, 40),
    )
    axes.legend(loc="upper left")
