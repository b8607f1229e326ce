"""The checks of SGD beside its modified equations."""

from __future__ import annotations

import numpy as np
from scipy.special import erf

from ....analysis import Estimate
from ...report.figure import Check
from . import two_wells
from .parabola import TIME_RATES, Parabola, sde_moments
from .powers_and_rates import power_of
from .two_wells import SMALLEST, Asked, Numbers, relative_errors

LISTED = (1, 8, 32, 64, 96)
TOLERANCE = 1e-8  # of numbers that a grid gives


def parabola_checks(parabola: Parabola) -> list[Check]:
    """Stationary law on the parabola."""
    checks = []
    for eta in (0.25, 1 / 3):
        exact = eta / (1 - eta)
        name = "f = x², η = 1/4" if eta == 0.25 else "f = x², η = 1/3"
        computed = Estimate(parabola.operator[eta], TOLERANCE, 1, "transfer operator")
        checks.append(Check(f"{name}: variance η/(1 − η), operator", computed, exact))
        checks.append(Check(f"{name}: the same, simulated", parabola.variance[eta], exact))
    for order, text in ((1, "η"), (2, "η/(1 + η)")):
        _, wrong = sde_moments(0.25, order)
        claim = f"f = x², η = 1/4: variance {text} of order {order}"
        checks.append(Check(claim, parabola.variance[0.25], wrong, "rejected"))
    middle = float((np.abs(parabola.final) < 1 / 3).mean())
    share = Estimate(middle, 1 / len(parabola.final), len(parabola.final), "share of final states")
    gauss = float(erf((1 / 3) / (2 * sde_moments(1 / 3, 1)[1]) ** 0.5))
    claim = "f = x², η = 1/3: share within 1/3 of the minimum"
    return [
        *checks,
        Check(f"{claim}, none in Cantor's set", share, 0.0, against=gauss),
        Check(f"{claim}, of order 1", share, gauss, "rejected"),
    ]


def ensemble_checks(ensembles: dict[int, Numbers]) -> list[Check]:
    """Between the wells: simulation beside the operator and the equations."""
    names = {"loss": "loss", "rate": "rate between wells", "time": "time to the top"}
    checks = []
    for batch in LISTED:
        theory = two_wells.of_operator(batch)
        for name, words in names.items():
            claim = f"wells, η = {_text(batch)}: {words}, operator and simulation"
            checks.append(Check(claim, getattr(ensembles[batch], name), getattr(theory, name)))
    for batch, name, expect in (
        (1, "loss", "agrees"),
        (1, "rate", "agrees"),
        (1, "time", "rejected"),
        (64, "loss", "rejected"),
        (64, "rate", "rejected"),
        (96, "time", "rejected"),
    ):
        claim = f"wells, η = {_text(batch)}: {names[name]} of order 1"
        theory = getattr(two_wells.of_sde(batch, 1), name)
        checks.append(Check(claim, getattr(ensembles[batch], name), theory, expect))
    for batch, name in ((64, "loss"), (96, "rate"), (96, "time")):
        claim = f"wells, η = {_text(batch)}: {names[name]} of order 2"
        theory = getattr(two_wells.of_sde(batch, 2), name)
        checks.append(Check(claim, getattr(ensembles[batch], name), theory, "rejected"))
    return checks


def _text(batch: int) -> str:
    return "1/64" if batch == 1 else f"{batch * SMALLEST:g}"


def order_checks(parabola: Parabola, asked: dict[int, Asked]) -> list[Check]:
    """How the equations' errors shrink with the learning rate."""
    rates = np.array(TIME_RATES[:3])
    checks = []
    for part, what, powers in ((0, "mean", (1, 2)), (1, "variance", (2, 2))):
        sgd = np.array([parabola.at_time[r][part] for r in rates])
        for order, power in zip((1, 2), powers, strict=True):
            sde = np.array([sde_moments(r, order, 1.0)[part] for r in rates])
            claim = f"f = x², time 1: {what} of order {order} is off by η^{power}"
            checks.append(Check(claim, power_of(rates, sde - sgd), float(power)))
    for claim, name, kind, root, right, wrong in (
        ("loss of order 1", "loss", "first", False, 1.0, 2.0),
        ("loss of order 2", "loss", "second", False, 1.0, 2.0),
        ("loss of order 2 and half a step's noise", "loss", "kicked", False, 2.0, 1.0),
        ("rate of order 1", "rate", "first", False, 1.0, 2.0),
        ("rate of order 2", "rate", "second", False, 2.0, 1.0),
        ("time to the top of order 1", "time", "first", True, 0.5, 1.0),
        ("time to the top of order 2", "time", "second", True, 0.5, 1.0),
    ):
        batches = (1, 2, 4) if name == "time" else (2, 4, 8)  # a root is slow to show its power
        errors = relative_errors({b: asked[b] for b in batches}, name, kind)
        measured = power_of(batches, errors, root)
        claimed = f"wells: {claim} is off by η^{right:g}"
        checks.append(Check(claimed, measured, right, against=wrong))
        checks.append(Check(f"wells: {claim}, by η^{wrong:g}", measured, wrong, "rejected"))
    return checks
