"""The panels of Kramers' escape: the time, divided by Kramers' time and by the exact time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .... import landscapes, plot, theory
from ....analysis import Estimate
from ....theory import Theory
from ...report.figure import canvas

if TYPE_CHECKING:
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
    betas = [*np.linspace(4, 20, 17), *np.linspace(22, 105, 42)]
    exact = {float(b): exact_time(b) for b in betas}
    kramers = {b: kramers_time(b) for b in exact}

    plot.escape(
        {"simulated, bridges on": bridged, "splitting": split},
        {"exact (quadrature)": exact, "Kramers, $1/(2k)$": kramers},
        ax=left,
    )
    steps = left.secondary_yaxis(
        "right",
        functions=(lambda y: (y - np.log(DT)) / np.log(10), lambda s: s * np.log(10) + np.log(DT)),
    )
    steps.set_ylabel(f"log$_{{10}}$ of the steps, $dt={DT:g}$")
    left.axhline(np.log(1e12 * DT), color="0.6", lw=1, ls=":")
    left.annotate("$10^{12}$ steps", (6, np.log(1e12 * DT) + 0.4), color="0.35", fontsize=9)
    left.set(title="Mean time to the top", xlim=(0, 106), ylim=(0, 28))
    left.legend(loc="lower right")

    measured = {"simulated, bridges on": bridged, "splitting": split, "bridges off": plain}
    plot.estimates(
        {name: {b: time / kramers_time(b).value for b, time in points.items()}
         for name, points in measured.items()},
        {"exact (quadrature)": {b: exact[b].value / kramers[b].value for b in exact},
         "Kramers, $1/(2k)$": dict.fromkeys(exact, 1.0)},
        ax=middle,
    )  # fmt: skip
    middle.set(
        title="The same divided by Kramers' time",
        xlabel="$1/D$",
        ylabel=r"$2k\,\tau$",
        xlim=(0, 106),
        ylim=(0.9, 1.3),
    )

    plot.estimates(
        {name: {b: time / exact_time(b).value for b, time in points.items()}
         for name, points in measured.items()},
        {"exact": dict.fromkeys(exact, 1.0)},
        ax=right,
    )  # fmt: skip
    right.axhspan(1 - STEP_ERROR, 1 + STEP_ERROR, color="0.9", lw=0, zorder=0)
    right.set(
        title=f"The same divided by the exact time, $dt={DT:g}$",
        xlabel="$1/D$",
        ylabel=r"$\tau/\tau_\mathrm{exact}$",
        xlim=(4, 21),
        ylim=(0.97, 1.11),
    )
    right.legend(loc="upper right", ncols=2)
    return drawing
