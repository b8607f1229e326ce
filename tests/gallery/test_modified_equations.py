"""SGD's modified equations on the two landscapes, against other ways to compute them."""

import itertools
import math

import numpy as np
import pytest
from scipy.integrate import quad

from driftscape import simulate, theory
from driftscape.analysis import Estimate
from driftscape.gallery.figures.li_2017_modified_equations import (
    parabola,
    powers_and_rates,
    two_wells,
)

T = two_wells.TEMPERATURE


def loss(x):
    return x**2 / 2 - 2 * np.log(np.cosh(x)) - two_wells.FLOOR


def test_the_minimum_of_the_wells_is_correct() -> None:
    well = two_wells.wells()
    assert well.gradient([two_wells.MINIMUM]) == pytest.approx([0], abs=1e-14)
    assert loss(two_wells.MINIMUM) == pytest.approx(0, abs=1e-14)
    assert well.gradient([3.0]) == pytest.approx([3 - 2 * math.tanh(3)])


@pytest.mark.parametrize("batch", [1, 64])
def test_the_temperature_does_not_depend_on_the_batch(batch) -> None:
    """learning_rate variance/(2 batch) is TEMPERATURE."""
    sgd = two_wells.sgd_of(batch)
    variance = two_wells.wells().diffusion([0.3]).item()
    assert sgd.learning_rate * variance / (2 * batch) == pytest.approx(T)


@pytest.mark.parametrize("eta", [1 / 4, 1 / 16])
def test_the_operator_of_the_parabola_is_exact(eta) -> None:
    steps = round(1 / eta)
    mean, variance = parabola.sgd_at(eta, 1.0)
    assert mean == pytest.approx((1 - 2 * eta) ** steps, rel=1e-10)
    forgotten = (1 - 2 * eta) ** (2 * steps)
    assert variance == pytest.approx(eta / (1 - eta) * (1 - forgotten), rel=1e-10)
    stationary = parabola.operator(eta).expectation("x**2").value
    assert stationary == pytest.approx(eta / (1 - eta), rel=1e-8)


@pytest.mark.parametrize("order", [1, 2])
def test_the_equations_of_the_parabola_are_those_on_a_grid(order) -> None:
    eta = 0.2
    sde = simulate.SGD(learning_rate=eta).as_sde(order=order)
    grid = theory.fokker_planck(parabola.parabola(), sde, shape=256)
    assert grid.expectation("x**2").value == pytest.approx(
        parabola.sde_moments(eta, order)[1], rel=1e-6
    )
    density = grid.evolve(1.0, [0.5]).isel(time=0)
    mean = float((density * density.x).integrate("x"))
    assert mean == pytest.approx(parabola.sde_moments(eta, order, 0.5)[0], rel=2e-3)
    assert mean != pytest.approx(parabola.sde_moments(eta, 3 - order, 0.5)[0], rel=2e-2)


def test_the_staircase_has_the_moments_of_sgd() -> None:
    """Cumulants 2**n eta**n kappa_n/(1 - (1 - 2 eta)**n), kappa = 1, -2 of a sign."""
    for eta in (0.25, 1 / 3, 0.4):
        x = parabola.staircase(eta)
        k2 = 4 * eta**2 / (1 - (1 - 2 * eta) ** 2)
        k4 = -2 * 16 * eta**4 / (1 - (1 - 2 * eta) ** 4)
        assert (x**2).mean() == pytest.approx(k2, rel=1e-6)
        assert (x**4).mean() == pytest.approx(k4 + 3 * k2**2, rel=1e-6)
        assert k2 == pytest.approx(eta / (1 - eta))
    assert np.abs(parabola.staircase(1 / 3)).min() > 1 / 3
    evenly = np.diff(parabola.staircase(0.25))
    np.testing.assert_allclose(evenly, evenly[0])


def modified_gibbs(eta):
    """Integral and values of exp(-(f + eta f'^2/4)/TEMPERATURE), the steady state of order 2."""

    def density(x):
        slope = x - 2 * np.tanh(x)
        return np.exp(-(loss(x) + eta * slope**2 / 4) / T)

    return quad(density, -7, 7, limit=200)[0], density


@pytest.mark.parametrize("batch", [8, 64])
def test_losses_of_the_equations_by_quadrature(batch) -> None:
    eta = batch * two_wells.SMALLEST
    for order, rate in ((1, 0.0), (2, eta)):
        norm, density = modified_gibbs(rate)
        exact = quad(lambda x: loss(x) * density(x), -7, 7, limit=200)[0] / norm  # noqa: B023
        assert two_wells.by_sde(batch, order).loss.value == pytest.approx(exact, rel=1e-6)
    kicks, weights = np.polynomial.legendre.leggauss(60)
    kicks, width = 7 * kicks, math.sqrt(eta * T)
    weights = 7 * weights * np.exp(-(kicks**2) / 2) / math.sqrt(2 * math.pi)
    kicked = quad(lambda x: loss(x + width * kicks) @ weights * density(x), -7, 7, limit=200)[0]
    assert two_wells.half_step_loss(batch).value == pytest.approx(kicked / norm, rel=1e-6)


def test_half_the_noise_of_a_step_is_what_order_two_lacks() -> None:
    """Errors of the loss at two learning rates: a fourth with half the noise, else a half."""
    small, large = (
        [
            two_wells.by_operator(batch).loss.value - there.value
            for there in (two_wells.half_step_loss(batch), two_wells.by_sde(batch, 2).loss)
        ]
        for batch in (2, 4)
    )
    assert large[0] / small[0] == pytest.approx(4, rel=0.1)
    assert large[1] / small[1] == pytest.approx(2, rel=0.1)


def test_times_of_order_one_by_quadrature() -> None:
    well = two_wells.wells()
    start = -two_wells.MINIMUM
    exact = theory.mean_first_passage_time(well, beta=2 / two_wells.SMALLEST, start=start, target=0)
    assert two_wells.by_sde(1, 1).time.value == pytest.approx(exact.value, rel=2e-4)
    behind = 0.5825971579390107 * math.sqrt(2 * 0.25 * T)
    moved = theory.mean_first_passage_time(
        well, beta=2 / two_wells.SMALLEST, start=start, target=behind
    )
    assert two_wells.shifted_time(16).value == pytest.approx(moved.value, rel=2e-4)
    # the constant is -zeta(1/2)/sqrt(2 pi): 1 + 2**-s + ... by Euler's and Maclaurin's sum
    n = np.arange(1.0, 1e5)
    zeta = (n**-0.5).sum() - 2 * 1e5**0.5 + 0.5 * 1e5**-0.5
    assert -zeta / math.sqrt(2 * math.pi) == pytest.approx(0.5825971579390107, abs=1e-8)


def test_an_order_is_found_in_the_presence_of_the_next_term() -> None:
    eta = np.array([0.02, 0.04, 0.08])
    for power in (1, 2):
        found = powers_and_rates.power_of(eta, eta**power * (1 + 0.8 * eta))
        assert abs(found.value - power) < found.stderr < 0.05
    found = powers_and_rates.power_of(eta, np.sqrt(eta) * (1 - 0.5 * np.sqrt(eta)), root=True)
    assert abs(found.value - 0.5) < found.stderr < 0.1


def test_the_error_of_a_decay_rate_is_its_scatter(rng) -> None:
    """Two states of an autoregression, at distance 30 in time, over and over."""
    rate, count = 0.02, 400
    kept = math.exp(-rate * 30)
    found = []
    for _ in range(200):
        early = 1 + rng.standard_normal(count)
        late = kept * early + 0.5 * rng.standard_normal(count)
        found.append(powers_and_rates.decay_rate(early, late, 30))
    values = np.array([each.value for each in found])
    assert abs(values.mean() - rate) < 4 * values.std() / math.sqrt(200)
    stated = np.mean([each.stderr for each in found])
    assert 0.8 < values.std() / stated < 1.25


@pytest.mark.slow
def test_an_ensemble_agrees_with_the_operator_where_the_equations_do_not() -> None:
    predicted, found = two_wells.by_operator(64), two_wells.measure(64, 4000, itertools.count(3))
    for name in ("loss", "rate", "time"):
        value: Estimate = found[name]
        assert value.compare(predicted[name]).verdict == "agrees", name
    for order in (1, 2):
        sde = two_wells.by_sde(64, order)
        assert found.loss.compare(sde.loss).verdict == "rejected"
        assert found.time.compare(sde.time).verdict == "rejected"
