"""Mean and covariance of one step, at points of its state and at any size of the step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp

from ...landscapes.formulas.evaluate import evaluate
from ...typing import Assignment, Float, Index
from ..step import STEP, TERM, Step, parameter
from .rules import SYMMETRIC, product_rule

_BATCH, _ALPHA = parameter("batch_size"), parameter("alpha")
_MANY = 12  # largest number of normals for which the covariance of an equation is computed
_MOST = 1_000_000  # numbers that one call may compute


class Moments:
    """The first two moments of a step, by quadrature over its noise.

        mean(z) = E F(z, noise),    covariance(z) = Cov F(z, noise)

    Here z is the rows that feed back on the coordinates (a momentum does, a running sum does not).
    A batch enters as one sample whose covariance is divided by the effective number of independent
    samples: b, or b (N - 1)/(N - b) without replacement.  The covariance is taken as 0 for epochs,
    whose noise is not independent from step to step, for jumps without a variance, and for more
    than twelve normals.

    Parameters
    ----------
    step
        The one-step map.
    values
        Values of the parameters at each of some points of a sweep, at which the steps differ in
        them alone; default: those of the step.  Arrays of states have an axis of these points, of
        length 1 where there is one, before that of the rows.

    Attributes
    ----------
    known
        Whether the moments can be computed: the step has one size (no schedule), and its noise fits
        a rule.
    """

    def __init__(
        self,
        step: Step,
        values: Sequence[Mapping[sp.Symbol, float | sp.Expr]] | None = None,
    ) -> None:
        self.step = step
        given = [step.parameters] if values is None else values
        self.values = {s: np.array([[float(each[s])] for each in given]) for s in step.parameters}
        self.count = len(given)
        names = {s: s.name.removeprefix("dynamics.") for s in self.values}
        self.sizes = [s for s, n in names.items() if n == "dt" or n.startswith("learning_rate")]
        self.rows = _fed_back(step)
        self.rest = np.array([0.0] * step.visible + list(step.initial))
        self.share = self._share()
        nodes = self._nodes()
        self.known = bool(self.sizes) and nodes is not None
        self.noise, self.weight = nodes or ({}, np.ones(1))

    def at(self, which: Index) -> Moments:
        """Return the moments at some of the points, in this order."""
        other = copy(self)
        other.values = {s: values[which] for s, values in self.values.items()}
        other.share, other.count = self.share[which], len(which)
        return other

    def coarse(self) -> Moments:
        """Return the moments by as few nodes as are exact to degree 5: enough for a short step."""
        other = copy(self)
        other.noise, other.weight = self._nodes(3) or (self.noise, self.weight)
        return other

    @property
    def size(self) -> Float:
        """Size of the step at each point: dt or learning_rate; 1 for a matrix of them."""
        return self.values[self.sizes[0]][:, 0] if len(self.sizes) == 1 else np.ones(self.count)

    @property
    def at_rest(self) -> Float:
        """Starting values of the hidden rows that feed back."""
        return self.rest[self.rows[self.step.visible :]]

    @property
    def noisy(self) -> bool:
        """Whether a step has a covariance."""
        return bool(self.share.any() and self.step.noise)

    @property
    def name(self) -> str:
        """Name of the size: "dt" or "learning_rate"."""
        return "dt" if self.sizes[0].name.endswith("dt") else "learning_rate"

    def _share(self) -> Float:
        """Return the covariance of the noise of a step, in units of that of one sample."""
        none = np.zeros((self.count, 1))
        batch, samples = self.values.get(_BATCH, none + 1), self.step.training_set
        share = none
        if _ALPHA not in self.values:
            if samples is None or samples.order == "iid":
                share = 1 / batch
            elif samples.order == "without-replacement":
                size = self.values[samples.size]
                share = (size - batch) / (np.maximum(size - 1, 1) * batch)
        return share[:, 0]

    @cached_property
    def _single(self) -> dict[sp.Basic, sp.Symbol]:
        """Noise symbol that is drawn for each sample of a batch -> symbol of one sample."""
        return {s: sp.Symbol(f"one.{s}", real=True) for s in self.step.noise if not s.is_Symbol}

    @cached_property
    def _formulas(self) -> tuple[list[Assignment], list[sp.Expr]]:
        """Assignments and new rows, with the value of one sample for the mean over a batch."""
        assignments, update = list(self.step.assignments), [self.step.update[i] for i in self.rows]
        if not self._single:
            return assignments, update
        sums = {s for e in [*update, *(e for _, e in assignments)] for s in e.atoms(sp.Sum)}
        terms = {base[TERM]: one for base, one in self._single.items()}
        swaps = {s: _BATCH * s.function.xreplace(terms) for s in sums if s.has(*self._single)}
        return [(s, e.xreplace(swaps)) for s, e in assignments], [e.xreplace(swaps) for e in update]

    def _nodes(self, most: int | None = None) -> tuple[dict[sp.Basic, Float], Float] | None:
        """Return symbol -> values at the nodes, and weights; None where no rule fits.

        `most` limits the nodes of a symbol.
        """
        symbols, laws = list(self.step.noise), list(self.step.noise.values())
        if self._single and _BATCH not in self.values:
            return None  # a whole training set at every step
        if self.step.training_set is not None and self.step.training_set.rows:
            nodes = np.array([self.step.tables[base] for base in self.step.training_set.rows])
            weights = np.full(nodes.shape[-1], 1 / nodes.shape[-1])
        elif _ALPHA in self.values:
            middle = {"uniform": 0.5, "exponential": 1.0}  # no jump
            nodes, weights = np.array([[middle[law]] for law in laws]), np.ones(1)
        elif len(laws) > _MANY and _BATCH not in self.values and set(laws) <= SYMMETRIC:
            nodes, weights = np.zeros((len(laws), 1)), np.ones(1)  # the drift, to lowest order
            self.share = np.zeros(self.count)
        else:
            rule = product_rule(laws, most)
            if rule is None:
                return None
            nodes, weights = rule
        named = (self._single.get(s, s) for s in symbols)
        return dict(zip(named, nodes, strict=True)), weights

    def fits(self, points: int) -> bool:
        """Return whether so many points are few enough to be evaluated."""
        return points * len(self.weight) * len(self.rows) <= _MOST

    def pieces(self, count: int, points: int) -> list[slice]:
        """Return parts of `count` items with so many states each that are evaluated at a time."""
        each = max(1, _MOST // (points * len(self.weight) * len(self.rows)))
        return [slice(first, first + each) for first in range(0, count, each)]

    def mean(self, points: Float, scale: float = 1.0) -> Float:
        """Return the mean at states (..., points, rows); `scale` multiplies the size of the step.

        NaN where the map leaves the finite numbers.
        """
        mean: Float = self.weight @ self._image(points, scale)
        return mean

    def covariance(self, points: Float, scale: float = 1.0) -> Float:
        """Return the covariance, shape (..., points, rows, rows); otherwise as `mean`."""
        image = self._image(points, scale)
        off = image - (self.weight @ image)[..., None, :]
        squares: Float = np.swapaxes(off * self.weight[:, None], -1, -2) @ off
        return self.share[:, None, None] * squares

    def _image(self, points: Float, scale: float) -> Float:
        """Map states under every node of the noise, shape (..., points, nodes, rows)."""
        # what all points share is one number: it may be a number of turns
        values: dict[sp.Basic, Any] = {
            s: v[0, 0] if (v == v[0]).all() else v for s, v in self.values.items()
        }
        values |= {s: values[s] * scale for s in self.sizes}
        values |= {STEP: np.float64(0.0)} | self.noise
        rows = np.moveaxis(points, -1, 0)[..., None]
        state = dict(enumerate(self.rest)) | dict(zip(self.rows, rows, strict=True))
        values |= {s: state[i] for i, s in enumerate(self.step.state)}
        assignments, update = self._formulas
        new = evaluate(update, values, assignments, self.step.tables)
        shape = (*points.shape[:-1], len(self.weight))
        return np.stack([np.broadcast_to(row, shape) for row in new], axis=-1)


def _fed_back(step: Step) -> list[int]:
    """Return the rows on which another row depends; the coordinates first."""
    used = {s: set[sp.Basic]() for s in step.state}
    shared = set().union(*(e.free_symbols for _, e in step.assignments))
    for row, new in zip(step.state, step.update, strict=True):
        for symbol in new.free_symbols & set(step.state) - {row}:
            used[symbol].add(row)
    return [i for i, s in enumerate(step.state) if i < step.visible or used[s] or s in shared]
