"""Kramers' escape: ln tau against 1/D, from short direct runs to times of 1e13 steps.

H. A. Kramers, "Brownian motion in a field of force and the diffusion model of chemical reactions",
Physica 7 (1940) 284, in the limit of large friction.  See the right panel: without bridges, steps
miss crossings between their ends and the times are 6 % too long; with bridges they are exact.
"""

from __future__ import annotations

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
    title="Kramers' escape: the exponential, its prefactor, and crossings within a step",
    citation="H. A. Kramers, “Brownian motion in a field of force and the diffusion model of "
    "chemical reactions”, Physica 7 (1940) 284.",
    link="https://doi.org/10.1016/S0031-8914(40)90098-2",
    claim="A particle leaves a well of curvature a over a barrier of height Q and curvature b at "
    "the rate (√(ab)/2π) exp(−Q/D), if D ≪ Q. It reaches the top at twice this rate.",
    look_for="Well Φ = (x² − 1)²/4 with barrier 1/4, from −1 to the top at 0. Left: the mean time, "
    "from a few units to ten trillion steps, which only splitting reaches. Middle: the same "
    "divided by Kramers' formula, which the exact quadrature approaches as 1 + 0.4 D/Q. Right: the "
    "same divided by the exact time; grey: the error of half a percent allowed for steps of 0.01. "
    "Bars are one standard error.",
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
    bridged = {b: _direct(b, more * n, True, next(seeds)) for b, n in BRUTE.items()}
    plain = {b: _direct(b, more * n, False, next(seeds)) for b, n in BRUTE.items()}
    split = {b: _split(b, more * REPLICAS, next(seeds)) for b in BETAS_OF_SPLITTING}

    longest = split[100]
    late = [100 * (plain[b].value / exact_time(b).value - 1) for b in BRUTE]
    short = [100 * (exact_time(b).value / kramers_time(b).value - 1) for b in (10, 100)]
    finding = (
        "The mean time to the top agrees with the exact quadrature over ten decades. Kramers' "
        f"formula is its limit: the exact time is {short[0]:.0f} % longer at barrier 2.5 D and "
        f"{short[1]:.1f} % at 25 D, where it is ({longest.value / 1e11:.2f} ± "
        f"{longest.stderr / 1e11:.2f})e11, {longest.value / DT:.1e} steps, measured by splitting "
        f"in {more * RUNS * REPLICAS:,} excursions. An Euler scheme that checks only the ends of "
        f"its steps gives times {min(late):.1f} to {max(late):.1f} % too long at dt = {DT:g}; with "
        "a Brownian bridge in each step a few tenths of a percent are left."
    )
    with style():
        drawing = picture(bridged, plain, split)
    return Figure(
        ABOUT,
        _checks(bridged, plain, split),
        drawing,
        finding,
        {
            "dt": DT,
            "trajectories": f"{more * min(BRUTE.values()):,} to {more * max(BRUTE.values()):,}",
            "splitting": f"{RUNS} runs of {more * REPLICAS:,} replicas",
            "seeds": f"{seed} to {next(seeds) - 1}",
        },
    )


def _direct(beta: float, trajectories: int, bridge: bool, seed: int) -> Estimate:
    passages = simulate.first_passage(
        WELL,
        simulate.Ito(beta=beta, dt=DT),
        **PASSAGE,
        trajectories=trajectories,
        seed=seed,
        bridge=bridge,
        max_time=1e5,
    )
    return analysis.mean_first_passage_time(passages, method="mean")


def _split(beta: float, replicas: int, seed: int) -> Estimate:
    return analysis.mean_first_passage_time_by_splitting(
        simulate.splitting(
            WELL,
            simulate.Ito(beta=beta, dt=DT),
            **PASSAGE,
            reaction_coordinate="x",
            runs=RUNS,
            replicas=replicas,
            kill=replicas // 4,
            seed=seed,
        )
    )


def _at_this_step(predicted: Theory) -> Theory:
    """Add the error of the time step to the truncation."""
    return Theory(predicted.value, STEP_ERROR * predicted.value, f"{predicted.regime}; O(dt) 0.5 %")


def _checks(bridged: Points, plain: Points, split: Points) -> tuple[Check, ...]:
    shown = (5, 10, 20)
    barrier = fitted([(b, split[b]) for b in (60, 80, 100)], (lambda b: b, np.ones_like))
    # ln(tau) = beta/4 + const + 0.4/(beta/4): the last term's slope at beta = 80
    within = Theory(0.25, truncation=1.6 / 80**2, regime="D → 0")
    return (
        *(
            Check(
                f"1/D = {b}: mean time with bridges = exact",
                bridged[b],
                _at_this_step(exact_time(b)),
            )
            for b in shown
        ),
        *(
            Check(
                f"1/D = {b}: mean time without bridges = exact",
                plain[b],
                _at_this_step(exact_time(b)),
                "rejected",
            )
            for b in shown
        ),
        Check("1/D = 20: mean time by splitting = by direct simulation", split[20], bridged[20]),
        *(
            Check(
                f"1/D = {b}: mean time by splitting = exact", split[b], _at_this_step(exact_time(b))
            )
            for b in BETAS_OF_SPLITTING[1:]
        ),
        Check("1/D = 100: mean time = Kramers' 1/(2k), within D/Q", split[100], kramers_time(100)),
        Check(
            "1/D = 100: mean time to the top = 1/k, the time between wells",
            split[100],
            theory.eyring_kramers(WELL, beta=100, minimum=-1, saddle=0),
            "rejected",
        ),
        Check(
            "1/D = 10: mean time = Kramers' 1/(2k) exactly",
            bridged[10],
            kramers_time(10).value,
            "rejected",
        ),
        Check("1/D from 60 to 100: slope of ln τ = barrier", barrier, within),
        Check(
            "1/D from 60 to 100: slope of ln τ = half the barrier (D as variance per unit of time)",
            barrier,
            0.125,
            "rejected",
        ),
    )
