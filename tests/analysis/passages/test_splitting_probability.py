"""Which target first, where they come out: closed forms, quadrature, censoring."""

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

from driftscape import analysis, landscapes, simulate, theory
from driftscape.landscapes import Landscape

QUARTIC = landscapes.quartic_well()


def two_ways(rng, n):
    """The near target takes those that start towards it; who stays decides by a fair coin."""
    late = rng.random(n) < 0.8
    time = np.where(late, 0.5 + rng.exponential(2.0, n), rng.uniform(0, 0.5, n))
    return time, np.where(late, rng.random(n) < 0.5, 1).astype(int)  # P(1) = 0.2 + 0.4


def test_a_share_has_wilsons_interval(passages_of, rng):
    target = (rng.random(200) < 0.1).astype(int)
    passages = passages_of(rng.exponential(1.0, 200), target, names=("far", "near"))
    found = analysis.splitting_probability(passages, "near")
    oracle = stats.binomtest(int(target.sum()), 200).proportion_ci(method="wilson")
    assert found.interval() == pytest.approx((oracle.low, oracle.high))
    assert found.value == target.mean()
    assert found.stderr == pytest.approx(np.sqrt(found.value * (1 - found.value) / 200))
    none = analysis.splitting_probability(
        passages_of(rng.exponential(1.0, 200), names=("far", "near")), "near"
    )
    assert none.value == 0
    assert none.stderr > 0
    oracle = stats.binomtest(0, 200).proportion_ci(method="wilson")
    assert none.interval() == pytest.approx((oracle.low, oracle.high), abs=1e-12)


@pytest.mark.filterwarnings("ignore::driftscape.analysis.TailWarning")
@pytest.mark.parametrize("ends", ["common", "random"])
def test_what_is_undecided_is_in_the_interval(passages_of, ends, rng):
    """Late ones go the other way; the ends of the interval are those of the counts."""
    face, below, above, covered = [], [], [], []
    for _ in range(300):
        time, target = two_ways(rng, 600)
        target = np.where(time > 2.0, 0, target)  # P(1) = 0.2 + 0.4 (1 - exp(-3/4)) = 0.41105
        end = 2.0 if ends == "common" else np.minimum(rng.uniform(0.5, 2.5, 600), 2.0)
        passages = passages_of(time, target, max_time=end, names=("a", "b"))
        found = analysis.splitting_probability(passages, "b")
        covered.append(found.interval().low < 0.41105 < found.interval().high)
        assert abs(found.compare(0.41105).z) < 4
        least, most = found.bounds
        below.append((least.value - 0.41105) / least.stderr)
        above.append((most.value - 0.41105 - 0.8 * np.exp(-0.75)) / most.stderr)
        seen = time <= end
        face.append(target[seen].mean() - 0.41105)
    # the truth is one end: 97.5 % on the one side, all on the other
    assert abs(np.mean(covered) - 0.975) < 4 * np.sqrt(0.975 * 0.025 / 300)
    for z in (below, above):
        assert abs(np.mean(z)) < 4 / np.sqrt(300)
        assert abs(np.std(z) - 1) < 4 / np.sqrt(600)
    assert abs(np.mean(face)) > 4 * np.std(face) / np.sqrt(300)  # the share of those seen


@pytest.mark.parametrize(("trajectories", "end"), [(4000, 3), (200, 1)])
@pytest.mark.filterwarnings("ignore::driftscape.analysis.TailWarning")
def test_a_watch_that_ends_early_does_not_hide_the_other_way(trajectories, end):
    """Those near the right end come out at once, and those that have crossed the top later."""
    exact = theory.splitting_probability(QUARTIC, beta=5, start=0.6, left=-1, right=1)
    for seed in range(5):
        passages = simulate.first_passage(
            QUARTIC, simulate.Ito(beta=5, dt=1e-2), start=0.6, trajectories=trajectories, seed=seed,
            target={"left": "x < -1", "right": "x > 1"}, max_time=end,
        )  # fmt: skip
        found = analysis.splitting_probability(passages, "right")
        assert found.interval().low < exact.value < found.interval().high
        assert found.compare(exact).verdict == "agrees"
        seen = passages.target.values[~passages.censored.values]
        error = np.sqrt(exact.value * (1 - exact.value) / len(seen))
        assert (seen == 1).mean() > exact.value + 1.5 * error  # what the share of the seen says


@pytest.mark.filterwarnings("ignore::driftscape.analysis.TailWarning")
def test_none_seen_is_not_certain(passages_of, rng):
    time = np.where(np.arange(400) < 360, rng.exponential(0.1, 400), 9.0)
    passages = passages_of(time, max_time=5.0, names=("far", "near"))
    found = analysis.splitting_probability(passages, "near")
    assert found.interval().low == 0
    assert found.interval().high > 0.1  # the undecided may all go there
    assert found.stderr > 0.1 / 2
    sure = analysis.splitting_probability(passages, "far")
    assert sure.interval().high == pytest.approx(1)
    assert sure.interval().low < 0.9
    assert sure.stderr > 0.1 / 2
    random = passages_of(time, max_time=rng.uniform(0, 20, 400), names=("far", "near"))
    assert analysis.splitting_probability(random, "near").stderr > 1 / 401


def test_much_censoring_warns_then_refuses(passages_of, rng):
    time, target = two_ways(rng, 2000)
    with pytest.warns(analysis.TailWarning, match="these passages cannot narrow it"):
        analysis.splitting_probability(passages_of(time, target, max_time=2.0, names="ab"), "b")
    with pytest.raises(analysis.TooFewData, match="are not known"):
        analysis.splitting_probability(passages_of(time, target, max_time=1.0, names="ab"), "b")
    with pytest.raises(analysis.TooFewData, match="passages are too few"):
        analysis.splitting_probability(passages_of(time, target, max_time=1e-3, names="ab"), "b")
    with pytest.raises(ValueError, match="one target, 'out'"):
        analysis.splitting_probability(passages_of(time), "out")


@pytest.mark.parametrize("interpretation", ["ito", "stratonovich", "isothermal"])
def test_exact_splitting_agrees_with_scipys_quadrature(interpretation):
    land = Landscape.from_drift("-x - x**3", coordinates="x", diffusion="1 + x**2/4")
    beta, alpha = 2.0, {"ito": 0, "stratonovich": 0.5, "isothermal": 1}[interpretation]

    def slope(x):  # exp(psi), psi' = -beta b/D - alpha D'/D
        return np.exp(2 * beta * x**2 - (6 * beta + alpha) * np.log(1 + x**2 / 4))

    expected = quad(slope, -0.5, 0.3)[0] / quad(slope, -0.5, 1.5)[0]
    where = {"beta": beta, "start": 0.3, "interpretation": interpretation}
    found = theory.splitting_probability(land, left=-0.5, right=1.5, **where)
    assert found.value == pytest.approx(expected, rel=1e-9)
    back = theory.splitting_probability(land, left=1.5, right=-0.5, **where)
    assert back.value == pytest.approx(1 - expected, rel=1e-9)


def test_exact_splitting_of_free_and_drifting_motion():
    free = Landscape.from_drift("0", coordinates="x")
    found = theory.splitting_probability(free, beta=3, start=0.2, left=0, right=1)
    assert found.value == pytest.approx(0.2, abs=1e-12)
    wind = Landscape.from_drift("1", coordinates="x")
    found = theory.splitting_probability(wind, beta=3, start=0.2, left=0, right=1)
    assert found.value == pytest.approx(np.expm1(-0.6) / np.expm1(-3), rel=1e-10)
    ends = [theory.splitting_probability(free, beta=3, start=s, left=0, right=1) for s in (0, 1)]
    assert [end.value for end in ends] == [0, 1]
    steep = theory.splitting_probability(QUARTIC, beta=4000, start=0.1, left=-1, right=1)
    assert steep.value == pytest.approx(1, abs=1e-9)  # exp(psi) itself would overflow


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"start": 2}, "between the ends"),
        ({"beta": -1}, "beta=-1"),
        ({"interpretation": "skew"}, "interpretation='skew'"),
    ],
)
def test_wrong_questions_are_refused(change, words):
    asked = {"beta": 1, "start": 0.5, "left": 0, "right": 1} | change
    with pytest.raises(ValueError, match=words):
        theory.splitting_probability(QUARTIC, **asked)
    with pytest.raises(ValueError, match="one coordinate"):
        theory.splitting_probability(landscapes.double_well(), beta=1, start=0, left=-1, right=1)


def test_simulated_splitting_agrees_with_the_quadrature():
    ends = {"left": "x < -1", "right": "x > 1"}
    settings = {"trajectories": 10_000, "max_time": 100, "seed": 1}
    ito = simulate.Ito(beta=5, dt=1e-2)
    passages = simulate.first_passage(QUARTIC, ito, start=0.2, target=ends, **settings)
    found = analysis.splitting_probability(passages, "right")
    where = {"beta": 5, "start": 0.2}
    exact = theory.splitting_probability(QUARTIC, left=-1, right=1, **where)
    assert abs(found.value - exact.value) < 4 * found.stderr + 0.005
    for twin in (
        theory.splitting_probability(QUARTIC, left=1, right=-1, **where),
        theory.splitting_probability(QUARTIC, left=-1, right=1, beta=10, start=0.2),
    ):
        assert abs(found.value - twin.value) > 4 * found.stderr + 0.005


def test_exit_points_have_their_law(passages_of, rng):
    passages = passages_of(rng.exponential(1.0, 800), exits=rng.normal(0, 2, 800))
    law = analysis.exit_law(passages, "x**2")
    assert law.test(lambda v: stats.chi2.cdf(v / 4, 1)).pvalue > 1e-4
    assert law.test(lambda v: stats.chi2.cdf(v / 2, 1)).pvalue < 1e-4
    assert law.mean().compare(4.0).verdict == "agrees"
    assert "x**2 at 800 exits: mean" in str(law)


def test_only_trajectories_that_came_out_count(passages_of, rng):
    time, target = rng.exponential(1.0, 400), rng.integers(0, 2, 400)
    passages = passages_of(time, target, max_time=1.0, names=("a", "b"), exits=target)
    with pytest.warns(analysis.TailWarning, match="late exits may have another one"):
        law = analysis.exit_law(passages, "x", target="b")
    assert len(law.values) == ((target == 1) & (time <= 1)).sum()
    assert (law.values == 1).all()
    with pytest.raises(analysis.TooFewData, match="exits through any target"):
        analysis.exit_law(passages_of(time, max_time=1e-3), "x")
    with pytest.raises(ValueError, match="y"):
        analysis.exit_law(passages_of(time), "y")


@pytest.mark.slow
def test_a_disc_is_left_by_the_poisson_kernel():
    """From (r, 0) with no drift: density (1 - r^2)/(1 - 2 r cos a + r^2)/(2 pi) of the angle."""
    r = 0.5
    plane = Landscape.from_drift(["0", "0"], coordinates="x y")
    settings = {"target": "x**2 + y**2 > 1", "trajectories": 4000, "max_time": 100, "seed": 2}
    passages = simulate.first_passage(
        plane, simulate.Ito(beta=2, dt=1e-3), start=(r, 0), **settings
    )

    def law(a, r=r):
        return 0.5 + np.arctan((1 + r) / (1 - r) * np.tan(a / 2)) / np.pi

    angle = analysis.exit_law(passages, "2*atan(y/(1 + x))")
    assert angle.test(law).pvalue > 1e-4
    assert angle.test(lambda a: law(a, 0.6)).pvalue < 1e-4
