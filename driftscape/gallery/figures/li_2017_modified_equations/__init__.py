"""Modified equations: how far SGD is from its SDEs as the learning rate grows.

Q. Li, C. Tai and W. E, "Stochastic modified equations and adaptive stochastic gradient algorithms"
(2017).  Look at the two losses: the equation of order 2 errs as much as that of order 1, on the
other side, until half a step's noise is added to it.
"""

from __future__ import annotations

import itertools

from ...report.figure import About, Figure, style
from . import two_wells
from .checks import ensemble_checks, order_checks, parabola_checks
from .panels import picture
from .parabola import look
from .two_wells import SMALLEST

ABOUT = About(
    title="SGD and its modified equations: where the SDE stops being true",
    citation="Q. Li, C. Tai and W. E, “Stochastic modified equations and adaptive stochastic "
    "gradient algorithms”, ICML 2017.",
    link="https://arxiv.org/abs/1511.06251",
    claim="dX = −∇f dt + √(ηΣ) dW approximates SGD to order 1 in the learning rate η, and "
    "dX = −∇(f + η|∇f|²/4) dt + √(ηΣ) dW to order 2: at a fixed time, means of smooth functions "
    "differ by O(η) and O(η²).",
    look_for="SGD's law is computed from its own one-step kernel (black) and simulated (points). "
    "Top: the paper's example, f = x² as the mean of (x ± 1)² − 1. Order 2 mends the mean, not the "
    "variance; at η = 1/3 SGD's law is Cantor's staircase. Bottom: the double well "
    "x²/2 − 2 ln cosh x with batches that grow with η, so that order 1 sees no change (dashed). "
    "The time to the top is late by √η, since steps see it at their ends only.",
)

BATCHES = (1, 2, 4, 8, 16, 32, 48, 64, 80, 96)
SIMULATED = (1, 8, 16, 32, 48, 64, 96)
TRAJECTORIES = 20_000
SEED = 17


def draw(full: bool = False, seed: int = SEED) -> Figure:
    """Simulate, solve, compare and draw; `full`: ten times the trajectories."""
    trajectories = 10 * TRAJECTORIES if full else TRAJECTORIES
    seeds = itertools.count(seed)
    parabola = look(trajectories, seeds)
    asked = {batch: two_wells.ask(batch) for batch in BATCHES}
    ensembles = {b: two_wells.measured(b, trajectories, seeds) for b in SIMULATED}
    with style():
        drawing = picture(parabola, asked, ensembles)
    checks = (
        *parabola_checks(parabola),
        *ensemble_checks(ensembles),
        *order_checks(parabola, asked),
    )
    one, large = asked[64], asked[96]
    finding = (
        "At a fixed time the equations behave as claimed. Fluctuations do not gain from order 2: "
        "the stationary variance of f = x² is η/(1 − η) for SGD, η and η/(1 + η) for the "
        "equations, equally wrong at leading order and on opposite sides. With additive Gaussian "
        "noise the reason is simple: SGD is, to second order, the equation of order 2 seen after "
        "half a step's noise. Rates do not care and are right to order 2 at any temperature; the "
        "steady state is once noise of variance η²Σ/2 is added. Times to a boundary converge as "
        "√η only, for both. Under the linear scaling rule, η/b = constant, the equation of order 1 "
        "stays the same, and the noise does not shrink with η as the theorem has it: there, at "
        f"η = 1 the loss is {one.sgd.loss.value / one.first.loss.value:.2f} times, at η = 1.5 the "
        f"rate between the wells {large.sgd.rate.value / large.first.rate.value:.2f} times what it "
        f"says; order 2 says {large.second.rate.value / large.first.rate.value:.2f}."
    )
    return Figure(
        ABOUT,
        checks,
        drawing,
        finding,
        {
            "trajectories": f"{trajectories:,}",
            "learning rates": f"{SMALLEST:g} to {max(BATCHES) * SMALLEST:g} (wells)",
            "temperature (wells)": two_wells.TEMPERATURE,
            "seeds": f"{seed} to {next(seeds) - 1}",
        },
    )
