"""Expectations under exp(-beta Phi) by quadrature, for potentials of one or two coordinates.

The trapezoidal rule on the whole plane converges faster than any power for smooth integrands that
fall off, so no clever nodes are needed: a box is found outside which the integrand is negligible,
and the grid is halved until nothing changes.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

_NEGLIGIBLE = 1e-18  # relative size of the integrand on the edge of the box
_COARSE = 41  # nodes a side while the box is sought
_MOST_MINIMA = 40  # deepest local minima of the scan that are followed
_FINEST = {1: 2**20, 2: 2**11}  # intervals a side at most
_ENOUGH = 1e-12  # relative change at which halving stops
_SLAB = 2**18  # points evaluated at once


def gibbs_integrals(
    landscape: Any, beta: float, integrands: Callable[[Float], list[tuple[Float, bool]]]
) -> tuple[Float, Float]:
    """Integrate functions, with or without the weight exp(-beta Phi), and divide by Z(beta).

    Parameters
    ----------
    landscape
        With a `potential`, one or two coordinates.
    beta
        Inverse temperature.
    integrands
        Points of shape (n, dim) -> list of (values of shape (n,), weighted), where `weighted`
        says whether the values are to be multiplied by exp(-beta Phi).

    Returns
    -------
    tuple
        The ratios, and an estimate of their errors (change at the last halving of the grid, and
        rounding).

    Raises
    ------
    ValueError
        Another number of coordinates, beta <= 0, or an integrand that does not fall off.
    """
    potential = landscape.potential
    if landscape.dim not in _FINEST:
        raise ValueError(f"quadrature covers 1 and 2 coordinates; this one has {landscape.dim}.")
    if not 0 < beta < np.inf:
        raise ValueError(f"beta={beta}; give a positive inverse temperature.")
    with np.errstate(over="ignore", invalid="ignore"):
        bottoms, floor = _minima(landscape, beta)

    def evaluate(points: Float) -> Float:
        with np.errstate(over="ignore", invalid="ignore"):
            energy = potential(points)
        if np.isnan(energy).any():
            raise ValueError(
                "the potential is not a number in places; its domain is not the plane."
            )
        with np.errstate(over="ignore", under="ignore"):
            weight = np.exp(-beta * (energy - floor))
            plain = np.exp(beta * floor)
            rows = [value * (weight if w else plain) for value, w in integrands(points)]
        return np.stack([weight, *rows])

    box = _box(evaluate, bottoms)
    totals, error = _trapezoid(evaluate, box)
    ratios = totals[1:] / totals[0]
    errors = (error[1:] + np.abs(ratios) * error[0]) / totals[0]
    return ratios, errors + 1e-14 * np.abs(ratios)


def _minima(landscape: Any, beta: float) -> tuple[Float, float]:
    """Find the minima that matter at this beta, shape (n, dim), and the lowest potential.

    Wells far narrower than any first grid are not missed this way.  Local minima of a scan, dense
    near the start and reaching far, are polished one by one.
    """
    from scipy.optimize import minimize  # 0.2 s to import

    axis = np.sinh(np.linspace(-4, 4, 161)) / 2  # to +-13.6
    centre = np.array([float(entry) for entry in landscape.start])
    mesh = centre + np.stack(np.meshgrid(*[axis] * landscape.dim, indexing="ij"), axis=-1)
    energy = landscape.potential(mesh)
    lowest = np.ones(energy.shape, bool)
    for axis_number in range(landscape.dim):
        for shift in (1, -1):
            lowest &= energy <= np.roll(energy, shift, axis_number)
    candidates = mesh[lowest][np.argsort(energy[lowest])[:_MOST_MINIMA]]
    found = [
        minimize(lambda point: float(landscape.potential(point)), point, method="Nelder-Mead")
        for point in candidates
    ]
    depths = np.array([result.fun for result in found])
    floor = float(depths.min())
    if not np.isfinite(floor) or floor < -1e6 - 1e3 * np.abs(energy).max():
        raise ValueError("exp(-beta Phi) is not integrable: Phi has no minimum near the start.")
    matters = beta * (depths - floor) < -np.log(_NEGLIGIBLE)
    return np.array([result.x for result in found])[matters], floor


def _grid(box: Float, intervals: int) -> list[Float]:
    return [np.linspace(low, high, intervals + 1) for low, high in box]


def _box(evaluate: Callable[[Float], Float], inside: Float) -> Float:
    """Find a box, shape (dim, 2), outside which every integrand is negligible."""
    box = np.stack([inside.min(axis=0) - 1, inside.max(axis=0) + 1], axis=1)
    last = _COARSE - 1
    for _ in range(200):
        axes = _grid(box, last)
        mesh = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
        values = np.abs(evaluate(mesh.reshape(-1, len(axes))))
        if not np.isfinite(values).all():
            raise ValueError("the integrand overflows: exp(-beta Phi) is not integrable.")
        largest = values.max(axis=1, keepdims=True)
        matters = (values > _NEGLIGIBLE * largest).any(axis=0).reshape([_COARSE] * len(axes))
        for point in inside:  # even where a well falls between two nodes
            cell = [int(np.argmin(np.abs(nodes - x))) for nodes, x in zip(axes, point, strict=True)]
            matters[tuple(cell)] = True
        new = np.empty_like(box)
        for axis, nodes in enumerate(axes):
            used = np.flatnonzero(matters.any(axis=tuple(k for k in range(len(axes)) if k != axis)))
            width = nodes[-1] - nodes[0]
            # an edge that matters moves out by half the width; two cells are kept as a margin
            low = nodes[0] - width / 2 if used[0] == 0 else nodes[max(used[0] - 2, 0)]
            high = nodes[-1] + width / 2 if used[-1] == last else nodes[min(used[-1] + 2, last)]
            new[axis] = low, high
        if np.all(np.abs(new - box) <= 0.06 * np.ptp(box, axis=1)[:, None]):
            return new
        if np.ptp(new, axis=1).max() > 1e9:
            break
        box = new
    raise ValueError(
        "exp(-beta Phi) does not fall off: the landscape is not confining at this beta."
    )


def _trapezoid(evaluate: Callable[[Float], Float], box: Float) -> tuple[Float, Float]:
    """Halve the grid until the integrals stop changing; return them and the last change."""
    dim = len(box)
    intervals, old = 128, None
    while True:
        axes = _grid(box, intervals)
        cell = float(np.prod([axis[1] - axis[0] for axis in axes]))
        total: Any = 0.0
        size: Any = 0.0
        rows = max(1, _SLAB // (intervals + 1) ** (dim - 1))
        for first in range(0, intervals + 1, rows):
            mesh = np.stack(
                np.meshgrid(axes[0][first : first + rows], *axes[1:], indexing="ij"), -1
            )
            values = evaluate(mesh.reshape(-1, dim))
            total = total + values.sum(axis=1) * cell  # edges are negligible: no half weights
            size = size + np.abs(values).sum(axis=1) * cell
        if old is not None:
            change = np.abs(total - old)
            if (change <= _ENOUGH * size).all() or 2 * intervals > _FINEST[dim]:
                return total, change
        intervals, old = 2 * intervals, total
