"""The panels of SGD and its modified equations: a parabola above, two wells below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtr

from ....analysis import Estimate
from ....typing import Float
from ...report.figure import canvas
from .parabola import Parabola, sde_moments, staircase
from .two_wells import SMALLEST, Answers, Numbers, relative_errors

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

SGD: dict[str, Any] = {"color": "black", "label": "SGD, transfer operator"}
FIRST: dict[str, Any] = {"color": "C1", "ls": "--", "label": "SDE of order 1"}
SECOND: dict[str, Any] = {"color": "C2", "ls": "-.", "label": "SDE of order 2"}
HALF_STEP: dict[str, Any] = {
    "color": "C3",
    "ls": ":",
    "lw": 2,
    "label": "order 2 + half a step's noise",
}
POINTS: dict[str, Any] = {
    "fmt": "o",
    "color": "C0",
    "ms": 4.5,
    "label": "SGD, simulated",
    "zorder": 5,
}


def picture(
    parabola: Parabola, answers: dict[int, Answers], ensembles: dict[int, Numbers[Estimate]]
) -> Drawing:
    """Draw all six panels; `answers` and `ensembles` by batch size."""
    drawing = canvas(13, 8.2)
    above, below = drawing.subplots(2, 3)
    _fixed_time(above[0], parabola)
    _variance(above[1], parabola)
    _staircase(above[2], parabola)
    _losses(below[0], answers, ensembles)
    _times(below[1], answers, ensembles)
    _errors(below[2], answers)
    return drawing


def _fixed_time(axes: Axes, parabola: Parabola) -> None:
    rates = np.array(sorted(parabola.at_time))
    sgd = np.array([parabola.at_time[r] for r in rates])
    for order, line in ((1, FIRST), (2, SECOND)):
        sde = np.array([sde_moments(r, order, 1.0) for r in rates])
        for part, what, marker in ((0, "mean", "o"), (1, "variance", "s")):
            off = np.abs(sde - sgd)[:, part]
            axes.plot(rates, off, color=line["color"], ls=line["ls"], marker=marker, ms=4)
            power = "^2" if (what, order) != ("mean", 1) else ""
            _named(axes, rates[0], off[0], rf"{what}, order {order}: $\eta{power}$", line["color"])
    axes.set(
        title="$f=x^2$: error of the SDEs at time 1",
        xlabel=r"learning rate $\eta$",
        ylabel="distance to SGD",
        xscale="log",
        yscale="log",
    )
    _rates(axes, 0.0023, 0.32, rates)


def _named(axes: Axes, x: float, y: float, label: str, color: str) -> None:
    """Write the name of a line to the left of its first point."""
    axes.annotate(
        label, (x, y), (-6, 0), textcoords="offset points", color=color, fontsize=8.5, ha="right",
        va="center",
    )  # fmt: skip


def _rates(axes: Axes, low: float, high: float, rates: Float) -> None:
    """Label a logarithmic axis with the learning rates."""
    from matplotlib.ticker import NullFormatter

    axes.set_xlim(low, high)
    axes.set_xticks(rates, [f"1/{round(1 / r)}" for r in rates])
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.tick_params(axis="x", which="minor", length=0)


def _variance(axes: Axes, parabola: Parabola) -> None:
    eta = np.linspace(0.001, 0.475, 200)
    axes.plot(eta, 1 / (1 - eta), "k", label=r"SGD, exact: $\eta/(1-\eta)$")
    rates = sorted(parabola.operator)
    values = np.array([parabola.operator[r] / r for r in rates])
    axes.plot(rates, values, "D", color="black", mfc="none", mew=1, ms=8, label=SGD["label"])
    axes.plot(eta, 1 + 0 * eta, **FIRST | {"label": r"SDE of order 1: $\eta$"})
    axes.plot(eta, 1 / (1 + eta), **SECOND | {"label": r"SDE of order 2: $\eta/(1+\eta)$"})
    axes.plot(eta, 1 / (1 + eta) + 2 * eta, **HALF_STEP)
    rates = sorted(parabola.variance)
    each = [parabola.variance[r] for r in rates]
    axes.errorbar(
        rates, [e.value / r for e, r in zip(each, rates, strict=True)],
        [e.stderr / r for e, r in zip(each, rates, strict=True)], **POINTS,
    )  # fmt: skip
    axes.set(
        title="$f=x^2$: stationary variance",
        xlabel=r"learning rate $\eta$",
        ylabel=r"$\langle x^2\rangle/\eta$",
        xlim=(0, 0.48),
        ylim=(0.6, 2),
    )
    axes.legend(loc="upper left")


def _staircase(axes: Axes, parabola: Parabola) -> None:
    x = np.linspace(-1.35, 1.35, 2001)
    final = np.sort(parabola.final)
    axes.plot(
        x, np.searchsorted(final, x) / len(final), color="C0", lw=5, alpha=0.45,
        label="SGD, simulated",
    )  # fmt: skip
    points = staircase(1 / 3)
    axes.plot(x, np.searchsorted(points, x) / len(points), "k", lw=1, label="SGD, exact: Cantor's")
    for order, line in ((1, FIRST), (2, SECOND)):
        _, variance = sde_moments(1 / 3, order)
        axes.plot(x, ndtr(x / variance**0.5), **line)
    axes.set(
        title=r"$f=x^2$, $\eta=1/3$: stationary distribution",
        xlabel="$x$",
        ylabel="distribution function",
        xlim=(-1.35, 1.35),
    )
    axes.legend(loc="upper left")


def _losses(
    axes: Axes, answers: dict[int, Answers], ensembles: dict[int, Numbers[Estimate]]
) -> None:
    _line(axes, answers, [a.sgd.loss.value for a in answers.values()], **SGD)
    _line(axes, answers, [a.first.loss.value for a in answers.values()], **FIRST)
    _line(axes, answers, [a.second.loss.value for a in answers.values()], **SECOND)
    _line(axes, answers, [a.half_step.value for a in answers.values()], **HALF_STEP)
    _bars(axes, ensembles, "loss", 1, POINTS)
    axes.set(
        title=r"Two wells, $\eta/b$ constant: stationary loss",
        xlabel=r"learning rate $\eta$ (and batch size $64\,\eta$)",
        ylabel=r"$\langle f\rangle-f_{\min}$",
        xlim=(0, 1.55),
        ylim=(0.08, 0.3),
    )
    axes.legend(loc="upper left")


def _times(
    axes: Axes, answers: dict[int, Answers], ensembles: dict[int, Numbers[Estimate]]
) -> None:
    unit = next(iter(answers.values())).first
    for name, color, marker in (("time", "C0", "o"), ("rate", "C4", "s")):
        one = unit[name].value
        last = name == "time"
        _line(
            axes, answers, [a.sgd[name].value / one for a in answers.values()],
            **SGD | {"label": SGD["label"] if last else None},
        )  # fmt: skip
        _line(
            axes, answers, [a.second[name].value / one for a in answers.values()],
            **SECOND | {"label": SECOND["label"] if last else None},
        )  # fmt: skip
        label = {"time": "mean time to the top", "rate": "rate between wells"}[name]
        _bars(
            axes, ensembles, name, one,
            POINTS | {"color": color, "fmt": marker, "label": f"{label}, simulated"},
        )  # fmt: skip
    few = {batch: each for batch, each in answers.items() if batch * SMALLEST <= 0.5}
    _line(
        axes, few, [a.shifted.value / unit.time.value for a in few.values()], color="0.45", ls=":",
        lw=2, label="order 1, top shifted by 0.58 deviations of a step",
    )  # fmt: skip
    axes.axhline(1, **FIRST, zorder=1)
    axes.set(
        title=r"Two wells, $\eta/b$ constant: rates and times",
        xlabel=r"learning rate $\eta$ (and batch size $64\,\eta$)",
        ylabel="ratio to the SDE of order 1",
        xlim=(0, 1.55),
        ylim=(0.6, 2.7),
    )
    axes.legend(loc="upper left")


def _line(axes: Axes, answers: dict[int, Answers], values: list[float], **style: Any) -> None:
    """Draw a smooth line (a cubic spline) through values at the batch sizes."""
    from scipy.interpolate import CubicSpline

    rates = np.array(list(answers)) * SMALLEST
    fine = np.linspace(rates[0], rates[-1], 300)
    axes.plot(fine, CubicSpline(rates, values)(fine), **style)


def _bars(
    axes: Axes,
    ensembles: dict[int, Numbers[Estimate]],
    name: str,
    unit: float,
    style: dict[str, Any],
) -> None:
    numbers = [each[name] for each in ensembles.values()]
    axes.errorbar(
        np.array(list(ensembles)) * SMALLEST,
        [n.value / unit for n in numbers],
        [n.stderr / unit for n in numbers],
        **style,
    )


def _errors(axes: Axes, answers: dict[int, Answers]) -> None:
    few = {batch: each for batch, each in answers.items() if 1 < batch <= 32}
    rates = np.array(list(few)) * SMALLEST
    drawn: tuple[tuple[str, str, str, str, str], ...] = (
        (r"time to the top, both: $\sqrt{\eta}$", "time", "first", FIRST["color"], "^"),
        (r"loss, order 1: $\eta$", "loss", "first", FIRST["color"], "o"),
        (r"loss, order 2: $\eta$", "loss", "second", SECOND["color"], "o"),
        (r"rate, order 1: $\eta$", "rate", "first", FIRST["color"], "s"),
        (r"loss, order 2 + noise: $\eta^2$", "loss", "half_step", HALF_STEP["color"], "o"),
        (r"rate, order 2: $\eta^2$", "rate", "second", SECOND["color"], "s"),
    )
    for label, name, kind, color, marker in drawn:
        off = np.abs(relative_errors(few, name, kind))
        line = {FIRST["color"]: "--", SECOND["color"]: "-.", HALF_STEP["color"]: ":"}[color]
        axes.plot(rates, off, color=color, ls=line, marker=marker, ms=4)
        _named(axes, rates[0], off[0], label, color)
    axes.set(
        title="Two wells: relative error of the SDEs",
        xlabel=r"learning rate $\eta$",
        ylabel="distance to SGD, relative",
        xscale="log",
        yscale="log",
    )
    _rates(axes, 0.0031, 0.62, rates)
