r"""Drift velocity of SGD along a flat valley, order by order in the learning rate.

Split the coordinates at a point of the valley into stiff ones, y = eps Y with eps^2 = eta, and slow
ones, s.  The operator of one step, (P f)(Y, s) = E f(Y', s'), is expanded as

    (P - 1)/eta = L0 + eps L1 + eps^2 L2 + ...,

L0 being that of an Ornstein-Uhlenbeck process Y at frozen s.  A function Phi of (Y, s) is sought,
order by order, for which s + Phi has a drift that no longer depends on Y,

    (P - 1)(s + Phi) = eta V(s),        L0 Phi_n = V_n - sum_{j > 0} L_j Phi_{n-j},

which fixes V_n as the average of the right side over the stationary law of L0.  All functions are
polynomials; V_2 is Corollary 1 of Tenka (2020), V_3 vanishes, and V_4 is the next order: the fifth
derivative of the loss, skewness of the noise, noise that depends on the position, the discrete
step, fluctuations along the valley.  Each derivative in s costs eps^2, so that first powers of s
are enough.

G. Pavliotis and A. Stuart, Multiscale Methods (2008), chapter 11, for the Poisson equations.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import factorial, perm, prod

import numpy as np

from ...typing import Float
from .sample_tensors import SampleTensors
from .trees import partitions

#: powers of the coordinates Y and s in one monomial
Powers = tuple[int, ...]
Polynomial = dict[Powers, float]

_ORDER = 4  # highest power of eps
RANK = _ORDER + 1  #: highest derivative of the loss


@dataclass(frozen=True)
class SlowDrift:
    """A loss near a point of a valley.

    Attributes
    ----------
    tensors
        The loss at the point.
    basis
        Orthogonal, shape (d, d): first the stiff directions, then the slow ones.
    stiffness
        Curvatures of the stiff directions.
    batch
        Samples of a batch.
    """

    tensors: SampleTensors
    basis: Float
    stiffness: Float
    batch: int

    def orders(self, along: Float) -> tuple[float, list[float]]:
        """Return V_2 and the parts of V_4 along a slow direction.

        The drift per step is eta (eta V_2 + eta^2 V_4 + ...), V_4 the sum of its parts: their
        absolute values give its size where they happen to cancel.
        """
        weights = self.basis[:, len(self.stiffness) :].T @ along
        start: Polynomial = {}
        for k, weight in enumerate(weights.tolist()):
            if weight:
                start[self._unit(len(self.stiffness) + k)] = weight
        functions = {0: start}
        drift: dict[int, list[float]] = {}
        for n in range(1, _ORDER + 1):
            solved = [
                self._solve(part)
                for j in range(1, n + 1)
                for part in self._parts(functions[n - j], j)
            ]
            functions[n] = _added(*(phi for phi, _ in solved))
            drift[n] = [v.get((0,) * self._dim, 0.0) for _, v in solved]
        return sum(drift[2]), drift[4]

    @property
    def _dim(self) -> int:
        return len(self.basis)

    def _unit(self, k: int) -> Powers:
        return tuple(int(i == k) for i in range(self._dim))

    def _stiff(self, index: Powers) -> int:
        return sum(index[: len(self.stiffness)])

    def _slow(self, index: Powers) -> int:
        return sum(index[len(self.stiffness) :])

    @cached_property
    def _gradients(self) -> list[dict[Powers, Float]]:
        """Component -> monomial -> coefficient at each sample."""
        found: list[dict[Powers, Float]] = [defaultdict(lambda: np.zeros(1)) for _ in self.basis]
        for rank in range(1, RANK + 1):
            tensor = self.tensors.each(rank)
            if tensor is None:
                continue
            for axis in range(1, rank + 1):
                tensor = np.moveaxis(np.tensordot(tensor, self.basis, (axis, 0)), -1, axis)
            for others in itertools.combinations_with_replacement(range(self._dim), rank - 1):
                power = tuple(others.count(k) for k in range(self._dim))
                if self._slow(power) > 1:
                    continue
                ways = prod(map(factorial, power))
                for i, component in enumerate(found):
                    component[power] = tensor[(slice(None), i, *others)] / ways  # type: ignore[arg-type]
        return found

    @cached_property
    def _means(self) -> dict[tuple[Powers, int], Polynomial]:
        return {}

    def _mean(self, components: Powers, degree: int) -> Polynomial:
        """Return the average over samples of a product of gradient components, to a degree in y."""
        if (components, degree) not in self._means:
            product: dict[Powers, Float] = {(0,) * self._dim: np.ones(1)}
            for i in components:
                longer: dict[Powers, Float] = {}
                for a, u in product.items():
                    for c, v in self._gradients[i].items():
                        power = tuple(p + q for p, q in zip(a, c, strict=True))
                        if self._stiff(power) <= degree and self._slow(power) <= 1:
                            longer[power] = longer.get(power, np.zeros(1)) + u * v
                product = longer
            chance = self.tensors.samples[1]
            means: Polynomial = {}
            for power, values in product.items():
                mean, size = float(np.sum(chance * values)), float(np.sum(chance * np.abs(values)))
                if abs(mean) > 1e-12 * size:
                    means[power] = mean
            self._means[components, degree] = means
        return self._means[components, degree]

    def _batch_mean(self, components: Powers, degree: int) -> Polynomial:
        """Return the same for the mean gradient of a batch, whose samples may coincide."""
        n, b = len(components), self.batch
        total: Polynomial = {}
        for partition in partitions(n):
            count = max(partition) + 1
            if count > b:
                continue
            product: Polynomial = {(0,) * self._dim: perm(b, count) / b**n}
            for part in range(count):
                inside = tuple(c for c, p in zip(components, partition, strict=True) if p == part)
                product = self._times(product, self._mean(inside, degree), degree)
            total = _added(total, product)
        return total

    def _times(self, a: Polynomial, b: Polynomial, degree: int) -> Polynomial:
        found: Polynomial = defaultdict(float)
        for p, u in a.items():
            for q, v in b.items():
                power = tuple(i + j for i, j in zip(p, q, strict=True))
                if self._stiff(power) <= degree and self._slow(power) <= 1:
                    found[power] += u * v
        return dict(found)

    def _apply(self, f: Polynomial, order: int) -> Polynomial:
        """Return L_order f."""
        return _added(*self._parts(f, order))

    def _parts(self, f: Polynomial, order: int) -> Iterator[Polynomial]:
        """Yield the terms of L_order f, a Taylor series of f in the change of a step."""
        for change in self._changes(f):
            degree = order + 2 - self._stiff(change) - 2 * self._slow(change)
            slope = _differentiated(f, change)
            if degree < 0 or not slope:
                continue
            components = tuple(k for k, n in enumerate(change) for _ in range(n))
            moment = self._batch_mean(components, degree)
            just = {p: v for p, v in moment.items() if self._stiff(p) == degree}
            sign = (-1) ** len(components)
            yield {p: sign * v for p, v in self._times(slope, just, 10**6).items()}

    def _changes(self, f: Polynomial) -> Iterator[Powers]:
        most = [max((p[k] for p in f), default=0) for k in range(self._dim)]
        for change in itertools.product(*(range(n + 1) for n in most)):
            if any(change):
                yield change

    def _solve(self, right: Polynomial) -> tuple[Polynomial, Polynomial]:
        """Return Phi and V with L0 Phi = V - right, from the highest powers of Y downwards."""
        rest = dict(right)
        phi: Polynomial = {}
        for slow in (0, 1):
            while True:
                open_ = [p for p in rest if self._stiff(p) and self._slow(p) == slow]
                if not open_:
                    break
                power = max(open_, key=self._stiff)
                rate = float(np.dot(power[: len(self.stiffness)], self.stiffness))
                term = {power: rest[power] / rate}
                phi = _added(phi, term)
                rest = _added(rest, self._apply(term, 0))
                rest.pop(power, None)  # it cancels, to rounding
        return phi, rest


def _added(*parts: Polynomial) -> Polynomial:
    total: Polynomial = defaultdict(float)
    for part in parts:
        for power, value in part.items():
            total[power] += value
    return {power: value for power, value in total.items() if value}


def _differentiated(f: Polynomial, change: Powers) -> Polynomial:
    """Return the derivative of this multi-index, over its factorial."""
    found: Polynomial = {}
    for power, value in f.items():
        if all(p >= n for p, n in zip(power, change, strict=True)):
            ways = prod(perm(p, n) / factorial(n) for p, n in zip(power, change, strict=True))
            found[tuple(p - n for p, n in zip(power, change, strict=True))] = value * ways
    return found
