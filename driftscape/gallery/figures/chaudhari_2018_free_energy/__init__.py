"""Double well with rotation: the free energy decreases, and faster with a current.

P. Chaudhari and S. Soatto, "Stochastic gradient descent performs variational inference, converges
to limit cycles for deep networks" (2018), Theorem 5 and Lemma 7, for which the paper has no figure.
See the upper right panel: the initial slope is the same for all rotations, the later values differ.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from ....analysis import Estimate
from ....theory import Theory
from ...report.figure import About, Check, Figure, style
from . import panels
from .binned_free_energy import measured
from .methods import BESIDE, DT, WIDTH, Ensemble, Evolution, at_start

if TYPE_CHECKING:
    import xarray as xr

ABOUT = About(
    title="Double well: the free energy decreases, and faster with rotation",
    citation="P. Chaudhari and S. Soatto, “Stochastic gradient descent performs variational "
    "inference, converges to limit cycles for deep networks”, 2018: Theorem 5, Lemma 7 and "
    "Example 19.",
    link="https://arxiv.org/abs/1710.11029",
    claim="F = KL(ρ‖ρ_ss)/β decreases monotonically along the Fokker-Planck equation. The proof "
    "rests on ∇·j = 0, which the example violates. The force j “does not decrease F”.",
    look_for="Top left: F from one start distribution in the right well, on the grid and by "
    "trajectories, on a logarithmic scale: straight at late times. Middle: its relative rate of "
    "decrease, at late times twice the slowest relaxation rate, oscillating where this mode does. "
    "Right: F divided by F without rotation: the same initial slope, smaller values later. Bottom: "
    "the density at time 1 (start: red circles of one and two standard deviations; steady state: "
    "grey); the current carries it around the barrier into the other well.",
)

ROTATIONS = (0.0, 1.5, 3.0)
COMPARED = (0.5, 1.0, 2.0)  # later the scatter is as large as F
SEED = 55

Evolutions = dict[float, Evolution]
Ensembles = dict[float, Ensemble]


def draw(full: bool = False, seed: int = SEED) -> Figure:
    """Solve, simulate, compare and draw; `full`: a grid twice as fine, four times the ensemble."""
    trajectories, refined = (524_288, 2) if full else (131_072, 1)
    seeds = itertools.count(seed)
    evolutions = {each: Evolution.of(each, refined) for each in ROTATIONS}
    ensembles = {
        rotation: Ensemble.of(evolution, trajectories, next(seeds))
        for rotation, evolution in evolutions.items()
    }
    slopes = [evolutions[each].final_rate.value for each in ROTATIONS]
    left = [100 * evolutions[each].at("free energy", 1.0).value for each in ROTATIONS]
    left = [each / evolutions[0.0].at("free energy", 0.0).value for each in left]
    finding = (
        "F decreases at every rotation, although ∇·j = 0 is not true: ∇·(jρ_ss) = 0 is enough. At "
        "each time the slope depends on the density alone, dF/dt = −∫ρ|∇log(ρ/ρ_ss)|²/β, so that "
        "the initial slope is the same at every rotation. But the current moves the density to "
        f"positions where this slope is larger: at time 1, {left[0]:.1f}, {left[1]:.1f} and "
        f"{left[2]:.1f} % of F are left at rotation 0, 1.5 and 3, and at late times F decays at "
        f"the rates {slopes[0]:.3f}, {slopes[1]:.3f} and {slopes[2]:.3f} per unit of time, twice "
        "the real part of the slowest relaxation rate. The claim that j does not decrease F is "
        "true only of the slope for a given density."
    )
    with style():
        picture = panels.picture(evolutions, ensembles)
    return Figure(
        ABOUT,
        (
            *_fall_checks(evolutions),
            *_slope_checks(evolutions),
            *_final_checks(evolutions),
            *_ensemble_checks(evolutions, ensembles),
        ),
        picture,
        finding,
        {
            "start": f"normal about (1, 0), width {WIDTH:g}",
            "grid": " x ".join(map(str, evolutions[0.0].operator.grid.shape)),
            "trajectories": trajectories,
            "dt": f"{DT:g}, weak-2",
            "beta": 1,
            "seeds": f"{seed} to {next(seeds) - 1}",
        },
    )


def _fall_checks(evolutions: Evolutions) -> list[Check]:
    exact, _ = at_start()
    checks = []
    for rotation, evolution in evolutions.items():
        free = evolution.row("free energy")
        rises = Estimate(float((np.diff(free) >= 0).sum()), 1e-9, len(free), "grid")
        hypothesis = f"rotation {rotation:g}: number of increases of F at {len(free)} times = 0"
        checks.append(Check(hypothesis, rises, 0.0, against=1.0))
        start = evolution.at("free energy", 0.0)
        checks.append(Check(f"rotation {rotation:g}: F at time 0, grid = exact", start, exact))
    return checks


def _slope_checks(evolutions: Evolutions) -> list[Check]:
    _, exact = at_start()
    checks = []
    for rotation, evolution in evolutions.items():
        begin = f"rotation {rotation:g}: "
        start = evolution.at("non_adiabatic", 0.0)
        checks.append(Check(begin + "−dF/dt at time 0, grid = exact", start, exact))
        before, after = (evolution.at("free energy", 1 + side * BESIDE) for side in (-1, 1))
        fall = Estimate(
            (before.value - after.value) / (2 * BESIDE),
            # of third order in the time difference, and the tolerance of the evolution
            evolution.at("non_adiabatic", 1.0).value * (4 * BESIDE) ** 2 / 6 + 1e-5,
            1,
            "difference in time",
        )
        produced = evolution.at("non_adiabatic", 1.0)
        hypothesis = begin + "−β dF/dt at time 1 = non-adiabatic entropy production"
        checks.append(Check(hypothesis, fall, Theory(produced.value, produced.stderr, "grid")))
        total, kept = evolution.at("total", 1.0), evolution.at("housekeeping", 1.0)
        hypothesis = begin + "total − housekeeping entropy production at time 1 = non-adiabatic"
        checks.append(
            Check(hypothesis, total - kept, Theory(produced.value, produced.stderr, "grid"))
        )
    return checks


def _final_checks(evolutions: Evolutions) -> list[Check]:
    checks = []
    for rotation, evolution in evolutions.items():
        theory = Theory(2 * evolution.rate.real, 1e-4, "grid, h → 0")
        hypothesis = f"rotation {rotation:g}: −d log F/dt at late times = 2 Re λ₁"
        checks.append(Check(hypothesis, evolution.final_rate, theory))
    slow = 2 * evolutions[0.0].rate.real
    swift = evolutions[1.5].final_rate
    hypothesis = "rotation 1.5: −d log F/dt at late times = that without rotation"
    return [*checks, Check(hypothesis, swift, slow, "rejected")]


def _ensemble_checks(evolutions: Evolutions, ensembles: Ensembles) -> list[Check]:
    checks = []
    for rotation, evolution in evolutions.items():
        for time in COMPARED:
            hypothesis = f"rotation {rotation:g}: F of bins at time {time:g}, trajectories = grid"
            checks.append(
                Check(hypothesis, ensembles[rotation].at(time), _of_bins(evolution, time))
            )
        checks.append(_neighbour_check(rotation, evolution, ensembles[rotation].neighbours, 0.5))
    swift, still = ensembles[1.5], evolutions[0.0]
    twin = "rotation 1.5: F of bins at time 1 = that at rotation 0"
    late = ensembles[3.0]
    plain = measured(late.counts[-1], evolutions[3.0].stationary, corrected=False)
    last = float(late.times[-1])
    return [
        *checks,
        Check(twin, swift.at(1.0), _of_bins(still, 1.0), "rejected"),
        Check(
            f"rotation 3: F of bins at time {last:g}, trajectories = grid",
            late.binned[-1],
            _of_bins(evolutions[3.0], last),
            against=plain.value,
        ),
        Check(
            f"rotation 3: F of bins at time {last:g}, uncorrected frequencies = grid",
            plain,
            _of_bins(evolutions[3.0], last),
            "rejected",
        ),
    ]


def _of_bins(evolution: Evolution, time: float) -> Theory:
    value = evolution.at("of bins", time)
    return Theory(value.value, value.stderr, "grid, h → 0")


def _neighbour_check(
    rotation: float, evolution: Evolution, neighbours: xr.Dataset, time: float
) -> Check:
    there = neighbours.sel(time=time, method="nearest")
    measured = Estimate(
        float(there.free_energy), float(there.free_energy_stderr), 1, "nearest neighbours"
    )
    theory = evolution.at("free energy", time)
    hypothesis = f"rotation {rotation:g}: F at time {time:g}, nearest neighbours = grid"
    return Check(hypothesis, measured, Theory(theory.value, theory.stderr, "grid, h → 0"))
