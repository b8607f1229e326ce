"""Saddles between minima: published coordinates, and what makes a path one of least energy."""

import numpy as np
import pytest

from driftscape import landscapes, theory
from driftscape.landscapes import Landscape, Normal

MUELLER = landscapes.mueller_brown()
DEEP, RIGHT, MIDDLE = MUELLER.facts.minima


@pytest.fixture(scope="module")
def passage():
    return theory.saddles_between(MUELLER, DEEP, RIGHT)


def test_mueller_and_brown_have_two_saddles_and_a_minimum_on_the_way(passage):
    """What the landscape states as facts, in the order of the path."""
    assert np.allclose([s.at for s in passage.saddles], MUELLER.facts.saddles, atol=1e-12)
    assert np.allclose([m.at for m in passage.minima], [DEEP, MIDDLE, RIGHT], atol=1e-12)
    assert passage.barrier == pytest.approx(MUELLER.facts.barrier, abs=1e-9)
    assert passage.highest is passage.saddles[0]
    for saddle in passage.saddles:
        assert (saddle.curvatures < 0).sum() == 1


def test_the_path_runs_along_the_gradient(passage):
    """And the straight line, which does not, is 30 units too high."""
    path = passage.path
    assert np.allclose(path[[0, -1]], [DEEP, RIGHT], atol=1e-9)
    middle, tangent = (path[1:] + path[:-1]) / 2, np.diff(path, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    slope = MUELLER.gradient(middle)
    steep = np.linalg.norm(slope, axis=1) > 5
    across = slope - (slope * tangent).sum(1, keepdims=True) * tangent
    sine = np.linalg.norm(across, axis=1)[steep] / np.linalg.norm(slope, axis=1)[steep]
    assert np.median(sine) < 0.01
    assert sine.max() < 0.2  # cut corners of the polygon
    line = np.linspace(DEEP, RIGHT, 400)
    assert MUELLER.potential(line).max() - MUELLER.potential(DEEP) > passage.barrier + 30
    assert passage.energy.max() == pytest.approx(passage.highest.energy, abs=1e-9)


def test_the_way_back_passes_the_same_saddles(passage):
    back = theory.saddles_between(MUELLER, RIGHT, DEEP)
    assert np.allclose([s.at for s in back.saddles], [s.at for s in passage.saddles[::-1]])
    assert back.barrier == pytest.approx(67.50194, abs=1e-4)  # -40.66484 + 108.16672 and rounding


def test_a_barrier_from_it_goes_into_kramers(passage):
    first, *_ = theory.saddles_between(MUELLER, MIDDLE, RIGHT).saddles
    time = theory.eyring_kramers(MUELLER, beta=1, minimum=MIDDLE, saddle=first.at)
    assert time.valid


def test_a_loss_is_searched_in_its_expectation():
    loss = Landscape.from_loss(
        "(x**2 - 1)**2/4 + (y - x**2)**2/2 + s*(x + y)", coordinates="x y", samples={"s": Normal()}
    )
    found = theory.saddles_between(loss, (-1, 1), (1, 1))
    (saddle,) = found.saddles
    assert np.allclose(saddle.at, 0, atol=1e-12)
    assert found.barrier == pytest.approx(0.25, abs=1e-12)


def test_one_coordinate_is_enough():
    found = theory.saddles_between(landscapes.quartic_well(), -1, 1)
    assert str(found).splitlines() == [
        "path in (x), barrier 0.25",
        "  minimum  (-1)  energy 0",
        "  saddle   (0)  energy 0.25",
        "  minimum  (1)  energy 0",
    ]


def test_a_ridge_of_symmetry_does_not_hold_the_string():
    """The diagonal leads over a maximum, never over a saddle of index 1."""
    land = landscapes.styblinski_tang()
    low, _, high = land.facts.minima
    found = theory.saddles_between(land, low, high)
    assert len(found.saddles) == 2
    assert found.saddles[0].energy == pytest.approx(-38.97058, abs=1e-4)
    other = theory.saddles_between(land, low, high, guess=[(-3, 0), (-3, 3)])
    assert np.allclose(found.barrier, other.barrier)


@pytest.mark.parametrize(("a", "b", "words"), [
    (DEEP, (0, 0), "not critical.*nearby: \\[0.6234994"),
    (MUELLER.facts.saddles[0], RIGHT, "of a nondegenerate minimum they are all positive"),
    (DEEP, DEEP, "give two minima"),
    (DEEP, (1, 2, 3), "give 2 finite numbers: x, y"),
])  # fmt: skip
def test_ends_that_are_not_minima_are_refused(a, b, words):
    with pytest.raises(ValueError, match=words):
        theory.saddles_between(MUELLER, a, b)


def test_what_has_no_energy_or_no_isolated_minimum_is_refused():
    with pytest.raises(ValueError, match="use minimum_action_path"):
        theory.saddles_between(landscapes.maier_stein(), (-1, 0), (1, 0))
    flat = Landscape.from_potential("x**2*y**2/2", coordinates="x y")
    with pytest.raises(ValueError, match="nondegenerate minimum"):
        theory.saddles_between(flat, (-1, 0), (1, 0))
    with pytest.raises(ValueError, match="guess\\[0\\]"):
        theory.saddles_between(MUELLER, DEEP, RIGHT, guess=[(1, 2, 3)])
    with pytest.raises(ValueError, match="images=3"):
        theory.saddles_between(MUELLER, DEEP, RIGHT, images=3)
