"""First passages of discrete SGD: another discretisation, the chain itself, and its SDEs."""

import numpy as np
import pytest
from scipy import stats

from driftscape import analysis, landscapes, simulate, theory
from driftscape.landscapes import Exponential, Landscape, Normal, Rademacher, Uniform
from driftscape.simulate import SGD
from driftscape.theory import transfer_operator


def well(law):
    """The quartic well as a loss with additive samples."""
    return Landscape.from_loss(
        "(x**2 - 1)**2/4 + s*x", coordinates="x", samples={"s": law}, start=(-1,)
    )


def nystrom(eta, batch, low, high, count=240):
    """Nodes and weights of Gauss on an interval, and the Gaussian kernel between them."""
    x, w = np.polynomial.legendre.leggauss(count)
    x, w = (low + high) / 2 + (high - low) / 2 * x, w * (high - low) / 2

    def density(start):
        mean, width = start - eta * (start**3 - start), eta / np.sqrt(batch)
        return np.exp(-((x - mean) ** 2) / (2 * width**2)) / (width * np.sqrt(2 * np.pi)) * w

    return x, density


@pytest.mark.parametrize(("eta", "batch"), [(0.2, 1), (0.3, 2)])
def test_the_mean_time_agrees_with_the_integral_equation(eta, batch):
    op = transfer_operator(well(Normal()), SGD(learning_rate=eta, batch_size=batch))
    x, density = nystrom(eta, batch, -2.8, 0.0)
    inside = np.stack([density(start) for start in x])
    times = np.linalg.solve(np.eye(len(x)) - inside, np.ones(len(x)))
    expected = eta * (1 + density(-1.0) @ times)
    found = op.mean_first_passage_time("x > 0", start=-1)
    assert found.value == pytest.approx(expected, rel=1e-7)
    assert found.truncation < 1e-5 * expected
    everywhere = op.mean_first_passage_times("x > 0")
    np.testing.assert_allclose(everywhere.interp(x=-1), expected, rtol=1e-4)
    assert not everywhere.sel(x=slice(0.01, None)).any()


def test_the_committor_agrees_with_the_integral_equation():
    eta = 0.2
    op = transfer_operator(well(Normal()), SGD(learning_rate=eta))
    q = op.splitting_probability(source="x < -1", target="x > 0.8", start=0.3)
    x, density = nystrom(eta, 1, -1.0, 0.8)
    inside = np.stack([density(start) for start in x])
    y, beyond = nystrom(eta, 1, 0.8, 3.0)
    reach = np.array([beyond(start).sum() for start in x])
    values = np.linalg.solve(np.eye(len(x)) - inside, reach)
    assert q.value == pytest.approx(beyond(0.3).sum() + density(0.3) @ values, rel=1e-7)
    half = op.splitting_probability(source="x < -1", target="x > 1", start=0)
    assert half.value == pytest.approx(0.5, abs=1e-9)
    everywhere = op.committor(source="x < -1", target="x > 0.8")
    assert set(np.unique(everywhere.sel(x=slice(None, -1.01)))) == {0.0}
    assert set(np.unique(everywhere.sel(x=slice(0.81, None)))) == {1.0}


@pytest.mark.parametrize(("target", "flips"), [("x > 0.5", 6), ("x > 0.75", 14)])
@pytest.mark.parametrize("width", [1.07, 1.2])
def test_signs_pass_as_enumerated(target, flips, width):
    """x' = (x + sign)/2 passes when a coin shows two, or three, heads in a row."""
    coin = Landscape.from_loss("x**2/2 + u*x", coordinates="x", samples={"u": Rademacher()})
    sgd = SGD(learning_rate=0.5)
    for shape in (256, 512):
        op = transfer_operator(coin, sgd, shape=shape, box=(-width, width))
        found = op.mean_first_passage_time(target, start=-0.9)
        assert abs(found.value - flips / 2) <= found.truncation < 0.2 * flips
    chance = op.splitting_probability(source="x < -0.75", target="x > 0.75", start=0)
    assert abs(chance.value - 0.5) <= chance.truncation + 1e-9


@pytest.mark.slow
def test_a_batch_of_exponentials_passes_as_its_gamma_law():
    """Of four samples one is scanned; where a step ends has a kink in the sum of the others."""
    s, eta, batch = 2.27, 0.126, 4
    landscape = Landscape.from_loss(
        f"(x**2 - 1)**2/4 + x/10 + {s}*(u - 1)*x", coordinates="x", samples={"u": Exponential()},
        start=(-1,),
    )  # fmt: skip
    op = transfer_operator(landscape, SGD(learning_rate=eta, batch_size=batch), shape=256)
    found = op.mean_first_passage_time("x > 0.1", start=-1)
    x, w = np.polynomial.legendre.leggauss(1200)
    x, w = -1.575 + 1.675 * x, 1.675 * w  # from -3.25 to 0.1

    def density(start):
        mean = (start - eta * (start**3 - start + 0.1 - s) - x) / (eta * s)
        return stats.gamma.pdf(mean, batch, scale=1 / batch) / (eta * s) * w

    inside = np.stack([density(start) for start in x])
    times = np.linalg.solve(np.eye(len(x)) - inside, np.ones(len(x)))
    exact = eta * (1 + density(-1.0) @ times)
    assert abs(found.value - exact) <= found.truncation < 3e-3 * exact


@pytest.mark.fast_cases("normal")
@pytest.mark.parametrize("law", [Normal(), Rademacher()], ids=["normal", "rademacher"])
def test_the_mean_time_of_sgd_is_not_that_of_its_sdes(law):
    """Jumps of one step are the physics: no bridge, no diffusion, not even of order two."""
    landscape, sgd = well(law), SGD(learning_rate=0.2)
    op = transfer_operator(landscape, sgd)
    predicted = op.mean_first_passage_time("x > 0", start=-1)
    assert predicted.truncation < 1e-3 * predicted.value
    passages = simulate.first_passage(
        landscape, sgd, start=-1, target="x > 0", trajectories=8000, seed=5, max_steps=100_000
    )
    measured = analysis.mean_first_passage_time(passages)
    assert measured.compare(predicted).verdict == "agrees"
    for order in (1, 2):
        sde = theory.fokker_planck(landscape, sgd.as_sde(order=order), shape=512)
        wrong = sde.mean_first_passage_time("x > 0", start=-1)
        assert measured.compare(wrong).verdict == "rejected"


def test_in_the_plane_an_idle_coordinate_changes_nothing():
    plane = Landscape.from_loss(
        "(x**2 - 1)**2/4 + y**2/2 + s*x + s*y/2", coordinates="x y", samples={"s": Normal()}
    )
    sgd = SGD(learning_rate=0.2)
    line = transfer_operator(well(Normal()), sgd).mean_first_passage_time("x > 0", start=-1)
    op = transfer_operator(plane, sgd, box=[(-2.6, 2.6), (-1.6, 1.6)], shape=(64, 32))
    found = op.mean_first_passage_time("x > 0", start={"x": -1, "y": 0})
    assert abs(found.value - line.value) <= found.truncation + line.truncation
    assert found.truncation < 2e-3 * line.value


@pytest.mark.slow
def test_a_curved_target_round_the_screw():
    """Noise of rank one, a boundary across the grid, and a symmetry taken away."""
    screw, sgd, target = landscapes.archimedes(), SGD(learning_rate=0.2), "u**2 + v**2 > 0.4"
    op = transfer_operator(screw, sgd, frame={"z": 0})
    predicted = op.mean_first_passage_time(target, start=(0, 0, 0))
    assert predicted.truncation < 1e-3 * predicted.value
    passages = simulate.first_passage(
        screw, sgd, start=(0, 0, 0), target=target, trajectories=8000, seed=8, max_steps=100_000
    )
    assert analysis.mean_first_passage_time(passages).compare(predicted).verdict == "agrees"
    slower = transfer_operator(screw, SGD(learning_rate=0.17), frame={"z": 0}, shape=48)
    wrong = slower.mean_first_passage_time(target, start=(0, 0, 0))
    assert analysis.mean_first_passage_time(passages).compare(wrong).verdict == "rejected"


def test_a_bounded_law_passes_too():
    landscape, sgd = well(Uniform(-2, 2)), SGD(learning_rate=0.2)
    op = transfer_operator(landscape, sgd)
    fine = op.mean_first_passage_time("x > 0", start=-1)
    finer = transfer_operator(landscape, sgd, shape=1024)
    assert (
        abs(finer.mean_first_passage_time("x > 0", start=-1).value - fine.value) < fine.truncation
    )


def test_inside_the_target_no_time_passes():
    op = transfer_operator(well(Normal()), SGD(learning_rate=0.2))
    assert op.mean_first_passage_time("x > 0", start=0.5).value == 0
    assert op.splitting_probability(source="x < 0", target="x > 1", start=-0.5).value == 0
    assert op.splitting_probability(source="x < 0", target="x > 1", start=1.5).value == 1


REFUSED = {
    "no predicate": ("x + 1", -1, "a condition compares"),
    "always": ("x**2 >= 0", -1, "is true everywhere"),
    "out of reach": ("x > 90", -1, "ends in 'x > 90'"),
    "start outside": ("x > 0", -9, "outside the grid"),
    "all inside": ("x < 30", None, "every node"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    target, start, message = REFUSED[case]
    op = transfer_operator(well(Normal()), SGD(learning_rate=0.2), box=(-2.6, 2.6), shape=128)
    with pytest.raises(ValueError, match=message):
        op.mean_first_passage_time(target, start=start)


def test_a_box_that_is_left_before_the_target_is_reached():
    op = transfer_operator(well(Normal()), SGD(learning_rate=0.2), box=(-1.3, 2), shape=128)
    with pytest.raises(theory.BoxTooSmall, match="from -1, 0.9 leaves the box before"):
        op.mean_first_passage_time("x > 0", start=-1)
    with pytest.raises(theory.BoxTooSmall, match="from anywhere"):
        op.mean_first_passage_times("x > 0")


def test_a_barrier_that_bounded_samples_cannot_pass():
    small = Landscape.from_loss(
        "(x**2 - 1)**2/4 + s*x/10", coordinates="x", samples={"s": Rademacher()}
    )
    op = transfer_operator(small, SGD(learning_rate=0.1), box=(-2, 2), shape=256)
    with pytest.raises(ValueError, match="does not reach the target"):
        op.mean_first_passage_time("x > 0", start=-1)
