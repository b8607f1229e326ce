"""The entropic force: gradient noise drives SGD along a valley of constant loss.

SGD descends the average of the loss over its own stationary noise; where the walls of the valley
widen, this average is lower, and SGD drifts there (Tenka 2020, Corollary 1).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import sympy as sp

from ..landscapes.checks import check_landscape
from ..landscapes.field import Field
from ..landscapes.kinds.loss import LossLandscape
from ..landscapes.landscape import Landscape
from ..simulate.dynamics.base import Dynamics
from ..simulate.dynamics.sgd import SGD
from ..typing import Float
from ..validate import check_choice, shown
from .diagrams.sample_tensors import SampleTensors
from .diagrams.slow_drift import RANK, SlowDrift
from .one_step import require_plain
from .points import Point, exact_point
from .theory import Theory

_TOLERANCE = 1e-10  # relative size below which a computed tensor entry counts as zero
_SLOPE_POINTS = 400  # points at which the slope is compared with its second order
_LARGEST_STEP = 0.5  # of eta max(H), the share of a deviation that one step removes


def entropic_drift(
    landscape: Landscape, sgd: Dynamics, *, coordinate: str, at: Point | None = None
) -> Theory:
    r"""Predict the drift velocity of SGD along a flat valley, to leading order.

        v = -(eta**2 / 2b) sum_{mu,nu} C_{mu nu} J_{mu nu lam} / (H_mu + H_nu)     per step

    in the eigenbasis of the Hessian H; C is the covariance of the per-sample gradient, J the third
    derivative of the expected loss, lam the valley's coordinate.  C_{mu nu}/(H_mu + H_nu) is the
    stationary covariance of the transverse noise, over which SGD averages the loss.  (The paper's
    displayed formula lacks -1/2 and has a spurious factor.)

    Parameters
    ----------
    landscape
        Any landscape made by `Landscape.from_loss`.
    sgd
        `simulate.SGD` with fresh samples, one constant learning rate eta and batch size b.
    coordinate
        The coordinate along the valley.
    at
        A point on the valley, as a sequence or by name; default: the landscape's start.

    Returns
    -------
    Theory
        In units of the coordinate per step: the leading order in eta.  The truncation is the size
        of the next one, eta**3, all its terms by absolute value: higher derivatives, skewness of
        the noise, noise that depends on the position, the discrete step, fluctuations along the
        valley; later orders are assumed to fall off as the powers of eta max(H).  For ARCHIMEDES
        the terms add up to 5 eta/8 of the leading order, as in `drift_velocity`.  Where the leading
        order vanishes, the truncation is the possible size of the drift.  Valid where eta max(H) <
        1/2, the next order is less than half of the leading one's terms, if there are any, and the
        two describe the slope as far as the noise spreads.

    Raises
    ------
    ValueError
        Not SGD, not a loss, or at that point the gradient is not 0, H is not positive semidefinite
        with the coordinate in its kernel, or C is not zero where H_mu + H_nu = 0 (the noise would
        then spread along the valley without bound); the message names the reason.

    References
    ----------
    S. Tenka, "A space-time approach to analyzing stochastic gradient descent" (2020), Corollary 1,
    corrected: see ERRATA.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> sgd = simulate.SGD(learning_rate=0.1)
    >>> print(entropic_drift(landscapes.archimedes(), sgd, coordinate="z"))
    0.00166667 (truncation 0.00022) per step  [leading order in learning_rate]
    """
    check_landscape(landscape)
    eta, batch = _plain_sgd(sgd)
    if not isinstance(landscape, LossLandscape):
        raise ValueError(f"{landscape.name} is a {landscape.kind} landscape; give a loss.")
    check_choice("coordinate", coordinate, landscape.coordinates)
    column = landscape.coordinates.index(coordinate)
    point = exact_point(landscape, landscape.start if at is None else at)
    G, H, C, J = (
        _numbers(field, point)
        for field in (
            landscape.gradient,
            landscape.hessian,
            landscape.covariance,
            landscape.third_derivative,
        )
    )
    size = max(1.0, float(np.abs(H).max()))
    if np.abs(G).max() > _TOLERANCE * size:
        raise _refusal(point, f"the gradient is {G.tolist()}, not 0")
    curvature, basis = np.linalg.eigh(H)
    if curvature[0] < -_TOLERANCE * size:
        raise _refusal(point, f"the Hessian has the negative eigenvalue {curvature[0]:g}")
    if np.abs(H[column]).max() > _TOLERANCE * size:
        raise _refusal(
            point, f"{coordinate!r} is not in the Hessian's kernel: its row is {H[column].tolist()}"
        )
    curvature = np.where(curvature < _TOLERANCE * size, 0.0, curvature)
    noise = basis.T @ C @ basis
    pair = curvature[:, None] + curvature[None, :]
    flat = pair == 0
    if np.abs(noise[flat]).max(initial=0.0) > _TOLERANCE * max(1.0, np.abs(C).max()):
        raise _refusal(
            point, f"gradient noise of variance {np.abs(noise[flat]).max():g} acts along the valley"
        )
    bend = basis.T @ J[:, :, column] @ basis
    terms = np.where(flat, 0.0, noise * bend) / np.where(flat, 1.0, pair)
    scale = eta**2 / (2 * batch)
    size = float(scale * np.abs(terms).sum())
    tensors = SampleTensors(landscape, np.array([float(v) for v in point]), RANK)
    known = tensors.known(RANK)
    truncation, falling = size * eta * float(curvature.max()), False
    if known:
        stiff = curvature > 0
        turned = np.hstack([basis[:, stiff], basis[:, ~stiff]])
        slow = SlowDrift(tensors, turned, curvature[stiff], batch)
        _, parts = slow.orders(np.eye(landscape.dim)[column])
        following = eta**3 * float(np.abs(parts).sum())
        spread = eta / batch * np.where(flat, 0.0, noise) / np.where(flat, 1.0, pair)
        far = eta * _beyond(landscape, tensors.point, basis @ spread @ basis.T, J, column)
        step = eta * float(curvature.max())
        truncation = max(following, far) / (1 - step if step < _LARGEST_STEP else 1)
        falling = (following <= size / 2 or size == 0) and far <= 2 * following
    return Theory(
        float(-scale * terms.sum()) + 0.0,  # + 0.0 turns -0.0 into 0.0
        truncation=truncation,
        regime="leading order in learning_rate" + ("" if known else ", the next is not known"),
        source="Tenka 2020, Corollary 1 (corrected)",
        valid=falling and bool(eta * curvature.max() < _LARGEST_STEP),
        unit="per step",
    )


def _beyond(landscape: Landscape, point: Float, spread: Float, J: Float, column: int) -> float:
    """Return the mean slope along the valley, over the noise, that J does not explain."""
    values, axes = np.linalg.eigh(spread)
    normal = np.random.default_rng(0).standard_normal((_SLOPE_POINTS, len(point)))
    away = normal * np.sqrt(np.maximum(values, 0)) @ axes.T
    ends = landscape.gradient(np.concatenate([point + away, point - away]))[:, column]
    ahead, behind = np.split(ends, 2)
    explained = np.einsum("ni,ij,nj->n", away, J[:, :, column], away)
    off = float(abs(np.mean(ahead + behind - explained)) / 2)
    if not np.isfinite(off):
        return float("inf")
    return off if off > 1e-13 * float(np.abs(ends).max()) else 0.0


def _plain_sgd(dynamics: Dynamics) -> tuple[float, int]:
    """Return learning rate and batch size; refuse any other dynamics."""
    require_plain(dynamics)
    if not isinstance(dynamics, SGD):
        raise ValueError(
            f"{shown(dynamics)} has no learning_rate and batch_size; Corollary 1 is about "
            "simulate.SGD."
        )
    return dynamics.time_step, dynamics.batch


def _numbers(field: Field, point: Sequence[sp.Expr]) -> Float:
    """Return a tensor at a point, computed exactly where it is not a quadrature."""
    if field.tables:
        return field([float(entry) for entry in point])
    exact = field.at(point)
    return np.array([float(entry) for entry in sp.flatten(exact)]).reshape(field.shape)


def _refusal(point: Sequence[sp.Expr], reason: str) -> ValueError:
    return ValueError(
        f"Corollary 1 does not apply at {point!r}: {reason}. It needs a point on a valley: "
        "gradient 0, Hessian >= 0 with the coordinate in its kernel, no noise along it; pass at=."
    )
