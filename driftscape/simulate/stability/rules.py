"""Quadrature over the noise of one step: nodes and weights for every symbol that is drawn."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ...typing import Float

SYMMETRIC = {"normal", "rademacher"}
"""Standard laws whose moments agree up to the third."""

_MOST = 2048  # largest number of nodes of a product rule
_RULE = 24  # largest number of Gaussian nodes a symbol; 3 are exact to degree 5, as needed


def product_rule(laws: Sequence[str], most: int | None = None) -> tuple[Float, Float] | None:
    """Return nodes, shape (symbols, nodes), and weights for independent standard laws.

    The product of Gauss rules of as many nodes as fit; for many symbols that are all symmetric the
    rule of degree 5 of McNamee and Stenger (1967).  None where neither fits.  `most` is a smaller
    number of nodes a symbol, 3 at least.

    Examples
    --------
    >>> nodes, weights = product_rule(["normal", "rademacher"])
    >>> round(float(weights @ nodes[0] ** 4), 9)
    3.0
    """
    if not laws:
        return np.zeros((0, 1)), np.ones(1)
    smooth = sum(law != "rademacher" for law in laws)
    signs = 2 ** (len(laws) - smooth)
    count = _RULE if not smooth else min(_RULE, int((_MOST / signs) ** (1 / smooth) + 1e-9))
    if signs > _MOST or count < 3:
        return _degree_five(len(laws)) if set(laws) <= SYMMETRIC else None
    count = min(count, most or count)
    rules = [_GAUSS[law](count) for law in laws]
    nodes = np.array(list(itertools.product(*(x for x, _ in rules)))).T
    weights = np.array([math.prod(w) for w in itertools.product(*(w for _, w in rules))])
    return nodes, weights


def _normal(count: int) -> tuple[Float, Float]:
    x, w = np.polynomial.hermite_e.hermegauss(count)
    return x, w / w.sum()


def _uniform(count: int) -> tuple[Float, Float]:
    x, w = np.polynomial.legendre.leggauss(count)
    return (x + 1) / 2, w / 2


def _signs(_: int) -> tuple[Float, Float]:
    return np.array([-1.0, 1.0]), np.array([0.5, 0.5])


_GAUSS: Mapping[str, Callable[[int], tuple[Float, Float]]] = {
    "normal": _normal,
    "uniform": _uniform,
    "exponential": np.polynomial.laguerre.laggauss,
    "rademacher": _signs,
}


def _degree_five(n: int) -> tuple[Float, Float]:
    """Return 2 n^2 + 1 nodes for n normals; a fair sign has the same moments up to the third."""
    far = math.sqrt(3)
    axes = far * np.hstack([np.eye(n), -np.eye(n)])
    pairs = []
    for i, j in itertools.combinations(range(n), 2):
        for a, b in itertools.product((-far, far), repeat=2):
            node = np.zeros(n)
            node[i], node[j] = a, b
            pairs.append(node)
    nodes = np.hstack([np.zeros((n, 1)), axes, np.array(pairs).reshape(-1, n).T])
    weights = [1 + (n * n - 7 * n) / 18, *[(4 - n) / 18] * (2 * n), *[1 / 36] * len(pairs)]
    return nodes, np.array(weights)
