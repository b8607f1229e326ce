"""Search for a quadrature rule that is right on a whole domain.

Where a loss is smooth in its samples a global rule with few nodes suffices.  Where it has narrow
features, panels resolve them wherever they move on the domain; kinks and jumps, which move too, cut
the panels.  Each rule is compared with the rigorous integrals of `cubature`, also at points that
were not used to construct it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import sympy as sp

from ...typing import Bools, Float
from ..errors import NotAvailable
from ..formulas.evaluate import evaluate
from ..samples import StandardLaw
from .cubature import integrate
from .kinks import branches, corners, roots
from .table import Table
from .zeros import zeros

TOLERANCE = 1e-10

_COUNTS = (12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768)
_MOST_NODES = 4096
_ORDER = 12  # number of nodes in a panel
_SHARE = 0.05  # error of one panel, as a share of the tolerance
_DENSE = 200  # points at which panels are compared with their halves, in the first round
_ALONE = 6  # points that are integrated again one by one
_PROBES = {1: 24, 2: 8}  # points of the domain, by the number of samples
_CELLS = {1: 2**17, 2: 2**18}  # of the rigorous integrals, by the number of samples
_CELLS_ALONE = {1: 2**14, 2: 2**17}  # the same for a single point
_ROUNDS = 5
_MOST_BREAKS = 4
_WIDEST = 2.0  # width of a panel, in units of the standard law


@dataclass
class Expectations:
    """Functions of samples, whose means are needed everywhere on a domain.

    Attributes
    ----------
    functions
        Expressions of the samples, coordinates and parameters.
    laws
        Sample -> its standard law.
    domain
        Coordinate -> (low, high).
    parameters
        Symbol -> value.
    """

    functions: Sequence[sp.Expr]
    laws: Mapping[sp.Symbol, StandardLaw]
    domain: Mapping[sp.Symbol, tuple[float, float]]
    parameters: Mapping[sp.Symbol, float]

    def rule(self) -> Table:
        """Return a rule that gives all means to `TOLERANCE` on the domain.

        Raises
        ------
        NotAvailable
            No rule is accurate enough, or it would need too many nodes.
        """
        if len(self.laws) > max(_PROBES):
            raise self.refused(
                f"{len(self.laws)} samples enter it other than as polynomials, where at most "
                f"{max(_PROBES)} are integrated over"
            )
        rng = np.random.default_rng(0)
        count = _PROBES[len(self.laws)]
        first = self.points(rng, count, corners=True)
        self.check_values(first)
        breaks = self.breaks()
        tables = [] if breaks else self.settling_rules(first)
        known = self.reference(first) if tables or len(self.laws) == 1 else None
        for table in tables:
            if known is not None and self.agrees(table, known).all():
                fresh = self.reference(self.points(rng, count))
                if self.agrees(table, fresh).all():
                    return table
                known = _both(known, fresh)
        if known is None or len(self.laws) > 1:
            why = "kinks or jumps in more than one" if breaks else f"more than {_MOST_NODES} nodes"
            raise self.refused(f"the integrand needs {why}")
        for turn in range(_ROUNDS):
            dense = self.points(rng, _DENSE * 2**turn, corners=True)
            table = self.panels(known, np.concatenate([known.points, dense]), breaks)
            fresh = self.reference(self.points(rng, count))
            if self.agrees(table, known).all() and self.agrees(table, fresh).all():
                return table
            known = _both(known, fresh)
        raise self.refused("panels that fit some points of the domain do not fit others")

    def check_values(self, points: Float) -> None:
        """Raise `NotAvailable` if a function is undefined at possible samples."""
        grids = np.meshgrid(*(law.nodes(12)[0] for law in self.laws.values()), indexing="ij")
        given = self.values(points[:, None])
        given |= {x: g.ravel()[None] for x, g in zip(self.laws, grids, strict=True)}
        with np.errstate(all="ignore"):
            for raw in evaluate(self.functions, given):
                bad = np.isnan(np.broadcast_to(raw, (len(points), grids[0].size)))
                if bad.any():
                    i, j = np.argwhere(bad)[0]
                    raise self.refused(
                        f"the integrand has no value at {self.position(points[i])}, "
                        + ", ".join(f"{x} = {g.ravel()[j]:.4g}" for x, g in zip(
                            self.laws, grids, strict=True))
                    )  # fmt: skip

    def position(self, point: Float) -> str:
        return ", ".join(f"{s} = {x:.4g}" for s, x in zip(self.domain, point, strict=True))

    def refused(self, reason: str) -> NotAvailable:
        names = ", ".join(map(str, self.laws))
        return NotAvailable(
            f"quadrature over {names} did not settle to {TOLERANCE:g} on the domain: {reason}.  "
            "Make the loss smooth in its samples, use fewer of them, or make the domain smaller.  "
            "SGD itself needs no expectation and runs."
        )

    def points(self, rng: np.random.Generator, count: int, corners: bool = False) -> Float:
        """Return points of the domain, shape (n, d): random ones, its middle, corners and faces."""
        low, high = np.array(list(self.domain.values()), float).reshape(-1, 2).T
        found = low + (high - low) * rng.random((count, len(low)))
        if corners and len(low):
            ends = np.where(rng.random((count // 2, len(low))) < 0.5, low, high)
            mixed = np.where(rng.random(ends.shape) < 0.5, ends, found[: len(ends)])
            found = np.concatenate([found, ends[: 2 ** len(low)], mixed, [(low + high) / 2],
                                    [np.clip(0.0, low, high)]])  # fmt: skip
        return np.unique(found, axis=0)

    def values(self, points: Float) -> dict[sp.Basic, Float | float]:
        """Return the values of parameters and coordinates at points, shape (..., d)."""
        known: dict[sp.Basic, Float | float] = {s: float(v) for s, v in self.parameters.items()}
        return known | {s: points[..., i] for i, s in enumerate(self.domain)}

    # -- rigorous integrals ---------------------------------------------------------------------

    def reference(self, points: Float) -> Known:
        """Integrate rigorously at points of the domain.

        Raises
        ------
        NotAvailable
            An integral diverges, or its error bound exceeds the tolerance.
        """
        samples = list(self.laws)
        logarithm = sp.Add(*(law.logarithm(x) for x, law in self.laws.items()))
        found = integrate(
            logarithm, [(f, True) for f in self.functions], samples,
            box=[law.ends for law in self.laws.values()],
            fixed={s: np.broadcast_to(v, len(points)) for s, v in self.values(points).items()},
            tolerance=0.01 * TOLERANCE, floor=1.0,
            most=_CELLS[len(samples)] if len(points) > 1 else _CELLS_ALONE[len(samples)],
        )  # fmt: skip
        known = Known(
            points, found.ratios, found.errors,
            found.low.min(axis=0, initial=0.0), found.high.max(axis=0, initial=0.0),
        )  # fmt: skip
        if found.endless.any():
            where = self.position(points[np.argmax(found.endless.any(axis=0))])
            raise self.refused(f"the integral diverges, or nearly, at {where}")
        with np.errstate(invalid="ignore"):
            good = (found.errors <= 10 * TOLERANCE * (1 + np.abs(found.ratios))).all(axis=0)
        if not good.all():
            bad = points[~good]
            if len(points) == 1:
                raise self.refused(
                    f"the error of the integral is too large at {self.position(bad[0])}, where it "
                    "may have a pole or vary too much"
                )
            # perhaps the other points used up the cells
            alone = [self.reference(point[None]) for point in bad[:_ALONE]]
            known = Known(points[good], known.means[:, good], known.errors[:, good], known.low,
                          known.high)  # fmt: skip
            for one in alone:
                known = _both(known, one)
        return known

    def by(self, table: Table, points: Float) -> Float:
        """Return the means by a rule, shape (functions, points)."""
        with np.errstate(all="ignore"):
            raw = evaluate(
                [table.mean(f) for f in self.functions], self.values(points), tables=table.tables
            )
        return np.stack([np.broadcast_to(r, len(points)) for r in raw])

    def agrees(self, table: Table, known: Known) -> Bools:
        """Return for each point whether the rule gives the known means."""
        found = self.by(table, known.points)
        return np.asarray(_close(found, known.means, known.means, known.errors).all(axis=0))

    # -- rules ----------------------------------------------------------------------------------

    def settling_rules(self, points: Float) -> list[Table]:
        """Return the global rules that agree with the next finer one."""
        found, before, last = [], None, None
        for table in self.global_rules():
            now = self.by(table, points)
            if before is not None and last is not None and _close(now, before, now).all():
                found.append(last)
            before, last = now, table
        return found

    def global_rules(self) -> Iterator[Table]:
        """Yield products of the rules of the laws, finer and finer."""
        for count in _COUNTS:
            if count ** len(self.laws) > _MOST_NODES:
                return
            grids = [law.nodes(count) for law in self.laws.values()]
            points = np.meshgrid(*(g[0] for g in grids), indexing="ij")
            weights = np.meshgrid(*(g[1] for g in grids), indexing="ij")
            columns = {"weight": np.prod(weights, axis=0).ravel()}
            for x, nodes in zip(self.laws, points, strict=True):
                columns[f"node_{x.name}"] = nodes.ravel()
            yield Table(list(self.laws), columns)

    def breaks(self) -> list[sp.Expr]:
        """Return kinks and jumps along the sample, as formulas of the coordinates.

        Raises
        ------
        NotAvailable
            A kink is not the root of a polynomial of degree 1, or 2 with a constant coefficient.
        """
        found: dict[sp.Expr, None] = {}
        candidates = (b for f in self.functions for u in corners(f) for b in branches(u))
        for u in dict.fromkeys(candidates):
            x = next((x for x in self.laws if u.has(x)), None)
            if x is None or self.never_vanishes(u):
                continue
            zeros_of_u = roots(u, x)
            if zeros_of_u is None:
                raise self.refused(f"it has a kink, a jump or a pole where {u} vanishes")
            found |= dict.fromkeys(zeros_of_u)
        if len(found) > _MOST_BREAKS:
            raise self.refused(f"it has {len(found)} kinks and jumps that move")
        return list(found)

    def never_vanishes(self, u: sp.Expr) -> bool:
        variables = [*self.domain, *self.laws]
        values = {s: sp.Float(v) for s, v in self.parameters.items()}
        box = [*self.domain.values(), *(law.ends for law in self.laws.values())]
        found = zeros([u.xreplace(values)], variables, box=box, most=2**10)
        return found.complete and not len(found.low)

    def panels(self, known: Known, points: Float, breaks: list[sp.Expr]) -> Table:
        """Bisect the support until each panel and its two halves give the same at all points."""
        ((x, law),) = self.laws.items()
        density = sp.exp(law.logarithm(x)) / law.partition
        kinks = self.kinks_at(breaks, points)

        def integrals(panels: Float) -> Float:
            return self.over_panels(panels, kinks, density, points)

        # laws are standard: a panel that is no wider than their scale cannot miss them
        low, high = known.low[0], known.high[0]
        count = int(min(np.ceil((high - low) / _WIDEST), _MOST_NODES))
        edges = np.linspace(low, high, max(count, 1) + 1)
        wanted = np.stack([edges[:-1], edges[1:]], axis=1)
        kept: list[Float] = []
        total: Float | float = 0.0
        rough = integrals(wanted)
        while len(wanted):
            middle = wanted.mean(axis=1)
            halves = np.stack([wanted[:, 0], middle, middle, wanted[:, 1]], axis=1).reshape(-1, 2)
            fine = integrals(halves)
            change = np.abs(rough - fine[..., ::2] - fine[..., 1::2])
            size = 1 + np.abs(total + fine.sum(axis=2))
            settled = (change <= _SHARE * TOLERANCE * size[..., None]).all(axis=(0, 1))
            kept.append(wanted[settled])
            total = total + rough[..., settled].sum(axis=2)
            again = np.repeat(~settled, 2)
            wanted, rough = halves[again], fine[..., again]
            narrow = (wanted[:, 1] - wanted[:, 0]) < 1e-13 * (1 + np.abs(wanted).max(initial=0.0))
            if narrow.any() or (len(wanted) + sum(map(len, kept))) * _ORDER > _MOST_NODES:
                raise self.refused(f"it needs more than {_MOST_NODES} nodes")
        return self.table(np.concatenate(kept), x, density, breaks)

    def table(self, panels: Float, x: sp.Symbol, density: sp.Expr, breaks: list[sp.Expr]) -> Table:
        """Return the rule of these panels."""
        panels = panels[np.argsort(panels[:, 0])]
        t, w = np.polynomial.legendre.leggauss(_ORDER)
        low, high = (np.repeat(p, _ORDER) for p in panels.T)
        position, weight = np.tile((t + 1) / 2, len(panels)), np.tile(w / 2, len(panels))
        if breaks:
            columns = {"weight": weight, "low": low, "high": high, "place": position}
            return Table([x], columns, density, breaks)
        nodes = low + (high - low) * position
        (rho,) = evaluate([density], {x: nodes})
        return Table([x], {"weight": weight * (high - low) * rho, f"node_{x.name}": nodes})

    def kinks_at(self, breaks: list[sp.Expr], points: Float) -> Float:
        """Return the sorted positions of the kinks at points, shape (points, breaks)."""
        with np.errstate(all="ignore"):
            raw = evaluate(breaks, self.values(points))
        columns = [np.broadcast_to(r, len(points)) for r in raw]
        return np.sort(np.reshape(columns, (len(breaks), len(points))).T, axis=1)

    def over_panels(self, panels: Float, kinks: Float, density: sp.Expr, points: Float) -> Float:
        """Integrate functions over panels that are cut at kinks: (functions, points, panels)."""
        (x,) = self.laws
        t, w = np.polynomial.legendre.leggauss(_ORDER)
        n, k = len(points), len(panels)
        ends = np.concatenate(
            [np.broadcast_to(panels[:, :1], (n, k, 1)),
             np.clip(kinks[:, None, :], panels[:, :1], panels[:, 1:]),
             np.broadcast_to(panels[:, 1:], (n, k, 1))], axis=2)  # fmt: skip
        width = np.diff(ends, axis=2)
        y = ends[:, :, :-1, None] + width[..., None] * (t + 1) / 2
        weight = (width[..., None] * w / 2).reshape(n, -1)
        given = self.values(points[:, None])
        given[x] = y.reshape(n, -1)
        with np.errstate(all="ignore"):
            rho, *raw = evaluate([density, *self.functions], given)
            rows = [np.where(weight > 0, weight * rho * r, 0.0) for r in raw]
        return np.stack([row.reshape(n, k, -1).sum(axis=2) for row in rows])


@dataclass(frozen=True)
class Known:
    """Means at points of the domain, shape (functions, points), and the extent of their mass."""

    points: Float
    means: Float
    errors: Float
    low: Float
    high: Float


def _close(a: Float, b: Float, size: Float, more: Float | float = 0.0) -> Bools:
    """Return whether two values agree to the tolerance; an infinite value never does."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.abs(a - b) <= TOLERANCE * (1 + np.abs(size)) + more) & np.isfinite(a)


def _both(a: Known, b: Known) -> Known:
    return Known(
        np.concatenate([a.points, b.points]), np.concatenate([a.means, b.means], axis=1),
        np.concatenate([a.errors, b.errors], axis=1), np.minimum(a.low, b.low),
        np.maximum(a.high, b.high),
    )  # fmt: skip
