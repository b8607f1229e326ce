"""The series of the screw: derived again here, order by order, then measured."""

import itertools
from fractions import Fraction
from functools import partial
from math import factorial

import pytest
import sympy as sp

from driftscape import analysis, landscapes, simulate, theory
from driftscape.landscapes import Landscape, Normal
from driftscape.theory.drift_velocity import _COEFFICIENTS

SCREW = landscapes.archimedes()


def stationary_coefficients(order):
    """Expand E[p q] of the chain in the turning frame in h and e = h Var(x).

    With p, q = sqrt(e) (P, Q), k = sqrt(h) and y of variance 1/2, one step is
    P' = (1 - 2h) P - k y, Q' = (1 - h) Q + k y, turned by dz = -e k (k P Q + y (P + Q)).
    Stationarity of E[P^i Q^j] gives linear equations; each power of e brings in moments of degree
    2 higher at lower order, so that they are solved one by one.
    """
    ring, P, Q, y, k, e = sp.ring("P,Q,y,k,e", sp.QQ)

    def times(a, b):
        product = a * b
        return ring.from_dict({m: c for m, c in product.items() if m[3] / 2 + m[4] <= order + 1})

    def power(a, n):
        return ring(1) if n == 0 else times(a, power(a, n - 1))

    p, q = P - 2 * k**2 * P - k * y, Q - k**2 * Q + k * y
    dz = -e * k * (k * P * Q + y * (P + Q))
    terms = range(order + 2)
    cos = sum((power(dz, 2 * n) * sp.QQ((-1) ** n, factorial(2 * n)) for n in terms), ring(0))
    sin = sum(
        (power(dz, 2 * n + 1) * sp.QQ((-1) ** n, factorial(2 * n + 1)) for n in terms), ring(0)
    )
    p, q = times(p, cos) + times(q, sin), times(q, cos) - times(p, sin)
    gauss = {2 * n: sp.QQ(factorial(2 * n), 4**n * factorial(n)) for n in range(4 * order + 8)}
    equations, moments = {}, {}

    def equation(i, j):
        """Coefficients of (E[P'^i Q'^j] - E[P^i Q^j])/h: (power of h, of e, i', j') -> number."""
        if (i, j) not in equations:
            rows = equations[i, j] = {}
            for (a, b, n, c, d), value in (times(power(p, i), power(q, j)) - P**i * Q**j).items():
                if n % 2 == 0:
                    key = (c // 2 - 1, d, a, b)
                    rows[key] = rows.get(key, 0) + value * gauss[n]
        return equations[i, j]

    def moment(i, j, a, b):
        """Coefficient of h^a e^b in E[P^i Q^j]."""
        if i == j == 0 or (i + j) % 2:
            return sp.QQ(int(i == j == a == b == 0))
        if (i, j, a, b) not in moments:
            total = sp.QQ(0)
            for (c, d, i2, j2), value in equation(i, j).items():
                if c <= a and d <= b and (c, d, i2, j2) != (0, 0, i, j):
                    total += value * moment(i2, j2, a - c, b - d)
            moments[i, j, a, b] = -total / equation(i, j)[0, 0, i, j]
        return moments[i, j, a, b]

    # v = -h e E[P Q] = (h e/6) (-6 E[P Q])
    every = [(a, b) for a in range(order + 1) for b in range(order + 1 - a)]
    return {(a, b): Fraction(str(-6 * moment(1, 1, a, b))) for a, b in every}


def test_coefficients_follow_from_the_moment_equations():
    assert stationary_coefficients(3) == _COEFFICIENTS


def test_the_truncation_covers_two_more_orders_all_over_the_regime():
    fourth = {k: a for k, a in stationary_coefficients(4).items() if sum(k) == 4}
    rest = {k: a for k, a in _COEFFICIENTS.items() if sum(k) == 3} | fourth
    for h, noise in itertools.product((0, 0.1, 0.3, 0.5), (0.05, 0.1, 0.3, 0.5)):
        if h:
            dynamics, more = simulate.Ito(beta=2 / noise, dt=h), {}
        else:
            dynamics, more = simulate.Ito(beta=2 / noise, dt=0.1), {"continuum": True}
        predicted = theory.drift_velocity(SCREW, dynamics, "z", per="time", **more)
        left = noise / 6 * sum(float(a) * h**i * noise**j for (i, j), a in rest.items())
        assert predicted.valid
        assert abs(left) < predicted.truncation < 0.2 * predicted.value


def test_series_of_sgd_and_of_the_sde_are_the_published_ones():
    def total(order):
        return sum(a for (i, j), a in _COEFFICIENTS.items() if i + j == order)

    assert [total(n) for n in range(3)] == [1, Fraction(5, 8), Fraction(1937, 5040)]
    assert [_COEFFICIENTS[0, n] for n in range(3)] == [1, Fraction(-1, 24), Fraction(-23, 5040)]
    assert all(_COEFFICIENTS[n, 0] == Fraction(2, 3) ** n for n in range(4))  # linear response


def test_euler_maruyama_at_dt_equal_to_the_learning_rate_is_sgd():
    # the noise of the screw is Gaussian and linear in x: the two chains are the same
    sgd = simulate.SGD(learning_rate=0.1, batch_size=3)
    same = theory.drift_velocity(SCREW, sgd.as_sde(), "z")
    assert same.value == pytest.approx(theory.drift_velocity(SCREW, sgd, "z").value, rel=1e-14)
    eta = 0.1 / 3
    limit = theory.drift_velocity(SCREW, sgd.as_sde(), "z", continuum=True, per="time")
    assert limit.value == pytest.approx(eta / 6 * (1 - eta / 24 - 23 * eta**2 / 5040), rel=1e-14)


def test_displacement_is_exact_for_two_steps_and_linear_in_the_end():
    # z does not move before the noise has: E z_1 = 0, E z_2 = h^2 e/2 at leading order
    sgd = simulate.SGD(learning_rate=1e-3)
    assert theory.displacement(SCREW, sgd, "z", steps=1).value == 0
    assert theory.displacement(SCREW, sgd, "z", steps=2).value == pytest.approx(1e-9 / 2, rel=1e-4)
    long, longer = (theory.displacement(SCREW, sgd, "z", steps=n).value for n in (20_000, 30_000))
    assert longer - long == pytest.approx(10_000 * theory.drift_velocity(SCREW, sgd, "z").value)
    assert theory.displacement(
        SCREW, simulate.SGD(learning_rate=0.1), "z", steps=10_000
    ).value == pytest.approx(17.766, abs=1e-3)
    # the frozen frame's nested sum, science value at eta = .05, T = 10: 1.958e-3
    short = theory.displacement(SCREW, simulate.SGD(learning_rate=0.05), "z", steps=10)
    assert abs(short.value - 1.958e-3) < short.truncation
    sde = simulate.Ito(beta=20, dt=1e-3)
    fine = theory.displacement(SCREW, sde, "z", steps=3000)
    limit = theory.displacement(SCREW, sde, "z", steps=3000, continuum=True)
    assert fine.value == pytest.approx(limit.value, rel=3e-3)
    with pytest.raises(ValueError, match="steps=0"):
        theory.displacement(SCREW, sgd, "z", steps=0)


@pytest.mark.parametrize(
    "dynamics",
    [
        simulate.SGD(learning_rate=0.2),
        simulate.SGD(learning_rate=0.2, batch_size=3),
        simulate.SGD(learning_rate=0.2).as_sde(substeps=4),
    ],
    ids=["sgd", "batch of 3", "sde"],
)
def test_measured_velocity_agrees_and_wrong_theories_are_rejected(dynamics):
    steps = round(800 / dynamics.time_step)
    run = simulate.run(SCREW, dynamics, steps=steps, trajectories=8000, seed=5, save_every=100)
    measured = analysis.drift_velocity(run, "z")
    series = theory.drift_velocity(SCREW, dynamics, "z")
    assert measured.compare(series).verdict == "agrees", measured.compare(series)
    wrong = [theory.linear_response(SCREW, dynamics, "z")]
    if isinstance(dynamics, simulate.SGD):
        wrong.append(theory.drift_velocity(SCREW, dynamics.as_sde(), "z", continuum=True))
        wrong.append(series.value * dynamics.batch_size / (dynamics.batch_size + 1))
    else:
        wrong.append(
            theory.drift_velocity(SCREW, dynamics, "z", continuum=True)
        )  # dt is not small here
    if dynamics == simulate.SGD(learning_rate=0.2, batch_size=3):
        wrong.pop(0)  # eta/72 here: too close to be distinguished
    for predicted in wrong:
        assert measured.compare(predicted).verdict == "rejected", measured.compare(predicted)


def test_mean_displacement_at_a_tenth():
    """The figure of the paper: 1e4 steps, 4000 trajectories."""
    sgd = simulate.SGD(learning_rate=0.1)
    run = simulate.run(SCREW, sgd, steps=10_000, trajectories=4000, seed=7, keep="final")
    moved = analysis.displacement(run, "z")
    assert moved.stderr < 0.009
    assert abs(moved.value - 17.772) < 4 * moved.stderr + 0.006  # the transient, eta/18
    assert moved.compare(theory.displacement(SCREW, sgd, "z", steps=10_000)).verdict == "agrees"
    linear = theory.linear_response(SCREW, sgd, "z").value * 1e4
    assert moved.compare(linear, threshold=5).verdict == "rejected"


def test_refuses_other_dynamics_and_marks_large_steps():
    assert not theory.drift_velocity(SCREW, simulate.SGD(learning_rate=0.7), "z").valid
    assert theory.drift_velocity(SCREW, simulate.SGD(learning_rate=0.4), "z").valid
    with pytest.raises(ValueError, match="simulate.SGD and simulate.Ito"):
        theory.drift_velocity(SCREW, object(), "z")
    with pytest.raises(ValueError, match="per='epoch'"):
        theory.drift_velocity(SCREW, simulate.SGD(learning_rate=0.1), "z", per="epoch")
    with pytest.raises(ValueError, match="continuum"):
        theory.drift_velocity(SCREW, simulate.SGD(learning_rate=0.1), "z", continuum=True)


def test_the_screw_is_known_by_its_formulas_and_not_by_its_name():
    sgd = simulate.SGD(learning_rate=0.1)
    known = theory.drift_velocity(SCREW, sgd, "z")
    loss = SCREW.formulas["loss"]
    given = {"coordinates": "u v z", "samples": {"x": Normal()}}
    renamed = Landscape.from_loss(loss, **given, name="mine", start=(0, 0, 1))
    # cos(z - pi/4) = (cos z + sin z)/sqrt 2
    turned = Landscape.from_loss(
        "(u**2 + v**2 + (u*cos(z) + v*sin(z))**2)/2"
        " + x*(u*(cos(z) + sin(z)) + v*(sin(z) - cos(z)))/sqrt(2)",
        **given,
    )
    for same in (renamed, turned, landscapes.tilted_screw(tilt=0)):
        assert theory.drift_velocity(same, sgd, "z") == known


@pytest.mark.parametrize(
    "predict",
    [
        theory.drift_velocity,
        theory.linear_response,
        partial(theory.displacement, steps=10),
    ],
)
def test_landscapes_and_coordinates_without_a_series_are_refused(predict):
    sgd = simulate.SGD(learning_rate=0.1)
    loss = SCREW.formulas["loss"]
    others = [
        landscapes.tilted_screw(tilt=0.01),
        landscapes.quartic_well(),
        Landscape.from_loss(
            loss, coordinates="u v z", samples={"x": Normal(0, 2)}, name="archimedes"
        ),
        Landscape.from_loss(loss, coordinates="u v z", data={"x": [1.0, -1.0]}, name="archimedes"),
    ]
    for other in others:
        with pytest.raises(ValueError, match=f"known on {other.name}.*entropic_drift derives"):
            predict(other, sgd, "z")
    with pytest.raises(ValueError, match="along coordinate='u'.*entropic_drift derives"):
        predict(SCREW, sgd, "u")
