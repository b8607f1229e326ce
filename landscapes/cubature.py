"""Integrals over all of space, by Gauss rules on cells that bounds have shown to hide nothing.

    integral of f_m exp(L)  over x in R^k, k = 1, 2, ...        (f_0 = 1)

Space is cut until in each cell L varies by no more than a few units, or the bounds of L and f show
that the cell holds nothing of the integrals: so no peak is missed, however narrow and however far
away.  Cells are then cut further until two Gauss rules agree, or, where one may
hold a kink or a jump, or varies too much, until the bounds say that it does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from .bounds import Bounds
from .evaluate import evaluate
from .exponentials import exponential_terms, log_sum_exp
from .kinks import corners

Float = NDArray[np.float64]

FAR = 2.0**64
"""What has no end is looked at up to here, on cells that grow with the distance."""

_NEGLIGIBLE = np.log(1e-17)  # share of an integral that one cell may hold and be left out
_SPREAD = 3.0  # what L, and the logarithm of f or of its slope, may vary by in a cell
_HIDDEN = np.log(1e-3)  # share of an integral that f may vary by in one cell, if it varies by more
_FINE, _ROUGH = 8, 6  # nodes of the two rules
_BATCH = 4096  # cells that are cut at once, those that may hold most first
_ROUNDS = 3000
_MOST_CUT = 2**15  # cells up to which the errors of the rules are made smaller
_POINTS = 2**19  # evaluated at once
_EPS = 2.0**-52
_NARROWEST = 8 * _EPS  # of the distance from the origin
_LEAST = 1e-280
_ADDING = 1e-14  # rounding of a sum over cells
_STILL_THERE = 1e-15  # share of the outermost cells


@dataclass(frozen=True)
class Integrals:
    """What `integrate` found, for each of some problems.

    Attributes
    ----------
    ratios, errors
        Integrals of f_1, f_2, ... over that of exp(L), shape (functions, problems), and what the
        rules and all that was left out may be wrong by.
    logarithm
        Of the integral of exp(L), shape (problems,).
    doubt
        Share of the integrals that may hide in cells which were given up, shape (problems,): zero
        where there are none.  The errors hold it.
    endless
        Whether integrals do not fall off before `FAR`, shape (1 + functions, problems): first
        that of exp(L).
    undefined
        Whether L has no value somewhere, shape (problems,); nothing is counted there.
    low, high, owner, mass
        The cells, shape (cells, k), the problem of each and its share of the integral of exp(L).
    """

    ratios: Float
    errors: Float
    logarithm: Float
    doubt: Float
    endless: NDArray[np.bool_]
    undefined: NDArray[np.bool_]
    low: Float
    high: Float
    owner: NDArray[np.int64]
    mass: Float


def integrate(
    logarithm: sp.Expr,
    functions: Sequence[tuple[sp.Expr, bool]],
    variables: Sequence[sp.Symbol],
    *,
    box: Iterable[tuple[float, float]] | None = None,
    fixed: Mapping[sp.Symbol, Any] | None = None,
    tolerance: float = 1e-12,
    floor: float = 0.0,
    most: int = 2**16,
) -> Integrals:
    """Integrate functions times exp(L), and divide by the integral of exp(L).

    Parameters
    ----------
    logarithm
        L.
    functions
        Each f and whether it is multiplied by exp(L).
    variables
        What is integrated over.
    box
        (low, high) for each of them; all of space, up to `FAR`, if not given.
    fixed
        Further symbols -> numbers, or arrays with a number for each of several problems.
    tolerance
        Of the error, relative to the integral of the absolute value.
    floor
        An integral of |f| smaller than this, of that of exp(L), counts as this large.
    most
        Cells, for all problems together.

    Examples
    --------
    >>> x, a = sp.symbols("x a", real=True)
    >>> found = integrate(-((x - a) ** 2) / 2, [(x**2, True)], [x], fixed={a: [0.0, 1e4]})
    >>> found.ratios.round(4).tolist()
    [[1.0, 100000001.0]]
    >>> bool(found.doubt.max() == 0)
    True
    """
    symbols = {s: np.atleast_1d(np.asarray(v, float)) for s, v in (fixed or {}).items()}
    count = max((len(v) for v in symbols.values()), default=1)
    symbols = {s: np.broadcast_to(v, count) for s, v in symbols.items()}
    ends = np.array(list(box) if box is not None else [(-FAR, FAR)] * len(variables), float)
    work = _Work(logarithm, functions, variables, symbols, count, most, floor)
    # NumPy warns of comparisons with what is not known yet: of infinities
    work.search(np.tile(ends[:, 0], (count, 1)), np.tile(ends[:, 1], (count, 1)))
    work.refine(tolerance)
    return work.result()


class _Work:
    def __init__(
        self, logarithm: sp.Expr, functions: Sequence[tuple[sp.Expr, bool]],
        variables: Sequence[sp.Symbol], symbols: Mapping[sp.Symbol, Float], count: int, most: int,
        floor: float,
    ) -> None:  # fmt: skip
        self.floor = floor
        self.variables, self.symbols, self.count, self.most = variables, symbols, count, most
        self.weighted = np.array([True, *(w for _, w in functions)])
        self.expressions = [log_sum_exp(e) for e in (logarithm, *(f for f, _ in functions))]
        self.bounds = [Bounds(e, variables) for e in (logarithm, *(f for f, _ in functions))]
        # what is multiplied by exp(L) may grow far out as long as the product does not
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
        shape = len(self.weighted), count
        self.left_out = np.full(shape, -np.inf)  # logarithm of what it may be at most
        self.given_up = np.full(shape, -np.inf)
        self.held = np.full(shape, -np.inf)  # logarithm of the integral of |f| exp(L) in done cells
        self.endless = np.zeros(shape, bool)
        self.undefined = np.zeros(count, bool)
        self.done: dict[str, list[Any]] = {}

    # -- the search: cells that can be integrated over ----------------------------------------

    @np.errstate(all="ignore")
    def search(self, low: Float, high: Float) -> None:
        cells = self.bounded(low, high, np.arange(self.count))
        done = 0
        for _ in range(_ROUNDS):
            scale = np.logaddexp(self.held, self.by_owner(cells["least"], cells["owner"]))
            scale[1:] = np.maximum(scale[1:], scale[0] + np.log(self.floor))
            # at most so much is held anywhere
            whole = np.logaddexp(self.held, self.by_owner(cells["most"], cells["owner"]))
            self.at_the_end(cells, whole)
            if self.endless.any():  # nothing more is asked of what has no integral
                hopeless = np.asarray(self.endless.any(axis=0))
                cells = _taken(cells, ~hopeless[cells["owner"]])
            share = cells["most"] - _where_known(scale[:, cells["owner"]])
            share[np.isneginf(cells["most"])] = -np.inf
            gone = (share <= _NEGLIGIBLE).all(axis=0)
            width = cells["high"] - cells["low"]
            size = np.maximum(np.abs(cells["low"]), np.abs(cells["high"]))
            narrow = (width <= _NARROWEST * size + _LEAST).any(axis=1) & ~gone
            self.add(self.left_out, cells, gone | narrow)
            self.at_the_end(_taken(cells, narrow), scale)
            even = (cells["spread"] <= _SPREAD) | (cells["hidden"] - _where_known(
                scale[:, cells["owner"]]) <= _HIDDEN)  # fmt: skip
            even[0] = cells["spread"][0] <= _SPREAD
            even[1:][self.weighted[1:]] &= even[0]
            even |= share <= _NEGLIGIBLE
            keep = ~gone & ~narrow
            ready = keep & even.all(axis=0)
            if ready.any():
                self.settle(_taken(cells, ready))
                done += int(ready.sum())
            cells = _taken(cells, keep & ~ready)
            share, even = share[:, keep & ~ready], even[:, keep & ~ready]
            if not len(cells["owner"]):
                return
            if done + len(cells["owner"]) > self.most:
                break
            # of an integral of which nothing is known yet, what may hold most
            highest = np.full(scale.shape, -np.inf)
            for row, values in zip(highest, cells["most"], strict=True):
                np.maximum.at(row, cells["owner"], values)
            unknown = cells["most"] - highest[:, cells["owner"]]
            rank = np.where(np.isneginf(scale)[:, cells["owner"]], unknown, share)
            first = np.argsort(-np.fmax.reduce(rank, axis=0), kind="stable")
            cut, rest = first[:_BATCH], first[_BATCH:]
            axis = self.axis(_taken(cells, cut), even[:, cut])
            corner = cells["low"][cut], cells["high"][cut]
            children = self.bounded(*halves(*corner, cells["owner"][cut], axis))
            cells = _joined([_taken(cells, rest), children])
        self.add(self.given_up, cells, np.ones(len(cells["owner"]), bool))
        self.at_the_end(cells, scale)
        self.settle(cells)  # what is known of them, whatever may hide in them

    def bounded(self, low: Float, high: Float, owner: Any) -> dict[str, Any]:
        """Cells with what is known of them, but for those on which L has no value."""
        cells = self.measured(low, high, owner)
        known = ~np.isnan(cells["top"]) & ~np.isnan(cells["bottom"])
        self.undefined[np.asarray(owner)[~known]] = True
        return _taken(cells, known)

    def measured(self, low: Float, high: Float, owner: Any) -> dict[str, Any]:
        """Cells with the least and the most that each integral may hold there, as logarithms."""
        fixed = {s: v[owner] for s, v in self.symbols.items()}
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
                uneven = np.flatnonzero(~(varies <= _SPREAD))
                if len(uneven):
                    here = {s: v[uneven] for s, v in fixed.items()}
                    corner = low[uneven], high[uneven]
                    if terms:
                        at_least, at_most = self.sizes_of(terms, *corner, here)
                        size[uneven] = np.fmin(size[uneven], at_most)
                        rest[uneven] = np.fmax(rest[uneven], at_least)
                    if factors_of:  # a product of what any rule sees
                        together = sum(k * _varies(*g(*corner, here)) for k, g in factors_of)
                        varies[uneven] = np.fmin(varies[uneven], together)
                most.append(size + volume)
                least.append(rest + volume)
                spread.append(varies)
                hidden.append(np.log(b - a) + volume + (top if weighted else 0.0))
                shares.append(slope)
        made = {
            "low": low, "high": high, "owner": np.asarray(owner), "top": top, "bottom": bottom,
            "least": np.nan_to_num(np.stack(least), nan=-np.inf, posinf=np.inf, neginf=-np.inf),
            "most": np.nan_to_num(np.stack(most), nan=np.inf, posinf=np.inf, neginf=-np.inf),
            "spread": np.nan_to_num(np.stack(spread), nan=np.inf, posinf=np.inf),
            "hidden": np.nan_to_num(np.stack(hidden), nan=np.inf, posinf=np.inf, neginf=-np.inf),
            "slopes": np.stack(shares),
        }  # fmt: skip
        # where f vanishes throughout, nothing varies
        made["spread"][np.isneginf(made["most"])] = 0.0
        return made

    def sizes_of(self, terms: Any, low: Float, high: Float, fixed: Any) -> tuple[Float, Float]:
        """Logarithms of what a sum of terms with their weights is at least and at most."""
        total = np.full(len(low), -np.inf)
        rest = total
        for g, exponent in terms:
            a, b, *_ = g(low, high, fixed)
            bottom, top, *_ = exponent(low, high, fixed)
            largest, smallest = _sizes(a, b)
            total = np.logaddexp(total, np.where(largest > 0, np.log(largest) + top, -np.inf))
            rest = np.log(smallest) + bottom
        return (rest if len(terms) == 1 else np.full(len(low), -np.inf)), total

    def axis(self, cells: dict[str, Any], even: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Choose the variable to cut: what most of the variation comes from, else the longest."""
        length = np.arcsinh(cells["high"]) - np.arcsinh(cells["low"])
        slopes = cells["slopes"][even.argmin(axis=0), np.arange(len(length))]  # first that varies
        with np.errstate(all="ignore"):
            part = slopes / slopes.sum(axis=1, keepdims=True)
            chosen = 1e-3 * length / length.sum(axis=1, keepdims=True)
        chosen = chosen + np.where(np.isfinite(part).all(axis=1, keepdims=True), part, 0.0)
        chosen[length == 0] = -1.0
        return np.asarray(chosen.argmax(axis=1))

    def by_owner(self, logs: Float, owner: Any) -> Float:
        """Add up exponentials for each problem, as logarithms."""
        total = np.full((len(logs), self.count), -np.inf)
        for row, values in zip(total, logs, strict=True):
            largest = np.full(self.count, -np.inf)
            np.maximum.at(largest, owner, values)
            base = np.where(np.isfinite(largest), largest, 0.0)
            with np.errstate(all="ignore"):
                sums = np.bincount(owner, np.exp(values - base[owner]), self.count)
                row[:] = np.where(np.isfinite(largest), np.log(sums) + base, largest)
        return total

    def add(self, to: Float, cells: dict[str, Any], which: NDArray[np.bool_]) -> None:
        if which.any():
            part = _taken(cells, which)
            with np.errstate(invalid="ignore"):
                to[:] = np.logaddexp(to, self.by_owner(part["most"], part["owner"]))

    def at_the_end(self, cells: dict[str, Any], scale: Float) -> None:
        """Note integrals of which cells at the end of space surely hold a share."""
        touching = _taken(cells, _touches(cells))
        owner = touching["owner"]
        for row, least, known in zip(self.endless, touching["least"], scale, strict=True):
            sure = np.isfinite(least) & (least - known[owner] > np.log(_STILL_THERE))
            row[owner[sure]] = True

    # -- the rules ----------------------------------------------------------------------------

    def settle(self, cells: dict[str, Any]) -> None:
        """Integrate over cells and keep them."""
        values, errors, sizes, broken = self.rules(cells)
        reference = np.where(self.weighted[:, None], cells["top"], 0.0)
        with np.errstate(divide="ignore"):
            logs = np.log(sizes) + reference
        self.held = np.logaddexp(self.held, self.by_owner(logs, cells["owner"]))
        made = {k: cells[k] for k in ("low", "high", "owner", "top")}
        made |= {"values": values, "errors": errors, "sizes": sizes, "broken": broken}
        for key, value in made.items():
            self.done.setdefault(key, []).append(value)

    def rules(self, cells: dict[str, Any]) -> tuple[Float, Float, Float, NDArray[np.bool_]]:
        """Integrals over cells, their errors along each variable, and integrals of |f|."""
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
                values[k, :, part], size = self.rule(cells, part, order)
                if k == 0:
                    sizes[:, part] = size
        errors = np.abs(values[0] - values[1:]).transpose(1, 2, 0)
        return values[0], errors, sizes, self.at_corners(cells, errors)

    def at_corners(self, cells: dict[str, Any], errors: Float) -> NDArray[np.bool_]:
        """Take what bounds say for the error where all rules may miss something.

        That is where a cell may hold a kink or a jump, or a function varies by more than a few
        units of its logarithm and of that of its slope.  Returned is which, (functions, cells).
        """
        broken = cells["spread"] > _SPREAD
        length = np.arcsinh(cells["high"]) - np.arcsinh(cells["low"])
        slopes = cells["slopes"][broken.argmax(axis=0), np.arange(len(length))]
        known = np.isfinite(slopes).all(axis=1, keepdims=True)
        axis = np.where(known, slopes, length).argmax(axis=1)
        for m, each in enumerate(self.corners):
            for bound in each:
                fixed = {s: v[cells["owner"]] for s, v in self.symbols.items()}
                low, high, slope, _ = bound(cells["low"], cells["high"], fixed)
                across = ~(low > 0) & ~(high < 0)
                broken[self.weighted if m == 0 else m] |= across
                slope = np.where(np.isfinite(slope).all(axis=1, keepdims=True), slope, length)
                axis = np.where(across, slope.argmax(axis=1), axis)
        here = np.flatnonzero(broken.any(axis=0))
        if len(here):
            variation = self.variation(*(cells[k][here] for k in ("low", "high", "owner", "top")))
            by_bounds = np.zeros((len(errors), len(here), errors.shape[2]))
            by_bounds[:, np.arange(len(here)), axis[here]] = variation
            errors[:, here] = np.where(broken[:, here, None], by_bounds, errors[:, here])
        return np.asarray(broken)

    def variation(self, low: Float, high: Float, owner: Any, top: Float) -> Float:
        """Volume times largest minus smallest value of each integrand on cells."""
        fixed = {s: v[owner] for s, v in self.symbols.items()}
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

    def rule(
        self, cells: dict[str, Any], part: slice, order: tuple[int, ...]
    ) -> tuple[Float, Float]:
        low, high, owner = cells["low"][part], cells["high"][part], cells["owner"][part]
        places = [np.polynomial.legendre.leggauss(q) for q in order]
        mesh = np.stack(np.meshgrid(*(p for p, _ in places), indexing="ij"), -1).reshape(
            -1, len(order)
        )
        weights = np.ones(())
        for _, w in places:
            weights = np.multiply.outer(weights, w / 2)
        centre, half = low / 2 + high / 2, high / 2 - low / 2
        given: dict[sp.Basic, Any] = {s: v[owner][:, None] for s, v in self.symbols.items()}
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

    # -- the refinement -----------------------------------------------------------------------

    @np.errstate(all="ignore")
    def refine(self, tolerance: float) -> None:
        """Cut cells until the rules agree, or there are too many."""
        self.cells = _joined([dict(zip(self.done, part, strict=True)) for part in zip(
            *self.done.values(), strict=True)]) if self.done else {}  # fmt: skip
        self.done = {}
        most = max(2 * len(self.cells.get("owner", ())), min(self.most, _MOST_CUT))
        for _ in range(_ROUNDS):
            cells = self.cells
            if not cells:
                return
            factor = self.factors()
            owner, n = cells["owner"], len(cells["owner"])
            share = cells["errors"].sum(axis=2) * factor
            error, size = self.totals(share), self.totals(cells["sizes"] * factor)
            size[1:] = np.maximum(size[1:], self.floor * size[0])
            target = tolerance * size
            each = np.bincount(owner, minlength=self.count)
            with np.errstate(all="ignore"):
                relative = np.where(error > target, 1 / target, 0.0)[:, owner] * share
            relative[cells["errors"].sum(axis=2) <= cells["sizes"] * self.blur()] = 0.0
            relative = np.nan_to_num(relative, nan=0.0, posinf=0.0).max(axis=0)
            width = cells["high"] - cells["low"]
            far = np.maximum(np.abs(cells["low"]), np.abs(cells["high"]))
            cut = np.flatnonzero(
                (relative > 0.5 / each[owner]) & (width > 16 * _NARROWEST * far).all(axis=1)
            )
            if not len(cut) or n >= most:
                return
            cut = cut[np.argsort(-relative[cut])][: most - n]
            with np.errstate(all="ignore"):
                along = (cells["errors"] * np.where(error > target, 1 / target, 0.0)[:, owner, None]
                         * factor[:, :, None])  # fmt: skip
            axis = np.nan_to_num(along, nan=0.0, posinf=0.0).max(axis=0)[cut].argmax(axis=1)
            low, high, owners = halves(cells["low"][cut], cells["high"][cut], owner[cut], axis)
            top = np.concatenate([cells["top"][cut]] * 2)
            children = {"low": low, "high": high, "owner": owners, "top": top}
            children["spread"] = np.zeros((len(self.weighted), len(owners)))
            children["slopes"] = np.zeros((*children["spread"].shape, low.shape[1]))
            again = np.flatnonzero(np.tile(cells["broken"][:, cut].any(axis=0), 2))
            if len(again):
                seen = self.measured(low[again], high[again], owners[again])
                children["spread"][:, again] = seen["spread"]
                children["slopes"][:, again] = seen["slopes"]
            values, errors, sizes, broken = self.rules(children)
            del children["spread"], children["slopes"]
            children |= {"values": values, "errors": errors, "sizes": sizes, "broken": broken}
            keep = np.ones(n, bool)
            keep[cut] = False
            self.cells = _joined([_taken(cells, keep), children])

    def factors(self) -> Float:
        """What the values of cells are to be multiplied by, for each function."""
        top, owner = self.cells["top"], self.cells["owner"]
        self.reference = np.full(self.count, -np.inf)
        held = self.cells["sizes"][0] > 0
        np.maximum.at(self.reference, owner[held], top[held])
        self.reference = np.where(np.isfinite(self.reference), self.reference, 0.0)
        with np.errstate(over="ignore"):
            return np.where(self.weighted[:, None], np.exp(top - self.reference[owner]), 1.0)

    def totals(self, rows: Float) -> Float:
        owner = self.cells["owner"]
        return np.stack([np.bincount(owner, row, self.count) for row in rows])

    @np.errstate(all="ignore")
    def result(self) -> Integrals:
        n = np.zeros((0, len(self.variables)))
        if not self.cells:
            nan = np.full((len(self.weighted) - 1, self.count), np.nan)
            unknown = np.full(self.count, np.nan)
            return Integrals(
                nan, nan, unknown, np.full(self.count, np.inf), self.endless, self.undefined,
                n, n, np.zeros(0, int), np.zeros(0),
            )  # fmt: skip
        cells, factor = self.cells, self.factors()
        total = self.totals(cells["values"] * factor)
        error = self.totals(cells["errors"].sum(axis=2) * factor)
        size = self.totals(cells["sizes"] * factor)
        error = error + self.totals(cells["sizes"] * factor * self.blur())
        scale = np.where(self.weighted[:, None], self.reference, 0.0)
        with np.errstate(all="ignore"):
            error = error + np.exp(self.left_out - scale)
            given_up = np.exp(self.given_up - scale)
            doubt = np.where(given_up > 0, given_up / size, 0.0).max(axis=0)
            rounding = self.rounding() + _ADDING
            to_weight = np.where(self.weighted[:, None], 1.0, np.exp(-self.reference))
            ratios = (total * to_weight)[1:] / total[0]
            sizes = (size * to_weight)[1:] / total[0]
            errors = (error * to_weight)[1:] / total[0] + np.abs(ratios) * error[0] / total[0]
            errors = errors + (rounding + np.nan_to_num(doubt, nan=np.inf)) * sizes
            mass = cells["values"][0] * factor[0] / total[0][cells["owner"]]
            logarithm = np.log(total[0]) + self.reference
            last = self.totals(np.where(_touches(cells), cells["sizes"] * factor, 0.0))
            endless = self.endless | (last > _STILL_THERE * size)
        return Integrals(
            ratios, errors, logarithm, np.nan_to_num(doubt, nan=np.inf), endless, self.undefined,
            cells["low"], cells["high"], cells["owner"], mass,
        )  # fmt: skip

    def blur(self) -> Float:
        """What rounding of the places of the nodes changes, as a share of each cell's integrals."""
        far = np.maximum(np.abs(self.cells["low"]), np.abs(self.cells["high"]))
        with np.errstate(divide="ignore"):
            share: Float = far / (self.cells["high"] - self.cells["low"])
        return np.asarray(_SPREAD * _EPS * share.sum(axis=1))

    def rounding(self) -> Float:
        """Rounding of L where most of the integral is."""
        cells, out = self.cells, np.zeros(self.count)
        weight = cells["values"][0] * self.factors()[0]
        order = np.argsort(weight, kind="stable")
        best = np.full(self.count, -1)
        best[cells["owner"][order]] = order
        held = best[best >= 0]
        middle = cells["low"][held] / 2 + cells["high"][held] / 2
        owner = cells["owner"][held]
        a, b, *_ = self.bounds[0](middle, middle, {s: v[owner] for s, v in self.symbols.items()})
        out[owner] = np.nan_to_num(b - a, nan=0.0)
        return out


def _touches(cells: dict[str, Any]) -> NDArray[np.bool_]:
    """Whether cells reach to the end of space."""
    ends = np.abs(np.stack([cells["low"], cells["high"]])) == FAR
    return np.asarray(ends.any(axis=(0, 2)))


def factors(expression: sp.Expr) -> list[tuple[sp.Expr, int]]:
    """Return the factors of a product that are no numbers, and their whole powers, if several."""
    found = []
    for factor in sp.Mul.make_args(expression):
        base, power = factor.as_base_exp()
        if isinstance(factor, sp.exp) or not power.is_Integer:
            base, power = factor, sp.S.One
        if base.free_symbols:
            found.append((base, int(power)))
    return [] if len(found) == 1 and abs(found[0][1]) == 1 else found


def _sizes(low: Float, high: Float) -> tuple[Float, Float]:
    """Largest and smallest absolute value between bounds."""
    return np.maximum(np.abs(low), np.abs(high)), np.maximum(np.maximum(low, -high), 0.0)


def _varies(low: Float, high: Float, slope: Float, sure: Float) -> Float:
    """How many units the logarithm of a function, or that of its slope, varies by: the fewer.

    A slope that hardly varies, along a variable that matters, is seen by any rule.
    """
    largest, smallest = _sizes(low, high)
    steep = np.log(slope.sum(axis=1)) - np.log(sure.max(axis=1))
    return np.asarray(np.fmin(np.log(largest) - np.log(smallest), steep))


def _where_known(scale: Float) -> Float:
    """Of an integral of which nothing is known yet everything matters."""
    return np.where(np.isnan(scale), -np.inf, scale)


def halves(low: Float, high: Float, owner: Any, axis: Any) -> tuple[Float, Float, Any]:
    """Cut boxes in two along an axis each, so that far from the origin they become long."""
    rows = np.arange(len(low))
    a, b = low[rows, axis], high[rows, axis]
    start, end = np.arcsinh(a), np.arcsinh(b)
    middle = np.where(end - start > 2, np.sinh((start + end) / 2), a / 2 + b / 2)
    first, second = high.copy(), low.copy()
    first[rows, axis], second[rows, axis] = middle, middle
    return np.concatenate([low, second]), np.concatenate([first, high]), np.concatenate([owner] * 2)


_BY_CELL = ("low", "high", "owner", "top", "bottom")


def _taken(cells: dict[str, Any], which: Any) -> dict[str, Any]:
    return {k: v[which] if k in _BY_CELL else v[:, which] for k, v in cells.items()}


def _joined(parts: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        k: np.concatenate([p[k] for p in parts], axis=0 if k in _BY_CELL else 1) for k in parts[0]
    }
