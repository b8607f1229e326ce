"""The checks of SGD against its modified equations."""

from __future__ import annotations

import numpy as np
from scipy.special import erf

from ....analysis import Estimate
from ...report.figure import Check
from . import two_wells
from .parabola import TIME_RATES, Parabola, sde_moments
from .powers_and_rates import power_of
from .two_wells import SMALLEST, Answers, Numbers, relative_errors

LISTED = (1, 8, 32, 64, 96)
TOLERANCE = 1e-8  # of numbers from a grid


def parabola_checks(parabola: Parabola) -> list[Check]:
    """Return the checks of the stationary distribution on the parabola."""
    checks = []
    for eta in (0.25, 1 / 3):
        exact = eta / (1 - eta)
        name = "f = x², η = 1/4" if eta == 0.25 else "f = x², η = 1/3"
        computed = Estimate(parabola.operator[eta], TOLERANCE, 1, "transfer operator")
        checks.append(Check(f"{name}: variance, operator = η/(1 − η)", computed, exact))
        checks.append(
            Check(f"{name}: variance, simulation = η/(1 − η)", parabola.variance[eta], exact)
        )
    for order, text in ((1, "η"), (2, "η/(1 + η)")):
        _, wrong = sde_moments(0.25, order)
        hypothesis = f"f = x², η = 1/4: variance, simulation = {text} of order {order}"
        checks.append(Check(hypothesis, parabola.variance[0.25], wrong, "rejected"))
    middle = float((np.abs(parabola.final) < 1 / 3).mean())
    count = len(parabola.final)
    fraction = Estimate(middle, 1 / count, count, "share of final states")
    gauss = float(erf((1 / 3) / (2 * sde_moments(1 / 3, 1)[1]) ** 0.5))
    within = "f = x², η = 1/3: probability of −1/3 < x < 1/3 ="
    return [
        *checks,
        Check(f"{within} 0, as for Cantor's set", fraction, 0.0, against=gauss),
        Check(f"{within} that of order 1", fraction, gauss, "rejected"),
    ]


def ensemble_checks(ensembles: dict[int, Numbers[Estimate]]) -> list[Check]:
    """Return the checks of simulations in two wells against the operator and the equations."""
    names = {"loss": "loss", "rate": "rate between wells", "time": "time to the top"}
    checks = []
    for batch in LISTED:
        exact = two_wells.by_operator(batch)
        for name, words in names.items():
            hypothesis = f"wells, η = {_text(batch)}: {words}, simulation = operator"
            checks.append(Check(hypothesis, ensembles[batch][name], exact[name]))
    for batch, name, expect in (
        (1, "loss", "agrees"),
        (1, "rate", "agrees"),
        (1, "time", "rejected"),
        (64, "loss", "rejected"),
        (64, "rate", "rejected"),
        (96, "time", "rejected"),
    ):
        hypothesis = f"wells, η = {_text(batch)}: {names[name]}, simulation = order 1"
        predicted = two_wells.by_sde(batch, 1)[name]
        checks.append(Check(hypothesis, ensembles[batch][name], predicted, expect))
    for batch, name in ((64, "loss"), (96, "rate"), (96, "time")):
        hypothesis = f"wells, η = {_text(batch)}: {names[name]}, simulation = order 2"
        predicted = two_wells.by_sde(batch, 2)[name]
        checks.append(Check(hypothesis, ensembles[batch][name], predicted, "rejected"))
    return checks


def _text(batch: int) -> str:
    return "1/64" if batch == 1 else f"{batch * SMALLEST:g}"


def order_checks(parabola: Parabola, answers: dict[int, Answers]) -> list[Check]:
    """Return the checks of the orders in the learning rate of the equations' errors."""
    rates = np.array(TIME_RATES[:3])
    checks = []
    for part, what, powers in ((0, "mean", (1, 2)), (1, "variance", (2, 2))):
        sgd = np.array([parabola.at_time[r][part] for r in rates])
        for order, power in zip((1, 2), powers, strict=True):
            sde = np.array([sde_moments(r, order, 1.0)[part] for r in rates])
            hypothesis = f"f = x², time 1: error of the {what} of order {order} ∝ η^{power}"
            checks.append(Check(hypothesis, power_of(rates, sde - sgd), float(power)))
    for what, name, kind, root, right, wrong in (
        ("loss of order 1", "loss", "first", False, 1.0, 2.0),
        ("loss of order 2", "loss", "second", False, 1.0, 2.0),
        ("loss of order 2 + half a step's noise", "loss", "half_step", False, 2.0, 1.0),
        ("rate of order 1", "rate", "first", False, 1.0, 2.0),
        ("rate of order 2", "rate", "second", False, 2.0, 1.0),
        ("time to the top of order 1", "time", "first", True, 0.5, 1.0),
        ("time to the top of order 2", "time", "second", True, 0.5, 1.0),
    ):
        batches = (1, 2, 4) if name == "time" else (2, 4, 8)  # a square root needs smaller rates
        errors = relative_errors({b: answers[b] for b in batches}, name, kind)
        measured = power_of(batches, errors, root)
        error = f"wells: error of the {what} ∝"
        checks.append(Check(f"{error} η^{right:g}", measured, right, against=wrong))
        checks.append(Check(f"{error} η^{wrong:g}", measured, wrong, "rejected"))
    return checks
