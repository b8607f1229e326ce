"""The quasi-stationary law of SGD: an integral equation, an ensemble, and its SDE."""

import numpy as np
import pytest

from driftscape import landscapes, simulate, theory
from driftscape.landscapes import Landscape, Normal, Rademacher
from driftscape.simulate import SGD
from driftscape.theory import transfer_operator

ETA = 0.2
TARGET = "x > 0"


def well(law):
    return Landscape.from_loss(
        "(x**2 - 1)**2/4 + s*x", coordinates="x", samples={"s": law}, start=(-1,)
    )


@pytest.fixture(scope="module")
def operator():
    return transfer_operator(well(Normal()), SGD(learning_rate=ETA))


@pytest.fixture(scope="module")
def nystrom():
    """Gauss's nodes on (-2.6, 0), the kernel between them, survival of a step and law."""
    x, w = np.polynomial.legendre.leggauss(240)
    x, w = 1.3 * x - 1.3, 1.3 * w
    mean = x - ETA * (x**3 - x)
    kernel = np.exp(-((x - mean[:, None]) ** 2) / (2 * ETA**2)) / (ETA * np.sqrt(2 * np.pi)) * w
    values, vectors = np.linalg.eig(kernel.T)
    first = int(np.argmax(values.real))
    mass = vectors[:, first].real / vectors[:, first].real.sum()
    return x, w, kernel, float(values[first].real), mass


def test_law_and_rate_agree_with_the_integral_equation(operator, nystrom):
    x, w, _, survival, mass = nystrom
    survivors = operator.quasi_stationary(TARGET)
    assert float(survivors.rate_per_step) == pytest.approx(1 - survival, rel=1e-7)
    assert float(survivors.rate) == pytest.approx((1 - survival) / ETA, rel=1e-7)
    rho = survivors.density
    assert float(rho.sum() * operator.grid.volume) == pytest.approx(1, rel=1e-12)
    inner = (x > -2.2) & (x < -0.02)
    np.testing.assert_allclose(rho.interp(x=x[inner]), (mass / w)[inner], atol=2e-3)
    for n in (1, 2):  # cells that the target cuts count in part
        moment = float((rho * rho.x**n).sum() * operator.grid.volume)
        assert moment == pytest.approx(mass @ x**n, rel=2e-5)
    assert not rho.sel(x=slice(0.02, None)).any()
    assert float(rho.sel(x=-0.02, method="nearest")) > 0.03  # of an SDE it would vanish there


def test_the_mean_time_from_the_law_is_one_over_its_rate(operator, nystrom):
    """By three methods: the rate, the times of the operator, those of the integral equation."""
    _, _, kernel, _, mass = nystrom
    survivors = operator.quasi_stationary(TARGET)
    times = operator.mean_first_passage_times(TARGET)
    from_times = float((times * survivors.density).sum() * operator.grid.volume)
    assert from_times == pytest.approx(1 / float(survivors.rate), rel=1e-4)
    steps = np.linalg.solve(np.eye(len(mass)) - kernel, np.ones(len(mass)))
    assert ETA * mass @ steps == pytest.approx(1 / float(survivors.rate), rel=1e-7)
    from_minimum = operator.mean_first_passage_time(TARGET, start=-1).value
    assert abs(from_minimum * float(survivors.rate) - 1) > 0.01  # -1 is not that law


@pytest.mark.parametrize("law", [Normal(), Rademacher()], ids=["normal", "rademacher"])
def test_the_survivors_of_an_ensemble_leave_at_that_rate(law):
    """Passages per survivor and step once the start is forgotten; the SDE's rate is rejected."""
    landscape, sgd = well(law), SGD(learning_rate=ETA)
    rate = float(transfer_operator(landscape, sgd).quasi_stationary(TARGET).rate_per_step)
    passages = simulate.first_passage(
        landscape, sgd, start=-1, target=TARGET, trajectories=20_000, seed=9, max_steps=100_000
    )
    forgotten = 60
    steps = np.rint(passages.passage_time.values / ETA)
    late = steps[steps > forgotten] - forgotten
    measured, error = 1 / late.mean(), 1 / (late.mean() * np.sqrt(len(late)))
    assert abs(measured - rate) < 4 * error
    sde = theory.fokker_planck(landscape, sgd.as_sde())
    wrong = ETA * float(sde.quasi_stationary(TARGET).rate)
    assert abs(measured - wrong) > 8 * error


def test_in_the_plane_an_idle_coordinate_changes_nothing(operator):
    plane = Landscape.from_loss(
        "(x**2 - 1)**2/4 + y**2/2 + s*x + s*y/2", coordinates="x y", samples={"s": Normal()}
    )
    op = transfer_operator(
        plane, SGD(learning_rate=ETA), box=[(-2.6, 2.6), (-1.6, 1.6)], shape=(64, 32)
    )
    line, found = (o.quasi_stationary(TARGET) for o in (operator, op))
    assert float(found.rate) == pytest.approx(float(line.rate), rel=2e-3)
    marginal = found.density.sum("y") * op.grid.spacing[1]
    assert float((marginal * marginal.x).sum() * op.grid.spacing[0]) == pytest.approx(
        float((line.density * line.density.x).sum() * operator.grid.volume), rel=2e-3
    )


def test_a_rate_of_one_step_is_a_probability():
    """A walk that is at the target with probability p in every step, whatever it was before."""
    forgetful = Landscape.from_loss("w**2/2 + s*w", coordinates="w", samples={"s": Normal()})
    op = transfer_operator(forgetful, SGD(learning_rate=1.0), box=(-9, 9), shape=256)
    survivors = op.quasi_stationary("w > 1")  # w' = -s
    assert float(survivors.rate_per_step) == pytest.approx(0.15865525393145707, rel=1e-9)


def test_refused(operator):
    with pytest.raises(ValueError, match="ends in 'x > 90'"):
        operator.quasi_stationary("x > 90")
    with pytest.raises(ValueError, match="every node"):
        operator.quasi_stationary("x < 30")
    with pytest.raises(ValueError, match="a condition compares"):
        operator.quasi_stationary("x + 1")
    narrow = transfer_operator(well(Normal()), SGD(learning_rate=ETA), box=(-1.3, 2), shape=128)
    with pytest.raises(theory.BoxTooSmall, match="from the quasi-stationary law"):
        narrow.quasi_stationary(TARGET)
    framed = transfer_operator(
        landscapes.archimedes(), SGD(learning_rate=0.2), frame={"z": 0},
        box=[(-1.2, 1.2), (-1.6, 1.6)], shape=32,
    )  # fmt: skip
    with pytest.raises(ValueError, match="mentions z"):
        framed.quasi_stationary("z > 1")


def test_survivors_in_parts_that_exchange_nothing():
    landscape = Landscape.from_loss(
        "x**2*(x**2 - 1)**2 + s*x/20", coordinates="x", samples={"s": Rademacher()}
    )
    op = transfer_operator(landscape, SGD(learning_rate=0.05), box=(-1.4, 1.4), shape=256)
    with pytest.raises(
        ValueError, match="quasi-stationary law is not unique|double precision|ends in"
    ):
        op.quasi_stationary("x > 0.9")
