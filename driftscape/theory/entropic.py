"""The entropic force: gradient noise drives SGD along a valley of constant loss.

SGD descends the loss blurred by its own stationary noise; where the valley's walls widen, the blur
costs less, and SGD drifts there (Tenka 2020, Corollary 1).
"""

from typing import Any

import numpy as np
import sympy as sp

from ..landscapes.field import coordinates_of
from .diagrams.sample_tensors import SampleTensors
from .diagrams.slow_drift import RANK, SlowDrift
from .one_step import require_plain
from .theory import Theory

_TOLERANCE = 1e-10  # relative size below which a computed tensor entry counts as zero
_POINTS = 400  # at which the slope is compared with its second order
_REGIME = 0.5  # of eta max(H), the part of a deviation that one step takes away


def entropic_drift(landscape: Any, sgd: Any, *, coordinate: str, at: Any = None) -> Theory:
    r"""Predict the drift of SGD along a flat valley (Tenka 2020, Corollary 1, corrected).

        v = -(eta**2 / 2b) sum_{mu,nu} C_{mu nu} J_{mu nu lam} / (H_mu + H_nu)     per step

    in the eigenbasis of the Hessian H; C is the covariance of the per-sample gradient, J the third
    derivative of the expected loss, lam the valley's coordinate.  C_{mu nu}/(H_mu + H_nu) is the
    stationary covariance of the transverse noise: the loss, blurred by it, is what SGD descends.
    (The paper's displayed formula lacks -1/2 and has a spurious factor.)

    Parameters
    ----------
    landscape
        Any landscape made by `Landscape.from_loss`.
    sgd
        `simulate.SGD`.
    coordinate
        The coordinate along the valley.
    at
        A point on the valley, as a sequence or a dict; default: the landscape's start.

    Returns
    -------
    Theory
        Per step.  It is the leading order in eta.  The truncation is the size of the next one,
        eta**3, all its terms by absolute value: higher derivatives, skewness of the noise, noise
        that depends on the place, the discrete step, fluctuations along the valley; later orders
        are taken to fall off as the powers of eta max(H).  It is computed
        (`slow_drift`); for ARCHIMEDES the terms add up to 5 eta/8 of the leading order, as in
        `velocity_series`.  Where the leading order vanishes it says how large the drift may be.
        Valid where eta max(H) < 1/2, the next order is less than half of the leading one's terms,
        if there are any, and the two describe the slope as far as the noise spreads.

    Raises
    ------
    ValueError
        Not SGD, or at that point the gradient is not 0, H is not positive semidefinite with the
        coordinate in its kernel, or C is not zero where H_mu + H_nu = 0 (the noise would then
        spread along the valley without bound); the message says which.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> sgd = simulate.SGD(learning_rate=0.1)
    >>> print(entropic_drift(landscapes.archimedes(), sgd, coordinate="z"))
    0.00166667 (truncation 0.00022) per step  [leading order in learning_rate]
    """
    eta, batch = _sgd(sgd)
    if coordinate not in landscape.coordinates:
        names = ", ".join(landscape.coordinates)
        raise ValueError(f"no coordinate {coordinate!r}; this landscape has {names}.")
    column = landscape.coordinates.index(coordinate)
    point = coordinates_of(landscape.start if at is None else at, landscape.symbols)
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
        truncation = max(following, far) / (1 - step if step < _REGIME else 1)
        falling = (following <= size / 2 or size == 0) and far <= 2 * following
    return Theory(
        float(-scale * terms.sum()) + 0.0,  # + 0.0 turns -0.0 into 0.0
        truncation=truncation,
        regime="leading order in learning_rate" + ("" if known else ", the next is not known"),
        source="Tenka 2020, Corollary 1 (corrected)",
        valid=falling and bool(eta * curvature.max() < _REGIME),
        unit="per step",
    )


def _beyond(landscape: Any, point: Any, spread: Any, J: Any, column: int) -> float:
    """Return what the mean slope along the valley has beside J's part, over the noise's blur."""
    values, axes = np.linalg.eigh(spread)
    normal = np.random.default_rng(0).standard_normal((_POINTS, len(point)))
    away = normal * np.sqrt(np.maximum(values, 0)) @ axes.T
    ends = landscape.gradient(np.concatenate([point + away, point - away]))[:, column]
    ahead, behind = np.split(ends, 2)
    told = np.einsum("ni,ij,nj->n", away, J[:, :, column], away)
    off = float(abs(np.mean(ahead + behind - told)) / 2)
    if not np.isfinite(off):
        return float("inf")
    return off if off > 1e-13 * float(np.abs(ends).max()) else 0.0


def _sgd(dynamics: Any) -> tuple[float, int]:
    require_plain(dynamics)
    try:
        return float(dynamics.learning_rate), int(dynamics.batch_size)
    except AttributeError:
        raise ValueError(
            f"{dynamics!r} has no learning_rate and batch_size; Corollary 1 is about simulate.SGD."
        ) from None


def _numbers(field: Any, point: Any) -> Any:
    """Return a tensor at a point, exact until it becomes numbers; a quadrature is numbers."""
    if field.tables:
        return field([float(entry) for entry in point])
    exact = field.at(point)
    return np.array([float(entry) for entry in sp.flatten(exact)]).reshape(field.shape)


def _refusal(point: Any, reason: str) -> ValueError:
    return ValueError(
        f"Corollary 1 does not apply at {point!r}: {reason}. It needs a point on a valley: "
        "gradient 0, Hessian >= 0 with the coordinate in its kernel, no noise along it; pass at=."
    )
