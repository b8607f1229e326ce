"""Walls at which the noise dies or the drift diverges: the density there is a power."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import gamma, gammainc

from driftscape import theory
from driftscape.landscapes import Landscape

WALL = ("reflecting", "open")


def square_root(a, **more):
    """dx = (a - x) dt + sqrt(2 x) dW: density x^(a-1) exp(-x)/Gamma(a), rates 1, 2, ..."""
    land = Landscape.from_drift(f"{a} - x", coordinates="x", diffusion="x", domain={"x": (0, 100)})
    return theory.fokker_planck(land, beta=1, box=(0, 30), sides={"x": WALL}, **more)


@pytest.mark.parametrize("a", [0.1, 0.5, 1, 2.5])
def test_square_root_diffusion_below_and_above_feller(a):
    fp = square_root(a)
    for text, truth in (("x", a), ("x**2", a * (a + 1)), ("sqrt(x)", gamma(a + 0.5) / gamma(a))):
        found = fp.expectation(text)
        assert abs(found.value - truth) < 3 * found.truncation + 1e-13
        if text != "sqrt(x)":
            assert found.truncation < 2e-7 * truth
    # T' = M/(D e), with M the mass below
    slope = lambda x: gammainc(a, x) * gamma(a) / (x**a * np.exp(-x))  # noqa: E731
    found = fp.mean_first_passage_time("x > 3/2", start=0.5)
    truth = quad(slope, 0.5, 1.5, epsabs=0, epsrel=1e-12)[0]
    assert abs(found.value - truth) < 3 * found.truncation
    assert found.truncation < 3e-5 * truth
    rates = fp.decay_rates(2)
    assert (np.abs(rates.value - [1, 2]) < 3 * rates.truncation).all()
    assert rates.truncation[0] < 3e-4
    wrong = square_root(a + 0.01).expectation("x")
    assert abs(wrong.value - a) > 100 * wrong.truncation


def test_the_known_numbers_at_one_half():
    fp = square_root(0.5)
    assert fp.expectation("x").value == pytest.approx(0.5, abs=1e-9)
    passage = fp.mean_first_passage_time("x > 1.5", start=0.5)
    assert passage.value == pytest.approx(4.16727, abs=2e-5)
    rates = fp.decay_rates(2)
    assert rates.value == pytest.approx([1, 2], abs=3e-6)
    assert rates.order == pytest.approx([2, 2], abs=0.1)


@pytest.mark.parametrize(("a", "c"), [(0.5, 0.5), (0.3, 2)])
def test_two_singular_walls(a, c):
    """D = x (1 - x): a beta law, with the rates n (n - 1 + a + c) of Jacobi's polynomials."""
    land = Landscape.from_drift(
        f"{a} - {a + c}*x", coordinates="x", diffusion="x*(1 - x)", domain={"x": (0, 1)}
    )
    fp = theory.fokker_planck(land, beta=1, box=(0, 1), sides="reflecting", shape=256)
    mean = fp.expectation("x")
    assert abs(mean.value - a / (a + c)) < 3 * mean.truncation < 1e-7
    rates = fp.decay_rates(3)
    exact = [n * (n - 1 + a + c) for n in (1, 2, 3)]
    assert (np.abs(rates.value - exact) < 3 * rates.truncation).all()
    assert rates.truncation.max() < 1e-3


@pytest.mark.parametrize("c", [-0.5, 2])
def test_a_drift_that_diverges_at_the_wall(c):
    """b = c/x - x: density x^c exp(-x^2/2), a Bessel process for the rest."""
    land = Landscape.from_drift(f"{c}/x - x", coordinates="x", domain={"x": (0, 100)})
    fp = theory.fokker_planck(land, beta=1, box=(0, 9), sides={"x": WALL}, shape=256)
    square = fp.expectation("x**2")
    assert abs(square.value - (c + 1)) < 3 * square.truncation + 1e-12
    assert square.truncation < 1e-6
    assert fp.decay_rates(1).value[0] == pytest.approx(2, abs=1e-5)


@pytest.mark.slow
def test_in_the_plane_the_power_law_is_that_of_each_line():
    """x as above with a = 1/2, and y pushed by the square root of x: E y^2 = E x."""
    land = Landscape.from_drift(
        ["1/2 - x", "-y"], coordinates="x y", diffusion=[["x", 0], [0, "x"]], domain={"x": (0, 99)}
    )
    fp = theory.fokker_planck(
        land, beta=1, box={"x": (0, 16)}, sides={"x": WALL}, shape=128, tail=1e-5
    )
    for text in ("x", "y**2"):
        found = fp.expectation(text)
        assert abs(found.value - 0.5) < 3 * found.truncation
        assert found.truncation < 2e-2
    assert fp.expectation("x").truncation < 2e-4


def test_a_wall_where_mass_gathers_is_named():
    land = Landscape.from_drift("-x", coordinates="x", diffusion="x", domain={"x": (0, 100)})
    with pytest.raises(theory.NoSteadyState, match="mass accumulates at a wall.*power -1"):
        theory.fokker_planck(land, beta=1, box=(0, 20), sides={"x": WALL})


def test_a_steep_but_regular_wall_is_no_singular_one():
    land = Landscape.from_drift("-400*x", coordinates="x")
    fp = theory.fokker_planck(land, beta=5, box=(0, 3), sides={"x": WALL}, shape=64)
    assert fp.equation.generator.singular == (None,)
