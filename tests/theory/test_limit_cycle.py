"""Limit cycles against closed forms and published periods, and the cases without one."""

import numpy as np
import pytest
from scipy.integrate import trapezoid

from driftscape import landscapes, theory
from driftscape.landscapes import Landscape


def polar(radial, turning="1"):
    """Landscape of dr/dt = r radial(r^2), d(angle)/dt = turning, in the plane."""
    r2 = "(x**2 + y**2)"
    radial = radial.replace("r2", r2)
    return Landscape.from_drift(
        [f"x*({radial}) - y*({turning})", f"y*({radial}) + x*({turning})"],
        coordinates="x y", diffusion=0.1,
    )  # fmt: skip


def test_van_der_pol():
    cycle = theory.limit_cycle(landscapes.van_der_pol())
    assert cycle
    assert abs(cycle.period - 6.66328686) < 1e-6
    # the multiplier is exp of the integral of div b = 1 - x^2 over a turn
    x, t = cycle.orbit.sel(coordinate="x"), cycle.orbit.time
    assert np.log(cycle.multiplier) == pytest.approx(trapezoid(1 - x**2, t), rel=1e-3)
    assert float(x.max()) == pytest.approx(2.0086199, abs=1e-3)
    ends = cycle.orbit.isel(time=[0, -1]).values
    assert np.abs(ends[0] - ends[1]).max() < 1e-9
    assert str(cycle).startswith("attracting limit cycle, period 6.66328686")


def test_a_closed_form():
    """dr/dt = r (1 - r^2), one radian per unit of time: multiplier exp(-4 pi)."""
    cycle = theory.limit_cycle(polar("1 - r2"))
    assert cycle.period == pytest.approx(2 * np.pi, abs=1e-9)
    assert cycle.multiplier == pytest.approx(np.exp(-4 * np.pi), rel=1e-5)
    assert np.linalg.norm(cycle.orbit, axis=1) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.slow
def test_two_cycles():
    """An attracting circle of radius 1 in a repelling one of radius 2."""
    cycle = theory.limit_cycle(polar("(1 - r2)*(4 - r2)/4", "2"))
    assert np.linalg.norm(cycle.orbit[0]) == pytest.approx(1.0, abs=1e-8)
    assert cycle.multiplier == pytest.approx(np.exp(-1.5 * np.pi), rel=1e-5)
    (outer,) = cycle.others
    assert np.linalg.norm(outer.orbit[0]) == pytest.approx(2.0, abs=1e-8)
    assert outer.multiplier == pytest.approx(np.exp(6 * np.pi), rel=1e-4)


@pytest.mark.fast_cases("3.0-1.689")
@pytest.mark.parametrize(("rotation", "period"), [(0.8, 26.75), (1.5, 3.817), (3.0, 1.689)])
def test_the_published_example_has_none(rotation, period):
    """A weak focus above exp(-1/4), not the limit cycles around the saddle that are claimed."""
    answer = theory.limit_cycle(landscapes.double_well(rotation=rotation), beta=1)
    assert not answer
    assert str(answer).startswith("none: weak focus at (0, 0)")
    assert "spirals in" in str(answer)
    assert answer.asymptotic_period == pytest.approx(period, rel=2e-4)


@pytest.mark.fast_cases("landscape2-no fixed point", "landscape1-a centre")
@pytest.mark.parametrize(
    ("landscape", "says"),
    [
        (landscapes.maier_stein(), "no orbit returns to itself"),
        (Landscape.from_drift(["y", "-sin(x)"], coordinates="x y", diffusion=0.1), "a centre"),
        (Landscape.from_drift(["1", "x"], coordinates="x y", diffusion=0.1), "no fixed point"),
        (polar("-1"), "no orbit returns to itself"),
    ],
)
def test_none_explains_itself(landscape, says):
    answer = theory.limit_cycle(landscape)
    assert not answer
    assert says in str(answer)
    assert np.isnan(answer.period)


def test_fixed_points():
    """The published example below its bifurcation: two wells and a saddle, the values of record."""
    points = theory.fixed_points(landscapes.double_well(rotation=0.5), beta=1)
    assert [p.kind for p in points] == ["stable node", "saddle", "stable node"]
    assert points[2].at == pytest.approx([0.90243, 0.38880], abs=1e-5)
    assert points[2].eigenvalues.real == pytest.approx([-1.2165, -1.0474], abs=1e-4)
    for landscape in (landscapes.quartic_well(), landscapes.mueller_brown(), landscapes.cosh()):
        stated = [m for m in (*landscape.facts.minima, *landscape.facts.saddles)]
        found = [p.at for p in theory.fixed_points(landscape)]
        for point in stated:
            place = np.array([float(v) for v in np.atleast_1d(getattr(point, "at", point))])
            assert min(np.abs(place - f).max() for f in found) < 1e-4


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (dict(landscape=landscapes.archimedes()), "3 coordinates"),
        (dict(box={"x": (0, 1)}), "the coordinates are x, y"),
        (dict(box={"x": (1, 0), "y": (0, 1)}), "low < high"),
        (dict(landscape=landscapes.double_well(rotation=1.5)), "give beta="),
    ],
)
def test_bad_input(change, says):
    arguments = {"landscape": landscapes.van_der_pol(), **change}
    with pytest.raises(ValueError, match=says):
        theory.limit_cycle(arguments.pop("landscape"), **arguments)
