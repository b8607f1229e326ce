"""The panels of escape under curvature noise: times, exponents, prefactors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ....analysis import Estimate
from ...report.figure import canvas
from ...shared.curvature_noise import two_level, white
from ...shared.curvature_times import (
    VARIANCE,
    exact_time,
    exponent,
    kramers_time,
    misprinted_time,
    theorem_time,
)
from ...shared.escape_times import Points, arrays

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

FLAT, SHARP = 1.0, 2.0


def picture(
    shaped: Mapping[float, Points],
    even: Mapping[float, Points],
    sgd: Mapping[float, Points],
    isothermal: Points,
    slopes: Mapping[float, tuple[Estimate, Estimate]],
) -> Drawing:
    """Draw all four panels.

    Parameters
    ----------
    shaped, even, sgd
        Sharpness k -> mean times under curvature noise, under white noise, and of SGD.
    isothermal
        Mean times at k = 1 under isothermal curvature noise.
    slopes
        Sharpness k -> slopes of ln(time) under curvature noise and under white noise.
    """
    drawing = canvas(10.5, 8.2)
    axes = drawing.subplots(2, 2)
    _draw_shaped(axes[0, 0], shaped, sgd)
    _draw_even(axes[0, 1], even)
    _draw_exponents(axes[1, 0], slopes)
    _draw_prefactors(axes[1, 1], isothermal, shaped[FLAT])
    return drawing


WELLS = ((FLAT, "flat", "C0", "o"), (SHARP, "sharp", "C1", "D"))


def _draw_shaped(axes: Axes, shaped: Mapping[float, Points], sgd: Mapping[float, Points]) -> None:
    for k, name, color, marker in WELLS:
        ratio = k * np.linspace(6, 45, 14)
        first = k == FLAT
        exact = [exact_time(two_level(k), k, x).value for x in ratio]
        predicted = [theorem_time(k, x).value for x in ratio]
        blog = [misprinted_time(k, x) for x in ratio]
        axes.plot(ratio, np.log(exact), "k-", label="exact" if first else None)
        axes.plot(ratio, np.log(predicted), "k--", lw=1.1, label="theorem, 2π/H" if first else None)
        axes.plot(
            ratio, np.log(blog), ":", color=color, lw=1.6, label=f"{name}: the blog's formula"
        )
        axes.errorbar(*arrays(shaped[k]), fmt=marker, color=color, label=f"{name} (k = {k:g})")
        axes.errorbar(
            *arrays(sgd[k]), fmt=marker, mfc="white", mec=color, mew=1.2, ecolor=color, ms=6,
            label=f"{name}, SGD", zorder=4,
        )  # fmt: skip
    axes.set(
        title="Curvature noise",
        xlabel=r"$b/\eta$",
        ylabel=r"$\ln\,\tau$",
        xlim=(0, 92),
        ylim=(0, 27),
    )
    axes.legend(loc="upper left", ncols=2)


def _draw_even(axes: Axes, even: Mapping[float, Points]) -> None:
    ratio = np.linspace(6, 45, 14)
    for k, name, color, marker in WELLS:
        first = k == FLAT
        exact = [exact_time(white(k, VARIANCE), k, x).value for x in ratio]
        axes.plot(ratio, np.log(exact), "k-", label="exact" if first else None)
        predicted = [kramers_time(k, x).value for x in ratio]
        axes.plot(ratio, np.log(predicted), "k--", lw=1.1, label="Kramers" if first else None)
        axes.errorbar(*arrays(even[k]), fmt=marker, color=color, label=f"{name} (k = {k:g})")
    axes.set(
        title="White noise",
        xlabel=r"$b/\eta$",
        ylabel=r"$\ln\,\tau$",
        xlim=(0, 45),
        ylim=(0, 20),
    )
    axes.legend(loc="upper left")


def _draw_exponents(axes: Axes, slopes: Mapping[float, tuple[Estimate, Estimate]]) -> None:
    curvature = np.array([2 * k for k in slopes])
    fine = np.geomspace(1.7, 10, 20)
    axes.plot(fine, [exponent(h / 2) for h in fine], "k-", label="theorem, ∝ 1/H")
    axes.plot(fine, 0 * fine + 0.5 / VARIANCE, "k--", lw=1.1, label="Kramers, 2ΔL/σ²")
    for index, (color, marker, label) in enumerate(
        (("C2", "o", "curvature noise"), ("C3", "s", "white noise"))
    ):
        own = [pair[index] for pair in slopes.values()]
        axes.errorbar(
            curvature, [s.value for s in own], [s.stderr for s in own],
            fmt=marker, color=color, label=label, zorder=3,
        )  # fmt: skip
    axes.set(
        title=r"Exponent: slope of ln τ in $b/\eta$",
        xlabel="curvature H at the minimum",
        ylabel="slope",
        xscale="log",
        yscale="log",
        ylim=(0.03, 1),
    )
    axes.set_xticks(curvature, [f"{h:g}" for h in curvature])
    axes.set_xticks([], minor=True)
    ticks = (0.03, 0.1, 0.3, 1)
    axes.set_yticks(ticks, [f"{y:g}" for y in ticks])
    axes.legend(loc="lower left")


def _draw_prefactors(axes: Axes, isothermal: Points, ito: Points) -> None:
    ratio = np.linspace(10, 60, 14)
    for interpretation, points, color, marker, asymptote in (
        ("isothermal", isothermal, "C4", "s", r"$2\pi/|H_b|$, as printed"),
        ("ito", ito, "C0", "o", r"$2\pi/H_a$"),
    ):
        unit = [theorem_time(FLAT, x, "isothermal").value for x in ratio]
        exact = [exact_time(two_level(), FLAT, x, interpretation).value for x in ratio]
        first: dict[str, Any] = {"label": "exact"} if interpretation == "isothermal" else {}
        axes.plot(ratio, np.divide(exact, unit), "k-", **first)
        level = 1.0 if interpretation == "isothermal" else 0.5
        axes.axhline(level, color="0.45", ls="--", lw=1.1)
        axes.annotate(asymptote, (59.5, level - 0.055), ha="right", fontsize=9, color="0.3")
        x, value, error = arrays(points)
        prefactor = np.exp(
            value - np.log([theorem_time(FLAT, each, "isothermal").value for each in x])
        )
        name = "Ito (SGD)" if interpretation == "ito" else "isothermal"
        axes.errorbar(
            x, prefactor, prefactor * error, fmt=marker, color=color, label=f"{name}, splitting"
        )
    axes.set(
        title="Prefactor, k = 1",
        xlabel=r"$b/\eta$",
        ylabel="τ / theorem as printed, bracket corrected",
        xlim=(10, 60),
        ylim=(0.3, 1.5),
    )
    axes.legend(loc="upper right")
