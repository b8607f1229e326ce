"""Modified equations: the distance of SGD from its SDEs as the learning rate grows.

Q. Li, C. Tai and W. E, "Stochastic modified equations and adaptive stochastic gradient algorithms"
(2017).  See the stationary losses: the error of the equation of order 2 has the size of that of
order 1 and the opposite sign, until half the noise of a step is added.
"""

from __future__ import annotations

import itertools

from ...report.figure import About, Figure, style
from . import two_wells
from .checks import ensemble_checks, order_checks, parabola_checks
from .panels import picture
from .parabola import measure_parabola
from .two_wells import SMALLEST

ABOUT = About(
    title="SGD and its modified equations: where the SDE is no longer valid",
    citation="Q. Li, C. Tai and W. E, “Stochastic modified equations and adaptive stochastic "
    "gradient algorithms”, ICML 2017.",
    link="https://arxiv.org/abs/1511.06251",
    claim="dX = −∇f dt + √(ηΣ) dW approximates SGD to order 1 in the learning rate η, and "
    "dX = −∇(f + η|∇f|²/4) dt + √(ηΣ) dW to order 2: at a fixed time, means of smooth functions "
    "differ by O(η) and O(η²).",
    look_for="The distribution of SGD is computed from its one-step kernel (black) and simulated "
    "(points). Top: the paper's example, f = x² as the mean of (x ± 1)² − 1. Order 2 corrects the "
    "mean, but not the variance; at η = 1/3 the distribution of SGD is Cantor's staircase. Bottom: "
    "the double well x²/2 − 2 ln cosh x with batches that grow with η, so that the equation of "
    "order 1 stays the same (dashed). The time to the top is too long by O(√η), because only the "
    "ends of steps can reach the top.",
)

BATCHES = (1, 2, 4, 8, 16, 32, 48, 64, 80, 96)
SIMULATED = (1, 8, 16, 32, 48, 64, 96)
TRAJECTORIES = 20_000
SEED = 17


def draw(full: bool = False, seed: int = SEED) -> Figure:
    """Simulate, solve, compare and draw; `full`: ten times the trajectories."""
    trajectories = 10 * TRAJECTORIES if full else TRAJECTORIES
    seeds = itertools.count(seed)
    parabola = measure_parabola(trajectories, seeds)
    answers = {batch: two_wells.solve(batch) for batch in BATCHES}
    ensembles = {b: two_wells.measure(b, trajectories, seeds) for b in SIMULATED}
    with style():
        drawing = picture(parabola, answers, ensembles)
    checks = (
        *parabola_checks(parabola),
        *ensemble_checks(ensembles),
        *order_checks(parabola, answers),
    )
    one, large = answers[64], answers[96]
    finding = (
        "At a fixed time the errors of the equations are of the claimed orders. Fluctuations do "
        "not improve at order 2: the stationary variance of f = x² is η/(1 − η) for SGD, η and "
        "η/(1 + η) for the equations; the errors are equal at leading order and opposite. With "
        "additive Gaussian noise the reason is simple: SGD is, to second order, the equation of "
        "order 2 plus half the noise of a step. Rates do not depend on this noise and are right to "
        "order 2 at any temperature; the steady state is right if noise of variance η²Σ/2 is "
        "added. Times to a boundary converge only as √η, for both equations. The theorem assumes "
        "that the noise shrinks with η. Under the linear scaling rule, η/b = constant, it does "
        "not, and the equation of order 1 stays the same: at η = 1 the loss of SGD is "
        f"{one.sgd.loss.value / one.first.loss.value:.2f} times the value of order 1; at η = 1.5 "
        f"the rate between the wells is {large.sgd.rate.value / large.first.rate.value:.2f} times "
        f"the value of order 1, and order 2 gives "
        f"{large.second.rate.value / large.first.rate.value:.2f}."
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
