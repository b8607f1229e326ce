"""`Table`: a quadrature rule over samples, and expectations as sums over it.

A rule is a table of nodes that every point of the domain shares.  Kinks and jumps, which move with
the coordinates, cut its panels: what is a node then depends on the coordinates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import sympy as sp

from ...typing import Float

NODE = sp.Symbol("node", integer=True, nonnegative=True)


@dataclass
class Table:
    """A rule: what a sum runs over, and how an expression becomes its terms."""

    samples: Sequence[sp.Symbol]
    columns: dict[str, Float]
    density: sp.Expr = sp.S.One
    breaks: Sequence[sp.Expr] = ()
    tables: dict[sp.IndexedBase, Float] = field(init=False)

    def __post_init__(self) -> None:
        label = "_".join(x.name for x in self.samples)
        self.bases = {k: sp.IndexedBase(f"{k}_{label}", real=True) for k in self.columns}
        self.tables = {self.bases[k]: v for k, v in self.columns.items()}

    def mean(self, expression: sp.Expr) -> sp.Expr:
        """Return the expectation of an expression of the samples as a `Sum` over the table."""
        read = {k: base[NODE] for k, base in self.bases.items()}
        over = NODE, 0, len(self.columns["weight"]) - 1
        if "low" not in read:
            term = expression.xreplace({x: read[f"node_{x.name}"] for x in self.samples})
            return sp.Sum(read["weight"] * term, over)
        (x,), sums = self.samples, []
        for below, above in _pieces(list(self.breaks), read["low"], read["high"]):
            y = below + (above - below) * read["place"]
            term = (self.density * expression).xreplace({x: y})
            sums.append(sp.Sum(read["weight"] * (above - below) * term, over))
        return sp.Add(*sums)


def _pieces(breaks: list[sp.Expr], low: sp.Expr, high: sp.Expr) -> list[tuple[sp.Expr, sp.Expr]]:
    """Cut [low, high] at places in any order."""
    ordered: list[sp.Expr] = []
    for b in breaks:  # each is carried down a sorted list
        for i, a in enumerate(ordered):
            ordered[i], b = sp.Min(a, b), sp.Max(a, b)
        ordered.append(b)
    ends = [low, *(sp.Min(sp.Max(b, low), high) for b in ordered), high]
    return list(zip(ends, ends[1:], strict=False))
