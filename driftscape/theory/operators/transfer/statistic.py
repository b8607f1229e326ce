"""The batch mean of one function of the sample.

Where every entry of the gradient is A(theta) + B(theta) phi(x), a batch enters only through the
mean of phi, whose law does not depend on theta.  The sum over all samples but one is represented by
a Gauss rule, obtained from that of one sample by doubling: sums of nodes are a rule for the sum,
and Lanczos's iteration on them gives the Gauss rule of the same moments.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import sympy as sp

from ....typing import Float

Nodes = tuple[Float, Float]

_SPENT = 1e-14  # relative norm at which Lanczos's iteration is complete


def single_statistic(entries: Sequence[sp.Expr], x: sp.Symbol) -> sp.Expr | None:
    """Return phi(x) if the entries are A + B phi(x), else None.

    Examples
    --------
    >>> h, x = sp.symbols("h x")
    >>> single_statistic([(1 - x**2 * sp.exp(-h)) / 2], x)
    x**2
    """
    found = set()
    for entry in entries:
        _, rest = sp.expand(entry).as_independent(x, as_Add=True)
        for term in sp.Add.make_args(rest):
            if term != 0:
                found.add(term.as_independent(x, as_Add=False)[1])
    if len(found) != 1:
        return None
    (phi,) = found
    return phi if phi.free_symbols == {x} else None


def rule_of_sum(one: Nodes, count: int, kept: int = 20) -> Nodes:
    """Return a rule of `kept` nodes for the sum of `count` independent variables of rule `one`.

    Examples
    --------
    >>> sign = np.array([-1.0, 1.0]), np.array([0.5, 0.5])
    >>> nodes, weights = rule_of_sum(sign, 2)
    >>> nodes.round(12) + 0, weights.round(12)
    (array([-2.,  0.,  2.]), array([0.25, 0.5 , 0.25]))
    """
    total: Nodes = np.zeros(1), np.ones(1)
    power = gauss(*one, kept)
    while count:
        if count % 2:
            total = _added(total, power, kept)
        count //= 2
        if count:
            power = _added(power, power, kept)
    return total


def _added(first: Nodes, second: Nodes, kept: int) -> Nodes:
    nodes = (first[0][:, None] + second[0]).ravel()
    weights = (first[1][:, None] * second[1]).ravel()
    return gauss(nodes, weights, kept)


def gauss(nodes: Float, weights: Float, kept: int) -> Nodes:
    """Return the rule of at most `kept` nodes with the moments of a discrete measure of mass 1."""
    centre = weights @ nodes
    y = nodes - centre
    size = float(np.sqrt(weights @ y**2)) or 1.0
    basis = [np.sqrt(weights)]
    diagonal, beside = [], []
    for _ in range(min(kept, len(nodes))):
        new = y / size * basis[-1]
        diagonal.append(float(new @ basis[-1]))
        for _ in range(2):  # twice is enough: orthogonal to rounding
            for old in basis:
                new = new - (new @ old) * old
        length = float(np.linalg.norm(new))
        if not length > _SPENT:
            break
        beside.append(length)
        basis.append(new / length)
    jacobi = np.diag(diagonal)
    for k, length in enumerate(beside[: len(diagonal) - 1]):
        jacobi[k, k + 1] = jacobi[k + 1, k] = length
    values, vectors = np.linalg.eigh(jacobi)
    return centre + size * values, vectors[0] ** 2 / float((vectors[0] ** 2).sum())
