"""Passages on the line: any scale, any place, walls of every kind, against nested quadratures."""

import numpy as np
import pytest
from scipy.integrate import quad, trapezoid
from scipy.special import erfcx, gamma

from driftscape import theory
from driftscape.landscapes import Landscape

POSITIVE = {"domain": {"x": (0, 30)}}


def line(drift, **more):
    return Landscape.from_drift(drift, coordinates="x", **more)


def time(landscape, beta, start, target, **more):
    found = theory.mean_first_passage_time(landscape, beta=beta, start=start, target=target, **more)
    assert found.valid
    assert found.truncation <= 1e-3 * found.value
    return found.value


@pytest.mark.parametrize("shift", [0.0, -1e3])
@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e5])
def test_the_end_is_sought_at_the_process_own_scale(scale, shift):
    """Ornstein-Uhlenbeck from its centre to a tenth of its width, wherever and however large."""
    land = line("-(x - m)", parameters={"m": shift})
    exact = quad(lambda y: np.sqrt(np.pi / 2) * erfcx(-y / np.sqrt(2)), 0, 0.1)[0]
    assert exact == pytest.approx(0.130549, abs=5e-7)
    found = time(land, 1 / scale**2, shift, shift + 0.1 * scale)
    assert found == pytest.approx(exact, rel=1e-7 if shift else 1e-10)
    assert found == pytest.approx(time(land, 1 / scale**2, shift, shift - 0.1 * scale), rel=1e-7)


@pytest.mark.parametrize("length", [1e-3, 1.0, 1e4])
def test_a_steady_wind_needs_no_wall(length):
    assert time(line("1"), 1, 0, length) == pytest.approx(length, rel=1e-9)
    with pytest.raises(ValueError, match="does not hold the process"):
        theory.mean_first_passage_time(line("1"), beta=1, start=0, target=-length)


def test_a_far_well_counts_from_wherever_one_starts():
    """Right well to its own side: with both wells beyond the start the left one keeps it longer."""
    deep = "-log(exp(-(x - 12)**2) + 2*exp(-(x + 3)**2))"
    land = Landscape.from_potential(deep, coordinates="x")

    def weight(x):
        return np.exp(-((x - 12) ** 2)) + 2 * np.exp(-((x + 3) ** 2))

    def mass(y):
        return 2 * np.sqrt(np.pi) + quad(lambda z: np.exp(-((z - 12) ** 2)), 4.5, y)[0]

    expected = quad(lambda y: mass(y) / weight(y), 12, 13)[0]
    assert time(land, 1, 12, 13) == pytest.approx(expected, rel=1e-8)
    alone = quad(lambda y: (mass(y) - 2 * np.sqrt(np.pi)) / weight(y), 12, 13)[0]
    assert expected > 2.5 * alone


@pytest.mark.parametrize("distance", [23.7, 36.1])
def test_a_well_a_hundredth_as_wide_as_far_is_seen(distance):
    """Behind a barrier of hundreds, deeper by 3 than the start's own."""
    deep, width = distance**2 / 2 + 3, distance / 100
    land = Landscape.from_potential(
        f"x**2/2 - {deep!r}*exp(-((x + {distance!r})/{width!r})**2/2)", coordinates="x"
    )
    x = np.linspace(-60, 1, 1_000_001)
    phi = land.potential(x[:, None])
    mass, own = (np.cumsum(np.exp(-v)) * (x[1] - x[0]) for v in (phi, x**2 / 2))
    inside = x >= 0
    expected, alone = (trapezoid(np.exp(phi[inside]) * m[inside], x[inside]) for m in (mass, own))
    assert time(land, 1, 0, 1) == pytest.approx(expected, rel=1e-3)
    assert expected > 1.3 * alone


def test_square_root_noise_below_fellers_condition_is_reflected():
    """dx = (1/2 - x) dt + sqrt(2 x) dW: density x^(-1/2) exp(-x), the wall is reached."""
    land = line("1/2 - x", diffusion="x", **POSITIVE)

    def mass(y):  # z = w^2 takes the singularity away
        return 2 * quad(lambda w: np.exp(-(w**2)), 0, np.sqrt(y))[0]

    expected = quad(lambda y: y**-0.5 * np.exp(y) * mass(y), 0.5, 1.5)[0]
    assert expected == pytest.approx(4.16727, abs=5e-6)
    assert time(land, 1, 0.5, 1.5) == pytest.approx(expected, rel=1e-9)
    from_wall = expected + quad(lambda v: 2 * np.exp(v**2) * mass(v**2), 0, np.sqrt(0.5))[0]
    assert time(land, 1, 0, 1.5) == pytest.approx(from_wall, rel=1e-9)
    # down to the wall: what is above y is Gamma(1/2) less what is below
    down = quad(lambda v: 2 * np.exp(v**2) * (gamma(0.5) - mass(v**2)), 0, 1)[0]
    assert time(land, 1, 1, 0) == pytest.approx(down, rel=1e-8)
    p = theory.splitting_probability(land, beta=1, start=0.5, left=0, right=1.5).value
    scale = [quad(lambda v: 2 * np.exp(v**2), 0, np.sqrt(x))[0] for x in (0.5, 1.5)]
    assert p == pytest.approx(scale[0] / scale[1], rel=1e-8)


def test_walls_that_are_never_reached_hold_the_process_too():
    """Above Feller's condition; noise in proportion to x; a repulsion 1/x."""
    feller = line("2 - x", diffusion="x", **POSITIVE)
    expected = quad(lambda y: y**-2 * np.exp(y) * (1 - (1 + y) * np.exp(-y)), 1, 2)[0]
    assert time(feller, 1, 1, 2) == pytest.approx(expected, rel=1e-9)
    with pytest.raises(ValueError, match="never reached"):
        theory.mean_first_passage_time(feller, beta=1, start=1, target=0)
    for ends, sure in (({"left": 0, "right": 2}, 1), ({"left": 2, "right": 0}, 0)):
        assert theory.splitting_probability(feller, beta=1, start=1, **ends).value == sure
    logistic = line("x*(1 - x)", diffusion="x**2")
    mass = lambda y: quad(lambda z: 3 * z * np.exp(-3 * z), 0, y)[0]  # noqa: E731
    expected = quad(lambda y: y**-3 * np.exp(3 * y) * mass(y), 0.5, 1.5)[0]
    assert time(logistic, 3, 0.5, 1.5) == pytest.approx(expected, rel=1e-8)
    with pytest.raises(ValueError, match="nothing leads back"):
        theory.mean_first_passage_time(logistic, beta=0.5, start=0.5, target=1.5)
    bessel = line("1/x - x")
    mass = lambda y: quad(lambda z: z * np.exp(-(z**2) / 2), 0, y)[0]  # noqa: E731
    expected = quad(lambda y: np.exp(y**2 / 2) / y * mass(y), 1.5, 2)[0]
    assert time(bessel, 1, 1.5, 2) == pytest.approx(expected, rel=1e-9)


def test_heavy_tails_are_finite_or_not():
    land = line("-x/(1 + x**2)")
    mass = lambda y: quad(lambda z: 3 * (1 + z**2) ** -1.5, -np.inf, y)[0]  # noqa: E731
    expected = quad(lambda y: (1 + y**2) ** 1.5 * mass(y), 0, 1)[0]
    assert time(land, 3, 0, 1) == pytest.approx(expected, rel=1e-8)
    with pytest.raises(ValueError, match="does not fall off"):
        theory.mean_first_passage_time(land, beta=0.9, start=0, target=1)


def test_a_drift_that_jumps_and_one_that_overflows():
    jump = time(line("-sign(x)"), 2, -0.3, 1.7)
    below = quad(lambda y: np.exp(-2 * y) * np.exp(2 * y), -0.3, 0)[0]
    above = quad(lambda y: np.exp(2 * y) * (1 + 1 - np.exp(-2 * y)), 0, 1.7)[0]
    assert jump == pytest.approx(below + above, rel=1e-9)
    land = line("1 - exp(x)")
    mass = lambda y: quad(lambda z: np.exp(z - np.exp(z)), -60, y)[0]  # noqa: E731
    expected = quad(lambda y: np.exp(np.exp(y) - y) * mass(y), 0.5, 1.5)[0]
    assert time(land, 1, 0.5, 1.5) == pytest.approx(expected, rel=1e-8)


def test_what_no_float_holds_is_refused_with_its_logarithm():
    well = Landscape.from_potential("(x**2 - 1)**2/4", coordinates="x")
    with pytest.raises(ValueError, match=r"exp\(1000\.8\), beyond the range"):
        theory.mean_first_passage_time(well, beta=4000, start=-1, target=0)
    with pytest.raises(ValueError, match=r"exp\(1000\.8\), beyond the range"):
        theory.flux_over_population(well, beta=4000, start=-1, target=0)
    with pytest.raises(ValueError, match=r"exp\(-967\.187\), beyond the range"):
        theory.splitting_probability(well, beta=4000, start=-0.9, left=-1, right=1)


def test_a_small_probability_keeps_its_digits():
    steep = theory.splitting_probability(line("-x"), beta=200, start=0.1, left=0, right=1)
    parts = [quad(lambda y: np.exp(100 * (y**2 - 1)), 0, x, epsabs=0)[0] for x in (0.1, 1)]
    assert steep.value == pytest.approx(parts[0] / parts[1], rel=1e-9)
    assert steep.value < 1e-40
    assert steep.truncation < 1e-11 * steep.value


def test_noise_that_stops_on_the_way_is_refused():
    with pytest.raises(ValueError, match="at 0.3, on the way, D is not positive"):
        theory.mean_first_passage_time(
            line("1", diffusion="(x - 0.3)**2"), beta=1, start=0, target=1
        )
    with pytest.raises(ValueError, match="nothing leads back"):
        theory.mean_first_passage_time(
            line("-x", diffusion="abs(x)"), beta=1, start=0.5, target=1.5
        )
