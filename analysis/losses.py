"""Test loss, train loss and their gap at the end of a run, and what theory says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..landscapes.errors import NotAvailable
from ..landscapes.evaluate import evaluate
from .ensemble import Ensemble, ensemble
from .estimate import Estimate, Theory

if TYPE_CHECKING:
    import xarray as xr

Float = NDArray[np.float64]

_BLOCK = 2_000_000  # losses evaluated at once


def test_loss(run: xr.Dataset, *, diverged: str | None = None) -> Estimate:  # noqa: PT028
    """Measure the expected loss of the final states, E_x l(theta_T; x), over trajectories.

    Parameters
    ----------
    run
        What `simulate.run` returned, of any dynamics on a landscape made by `from_loss`.
    diverged
        None refuses a run with diverged trajectories, "drop" leaves those out.

    Raises
    ------
    NotAvailable
        (a ValueError) The landscape has no loss.
    TooFewData, Diverged
        See `analysis.ensemble`.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate
    >>> gd = simulate.SGD(learning_rate=0.1, sampling="fixed", train_size=10, batch_size="full")
    >>> mean = landscapes.mean_estimation()
    >>> run = simulate.run(mean, gd, steps=20, trajectories=20_000, seed=1)
    >>> exact = analysis.overfitting(mean, gd, steps=20)
    >>> analysis.test_loss(run).compare(exact.test).verdict
    'agrees'
    >>> analysis.generalization_gap(run).compare(exact.gap).verdict
    'agrees'
    """
    data = ensemble(run, diverged)
    return data.mean(_test(data), "mean expected loss of the final states")


test_loss.__test__ = False  # type: ignore[attr-defined]  # pytest collects by name


def train_loss(run: xr.Dataset, *, diverged: str | None = None) -> Estimate:
    """Measure (1/N) sum_i l(theta_T; x_i) of the final states, each on its own training set.

    Raises
    ------
    ValueError
        The run had no training set.
    NotAvailable, TooFewData, Diverged
        As for `test_loss`.
    """
    data = ensemble(run, diverged)
    return data.mean(_train(data, run), "mean train loss of the final states")


def generalization_gap(run: xr.Dataset, *, diverged: str | None = None) -> Estimate:
    """Measure test loss - train loss, trajectory by trajectory, so that common noise cancels."""
    data = ensemble(run, diverged)
    return data.mean(_test(data) - _train(data, run), "mean of test loss - train loss")


def _test(data: Ensemble) -> Float:
    return np.asarray(data.landscape.expected_loss(data.final), dtype=float)


def _train(data: Ensemble, run: xr.Dataset) -> Float:
    if "training" not in run:
        raise ValueError(
            f"{data.dynamics} has no training set; run SGD with sampling='reshuffled' "
            "(or 'fixed', 'iid', 'without-replacement') and train_size=."
        )
    landscape = data.landscape
    if landscape.kind != "loss":
        raise NotAvailable(f"{landscape.name} ({landscape.kind} landscape) has no loss per sample.")
    field = landscape.sample_loss
    cards = run.training.transpose("trajectory", "sample", "variable").values[data.keep]
    rows = max(1, _BLOCK // cards.shape[1])
    parts = []
    for first in range(0, len(cards), rows):
        block = slice(first, first + rows)
        values: dict[Any, Any] = dict(landscape.parameter_symbols)
        values |= {s: data.final[block, i, None] for i, s in enumerate(landscape.symbols)}
        values |= {s: cards[block, :, v] for v, s in enumerate(landscape.sample_laws)}
        losses = np.asarray(evaluate(field.entries, values, field.lets)[0], dtype=float)
        parts.append(np.broadcast_to(losses, cards[block].shape[:2]).mean(axis=1))
    return np.concatenate(parts)


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

    Raises
    ------
    ValueError
        Not SGD of constant rate without momentum.

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
    same, pairs = _sharing(dynamics, t)
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
