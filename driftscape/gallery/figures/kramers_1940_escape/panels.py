"""The panels of Kramers' escape: the time, divided by Kramers' time and by the exact time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from .... import landscapes, theory
from ....analysis import Estimate
from ....theory import Theory
from ....typing import Float
from ...report.figure import canvas
from ...shared.escape_times import arrays

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

WELL = landscapes.quartic_well()
DT = 0.01
STEP_ERROR = 0.005  # Euler-Maruyama with bridges at this dt: -0.34 to -0.31 %

Points = dict[float, Estimate]


def exact_time(beta: float) -> Theory:
    """Return the mean time from -1 to the top, by quadrature."""
    return theory.mean_first_passage_time(WELL, beta=beta, start=-1, target=0)


def kramers_time(beta: float) -> Theory:
    """Return 1/(2k): from the top the process returns or crosses with equal probability."""
    both = theory.eyring_kramers(WELL, beta=beta, minimum=-1, saddle=0)
    return Theory(both.value / 2, both.truncation / 2, both.regime, both.source, both.valid)


def picture(bridged: Points, plain: Points, split: Points) -> Drawing:
    """Draw all three panels."""
    drawing = canvas(13, 4.4)
    # wide gaps: the left panel also has an axis on its right
    left, middle, right = drawing.subplots(1, 3, gridspec_kw={"wspace": 0.05})
    betas = np.concatenate([np.linspace(4, 20, 17), np.linspace(22, 105, 42)])
    exact = np.array([exact_time(b).value for b in betas])
    kramers = np.array([kramers_time(b).value for b in betas])

    left.plot(betas, np.log(exact), "k-", label="exact (quadrature)")
    left.plot(betas, np.log(kramers), "k--", lw=1.1, label="Kramers, $1/(2k)$")
    _draw_points(left, bridged, "C0", "o", "simulated, bridges on", lambda b: 0 * b, True)
    _draw_points(left, split, "C2", "s", "splitting", lambda b: 0 * b, True)
    steps = left.secondary_yaxis(
        "right",
        functions=(lambda y: (y - np.log(DT)) / np.log(10), lambda s: s * np.log(10) + np.log(DT)),
    )
    steps.set_ylabel(f"log$_{{10}}$ of the steps, $dt={DT:g}$")
    left.axhline(np.log(1e12 * DT), color="0.6", lw=1, ls=":")
    left.annotate("$10^{12}$ steps", (6, np.log(1e12 * DT) + 0.4), color="0.35", fontsize=9)
    left.set(
        title="Mean time to the top",
        xlabel="$1/D$",
        ylabel=r"$\ln\,\tau$",
        xlim=(0, 106),
        ylim=(0, 28),
    )
    left.legend(loc="lower right")

    middle.plot(betas, exact / kramers, "k-", label="exact (quadrature)")
    middle.plot([0, 106], [1, 1], "k--", lw=1.1, label="Kramers, $1/(2k)$")
    over_kramers = lambda b: np.log([kramers_time(each).value for each in b])  # noqa: E731
    _draw_points(middle, bridged, "C0", "o", "simulated, bridges on", over_kramers)
    _draw_points(middle, plain, "C1", "D", "simulated, bridges off", over_kramers)
    _draw_points(middle, split, "C2", "s", "splitting", over_kramers)
    middle.set(
        title="The same divided by Kramers' time",
        xlabel="$1/D$",
        ylabel=r"$2k\,\tau$",
        xlim=(0, 106),
        ylim=(0.9, 1.3),
    )
    middle.legend(loc="upper right")

    over_exact = lambda b: np.log([exact_time(each).value for each in b])  # noqa: E731
    right.axhline(1, color="black", label="exact")
    right.axhspan(1 - STEP_ERROR, 1 + STEP_ERROR, color="0.9", lw=0, zorder=0)
    _draw_points(right, bridged, "C0", "o", "bridges on", over_exact)
    _draw_points(right, plain, "C1", "D", "bridges off", over_exact)
    right.set(
        title=f"The same divided by the exact time, $dt={DT:g}$",
        xlabel="$1/D$",
        ylabel=r"$\tau/\tau_\mathrm{exact}$",
        xlim=(4, 21),
        ylim=(0.97, 1.11),
    )
    right.legend(loc="upper right", ncols=3)
    return drawing


def _draw_points(
    axes: Axes,
    times: Points,
    color: str,
    marker: str,
    label: str,
    unit: Callable[[Float], Float],
    log: bool = False,
) -> None:
    beta, value, error = arrays(list(times.items()))
    value = value - unit(beta)
    if not log:
        value = np.exp(value)
        error = error * value
    axes.errorbar(
        beta, value, error, fmt=marker, color=color, ms=4.5, label=label, zorder=3, ls="none"
    )
