"""Relaxation of a density to the steady state: JKO steps, exact, on a grid, by an ensemble.

bowl     Phi = x^2, beta = 1, from a normal distribution: it stays normal and is known exactly
wells    Phi = (x^2 - 1)^2/4, beta = 4, from a normal distribution on the barrier: not normal later
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .... import analysis, landscapes, simulate, theory
from ....analysis import Estimate
from ....landscapes import Landscape, Normal
from ....typing import Float
from .wasserstein_step import Potential, quantiles, wasserstein_step

if TYPE_CHECKING:
    import xarray as xr

CURVATURE, BETA, START, TIME = 2.0, 1.0, 4.0, 1.0
"""Of the parabola Phi = k x^2/2: k, beta, variance at time 0, time at which errors are compared."""

EARLY = 0.25
"""Time at which F is compared: later F is too small for an ensemble to resolve."""

STEADY = 1 / (BETA * CURVATURE)
STEPS = (1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 1 / 64)
END = 2.0
GRID_TIMES, SAVED = (0.25, 0.5, 1.0, 1.5, 2.0), 0.125
DT = 0.02  # with the scheme of weak order 2 the error is 1e-4
WELL, WELL_BETA, WIDTH, LEVELS = landscapes.quartic_well(), 4.0, 0.4, 1000
PHI: Potential = (lambda x: (x**2 - 1) ** 2 / 4, lambda x: x**3 - x, lambda x: 3 * x**2 - 1)
BOWL_PHI: Potential = (
    lambda x: CURVATURE * x**2 / 2,
    lambda x: CURVATURE * x,
    lambda x: np.full_like(x, CURVATURE),
)


def variance(time: float | Float) -> Float:
    """Return the exact variance of the Ornstein-Uhlenbeck process."""
    return np.asarray(STEADY + (START - STEADY) * np.exp(-2 * CURVATURE * np.asarray(time)))


def free_energy(variances: float | Float) -> Float:
    """Return KL/beta from normal distributions of given variances to the steady state."""
    ratio = np.asarray(variances) / STEADY
    return np.asarray((ratio - 1 - np.log(ratio)) / (2 * BETA))


@dataclass(frozen=True)
class Bowl:
    """The parabola: variance and free energy by four methods.

    Attributes
    ----------
    jko
        Step -> variances after 0, 1, ... steps.
    explicit
        The same by explicit Euler steps of 1/2.
    grid, ensemble
        Datasets of `analysis.free_energy` with `variance` and `variance_stderr` added.
    limits
        Variance at `TIME` and free energy at `EARLY`, extrapolated to cell size 0.
    """

    jko: dict[float, Float]
    explicit: Float
    grid: xr.Dataset
    ensemble: xr.Dataset
    limits: tuple[Estimate, Estimate]


@dataclass(frozen=True)
class Wells:
    """Two wells at `TIME`.

    Attributes
    ----------
    by_steps
        JKO step -> positions and density.
    grid
        Density on the grid.
    histogram
        Bin centres, density and standard error of an ensemble.
    start
        Density at time 0 on the grid.
    """

    by_steps: dict[float, tuple[Float, Float]]
    grid: xr.DataArray
    histogram: tuple[Float, Float, Float]
    start: xr.DataArray


def bowl(trajectories: int, seed: int) -> Bowl:
    """Follow a normal distribution in the parabola."""
    landscape = Landscape.from_potential(
        "k*x**2/2", coordinates="x", parameters={"k": CURVATURE}, name="bowl"
    )
    fp = theory.fokker_planck(landscape, beta=BETA, box=(-12, 12))
    begin = f"exp(-x**2/{2 * START})"
    densities = fp.evolve(begin, GRID_TIMES)
    grid = theory.free_energy(fp, densities).assign(variance=second_moment(densities))

    def numbers(level: theory.FokkerPlanck) -> Float:
        early, late = level.evolve(begin, (EARLY, TIME))
        return np.array(
            [second_moment(late), theory.free_energy(level, early).free_energy], dtype=float
        )

    extrapolated = fp.extrapolate(numbers)
    limits = [
        Estimate(float(v), max(float(e), 1e-12), 1, "grid, h → 0")
        for v, e in zip(extrapolated.value, extrapolated.truncation, strict=True)
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
    variances = [START]
    for _ in range(round(END / tau)):
        variances.append(theory.jko_step(variances[-1], curvature=CURVATURE, beta=BETA, tau=tau))
    return np.array(variances)


def _explicit(tau: float) -> Float:
    """Return the variances by explicit Euler steps of the standard deviation."""
    widths = [START**0.5]
    for _ in range(round(END / tau)):
        s = widths[-1]
        widths.append(s - tau * (CURVATURE * s - 1 / (BETA * s)))
    return np.array(widths) ** 2


def implicit_variance(tau: float) -> float:
    """Return the variance at `TIME` by implicit Euler steps of the equation of the variance."""
    v = START
    for _ in range(round(TIME / tau)):
        v = (v + 2 * tau / BETA) / (1 + 2 * CURVATURE * tau)
    return v


def well_steps(tau: float) -> Float:
    """Return the quantiles at `TIME` in two wells, by JKO steps on quantiles."""
    from scipy.special import ndtri

    x = WIDTH * quantiles(ndtri, LEVELS)
    for _ in range(round(TIME / tau)):
        x = wasserstein_step(x, PHI, beta=WELL_BETA, tau=tau)
    return x


def wells(trajectories: int, seed: int) -> tuple[Wells, Estimate]:
    """Follow a normal distribution from the barrier; return it, and <x^2> of the ensemble."""
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
    unit = len(x) * np.diff(edges)
    histogram = (edges[1:] + edges[:-1]) / 2, counts / unit, np.sqrt(counts) / unit
    by_steps = {tau: _density(well_steps(tau)) for tau in (1 / 4, 1 / 32)}
    square = Estimate(
        float(np.mean(x**2)), float(np.std(x**2, ddof=1) / len(x) ** 0.5), len(x), "final states"
    )
    return Wells(by_steps, density, histogram, start), square


def _density(x: Float) -> tuple[Float, Float]:
    return (x[1:] + x[:-1]) / 2, 1 / (len(x) * np.diff(x))


def second_moment(density: xr.DataArray) -> xr.DataArray:
    """Return <x^2> of a density on the grid."""
    square: xr.DataArray = (density * density.x**2).integrate("x")
    return square
