"""What `valid` of a law of escape rests on: the landscape within the thermal widths."""

import numpy as np
import pytest
from scipy.integrate import trapezoid
from scipy.optimize import brentq

from driftscape import theory
from driftscape.landscapes import Exponential, Landscape, Normal

WAY = {"minimum": -1, "saddle": 0}


def line(phi, **more):
    return Landscape.from_potential(phi, coordinates="x", **more)


WELL = line("(x**2 - 1)**2/4")


@pytest.mark.parametrize("law", [
    lambda: theory.eyring_kramers(WELL, beta=1e12, **WAY),
    lambda: theory.langer(WELL, beta=1e12, friction=1, **WAY),
])  # fmt: skip
def test_what_no_float_holds_is_refused_with_its_logarithm(law):
    with pytest.raises(ValueError, match=r"1/k is exp\(2\.5e\+11\), beyond the range"):
        law()


def leading(land, beta, bottom, top):
    """Population times resistance of a symmetric well, by the trapezoidal rule."""
    phi = land.potential
    x, y = (
        np.linspace(*ends, 20001)[:, None] for ends in ((-bottom, bottom), (0.6 * top, 1.4 * top))
    )
    peak = float(phi([top]))
    population = trapezoid(np.exp(-beta * phi(x)), x[:, 0])
    return (
        beta * population * trapezoid(np.exp(beta * (phi(y) - peak)), y[:, 0]) * np.exp(beta * peak)
    )


@pytest.mark.parametrize(("text", "beta", "off"), [
    ("x**4/4 - x**6/6 + x**2/2000", 120, 0.6),  # nearly no curvature
    ("x**2/2 - x**4/4 - exp(-1250*x**2)/50", 40, 0.7),  # a dimple, narrower than the thermal width
])  # fmt: skip
def test_curvature_that_holds_at_the_bottom_only_is_seen(text, beta, off):
    """The barrier is 10/beta, and 1/k from the curvature at the point is off by a factor."""
    land = line(text)
    top = brentq(lambda x: float(land.gradient([x])[0]), 0.8, 1.2)
    found = theory.eyring_kramers(land, beta=beta, minimum=0, saddle=top)
    exact = leading(land, beta, 0.8, top)
    assert abs(np.log(found.value / exact)) > off
    assert not found.valid
    assert "first correction" in found.regime
    steep = line("x**2/2 - x**4/4")
    good = theory.eyring_kramers(steep, beta=40, minimum=0, saddle=1)
    exact = leading(steep, 40, 0.8, 1)
    assert good.valid
    assert abs(good.value - exact) < good.truncation


def test_noise_that_jumps_within_the_thermal_width_is_not_valid():
    land = line("(x**2 - 1)**2/4", diffusion="2 + tanh(40*(x + 0.96))")
    found = theory.eyring_kramers(land, beta=40, **WAY)
    exact = theory.mean_first_passage_time(land, beta=40, start=-1, target=1).value
    assert abs(found.value / exact - 1) > 0.2
    assert not found.valid


def test_another_wells_saddle_is_refused():
    """With constant noise too: 1/k over a saddle that this well does not touch is no time."""
    land = line("-cos(x) - x**2/100")
    minima, tops = [], []
    for k in range(3):
        minima.append(brentq(lambda x: np.sin(x) - x / 50, 2 * np.pi * k - 1, 2 * np.pi * k + 1))
        tops.append(brentq(lambda x: np.sin(x) - x / 50, np.pi * (2 * k + 1) - 1,
                           np.pi * (2 * k + 1) + 1))  # fmt: skip
    assert theory.eyring_kramers(land, beta=5, minimum=minima[1], saddle=tops[1]).valid
    with pytest.raises(ValueError, match="not in the minimum.*saddles_between finds"):
        theory.eyring_kramers(land, beta=5, minimum=minima[0], saddle=tops[1])


def test_a_bump_inside_a_well_is_no_way_out():
    """From this saddle both ways down end in the same minimum."""
    land = Landscape.from_potential(
        "(x**2 + y**2 - 1)**2/4 - x/10", coordinates="x y"
    )  # a ring, tilted: minimum at the right, saddle at the left
    roots = np.sort(np.roots([1, 0, -1, -0.1]).real)
    ends = {"minimum": (roots[2], 0), "saddle": (roots[0], 0)}
    with pytest.raises(ValueError, match="does not lead out of this well"):
        theory.eyring_kramers(land, beta=100, **ends)


@pytest.mark.parametrize(("scale", "shift"), [(1e-6, 0.0), (1e-3, 1.0), (1.0, 1e3), (1e5, 0.0)])
def test_laws_do_not_depend_on_units_or_place(scale, shift):
    phi = "(((x - m)/l)**2 - 1)**2/4"
    land = line(phi, parameters={"m": shift, "l": scale}, diffusion="l**2*(1 + ((x - m)/l)**2)")
    own = line("(x**2 - 1)**2/4", diffusion="1 + x**2")
    ends = {"minimum": shift - scale, "saddle": shift}
    found = theory.eyring_kramers(land, beta=40, **ends)
    wanted = theory.eyring_kramers(own, beta=40, **WAY)
    assert found.value == pytest.approx(wanted.value, rel=1e-5)
    assert found.truncation == pytest.approx(wanted.truncation, rel=1e-5)
    tilted = {"minimum": shift - 0.9 * scale, "saddle": shift}
    with pytest.raises(ValueError, match="not critical"):
        theory.eyring_kramers(land, beta=40, **tilted)


def test_small_energies_do_not_make_every_point_critical():
    joules = line("1e-21*(x**2 - 1)**2")
    with pytest.raises(ValueError, match="not critical"):
        theory.eyring_kramers(joules, beta=1e22, minimum=-0.9, saddle=0)
    assert theory.eyring_kramers(joules, beta=1e22, **WAY).valid


@pytest.mark.parametrize(("term", "law"), [
    ("s**3*x", Normal()), ("-(s**2 - 1)*x*3", Exponential()),
])  # fmt: skip
def test_a_moment_generating_function_that_is_infinite_is_no_barrier(term, law):
    """E exp(-p g) is infinite for every p > 0: SGD jumps, it does not climb."""
    land = Landscape.from_loss(f"(x**2 - 1)**2/4 + {term}", coordinates="x", samples={"s": law})
    with pytest.raises(ValueError, match="did not settle|no second root|not critical|not uphill"):
        theory.sgd_barrier(land, **WAY)
