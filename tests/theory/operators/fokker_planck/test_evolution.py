"""Spectra and time evolution against closed forms and published numbers."""

import numpy as np
import pytest

from driftscape import landscapes, theory
from driftscape.landscapes import Landscape

BOWL = Landscape.from_potential("x**2/2", coordinates="x")


@pytest.mark.parametrize(("rotation", "slowest"), [(0, 0.7921), (1.5, 1.0386 + 0.6700j)])
def test_slowest_eigenvalues_of_the_double_well(rotation, slowest):
    fp = theory.fokker_planck(landscapes.double_well(rotation=rotation), beta=1, shape=128)
    rates = fp.extrapolate(lambda level: level.eigenvalues(2))
    assert abs(rates.value[0] - slowest) < 3e-4
    assert rates.truncation[0] < 3e-4
    assert rates.order[0] == pytest.approx(2, abs=0.1)
    other = 1.0386 + 0.67j if rotation == 0 else 0.7921
    assert abs(rates.value[0] - other) > 0.1


def test_eigenvalues_far_from_zero_are_found_beside_a_point():
    """A fast rotation: the pair +-8i with decay 1 lies farther from zero than the rates 2 to 7."""
    whirl = Landscape.from_drift(["-x + 8*y", "-8*x - y"], coordinates="x y")
    fp = theory.fokker_planck(whirl, beta=1, shape=64)
    found = fp.eigenvalues(1, near=1 + 8j)[0]
    assert found == pytest.approx(1 + 8j, abs=0.3)


def test_an_ornstein_uhlenbeck_process_relaxes_as_it_must():
    fp = theory.fokker_planck(BOWL, beta=1)
    times = [0, 0.25, 1, 3]
    rho = fp.evolve(2.0, times)
    mass = rho.values * fp.grid.volume
    assert mass.sum(axis=1) == pytest.approx(1, abs=1e-12)
    x = rho.x.values
    mean = mass @ x
    assert mean == pytest.approx(2 * np.exp(-np.array(times)), abs=1e-4)
    variance = mass @ x**2 - mean**2
    assert variance[1:] == pytest.approx(1 - np.exp(-2 * np.array(times[1:])), abs=1e-4)
    assert rho.dims == ("time", "x")
    exact = np.exp(-((x - mean[2]) ** 2) / 2 / variance[2]) / np.sqrt(2 * np.pi * variance[2])
    assert np.abs(rho.values[2] - exact).sum() * fp.grid.volume < 1e-4


def test_evolution_is_a_semigroup_and_ends_in_the_steady_state():
    well = landscapes.double_well(rotation=1.5)
    fp = theory.fokker_planck(well, beta=1, shape=64)
    begin = "exp(-2*(x1 - 1)**2 - 2*x2**2)"
    whole = fp.evolve(begin, [0.5, 1.0, 12.0])
    again = fp.evolve(whole.sel(time=0.5), 0.5)
    cell = fp.grid.volume
    assert np.abs(again.values[0] - whole.values[1]).sum() * cell < 1e-5
    assert np.abs(whole.values[2] - fp.steady_state().values).sum() * cell < 1e-5
    assert np.abs(whole.values[1] - fp.steady_state().values).sum() * cell > 0.1


def test_time_steps_do_not_show_at_a_smaller_tolerance():
    fp = theory.fokker_planck(landscapes.double_well(rotation=1.5), beta=1, shape=32)
    loose, tight = (fp.evolve((1, 0), [0.3], tolerance=t).values for t in (1e-6, 1e-10))
    assert np.abs(loose - tight).sum() * fp.grid.volume < 1e-5


def test_mass_leaks_through_an_absorbing_side_at_the_rate_of_the_first_mode():
    """Brownian motion on (0, 1): decay (pi/2)^2 from the second moment on."""
    free = Landscape.from_drift("0", coordinates="x")
    fp = theory.fokker_planck(
        free, beta=1, box=(0, 1), sides={"x": ("absorbing", "reflecting")}, shape=256
    )
    left = fp.evolve("sin(pi*x/2)", [0, 0.4]).sum("x").values * fp.grid.volume
    assert left == pytest.approx([1, np.exp(-0.4 * np.pi**2 / 4)], rel=1e-4)
    rates = fp.extrapolate(lambda level: level.eigenvalues(3))
    assert rates.value == pytest.approx((np.pi / 2 * np.array([1, 3, 5])) ** 2, rel=1e-6)


@pytest.mark.parametrize(("density", "times", "words"), [
    (9.0, [1], "outside the grid"),
    ("-1", [1], "must be a density"),
    ("1", [2, 1], "ascending"),
    ("1", [-1], "ascending"),
    ("q", [1], "unknown name"),
])  # fmt: skip
def test_what_is_no_density_and_no_time_is_refused(density, times, words):
    with pytest.raises(ValueError, match=words):
        theory.fokker_planck(BOWL, beta=1, shape=64).evolve(density, times)


def test_a_density_of_another_grid_is_refused():
    fp = theory.fokker_planck(BOWL, beta=1, shape=64)
    with pytest.raises(ValueError, match="another grid"):
        fp.evolve(fp.halved().steady_state(), 1)
