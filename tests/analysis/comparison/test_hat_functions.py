"""Soft cells: they sum to one, slope as they say, and see the current of a known law."""

import numpy as np
import pytest

from driftscape import landscapes
from driftscape.analysis.comparison.hat_functions import HatAxis, HatFunctions

NODES = np.array([-1.0, 0.2, 1.5])


def test_they_sum_to_one_and_their_slopes_are_differences(rng):
    hats = HatFunctions((HatAxis(NODES), HatAxis.around(0.0, 3.0, 4)))
    x = np.stack([rng.normal(size=200) * 2, rng.uniform(-9, 9, 200)], axis=1)
    values, slopes = hats.values(x), hats.slopes(x)
    assert values.shape == (200, 12)
    assert values.sum(axis=1) == pytest.approx(np.ones(200))
    step = 1e-7
    for axis in range(2):
        shift = step * np.eye(2)[axis]
        seen = (hats.values(x + shift) - hats.values(x - shift)) / (2 * step)
        assert slopes[..., axis] == pytest.approx(seen, abs=1e-5)
    assert hats.values(x + [0, 3]) == pytest.approx(values)
    assert hats.centres[:2] == pytest.approx(np.array([[-1, 0.375], [-1, 1.125]]))


def test_the_average_over_states_is_the_current_averaged():
    """By quadrature of both sides, with a D that depends on the state."""
    field = landscapes.Landscape.from_drift(
        ["-x - y", "x - y"], coordinates="x y", diffusion=[["2 + cos(y)", 0], [0, 1]]
    )
    axis = np.linspace(-7, 7, 701)[1:] - 0.01  # kinks between the points
    x, y = np.meshgrid(axis, axis, indexing="ij")
    points, cell = np.stack([x, y], -1).reshape(-1, 2), (axis[1] - axis[0]) ** 2
    rho = np.exp(-(points[:, 0] ** 2) - points[:, 1] ** 2 / 2 + points[:, 0] / 3)  # any law
    rho /= rho.sum() * cell
    hats = HatFunctions((HatAxis(NODES), HatAxis(np.array([-0.5, 1.0]))))
    beta = 1.7
    b, D = field.drift(beta)(points), field.diffusion(points)
    means = np.einsum("n,nti->ti", rho, hats.current_terms(points, b, D, beta)) * cell
    w = (D[:, [0, 1], [0, 1]] * rho[:, None]).reshape(700, 700, 2)
    grad = [np.gradient(w[..., k], axis, axis=k, edge_order=2).ravel() for k in range(2)]
    J = b * rho[:, None] - np.stack(grad, -1) / beta
    flows = np.einsum("nt,ni->ti", hats.values(points), J) * cell
    assert means == pytest.approx(flows, abs=1e-3)
    assert np.abs(flows).max() > 0.1
