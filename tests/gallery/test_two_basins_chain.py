"""The exact chain of gradient descent with injected noise, against other computations."""

import numpy as np
import pytest
from scipy.special import ndtr

from driftscape import landscapes, simulate
from driftscape.gallery.figures.zhu_2019_two_basins.chain import (
    LEARNING_RATE,
    RIDGE,
    SHAPES,
    TRACE,
    Chain,
    gradient_descent,
    injected,
)


@pytest.mark.parametrize("shape", SHAPES)
def test_drift_and_noise_are_those_of_the_two_basins(shape) -> None:
    """The zoo's own gradient without data noise; a covariance of the stated trace."""
    points = np.array([[1.1, 0.9], [0.8, 0.85], [-0.7, -1.2], [0.2, -0.4], [1.6, 0.4]])
    zoo, mine = landscapes.two_basins(noise=0.0), injected(shape)
    assert mine.drift(1)(points) == pytest.approx(-zoo.gradient(points), abs=1e-12)
    covariance = 2 * LEARNING_RATE * mine.diffusion(points)
    assert np.trace(covariance, axis1=-2, axis2=-1) == pytest.approx(TRACE)


def test_shapes_are_those_of_covariance_and_hessian_in_the_sharp_basin() -> None:
    zoo = landscapes.two_basins(noise=0.01)
    for field in (zoo.covariance, zoo.hessian):
        shape = field([1.0, 1.0]) / np.trace(field([1.0, 1.0]))
        assert injected("C").diffusion([1.0, 1.0]) == pytest.approx(shape)
    flat = zoo.covariance([-1.0, -1.0]) / np.trace(zoo.covariance([-1.0, -1.0]))
    assert injected("C").diffusion([-1.0, -1.0]) == pytest.approx(flat)
    assert not np.allclose(injected("H").diffusion([-1.0, -1.0]), flat)


def test_along_one_direction_the_first_step_follows_the_normal_distribution() -> None:
    """From q = 0 the first step ends at q ~ N(0, trace), beyond the ridge on one of two sides."""
    chain = Chain("top of H", cells=200)
    assert 99 * RIDGE**2 - 4 * 2**0.5 * RIDGE == pytest.approx(8)
    past = chain.before(chain.first, 1 - chain.inside).item()
    other_side = (2 * 2**0.5 + 800**0.5) / 99

    def beyond(variance: float) -> float:
        return float(ndtr(RIDGE / variance**0.5) + ndtr(-other_side / variance**0.5))

    assert past == pytest.approx(beyond(TRACE), rel=2e-3)
    assert past != pytest.approx(beyond(TRACE / 2), rel=0.5)


@pytest.mark.parametrize("shape", ["isotropic", "C", "H"])
def test_probability_is_conserved(shape) -> None:
    chain = Chain(shape, cells=30)
    one = np.ones((len(chain.q), len(chain.p)))
    assert chain.before(chain.first, one).item() == pytest.approx(1, abs=1e-6)
    after = chain.step(one)
    inner = (chain.q > -4.5) & (chain.q < 0.3), chain.p < 2
    assert after[np.ix_(*inner)] == pytest.approx(1, abs=1e-5)


def test_simulation_agrees_and_distinguishes_the_shapes() -> None:
    run = simulate.run(
        injected("H"), gradient_descent(), steps=200, trajectories=20_000, seed=11, keep="final"
    )
    there = int((run["final"] < -0.5).all("coordinate").sum())
    expected = {shape: 20_000 * Chain(shape, 30).success(200)[-1] for shape in ("H", "top of H")}
    spread = expected["H"] ** 0.5
    assert abs(there - expected["H"]) < 4 * spread + 0.02 * expected["H"]  # 2 %: the grid
    assert abs(there - expected["top of H"]) > 10 * spread
