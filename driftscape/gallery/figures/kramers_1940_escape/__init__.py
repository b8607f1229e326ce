"""Kramers' escape: ln tau against 1/D, from times one can wait for to 1e13 steps.

H. A. Kramers, "Brownian motion in a field of force and the diffusion model of chemical reactions",
Physica 7 (1940) 284, in the limit of large friction.  Look at the right panel: steps that look at
their ends only overlook crossings and are 6 % late; the corrected ones lie on the line.
"""

import itertools
from typing import Any

import numpy as np

from .... import analysis, simulate, theory
from ....analysis import Estimate
from ....theory import Theory
from ...report.figure import About, Check, Figure, style
from ...shared.escape_times import fitted
from .panels import DT, STEP_ERROR, WELL, Points, exact_time, kramers_time, picture

ABOUT = About(
    title="Kramers' escape: the exponential law, its prefactor, and what a step overlooks",
    citation="H. A. Kramers, “Brownian motion in a field of force and the diffusion model of "
    "chemical reactions”, Physica 7 (1940) 284.",
    link="https://doi.org/10.1016/S0031-8914(40)90098-2",
    claim="A particle leaves a well of curvature a over a barrier of height Q and curvature b at "
    "the rate (√(ab)/2π) exp(−Q/D), if D ≪ Q. The top itself is reached twice as often.",
    look_for="Well Φ = (x² − 1)²/4 with barrier 1/4, from −1 to the top at 0. Left: the mean time, "
    "from a few units to ten trillion steps, which only splitting reaches. Middle: the same over "
    "Kramers' law, which the exact quadrature approaches as 1 + 0.4 D/Q. Right: the same over the "
    "exact time; grey: the half percent that steps of 0.01 may cost. Bars are one standard error.",
)

BRUTE = {5: 60_000, 7.5: 40_000, 10: 40_000, 15: 20_000, 20: 40_000}  # beta: trajectories
BETAS_OF_SPLITTING: tuple[float, ...] = (20, 40, 60, 80, 100)
RUNS, REPLICAS = 40, 400
SEED = 40
PASSAGE: dict[str, Any] = {"start": -1, "target": "x > 0"}


def draw(full: bool = False, seed: int = SEED) -> Figure:
    """Simulate, compare and draw; `full`: eight times the trajectories."""
    more = 8 if full else 1
    seeds = itertools.count(seed)
    bridged = {b: _waited(b, more * n, True, next(seeds)) for b, n in BRUTE.items()}
    plain = {b: _waited(b, more * n, False, next(seeds)) for b, n in BRUTE.items()}
    rare = {b: _split(b, more * REPLICAS, next(seeds)) for b in BETAS_OF_SPLITTING}

    longest = rare[100]
    late = [100 * (plain[b].value / exact_time(b).value - 1) for b in BRUTE]
    short = [100 * (exact_time(b).value / kramers_time(b).value - 1) for b in (10, 100)]
    finding = (
        "The mean time to the top follows the exact quadrature over ten decades. Kramers' law is "
        f"its limit: {short[0]:.0f} % short at barrier 2.5 D and {short[1]:.1f} % at 25 D, where "
        f"the time is ({longest.value / 1e11:.2f} ± {longest.stderr / 1e11:.2f})e11, "
        f"{longest.value / DT:.1e} steps; splitting measured it in "
        f"{more * RUNS * REPLICAS:,} excursions. An Euler chain that looks at the ends of its "
        "steps only "
        f"is {min(late):.1f} to {max(late):.1f} % late at dt = {DT:g}; with a Brownian bridge in "
        "each step a few tenths of a percent are left."
    )
    with style():
        drawing = picture(bridged, plain, rare)
    return Figure(
        ABOUT,
        _checks(bridged, plain, rare),
        drawing,
        finding,
        {
            "dt": DT,
            "trajectories": f"{more * min(BRUTE.values()):,} to {more * max(BRUTE.values()):,}",
            "splitting": f"{RUNS} runs of {more * REPLICAS:,} replicas",
            "seeds": f"{seed} to {next(seeds) - 1}",
        },
    )


def _waited(beta: float, trajectories: int, bridge: bool, seed: int) -> Estimate:
    hits = simulate.first_passage(
        WELL,
        simulate.Ito(beta=beta, dt=DT),
        **PASSAGE,
        trajectories=trajectories,
        seed=seed,
        bridge=bridge,
        max_time=1e5,
    )
    return analysis.mean_first_passage_time(hits, method="mean")


def _split(beta: float, replicas: int, seed: int) -> Estimate:
    return analysis.splitting_mfpt(
        WELL,
        simulate.Ito(beta=beta, dt=DT),
        **PASSAGE,
        reaction_coordinate="x",
        runs=RUNS,
        replicas=replicas,
        kill=replicas // 4,
        seed=seed,
    )


def _at_this_step(predicted: Theory) -> Theory:
    return Theory(predicted.value, STEP_ERROR * predicted.value, f"{predicted.regime}; O(dt) 0.5 %")


def _checks(bridged: Points, plain: Points, rare: Points) -> tuple[Check, ...]:
    shown = (5, 10, 20)
    barrier = fitted([(b, rare[b]) for b in (60, 80, 100)], (lambda b: b, np.ones_like))
    # ln(tau) = beta/4 + const + 0.4/(beta/4): the last term's slope at beta = 80
    within = Theory(0.25, truncation=1.6 / 80**2, regime="D → 0")
    return (
        *(
            Check(
                f"1/D = {b}: the exact time, bridges on", bridged[b], _at_this_step(exact_time(b))
            )
            for b in shown
        ),
        *(
            Check(
                f"1/D = {b}: the exact time, bridges off",
                plain[b],
                _at_this_step(exact_time(b)),
                "rejected",
            )
            for b in shown
        ),
        Check("1/D = 20: splitting and waiting say the same", rare[20], bridged[20]),
        *(
            Check(f"1/D = {b}: the exact time, by splitting", rare[b], _at_this_step(exact_time(b)))
            for b in BETAS_OF_SPLITTING[1:]
        ),
        Check("1/D = 100: Kramers' 1/(2k) within D/Q", rare[100], kramers_time(100)),
        Check(
            "1/D = 100: 1/k, the time between wells, for the time to the top",
            rare[100],
            theory.eyring_kramers(WELL, beta=100, minimum=-1, saddle=0),
            "rejected",
        ),
        Check(
            "1/D = 10: Kramers' law taken as exact",
            bridged[10],
            kramers_time(10).value,
            "rejected",
        ),
        Check("slope of ln τ for 1/D from 60 to 100 is the barrier", barrier, within),
        Check(
            "that slope is half the barrier, as if D were the variance per unit of time",
            barrier,
            0.125,
            "rejected",
        ),
    )
