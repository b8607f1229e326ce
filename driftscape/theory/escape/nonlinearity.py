r"""Deviations from the Gaussian approximation at a minimum or a saddle.

Escape rates to leading order take the population of the minimum, and the resistance of the saddle,
from the curvatures there and from constant noise.  Their true values within four thermal widths
give the first correction and all that follow it:

    R_m = <exp(-beta (U - q))>,    R_s = <1/<exp(-beta (U - q))>_across>_along

with q the quadratic part of the quasi-potential U and the means over the Gaussians of |q|.  U is
int_0^1 <x, G(s x)> ds from the point, G the force in the metric of q.  Points behind a ridge belong
to another well; shoulders farther out are added, for one mode at a time.  The whole width matters,
and not the derivatives at the point, because of small dimples and steps of the noise.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...typing import Float

_WIDTH = 4.0  # half width of the region, in standard deviations
_NODES = {1: 81, 2: 41}  # number of coordinates -> nodes along each
_ALONG, _ACROSS, _ALL = 21, 256, 4096  # points in more coordinates
_FARTHEST, _STEP = 60.0, 0.05  # length and step of the lines along modes, in standard deviations
_RAY_NODES = 16  # of the integral from the point
_RIDGE = 1.0  # descent behind a ridge, or ascent behind a minimum, in units of 1/beta


def nonlinearity(
    force: Callable[[Float], Float],
    noise: Callable[[Float], Float],
    at: Float,
    slope: Float,
    metric: Float,
    beta: float,
) -> float:
    """Return the relative size of the terms that the leading order omits at one point.

    Parameters
    ----------
    force, noise
        Functions of points, shape (n, d) -> (n, d) and (n, d, d), which the leading order takes as
        linear and as constant.
    at
        The point, shape (d,), where the force is zero.
    slope
        Slope of the force there, shape (d, d).
    metric
        Hessian of the quasi-potential there, shape (d, d).
    """
    values, modes = np.linalg.eigh(metric)
    saddle = bool(values[0] < 0)
    normal, shares = _normal(len(at), saddle)
    offsets = (normal / np.sqrt(np.abs(values) * beta)) @ modes.T
    turn = metric @ np.linalg.inv(slope)
    with np.errstate(all="ignore"):
        rise, rise_on_ray = _rises(force, at, offsets, turn)
        excess = rise - np.einsum("ni,ij,nj->n", offsets, metric, offsets) / 2
        factors = np.exp(-beta * excess)
        if saddle:  # points are ordered along the path, then across it
            groups = factors.reshape(_along(len(at)), -1)
            across = shares.reshape(groups.shape)
            along = across.sum(1)
            lines = offsets.reshape(*groups.shape, -1)[:, 0] @ np.outer(modes[:, 0], modes[:, 0])
            end, rise_on_ray = _rises(force, at, lines, turn)
            within = (
                beta * (end - rise_on_ray.min(0)) <= _RIDGE
            )  # excludes points beyond the next minimum
            ratio = float((within * along / ((groups * across).sum(1) / along)).sum())
        else:
            within = beta * (rise_on_ray.max(0) - rise) <= _RIDGE  # excludes points beyond a ridge
            ratio = float((factors * shares)[within].sum())
        beyond = sum(
            _shoulders(force, at, mode / np.sqrt(abs(value) * beta), turn, beta, value < 0)
            for value, mode in zip(values, modes.T, strict=True)
        )
        uneven = _uneven(noise, at, offsets, shares)
    total = abs(ratio - 1 + beyond) + uneven
    return float(total) if np.isfinite(total) else np.inf


def _rises(
    force: Callable[[Float], Float], at: Float, offsets: Float, turn: Float
) -> tuple[Float, Float]:
    """Return U at points, shape (n,), and at the nodes of the rays to them, (nodes, n)."""
    nodes, weights = np.polynomial.legendre.leggauss(_RAY_NODES)
    steps = np.stack([
        np.einsum("ni,ni->n", offsets, force(at + s * offsets) @ turn.T) for s in (nodes + 1) / 2
    ])  # fmt: skip
    sums = np.cumsum(steps * weights[:, None] / 2, axis=0)
    return sums[-1], sums


def _shoulders(
    force: Callable[[Float], Float],
    at: Float,
    width: Float,
    turn: Float,
    beta: float,
    falls: bool,
) -> float:
    """Return the weight on a mode's line beyond four widths, up to the next ridge."""
    axis = np.arange(0.0, _FARTHEST, _STEP)
    weight = 0.0
    for side in (1.0, -1.0):
        slope = force(at + side * axis[:, None] * width) @ turn.T @ (side * width)
        rise = np.cumsum((slope[1:] + slope[:-1]) / 2) * _STEP * beta * (-1 if falls else 1)
        within = np.maximum.accumulate(rise) - rise <= _RIDGE
        within = np.logical_and.accumulate(within) & (axis[1:] > _WIDTH)
        weight += float(np.exp(-rise[within]).sum()) * _STEP
    return weight / float(np.sqrt(2 * np.pi))


def _uneven(noise: Callable[[Float], Float], at: Float, offsets: Float, shares: Float) -> float:
    """Return the mean change of the noise, plus the mean square of its odd part."""
    here = noise(at[None])[0]
    ahead, behind = (noise(at + sign * offsets) - here for sign in (1, -1))
    level = max(float(np.linalg.norm(here)), 1e-300)
    mean = np.einsum("n,nij->ij", shares, (ahead + behind) / 2) / level
    odd = np.linalg.norm((ahead - behind) / 2, axis=(1, 2)) / level
    return float(np.linalg.norm(mean) + shares @ odd**2)


def _along(dim: int) -> int:
    return _NODES.get(dim, _ALONG)


def _normal(dim: int, ordered: bool) -> tuple[Float, Float]:
    """Return points of a standard normal law within four widths, (n, dim), and their shares.

    Products of equidistant points in one or two coordinates, Kronecker's sequence in more;
    `ordered`: equal first coordinates are neighbours.
    """
    axis = np.linspace(-_WIDTH, _WIDTH, _along(dim))
    if dim <= 2:
        points = np.stack(np.meshgrid(*[axis] * dim, indexing="ij"), -1).reshape(-1, dim)
        shares = np.exp(-(points**2).sum(1) / 2)
    elif ordered:
        rest = _kronecker(_ACROSS, dim - 1)
        points = np.concatenate(
            [np.repeat(axis, _ACROSS)[:, None], np.tile(rest, (len(axis), 1))], axis=1
        )
        shares = np.exp(-(points[:, 0] ** 2) / 2)
    else:
        points = _kronecker(_ALL, dim)
        shares = np.ones(_ALL)
    return points, shares / shares.sum()


def _kronecker(count: int, dim: int) -> Float:
    from scipy.special import ndtri

    ratio = 1.5
    for _ in range(64):
        ratio = (1 + ratio) ** (1 / (dim + 1))
    steps = ratio ** -np.arange(1.0, dim + 1)
    uniform = (0.5 + np.arange(1, count + 1)[:, None] * steps) % 1.0
    return np.asarray(np.clip(ndtri(uniform), -_WIDTH, _WIDTH))
