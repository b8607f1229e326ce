"""The barrier of discrete SGD, from its own large deviations and not those of its SDE."""

from __future__ import annotations

import numpy as np

from ...landscapes.checks import check_landscape
from ...landscapes.formulas.evaluate import evaluate
from ...landscapes.landscape import Landscape
from ..theory import Theory
from .critical_point import critical_pair

_SAMPLE_NODES = 400  # of the average over the sample
_PATH_NODES = 64  # of the integral from the minimum to the saddle
_TOLERANCE = 1e-3  # largest relative change with half the nodes


def sgd_barrier(landscape: Landscape, *, minimum: float, saddle: float) -> Theory:
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
        In units of batch_size/learning_rate, for learning_rate -> 0 at fixed batch size; the
        truncation is the change with half the nodes.

    Raises
    ------
    ValueError
        Another landscape, points of another kind, or E exp(-p g) without a second root on the path:
        the noise cannot carry SGD uphill, or its moment generating function is infinite.

    References
    ----------
    W. Hu, C. J. Li, L. Li, J.-G. Liu, arXiv:1705.07562 (2017), for the SDE; A. Dembo, O. Zeitouni,
    Large Deviations Techniques and Applications (1998), for E exp(-p g).

    Examples
    --------
    >>> from driftscape.landscapes import Landscape, Rademacher
    >>> loss, samples = "(x**2 - 1)**2/4 + s*x", {"s": Rademacher()}
    >>> well = Landscape.from_loss(loss, coordinates="x", samples=samples)
    >>> round(sgd_barrier(well, minimum=-1, saddle=0).value, 4)
    0.5376
    """
    check_landscape(landscape)
    laws = landscape.sample_laws
    if landscape.dim != 1 or len(laws) != 1:
        raise ValueError(
            f"sgd_barrier needs one coordinate and one sample; {landscape.name} has "
            f"{landscape.dim} and {len(laws)}."
        )
    well, top = critical_pair(landscape, minimum, saddle)
    ends = float(well.at[0]), float(top.at[0])
    value = _integral(landscape, *ends, _PATH_NODES, _SAMPLE_NODES)
    change = abs(_integral(landscape, *ends, _PATH_NODES // 2, _SAMPLE_NODES) - value)
    change += abs(_integral(landscape, *ends, _PATH_NODES, _SAMPLE_NODES // 2) - value)
    if not change <= _TOLERANCE * value:
        raise ValueError(
            f"the average over the sample did not settle (relative change {change / value:.2g}): "
            "is E exp(-p g) infinite, or the gradient no smooth function of the sample?"
        )
    return Theory(
        value, truncation=change, regime="learning_rate -> 0",
        source="Cramer, large deviations", unit="of batch_size/learning_rate",
    )  # fmt: skip


def _integral(
    landscape: Landscape, minimum: float, saddle: float, count: int, samples: int
) -> float:
    nodes, weights = np.polynomial.legendre.leggauss(count)
    half = (saddle - minimum) / 2
    points = minimum + half * (nodes + 1)
    momenta = [_momentum(landscape, x, half, samples) for x in points]
    return float(abs(half) * weights @ momenta)


def _momentum(landscape: Landscape, x: float, direction: float, count: int) -> float:
    """Return the nontrivial root p of log E exp(-p g), for motion in the given direction."""
    from scipy.optimize import brentq

    ((symbol, law),) = landscape.sample_laws.items()
    sample, weight = law.nodes(count)
    values = {s: float(v) for s, v in landscape.parameter_symbols.items()}
    values |= {symbol: sample, landscape.symbols[0]: x}
    (gradient,) = evaluate(
        landscape.sample_gradient.entries, values, landscape.sample_gradient.assignments
    )
    gradient = np.broadcast_to(gradient, sample.shape) * np.sign(direction)

    def growth(p: float) -> float:
        exponent = -p * gradient
        top = exponent.max()
        return float(top + np.log(np.sum(weight * np.exp(exponent - top))))

    mean = float(np.sum(weight * gradient))
    spread = float(np.sum(weight * (gradient - mean) ** 2))
    if mean <= 0 or spread == 0:
        raise ValueError(f"at {x:.4g} the path is not uphill, or there is no noise.")
    low, high = 1e-6 * mean / spread, 2 * mean / spread
    for _ in range(60):
        if growth(high) > 0:
            return float(brentq(growth, low, high, xtol=1e-13, rtol=1e-13))
        low, high = high, 1.5 * high
    raise ValueError(
        f"log E exp(-p g) has no second root at {x:.4g}: SGD cannot be carried uphill there."
    )
