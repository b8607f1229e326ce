"""SGD leaves sharp wells sooner: escape exponents under noise that follows the curvature.

Z. Xie, I. Sato, M. Sugiyama, "A diffusion theory for deep learning dynamics: stochastic gradient
descent exponentially favors flat minima" (2020), Theorem 3.2, and a blog post that quotes it with a
misplaced bracket.  See the top row: the two wells differ only in their curvature, by a factor of
two; under white noise their exponents are the same.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np

from .... import analysis, simulate
from ....analysis import Estimate
from ....landscapes import Landscape
from ....theory import Theory
from ...report.figure import About, Check, Figure, style
from ...shared.curvature_noise import switch, two_level, white
from ...shared.curvature_times import (
    VARIANCE,
    exact_time,
    exponent,
    kramers_time,
    misprinted_time,
    theorem_time,
)
from ...shared.escape_times import Points, fitted
from .panels import FLAT, SHARP, picture

ABOUT = About(
    title="Curvature-shaped noise leaves sharp wells exponentially faster",
    citation="Z. Xie, I. Sato, M. Sugiyama, “A diffusion theory for deep learning dynamics: "
    "stochastic gradient descent exponentially favors flat minima”, 2020 (ICLR 2021), Theorem 3.2; "
    "quoted in a blog post of 2024 on the noise of SGD.",
    link="https://arxiv.org/abs/2002.03495",
    claim="SGD, whose noise covariance is proportional to the curvature, leaves a well after the "
    "time τ = (2π/|H_b|) exp{(2bΔL/η)[s/H_a + (1 − s)/|H_b|]}, which is exponentially shorter for "
    "sharper wells; under white noise the curvature enters only the prefactor. The blog closes the "
    "bracket after s/H_a, so that (1 − s)/|H_b| is not multiplied by 2bΔL/η.",
    look_for="Wells (kx² − 1)²/4 of equal depth, flat k = 1 and sharp k = 2. Top: ln τ against "
    "b/η under curvature noise (left) and white noise (right). Bottom left: the exponents against "
    "the curvature at the minimum. Bottom right: the prefactor divided by the published prefactor. "
    "Bars are one standard error.",
)

SHARPNESSES = (1.0, 2.0, 4.0)
RATIOS = (16, 28, 40)  # batch_size/learning_rate, at sharpness 1
SGD_RATIOS = {FLAT: (10, 14, 20), SHARP: (20, 28)}  # 1/learning_rate at batch size 1
DT = 0.006  # divided by the sharpness
STEP_ERROR = 0.03  # of Euler-Maruyama at that step, noise of two levels
RUNS, REPLICAS = 40, 250
SEED = 62


def draw(full: bool = False, seed: int = SEED) -> Figure:
    """Simulate, compare and draw; `full`: ten times the replicas."""
    more = 10 if full else 1
    seeds = itertools.count(seed)
    shaped = {
        k: [(k * x, _split(two_level(k), k, k * x, more, next(seeds))) for x in RATIOS]
        for k in SHARPNESSES
    }
    even = {
        k: [(x, _split(white(k, VARIANCE), k, x, more, next(seeds))) for x in RATIOS]
        for k in SHARPNESSES
    }
    sgd = {
        k: [(x, _sgd(two_level(k), k, x, 3000 * more, next(seeds))) for x in ratios]
        for k, ratios in SGD_RATIOS.items()
    }
    isothermal = [
        (x, _split(two_level(), FLAT, x, 3 * more, next(seeds), simulate.Isothermal))
        for x in RATIOS
    ]
    slopes = {k: (_slope(shaped[k], k), _slope(even[k], k)) for k in SHARPNESSES}

    flat, sharp = (exact_time(two_level(k), k, 40).value for k in (FLAT, SHARP))
    finding = (
        "Under curvature noise the exponent falls as 1/H: "
        + ", ".join(f"{own.value:.4f} (H = {2 * k:g})" for k, (own, _) in slopes.items())
        + ", per unit of b/η; under white noise it is constant: "
        + ", ".join(f"{other.value:.3f}" for _, other in slopes.values())
        + f". At b/η = 40 the escape from the flat well takes {flat / sharp:.0f} times longer than "
        "from one twice as sharp. The theorem's exponent is right with the bracket around both "
        "terms; the blog's formula gives a time that is too short by an exponentially large "
        "factor. The published prefactor 2π/|H| at the saddle belongs to isothermal noise; the "
        "noise of SGD is Ito and has 2π/H at the minimum, a factor of two here. The level of the "
        "noise is an assumption: it switches from H_a to |H_b| at the fraction s of the barrier."
    )
    with style():
        drawing = picture(shaped, even, sgd, isothermal, slopes)
    return Figure(
        ABOUT,
        _checks(shaped, even, sgd, isothermal, slopes),
        drawing,
        finding,
        {
            "dt": f"{DT:g}/k",
            "s": f"{switch():.3f}",
            "splitting": f"{RUNS} runs of {REPLICAS * more:,} replicas",
            "trajectories of SGD": f"{3000 * more:,}",
            "seeds": f"{seed} to {next(seeds) - 1}",
        },
    )


def _split(
    well: Landscape,
    k: float,
    ratio: float,
    more: int,
    seed: int,
    interpretation: type[simulate.Ito | simulate.Isothermal] = simulate.Ito,
) -> Estimate:
    """Measure the time from one minimum across the top; ratio = batch_size/learning_rate."""
    return analysis.mean_first_passage_time_by_splitting(
        simulate.splitting(
            well,
            interpretation(beta=2 * ratio, dt=DT / k),
            **_passage(k),
            **_levels(k),
            reaction_coordinate="x",
            runs=RUNS,
            replicas=REPLICAS * more,
            kill=REPLICAS * more // 3,
            seed=seed,
        )
    )


def _sgd(well: Landscape, k: float, ratio: float, trajectories: int, seed: int) -> Estimate:
    passages = simulate.first_passage(
        well,
        simulate.SGD(learning_rate=1 / ratio),
        **_passage(k),
        trajectories=trajectories,
        seed=seed,
        max_steps=10**8,
    )
    return analysis.mean_first_passage_time(passages, method="mean")


def _passage(k: float) -> dict[str, Any]:
    return {"start": -(k**-0.5), "target": f"x > {0.5 * k**-0.5}"}


def _levels(k: float) -> dict[str, Any]:
    """Return where excursions end and begin: near the minimum, below half the barrier."""
    return {"home": -0.95 * k**-0.5, "leave": -0.8 * k**-0.5}


def _at_this_step(predicted: Theory) -> Theory:
    """Add the error of the time step to the truncation."""
    return Theory(predicted.value, STEP_ERROR * predicted.value, f"{predicted.regime}, dt → 0")


def _slope(points: Points, k: float) -> Estimate:
    return fitted(points, (lambda x: x, np.ones_like))


def _excess(points: Points, interpretation: str) -> Estimate:
    """Extrapolate ln(time of SGD/time of its SDE) linearly to learning_rate = 0."""
    excesses = [
        (1 / ratio, time / exact_time(two_level(), FLAT, ratio, interpretation).value)
        for ratio, time in points
    ]
    return fitted(excesses, (np.ones_like, lambda rate: rate))


def _checks(
    shaped: Mapping[float, Points],
    even: Mapping[float, Points],
    sgd: Mapping[float, Points],
    isothermal: Points,
    slopes: Mapping[float, tuple[Estimate, Estimate]],
) -> tuple[Check, ...]:
    checks = []
    for k, (own, other) in slopes.items():
        # the first correction to ln(tau), c1/ratio, changes the slope by about c1/ratio^2
        name = f"H = {2 * k:g}: slope of ln τ in b/η"
        tilt = 3 / (RATIOS[0] * RATIOS[-1])
        predicted = Theory(exponent(k), tilt / k, "b/η → ∞")
        checks.append(Check(f"{name} = theorem, curvature noise", own, predicted))
        predicted = Theory(0.5 / VARIANCE, tilt, "b/η → ∞")
        checks.append(Check(f"{name} = 2ΔL/σ², white noise", other, predicted))
    (flat, white_flat), (sharp, white_sharp) = slopes[FLAT], slopes[SHARP]
    equal = "slope of the sharp well = slope of the flat well"
    checks += [
        Check(f"curvature noise: {equal}", sharp, flat, "rejected"),
        Check(f"white noise: {equal}", white_sharp, white_flat),
    ]
    for k in (FLAT, SHARP):
        bare = 0.5 * switch() / (2 * k)
        hypothesis = f"H = {2 * k:g}: slope of ln τ in b/η = blog's formula (bracket after s/H)"
        checks.append(Check(hypothesis, slopes[k][0], bare, "rejected"))
        ratio, time = shaped[k][-1]
        at = f"H = {2 * k:g}, b/η = {ratio:g}: mean time ="
        checks += [
            Check(f"{at} exact", time, _at_this_step(exact_time(two_level(k), k, ratio))),
            Check(f"{at} theorem, corrected bracket, 2π/H_a", time, theorem_time(k, ratio)),
            Check(f"{at} blog's formula", time, misprinted_time(k, ratio), "rejected"),
        ]
        ratio, time = even[k][-1]
        at = f"H = {2 * k:g}, b/η = {ratio:g}, white noise: mean time ="
        checks.append(Check(f"{at} Kramers", time, kramers_time(k, ratio)))
    time = dict(shaped[FLAT])[40]
    published = "mean time = theorem, published prefactor 2π/|H_b|"
    predicted = theorem_time(FLAT, 40, "isothermal")
    checks.append(Check(f"H = 2, b/η = 40: {published}", time, predicted, "rejected"))
    ratio, time = isothermal[-1]
    exact = _at_this_step(exact_time(two_level(), FLAT, ratio, "isothermal"))
    at = "isothermal noise, b/η = 40:"
    checks += [
        Check(f"{at} mean time = exact", time, exact),
        Check(f"{at} {published}", time, predicted),
        Check(f"{at} mean time = theorem, 2π/H_a", time, theorem_time(FLAT, ratio), "rejected"),
    ]
    times = [exact_time(two_level(), FLAT, 20, name).value for name in ("isothermal", "ito")]
    shift = float(np.log(times[0] / times[1]))  # the value if the noise of SGD were isothermal
    for name, interpretation, expect in (
        ("Ito", "ito", "agrees"),
        ("isothermal", "isothermal", "rejected"),
    ):
        hypothesis = f"SGD, H = 2: ln(τ/τ of its {name} SDE) as η → 0 is 0"
        excess = _excess(sgd[FLAT], interpretation)
        # the error of the line is of second order in eta H, which is at most 0.2
        predicted = Theory(0.0, 0.05, "η → 0")
        checks.append(Check(hypothesis, excess, predicted, expect, against=shift))
    return tuple(checks)
