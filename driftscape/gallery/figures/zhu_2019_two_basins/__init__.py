"""Two basins: noise of the same strength leaves the sharp basin or not, depending on its shape.

Z. Zhu, J. Wu, B. Yu, L. Wu, J. Ma, "The anisotropic noise in stochastic gradient descent: its
behavior of escaping from sharp minima and regularization effects" (ICML 2019), the experiment in
the plane.  See the middle panel: noise along the steep direction crosses the ridge, isotropic noise
of the same trace rarely does.
"""

from __future__ import annotations

import itertools

from .... import analysis, landscapes, simulate
from ....analysis import Estimate
from ....landscapes import Landscape
from ....theory import Theory
from ....typing import Float
from ...report.figure import About, Check, Figure, style
from .chain import LEARNING_RATE, SHAPES, TRACE, Chain, gradient_descent, injected
from .panels import PRINTED, SAVED, SCALED, STEPS, Counted, picture

ABOUT = About(
    title="Two basins: noise shaped like the curvature leaves the sharp one",
    citation="Z. Zhu, J. Wu, B. Yu, L. Wu, J. Ma, “The anisotropic noise in stochastic gradient "
    "descent: its behavior of escaping from sharp minima and regularization effects”, ICML 2019: "
    "the two-dimensional experiment.",
    link="https://arxiv.org/abs/1803.00195",
    claim="Gradient descent with injected noise leaves a sharp minimum for a flat one more often "
    "if the noise has the shape of the gradient covariance C, of the Hessian H or of its top "
    "eigenvector than if it is isotropic with the same trace. The order given for the experiment "
    "is isotropic < diagonal of C < C ≈ H ≈ top of H.",
    look_for="Start (1, 1), learning rate 0.005, noise of variance 0.01 per step; success: both "
    "coordinates below −½. Left: the lower of the two losses, and two runs of 500 steps. Middle: "
    "fraction of successes against steps; black: exact, by iteration of the distribution on a "
    "grid. Right: successes after 500 steps in per cent; the error bars are the scatter of 100 "
    "repeats. SGD with the data noise as published never leaves.",
)

GRID = 30  # cells per unit of length; the error is 2 % here and falls with the cell size squared
SEED = 53
SETTLED = 300  # steps after which the rate of first passage is constant


def draw(full: bool = False, seed: int = SEED) -> Figure:
    """Simulate, compare and draw; `full`: ten times the trajectories, a finer grid."""
    trajectories, cells = (200_000, 60) if full else (20_000, GRID)
    error = 0.02 * (GRID / cells) ** 2
    seeds = itertools.count(seed)
    counted = {
        name: _successes(injected(name), gradient_descent(), trajectories, next(seeds))
        for name in SHAPES
    }
    sgd = {
        noise: _successes(
            landscapes.two_basins(noise=noise),
            simulate.SGD(learning_rate=LEARNING_RATE),
            trajectories,
            next(seeds),
        )
        for noise in (PRINTED, SCALED)
    }
    rates = {name: _rate(name, trajectories, next(seeds)) for name in SHAPES}
    same = "isotropic", "diagonal of C"  # one chain serves both
    chains = {name: Chain(name, cells) for name in SHAPES if name != same[1]}
    exact = {name: chain.success(STEPS) for name, chain in chains.items()}
    exact_rates = {name: chain.escape_rate(SETTLED) for name, chain in chains.items()}
    exact[same[1]], exact_rates[same[1]] = exact[same[0]], exact_rates[same[0]]

    last = {name: 100 * shares[-1].value for name, shares in counted.items()}
    finding = (
        "After 500 steps with noise of the same trace, "
        + ", ".join(f"{share:.1f} % ({name})" for name, share in last.items())
        + " of the trajectories are in the flat basin. Variance along the steep direction carries "
        f"them over the ridge: {100 * rates['C'].value:.2f} % leave per step with noise of the "
        f"shape of C and {100 * rates['isotropic'].value:.3f} % with isotropic noise. The diagonal "
        "of C does not lie in between: the axes are rotated by 45°, both diagonal elements are "
        "equal, and this noise is isotropic. C and H are proportional in the sharp basin and "
        "differ in the flat one, from which isotropic noise returns more often. The learning rate "
        "is exactly 1/200, the inverse of the larger Hessian eigenvalue, so that along this "
        "direction a step does not depend on the earlier ones. With the data noise as printed, "
        "0.01, SGD never leaves; with noise scaled to a trace of 0.01 per step, "
        f"{100 * sgd[SCALED][-1].value:.0f} % leave: the noise of the data lowers the ridge of the "
        "expected loss, and beyond it the noise of a step is a thousand times weaker, so that few "
        "return."
    )
    with style():
        drawing = picture(counted, sgd, exact, next(seeds))
    return Figure(
        ABOUT,
        _checks(counted, sgd, rates, exact, exact_rates, error),
        drawing,
        finding,
        {
            "learning rate": LEARNING_RATE,
            "trace": TRACE,
            "trajectories": f"{trajectories:,}",
            "grid": f"{cells} cells per unit",
            "seeds": f"{seed} to {next(seeds) - 1}",
        },
    )


def _successes(
    landscape: Landscape, dynamics: simulate.Dynamics, trajectories: int, seed: int
) -> list[Estimate]:
    run = simulate.run(
        landscape,
        dynamics,
        steps=STEPS,
        trajectories=trajectories,
        seed=seed,
        save_every=SAVED,
        start=(1, 1),
    )
    there = (run["state"] < -0.5).all("coordinate").transpose("time", "trajectory").values
    return [_share(each.sum(), trajectories) for each in there]


def _share(count: float, trials: int) -> Estimate:
    value = count / trials
    # a count of 0 is still compatible with an expectation of one or two
    error = (max(value * (1 - value), 1 / trials) / trials) ** 0.5
    return Estimate(value, error, trials, f"{count} of {trials} trajectories")


def _rate(name: str, trajectories: int, seed: int) -> Estimate:
    """Measure the rate, per step, of passages through the middle between the minima."""
    passages = simulate.first_passage(
        injected(name),
        gradient_descent(),
        target="w0 + w1 < 0",
        trajectories=trajectories,
        seed=seed,
        max_steps=1000,
        bridge=False,  # the step is the physics
    )
    return analysis.escape_rate(passages, discard_time=SETTLED * LEARNING_RATE).to("per step")


def _checks(
    counted: Counted,
    sgd: dict[float, list[Estimate]],
    rates: dict[str, Estimate],
    exact: dict[str, Float],
    exact_rates: dict[str, float],
    error: float,
) -> tuple[Check, ...]:
    checks = []
    for name, shares in counted.items():
        theory = Theory(exact[name][-1], error * exact[name][-1], "exact on a grid")
        checks.append(Check(f"{name}: fraction of successes = exact value", shares[-1], theory))
    for name, rate in rates.items():
        theory = Theory(exact_rates[name], error * exact_rates[name], "exact on a grid")
        checks.append(
            Check(f"{name}: rate of passage through the middle = exact value", rate, theory)
        )
    last = {name: shares[-1] for name, shares in counted.items()}
    even, turned, own, hessian, top = (last[name] for name in SHAPES)
    printed, scaled = (shares[-1] for shares in sgd.values())
    return (
        *checks,
        Check("successes with C = with isotropic noise", own, even, "rejected"),
        Check("successes with H = with isotropic noise", hessian, even, "rejected"),
        Check("successes with the top of H = with isotropic noise", top, even, "rejected"),
        Check("successes with the diagonal of C = with isotropic noise", turned, even),
        Check("successes with C = with H", own, hessian, "rejected"),
        Check(
            f"SGD, data noise {PRINTED:g} as printed: successes = 0",
            printed,
            0.0,
            against=scaled.value,
        ),
        Check(
            f"SGD: successes at data noise {PRINTED:g} = at {SCALED:g}", printed, scaled, "rejected"
        ),
        Check(
            f"successes of SGD at data noise {SCALED:g} = with injected noise C",
            scaled,
            own,
            "rejected",
        ),
    )
