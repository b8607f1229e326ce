"""Derivatives of fields by differences of fourth order, an independent method."""

import numpy as np


def derivative_by_differences(field, points):
    """d field/d x_j along a new last axis."""
    d, step = points.shape[-1], 1e-3
    columns = []
    for e in np.eye(d) * step:
        wide, narrow = (
            field(points + 2 * e) - field(points - 2 * e),
            field(points + e) - field(points - e),
        )
        columns.append((8 * narrow - wide) / (12 * step))
    return np.stack(columns, axis=-1)


def check_derivative(landscape, lower, higher, reach):
    points = np.random.default_rng(3).uniform(-reach, reach, (5, landscape.dim))
    wanted = derivative_by_differences(lower, points)
    np.testing.assert_allclose(higher(points), wanted, rtol=1e-6, atol=1e-7)


def check_row_divergence(landscape, matrix, divergence, reach):
    points = np.random.default_rng(4).uniform(-reach, reach, (5, landscape.dim))
    wanted = np.einsum("...ijj->...i", derivative_by_differences(matrix, points))
    np.testing.assert_allclose(divergence(points), wanted, rtol=1e-6, atol=1e-7)
