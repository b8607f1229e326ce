"""Where Phi is lowest under uneven noise: ensembles, grids, SGD's own kernel, and the checks."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .... import analysis, simulate, theory
from ....analysis import Estimate
from ....theory import Theory
from ...report.figure import Check
from . import state_dependent_noise
from .lowest_point import lowest_point, minimum

BETAS = (1.0, 2.0, 4.0, 8.0)
BETAS_OF_SGD = (1.4, 2.8, 5.6)
SHOWN = 2.0  # beta at which Phi is drawn
RATE = 0.02  # of SGD
RELAXED = 7.0  # e^-7 of the start is left, at the place it goes to


@dataclass(frozen=True)
class Minima:
    """Where Phi is lowest, by interpretation (and "SGD") and beta.

    Attributes
    ----------
    measured
        From the final states of an ensemble.
    grid
        From the grid; of SGD, from its one-step kernel.
    profiles
        Reading -> what `analysis.potential` returned at beta `SHOWN`.
    """

    measured: dict[str, dict[float, Estimate]]
    grid: dict[str, dict[float, Theory]]
    profiles: dict[str, Any]


def measure_minima(trajectories: int, seeds: Iterator[int]) -> Minima:
    """Measure all of them, each from an ensemble of its own."""
    measured: dict[str, dict[float, Estimate]] = {}
    grid: dict[str, dict[float, Theory]] = {}
    profiles = {}
    plan = [(name, beta) for name in state_dependent_noise.INTERPRETATIONS for beta in BETAS]
    for name, beta in [*plan, *(("SGD", beta) for beta in BETAS_OF_SGD)]:
        if name == "SGD":
            here = state_dependent_noise.loss(beta, RATE)
            dynamics: Any = simulate.SGD(learning_rate=RATE)
            lowest = Theory(_of_the_chain(here, dynamics, beta), 0.001, "one-step kernel")
        else:
            dynamics = state_dependent_noise.INTERPRETATIONS[name](
                beta=beta, dt=0.04, scheme="weak-2"
            )
            here = state_dependent_noise.landscape(name)
            (shift,) = theory.minimum_shifts(_grid(here, dynamics))
            lowest = shift.potential[0]
        run = simulate.run(
            here,
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
    return 1.3 / math.sqrt(beta)  # a width of the well and a little


def _grid(landscape: Any, dynamics: Any) -> Any:
    """Put one interpretation on a grid; its law falls as a power of x only, hence the box."""
    return theory.fokker_planck(landscape, dynamics, box=(-12, 60), shape=2048)


def _of_the_chain(landscape: Any, sgd: Any, beta: float) -> float:
    """Return where the stationary law of SGD itself is highest, from its one-step kernel."""
    operator = theory.transfer_operator(landscape, sgd, box=(-4 - 6 / beta, 4 + 36 / beta))
    rho = operator.steady_state()
    x = rho.x.values
    near = np.abs(x - state_dependent_noise.mode("Itô", beta)) < _within(beta) / 2
    phi = -np.log(rho.values[near]) / beta
    return minimum(x[near], phi, np.ones(near.sum()))[0]


def minimum_checks(minima: Minima) -> tuple[Check, ...]:
    """Return the checks of every interpretation, and of SGD against all of them."""
    checks = []
    for name in state_dependent_noise.INTERPRETATIONS:
        for beta in (1.0, 4.0):
            # a polynomial of degree 5 is not Phi: 0.003 at beta = 1, less at larger ones
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
                Check(f"{what}, ensemble", ensemble, exact, against=other),
                Check(f"{what}, grid", on_grid, exact.value, against=other),
            ]
    ito, sgd, chain = minima.measured["Itô"], minima.measured["SGD"], minima.grid["SGD"]
    order = Theory(state_dependent_noise.mode("Itô", 1.4), RATE / 5, "small learning rate")
    return (
        *checks,
        Check("Itô, β = 1: the minimum of the loss", ito[1.0], 0.0, "rejected"),
        Check("Itô, β = 1: linear in η/b, −1/2β", ito[1.0], -0.5, "rejected"),
        Check(
            "Itô, β = 1: Stratonovich's",
            ito[1.0],
            state_dependent_noise.mode("Stratonovich", 1),
            "rejected",
        ),
        Check("SGD, β = 1.4: minimum of Φ, its one-step kernel", sgd[1.4], chain[1.4]),
        Check("SGD, β = 1.4: Itô's, up to O(η)", sgd[1.4], order),
        Check(
            "SGD, β = 1.4: Stratonovich's",
            sgd[1.4],
            state_dependent_noise.mode("Stratonovich", 1.4),
            "rejected",
        ),
        Check("SGD, β = 1.4: the minimum of the loss", sgd[1.4], 0.0, "rejected"),
    )


def temperature_checks() -> tuple[Check, ...]:
    """Return checks of Phi(1.5) - Phi(-1.5), which changes by ln(D(1.5)/D(-1.5))/beta."""
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
        ours, other = (1 / 2 - 1 / 8) * float(np.log(D[1] / D[0])), 0.0
        if name == "A-type":
            ours, other = other, ours
        claim = f"{name}: Φ(1.5) − Φ(−1.5), β = 2 less β = 8"
        checks.append(Check(claim, change, ours, against=other))
        if name == "Itô":
            checks.append(Check("Itô: Φ does not depend on β", change, 0.0, "rejected"))
    return tuple(checks)
