"""The minimum of a measured potential: exact cases, its error bar, and what its fit costs."""

import numpy as np
import pytest

from driftscape import landscapes, simulate
from driftscape.gallery.figures.chaudhari_2018_potential import (
    state_dependent_noise,
)
from driftscape.gallery.figures.chaudhari_2018_potential.lowest_point import lowest_point, minimum


def test_a_polynomial_is_found_exactly() -> None:
    x = np.linspace(-0.7, 1.4, 40)
    y = (x - 0.2) ** 2 + 0.3 * (x - 0.2) ** 3 + 0.1 * (x - 0.2) ** 5
    at, error = minimum(x, y, np.full(40, 1e-3))
    assert at == pytest.approx(0.2, abs=1e-10)
    assert 0 < error < 0.01


def test_its_error_bar_is_the_scatter_of_repeated_fits(rng) -> None:
    x = np.linspace(-1, 1, 60)
    fits = [
        minimum(x, x**2 + 0.02 * rng.standard_normal(60), np.full(60, 0.02)) for _ in range(300)
    ]
    at, error = np.array(fits).T
    assert np.std(at) == pytest.approx(error.mean(), rel=0.25)
    assert abs(at.mean()) < 4 * np.std(at) / np.sqrt(300)


def test_a_slope_without_a_minimum_is_refused() -> None:
    x = np.linspace(0, 1, 20)
    with pytest.raises(ValueError, match="is at an end; look at a wider range"):
        minimum(x, x, np.ones(20))


@pytest.mark.parametrize("interpretation", state_dependent_noise.INTERPRETATIONS)
@pytest.mark.parametrize("beta", [1.0, 4.0])
def test_a_polynomial_of_degree_five_costs_what_is_stated(interpretation, beta) -> None:
    """The exact Phi in place of a histogram, weighed as its counts would be."""
    lowest, half = state_dependent_noise.mode(interpretation, beta), 1.3 / beta**0.5
    x = np.linspace(lowest - half, lowest + half, 60)
    phi = state_dependent_noise.potential(x, interpretation, beta)
    at, _ = minimum(x, phi, np.exp(beta * phi / 2))
    assert abs(at - lowest) < 0.003 / beta**2


def test_an_ensemble_has_its_minimum_where_the_well_has_it_and_not_beside() -> None:
    run = simulate.run(
        landscapes.mean_estimation(), simulate.Ito(beta=4, dt=0.05, scheme="weak-2"), time=8,
        trajectories=60_000, seed=3, keep="final",
    )  # fmt: skip
    found = lowest_point(run, within=0.65)
    assert found.stderr < 0.02
    assert found.compare(0.0).verdict == "agrees"
    assert found.compare(0.1).verdict == "rejected"
