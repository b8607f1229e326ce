"""Nodes and weights that hold on a whole domain: found for the integrand, checked by another rule.

Where a loss is smooth in its samples a few nodes of a global rule do.  Where it has narrow
features, panels are laid so that they are resolved wherever they move to on the domain; kinks and
jumps, which move too, cut the panels.  Whatever is proposed is compared with `cubature`, of which
nothing is hidden, at points that it has not been made for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from ...typing import Float
from ..errors import NotAvailable
from ..formulas.evaluate import evaluate
from ..samples import Standard
from .cubature import integrate
from .kinks import branches, corners, roots
from .table import Table
from .zeros import zeros

TOLERANCE = 1e-10

_COUNTS = (12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768)
_MOST_NODES = 4096
_ORDER = 12  # nodes of a panel
_SHARE = 0.05  # of the tolerance, that one panel may be wrong by
_DENSE = 200  # points at which panels are judged by themselves, at first
_ALONE = 6  # points that are looked at again one by one
_PROBES = {1: 24, 2: 8}  # points of the domain, by the number of samples
_CELLS = {1: 2**17, 2: 2**18}
_CELLS_ALONE = {1: 2**14, 2: 2**17}  # of one point
_ROUNDS = 5
_MOST_BREAKS = 4
_WIDEST = 2.0  # panel, in units of the law


@dataclass
class Expectations:
    """Functions of some samples whose means are wanted everywhere on a domain.

    Attributes
    ----------
    functions
        Of the samples, coordinates and parameters.
    laws
        Sample -> its standard law.
    domain
        Coordinate -> (low, high).
    parameters
        Symbol -> value.
    """

    functions: Sequence[sp.Expr]
    laws: Mapping[sp.Symbol, Standard]
    domain: Mapping[sp.Symbol, tuple[float, float]]
    parameters: Mapping[sp.Symbol, float]

    def rule(self) -> Table:
        """Return nodes that give all means to `TOLERANCE` on the domain.

        Raises
        ------
        NotAvailable
            There are none, or too many would be needed.
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
        raise self.refused("panels made for some points of the domain do not do for others")

    def check_values(self, points: Float) -> None:
        """Refuse functions that have no value at samples that occur."""
        grids = np.meshgrid(*(law.nodes(12)[0] for law in self.laws.values()), indexing="ij")
        given = {s: v[:, None] if np.ndim(v) else v for s, v in self.values(points).items()}
        given |= {x: g.ravel()[None] for x, g in zip(self.laws, grids, strict=True)}
        with np.errstate(all="ignore"):
            for raw in evaluate(self.functions, given):
                bad = np.isnan(np.broadcast_to(raw, (len(points), grids[0].size)))
                if bad.any():
                    i, j = np.argwhere(bad)[0]
                    raise self.refused(
                        f"the integrand has no value at {self.place(points[i])}, "
                        + ", ".join(f"{x} = {g.ravel()[j]:.4g}" for x, g in zip(
                            self.laws, grids, strict=True))
                    )  # fmt: skip

    def place(self, point: Float) -> str:
        return ", ".join(f"{s} = {x:.4g}" for s, x in zip(self.domain, point, strict=True))

    def refused(self, reason: str) -> NotAvailable:
        names = ", ".join(map(str, self.laws))
        return NotAvailable(
            f"quadrature over {names} did not settle to {TOLERANCE:g} on the domain: {reason}.  "
            "Make the loss smooth in its samples, use fewer of them, or make the domain smaller.  "
            "SGD itself needs no expectation and runs."
        )

    def points(self, rng: np.random.Generator, count: int, corners: bool = False) -> Float:
        """Points of the domain, shape (n, d): anywhere, and its middle, corners and faces."""
        low, high = np.array(list(self.domain.values()), float).reshape(-1, 2).T
        found = low + (high - low) * rng.random((count, len(low)))
        if corners and len(low):
            ends = np.where(rng.random((count // 2, len(low))) < 0.5, low, high)
            mixed = np.where(rng.random(ends.shape) < 0.5, ends, found[: len(ends)])
            found = np.concatenate([found, ends[: 2 ** len(low)], mixed, [(low + high) / 2],
                                    [np.clip(0.0, low, high)]])  # fmt: skip
        return np.unique(found, axis=0)

    def values(self, points: Float) -> dict[sp.Basic, Any]:
        known: dict[sp.Basic, Any] = {s: float(v) for s, v in self.parameters.items()}
        return known | {s: points[:, i] for i, s in enumerate(self.domain)}

    # -- what is true ---------------------------------------------------------------------------

    def reference(self, points: Float) -> Known:
        """Integrate at points by cells of which nothing is hidden.

        Raises
        ------
        NotAvailable
            An integral diverges, or is not known to the tolerance.
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
            place = self.place(points[np.argmax(found.endless.any(axis=0))])
            raise self.refused(f"the integral diverges, or nearly, at {place}")
        with np.errstate(invalid="ignore"):
            good = (found.errors <= 10 * TOLERANCE * (1 + np.abs(found.ratios))).all(axis=0)
        if not good.all():
            bad = points[~good]
            if len(points) == 1:
                raise self.refused(
                    f"the integral is not known so well at {self.place(bad[0])}, where it may have "
                    "a pole or vary too much"
                )
            # it may be that the others left it no cells
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

    def agrees(self, table: Table, known: Known) -> NDArray[np.bool_]:
        """Whether the rule gives what is known, for each point."""
        found = self.by(table, known.points)
        return np.asarray(_close(found, known.means, known.means, known.errors).all(axis=0))

    # -- rules ----------------------------------------------------------------------------------

    def settling_rules(self, points: Float) -> list[Table]:
        """Global rules that agree with the next finer one: those worth a comparison."""
        found, before, last = [], None, None
        for table in self.global_rules():
            now = self.by(table, points)
            if before is not None and last is not None and _close(now, before, now).all():
                found.append(last)
            before, last = now, table
        return found

    def global_rules(self) -> Iterator[Table]:
        """Products of the rules of the laws, finer and finer."""
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
        """Where along the sample the functions have kinks or jumps, as formulas of the coordinates.

        Raises
        ------
        NotAvailable
            A place that is no root of a polynomial of degree 1, or 2 with a constant coefficient.
        """
        found: dict[sp.Expr, None] = {}
        places = (b for f in self.functions for u in corners(f) for b in branches(u))
        for u in dict.fromkeys(places):
            x = next((x for x in self.laws if u.has(x)), None)
            if x is None or self.never_vanishes(u):
                continue
            places_of = roots(u, x)
            if places_of is None:
                raise self.refused(f"it has a kink, a jump or a pole where {u} vanishes")
            found |= dict.fromkeys(places_of)
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
        """Cut the support until on each panel its rule and that of its halves agree at points."""
        ((x, law),) = self.laws.items()
        density = sp.exp(law.logarithm(x)) / law.partition
        places = self.places(breaks, points)

        def integrals(panels: Float) -> Float:
            return self.over_panels(panels, places, density, points)

        # laws are standard ones: a panel that is no wider than their scale cannot jump over them
        low, high = known.low[0], known.high[0]
        count = int(min(np.ceil((high - low) / _WIDEST), _MOST_NODES))
        edges = np.linspace(low, high, max(count, 1) + 1)
        wanted = np.stack([edges[:-1], edges[1:]], axis=1)
        kept: list[Float] = []
        total: Any = 0.0
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

    def table(self, panels: Float, x: sp.Symbol, density: sp.Expr, breaks: Any) -> Table:
        panels = panels[np.argsort(panels[:, 0])]
        t, w = np.polynomial.legendre.leggauss(_ORDER)
        low, high = (np.repeat(p, _ORDER) for p in panels.T)
        place, weight = np.tile((t + 1) / 2, len(panels)), np.tile(w / 2, len(panels))
        if breaks:
            columns = {"weight": weight, "low": low, "high": high, "place": place}
            return Table([x], columns, density, breaks)
        nodes = low + (high - low) * place
        (rho,) = evaluate([density], {x: nodes})
        return Table([x], {"weight": weight * (high - low) * rho, f"node_{x.name}": nodes})

    def places(self, breaks: list[sp.Expr], points: Float) -> Float:
        """Sorted places of the kinks at points, shape (points, breaks)."""
        with np.errstate(all="ignore"):
            raw = evaluate(breaks, self.values(points))
        columns = [np.broadcast_to(r, len(points)) for r in raw]
        return np.sort(np.reshape(columns, (len(breaks), len(points))).T, axis=1)

    def over_panels(self, panels: Float, places: Float, density: sp.Expr, points: Float) -> Float:
        """Integrals of the functions over panels, cut at the kinks: (functions, points, panels)."""
        (x,) = self.laws
        t, w = np.polynomial.legendre.leggauss(_ORDER)
        n, k = len(points), len(panels)
        ends = np.concatenate(
            [np.broadcast_to(panels[:, :1], (n, k, 1)),
             np.clip(places[:, None, :], panels[:, :1], panels[:, 1:]),
             np.broadcast_to(panels[:, 1:], (n, k, 1))], axis=2)  # fmt: skip
        width = np.diff(ends, axis=2)
        y = ends[:, :, :-1, None] + width[..., None] * (t + 1) / 2
        weight = (width[..., None] * w / 2).reshape(n, -1)
        given = {s: v[:, None] if np.ndim(v) else v for s, v in self.values(points).items()}
        given[x] = y.reshape(n, -1)
        with np.errstate(all="ignore"):
            rho, *raw = evaluate([density, *self.functions], given)
            rows = [np.where(weight > 0, weight * rho * r, 0.0) for r in raw]
        return np.stack([row.reshape(n, k, -1).sum(axis=2) for row in rows])


@dataclass(frozen=True)
class Known:
    """Means at points of the domain, shape (functions, points), and where their mass lies."""

    points: Float
    means: Float
    errors: Float
    low: Float
    high: Float


def _close(a: Float, b: Float, size: Float, more: Any = 0.0) -> NDArray[np.bool_]:
    """Whether two values differ by no more than is allowed; what is infinite is never close."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.abs(a - b) <= TOLERANCE * (1 + np.abs(size)) + more) & np.isfinite(a)


def _both(a: Known, b: Known) -> Known:
    return Known(
        np.concatenate([a.points, b.points]), np.concatenate([a.means, b.means], axis=1),
        np.concatenate([a.errors, b.errors], axis=1), np.minimum(a.low, b.low),
        np.maximum(a.high, b.high),
    )  # fmt: skip
