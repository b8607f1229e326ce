"""What theory says of losses: exact overfitting, and test loss to second order in the rate."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .estimate import Theory

Float = NDArray[np.float64]


class Overfitting(NamedTuple):
    """Exact losses of gradient descent on a training set: test excess, and test - train."""

    test: Theory
    gap: Theory


def overfitting(landscape: Any, dynamics: Any, *, steps: int) -> Overfitting:
    r"""Exact overfitting of full-batch descent from the minimum of a quadratic loss.

        l = (theta - m).H (theta - m)/2 + theta.noise,     A = H^-1 (1 - (1 - eta H)^steps)
        test loss - its minimum = tr(H A C A)/(2N),        test - train loss = tr(A C)/N

    (Tenka 2020, Corollary 2; exact at every eta and number of steps.)  Directions of medium
    curvature overfit most: flat ones are not explored, steep ones forgive.

    Parameters
    ----------
    landscape
        A loss whose per-sample Hessian is constant, started at its minimum.
    dynamics
        `SGD` with batch_size="full" (or batch_size = train_size), no momentum.

    Raises
    ------
    ValueError
        One of these does not hold; the message says which.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> gd = simulate.SGD(learning_rate=0.1, sampling="fixed", train_size=10, batch_size="full")
    >>> print(overfitting(landscapes.mean_estimation(), gd, steps=20).gap)
    0.0878423  [exact]
    """
    if landscape.data is not None:
        raise ValueError(
            f"{landscape.name} is a data set, and the formulas average over training sets drawn "
            "from a law; measure generalization_gap(run, on=...) instead."
        )
    eta, size = _full_batch(dynamics)
    _require_quadratic(landscape)
    start = np.array([float(s) for s in landscape.start])
    h, c = np.atleast_2d(landscape.hessian(start)), np.atleast_2d(landscape.covariance(start))
    if not np.allclose(landscape.gradient(start), 0, atol=1e-12):
        raise ValueError(f"{landscape.name} does not start at its minimum; the formulas need that.")
    values, vectors = np.linalg.eigh(h)
    reach = np.array([eta * steps if k == 0 else (1 - (1 - eta * k) ** steps) / k for k in values])
    a = vectors @ np.diag(reach) @ vectors.T
    floor = float(landscape.expected_loss(start))
    source = "Tenka 2020, Corollary 2"
    return Overfitting(
        Theory(floor + float(np.trace(h @ a @ c @ a)) / (2 * size), source=source),
        Theory(float(np.trace(a @ c)) / size, source=source),
    )


def _full_batch(dynamics: Any) -> tuple[float, int]:
    size = getattr(dynamics, "train_size", None)
    rate = getattr(dynamics, "learning_rate", None)
    full = size is not None and dynamics.batch == size and dynamics.sampling != "iid"
    if size is None or not full or dynamics.momentum or not isinstance(rate, (int, float)):
        raise ValueError(
            f"{dynamics!r} is not plain descent on a training set; give "
            "SGD(learning_rate=a number, batch_size='full', sampling='fixed', train_size=...)."
        )
    return float(rate), int(size)


def _require_quadratic(landscape: Any) -> None:
    if landscape.kind != "loss":
        raise ValueError(f"{landscape.name} is a {landscape.kind} landscape; give a loss.")
    gradient = landscape.sample_gradient
    varying = {*landscape.symbols, *landscape.sample_laws}
    for entry in gradient.entries:
        for symbol in landscape.symbols:
            if entry.diff(symbol).free_symbols & varying:
                raise ValueError(
                    f"{landscape.name} has the per-sample curvature {entry.diff(symbol)}, which is "
                    "not constant; the formulas hold for quadratic losses only."
                )


def second_order_test_loss(
    landscape: Any, dynamics: Any, *, steps: int, start: Any = None
) -> Theory:
    r"""Test loss after a few steps of SGD, to second order in the learning rate.

        E l(theta_T) = l - T eta G.G + eta^2 [T (T - 1/2) G.H.G + (S/2 + P) C:H + (P/2) G.grad tr C]

    S = sum over steps of the weight that a batch gives to the covariance (T/batch_size, more with
    replacement), P = expected weight of pairs of different steps that share a sample: for whole
    epochs P = T (M - 1/batch_size)/2 with M = T/train_size; for fresh samples 0.  G, H, C are taken
    at the start.  (Tenka 2020, Corollaries 3 and 4, corrected.)

    On a data set l is the mean over its rows.  Rows drawn independently are fresh samples; of
    batches without replacement S = T (N - batch_size)/((N - 1) batch_size), and in a shuffled epoch
    two batches are anticorrelated: P = -(pairs of steps in one epoch)/(N - 1).

    Raises
    ------
    ValueError
        Not SGD of constant rate without momentum, or one that goes through the rows of a data set
        in their own order, which these moments do not describe.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> sgd = simulate.SGD(learning_rate=0.01, sampling="reshuffled", train_size=4)
    >>> theory = second_order_test_loss(landscapes.gaussian_fit(), sgd, steps=8, start=0.5)
    >>> round(theory.value, 5)
    0.55027
    """
    rate = getattr(dynamics, "learning_rate", None)
    if not isinstance(rate, (int, float)) or getattr(dynamics, "momentum", True):
        raise ValueError(f"{dynamics!r}: give SGD of a constant learning_rate without momentum.")
    eta, t = float(rate), int(steps)
    point = np.atleast_1d(np.array([float(s) for s in landscape.start] if start is None else start))
    point = point.astype(float)
    g = np.asarray(landscape.gradient(point))
    h, c = landscape.hessian(point), landscape.covariance(point)
    widening = _grad_trace(landscape, point)
    dynamics = dynamics.bound(landscape)
    same, pairs = (_sharing if landscape.data is None else _sharing_rows)(dynamics, t)
    second = t * (t - 0.5) * (g @ h @ g) + (same / 2 + pairs) * np.sum(c * h)
    second += pairs / 2 * (g @ widening)
    first = t * eta * (g @ g)
    size = eta * t * float(np.abs(np.linalg.eigvalsh(h)).max())
    return Theory(
        float(landscape.expected_loss(point) - first + eta**2 * second),
        truncation=float(abs(eta**2 * second)) * size,
        regime="learning_rate * steps * curvature << 1, second order",
        source="Tenka 2020, Corollaries 3 and 4 (corrected)",
        valid=size < 1,
    )


def _grad_trace(landscape: Any, point: Float) -> Float:
    """Gradient of tr C by central differences, to eighth order: 1e-11 of the field's scale."""
    weights, reach = (4 / 5, -1 / 5, 4 / 105, -1 / 280), 1e-2
    out = np.zeros(len(point))
    for i in range(len(point)):
        step = np.zeros(len(point))
        step[i] = reach
        for k, w in enumerate(weights, start=1):
            ends = landscape.covariance(np.stack([point + k * step, point - k * step]))
            traces = np.trace(ends, axis1=1, axis2=2)
            out[i] += w * (traces[0] - traces[1]) / reach
    return out


def _sharing(dynamics: Any, steps: int) -> tuple[float, float]:
    """Return S and P of `second_order_test_loss`."""
    t, b, size = steps, dynamics.batch, dynamics.train_size
    if dynamics.sampling == "fresh":
        return t / b, 0.0
    if dynamics.sampling == "iid":
        return t * (1 / b + (1 - 1 / b) / size), t * (t - 1) / (2 * size)
    if dynamics.sampling == "without-replacement":
        return t / b, t * (t - 1) / (2 * size)
    batches = size // b
    epochs, rest = divmod(t, batches)
    if dynamics.sampling == "fixed":
        uses = rest * (epochs + 1) * epochs + (batches - rest) * epochs * (epochs - 1)
        return t / b, uses / (2 * b)
    within = epochs * batches * (batches - 1) + rest * (rest - 1)
    return t / b, (t * (t - 1) - within) / (2 * size)


def _sharing_rows(dynamics: Any, steps: int) -> tuple[float, float]:
    """Return S and P where the rows are given: two distinct rows have covariance -C/(N - 1)."""
    t, b, size = steps, dynamics.batch, dynamics.train_size
    if dynamics.sampling in ("fresh", "iid"):
        return t / b, 0.0
    if dynamics.sampling == "fixed":
        raise ValueError(
            "sampling='fixed' goes through the rows of a data set in their own order, and what "
            "comes of it depends on that order; run it, or use sampling='reshuffled'."
        )
    apart = max(size - 1, 1)
    same = t * (size - b) / (apart * b)
    if dynamics.sampling == "without-replacement":
        return same, 0.0
    epochs, rest = divmod(t, size // b)
    within = epochs * (size // b) * (size // b - 1) + rest * (rest - 1)
    return same, -within / (2 * apart)
