"""The checks of the rotating double well's steady state."""

from __future__ import annotations

from typing import Any

import numpy as np

from .... import analysis, landscapes, theory
from ....analysis import Estimate
from ....theory import Theory
from ...report.figure import Check
from .methods import BASIS, Ensemble, Grid, distance

Grids = dict[float, Grid]
Ensembles = dict[float, Ensemble]


def checks(grids: Grids, ensembles: Ensembles, hot: Any) -> tuple[Check, ...]:
    """Return all of them; `hot` is a run at rotation 1.5 and a wrong temperature."""
    alone = _x1_alone()
    return (
        *_density(grids),
        *_current(grids, ensembles),
        *_divergence(grids[1.5].operator),
        *_means(grids, ensembles),
        *_grid_spectrum(grids[0.0], alone),
        *_spectrum(grids, ensembles, alone),
        *_correlation(grids[1.5], ensembles[1.5]),
        *_agreement(grids, ensembles, hot),
        *_cycle(ensembles[1.5].odd[0].imaginary),
    )


def _solved(value: Any, error: Any) -> Estimate:
    return Estimate(float(value), max(float(error), 1e-12), 1, "grid, h → 0")


def _density(grids: Grids) -> list[Check]:
    made = []
    other = distance(grids[1.5].operator, 1.05)
    for rotation, grid in grids.items():
        found, start = grid.distance, f"rotation {rotation:g}: "
        claim = start + "L¹ distance, grid to exp(−Φ)/Z, h → 0"
        made.append(Check(claim, _solved(found.value, found.truncation), 0.0, against=other))
        order = Estimate(float(found.order), 0.025, 1, "grids h, 2h, 4h")
        made.append(Check(start + "order of that distance in h", order, 2.0))
    fine = grids[1.5]
    wrong = Estimate(other, float(fine.distance.plain), 1, "grid")
    return [*made, Check("rotation 1.5: its distance to exp(−1.05 Φ)/Z", wrong, 0.0, "rejected")]


def _current(grids: Grids, ensembles: Ensembles) -> list[Check]:
    made = []
    for rotation, grid in grids.items():
        paths, start = ensembles[rotation].paths, f"rotation {rotation:g}: "
        claim = start + "distance of the paths' current to the grid's"
        # were it still, or, where it is, as at the next rotation
        missed = paths.squared(grid.current if rotation else grids[0.5].current)
        made.append(Check(claim, paths.distance(grid.current), 0.0, against=missed))
        if rotation:
            claim = start + "the grid's current in the paths', in parts of it"
            made.append(Check(claim, paths.amount(grid.current), 1.0))
    paths, grid = ensembles[1.5].paths, grids[1.5]
    other = paths.distance(-grid.current)
    levels = paths.distance(grid.levels)
    along = "rotation 1.5: to one along the level lines (∇·j = 0), of the same torque"
    return [
        *made,
        Check("rotation 1.5: distance to the current of the other sign", other, 0.0, "rejected"),
        Check(along, levels, 0.0, "rejected"),
    ]


def _divergence(fp: Any) -> list[Check]:
    """Assumption 4 on the grid: E[(div j)^2], exactly that of j . grad Phi."""

    def square(level: Any) -> float:
        j, rho = theory.decompose(level).circulation, level.steady_state()
        div = sum(j.sel(coordinate=name).differentiate(name) for name in level.grid.names)
        return float((rho * div**2).sum() * level.grid.volume)

    found = fp.extrapolate(square)
    measured = _solved(found.value, found.truncation)
    exponent = "(x1**2 - 1)**2/4 + x2**2/2 - (x1**2 + x2**2)**2/4"
    text = f"(rotation*x1*x2*(2 - x1**2)*exp({exponent}))**2"
    exact = theory.moment(fp.landscape, text)
    return [
        Check("rotation 1.5: ⟨(∇·j)²⟩ of the grid's j = J/ρ", measured, exact),
        Check("rotation 1.5: ∇·j = 0, as assumed", measured, 0.0, "rejected"),
    ]


def _means(grids: Grids, ensembles: Ensembles) -> list[Check]:
    theories = {
        "torque": theory.torque,
        "entropy production": theory.entropy_production,
    }
    made = []
    for rotation, grid in grids.items():
        for name, exact in theories.items():
            start = f"rotation {rotation:g}: {name}, "
            predicted = exact(landscapes.double_well(rotation=rotation))
            other = 0.0
            if rotation:
                solved = _solved(grid.means[name].value, grid.means[name].truncation)
                made.append(Check(start + "grid", solved, predicted))
            else:  # there the grid is reversible by the way it is built: nothing to check
                other = exact(landscapes.double_well(rotation=0.5)).value
            limit = ensembles[rotation].limit[name]
            made.append(Check(start + "trajectories, dt → 0", limit, predicted, against=other))
    return made


def _x1_alone() -> Theory:
    fp = theory.fokker_planck(landscapes.quartic_well(), beta=1)
    found = fp.extrapolate(lambda level: level.eigenvalues(1))
    return Theory(float(found.value[0].real), float(found.truncation[0]), "grid of one coordinate")


def _grid_spectrum(still: Grid, alone: Theory) -> list[Check]:
    found = still.spectrum
    first, second = (
        _solved(found.value[k].real, found.truncation[k]) for k in (0, 1)
    )  # without rotation the two coordinates do not know of each other
    return [
        Check("rotation 0: slowest rate of the grid, that of x₁ alone", first, alone),
        Check("rotation 0: the next, that of x₂ alone", second, 1.0),
    ]


def _spectrum(grids: Grids, ensembles: Ensembles, alone: Theory) -> list[Check]:
    made = []
    for rotation, grid in grids.items():
        error = float(grid.spectrum.truncation[0]) + BASIS[1]
        value = complex(grid.spectrum.value[0])
        measured, start = ensembles[rotation].odd[0], f"rotation {rotation:g}: "
        predicted = Theory(value.real, error, "grid, h → 0")
        made.append(Check(start + "slowest rate, trajectories and grid", measured.real, predicted))
        if rotation:
            predicted = Theory(value.imag, error, "grid, h → 0")
            claim = start + "its frequency, trajectories and grid"
            made.append(Check(claim, measured.imaginary, predicted))
    swift, third = ensembles[1.5], grids[1.5].spectrum
    error = float(third.truncation[2]) + BASIS[0]
    predicted = Theory(float(third.value[2].real), error, "grid, h → 0")
    turning = Theory(float(third.value[2].imag), error, "grid, h → 0")
    fastest = swift.odd[0]
    return [
        *made,
        Check("rotation 1.5: third rate, trajectories and grid", swift.even[0].real, predicted),
        Check("rotation 1.5: its frequency", swift.even[0].imaginary, turning),
        Check("rotation 1.5: as slow as rotation 0", fastest.real, alone, "rejected"),
        Check("rotation 1.5: no frequency", fastest.imaginary, 0.0, "rejected"),
    ]


def _correlation(grid: Grid, ensemble: Ensemble) -> list[Check]:
    measured = ensemble.correlation.sel(lag=3.4, method="nearest")
    place = int(np.argmin(np.abs(ensemble.correlation.lag.values - 3.4)))
    value = Estimate(float(measured.correlation), float(measured.stderr), 1, "trajectories")
    predicted = Theory(float(grid.correlation[place]), 1e-4, "grid")
    start = f"rotation 1.5: correlation of x₁ at t = {float(measured.lag):g}"
    return [
        Check(start, value, predicted),
        Check(start + " has not changed its sign", value, 0.0, "rejected"),
    ]


def _agreement(grids: Grids, ensembles: Ensembles, hot: Any) -> list[Check]:
    wrong, _ = _together(hot, grids[1.5])
    made = []
    for rotation, grid in grids.items():
        measured, count = _together(ensembles[rotation].final, grid)
        claim = f"rotation {rotation:g}: all {count} quantities of compare(run, grid), as one z"
        made.append(Check(claim, measured, 0.0, against=wrong.value))
    return [*made, Check("rotation 1.5: of a run at beta = 1.25", wrong, 0.0, "rejected")]


def _together(run: Any, grid: Grid) -> tuple[Estimate, int]:
    """Measure the joint p value as the standard normal number that is exceeded as rarely."""
    from scipy.special import ndtri

    found = analysis.compare(run, grid.operator)
    score = -float(ndtri(max(found.p_value, 1e-300)))
    return Estimate(score, 1.0, 1, "normal score of the joint p value"), len(found.z)


def _cycle(frequency: Estimate) -> list[Check]:
    cycle = theory.limit_cycle(landscapes.double_well(rotation=1.5), beta=1)
    count = Estimate(float(bool(cycle) + len(cycle.others)), 1e-9, 1, str(cycle))
    turn = Estimate(cycle.asymptotic_period, 1e-6, 1, "linear part at the weak focus")
    exact = float(2 * np.pi / np.sqrt(1.5**2 * np.exp(0.5) - 1))
    claim = "rotation 1.5: the relaxation turns as the drift does there"
    return [
        Check("rotation 1.5: limit cycles of the noiseless drift", count, 0.0, against=1.0),
        Check("rotation 1.5: one limit cycle, as claimed", count, 1.0, "rejected"),
        Check("rotation 1.5: period of small turns about the weak focus", turn, exact),
        Check(claim, frequency, 2 * np.pi / exact, "rejected"),
    ]
