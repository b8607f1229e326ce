"""Non-adiabatic and housekeeping entropy: closed forms, the grid, and trajectories."""

import numpy as np
import pytest
from scipy.linalg import expm

from driftscape import analysis, landscapes, simulate, theory
from driftscape.landscapes import Landscape, Normal

U, D, Q = np.array([[1.0, 0.3], [0.3, 2.0]]), np.diag([1.0, 2.0]), np.array([[0, -0.7], [0.7, 0]])
BETA, MEAN, SPREAD = 2.0, np.array([1.0, -0.5]), np.diag([0.3, 0.4]) ** 2
LINEAR = Landscape.from_potential(
    "x**2/2 + y**2 + 0.3*x*y", coordinates="x y", diffusion=[[1, 0], [0, 2]], curl=0.7
)
PARTS = ("total", "non_adiabatic", "housekeeping")


def gaussian(t, turn=Q):
    """Return the three rates of the linear landscape from a Gaussian, each by its own formula."""
    steady = np.linalg.inv(U) / BETA
    move = expm(-(D + turn) @ U * t)
    m, S = move @ MEAN, steady + move @ (SPREAD - steady) @ move.T

    def mean_square(slope, offset, metric):
        """E w . metric w of w = slope (x - m) + offset."""
        return np.trace(slope.T @ metric @ slope @ S) + offset @ metric @ offset

    inverse = np.linalg.inv(D)
    score = -np.linalg.inv(S)
    velocity = -(D + turn) @ U - D @ score / BETA  # of J/rho, in x - m
    return {
        "total": BETA * mean_square(velocity, -(D + turn) @ U @ m, inverse),
        "non_adiabatic": mean_square(score + BETA * U, BETA * U @ m, D) / BETA,
        "housekeeping": BETA * mean_square(-turn @ U, -turn @ U @ m, inverse),
    }


@pytest.mark.slow
def test_a_linear_landscape_on_the_grid():
    times = np.array([0, 0.2, 0.6, 1.5])
    text = "exp(-(x - 1)**2/(2*0.3**2) - (y + 1/2)**2/(2*0.4**2))"
    exact = [gaussian(t) for t in times]
    errors = []
    for cells in (64, 128):
        fp = theory.fokker_planck(LINEAR, beta=BETA, shape=cells)
        result = theory.entropy_production_parts(fp, fp.evolve(text, times))
        errors.append([
            np.abs([result[name][i] / e[name] - 1 for i, e in enumerate(exact)]).max()
            for name in PARTS
        ])  # fmt: skip
        for name in PARTS:
            assert (result[name] >= 0).all()
    assert np.max(errors[1]) < 4e-3
    assert (np.divide(*errors) > 3).all()  # second order
    still = [gaussian(t, 0 * Q)["housekeeping"] for t in times]
    assert not np.allclose(still, [e["housekeeping"] for e in exact], rtol=0.1)


@pytest.mark.slow
def test_a_linear_landscape_from_trajectories():
    run = simulate.run(
        LINEAR, simulate.Ito(beta=BETA, dt=0.01, scheme="weak-2"), time=1.5, trajectories=16384,
        seed=2, start=[Normal(1, 0.3), Normal(-0.5, 0.4)], save_every=10,
    )  # fmt: skip
    # of differences in time the bias of two neighbours cancels, and they scatter less
    result = analysis.entropy_production_parts(run, neighbours=2)
    scores = {name: [] for name in PARTS}
    nodes, weights = np.polynomial.legendre.leggauss(6)  # the rates are smooth between snapshots
    for i, middle in enumerate(result.time.values):
        within = [gaussian(middle + 0.05 * node) for node in nodes]
        for name in PARTS:
            mean = weights @ [rates[name] for rates in within] / 2
            scores[name].append(float((result[name][i] - mean) / result[f"{name}_stderr"][i]))
    for name in PARTS:
        assert np.abs(scores[name]).max() < 4, name
    late = result.isel(time=-1)  # the twin takes all for relaxation
    assert late.total - late.non_adiabatic > 8 * late.non_adiabatic_stderr


@pytest.fixture(scope="module")
def well():
    return theory.fokker_planck(landscapes.double_well(rotation=1.5), beta=1, shape=96)


@pytest.mark.slow
def test_the_double_well_on_the_grid(well):
    """0.68138 rotation^2 in the end; before it the parts add up, and F falls at their rate."""
    times, h = [0.2, 0.5, 1.0, 3.0], 1e-3
    begin = "exp(-((x1 - 1)**2 + (x2 - 1/2)**2)/(2*0.3**2))"
    result = theory.entropy_production_parts(well, well.evolve(begin, times))
    gap = result.total - result.non_adiabatic - result.housekeeping
    assert (np.abs(gap) < 1e-3 * result.total).all()
    assert (result.non_adiabatic > 0).all()
    assert (result.housekeeping > 0.5).all()
    around = well.evolve(begin, [0.5 - h, 0.5 + h], tolerance=1e-8)
    fall = -theory.free_energy(well, around).free_energy.diff("time").values[0] / (2 * h)
    assert result.non_adiabatic.values[1] == pytest.approx(fall, rel=1e-4)

    steady = well.extrapolate(
        lambda fp: float(theory.entropy_production_parts(fp).housekeeping)
    ).theory()
    assert steady.value == pytest.approx(0.68138 * 1.5**2, rel=1e-4)
    assert float(theory.entropy_production_parts(well).non_adiabatic) == pytest.approx(0, abs=1e-9)
    other = landscapes.double_well(rotation=1.4)
    assert abs(theory.entropy_production(other).value - steady.value) > 0.1


@pytest.mark.slow
def test_the_double_well_from_trajectories(well):
    dynamics = simulate.Ito(beta=1, dt=0.01, scheme="weak-2")
    run = simulate.run(
        landscapes.double_well(rotation=1.5), dynamics, time=1, trajectories=8192, seed=5,
        start=[Normal(1, 0.3), Normal(0.5, 0.3)], save_every=10,
    )  # fmt: skip
    times = run.time.values
    rho = well.evolve("exp(-((x1 - 1)**2 + (x2 - 1/2)**2)/(2*0.3**2))", times)
    energy = theory.free_energy(well, rho).free_energy.values
    rates = theory.entropy_production_parts(well, rho).housekeeping.values
    fall, kept = -np.diff(energy) / np.diff(times), (rates[1:] + rates[:-1]) / 2
    for result in (
        analysis.entropy_production_parts(run), analysis.entropy_production_parts(run, well)
    ):  # fmt: skip
        assert np.abs((result.non_adiabatic - fall) / result.non_adiabatic_stderr).max() < 4
        assert np.abs((result.housekeeping - kept) / result.housekeeping_stderr).max() < 4
        assert np.abs((result.total - fall - kept) / result.total_stderr)[1:].max() < 4
    wrong = kept * (1.6 / 1.5) ** 2  # another rotation
    assert np.abs((result.housekeeping - wrong) / result.housekeeping_stderr).max() > 8


@pytest.mark.slow
def test_detailed_balance_keeps_no_house():
    still = landscapes.double_well()
    fp = theory.fokker_planck(still, beta=1, shape=128)
    rho = fp.evolve("exp(-4*(x1 - 1)**2 - 4*x2**2)", [0.2, 1])
    result = theory.entropy_production_parts(fp, rho)
    assert np.abs(result.housekeeping).max() < 1e-12
    np.testing.assert_allclose(result.total, result.non_adiabatic, rtol=1e-3)
    run = simulate.run(
        still, simulate.Ito(beta=1, dt=0.01), time=0.2, trajectories=256, seed=1, save_every=10
    )
    parts = analysis.entropy_production_parts(run)
    assert np.abs(parts.housekeeping).max() < 1e-12
    assert parts.non_adiabatic[0] == np.inf  # from a point
    assert np.isfinite(parts.non_adiabatic[1])


def test_refused_by_name():
    inertia = Landscape.from_drift(
        ["v", "-x - v"], coordinates="x v", diffusion=[[0, 0], [0, 1]], name="oscillator"
    )
    fp = theory.fokker_planck(inertia, beta=1, shape=64)
    with pytest.raises(ValueError, match="not defined: D is singular and the current"):
        theory.entropy_production_parts(fp)
    run = simulate.run(
        inertia, simulate.Ito(beta=1, dt=0.01), time=0.2, trajectories=256, seed=1, save_every=10
    )
    with pytest.raises(ValueError, match="D of oscillator is singular"):
        analysis.entropy_production_parts(run, fp)
    with pytest.raises(TypeError, match=r"give theory\.fokker_planck"):
        theory.entropy_production_parts(fp.steady_state())
    well = theory.fokker_planck(landscapes.quartic_well(), beta=60, shape=512, box=(-3, 3))
    with pytest.raises(ValueError, match="below rounding"):
        theory.entropy_production_parts(well, well.evolve("exp(-50*(x - 5/2)**2)", 0))
