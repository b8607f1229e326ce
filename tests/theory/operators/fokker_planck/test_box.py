"""The box that is found, sides, and everything that is refused."""

import numpy as np
import pytest
from scipy.special import ndtri

from driftscape import landscapes, simulate, theory
from driftscape.landscapes import Landscape

QUARTIC = landscapes.quartic_well()
BOWL = Landscape.from_potential("(x - 70)**2/2", coordinates="x")


@pytest.mark.parametrize("tail", [1e-4, 1e-8])
def test_the_box_leaves_out_the_tail_it_says(tail):
    fp = theory.fokker_planck(BOWL, beta=4, tail=tail)
    (low, high), edge = fp.grid.box[0], -ndtri(tail / 2) / 2
    assert [low, high] == pytest.approx([70 - edge, 70 + edge], abs=0.1)
    assert fp.tail_mass == pytest.approx(tail, rel=0.5)


def test_the_box_does_not_depend_on_where_it_begins():
    boxes = [
        theory.fokker_planck(
            Landscape.from_potential("(x**2 - 1)**2/4", coordinates="x", start=[start]), beta=3
        ).grid.box[0]
        for start in (-30, 0.2, 4)
    ]
    assert np.ptp(boxes, axis=0).max() < 0.1


def test_both_wells_are_in_the_box_however_rarely_one_is_left():
    fp = theory.fokker_planck(landscapes.styblinski_tang(), beta=1, shape=32)
    for low, high in fp.grid.box:
        assert low < -2.9035 < 2.7468 < high


def test_a_box_that_cuts_more_than_a_tail_is_refused():
    with pytest.raises(theory.BoxTooSmall, match=r"leaves out most.*below x = -0\.5"):
        theory.fokker_planck(QUARTIC, beta=10, box=(-0.5, 3))
    walls = theory.fokker_planck(QUARTIC, beta=10, box=(-0.5, 3), sides="reflecting")
    assert float(walls.steady_state().x.min()) > -0.5


def test_some_coordinates_may_be_given():
    well = landscapes.double_well()
    fp = theory.fokker_planck(well, beta=1, box={"x2": (-7, 7)}, shape={"x1": 32, "x2": 64})
    assert fp.grid.box[1] == (-7, 7)
    assert fp.grid.box[0] == pytest.approx((-2.95, 2.95), abs=0.1)
    assert fp.grid.shape == (32, 64)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::driftscape.theory.NegativeMass")  # 1e-5 of it
@pytest.mark.parametrize("rotation", [0.1])
def test_a_force_that_explodes_where_nothing_is_does_not_widen_the_box(rotation):
    """J exp(8 Phi) is 1e5 at a side: coarse grids are stirred by it, and their boxes ran away."""
    fp = theory.fokker_planck(landscapes.double_well(rotation=rotation), beta=8, shape=128)
    widths = [high - low for low, high in fp.grid.box]
    assert max(widths) < 5
    assert fp.tail_mass < 1e-4
    x1, x2 = fp.grid.points.T
    gibbs = np.exp(-8 * ((x1**2 - 1) ** 2 / 4 + x2**2 / 2))
    assert np.abs(fp.steady_mass - gibbs / gibbs.sum()).sum() < 3e-3
    speed = float(fp.current().sel(coordinate="x2").interp(x1=1, x2=0))
    exact = rotation * np.exp(-1 / 4) / (gibbs.sum() * fp.grid.volume)
    assert speed == pytest.approx(exact, rel=0.05)


def test_tails_that_are_powers_are_named():
    noisy = landscapes.linear_regression([[1.0], [2.0], [3.0]], [1.0, 2.5, 2.0])
    with pytest.raises(theory.NoSteadyState, match="powers a larger tail= than 1e-08"):
        theory.fokker_planck(noisy, beta=1)
    assert theory.fokker_planck(noisy, beta=1, tail=1e-3).tail_mass < 2e-3


@pytest.mark.parametrize("landscape", [
    Landscape.from_drift("0", coordinates="x"),
    Landscape.from_drift("x", coordinates="x"),
    Landscape.from_drift(["-x", "1"], coordinates="x y"),
])  # fmt: skip
def test_what_has_no_steady_state_says_so(landscape):
    with pytest.raises(theory.NoSteadyState, match="spreads or moves for ever"):
        theory.fokker_planck(landscape, beta=1)


def test_a_barrier_beyond_double_precision_is_not_guessed():
    with pytest.raises(theory.NoSteadyState, match="not unique"):
        theory.fokker_planck(QUARTIC, beta=400).steady_state()


def test_mass_that_leaves_has_no_steady_state():
    fp = theory.fokker_planck(QUARTIC, beta=2, box=(-1, 1), sides="absorbing")
    with pytest.raises(theory.NoSteadyState, match="quasi_stationary"):
        fp.steady_state()


def test_it_prints_grid_sides_scheme_and_tail():
    fp = theory.fokker_planck(
        landscapes.linear([[0, -1], [1, 1]], [[0, 0], [0, 1]]), beta=2, shape=64
    )
    text = repr(fp)
    for part in ("linear, Ito, beta = 2", "64 cells of 0.1", "open", "upwind-3", "beyond", "1e-08"):
        assert part in text


@pytest.mark.parametrize(("dynamics", "words"), [
    (simulate.SGD(learning_rate=0.1), "transfer_operator"),
    (simulate.GD(learning_rate=0.1), "no noise"),
    (simulate.GradientFlow(dt=0.1), "no noise"),
    (simulate.Underdamped(friction=1, beta=1, dt=0.1), "momentum"),
    (simulate.Ito(beta=1, dt=0.1, noise="stable", alpha=1.5), "jumps"),
    (simulate.RGD(learning_rate=0.1, epsilon=0.1), "not a diffusion"),
])  # fmt: skip
def test_a_dynamics_that_is_no_diffusion_is_refused_by_name(dynamics, words):
    with pytest.raises(ValueError, match=words):
        theory.fokker_planck(QUARTIC, dynamics)


@pytest.mark.parametrize(("more", "words"), [
    ({"shape": 102}, "multiple of 4"),
    ({"shape": 8}, "at least 16"),
    ({"shape": (64, 64)}, "each of x"),
    ({"shape": 100_000_000}, "GB"),
    ({"sides": "shut"}, "open, reflecting"),
    ({"sides": {"y": "open"}}, "coordinates are x"),
    ({"sides": {"x": ("periodic", "open")}}, "both ends"),
    ({"sides": "absorbing"}, "give their positions"),
    ({"box": (1, -1)}, "low < high"),
    ({"box": {"x": (0, np.nan)}}, "finite"),
    ({"box": [(0, 1), (0, 1)]}, "for each of x"),
    ({"box": {"z": (0, 1)}}, "coordinates are x"),
    ({"box": (-1, 2), "sides": "periodic"}, "differs between the two ends"),
    ({"tail": 2}, "small mass"),
    ({"beta": -1}, "positive"),
])  # fmt: skip
def test_wrong_requests_are_refused(more, words):
    with pytest.raises(ValueError, match=words):
        theory.fokker_planck(QUARTIC, **({"beta": 2} | more))


def test_other_things_are_refused_by_name():
    four = Landscape.from_potential("a**2 + b**2 + c**2 + d**2", coordinates="a b c d")
    with pytest.raises(ValueError, match=r"4 coordinates.*trajectories"):
        theory.fokker_planck(four, beta=1)
    with pytest.raises(TypeError, match="one of them"):
        theory.fokker_planck(QUARTIC)
    with pytest.raises(TypeError, match="give an SDE"):
        theory.fokker_planck(QUARTIC, "Ito")
    quiet = Landscape.from_drift("-x", coordinates="x", diffusion="0")
    with pytest.raises(ValueError, match="without noise"):
        theory.fokker_planck(quiet, beta=1)
    indefinite = Landscape.from_drift(
        "-x", coordinates="x", diffusion="9 - x**2", domain={"x": (-1, 1)}
    )
    with pytest.raises(theory.IndefiniteDiffusion, match="not positive semidefinite at x"):
        theory.fokker_planck(indefinite, beta=1, box=(-5, 5), sides="reflecting")


PAIR = "-log(exp(-(x - 12)**2/4) + 2*exp(-(x + 3)**2/4))"


@pytest.mark.parametrize("start", [-3, 12, 500])
def test_wells_behind_a_barrier_are_in_the_box(start):
    """Mean -3 from one well alone, with a tail mass of 1e-8."""
    pair = Landscape.from_potential(PAIR, coordinates="x", start=[start])
    fp = theory.fokker_planck(pair, beta=1)
    ((low, high),) = fp.grid.box
    assert low < -8 < 17 < high < 25
    found, exact = fp.expectation("x"), theory.moment(pair, "x")
    assert exact.value == pytest.approx(2, abs=1e-3)
    assert found.value == pytest.approx(exact.value, abs=3 * found.truncation)
    # with a barrier of 56 the weights of the wells cannot be known from rates, and it says so
    high = Landscape.from_potential(PAIR.replace("/4", ""), coordinates="x", start=[start])
    fp = theory.fokker_planck(high, beta=1)
    assert fp.grid.box[0][0] < -5
    assert fp.grid.box[0][1] > 14
    with pytest.raises(theory.NoSteadyState, match="not unique"):
        fp.steady_state()


def test_wells_of_a_drift_far_from_the_start_are_in_the_box():
    cubic = Landscape.from_drift("-(x - 30)*(x - 33)*(x - 36)/20", coordinates="x")
    fp = theory.fokker_planck(cubic, beta=1)
    assert 25 < fp.grid.box[0][0] < 29 < 37 < fp.grid.box[0][1] < 41
    assert fp.expectation("x").value == pytest.approx(33, abs=1e-6)


def test_where_it_cannot_be_known_it_warns():
    endless = Landscape.from_drift("-x*sin(x)**2", coordinates="x")
    with pytest.warns(theory.WellsUnseen, match="box="):
        theory.fokker_planck(endless, beta=1)
