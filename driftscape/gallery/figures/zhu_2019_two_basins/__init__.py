"""Two basins: at equal strength the shape of the noise decides who leaves the sharp one.

Z. Zhu, J. Wu, B. Yu, L. Wu, J. Ma, "The anisotropic noise in stochastic gradient descent: its
behavior of escaping from sharp minima and regularization effects" (ICML 2019), the experiment in
the plane.  Look at the middle panel: noise along the steep direction is carried over the ridge,
the same amount spread evenly is not.
"""

import itertools
from typing import Any

from .... import analysis, landscapes, simulate
from ....analysis import Estimate
from ....theory import Theory
from ...report.figure import About, Check, Figure, style
from .chain import LEARNING_RATE, SHAPES, TRACE, Chain, gradient_descent, injected
from .panels import PRINTED, SAVED, SCALED, STEPS, Counted, picture

ABOUT = About(
    title="Two basins: noise that knows the curvature leaves the sharp one",
    citation="Z. Zhu, J. Wu, B. Yu, L. Wu, J. Ma, “The anisotropic noise in stochastic gradient "
    "descent: its behavior of escaping from sharp minima and regularization effects”, ICML 2019: "
    "the two-dimensional experiment.",
    link="https://arxiv.org/abs/1803.00195",
    claim="Of gradient descents with noise of equal trace, those whose noise has the shape of the "
    "gradient covariance C, of the Hessian H or of its top eigenvector leave a sharp minimum for a "
    "flat one far more often than those with isotropic noise. The order quoted for the experiment "
    "is isotropic < diagonal of C < C ≈ H ≈ top of H.",
    look_for="Start (1, 1), learning rate 0.005, noise of variance 0.01 a step; success: both "
    "coordinates below −½. Left: lower of the two losses, and one run of 500 steps each. Middle: "
    "share of successes against steps; black: exact, by iterating the law on a grid. Right: after "
    "500 steps, per cent; error bars: the scatter of 100 repeats. SGD with the data noise as "
    "published stays for good.",
)

GRID = 30  # cells per unit; the error falls with the square, 2 % here
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
        "After 500 steps of noise with one trace "
        + ", ".join(f"{share:.1f} % ({name})" for name, share in last.items())
        + " are in the flat basin. What is carried over the ridge is variance along the steep "
        f"direction: per step {100 * rates['C'].value:.2f} % leave with noise of the shape of C "
        f"and {100 * rates['isotropic'].value:.3f} % with isotropic noise. The diagonal of C does "
        "not lie in between: the axes are turned by 45°, both diagonal elements are equal, and "
        "that noise is isotropic. C and H are proportional in the sharp basin and differ in the "
        "flat one, where isotropic noise is carried back more often. The learning rate is exactly "
        "one over the larger Hessian eigenvalue, 200, so that along it each step forgets all "
        "before. With the data noise as printed, 0.01, SGD never leaves; scaled to a trace of 0.01 "
        f"a step, {100 * sgd[SCALED][-1].value:.0f} % of it do: the noise of the data lowers the "
        "ridge of the expected loss, and past it the noise of a step is a thousand times weaker, "
        "so that little is carried back."
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


def _successes(landscape: Any, dynamics: Any, trajectories: int, seed: int) -> list[Estimate]:
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
    # none of them is still compatible with a count of one or two
    error = (max(value * (1 - value), 1 / trials) / trials) ** 0.5
    return Estimate(value, error, trials, f"{count} of {trials} trajectories")


def _rate(name: str, trajectories: int, seed: int) -> Estimate:
    """Measure the rate, per step, of passages through the middle between the minima."""
    hits = simulate.first_passage(
        injected(name),
        gradient_descent(),
        target="w0 + w1 < 0",
        trajectories=trajectories,
        seed=seed,
        max_steps=1000,
        bridge=False,  # the step is the physics
    )
    rate = analysis.escape_rate(hits, discard_time=SETTLED * LEARNING_RATE) * LEARNING_RATE
    return Estimate(rate.value, rate.stderr, rate.n_eff, rate.method, "per step")


def _checks(
    counted: Counted, sgd: Any, rates: Any, exact: Any, exact_rates: Any, error: float
) -> tuple[Check, ...]:
    checks = []
    for name, shares in counted.items():
        theory = Theory(exact[name][-1], error * exact[name][-1], "exact on a grid")
        checks.append(Check(f"{name}: share of successes", shares[-1], theory))
    for name, rate in rates.items():
        theory = Theory(exact_rates[name], error * exact_rates[name], "exact on a grid")
        checks.append(Check(f"{name}: rate of passage through the middle", rate, theory))
    last = {name: shares[-1] for name, shares in counted.items()}
    even, turned, own, hessian, top = (last[name] for name in SHAPES)
    printed, scaled = (shares[-1] for shares in sgd.values())
    return (
        *checks,
        Check("C succeeds no more often than isotropic noise", own, even, "rejected"),
        Check("H succeeds no more often than isotropic noise", hessian, even, "rejected"),
        Check("the top of H succeeds no more often than isotropic noise", top, even, "rejected"),
        Check("the diagonal of C is isotropic noise", turned, even),
        Check("C and H are the same in both basins", own, hessian, "rejected"),
        Check(
            f"SGD at data noise {PRINTED:g}, as printed, never succeeds",
            printed,
            0.0,
            against=scaled.value,
        ),
        Check(f"SGD at data noise {PRINTED:g} is SGD at {SCALED:g}", printed, scaled, "rejected"),
        Check(f"SGD at data noise {SCALED:g} is noise C of that trace", scaled, own, "rejected"),
    )
