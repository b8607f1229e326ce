"""Exact moments by quadrature, and measured ones against them."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from sympy import Symbol

from driftscape import analysis, landscapes, simulate, theory
from driftscape.landscapes import Landscape

WELL = landscapes.quartic_well()


@pytest.mark.parametrize("beta", [0.3, 1.0, 7.0, 100.0])
@pytest.mark.parametrize("expression", ["x**2", "abs(x)", "cos(3*x)"])
def test_one_dimension_against_an_adaptive_integrator(beta, expression):
    def weight(x):
        return math.exp(-beta * (x**2 - 1) ** 2 / 4)

    value = {"x**2": lambda x: x * x, "abs(x)": abs, "cos(3*x)": lambda x: math.cos(3 * x)}[
        expression
    ]
    options = {"epsabs": 1e-13, "epsrel": 1e-13, "limit": 400}
    above = quad(lambda x: value(x) * weight(x), 0, 9, points=[1], **options)[0]
    below = quad(weight, 0, 9, points=[1], **options)[0]
    predicted = theory.moment(WELL, expression, beta=beta)
    assert predicted.value == pytest.approx(above / below, abs=1e-10 + 3 * predicted.truncation)
    assert predicted.truncation < 1e-10


def test_double_well_has_the_published_numbers_at_every_rotation():
    for rotation in (0.0, 1.5):
        well = landscapes.double_well(rotation=rotation)
        assert theory.moment(well, "x1**2").value == pytest.approx(1.041797, abs=5e-7)
        assert theory.moment(well, "x2**2").value == pytest.approx(1, abs=1e-12)
        assert theory.moment(well, "x2**2", beta=2).value == pytest.approx(0.5, abs=1e-12)


@pytest.mark.slow
def test_stated_moments_of_every_potential_hold():
    for maker in landscapes.ZOO.values():
        landscape = maker()
        for fact in landscape.facts.moments if landscape.kind == "potential" else ():
            for beta in (1, 3) if fact.dynamics == "ito" else ():
                exact = float(
                    landscape.parse(fact.value, "beta").subs(Symbol("beta", real=True), beta)
                )
                assert theory.moment(landscape, fact.expression, beta=beta).value == (
                    pytest.approx(exact, abs=1e-10)
                )


def test_wells_narrower_than_any_first_grid_are_found():
    sharp = Landscape.from_potential("(x**2 - 25)**2/4", coordinates="x")
    # Laplace about x = 5, curvature 50 and third derivative 30: variance 1/(50 beta), mean shift
    # -30/(2 beta 50**2)
    expected = 25 - 2 * 5 * 30 / (2 * 50**2 * 1e4) + 1 / (50 * 1e4)
    assert theory.moment(sharp, "x**2", beta=1e4).value == pytest.approx(expected, rel=1e-9)
    formula = "k*(x - 7)**2*(x + 4)**2 + y**2/2"
    pair = Landscape.from_potential(formula, coordinates="x y", parameters={"k": 2.0})
    assert theory.moment(pair, "x", beta=50).value == pytest.approx(1.5, abs=1e-9)
    sharper = theory.moment(pair.with_parameters(k=200.0), "x", beta=50)
    assert sharper.value == pytest.approx(1.5, abs=1e-11)
    assert sharper.truncation < 1e-9


@pytest.mark.slow
def test_narrow_tilted_and_off_centre_gaussians():
    valley = Landscape.from_potential(
        "k*(x - 30 - y/2)**2/2 + (y + 5)**2/200", coordinates="x y", parameters={"k": 40.0}
    )
    for expression, exact in [("y", -5), ("(y + 5)**2", 100), ("(x - 30 - y/2)**2", 1 / 40)]:
        assert theory.moment(valley, expression).value == pytest.approx(exact, rel=1e-9)


def test_refuses_what_has_no_gibbs_law():
    with pytest.raises(ValueError, match="Phi"):
        theory.moment(landscapes.archimedes(), "u**2")
    with pytest.raises(ValueError, match="not confining|not integrable"):
        theory.moment(Landscape.from_potential("-x**2", coordinates="x"), "x")
    with pytest.raises(ValueError, match="not confining|not integrable"):
        theory.moment(Landscape.from_potential("x**2/2", coordinates="x y"), "x")
    with pytest.raises(ValueError, match="1 and 2 coordinates"):
        theory.moment(Landscape.from_potential("x**2+y**2+z**2", coordinates="x y z"), "x")
    with pytest.raises(ValueError, match="beta=-1"):
        theory.moment(WELL, "x", beta=-1)
    with pytest.raises(ValueError, match="__import__"):
        theory.moment(WELL, "__import__('os')")


def test_kept_average_and_snapshots_of_every_step_are_the_same():
    dynamics = simulate.Ito(beta=2, dt=0.05)
    common = {"steps": 400, "trajectories": 32, "seed": 4}
    snapshots = simulate.run(WELL, dynamics, save_every=1, **common)
    kept = simulate.run(
        WELL, dynamics, keep=simulate.Average("x**2", "x", discard_steps=200), **common
    )
    each = (snapshots["state"].values[:, 200:400, 0] ** 2).mean(axis=1)
    ours = analysis.moment(kept, "x*x")  # the same expression, written otherwise
    assert "by the run, over every step from 200 on" in ours.method
    assert ours.value == pytest.approx(each.mean(), rel=1e-10)
    assert ours.stderr == pytest.approx(each.std(ddof=1) / np.sqrt(32), rel=1e-10)
    with pytest.raises(ValueError, match="has no snapshots"):
        analysis.moment(kept, "x**3")
    with pytest.raises(ValueError, match="has no snapshots"):
        analysis.moment(kept, "x", discard_steps=10)


@pytest.mark.fast_cases("0.0")
@pytest.mark.parametrize("rotation", [0.0, 0.5, 1.5])
def test_double_well_after_extrapolation(rotation):
    """E x1^2, E x2^2 and torque, from dt and dt/2; dt alone and a factor 2 in beta are rejected."""
    well = landscapes.double_well(rotation=rotation)
    measured = {"x1**2": [], "x2**2": [], "torque": []}
    for seed, dt in enumerate((0.02, 0.01)):
        dynamics = simulate.Ito(beta=1, dt=dt)
        turn = theory.torque_expression(well, dynamics)
        keep = simulate.Average("x1**2", "x2**2", turn, discard_steps=round(10 / dt))
        run = simulate.run(well, dynamics, time=70, trajectories=16384, seed=seed, keep=keep)
        for name, estimates in measured.items():
            estimate = analysis.torque(run) if name == "torque" else analysis.moment(run, name)
            estimates.append((dt, estimate))
    for name, estimates in measured.items():
        exact = theory.torque(well) if name == "torque" else theory.moment(well, name)
        limit = analysis.extrapolate(estimates)
        assert limit.compare(exact).verdict == "agrees", (name, str(limit.compare(exact)))
        if name == "x2**2":  # Euler-Maruyama is off by 1.2 to 1.7 % at dt = .02
            assert estimates[0][1].compare(exact).verdict == "rejected"
            hot = theory.moment(well, name, beta=0.5)
            assert limit.compare(hot).verdict == "rejected"
        if name == "torque" and rotation:
            assert limit.compare(-exact.value).verdict == "rejected"
    without = theory.moment(well, "x2**2").value / (1 - 0.02 / 2)
    if rotation == 0:  # the whole bias is known there: x2 is linear
        assert measured["x2**2"][0][1].compare(without).verdict == "agrees"


def test_beta_two_keeps_exp_of_minus_two_phi():
    # at beta = 2 the current's force grows like exp(x1**4/4): coarse steps of strong ones blow up
    well = landscapes.double_well(rotation=0.5)
    pairs = []
    for seed, dt in enumerate((0.01, 0.005)):
        dynamics = simulate.Ito(beta=2, dt=dt)
        keep = simulate.Average("x1**2", discard_steps=round(20 / dt))
        run = simulate.run(well, dynamics, time=100, trajectories=4096, seed=10 + seed, keep=keep)
        pairs.append((dt, analysis.moment(run, "x1**2")))
    limit = analysis.extrapolate(pairs)
    assert limit.compare(theory.moment(well, "x1**2", beta=2)).verdict == "agrees"
    assert limit.compare(theory.moment(well, "x1**2", beta=1)).verdict == "rejected"


def test_large_ensembles_are_averaged_in_blocks(monkeypatch):
    run = simulate.run(
        WELL, simulate.Ito(beta=2, dt=0.05), steps=300, trajectories=40, seed=4, save_every=1
    )
    whole = analysis.moment(run, "x**2")
    monkeypatch.setattr("driftscape.analysis.run_data._BLOCK", 700)
    assert analysis.moment(run, "x**2") == whole
    assert np.isfinite(whole.value)


@pytest.mark.parametrize("start", [0.0, 20.0, -20.0, 1e4])
@pytest.mark.parametrize(("formula", "exact"), [
    ("(x**2 - 400)**2/4 + x/10", -19.28057297624),
    ("min((x - 40)**2, (x + 3)**2)", 18.5),
    ("-log(exp(-(x - 12)**2) + 2*exp(-(x + 3)**2))", 2.0),
])  # fmt: skip
def test_no_well_is_missed_wherever_the_start_is(formula, exact, start):
    """A search around the start saw one well: -20.00003, 19.99978 and -3."""
    for domain in (None, {"x": (-60, 60)}):
        far = Landscape.from_potential(formula, coordinates="x", start=[start], domain=domain)
        mean = theory.moment(far, "x")
        assert mean.valid
        assert mean.truncation < 1e-9
        assert mean.value == pytest.approx(exact, abs=1e-9)


def test_wells_of_the_plane_far_apart_of_unlike_widths():
    pair = Landscape.from_potential(
        "min((x - 40)**2 + y**2, (x + 3)**2 + 2*y**2)", coordinates="x y", start=[0, 9]
    )
    exact = (40 - 3 / math.sqrt(2)) / (1 + 1 / math.sqrt(2))
    assert theory.moment(pair, "x").value == pytest.approx(exact, abs=1e-9)


def test_a_law_on_half_a_line_needs_a_domain():
    gamma = {"potential": "x - 2*log(x)", "coordinates": "x", "start": [1]}
    with pytest.raises(ValueError, match="domain="):
        theory.moment(Landscape.from_potential(**gamma), "x")
    half = Landscape.from_potential(**gamma, domain={"x": (0.1, 20)})
    assert theory.moment(half, "x").value == pytest.approx(3, abs=1e-10)
    wrong = Landscape.from_potential(**gamma, domain={"x": (-1, 20)})
    with pytest.raises(ValueError, match="points of the domain"):
        theory.moment(wrong, "x")


def test_means_that_do_not_exist_or_are_not_known_say_which():
    heavy = Landscape.from_potential("log(1 + x**2)", coordinates="x")
    with pytest.raises(ValueError, match="does not fall off"):
        theory.moment(heavy, "x**2")
    pole = Landscape.from_potential("x**2/2 + log(x**2)/10", coordinates="x", start=[1])
    with pytest.raises(ValueError, match="not known"):
        theory.moment(pole, "x**2")


def test_a_search_that_is_given_up_is_not_valid(monkeypatch):
    valley = Landscape.from_potential("40*(x - 30 - y/2)**2/2 + (y + 5)**2/200", coordinates="x y")
    monkeypatch.setattr("driftscape.theory.quadrature._MOST_CELLS", {1: 2**16, 2: 2000})
    mean = theory.moment(valley, "y")
    assert not mean.valid
    assert "may lie where" in mean.regime


# -- one long trajectory, and final states ---------------------------------------------------------


@pytest.fixture(scope="module")
def long():
    """One run on a parabola, whose correlation time is 1, with snapshots every 0.1."""
    bowl = Landscape.from_potential("x**2/2", coordinates="x")
    return simulate.run(
        bowl, simulate.Ito(beta=1, dt=0.05), steps=200_000, trajectories=2, seed=6, save_every=2
    )


def test_pieces_of_a_long_trajectory_have_the_error_of_independent_ones(long):
    found = analysis.moment(long, "x", pieces=100)
    values = long["state"].values[:, 101:, 0]
    length = values.shape[1] // 100
    means = values[:, -100 * length :].reshape(200, length).mean(axis=1)
    assert found.value == pytest.approx(means.mean())
    assert found.stderr == pytest.approx(means.std(ddof=1) / np.sqrt(200))
    assert found.n_eff == 200
    # variance of a time average of an Ornstein-Uhlenbeck process: 2 (correlation time)/time
    assert found.stderr == pytest.approx(np.sqrt(2 / (2 * 100 * length * 0.1)), rel=0.2)
    assert found.compare(0.0).verdict == "agrees"
    naive = values.std() / np.sqrt(values.size)
    assert found.stderr > 3 * naive  # the twin: times taken as independent


def test_pieces_that_depend_on_each_other_are_refused(long):
    with pytest.raises(analysis.TooFewData, match=r"not independent: .*at most pieces=\d+") as e:
        analysis.moment(long, "x", pieces=5000)
    most = int(str(e.value).partition("at most pieces=")[2].partition(",")[0])
    assert 1000 < most < 2500  # ten thousand correlation times, five a piece
    assert np.isfinite(analysis.moment(long, "x", pieces=most // 2).stderr)
    with pytest.raises(analysis.TooFewData, match="14 pieces"):
        analysis.moment(long, "x", pieces=7)
    for wrong in (0, 2.5, True, 10**6):
        with pytest.raises(ValueError, match="pieces="):
            analysis.moment(long, "x", pieces=wrong)
    with pytest.raises(analysis.Unpaired, match="2 trajectories of seed 6"):
        analysis.moment(long, "x", pieces=100) - analysis.moment(long, "x", pieces=50)
    same = analysis.moment(long, "x", pieces=100) - analysis.moment(long, "x", pieces=100)
    assert same.stderr == 0


def test_neighbouring_pieces_that_drift_together_are_refused(rng):
    from driftscape.analysis.pieces import dependence

    white = rng.standard_normal((1, 6400))
    steps = np.repeat(np.sin(np.arange(64) / 3), 100)[None]
    for values, refused in ((white, False), (white + 0.3 * steps, True)):
        means = values.reshape(1, 64, 100).mean(axis=2)
        assert bool(dependence(values, means)) == refused


def test_the_mean_of_the_final_states():
    dynamics = simulate.Ito(beta=2, dt=0.05)
    run = simulate.run(WELL, dynamics, steps=40, trajectories=64, seed=4, keep="final")
    found = analysis.moment(run, "x**2", at="final")
    squares = run["final"].values[:, 0] ** 2
    assert found.value == pytest.approx(squares.mean())
    assert found.stderr == pytest.approx(squares.std(ddof=1) / 8)
    with pytest.raises(ValueError, match='at="final"'):
        analysis.moment(run, "x**2")
    for more in ({"pieces": 4}, {"discard_steps": 0}):
        with pytest.raises(ValueError, match="last states alone"):
            analysis.moment(run, "x**2", at="final", **more)
    with pytest.raises(ValueError, match="at='end'"):
        analysis.moment(run, "x**2", at="end")
