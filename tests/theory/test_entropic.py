"""Corollary 1 from the symbolic tensors of any loss, refused where it does not hold."""

from fractions import Fraction

import numpy as np
import pytest
from scipy.linalg import solve_continuous_lyapunov

from driftscape import analysis, landscapes, simulate, theory
from driftscape.landscapes import Landscape, Normal, Rademacher
from driftscape.theory import entropic_drift
from driftscape.theory.diagrams.sample_tensors import SampleTensors
from driftscape.theory.diagrams.slow_drift import RANK, SlowDrift

SGD = simulate.SGD(learning_rate=0.1)


def loss(formula, coordinates="u z", **options):
    options.setdefault("samples", {"x": Normal()})
    return Landscape.from_loss(formula, coordinates=coordinates, **options)


@pytest.mark.parametrize("batch", [1, 4])
@pytest.mark.parametrize("z", [0, Fraction(7, 5), -3.0])
def test_archimedes_climbs_at_a_sixth_everywhere_on_its_axis(z, batch):
    sgd = simulate.SGD(learning_rate=0.1, batch_size=batch)
    z = float(z)
    predicted = entropic_drift(landscapes.archimedes(), sgd, coordinate="z", at=(0, 0, z))
    assert predicted.value == pytest.approx(0.01 / 6 / batch, rel=1e-12)
    exact = theory.drift_velocity(landscapes.archimedes(), sgd, "z")
    assert abs(predicted.value - exact.value) < predicted.truncation
    named = entropic_drift(
        landscapes.archimedes(), sgd, coordinate="z", at={"z": z, "u": 0, "v": 0}
    )
    assert named.value == predicted.value


def test_a_funnel_narrows_and_sgd_leaves_it():
    # H_uu = h exp(c z), C = s^2, J_uuz = c h: v = -(eta^2/2b) s^2 c h/(2 h)
    funnel = loss(
        "h*exp(c*z)*u**2/2 + s*x*u", parameters={"h": 2.0, "c": 0.3, "s": 1.5}, start=(0, 0.7)
    )
    predicted = entropic_drift(funnel, SGD, coordinate="z")
    assert predicted.value == pytest.approx(-(0.01 / 2) * 2.25 * 0.3 / 2, rel=1e-12)
    assert predicted.unit == "per step"


def test_any_basis_gives_the_same_as_a_lyapunov_equation(rng):
    """C/(H + H) in the eigenbasis is the solution of H S + S H = C."""
    formula = "(3*u**2 + 2*u*w + 2*w**2)/2*(1 + z/3) + z*(u + w)**2/5 + x*(u - w/2) + y*(u/3 + w)"
    field = loss(formula, "u w z", samples={"x": Normal(), "y": Rademacher()})
    H, C = np.array([[3.0, 1], [1, 2]]), np.array([[1 + 1 / 9, -0.5 + 1 / 3], [0, 0.25 + 1]])
    C[1, 0] = C[0, 1]
    J = H / 3 + 2 * np.ones((2, 2)) / 5
    spread = solve_continuous_lyapunov(H, C)
    predicted = entropic_drift(field, SGD, coordinate="z")
    assert predicted.value == pytest.approx(-(0.01 / 2) * np.sum(spread * J), rel=1e-12)


def test_no_noise_no_drift():
    quiet = loss("exp(z)*u**2/2 + 0*x")
    assert entropic_drift(quiet, SGD, coordinate="z").value == 0


def test_measured_drift_of_a_users_loss_agrees_and_wrong_theories_do_not():
    funnel = loss("exp(z)*u**2/2 + x*u", samples={"x": Rademacher()})
    run = simulate.run(funnel, SGD, steps=400, trajectories=4000, seed=9, save_every=20)
    measured = analysis.drift_velocity(run, "z")
    predicted = entropic_drift(funnel, SGD, coordinate="z")
    assert predicted.value == pytest.approx(-0.01 / 4)
    assert measured.compare(predicted).verdict == "agrees", measured.compare(predicted)
    # eta halved: the deviation from the leading order must shrink with it
    slow = simulate.SGD(learning_rate=0.05)
    again = simulate.run(funnel, slow, steps=1600, trajectories=4000, seed=10, save_every=20)
    half = analysis.drift_velocity(again, "z")
    fine = entropic_drift(funnel, slow, coordinate="z")
    assert abs(half.value / fine.value - 1) < 0.8 * abs(measured.value / predicted.value - 1) + (
        4 * half.stderr / abs(fine.value)
    )
    # wrong twins: without the factor 1/2, of the other sign, of another batch size
    for factor in (2, -1, 0.5):
        wrong = theory.Theory(factor * predicted.value, truncation=predicted.truncation)
        assert measured.compare(wrong).verdict == "rejected"


@pytest.mark.parametrize(
    ("formula", "options", "reason"),
    [
        ("exp(z)*u**2/2 + x*u", {"at": (0.1, 0)}, "gradient is"),
        ("exp(z)*u**2/2 + z**2/2 + x*u", {}, "'z' is not in the Hessian's kernel"),
        ("u*z + x*u", {}, "negative eigenvalue"),
        ("-exp(z)*u**2/2 + x*u", {}, "negative eigenvalue"),
        ("exp(z)*u**2/2 + x*(u + z)", {}, "acts along the valley"),
        ("exp(z)*u**2/2 + x*u", {"coordinate": "w"}, "coordinate='w'"),
        ("exp(z)*u**2/2 + x*u", {"at": (0,)}, "2 coordinates"),
    ],
)
def test_refused_with_the_reason(formula, options, reason):
    options = {"coordinate": "z", **options}
    with pytest.raises(ValueError, match=reason):
        entropic_drift(loss(formula), SGD, **options)


def test_another_valley_without_noise_is_no_obstacle_but_noise_in_it_is():
    quiet = loss("exp(z)*u**2/2 + x*u", "u w z")
    assert entropic_drift(quiet, SGD, coordinate="z").value == pytest.approx(-0.0025)
    with pytest.raises(ValueError, match="acts along the valley"):
        entropic_drift(loss("exp(z)*u**2/2 + x*(u + w)", "u w z"), SGD, coordinate="z")


def test_refuses_an_sde_and_marks_steps_that_are_too_large():
    with pytest.raises(ValueError, match=r"simulate\.SGD"):
        entropic_drift(landscapes.archimedes(), SGD.as_sde(), coordinate="z")
    large = simulate.SGD(learning_rate=0.6)
    assert not entropic_drift(landscapes.archimedes(), large, coordinate="z").valid


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_the_next_order_of_the_screw_is_that_of_its_series(batch):
    """v = (eta^2/6b) (1 + (2/3 - 1/(24 b)) eta + ...), by moments in a turning frame."""
    screw = SampleTensors(landscapes.archimedes(), np.array([0, 0, 0.3]), RANK)
    curvature, basis = np.linalg.eigh(landscapes.archimedes().hessian([0, 0, 0.3]))
    slow = SlowDrift(screw, basis[:, ::-1], curvature[:0:-1], batch)
    leading, parts = slow.orders(np.array([0.0, 0.0, 1.0]))
    assert leading == pytest.approx(1 / (6 * batch), rel=1e-12)
    assert sum(parts) == pytest.approx((2 / 3 - 1 / (24 * batch)) / (6 * batch), rel=1e-12)


def test_the_leading_order_by_both_roads():
    """Corollary 1 and the Poisson equations, with two flat directions."""
    formula = "u**2*(1 + z/3 - q/5) + q*u**3/4 + x*u + y*(u/3 + z*u)"
    field = loss(formula, "u q z", samples={"x": Normal(), "y": Rademacher()})
    slow = SlowDrift(SampleTensors(field, np.zeros(3), RANK), np.eye(3), np.array([2.0]), 3)
    sgd = simulate.SGD(learning_rate=0.1, batch_size=3)
    for name, along in zip("qz", np.eye(3)[1:], strict=True):
        predicted = entropic_drift(field, sgd, coordinate=name)
        assert predicted.value == pytest.approx(0.01 * slow.orders(along)[0], rel=1e-10)


def test_skewness_moves_sgd_where_the_leading_order_is_zero():
    """u^2/2 + z u^3/6 + u n, n = 3/2 or -1/2: E n^3 = 3/4, so that v = eta^3 (3/4)/18 at z = 0."""
    skewed = loss(
        "u**2/2 + z*u**3/6 + u*(r + s + r*s)/2", samples={"r": Rademacher(), "s": Rademacher()}
    )
    predicted = entropic_drift(skewed, SGD, coordinate="z")
    assert predicted.value == 0
    assert predicted.truncation == pytest.approx(1e-3 / 24 / 0.9, rel=1e-10)
    run = simulate.run(skewed, SGD, steps=150, trajectories=10_000, seed=4, save_every=50)
    measured = analysis.drift_velocity(run, "z", discard_steps=50)
    assert measured.compare(0.0).verdict == "rejected"
    assert measured.compare(predicted).verdict == "agrees"
    assert abs(measured.value - 1e-3 / 24) < 4 * measured.stderr + 0.15e-3 / 24  # eta is not small


@pytest.mark.parametrize("power", [6, 8])
def test_what_no_computed_order_sees_is_not_zero_either(power):
    far = entropic_drift(loss(f"u**2/2 + z*u**{power} + x*u"), SGD, coordinate="z")
    assert far.value == 0
    assert far.truncation > 0
    assert not far.valid


def test_rows_of_data_drive_a_drift_too():
    rows = loss("exp(z)*u**2/2 + x*u", samples=None, data={"x": [1.0, -1.0]})
    predicted = entropic_drift(rows, SGD, coordinate="z")
    same = entropic_drift(
        loss("exp(z)*u**2/2 + x*u", samples={"x": Rademacher()}), SGD, coordinate="z"
    )
    assert predicted.value == pytest.approx(same.value, rel=1e-12)
    assert predicted.truncation == pytest.approx(same.truncation, rel=1e-10)
