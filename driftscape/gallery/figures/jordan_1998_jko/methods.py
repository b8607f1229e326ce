"""A density on its way to the steady state: by JKO steps, exact, on the grid, by an ensemble.

bowl     Phi = x^2 with beta = 1, from a normal law: it stays normal, and everything is exact
wells    Phi = (x^2 - 1)^2/4 with beta = 4, from a normal law on the barrier: nothing stays normal
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .... import analysis, landscapes, simulate, theory
from ....analysis import Estimate
from ....landscapes import Landscape, Normal
from ....typing import Float
from .wasserstein_step import quantiles, wasserstein_step

CURVATURE, BETA, START, TIME = 2.0, 1.0, 4.0, 1.0
"""Of the bowl Phi = k x^2/2; variance at time 0; when errors are compared."""

EARLY = 0.25
"""When F is compared: later on so little of it is left that no ensemble resolves it."""

STEADY = 1 / (BETA * CURVATURE)
STEPS = (1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 1 / 64)
END = 2.0
GRID_TIMES, SAVED = (0.25, 0.5, 1.0, 1.5, 2.0), 0.125
DT = 0.02  # scheme of weak order 2: it is off by 1e-4
WELL, WELL_BETA, WIDTH, LEVELS = landscapes.quartic_well(), 4.0, 0.4, 1000
PHI: Any = (lambda x: (x**2 - 1) ** 2 / 4, lambda x: x**3 - x, lambda x: 3 * x**2 - 1)
BOWL_PHI: Any = (
    lambda x: CURVATURE * x**2 / 2,
    lambda x: CURVATURE * x,
    lambda x: np.full_like(x, CURVATURE),
)


def variance(time: Any) -> Any:
    """Return the variance of the Ornstein-Uhlenbeck process, exact."""
    return STEADY + (START - STEADY) * np.exp(-2 * CURVATURE * np.asarray(time))


def free_energy(of: Any) -> Any:
    """Return KL/beta of normal laws of some variances to the steady one."""
    ratio = np.asarray(of) / STEADY
    return (ratio - 1 - np.log(ratio)) / (2 * BETA)


@dataclass(frozen=True)
class Bowl:
    """The bowl: variance and free energy on four roads.

    Attributes
    ----------
    jko
        Step -> variances after 0, 1, ... steps.
    explicit
        The same by an explicit Euler step of 1/2.
    grid, ensemble
        `free_energy` datasets with `variance`, and `variance_stderr`, beside it.
    limits
        Variance at `TIME` and free energy at `EARLY` on the grid, cells of no size.
    """

    jko: dict[float, Float]
    explicit: Float
    grid: Any
    ensemble: Any
    limits: tuple[Estimate, Estimate]


@dataclass(frozen=True)
class Wells:
    """Two wells at `TIME`: step -> places and density, the grid's, the histogram of an ensemble."""

    by_steps: dict[float, tuple[Float, Float]]
    grid: Any
    histogram: Any
    start: Any


def bowl(trajectories: int, seed: int) -> Bowl:
    """Follow a normal law in the bowl."""
    landscape = Landscape.from_potential(
        "k*x**2/2", coordinates="x", parameters={"k": CURVATURE}, name="bowl"
    )
    fp = theory.fokker_planck(landscape, beta=BETA, box=(-12, 12))
    begin = f"exp(-x**2/{2 * START})"
    densities = fp.evolve(begin, GRID_TIMES)
    grid = analysis.free_energy(fp, densities).assign(variance=second_moment(densities))

    def numbers(level: Any) -> Float:
        early, late = level.evolve(begin, (EARLY, TIME))
        return np.array(
            [second_moment(late), analysis.free_energy(level, early).free_energy], dtype=float
        )

    found = fp.extrapolate(numbers)
    limits = [
        Estimate(float(v), max(float(e), 1e-12), 1, "grid, h → 0")
        for v, e in zip(found.value, found.truncation, strict=True)
    ]
    run = simulate.run(
        landscape,
        simulate.Ito(beta=BETA, dt=SAVED / 10, scheme="weak-2"),
        time=END,
        trajectories=trajectories,
        start=Normal(0, START**0.5),
        save_every=10,
        seed=seed,
    )
    square = run.state.sel(coordinate="x") ** 2
    scatter = square.std("trajectory", ddof=1) / trajectories**0.5
    ensemble = analysis.free_energy(run).assign_coords(time=run.time.values)
    return Bowl(
        {tau: _jko(tau) for tau in STEPS},
        _explicit(0.5),
        grid,
        ensemble.assign(
            variance=("time", square.mean("trajectory").values),
            variance_stderr=("time", scatter.values),
        ),
        (limits[0], limits[1]),
    )


def _jko(tau: float) -> Float:
    made = [START]
    for _ in range(round(END / tau)):
        made.append(theory.jko_step(made[-1], curvature=CURVATURE, beta=BETA, tau=tau))
    return np.array(made)


def _explicit(tau: float) -> Float:
    """The same descent of the standard deviation, its slope taken before the step."""
    widths = [START**0.5]
    for _ in range(round(END / tau)):
        s = widths[-1]
        widths.append(s - tau * (CURVATURE * s - 1 / (BETA * s)))
    return np.array(widths) ** 2


def implicit_variance(tau: float) -> float:
    """Return the variance at `TIME` by implicit Euler steps of its own equation: another scheme."""
    v = START
    for _ in range(round(TIME / tau)):
        v = (v + 2 * tau / BETA) / (1 + 2 * CURVATURE * tau)
    return v


def well_steps(tau: float) -> Float:
    """Return the quantiles at `TIME` in two wells, no law assumed."""
    from scipy.special import ndtri

    x = WIDTH * quantiles(ndtri, LEVELS)
    for _ in range(round(TIME / tau)):
        x = wasserstein_step(x, PHI, beta=WELL_BETA, tau=tau)
    return x


def wells(trajectories: int, seed: int) -> tuple[Wells, Estimate]:
    """Follow a normal law on the barrier; return it, and <x^2> of the ensemble."""
    fp = theory.fokker_planck(WELL, beta=WELL_BETA)
    start, density = fp.evolve(f"exp(-x**2/(2*{WIDTH}**2))", (0, TIME))
    run = simulate.run(
        WELL,
        simulate.Ito(beta=WELL_BETA, dt=DT, scheme="weak-2"),
        time=TIME,
        trajectories=trajectories,
        start=Normal(0, WIDTH),
        keep="final",
        seed=seed,
    )
    x = run.final.values[:, 0]
    counts, edges = np.histogram(x, bins=np.linspace(-2, 2, 33))
    wide = len(x) * np.diff(edges)
    histogram = (edges[1:] + edges[:-1]) / 2, counts / wide, np.sqrt(counts) / wide
    by_steps = {tau: _density(well_steps(tau)) for tau in (1 / 4, 1 / 32)}
    square = Estimate(
        float(np.mean(x**2)), float(np.std(x**2, ddof=1) / len(x) ** 0.5), len(x), "final states"
    )
    return Wells(by_steps, density, histogram, start), square


def _density(x: Float) -> tuple[Float, Float]:
    return (x[1:] + x[:-1]) / 2, 1 / (len(x) * np.diff(x))


def second_moment(density: Any) -> Any:
    """Return <x^2> of a density on the grid."""
    return (density * density.x**2).integrate("x")
