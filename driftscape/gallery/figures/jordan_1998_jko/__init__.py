"""JKO steps: minimising steps in the Wasserstein distance that converge to diffusion.

R. Jordan, D. Kinderlehrer and F. Otto, "The variational formulation of the Fokker-Planck equation",
SIAM Journal on Mathematical Analysis 29 (1998) 1.  See the free energy: it falls in every JKO step,
however long, and rises again in a long explicit step; the error is proportional to the step.
"""

from __future__ import annotations

import itertools

import numpy as np

from ....analysis import Estimate
from ....theory import Theory
from ....typing import Float
from ...report.figure import About, Check, Figure, style
from . import methods
from .methods import (
    BETA,
    BOWL_PHI,
    CURVATURE,
    DT,
    EARLY,
    LEVELS,
    SAVED,
    START,
    STEADY,
    STEPS,
    TIME,
    Bowl,
    free_energy,
    variance,
)
from .panels import picture
from .wasserstein_step import quantiles, wasserstein_step

ABOUT = About(
    title="Diffusion as steepest descent of the free energy, step by step",
    citation="R. Jordan, D. Kinderlehrer, F. Otto, “The variational formulation of the "
    "Fokker–Planck equation”, SIAM Journal on Mathematical Analysis 29 (1998) 1–17.",
    link="https://doi.org/10.1137/S0036141096303359",
    claim="Steps that minimise W₂(ρ, ρ₀)²/2τ + E[Φ] − S[ρ]/β converge to the Fokker–Planck "
    "equation as τ → 0, and the free energy falls in each of them. P. Chaudhari and S. Soatto "
    "(2018, Corollary 8) state it for SGD with isotropic gradient noise.",
    look_for="Top: a normal distribution in a parabola, by JKO steps, exact, on a grid and by an "
    "ensemble; crosses: an explicit step of 0.5, which oscillates. Bottom left: the error of ⟨x²⟩ "
    "is proportional to τ for normal and for other distributions. Bottom right: two wells, where "
    "each step is minimised numerically on quantiles.",
)

TRAJECTORIES, SEED = 20_000, 98


def draw(full: bool = False, seed: int = SEED) -> Figure:
    """Simulate, compare and draw; `full`: eight times the trajectories."""
    trajectories = 8 * TRAJECTORIES if full else TRAJECTORIES
    seeds = itertools.count(seed)
    bowl = methods.bowl(trajectories, next(seeds))
    wells, square = methods.wells(trajectories, next(seeds))
    at_end = {tau: float(bowl.jko[tau][round(TIME / tau)]) for tau in STEPS}
    stepped = {tau: methods.well_steps(tau) for tau in STEPS[1:-1]}
    exact, on_grid = float(variance(TIME)), float(methods.second_moment(wells.grid))
    wells_error = {tau: abs(float((x**2).mean()) - on_grid) for tau, x in stepped.items()}
    jko_error = {tau: abs(value - exact) for tau, value in at_end.items()}
    of_variance = {tau: abs(methods.implicit_variance(tau) - exact) for tau in STEPS}
    errors = {
        "parabola, JKO": _columns(jko_error),
        "parabola, implicit Euler of the variance": _columns(of_variance),
        f"two wells, JKO on {LEVELS:,} quantiles": _columns(wells_error),
    }
    order, order_wells = _order(jko_error), _order(wells_error)
    limit = _limit(stepped)
    finding = (
        f"The error of the steps is of order {order.value:.3f} for normal distributions and "
        f"{order_wells.value:.2f} in two wells, where the distribution is not normal. There the "
        f"minimum is found on quantiles: ⟨x²⟩ converges to {limit.value:.4f}, the Fokker–Planck "
        f"equation on a grid gives {on_grid:.4f}, and an ensemble gives {square}. For a normal "
        "distribution the step is an implicit Euler step of the standard deviation, so that it "
        "cannot overshoot: F falls by "
        f"{free_energy(START) - free_energy(bowl.jko[0.5][1]):.2f} in the first step of 0.5, while "
        "an explicit step ends below the steady width and the next one raises F to "
        f"{free_energy(bowl.explicit[2]):.2f}."
    )
    with style():
        drawing = picture(bowl, errors, wells)
    return Figure(
        ABOUT,
        (
            *_bowl_checks(bowl, at_end),
            *_order_checks(order, order_wells),
            *_well_checks(stepped, limit, square, on_grid),
        ),
        drawing,
        finding,
        {
            "trajectories": f"{trajectories:,}",
            "dt": f"{SAVED / 10} and {DT}, weak order 2",
            "tau": "1/2 to 1/64",
            "quantiles": LEVELS,
            "seeds": f"{seed} to {next(seeds) - 1}",
        },
    )


def _columns(errors: dict[float, float]) -> tuple[Float, Float]:
    """Return steps and errors."""
    return np.array(list(errors)), np.array(list(errors.values()))


def _order(errors: dict[float, float]) -> Estimate:
    """Extrapolate log2 of the ratio of neighbouring errors; its last change is its error."""
    values = np.array(list(errors.values()))
    coarse, fine = np.log2(values[-3:-1] / values[-2:])
    return Estimate(float(2 * fine - coarse), abs(float(fine - coarse)), 1, "ratios of errors")


def _limit(stepped: dict[float, Float]) -> Estimate:
    """Extrapolate the second moment to tau = 0, twice; the last change is its error."""
    coarse, middle, fine = (float((x**2).mean()) for x in list(stepped.values())[-3:])
    once = 2 * middle - coarse, 2 * fine - middle
    return Estimate(
        (4 * once[1] - once[0]) / 3, abs(once[1] - once[0]) / 3, 1, "steps, extrapolated"
    )


def _bowl_checks(bowl: Bowl, at_end: dict[float, float]) -> tuple[Check, ...]:
    from scipy.special import ndtri

    early, last = (
        bowl.ensemble.sel(time=t, method="nearest", tolerance=1e-9) for t in (EARLY, TIME)
    )
    exact, falls = float(variance(TIME)), float(free_energy(variance(EARLY)))
    measured = Estimate(float(last.variance), float(last.variance_stderr), TRAJECTORIES, "ensemble")
    falling = Estimate(float(early.free_energy), float(early.free_energy_stderr), 32, "ensemble")
    estimator = Theory(falls, abs(float(early.bias)), "bias of the estimator")
    solved, solved_falls = bowl.limits
    extrapolated = Estimate(
        2 * at_end[1 / 64] - at_end[1 / 32],
        abs(2 * at_end[1 / 64] - 3 * at_end[1 / 32] + at_end[1 / 16]) / 3,
        1,
        "JKO, extrapolated to tau = 0",
    )
    x = START**0.5 * quantiles(ndtri, 2 * LEVELS)
    stepped = wasserstein_step(x, BOWL_PHI, beta=BETA, tau=0.5)
    # a normal distribution stays normal: the slope of new against old quantiles is the width ratio
    minimised = Estimate(
        float(np.polyfit(x, stepped, 1)[0] ** 2 * START),
        2e-4,
        1,
        f"Newton's method on {2 * LEVELS} quantiles",
    )
    rise = {
        name: Estimate(max(0.0, float(np.diff(free_energy(v)).max())), 1e-12, 1, "computed")
        for name, v in (("JKO", bowl.jko[0.5]), ("explicit", bowl.explicit))
    }
    at = f"parabola: variance at time {TIME:g}"
    return (
        Check(f"{at}, ensemble = exact", measured, exact),
        Check(f"{at}, ensemble = exact with D twice as large", measured,
              float(2 * STEADY + (START - 2 * STEADY) * np.exp(-2 * CURVATURE * TIME)), "rejected"),
        Check(f"{at}, grid = exact", solved, exact),
        Check(f"{at}, JKO as τ → 0 = exact", extrapolated, exact),
        Check(f"{at}, ensemble = JKO with τ = 1/4", measured, at_end[1 / 4], "rejected"),
        Check("parabola: variance after one step of 1/2, on quantiles = closed form", minimised,
              float(bowl.jko[0.5][1])),
        Check("parabola: variance after one step of 1/2, on quantiles = implicit Euler step of the "
              "variance", minimised,
              (START + 2 * 0.5 / BETA) / (1 + 2 * CURVATURE * 0.5), "rejected"),
        Check(f"parabola: F at time {EARLY:g}, ensemble = exact", falling, estimator),
        Check(f"parabola: F at time {EARLY:g}, grid = exact", solved_falls, falls),
        Check("parabola: largest rise of F in a JKO step of 1/2 = 0", rise["JKO"], 0.0,
              against=rise["explicit"].value),
        Check("parabola: largest rise of F in an explicit step of 1/2 = 0", rise["explicit"], 0.0,
              "rejected"),
    )  # fmt: skip


def _order_checks(order: Estimate, order_wells: Estimate) -> tuple[Check, ...]:
    return (
        Check("parabola: order of the error in τ = 1", order, 1.0),
        Check("parabola: order of the error in τ = 2", order, 2.0, "rejected"),
        Check("two wells: order of the error in τ = 1", order_wells, 1.0),
        Check("two wells: order of the error in τ = 2", order_wells, 2.0, "rejected"),
    )


def _well_checks(
    stepped: dict[float, Float], limit: Estimate, square: Estimate, on_grid: float
) -> tuple[Check, ...]:
    coarse = float((stepped[1 / 4] ** 2).mean())
    return (
        Check("two wells: ⟨x²⟩, ensemble = grid", square, on_grid),
        Check("two wells: ⟨x²⟩, JKO as τ → 0 = grid", limit, on_grid),
        Check("two wells: ⟨x²⟩, ensemble = JKO with τ = 1/4", square, coarse, "rejected"),
    )
