"""The barrier that discrete SGD has to climb: its own large deviations, not its SDE's."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...landscapes.evaluate import evaluate
from ..estimate import Theory

_NODES = 200
_PANELS = 64


def sgd_barrier(landscape: Any, *, minimum: float, saddle: float) -> Theory:
    r"""Return the slope of log tau against batch_size/learning_rate for escape in one dimension.

        log tau ~ (batch_size/learning_rate) int_minimum^saddle p(x) dx

    with p > 0 the nontrivial root of log E exp(-p g_x) = 0, g_x the gradient at one sample: the
    momentum of the optimal path.  A Gaussian gradient has p = 2 G/C, the barrier of the SDE; other
    laws have another, and batches do not restore it.

    Parameters
    ----------
    landscape
        Made by `from_loss`, one coordinate, one sample.
    minimum, saddle
        Zeros of the gradient, the first stable and the second not.

    Returns
    -------
    Theory
        For learning_rate -> 0 at fixed batch size; the truncation is the quadrature's.

    Raises
    ------
    ValueError
        Not such a landscape, or E exp(-p g) has no second root on the way: the noise cannot carry
        SGD uphill, or its moment generating function does not reach far enough.

    Examples
    --------
    >>> from driftscape.landscapes import Landscape, Rademacher
    >>> loss, samples = "(x**2 - 1)**2/4 + s*x", {"s": Rademacher()}
    >>> well = Landscape.from_loss(loss, coordinates="x", samples=samples)
    >>> round(sgd_barrier(well, minimum=-1, saddle=0).value, 4)
    0.5376
    """
    laws = landscape.sample_laws
    if landscape.dim != 1 or len(laws) != 1:
        raise ValueError(
            f"sgd_barrier needs one coordinate and one sample; {landscape.name} has "
            f"{landscape.dim} and {len(laws)}."
        )
    ends = landscape.gradient([[minimum], [saddle]])[:, 0]
    if np.abs(ends).max() > 1e-8:
        raise ValueError(
            f"the gradient at minimum and saddle is {ends.tolist()}; both must be zeros."
        )
    values = [_integral(landscape, minimum, saddle, n) for n in (_PANELS // 2, _PANELS)]
    return Theory(
        values[1], truncation=abs(values[1] - values[0]), regime="learning_rate -> 0",
        source="Cramer, large deviations", unit="of batch_size/learning_rate",
    )  # fmt: skip


def _integral(landscape: Any, minimum: float, saddle: float, count: int) -> float:
    nodes, weights = np.polynomial.legendre.leggauss(count)
    half = (saddle - minimum) / 2
    places = minimum + half * (nodes + 1)
    return float(
        abs(half)
        * sum(w * _momentum(landscape, x, half) for x, w in zip(places, weights, strict=True))
    )


def _momentum(landscape: Any, x: float, direction: float) -> float:
    """The nontrivial root p of log E exp(-p g), for motion in the given direction."""
    from scipy.optimize import brentq

    ((symbol, law),) = landscape.sample_laws.items()
    sample, weight = law.nodes(_NODES)
    values = {s: float(v) for s, v in landscape.parameter_symbols.items()}
    values |= {symbol: sample, landscape.symbols[0]: x}
    (gradient,) = evaluate(
        landscape.sample_gradient.entries, values, landscape.sample_gradient.lets
    )
    gradient = np.broadcast_to(gradient, sample.shape) * np.sign(direction)

    def growth(p: float) -> float:
        exponent = -p * gradient
        top = exponent.max()
        return float(top + np.log(np.sum(weight * np.exp(exponent - top))))

    mean = float(np.sum(weight * gradient))
    spread = float(np.sum(weight * (gradient - mean) ** 2))
    if mean <= 0 or spread == 0:
        raise ValueError(f"at {x:.4g} the way is not uphill, or there is no noise to climb it.")
    low, high = 1e-6 * mean / spread, 2 * mean / spread
    for _ in range(60):
        if growth(high) > 0:
            return float(brentq(growth, low, high, xtol=1e-13, rtol=1e-13))
        low, high = high, 1.5 * high
    raise ValueError(
        f"log E exp(-p g) has no second root at {x:.4g}: SGD cannot be carried uphill there."
    )
