"""Steepest descent of the free energy: steps that minimise, and the diffusion they approach.

R. Jordan, D. Kinderlehrer and F. Otto, "The variational formulation of the Fokker-Planck equation",
SIAM Journal on Mathematical Analysis 29 (1998) 1.  Look at the free energy: however long the step,
it falls, where an explicit step throws it up again; the price is an error in proportion to the
step.
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
    "equation as τ → 0, and the free energy falls in every one of them. P. Chaudhari and S. Soatto "
    "(2018, Corollary 8) say it of SGD whose gradient noise is isotropic.",
    look_for="Top: a normal law in a bowl, by JKO steps, exact, on the grid and by an ensemble; "
    "crosses: an explicit step of 0.5, which goes to and fro. Bottom left: the error of ⟨x²⟩, in "
    "proportion to τ for normal laws and for others. Bottom right: two wells, where the step is "
    "minimised as it stands, on quantiles.",
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
        "bowl, JKO": _columns(jko_error),
        "bowl, implicit Euler of the variance": _columns(of_variance),
        f"two wells, JKO on {LEVELS:,} quantiles": _columns(wells_error),
    }
    order, order_wells = _order(jko_error), _order(wells_error)
    limit = _limit(stepped)
    finding = (
        f"The error of the steps is of order {order.value:.3f} for normal laws and "
        f"{order_wells.value:.2f} in two wells, where nothing is normal: there the minimum is "
        f"found on quantiles, and ⟨x²⟩ goes to {limit.value:.4f}, the Fokker–Planck equation on a "
        f"grid has {on_grid:.4f} and an ensemble {square}. For a normal law the step is an "
        "implicit Euler step of the standard deviation, which is why it cannot overshoot: F falls "
        f"by {free_energy(START) - free_energy(bowl.jko[0.5][1]):.2f} in the first step of 0.5, "
        "where the explicit step ends below the steady width and the next one throws F to "
        f"{free_energy(bowl.explicit[2]):.2f} again."
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
    # normal laws stay normal: the slope of new quantiles over old ones is the ratio of the widths
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
    at = f"variance at time {TIME:g}"
    return (
        Check(f"bowl: {at} by an ensemble", measured, exact),
        Check(f"bowl: {at} by an ensemble, were D twice as large", measured,
              float(2 * STEADY + (START - 2 * STEADY) * np.exp(-2 * CURVATURE * TIME)), "rejected"),
        Check(f"bowl: {at} on the grid", solved, exact),
        Check(f"bowl: {at} by JKO steps, τ → 0", extrapolated, exact),
        Check(f"bowl: {at} by an ensemble, against JKO with τ = 1/4", measured, at_end[1 / 4],
              "rejected"),
        Check("bowl: one step of 1/2, minimised on quantiles, and its closed form", minimised,
              float(bowl.jko[0.5][1])),
        Check("the same against an implicit Euler step of the variance", minimised,
              (START + 2 * 0.5 / BETA) / (1 + 2 * CURVATURE * 0.5), "rejected"),
        Check(f"bowl: F at time {EARLY:g} by an ensemble", falling, estimator),
        Check(f"bowl: F at time {EARLY:g} on the grid", solved_falls, falls),
        Check("bowl: largest rise of F in a JKO step of 1/2", rise["JKO"], 0.0,
              against=rise["explicit"].value),
        Check("bowl: largest rise of F in an explicit step of 1/2", rise["explicit"], 0.0,
              "rejected"),
    )  # fmt: skip


def _order_checks(order: Estimate, order_wells: Estimate) -> tuple[Check, ...]:
    return (
        Check("bowl: order of the error in τ", order, 1.0),
        Check("bowl: second order", order, 2.0, "rejected"),
        Check("two wells: order of the error in τ", order_wells, 1.0),
        Check("two wells: second order", order_wells, 2.0, "rejected"),
    )


def _well_checks(
    stepped: dict[float, Float], limit: Estimate, square: Estimate, on_grid: float
) -> tuple[Check, ...]:
    coarse = float((stepped[1 / 4] ** 2).mean())
    return (
        Check("two wells: ⟨x²⟩ by an ensemble and on the grid", square, on_grid),
        Check("two wells: ⟨x²⟩ by steps, τ → 0, and on the grid", limit, on_grid),
        Check("two wells: ⟨x²⟩ by an ensemble and by steps of 1/4", square, coarse, "rejected"),
    )
