"""Escape theory: published numbers, closed forms, independent quadratures."""

import numpy as np
import pytest

from driftscape import landscapes, theory
from driftscape.landscapes import Exponential, Landscape, Normal, Rademacher

QUARTIC = landscapes.quartic_well()


@pytest.mark.parametrize(
    ("noise", "to_saddle", "across"),
    [(0.2, 7.934, 19.0939), (0.1, 30.821, 66.2686), (0.05, 361.904, 729.671)],
)
def test_the_quartic_well_has_its_known_passage_times(noise, to_saddle, across):
    beta = 1 / noise
    assert theory.mean_first_passage_time(
        QUARTIC, beta=beta, start=-1, target=0
    ).value == pytest.approx(to_saddle, abs=5e-4)
    there = theory.mean_first_passage_time(QUARTIC, beta=beta, start=-1, target=1).value
    back = theory.mean_first_passage_time(QUARTIC, beta=beta, start=1, target=-1).value
    assert there == pytest.approx(across, rel=1e-4)
    assert there == pytest.approx(back, rel=1e-12)


@pytest.mark.parametrize("interpretation", ["ito", "stratonovich", "isothermal"])
def test_state_dependent_noise_agrees_with_a_nested_quadrature(interpretation):
    """An independent method: scipy's adaptive double integral, psi by hand."""
    from scipy.integrate import quad

    land = Landscape.from_drift("-x - x**3", coordinates="x", diffusion="1 + x**2/4")
    beta, alpha = 2.0, {"ito": 0, "stratonovich": 0.5, "isothermal": 1}[interpretation]

    # psi = beta int (x + x^3)/D - alpha log D, with D = 1 + x^2/4
    def psi(x):
        return 2 * beta * x**2 - (6 * beta + alpha) * np.log(1 + x**2 / 4)

    def inner(y):
        return quad(lambda z: beta * np.exp(-psi(z)) / (1 + z**2 / 4), -np.inf, y)[0]

    expected = quad(lambda y: np.exp(psi(y)) * inner(y), -0.5, 1.5)[0]
    found = theory.mean_first_passage_time(
        land, beta=beta, start=-0.5, target=1.5, interpretation=interpretation
    )
    assert found.value == pytest.approx(expected, rel=1e-7)


def test_interpretations_differ_under_state_dependent_noise():
    land = Landscape.from_drift("-x - x**3", coordinates="x", diffusion="1 + x**2/4")
    times = [
        theory.mean_first_passage_time(
            land, beta=2.0, start=-0.5, target=1.5, interpretation=r
        ).value
        for r in ("ito", "stratonovich", "isothermal")
    ]
    assert times[0] > 1.02 * times[1] > 1.02**2 * times[2]


def test_a_constant_drift_takes_the_distance_over_the_speed():
    land = Landscape.from_drift("1/2", coordinates="x")
    assert theory.mean_first_passage_time(land, beta=3, start=0, target=2).value == pytest.approx(
        4, rel=1e-9
    )
    with pytest.raises(ValueError, match="does not hold"):
        theory.mean_first_passage_time(land, beta=3, start=0, target=-2)


def test_simulated_passage_agrees_after_the_bias_of_the_step():
    """Brute force at dt = 0.002: the chain misses crossings between steps, late by O(sqrt dt)."""
    n, dt, beta = 4000, 0.002, 5.0
    rng = np.random.default_rng(3)
    x, time, alive = np.full(n, -1.0), np.zeros(n), np.ones(n, bool)
    while alive.any():
        x[alive] += dt * (x - x**3)[alive] + np.sqrt(2 * dt / beta) * rng.standard_normal(
            alive.sum()
        )
        time[alive] += dt
        alive &= x < 0
    exact = theory.mean_first_passage_time(QUARTIC, beta=beta, start=-1, target=0).value
    late = 0.5826 * np.sqrt(2 * dt / beta)  # mean overshoot of a discrete walk moves the target
    shifted = theory.mean_first_passage_time(QUARTIC, beta=beta, start=-1, target=late).value
    error = time.std() / np.sqrt(n)
    assert abs(time.mean() - shifted) < 4 * error + 0.01 * exact
    assert abs(time.mean() - 2 * exact) > 4 * error


def test_kramers_is_the_limit_of_the_exact_time():
    ratios = []
    for noise in (0.03, 0.015, 0.0075):
        exact = theory.mean_first_passage_time(QUARTIC, beta=1 / noise, start=-1, target=1).value
        kramers = theory.eyring_kramers(QUARTIC, beta=1 / noise, minimum=-1, saddle=0)
        ratios.append(exact / kramers.value - 1)
        assert abs(exact - kramers.value) < kramers.truncation
    assert ratios[0] == pytest.approx(0.054, abs=2e-3)
    assert ratios[2] == pytest.approx(ratios[1] / 2, rel=0.05)  # the correction is O(1/beta)


def test_in_two_dimensions_the_transverse_curvatures_enter_and_a_curl_speeds_up():
    def well(**more):
        return Landscape.from_potential(
            "(x**2 - 1)**2/4 + (2 + x)*y**2/2", coordinates="x y", **more
        )

    still = theory.eyring_kramers(well(), beta=20, minimum=(-1, 0), saddle=(0, 0)).value
    line = theory.eyring_kramers(QUARTIC, beta=20, minimum=-1, saddle=0).value
    assert still == pytest.approx(line * np.sqrt(2 / 1), rel=1e-12)
    turned = theory.eyring_kramers(well(curl=1), beta=20, minimum=(-1, 0), saddle=(0, 0)).value
    # -(1 + Q) H at the saddle, H = diag(-1, 2), Q = [[0, -1], [1, 0]]: l^2 + l - 4 = 0
    assert turned == pytest.approx(still / ((np.sqrt(17) - 1) / 2), rel=1e-12)
    assert turned < still


@pytest.mark.parametrize(("minimum", "saddle", "words"), [
    (-0.9, 0, "not critical"),
    (-1, 1, "one negative"),
    (0, 0, "all positive"),
])  # fmt: skip
def test_wrong_points_are_refused(minimum, saddle, words):
    with pytest.raises(ValueError, match=words):
        theory.eyring_kramers(QUARTIC, beta=10, minimum=minimum, saddle=saddle)


def test_a_low_barrier_is_outside_the_regime():
    assert not theory.eyring_kramers(QUARTIC, beta=4, minimum=-1, saddle=0).valid


def noisy_well(term, law):
    return Landscape.from_loss(f"(x**2 - 1)**2/4 + {term}*x", coordinates="x", samples={"s": law})


@pytest.mark.parametrize(
    ("term", "law", "barrier"),
    [("s", Normal(), 0.5), ("s", Rademacher(), 0.5376), ("(s - 1)", Exponential(), 0.828)],
)
def test_sgd_climbs_a_barrier_of_its_own(term, law, barrier):
    found = theory.sgd_barrier(noisy_well(term, law), minimum=-1, saddle=0)
    assert found.value == pytest.approx(barrier, abs=5e-4)


def test_the_barrier_of_a_fair_sign_by_another_road():
    """cosh(p) = exp(p G): solved by bisection on a fine grid, summed by the trapezoidal rule."""
    x = np.linspace(-1, 0, 4001)[1:-1]
    slope = x**3 - x
    low, high = np.full(x.size, 1e-9), np.full(x.size, 50.0)
    for _ in range(200):
        middle = (low + high) / 2
        above = np.logaddexp(middle, -middle) - np.log(2) > middle * slope
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    found = theory.sgd_barrier(noisy_well("s", Rademacher()), minimum=-1, saddle=0)
    assert found.value == pytest.approx(np.sum(middle) / 4000, rel=1e-6)


def test_the_sign_of_skewed_noise_matters():
    """Centred exponential noise has rare large kicks one way: one well is easier to leave."""
    well = noisy_well("(s - 1)", Exponential())
    left, right = (theory.sgd_barrier(well, minimum=m, saddle=0).value for m in (-1, 1))
    assert left > 0.5 > right


def test_what_has_no_barrier_is_refused():
    with pytest.raises(ValueError, match="one coordinate and one sample"):
        theory.sgd_barrier(landscapes.archimedes(), minimum=0, saddle=1)
    with pytest.raises(ValueError, match="saddle=.* is not critical"):
        theory.sgd_barrier(noisy_well("s", Normal()), minimum=-1, saddle=0.5)
    weak = noisy_well("s/10", Rademacher())
    with pytest.raises(ValueError, match="no second root"):
        theory.sgd_barrier(weak, minimum=-1, saddle=0)
