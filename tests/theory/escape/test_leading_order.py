"""The time to leave a well without a potential: prefactors by hand, mean times on a grid."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from driftscape import theory
from driftscape.landscapes import Landscape, Normal
from driftscape.theory.escape.critical_point import critical_pair
from driftscape.theory.escape.leading_order import leading_order

LEFT, SADDLE = (-1, 0), (0, 0)
ACROSS = "(5 + 3*tanh(2*x + 1))/2"  # curvature across the way


def loss(more, noise):
    return Landscape.from_loss(
        f"(x**2 - 1)**2/4 + {more} + {noise}", coordinates="x y",
        samples={"s": Normal(), "t": Normal()},
    )  # fmt: skip


def law(landscape, beta, interpretation="ito"):
    return leading_order(landscape, beta, *critical_pair(landscape, LEFT, SADDLE), interpretation)


def test_noise_that_is_uneven_in_direction_turns_the_force():
    """C = diag(1.96, 1): the quasi-potential is V(x) + z(x) y^2/2, not a multiple of the loss.

    z' L' = h' L'/1.96 + 2 z (h - z) by hand, and the time gains exp of int (z - h)/L' dx.
    """
    land = loss(f"({ACROSS})*y**2/2", "1.4*s*x + t*y")

    def h(x):
        return (5 + 3 * np.tanh(2 * x + 1)) / 2

    def motion(x, y):
        slope, rise = x**3 - x, 3 / np.cosh(2 * x + 1) ** 2
        return [rise / 1.96 + 2 * y[0] * (h(x) - y[0]) / slope, (y[0] - h(x)) / slope]

    ends = (-1 + 1e-4, -1e-4)
    way = solve_ivp(motion, ends, [h(ends[0]), 0], method="Radau", rtol=1e-8, atol=1e-10)
    gain = way.y[1, -1]
    assert gain < -0.2  # without it the time is too long by a quarter
    plain = 2 * np.pi / np.sqrt(2) * np.sqrt(h(0) / h(-1)) * np.exp(20 * 0.25 / 1.96)
    assert law(land, 20).log == pytest.approx(np.log(plain) + gain, abs=2e-3)


def test_with_even_noise_it_is_kramers():
    land = loss("(2 + x)*y**2/2 + x*y/3", "s*x + t*y")
    flat = Landscape.from_potential("(x**2 - 1)**2/4 + (2 + x)*y**2/2 + x*y/3", coordinates="x y")
    found = theory.saddles_between(flat, *minima(flat))
    ends = found.minima[0].at, found.saddles[0].at
    kramers = theory.eyring_kramers(flat, beta=20, minimum=ends[0], saddle=ends[1])
    for interpretation in ("ito", "isothermal"):
        own = leading_order(land, 20.0, *critical_pair(land, *ends), interpretation)
        assert own.log == pytest.approx(np.log(kramers.value), abs=1e-3)


def minima(land):
    from scipy.optimize import minimize

    options = {"gtol": 1e-12}
    return [
        minimize(land.potential, x, jac=land.gradient, options=options).x
        for x in ((-1, 0.2), (1, -0.2))
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("more", "noise"), [
    ("(2 + x)*y**2/2", "s*x + t*y*sqrt(2 + x)"),
    (f"({ACROSS})*y**2/2", "1.4*s*x + t*y"),
    ("(2 + x)*y**2/2", "s*(x + y/3) + t*(y*sqrt(1 + (x - y)**2/5) - x/5)"),
])  # fmt: skip
def test_mean_times_on_a_grid_approach_it(more, noise):
    """Noise that depends on both coordinates and is correlated: no potential, a bent path."""
    land, shares = loss(more, noise), []
    for beta in (24, 48):
        grid = theory.fokker_planck(land, beta=beta, box=[(-2, 2), (-2.5, 2.5)], shape=256)
        time = grid.mean_first_passage_time("(x - 1)**2 + y**2 < 0.04", start=LEFT).value
        predicted = theory.sgd_escape_time(
            land, learning_rate=2 / beta, batch_size=1, minimum=LEFT, saddle=SADDLE
        )
        assert predicted.valid
        assert abs(time - predicted.value) < predicted.truncation
        shares.append(time / predicted.value)
    assert 2 * shares[1] - shares[0] == pytest.approx(1, abs=0.03)


def test_noise_that_stops_on_the_way_is_refused():
    strict = Landscape.from_loss(
        "(x**2 - 1)**2/4 + s*(x**3 - x)", coordinates="x", samples={"s": Normal()}
    )  # C = (3 x^2 - 1)^2 vanishes at the inflection
    with pytest.raises(ValueError, match="at -0.57735, on the way, D is not positive"):
        leading_order(strict, 20.0, *critical_pair(strict, -1, 0), "ito")
    published = theory.sgd_escape_time(
        strict, learning_rate=0.1, batch_size=1, minimum=-1, saddle=0, switch=0.5
    )
    assert not published.valid
    assert "not compared: at -0.57735" in published.regime
