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

from ...typing import Float
from .cells import FAR, halves, joined, taken, touches
from .integrand import SPREAD, Integrand

_NEGLIGIBLE = np.log(1e-17)  # share of an integral that one cell may hold and be left out
_HIDDEN = np.log(1e-3)  # share of an integral that f may vary by in one cell, if it varies by more
_BATCH = 4096  # cells that are cut at once, those that may hold most first
_ROUNDS = 3000
_MOST_CUT = 2**15  # cells up to which the errors of the rules are made smaller
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
        self.of = Integrand(logarithm, functions, variables, symbols, count)
        self.weighted, self.count, self.most = self.of.weighted, count, most
        shape = len(self.weighted), count
        self.left_out = np.full(shape, -np.inf)  # logarithm of what it may be at most
        self.given_up = np.full(shape, -np.inf)
        self.held = np.full(shape, -np.inf)  # logarithm of the integral of |f| exp(L) in done cells
        self.endless = np.zeros(shape, bool)
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
                cells = taken(cells, ~hopeless[cells["owner"]])
            share = cells["most"] - _where_known(scale[:, cells["owner"]])
            share[np.isneginf(cells["most"])] = -np.inf
            gone = (share <= _NEGLIGIBLE).all(axis=0)
            width = cells["high"] - cells["low"]
            size = np.maximum(np.abs(cells["low"]), np.abs(cells["high"]))
            narrow = (width <= _NARROWEST * size + _LEAST).any(axis=1) & ~gone
            self.add(self.left_out, cells, gone | narrow)
            self.at_the_end(taken(cells, narrow), scale)
            even = (cells["spread"] <= SPREAD) | (cells["hidden"] - _where_known(
                scale[:, cells["owner"]]) <= _HIDDEN)  # fmt: skip
            even[0] = cells["spread"][0] <= SPREAD
            even[1:][self.weighted[1:]] &= even[0]
            even |= share <= _NEGLIGIBLE
            keep = ~gone & ~narrow
            ready = keep & even.all(axis=0)
            if ready.any():
                self.settle(taken(cells, ready))
                done += int(ready.sum())
            cells = taken(cells, keep & ~ready)
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
            axis = self.axis(taken(cells, cut), even[:, cut])
            corner = cells["low"][cut], cells["high"][cut]
            children = self.bounded(*halves(*corner, cells["owner"][cut], axis))
            cells = joined([taken(cells, rest), children])
        self.add(self.given_up, cells, np.ones(len(cells["owner"]), bool))
        self.at_the_end(cells, scale)
        self.settle(cells)  # what is known of them, whatever may hide in them

    def bounded(self, low: Float, high: Float, owner: Any) -> dict[str, Any]:
        """Cells with what is known of them, but for those on which L has no value."""
        cells = self.of.measured(low, high, owner)
        known = ~np.isnan(cells["top"]) & ~np.isnan(cells["bottom"])
        self.of.undefined[np.asarray(owner)[~known]] = True
        return taken(cells, known)

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
            part = taken(cells, which)
            with np.errstate(invalid="ignore"):
                to[:] = np.logaddexp(to, self.by_owner(part["most"], part["owner"]))

    def at_the_end(self, cells: dict[str, Any], scale: Float) -> None:
        """Note integrals of which cells at the end of space surely hold a share."""
        touching = taken(cells, touches(cells))
        owner = touching["owner"]
        for row, least, known in zip(self.endless, touching["least"], scale, strict=True):
            sure = np.isfinite(least) & (least - known[owner] > np.log(_STILL_THERE))
            row[owner[sure]] = True

    def settle(self, cells: dict[str, Any]) -> None:
        """Integrate over cells and keep them."""
        values, errors, sizes, broken = self.of.rules(cells)
        reference = np.where(self.weighted[:, None], cells["top"], 0.0)
        with np.errstate(divide="ignore"):
            logs = np.log(sizes) + reference
        self.held = np.logaddexp(self.held, self.by_owner(logs, cells["owner"]))
        made = {k: cells[k] for k in ("low", "high", "owner", "top")}
        made |= {"values": values, "errors": errors, "sizes": sizes, "broken": broken}
        for key, value in made.items():
            self.done.setdefault(key, []).append(value)

    # -- the refinement -----------------------------------------------------------------------

    @np.errstate(all="ignore")
    def refine(self, tolerance: float) -> None:
        """Cut cells until the rules agree, or there are too many."""
        self.cells = joined([dict(zip(self.done, part, strict=True)) for part in zip(
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
                seen = self.of.measured(low[again], high[again], owners[again])
                children["spread"][:, again] = seen["spread"]
                children["slopes"][:, again] = seen["slopes"]
            values, errors, sizes, broken = self.of.rules(children)
            del children["spread"], children["slopes"]
            children |= {"values": values, "errors": errors, "sizes": sizes, "broken": broken}
            keep = np.ones(n, bool)
            keep[cut] = False
            self.cells = joined([taken(cells, keep), children])

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
        n = np.zeros((0, len(self.of.variables)))
        if not self.cells:
            nan = np.full((len(self.weighted) - 1, self.count), np.nan)
            unknown = np.full(self.count, np.nan)
            return Integrals(
                nan, nan, unknown, np.full(self.count, np.inf), self.endless, self.of.undefined,
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
            last = self.totals(np.where(touches(cells), cells["sizes"] * factor, 0.0))
            endless = self.endless | (last > _STILL_THERE * size)
        return Integrals(
            ratios, errors, logarithm, np.nan_to_num(doubt, nan=np.inf), endless, self.of.undefined,
            cells["low"], cells["high"], cells["owner"], mass,
        )  # fmt: skip

    def blur(self) -> Float:
        """What rounding of the places of the nodes changes, as a share of each cell's integrals."""
        far = np.maximum(np.abs(self.cells["low"]), np.abs(self.cells["high"]))
        with np.errstate(divide="ignore"):
            share: Float = far / (self.cells["high"] - self.cells["low"])
        return np.asarray(SPREAD * _EPS * share.sum(axis=1))

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
        a, b, *_ = self.of.bounds[0](middle, middle, self.of.fixed(owner))
        out[owner] = np.nan_to_num(b - a, nan=0.0)
        return out


def _where_known(scale: Float) -> Float:
    """Of an integral of which nothing is known yet everything matters."""
    return np.where(np.isnan(scale), -np.inf, scale)
