"""Test loss of SGD to second order in the learning rate, and exact overfitting."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..landscapes.checks import check_landscape
from ..landscapes.kinds.loss import LossLandscape
from ..landscapes.landscape import Landscape
from ..simulate.dynamics.base import Dynamics
from ..simulate.dynamics.sgd import SGD
from ..typing import Float
from ..validate import check_whole, shown
from .diagrams.loss_orders import HIGHEST, remainder, sampling_of
from .diagrams.sample_tensors import SampleTensors
from .diagrams.trees import Sampling, weights
from .points import Point, float_point
from .theory import Theory

_PARABOLA_POINTS = 400  # points at which the loss is compared with its parabola


class Overfitting(NamedTuple):
    """Exact mean losses of full-batch gradient descent on training sets.

    Attributes
    ----------
    test
        Expected test loss, E l(theta_T), in units of the loss.
    gap
        Expected test loss minus expected train loss.
    """

    test: Theory
    gap: Theory


def overfitting(landscape: Landscape, dynamics: Dynamics, *, steps: int) -> Overfitting:
    r"""Return the exact overfitting of full-batch descent from the minimum of a quadratic loss.

        l = (theta - m).H (theta - m)/2 + theta.noise,     A = H^-1 (1 - (1 - eta H)^steps)
        test loss - its minimum = tr(H A C A)/(2N),        test - train loss = tr(A C)/N

    The formulas are exact at every eta and number of steps.  Directions of medium curvature overfit
    most: descent does not explore flat ones, and steep ones cost little.

    Parameters
    ----------
    landscape
        A loss whose per-sample Hessian is constant, started at its minimum.
    dynamics
        `SGD` with batch_size="full" (or batch_size = train_size), no momentum.
    steps
        Number of steps >= 1.

    Returns
    -------
    Overfitting
        `test` and `gap`, in units of the loss; both are exact, without truncation.

    Raises
    ------
    ValueError
        One of these conditions is not met; the message names it.

    References
    ----------
    S. Tenka, "A space-time approach to analyzing stochastic gradient descent" (2020), Corollary 2.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> gd = simulate.SGD(learning_rate=0.1, sampling="fixed", train_size=10, batch_size="full")
    >>> print(overfitting(landscapes.mean_estimation(), gd, steps=20).gap)
    0.0878423  [exact]
    """
    check_landscape(landscape)
    if landscape.data is not None:
        raise ValueError(
            f"{landscape.name} is a data set, and the formulas average over training sets drawn "
            "from a law; measure generalization_gap(run, on=...) instead."
        )
    eta, size = _full_batch(dynamics)
    check_whole("steps", steps)
    _require_quadratic(landscape)
    start = np.array([float(s) for s in landscape.start])
    h, c = np.atleast_2d(landscape.hessian(start)), np.atleast_2d(landscape.covariance(start))
    if np.abs(landscape.gradient(start)).max() > 1e-12 * max(1.0, math.sqrt(np.trace(c))):
        raise ValueError(f"{landscape.name} does not start at its minimum; the formulas need that.")
    values, vectors = np.linalg.eigh(h)
    reach = np.array([_reach(eta, k, steps) for k in values.tolist()])
    a = vectors @ np.diag(reach) @ vectors.T
    floor = float(landscape.expected_loss(start))
    source = "Tenka 2020, Corollary 2"
    return Overfitting(
        Theory(floor + float(np.trace(h @ a @ c @ a)) / (2 * size), source=source),
        Theory(float(np.trace(a @ c)) / size, source=source),
    )


def _reach(eta: float, curvature: float, steps: int) -> float:
    """Return (1 - (1 - eta k)^steps)/k, without loss of digits where k is small."""
    step = eta * curvature
    if curvature == 0:
        return eta * steps
    if step < 0.5:
        return -math.expm1(steps * math.log1p(-step)) / curvature
    return (1 - (1 - step) ** steps) / curvature


def _full_batch(dynamics: Dynamics) -> tuple[float, int]:
    """Return learning rate and size of the training set; refuse any other descent."""
    if isinstance(dynamics, SGD) and dynamics.train_size is not None and not dynamics.momentum:
        rate, size = dynamics.learning_rate, dynamics.train_size
        full = dynamics.batch == size and dynamics.sampling != "iid"
        if full and isinstance(rate, int | float):
            return float(rate), int(size)
    raise ValueError(
        f"{shown(dynamics)} is not plain descent on a training set; give "
        "SGD(learning_rate=a number, batch_size='full', sampling='fixed', train_size=...)."
    )


def _require_quadratic(landscape: Landscape) -> None:
    if landscape.kind != "loss":
        raise ValueError(f"{landscape.name} is a {landscape.kind} landscape; give a loss.")
    gradient = landscape.sample_gradient
    varying = {*landscape.symbols, *landscape.sample_laws}
    for entry in gradient.entries:
        for symbol in landscape.symbols:
            if entry.diff(symbol).free_symbols & varying:
                raise ValueError(
                    f"{landscape.name} has the per-sample curvature {entry.diff(symbol)}, which is "
                    "not constant; the formulas are for quadratic losses only."
                )


def test_loss(
    landscape: Landscape,
    dynamics: Dynamics,
    *,
    steps: int,
    start: Point | None = None,  # noqa: PT028
) -> Theory:
    r"""Predict the test loss after a few steps of SGD, to second order in the learning rate.

        E l(theta_T) = l - T eta G.G + eta^2 [T (T - 1/2) G.H.G + (S/2 + P) C:H + (P/2) G.grad tr C]

    S = sum over steps of the weight that a batch gives to the covariance (T/batch_size, more with
    replacement), P = expected weight of pairs of different steps that share a sample: for whole
    epochs P = T (M - 1/batch_size)/2 with M = T/train_size; for fresh samples 0.  G, H, C are taken
    at the start.  The measured counterpart is `analysis.test_loss`.

    On a data set l is the mean over its rows.  Rows drawn independently are fresh samples; of
    batches without replacement S = T (N - batch_size)/((N - 1) batch_size), and in a shuffled epoch
    two batches are anticorrelated: P = -(pairs of steps in one epoch)/(N - 1).

    Parameters
    ----------
    landscape
        Made by `Landscape.from_loss`, with samples of a law or with data.
    dynamics
        `SGD` of constant learning rate without momentum, of any sampling.
    steps
        T >= 1.
    start
        Point from which SGD starts, as a sequence or by name; default: the landscape's start.

    Returns
    -------
    Theory
        In units of the loss.  The truncation is the size of the next two orders, all their diagrams
        taken by absolute value: third derivatives and third cumulants of the noise count where G, H
        and the second order vanish.  It is 0 only where the series ends.  The regime is that of a
        short run,

            learning_rate * steps * |H| << 1,

        with the curvature of single samples and within the reach of the run.  The result is valid
        where the orders are seen to fall off, the last two that are known being at most half of the
        two before, and the loss is near a parabola as far as the run gets.

    Raises
    ------
    ValueError
        Not SGD of constant rate without momentum, or an SGD that goes through the rows of a data
        set in their own order, which these moments do not describe.

    References
    ----------
    S. Tenka, "A space-time approach to analyzing stochastic gradient descent" (2020), Corollaries 3
    and 4, corrected: see ERRATA.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> sgd = simulate.SGD(learning_rate=0.01, sampling="reshuffled", train_size=4)
    >>> predicted = test_loss(landscapes.gaussian_fit(), sgd, steps=8, start=0.5)
    >>> round(predicted.value, 5)
    0.55027
    """
    check_landscape(landscape)
    rate = dynamics.learning_rate if isinstance(dynamics, SGD) else None
    if not (isinstance(dynamics, SGD) and isinstance(rate, int | float)) or dynamics.momentum:
        raise ValueError(
            f"{shown(dynamics)}: give SGD of a constant learning_rate without momentum."
        )
    t = check_whole("steps", steps)
    if not isinstance(landscape, LossLandscape):
        raise ValueError(f"{landscape.name} is a {landscape.kind} landscape; give a loss.")
    eta, given = float(rate), landscape.start if start is None else start
    point = float_point(landscape, given)
    sampling = sampling_of(landscape, dynamics)
    g = np.asarray(landscape.gradient(point))
    h, c = landscape.hessian(point), landscape.covariance(point)
    same, pairs = _sharing(sampling, t)
    second = t * (t - 0.5) * (g @ h @ g) + (same / 2 + pairs) * np.sum(c * h)
    if pairs:
        second += pairs / 2 * _slope_of_trace(landscape, point, g)
    loss = float(landscape.expected_loss(point))
    moved = -eta * t * g, eta**2 * (same + 2 * pairs) * c
    truncation, trusted = remainder(
        SampleTensors(landscape, point, HIGHEST), eta, t, sampling,
        lambda: _beyond_parabola(landscape, point, (loss, g, h), *moved),
    )  # fmt: skip
    return Theory(
        loss - t * eta * float(g @ g) + eta**2 * float(second),
        truncation=truncation,
        regime="learning_rate * steps * curvature << 1, second order",
        source="Tenka 2020, Corollaries 3 and 4 (corrected)",
        valid=trusted,
    )


test_loss.__test__ = False  # type: ignore[attr-defined]  # pytest collects by name


def _beyond_parabola(
    landscape: Landscape,
    point: Float,
    parabola: tuple[float, Float, Float],
    mean: Float,
    spread: Float,
) -> float:
    """Return E |l - its parabola| over a Gaussian displacement; inf where l is not defined."""
    loss, g, h = parabola
    values, axes = np.linalg.eigh(spread)
    normal = np.random.default_rng(0).standard_normal((_PARABOLA_POINTS, len(point)))
    away = mean + normal * np.sqrt(np.maximum(values, 0)) @ axes.T
    parabolic = loss + away @ g + np.einsum("ni,ij,nj->n", away, h, away) / 2
    with np.errstate(all="ignore"):
        off = float(np.abs(landscape.expected_loss(point + away) - parabolic).mean())
    return off if off > 1e-12 * abs(loss) else math.inf if math.isnan(off) else 0.0


def _slope_of_trace(landscape: Landscape, point: Float, along: Float) -> float:
    """Return along . grad tr C by central differences, to eighth order: 1e-11 of its scale."""
    length = float(np.linalg.norm(along))
    if not length:
        return 0.0
    reach = 1e-2
    steps = reach * np.arange(1, 5)[:, None] * along / length
    weights = np.array([4 / 5, -1 / 5, 4 / 105, -1 / 280])
    ends = landscape.covariance(np.concatenate([point + steps, point - steps]))
    ahead, behind = np.split(np.trace(ends, axis1=1, axis2=2), 2)
    return float(weights @ (ahead - behind)) / reach * length


def _sharing(sampling: Sampling, steps: int) -> tuple[float, float]:
    """Return S and P of `test_loss`, from the weights of its two diagrams."""
    both, chain = (weights(tree, steps, sampling).get((0, 0), 0.0) for tree in ((0, 0), (0, 1)))
    return both - 2 * chain, chain
