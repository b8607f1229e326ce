"""Integrals over all of space, by Gauss rules on cells and rigorous bounds.

    integral of f_m exp(L)  over x in R^k, k = 1, 2, ...        (f_0 = 1)

Space is bisected until L varies by no more than a few units in each cell, or interval bounds of L
and f prove that the cell contributes a negligible share of every integral.  No peak is missed,
however narrow it is and however far away.  Cells are then bisected further until two Gauss rules
agree.  In a cell that may contain a kink or a jump, or in which a function varies too much, the
interval bounds give the error instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike

from ...typing import Bools, Float, Index
from .cells import FAR, Cells, axis_to_cut, halves, joined, log_sums, taken, touches
from .integrand import SPREAD, Integrand

_NEGLIGIBLE = np.log(1e-17)  # logarithm of the share of an integral below which a cell is left out
_HIDDEN = np.log(1e-3)  # logarithm of the share up to which f may vary strongly in one cell
_BATCH = 4096  # cells that are cut at once, those with the largest possible share first
_ROUNDS = 3000  # of cutting
_MOST_CUT = 2**15  # number of cells up to which the errors of the rules are reduced
_EPS = 2.0**-52
_NARROWEST = 8 * _EPS  # width of a cell, relative to its distance from the origin
_LEAST = 1e-280  # width of a cell
_ADDING = 1e-14  # relative rounding error of a sum over cells
_STILL_THERE = 1e-15  # share of the outermost cells above which an integral may diverge


@dataclass(frozen=True)
class Integrals:
    """Result of `integrate` for several problems.

    Attributes
    ----------
    ratios, errors
        Integrals of f_1, f_2, ... divided by that of exp(L), shape (functions, problems), and their
        errors, from the rules and from the cells that were left out.
    logarithm
        Logarithm of the integral of exp(L), shape (problems,).
    doubt
        Share of the integrals that may lie in cells on which the search was stopped, shape
        (problems,); zero without such cells.  The errors include it.
    endless
        Whether an integral still has a share at the distance `FAR`, shape (1 + functions,
        problems); the first row is that of exp(L).
    undefined
        Whether L is undefined somewhere, shape (problems,); such places are left out.
    low, high, owner, mass
        The cells, shape (cells, k), the problem of each and its share of the integral of exp(L).
    """

    ratios: Float
    errors: Float
    logarithm: Float
    doubt: Float
    endless: Bools
    undefined: Bools
    low: Float
    high: Float
    owner: Index
    mass: Float


def integrate(
    logarithm: sp.Expr,
    functions: Sequence[tuple[sp.Expr, bool]],
    variables: Sequence[sp.Symbol],
    *,
    box: Iterable[tuple[float, float]] | None = None,
    fixed: Mapping[sp.Symbol, ArrayLike] | None = None,
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
        Each f, and whether it is multiplied by exp(L).
    variables
        Variables of integration.
    box
        (low, high) for each variable; all of space, up to `FAR`, if not given.
    fixed
        Further symbol -> number, or array with a number for each of several problems.
    tolerance
        Error that is aimed at, relative to the integral of |f|.
    floor
        Smallest size, relative to the integral of exp(L), to which `tolerance` refers.
    most
        Largest number of cells, for all problems together.

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
    work.search(np.tile(ends[:, 0], (count, 1)), np.tile(ends[:, 1], (count, 1)))
    work.refine(tolerance)
    return work.result()


class _Work:
    """The cells of all problems, and what is known of the integrals."""

    def __init__(
        self, logarithm: sp.Expr, functions: Sequence[tuple[sp.Expr, bool]],
        variables: Sequence[sp.Symbol], symbols: Mapping[sp.Symbol, Float], count: int, most: int,
        floor: float,
    ) -> None:  # fmt: skip
        self.floor = floor
        self.integrand = Integrand(logarithm, functions, variables, symbols, count)
        self.weighted, self.count, self.most = self.integrand.weighted, count, most
        shape = len(self.weighted), count
        # logarithms, shape (functions, problems): upper bounds of what cells may contribute
        self.left_out = np.full(shape, -np.inf)
        self.given_up = np.full(shape, -np.inf)
        # logarithm of the integral of |f| exp(L) over the cells that are done
        self.collected = np.full(shape, -np.inf)
        self.endless = np.zeros(shape, bool)
        self.done: list[Cells] = []

    # -- the search: cells that can be integrated over ----------------------------------------

    @np.errstate(all="ignore")
    def search(self, low: Float, high: Float) -> None:
        cells = self.bounded(low, high, np.arange(self.count))
        done = 0
        for _ in range(_ROUNDS):
            scale = self.with_cells(cells["least"], cells["owner"])
            scale[1:] = np.maximum(scale[1:], scale[0] + np.log(self.floor))
            self.at_the_end(cells, self.with_cells(cells["most"], cells["owner"]))
            if self.endless.any():  # problems whose integral diverges are dropped
                hopeless = np.asarray(self.endless.any(axis=0))
                cells = taken(cells, ~hopeless[cells["owner"]])
            # an integral of which nothing is known yet counts as zero: every cell may matter
            known = np.where(np.isnan(scale), -np.inf, scale)[:, cells["owner"]]
            share = cells["most"] - known
            share[np.isneginf(cells["most"])] = -np.inf
            gone = (share <= _NEGLIGIBLE).all(axis=0)
            width = cells["high"] - cells["low"]
            size = np.maximum(np.abs(cells["low"]), np.abs(cells["high"]))
            narrow = (width <= _NARROWEST * size + _LEAST).any(axis=1) & ~gone
            self.add(self.left_out, cells, gone | narrow)
            self.at_the_end(taken(cells, narrow), scale)
            even = (cells["spread"] <= SPREAD) | (cells["hidden"] - known <= _HIDDEN)
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
            # where nothing is known of an integral yet, the largest upper bounds come first
            highest = np.full(scale.shape, -np.inf)
            for row, values in zip(highest, cells["most"], strict=True):
                np.maximum.at(row, cells["owner"], values)
            unknown = cells["most"] - highest[:, cells["owner"]]
            rank = np.where(np.isneginf(scale)[:, cells["owner"]], unknown, share)
            first = np.argsort(-np.fmax.reduce(rank, axis=0), kind="stable")
            cut, rest = first[:_BATCH], first[_BATCH:]
            axis = axis_to_cut(taken(cells, cut), even[:, cut])
            corner = cells["low"][cut], cells["high"][cut]
            children = self.bounded(*halves(*corner, cells["owner"][cut], axis))
            cells = joined([taken(cells, rest), children])
        self.add(self.given_up, cells, np.ones(len(cells["owner"]), bool))
        self.at_the_end(cells, scale)
        self.settle(cells)  # with the rules, although their errors are not bounded

    def with_cells(self, logs: Float, owner: Index) -> Float:
        """Return the logarithm of each integral over done cells plus these."""
        total: Float = np.logaddexp(self.collected, log_sums(logs, owner, self.count))
        return total

    def bounded(self, low: Float, high: Float, owner: Index) -> Cells:
        """Return cells with their bounds, without those on which L is undefined."""
        cells = self.integrand.measured(low, high, owner)
        known = ~np.isnan(cells["top"]) & ~np.isnan(cells["bottom"])
        self.integrand.undefined[owner[~known]] = True
        return taken(cells, known)

    def add(self, to: Float, cells: Cells, which: Bools) -> None:
        """Add the upper bounds of these cells to the totals."""
        if which.any():
            part = taken(cells, which)
            to[:] = np.logaddexp(to, log_sums(part["most"], part["owner"], self.count))

    def at_the_end(self, cells: Cells, scale: Float) -> None:
        """Mark the integrals of which cells at the distance `FAR` surely contain a share."""
        touching = taken(cells, touches(cells))
        owner = touching["owner"]
        for row, least, known in zip(self.endless, touching["least"], scale, strict=True):
            sure = np.isfinite(least) & (least - known[owner] > np.log(_STILL_THERE))
            row[owner[sure]] = True

    def settle(self, cells: Cells) -> None:
        """Apply the rules to cells and store these."""
        values, errors, sizes, broken = self.integrand.rules(cells)
        reference = np.where(self.weighted[:, None], cells["top"], 0.0)
        logs = np.log(sizes) + reference
        self.collected = self.with_cells(logs, cells["owner"])
        done = {k: cells[k] for k in ("low", "high", "owner", "top")}
        done |= {"values": values, "errors": errors, "sizes": sizes, "broken": broken}
        self.done.append(done)

    # -- the refinement -----------------------------------------------------------------------

    @np.errstate(all="ignore")
    def refine(self, tolerance: float) -> None:
        """Cut cells until the rules agree, or there are too many."""
        self.cells = joined(self.done) if self.done else {}
        self.done = []
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
                seen = self.integrand.measured(low[again], high[again], owners[again])
                children["spread"][:, again] = seen["spread"]
                children["slopes"][:, again] = seen["slopes"]
            values, errors, sizes, broken = self.integrand.rules(children)
            del children["spread"], children["slopes"]
            children |= {"values": values, "errors": errors, "sizes": sizes, "broken": broken}
            keep = np.ones(n, bool)
            keep[cut] = False
            self.cells = joined([taken(cells, keep), children])

    def factors(self) -> Float:
        """Return the factors of the values of cells, shape (functions, cells)."""
        top, owner = self.cells["top"], self.cells["owner"]
        self.reference = np.full(self.count, -np.inf)
        positive = self.cells["sizes"][0] > 0
        np.maximum.at(self.reference, owner[positive], top[positive])
        self.reference = np.where(np.isfinite(self.reference), self.reference, 0.0)
        return np.where(self.weighted[:, None], np.exp(top - self.reference[owner]), 1.0)

    def totals(self, rows: Float) -> Float:
        """Return sums over the cells of each problem, shape (rows, problems)."""
        owner = self.cells["owner"]
        return np.stack([np.bincount(owner, row, self.count) for row in rows])

    @np.errstate(all="ignore")
    def result(self) -> Integrals:
        undefined = self.integrand.undefined
        if not self.cells:
            nan, none = np.full((len(self.weighted) - 1, self.count), np.nan), np.zeros(0)
            unknown, infinite = np.full(self.count, np.nan), np.full(self.count, np.inf)
            n = np.zeros((0, len(self.integrand.variables)))
            return Integrals(
                nan, nan, unknown, infinite, self.endless, undefined, n, n, none.astype(int), none
            )
        cells, factor = self.cells, self.factors()
        total = self.totals(cells["values"] * factor)
        error = self.totals(cells["errors"].sum(axis=2) * factor)
        size = self.totals(cells["sizes"] * factor)
        error = error + self.totals(cells["sizes"] * factor * self.blur())
        scale = np.where(self.weighted[:, None], self.reference, 0.0)
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
            ratios, errors, logarithm, np.nan_to_num(doubt, nan=np.inf), endless, undefined,
            cells["low"], cells["high"], cells["owner"], mass,
        )  # fmt: skip

    def blur(self) -> Float:
        """Return the relative error of each cell from rounding of the nodes."""
        far = np.maximum(np.abs(self.cells["low"]), np.abs(self.cells["high"]))
        share: Float = far / (self.cells["high"] - self.cells["low"])
        return np.asarray(SPREAD * _EPS * share.sum(axis=1))

    def rounding(self) -> Float:
        """Return the rounding error of L where most of the integral lies."""
        cells, out = self.cells, np.zeros(self.count)
        weight = cells["values"][0] * self.factors()[0]
        order = np.argsort(weight, kind="stable")
        best = np.full(self.count, -1)
        best[cells["owner"][order]] = order
        most = best[best >= 0]
        middle = cells["low"][most] / 2 + cells["high"][most] / 2
        owner = cells["owner"][most]
        a, b, *_ = self.integrand.bounds[0](middle, middle, self.integrand.fixed(owner))
        out[owner] = np.nan_to_num(b - a, nan=0.0)
        return out
