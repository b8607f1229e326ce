"""The minimum of Phi under state-dependent noise: ensembles, grids, SGD's kernel, the checks."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .... import analysis, simulate, theory
from ....analysis import Estimate
from ....landscapes import Landscape
from ....theory import Theory
from ...report.figure import Check
from . import state_dependent_noise
from .lowest_point import lowest_point, minimum

if TYPE_CHECKING:
    import xarray as xr

BETAS = (1.0, 2.0, 4.0, 8.0)
BETAS_OF_SGD = (1.4, 2.8, 5.6)
SHOWN = 2.0  # beta at which Phi is drawn
RATE = 0.02  # of SGD
RELAXED = 7.0  # the start has decayed to e^-7


@dataclass(frozen=True)
class Minima:
    """Minima of Phi by interpretation (or "SGD") and beta.

    Attributes
    ----------
    measured
        From the final states of an ensemble.
    grid
        From the grid; for SGD, from its one-step kernel.
    profiles
        Interpretation -> result of `analysis.potential` at beta `SHOWN`.
    """

    measured: dict[str, dict[float, Estimate]]
    grid: dict[str, dict[float, Theory]]
    profiles: dict[str, xr.Dataset]


def measure_minima(trajectories: int, seeds: Iterator[int]) -> Minima:
    """Measure all minima, each from its own ensemble."""
    measured: dict[str, dict[float, Estimate]] = {}
    grid: dict[str, dict[float, Theory]] = {}
    profiles = {}
    sgd = simulate.SGD(learning_rate=RATE)
    plan = [(name, beta) for name in state_dependent_noise.INTERPRETATIONS for beta in BETAS]
    for name, beta in [*plan, *(("SGD", beta) for beta in BETAS_OF_SGD)]:
        if name == "SGD":
            landscape = state_dependent_noise.loss(beta, RATE)
            dynamics: simulate.Dynamics = sgd
            lowest = Theory(_of_the_chain(landscape, sgd, beta), 0.001, "one-step kernel")
        else:
            dynamics = state_dependent_noise.INTERPRETATIONS[name](
                beta=beta, dt=0.04, scheme="weak-2"
            )
            landscape = state_dependent_noise.landscape(name)
            (shift,) = theory.minimum_shifts(_grid(landscape, dynamics))
            lowest = shift.potential[0]
        run = simulate.run(
            landscape,
            dynamics,
            time=RELAXED,
            trajectories=trajectories,
            start=0.0,
            keep="final",
            seed=next(seeds),
        )
        measured.setdefault(name, {})[beta] = lowest_point(run, within=_within(beta))
        grid.setdefault(name, {})[beta] = lowest
        if beta == SHOWN:
            near = np.abs(run.final.values[:, 0]) < 2.4
            kept = run.isel(trajectory=np.flatnonzero(near))
            profiles[name] = analysis.potential(kept, bins=50)
    return Minima(measured, grid, profiles)


def _within(beta: float) -> float:
    return 1.3 / math.sqrt(beta)  # slightly more than a width of the well


def _grid(landscape: Landscape, dynamics: simulate.Dynamics) -> theory.FokkerPlanck:
    """Solve one interpretation on a grid; the density falls as a power of x, hence the box."""
    return theory.fokker_planck(landscape, dynamics, box=(-12, 60), shape=2048)


def _of_the_chain(landscape: Landscape, sgd: simulate.SGD, beta: float) -> float:
    """Return the maximum of the stationary density of SGD, from its one-step kernel."""
    operator = theory.transfer_operator(landscape, sgd, box=(-4 - 6 / beta, 4 + 36 / beta))
    rho = operator.steady_state()
    x = rho.x.values
    near = np.abs(x - state_dependent_noise.mode("Itô", beta)) < _within(beta) / 2
    phi = -np.log(rho.values[near]) / beta
    return minimum(x[near], phi, np.ones(near.sum()))[0]


def minimum_checks(minima: Minima) -> tuple[Check, ...]:
    """Return the checks of every interpretation and of SGD."""
    checks = []
    for name in state_dependent_noise.INTERPRETATIONS:
        for beta in (1.0, 4.0):
            # the error of a polynomial of degree 5 is 0.003 at beta = 1 and less at larger beta
            exact = Theory(
                state_dependent_noise.mode(name, beta), 0.003 / beta**2, "fit around the minimum"
            )
            solved = minima.grid[name][beta]
            on_grid = Estimate(solved.value, solved.truncation, 1, solved.regime)
            what = f"{name}, β = {beta:g}: minimum of Φ"
            near = "Stratonovich" if name != "Stratonovich" else "A-type"
            other = state_dependent_noise.mode(near, beta)
            ensemble = minima.measured[name][beta]
            checks += [
                Check(f"{what}, ensemble = exact", ensemble, exact, against=other),
                Check(f"{what}, grid = exact", on_grid, exact.value, against=other),
            ]
    ito, sgd, chain = minima.measured["Itô"], minima.measured["SGD"], minima.grid["SGD"]
    order = Theory(state_dependent_noise.mode("Itô", 1.4), RATE / 5, "small learning rate")
    return (
        *checks,
        Check("Itô, β = 1: minimum of Φ = minimum of the loss", ito[1.0], 0.0, "rejected"),
        Check("Itô, β = 1: minimum of Φ = −1/2β, linear in η/b", ito[1.0], -0.5, "rejected"),
        Check(
            "Itô, β = 1: minimum of Φ = Stratonovich's",
            ito[1.0],
            state_dependent_noise.mode("Stratonovich", 1),
            "rejected",
        ),
        Check("SGD, β = 1.4: minimum of Φ = that of the one-step kernel", sgd[1.4], chain[1.4]),
        Check("SGD, β = 1.4: minimum of Φ = Itô's, up to O(η)", sgd[1.4], order),
        Check(
            "SGD, β = 1.4: minimum of Φ = Stratonovich's",
            sgd[1.4],
            state_dependent_noise.mode("Stratonovich", 1.4),
            "rejected",
        ),
        Check("SGD, β = 1.4: minimum of Φ = minimum of the loss", sgd[1.4], 0.0, "rejected"),
    )


def temperature_checks() -> tuple[Check, ...]:
    """Return the checks of Phi(1.5) - Phi(-1.5), which contains ln(D(1.5)/D(-1.5))/beta."""
    ends, checks = (-1.5, 1.5), []
    for name in ("Itô", "A-type"):
        rises = []
        for beta in (2.0, 8.0):
            dynamics = state_dependent_noise.INTERPRETATIONS[name](beta=beta, dt=0.01)
            fp = _grid(state_dependent_noise.landscape(name), dynamics)
            phi = theory.potential(fp)
            low, high = (float(phi.interp(x=end, method="linear")) for end in ends)
            rises.append(high - low)
        change = Estimate(rises[0] - rises[1], fp.grid.spacing[0] ** 2, 1, "grid")
        D = [1 + x / 2 + x**2 / 4 for x in ends]
        exact, other = (1 / 2 - 1 / 8) * float(np.log(D[1] / D[0])), 0.0
        if name == "A-type":
            exact, other = other, exact
        difference = f"{name}: Φ(1.5) − Φ(−1.5) at β = 2 minus at β = 8 ="
        value = "exact" if name == "Itô" else "0"
        checks.append(Check(f"{difference} {value}", change, exact, against=other))
        if name == "Itô":
            hypothesis = f"{difference} 0 (Φ independent of β)"
            checks.append(Check(hypothesis, change, 0.0, "rejected"))
    return tuple(checks)
