"""First passage on the grid against quadrature and closed forms."""

import numpy as np
import pytest

from driftscape import analysis, landscapes, simulate, theory
from driftscape.landscapes import Landscape

QUARTIC = landscapes.quartic_well()
FREE = Landscape.from_drift("0", coordinates="x")
PLANE = Landscape.from_drift(["0", "0"], coordinates="x y")


@pytest.mark.parametrize("beta", [5, 20])
def test_passage_times_of_the_quartic_well_equal_the_quadrature(beta):
    fp = theory.fokker_planck(QUARTIC, beta=beta)
    for target, end in (("x > 0", 0), ("x > 1", 1), ("x >= 0.123", 0.123)):
        found = fp.mean_first_passage_time(target, start=-1)
        exact = theory.mean_first_passage_time(QUARTIC, beta=beta, start=-1, target=end)
        assert found.value == pytest.approx(exact.value, rel=1e-5)
        assert abs(found.value - exact.value) < found.truncation + 1e-6 * exact.value


@pytest.mark.parametrize("interpretation", ["ito", "stratonovich", "isothermal"])
def test_each_reading_has_its_own_passage_time(interpretation):
    land = Landscape.from_drift("-x - x**3", coordinates="x", diffusion="1 + x**2/4")
    makers = {
        "ito": simulate.Ito, "stratonovich": simulate.Stratonovich,
        "isothermal": simulate.Isothermal,
    }  # fmt: skip
    fp = theory.fokker_planck(land, makers[interpretation](beta=2, dt=0.1))
    found = fp.mean_first_passage_time("x > 1.5", start=-0.5)
    for name in makers:
        exact = theory.mean_first_passage_time(
            land, beta=2, start=-0.5, target=1.5, interpretation=name
        ).value
        if name == interpretation:
            assert found.value == pytest.approx(exact, rel=1e-5)
        else:
            assert abs(found.value / exact - 1) > 0.01


def test_mean_and_variance_of_the_exit_from_an_interval():
    """Brownian motion: m1 = x(1 - x)/2, m2 = x(1 - 2x^2 + x^3)/12."""
    fp = theory.fokker_planck(FREE, beta=1, box=(0, 1), sides="absorbing", shape=128)
    x = 0.3
    mean, second = x * (1 - x) / 2, x * (1 - 2 * x**2 + x**3) / 12
    assert fp.mean_first_passage_time(start=x).value == pytest.approx(mean, rel=1e-8)
    assert fp.first_passage_variance(start=x).value == pytest.approx(second - mean**2, rel=1e-5)
    assert float(fp.quasi_stationary().rate) == pytest.approx(np.pi**2, rel=2e-4)


def test_a_curved_boundary_between_the_cells_is_of_second_order():
    """Exit from the unit disc: (1 - r^2)/4, second moment (3 - 4 r^2 + r^4)/32, rate j01^2."""
    disc = theory.fokker_planck(
        PLANE, beta=1, box=[(-1.1, 1.13), (-1.07, 1.2)], sides="reflecting", shape=120
    )
    target, point = "x**2 + y**2 > 1", (0.3, -0.2)
    r2 = 0.13
    mean, second = (1 - r2) / 4, (3 - 4 * r2 + r2**2) / 32
    found = disc.mean_first_passage_time(target, start=point)
    assert found.value == pytest.approx(mean, rel=1e-3)
    tau = disc.mean_first_passage_times(target)
    exact = ((1 - tau.x**2 - tau.y**2) / 4).clip(min=0)
    assert float(np.abs(tau - exact).max()) < 1e-9  # what is quadratic is exact
    error = []
    for level in (disc.halved(), disc):
        spread = level.first_passage_variances(target)
        r2 = spread.x**2 + spread.y**2
        exact = ((3 - 4 * r2 + r2**2) / 32 - ((1 - r2) / 4) ** 2).clip(min=0)
        error.append(float(np.abs(spread - exact).where(r2 < 1, 0).max()))
    assert np.log2(error[0] / error[1]) > 1.5
    variance = disc.first_passage_variance(target, start=point)
    assert variance.value == pytest.approx(second - mean**2, rel=2e-3)
    assert float(disc.quasi_stationary(target).rate) == pytest.approx(5.783186, rel=2e-3)


def test_correlated_noise_leaves_an_ellipse_as_plain_noise_leaves_a_disc():
    """D = M M^T: with z = M^-1 x the mean time is (1 - |z|^2)/4; second order to the boundary."""
    plane = Landscape.from_drift(["0", "0"], coordinates="x y", diffusion=[[1, 0.6], [0.6, 1]])
    fp = theory.fokker_planck(
        plane, beta=1, box=[(-1.2, 1.23), (-1.21, 1.25)], sides="reflecting", shape=120
    )
    target = "x**2 + ((y - 0.6*x)/0.8)**2 > 1"
    error = []
    for level in (fp.halved(), fp):
        tau = level.mean_first_passage_times(target)
        exact = ((1 - tau.x**2 - ((tau.y - 0.6 * tau.x) / 0.8) ** 2) / 4).clip(min=0)
        error.append(float(np.abs(tau - exact).max()))
    assert error[1] < 1e-4
    assert np.log2(error[0] / error[1]) > 1.7
    plain = Landscape.from_drift(["0", "0"], coordinates="x y")
    wrong = theory.fokker_planck(plain, beta=1, box=fp.grid.box, sides="reflecting", shape=60)
    assert np.abs(wrong.mean_first_passage_times(target) - exact[::2, ::2].values).max() > 0.02


def test_with_correlated_noise_too_one_of_two_targets_is_reached():
    skew = landscapes.linear([[1, 0.5], [-0.5, 1]], [[1, -0.7], [-0.7, 1]])
    fp = theory.fokker_planck(skew, beta=1, shape=64)
    named = {"source": "x1 + x2 < -1", "target": "x1**2 + 2*x2**2 > 4 and x1 + x2 > -1"}
    there = fp.committor(**named)
    back = fp.committor(source=named["target"], target=named["source"])
    assert np.abs(there + back - 1).where((there > 0) & (there < 1), 0).max() < 1e-9
    assert 0 <= float(there.min()) < float(there.max()) <= 1


@pytest.mark.parametrize("start", [-0.7, 0.0, 0.3])
def test_the_committor_on_the_line_equals_the_quadrature(start):
    fp = theory.fokker_planck(QUARTIC, beta=10)
    found = fp.splitting_probability(source="x < -1", target="x > 1", start=start)
    exact = theory.splitting_probability(QUARTIC, beta=10, start=start, left=-1, right=1)
    assert found.value == pytest.approx(exact.value, abs=1e-6)
    back = fp.splitting_probability(source="x > 1", target="x < -1", start=start)
    assert found.value + back.value == pytest.approx(1, abs=1e-9)


def test_the_committor_between_two_circles_is_a_logarithm():
    fp = theory.fokker_planck(
        PLANE, beta=1, box=[(-2.1, 2.1), (-2.1, 2.1)], sides="reflecting", shape=160
    )
    q = fp.splitting_probability(
        source="x**2 + y**2 < 1/4", target="x**2 + y**2 > 4", start=(0.8, 0.5)
    )
    exact = np.log(np.hypot(0.8, 0.5) / 0.5) / np.log(4)
    assert q.value == pytest.approx(exact, abs=1e-3)
    whole = fp.committor(source="x**2 + y**2 < 1/4", target="x**2 + y**2 > 4")
    assert float(whole.min()) == 0
    assert float(whole.max()) == 1


def test_a_rotation_does_not_change_where_the_committor_is_one_half_by_symmetry():
    well = landscapes.double_well(rotation=1.5)
    fp = theory.fokker_planck(well, beta=1, shape=96)
    named = {"source": "x1 < -1", "target": "x1 > 1"}
    assert fp.splitting_probability(**named, start=(0, 0)).value == pytest.approx(0.5, abs=1e-6)
    assert abs(fp.splitting_probability(**named, start=(0, 1)).value - 0.5) > 0.02


def test_the_quasi_stationary_law_leaves_at_the_inverse_of_its_own_mean_time():
    fp = theory.fokker_planck(QUARTIC, beta=10)
    survivors = fp.quasi_stationary("x > 0")
    mean = float((survivors.density * fp.mean_first_passage_times("x > 0")).sum()) * fp.grid.volume
    assert mean * float(survivors.rate) == pytest.approx(1, rel=1e-9)
    assert float(survivors.density.sel(x=slice(0.01, None)).max()) == 0
    assert not np.isclose(mean, fp.mean_first_passage_time("x > 0", start=-1).value, rtol=0.02)


def test_a_start_beside_the_side_of_the_box_knows_what_lies_beyond():
    """Little of the steady state is out there, but much of the time of paths that begin there."""
    rising = Landscape.from_drift(
        "0.4644 - 1.8327*x", coordinates="x", diffusion="1 + 0.5329*tanh(x)"
    )
    fp = theory.fokker_planck(rising, beta=3.891)
    found = fp.mean_first_passage_time("x > -0.37", start=-1.207)
    exact = theory.mean_first_passage_time(rising, beta=3.891, start=-1.207, target=-0.37)
    error = abs(found.value - exact.value)
    assert 1e-5 < error < 3 * found.truncation < 1e-3
    inner = fp.mean_first_passage_time("x > 0.5", start=-0.37)
    assert inner.truncation < 1e-5


@pytest.mark.parametrize("distance", [1e-4, 3e-3, 0.02])
def test_a_start_beside_the_target_does_not_look_into_it(distance):
    fp = theory.fokker_planck(QUARTIC, beta=4, shape=256)
    found = fp.mean_first_passage_time("x > 0.3", start=0.3 - distance)
    exact = theory.mean_first_passage_time(QUARTIC, beta=4, start=0.3 - distance, target=0.3).value
    assert abs(found.value - exact) < min(3 * found.truncation, 3e-5)
    assert fp.mean_first_passage_time("x > 0.3", start=0.4).value == 0
    assert (
        fp.splitting_probability(source="x < -1", target="x > 0.3", start=0.3 + distance).value == 1
    )


@pytest.mark.parametrize("seed", range(4))
def test_where_a_boundary_cuts_a_cell_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    fp = theory.fokker_planck(QUARTIC, beta=4)
    start, target = sorted(map(float, rng.uniform(-1.3, 1.3, 2)))
    found = fp.mean_first_passage_time(f"x > {target!r}", start=start)
    exact = theory.mean_first_passage_time(QUARTIC, beta=4, start=start, target=target).value
    assert abs(found.value - exact) < 3 * found.truncation < 1e-4 * exact


@pytest.mark.slow
def test_trajectories_take_the_time_the_grid_says():
    well = landscapes.double_well(rotation=1.5)
    fp = theory.fokker_planck(well, beta=1, shape=96)
    passages = simulate.first_passage(
        well, simulate.Ito(beta=1, dt=5e-3), start=(-1, 0), target="x1 > 0.5",
        trajectories=4000, seed=5, max_time=200,
    )  # fmt: skip
    measured = analysis.mean_first_passage_time(passages)
    predicted = fp.mean_first_passage_time("x1 > 0.5", start=(-1, 0))
    assert measured.compare(predicted).verdict == "agrees"
    still = theory.fokker_planck(landscapes.double_well(), beta=1, shape=96)
    slower = still.mean_first_passage_time("x1 > 0.5", start=(-1, 0))
    assert measured.compare(slower).verdict == "rejected"


@pytest.mark.parametrize(("target", "words"), [
    ("y > 1", "unknown name"),
    ("x > 5", "no cell"),
    ("x > -9", "every cell"),
    (None, "nothing absorbs"),
])  # fmt: skip
def test_targets_that_are_none_are_refused(target, words):
    fp = theory.fokker_planck(QUARTIC, beta=10, shape=64)
    with pytest.raises(ValueError, match=words):
        fp.mean_first_passage_times(target)
    with pytest.raises(ValueError, match="outside the grid"):
        fp.mean_first_passage_time("x > 0", start=7)
