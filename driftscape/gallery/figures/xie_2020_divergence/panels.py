"""The panels of noise that vanishes with the curvature: floors, steps, two levels."""

from typing import Any

import numpy as np

from ....theory import Theory
from ...report.figure import canvas
from ...shared.curvature_noise import strict, two_level
from ...shared.escape_times import Points, arrays
from ..xie_2020_escape.exact_times import exact_time, floor_power, law_time, strict_time

STRENGTHS = (0.2, 0.1, 0.05)
STEPS = (0.02, 0.01, 0.005, 0.0025, 0.00125)


def level_time(inverse: float, interpretation: str = "ito") -> Theory:
    """Return the exact time under two levels of noise, at 1/c = inverse."""
    return exact_time(two_level(), 1.0, inverse / 2, interpretation)


def level_law(inverse: float, interpretation: str = "ito") -> Theory:
    """Return the theorem's time at 1/c = inverse."""
    return law_time(1.0, inverse / 2, interpretation)


def picture(waited: Any, rare: Any, bare: Any, levels: Points) -> Any:
    """Draw all four panels."""
    drawing = canvas(10.5, 8.2)
    axes = drawing.subplots(2, 2)
    _draw_noise(axes[0, 0])
    _draw_floors(axes[0, 1], waited, rare)
    _draw_steps(axes[1, 0], bare)
    _draw_levels(axes[1, 1], levels)
    return drawing


COLORS = {0.2: "C0", 0.15: "C3", 0.1: "C1", 0.05: "C2"}


def _draw_noise(axes: Any) -> None:
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


def _draw_floors(axes: Any, waited: Any, rare: Any) -> None:
    floors = np.geomspace(0.004, 1.5, 14)
    for c in STRENGTHS:
        exact = np.log([strict_time(c, d).value for d in floors])
        label = {"label": "exact"} if c == 0.2 else {}
        axes.plot(floors, exact, "k-", zorder=1, **label)
        label = {"label": r"power $\delta^{-2/(9c)}$"} if c == 0.2 else {}
        line = exact[0] + floor_power(c) * np.log(floors / floors[0])
        axes.plot(floors, line, "--", color="0.55", lw=1.1, zorder=0, **label)
        axes.errorbar(
            *arrays(waited[c] + rare[c]), fmt="o", color=COLORS[c], label=f"simulated, c = {c:g}"
        )
    axes.set(
        title="Mean time to the top, floor δ under the noise",
        xlabel="floor δ",
        ylabel=r"$\ln\,\tau$",
        xscale="log",
        ylim=(0, 30),
    )
    axes.legend(loc="upper right")


def _draw_steps(axes: Any, bare: Any) -> None:
    for c, points in bare.items():
        dt, value, error = arrays(points)
        power = np.log(dt) * floor_power(c)
        anchor = value[-1] - power[-1]
        label = {"label": r"power $dt^{-2/(9c)}$"} if c == 0.1 else {}
        axes.plot(dt, anchor + power, "k-", **label)
        axes.errorbar(dt, value, error, fmt="o", color=COLORS[c], label=f"splitting, c = {c:g}")
    axes.set(
        title="No floor: the step decides",
        xlabel="step $dt$",
        ylabel=r"$\ln\,\tau$",
        xscale="log",
        ylim=(0, 20),
    )
    axes.set_xticks(STEPS, [f"{dt:g}" for dt in STEPS])
    axes.set_xticks([], minor=True)
    axes.legend(loc="upper right")


def _draw_levels(axes: Any, levels: Points) -> None:
    inverse = np.linspace(8, 40, 12)
    axes.plot(inverse, np.log([level_time(x).value for x in inverse]), "k-", label="exact")
    for interpretation, line in (("ito", "--"), ("isothermal", ":")):
        where = "minimum (Ito)" if interpretation == "ito" else "saddle, as printed"
        law = np.log([level_law(x, interpretation).value for x in inverse])
        axes.plot(inverse, law, line, color="C4", lw=1.3, label=f"theorem, 2π/H at the {where}")
    axes.errorbar(*arrays(levels), fmt="o", color="C0", label="splitting", zorder=3)
    axes.set(
        title="Two levels: mean time into the other well",
        xlabel="$1/c$",
        ylabel=r"$\ln\,\tau$",
        xlim=(8, 40),
    )
    axes.legend(loc="upper left")
