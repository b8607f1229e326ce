"""The checks of the steady state of the rotating double well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from .... import analysis, landscapes, theory
from ....analysis import Estimate
from ....theory import Theory
from ...report.figure import Check
from .methods import BASIS, Ensemble, Grid, distance

if TYPE_CHECKING:
    import xarray as xr

Grids = dict[float, Grid]
Ensembles = dict[float, Ensemble]


def checks(grids: Grids, ensembles: Ensembles, hot: xr.Dataset) -> tuple[Check, ...]:
    """Return all checks; `hot` is a run at rotation 1.5 and a wrong temperature."""
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


def _solved(value: ArrayLike, error: ArrayLike) -> Estimate:
    """Return a number of the grid, extrapolated to cell size 0."""
    number, tolerance = float(np.asarray(value)), float(np.asarray(error))
    return Estimate(number, max(tolerance, 1e-12), 1, "grid, h → 0")


def _density(grids: Grids) -> list[Check]:
    listed = []
    other = distance(grids[1.5].operator, 1.05)
    for rotation, grid in grids.items():
        distances, distance_to = grid.distance, f"rotation {rotation:g}: L¹ distance from exp(−Φ)/Z"
        value = _solved(distances.value, distances.truncation)
        listed.append(Check(f"{distance_to} as h → 0 = 0", value, 0.0, against=other))
        order = Estimate(float(distances.order), 0.025, 1, "grids h, 2h, 4h")
        listed.append(Check(f"{distance_to}: order in h = 2", order, 2.0))
    fine = grids[1.5]
    wrong = Estimate(other, float(fine.distance.plain), 1, "grid")
    return [
        *listed,
        Check("rotation 1.5: L¹ distance from exp(−1.05 Φ)/Z = 0", wrong, 0.0, "rejected"),
    ]


def _current(grids: Grids, ensembles: Ensembles) -> list[Check]:
    listed = []
    for rotation, grid in grids.items():
        paths, start = ensembles[rotation].paths, f"rotation {rotation:g}: "
        hypothesis = start + "distance of the path current from the grid's = 0"
        # the distance if there were no current, or at rotation 0 the current of rotation 0.5
        missed = paths.squared(grid.current if rotation else grids[0.5].current)
        listed.append(Check(hypothesis, paths.distance(grid.current), 0.0, against=missed))
        if rotation:
            hypothesis = start + "path current projected on the grid's = 1"
            listed.append(Check(hypothesis, paths.amount(grid.current), 1.0))
    paths, grid = ensembles[1.5].paths, grids[1.5]
    other = paths.distance(-grid.current)
    levels = paths.distance(grid.levels)
    along = "rotation 1.5: distance from a current along the level lines (∇·j = 0) = 0"
    return [
        *listed,
        Check("rotation 1.5: distance from the opposite current = 0", other, 0.0, "rejected"),
        Check(along, levels, 0.0, "rejected"),
    ]


def _divergence(fp: theory.FokkerPlanck) -> list[Check]:
    """Return the checks of Assumption 4: E[(div j)^2] = E[(j . grad Phi)^2], and not 0."""

    def square(level: theory.FokkerPlanck) -> float:
        j, rho = theory.decompose(level).circulation, level.steady_state()
        div = sum(j.sel(coordinate=name).differentiate(name) for name in level.grid.names)
        return float((rho * div**2).sum() * level.grid.volume)

    extrapolated = fp.extrapolate(square)
    measured = _solved(extrapolated.value, extrapolated.truncation)
    exponent = "(x1**2 - 1)**2/4 + x2**2/2 - (x1**2 + x2**2)**2/4"
    text = f"(rotation*x1*x2*(2 - x1**2)*exp({exponent}))**2"
    exact = theory.moment(fp.landscape, text)
    return [
        Check("rotation 1.5: ⟨(∇·j)²⟩ of j = J/ρ, grid = exact", measured, exact),
        Check("rotation 1.5: ⟨(∇·j)²⟩ = 0, as assumed", measured, 0.0, "rejected"),
    ]


def _means(grids: Grids, ensembles: Ensembles) -> list[Check]:
    theories = {
        "torque": theory.torque,
        "entropy production": theory.entropy_production,
    }
    listed = []
    for rotation, grid in grids.items():
        for name, exact in theories.items():
            start = f"rotation {rotation:g}: {name}, "
            predicted = exact(landscapes.double_well(rotation=rotation))
            other = 0.0
            if rotation:
                solved = _solved(grid.means[name].value, grid.means[name].truncation)
                listed.append(Check(start + "grid = exact", solved, predicted))
            else:  # at rotation 0 the grid is reversible by construction: no check
                other = exact(landscapes.double_well(rotation=0.5)).value
            limit = ensembles[rotation].limit[name]
            listed.append(
                Check(start + "trajectories as dt → 0 = exact", limit, predicted, against=other)
            )
    return listed


def _x1_alone() -> Theory:
    fp = theory.fokker_planck(landscapes.quartic_well(), beta=1)
    rate = fp.extrapolate(lambda level: level.eigenvalues(1))
    return Theory(float(rate.value[0].real), float(rate.truncation[0]), "grid of one coordinate")


def _grid_spectrum(still: Grid, alone: Theory) -> list[Check]:
    rates = still.spectrum
    first, second = (
        _solved(rates.value[k].real, rates.truncation[k]) for k in (0, 1)
    )  # without rotation the two coordinates are independent
    return [
        Check("rotation 0: slowest rate, grid = that of x₁ alone", first, alone),
        Check("rotation 0: second rate, grid = that of x₂ alone", second, 1.0),
    ]


def _spectrum(grids: Grids, ensembles: Ensembles, alone: Theory) -> list[Check]:
    listed = []
    for rotation, grid in grids.items():
        error = float(grid.spectrum.truncation[0]) + BASIS[1]
        value = complex(grid.spectrum.value[0])
        measured, start = ensembles[rotation].odd[0], f"rotation {rotation:g}: "
        predicted = Theory(value.real, error, "grid, h → 0")
        listed.append(Check(start + "slowest rate, trajectories = grid", measured.real, predicted))
        if rotation:
            predicted = Theory(value.imag, error, "grid, h → 0")
            hypothesis = start + "frequency of the slowest mode, trajectories = grid"
            listed.append(Check(hypothesis, measured.imaginary, predicted))
    swift, third = ensembles[1.5], grids[1.5].spectrum
    error = float(third.truncation[2]) + BASIS[0]
    predicted = Theory(float(third.value[2].real), error, "grid, h → 0")
    frequency = Theory(float(third.value[2].imag), error, "grid, h → 0")
    fastest = swift.odd[0]
    return [
        *listed,
        Check("rotation 1.5: third rate, trajectories = grid", swift.even[0].real, predicted),
        Check(
            "rotation 1.5: frequency of the third mode, trajectories = grid",
            swift.even[0].imaginary,
            frequency,
        ),
        Check("rotation 1.5: slowest rate = that at rotation 0", fastest.real, alone, "rejected"),
        Check(
            "rotation 1.5: frequency of the slowest mode = 0", fastest.imaginary, 0.0, "rejected"
        ),
    ]


def _correlation(grid: Grid, ensemble: Ensemble) -> list[Check]:
    measured = ensemble.correlation.sel(lag=3.4, method="nearest")
    index = int(np.argmin(np.abs(ensemble.correlation.lag.values - 3.4)))
    value = Estimate(float(measured.correlation), float(measured.stderr), 1, "trajectories")
    predicted = Theory(float(grid.correlation[index]), 1e-4, "grid")
    start = f"rotation 1.5: correlation of x₁ at t = {float(measured.lag):g}"
    return [
        Check(f"{start}, trajectories = grid", value, predicted),
        Check(f"{start} = 0 (no change of sign)", value, 0.0, "rejected"),
    ]


def _agreement(grids: Grids, ensembles: Ensembles, hot: xr.Dataset) -> list[Check]:
    wrong, _ = _together(hot, grids[1.5])
    listed = []
    for rotation, grid in grids.items():
        measured, count = _together(ensembles[rotation].final, grid)
        hypothesis = f"rotation {rotation:g}: joint z of run and grid, {count} quantities = 0"
        listed.append(Check(hypothesis, measured, 0.0, against=wrong.value))
    return [
        *listed,
        Check(
            "rotation 1.5: joint z of a run at beta = 1.25 and the grid = 0", wrong, 0.0, "rejected"
        ),
    ]


def _together(run: xr.Dataset, grid: Grid) -> tuple[Estimate, int]:
    """Return the joint p value as a normal score, and the number of compared quantities."""
    from scipy.special import ndtri

    agreement = analysis.compare(run, grid.operator)
    score = -float(ndtri(max(agreement.p_value, 1e-300)))
    return Estimate(score, 1.0, 1, "normal score of the joint p value"), len(agreement.z)


def _cycle(frequency: Estimate) -> list[Check]:
    cycle = theory.limit_cycle(landscapes.double_well(rotation=1.5), beta=1)
    count = Estimate(float(bool(cycle) + len(cycle.others)), 1e-9, 1, str(cycle))
    turn = Estimate(cycle.asymptotic_period, 1e-6, 1, "linear part at the weak focus")
    exact = float(2 * np.pi / np.sqrt(1.5**2 * np.exp(0.5) - 1))
    hypothesis = "rotation 1.5: frequency of the slowest mode = that of the drift at the focus"
    return [
        Check("rotation 1.5: number of limit cycles of the drift = 0", count, 0.0, against=1.0),
        Check(
            "rotation 1.5: number of limit cycles of the drift = 1, as claimed",
            count,
            1.0,
            "rejected",
        ),
        Check(
            "rotation 1.5: period of small oscillations about the weak focus = exact", turn, exact
        ),
        Check(hypothesis, frequency, 2 * np.pi / exact, "rejected"),
    ]
