"""Integrands on cells: bounds of their integrals, and values by Gauss rules.

The integrals of exp(L), and of f exp(L) or f, are treated together, as logarithms against overflow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import sympy as sp

from ...typing import Bools, Float, Index
from ..formulas.evaluate import evaluate
from .bounds import Bounds
from .cells import Cells
from .exponentials import exponential_terms, log_sum_exp
from .kinks import corners

#: largest variation of L, and of the logarithm of f or of its slope, in a cell for the rules
SPREAD = 3.0

_FINE, _ROUGH = 8, 6  # nodes of the two rules
_POINTS = 2**19  # nodes that are evaluated at once


class Integrand:
    """L and functions of some variables, for several problems at once.

    Attributes
    ----------
    weighted
        Whether each function is multiplied by exp(L); the first is exp(L) itself.
    undefined
        Whether L is undefined somewhere, shape (problems,).
    """

    def __init__(
        self, logarithm: sp.Expr, functions: Sequence[tuple[sp.Expr, bool]],
        variables: Sequence[sp.Symbol], symbols: Mapping[sp.Symbol, Float], count: int,
    ) -> None:  # fmt: skip
        self.variables, self.symbols = variables, symbols
        self.undefined = np.zeros(count, bool)
        self.weighted = np.array([True, *(w for _, w in functions)])
        self.expressions = [log_sum_exp(e) for e in (logarithm, *(f for f, _ in functions))]
        self.bounds = [Bounds(e, variables) for e in (logarithm, *(f for f, _ in functions))]
        # a function may grow far away as long as its product with exp(L) does not
        self.terms = [
            [(Bounds(g, variables), Bounds(logarithm * int(w) + a, variables))
             for g, a in exponential_terms(f)] if f.has(sp.exp, sp.sinh, sp.cosh) else []
            for f, w in functions
        ]  # fmt: skip
        self.factors_of = [
            [(abs(power), Bounds(g, variables)) for g, power in factors(f)] for f, _ in functions
        ]
        self.corners = [
            [Bounds(u, variables) for u in corners(e) if u.has(*variables)]
            for e in (logarithm, *(f for f, _ in functions))
        ]

    def fixed(self, owner: Index) -> dict[sp.Symbol, Float]:
        """Return the values of the other symbols for the cells of these problems."""
        return {s: v[owner] for s, v in self.symbols.items()}

    def measured(self, low: Float, high: Float, owner: Index) -> Cells:
        """Return cells with lower and upper bounds of each integral over them, as logarithms."""
        fixed = self.fixed(owner)
        with np.errstate(all="ignore"):
            volume = np.log(high - low).sum(axis=1)
            bottom, top, slope, _ = self.bounds[0](low, high, fixed)
            shares = [slope]
            least, most, spread, hidden = [bottom + volume], [top + volume], [top - bottom], [
                np.full(len(owner), np.inf)]  # fmt: skip
            for bound, terms, factors_of, weighted in zip(
                self.bounds[1:], self.terms, self.factors_of, self.weighted[1:], strict=True
            ):
                a, b, slope, sure = bound(low, high, fixed)
                a, b = np.where(np.isnan(a), 0.0, a), np.where(np.isnan(b), 0.0, b)
                largest, smallest = _sizes(a, b)
                size = np.log(largest) + (top if weighted else 0.0)
                rest = np.log(smallest) + (bottom if weighted else 0.0)
                varies = _varies(a, b, slope, sure)
                uneven = np.flatnonzero(~(varies <= SPREAD))
                if len(uneven):
                    here = {s: v[uneven] for s, v in fixed.items()}
                    corner = low[uneven], high[uneven]
                    if terms:
                        at_least, at_most = self._sizes_of(terms, *corner, here)
                        size[uneven] = np.fmin(size[uneven], at_most)
                        rest[uneven] = np.fmax(rest[uneven], at_least)
                    if factors_of:  # a product of factors that vary little each
                        together = sum(k * _varies(*g(*corner, here)) for k, g in factors_of)
                        varies[uneven] = np.fmin(varies[uneven], together)
                most.append(size + volume)
                least.append(rest + volume)
                spread.append(varies)
                hidden.append(np.log(b - a) + volume + (top if weighted else 0.0))
                shares.append(slope)
        cells = {
            "low": low, "high": high, "owner": np.asarray(owner), "top": top, "bottom": bottom,
            "least": np.nan_to_num(np.stack(least), nan=-np.inf, posinf=np.inf, neginf=-np.inf),
            "most": np.nan_to_num(np.stack(most), nan=np.inf, posinf=np.inf, neginf=-np.inf),
            "spread": np.nan_to_num(np.stack(spread), nan=np.inf, posinf=np.inf),
            "hidden": np.nan_to_num(np.stack(hidden), nan=np.inf, posinf=np.inf, neginf=-np.inf),
            "slopes": np.stack(shares),
        }  # fmt: skip
        # where f vanishes throughout, nothing varies
        cells["spread"][np.isneginf(cells["most"])] = 0.0
        return cells

    def _sizes_of(
        self,
        terms: list[tuple[Bounds, Bounds]],
        low: Float,
        high: Float,
        fixed: Mapping[sp.Symbol, Float],
    ) -> tuple[Float, Float]:
        """Return logarithms of the lower and upper bounds of a sum of weighted terms."""
        total = np.full(len(low), -np.inf)
        rest = total
        for g, exponent in terms:
            a, b, *_ = g(low, high, fixed)
            bottom, top, *_ = exponent(low, high, fixed)
            largest, smallest = _sizes(a, b)
            total = np.logaddexp(total, np.where(largest > 0, np.log(largest) + top, -np.inf))
            rest = np.log(smallest) + bottom
        return (rest if len(terms) == 1 else np.full(len(low), -np.inf)), total

    def rules(self, cells: Cells) -> tuple[Float, Float, Float, Bools]:
        """Return integrals over cells, their errors along each variable, integrals of |f|, broken.

        The last result marks the functions and cells whose errors come from interval bounds.
        """
        dim = len(self.variables)
        orders = [(_FINE,) * dim]
        orders += [tuple(_ROUGH if j == i else _FINE for j in range(dim)) for i in range(dim)]
        n, m = len(cells["owner"]), len(self.weighted)
        values = np.empty((1 + dim, m, n))
        sizes = np.empty((m, n))
        block = max(1, _POINTS // _FINE**dim)
        for first in range(0, n, block):
            part = slice(first, first + block)
            for k, order in enumerate(orders):
                values[k, :, part], size = self._rule(cells, part, order)
                if k == 0:
                    sizes[:, part] = size
        errors = np.abs(values[0] - values[1:]).transpose(1, 2, 0)
        return values[0], errors, sizes, self.at_corners(cells, errors)

    def at_corners(self, cells: Cells, errors: Float) -> Bools:
        """Replace errors by interval bounds where the rules may miss something.

        This is where a cell may contain a kink or a jump, or where the logarithm of a function and
        that of its slope vary by more than a few units.  Return where, (functions, cells).
        """
        broken = cells["spread"] > SPREAD
        length = np.arcsinh(cells["high"]) - np.arcsinh(cells["low"])
        slopes = cells["slopes"][broken.argmax(axis=0), np.arange(len(length))]
        known = np.isfinite(slopes).all(axis=1, keepdims=True)
        axis = np.where(known, slopes, length).argmax(axis=1)
        for m, each in enumerate(self.corners):
            for bound in each:
                fixed = self.fixed(cells["owner"])
                low, high, slope, _ = bound(cells["low"], cells["high"], fixed)
                across = ~(low > 0) & ~(high < 0)
                broken[self.weighted if m == 0 else m] |= across
                slope = np.where(np.isfinite(slope).all(axis=1, keepdims=True), slope, length)
                axis = np.where(across, slope.argmax(axis=1), axis)
        here = np.flatnonzero(broken.any(axis=0))
        if len(here):
            variation = self._variation(*(cells[k][here] for k in ("low", "high", "owner", "top")))
            by_bounds = np.zeros((len(errors), len(here), errors.shape[2]))
            by_bounds[:, np.arange(len(here)), axis[here]] = variation
            errors[:, here] = np.where(broken[:, here, None], by_bounds, errors[:, here])
        return np.asarray(broken)

    def _variation(self, low: Float, high: Float, owner: Index, top: Float) -> Float:
        """Return volume times (largest minus smallest value) of each integrand on cells."""
        fixed = self.fixed(owner)
        with np.errstate(all="ignore"):
            volume = (high - low).prod(axis=1)
            below, above, *_ = self.bounds[0](low, high, fixed)
            weight = np.exp(below - top), np.exp(above - top)
            found = [weight[1] - weight[0]]
            for bound, weighted in zip(self.bounds[1:], self.weighted[1:], strict=True):
                a, b, *_ = bound(low, high, fixed)
                if weighted:
                    products = np.stack([v * w for v in (a, b) for w in weight])
                    a, b = products.min(axis=0), products.max(axis=0)
                found.append(b - a)
            return np.asarray(np.nan_to_num(np.stack(found) * volume, nan=np.inf))

    def _rule(self, cells: Cells, part: slice, order: tuple[int, ...]) -> tuple[Float, Float]:
        low, high, owner = cells["low"][part], cells["high"][part], cells["owner"][part]
        nodes = [np.polynomial.legendre.leggauss(q) for q in order]
        mesh = np.stack(np.meshgrid(*(x for x, _ in nodes), indexing="ij"), -1).reshape(
            -1, len(order)
        )
        weights = np.ones(())
        for _, w in nodes:
            weights = np.multiply.outer(weights, w / 2)
        centre, half = low / 2 + high / 2, high / 2 - low / 2
        given: dict[sp.Basic, Float | float] = {
            s: v[owner][:, None] for s, v in self.symbols.items()
        }
        given |= {
            x: centre[:, i, None] + half[:, i, None] * mesh[:, i]
            for i, x in enumerate(self.variables)
        }
        shape = len(low), len(mesh)
        with np.errstate(all="ignore"):
            logs, *others = (np.broadcast_to(v, shape) for v in evaluate(self.expressions, given))
            undefined = np.isnan(logs)
            density = np.exp(logs - cells["top"][part, None])
            found = [density, *(v * density if w else v for v, w in zip(
                others, self.weighted[1:], strict=True))]  # fmt: skip
        if undefined.any():
            self.undefined[owner[undefined.any(axis=1)]] = True
            found = [np.where(undefined, 0.0, v) for v in found]
        volume = (2 * half).prod(axis=1)
        flat = weights.ravel()
        return (
            np.stack([v @ flat * volume for v in found]),
            np.stack([np.abs(v) @ flat * volume for v in found]),
        )


def factors(expression: sp.Expr) -> list[tuple[sp.Expr, int]]:
    """Return the factors of a product with their whole powers; none for a single factor."""
    found = []
    for factor in sp.Mul.make_args(expression):
        base, power = factor.as_base_exp()
        if isinstance(factor, sp.exp) or not power.is_Integer:
            base, power = factor, sp.S.One
        if base.free_symbols:
            found.append((base, int(power)))
    return [] if len(found) == 1 and abs(found[0][1]) == 1 else found


def _sizes(low: Float, high: Float) -> tuple[Float, Float]:
    """Return the largest and the smallest absolute value between bounds."""
    return np.maximum(np.abs(low), np.abs(high)), np.maximum(np.maximum(low, -high), 0.0)


def _varies(low: Float, high: Float, slope: Float, sure: Float) -> Float:
    """Return the variation of the logarithm of a function, or of its slope, the smaller of both.

    Any rule integrates a function well whose slope hardly varies along the variable that matters.
    """
    largest, smallest = _sizes(low, high)
    steep = np.log(slope.sum(axis=1)) - np.log(sure.max(axis=1))
    return np.asarray(np.fmin(np.log(largest) - np.log(smallest), steep))
