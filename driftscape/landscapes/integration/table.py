"""`Table`: a quadrature rule over samples, and expectations as sums over it.

A rule is a table of nodes and weights for all points of the domain.  Kinks and jumps, which move
with the coordinates, cut the panels of a rule; its nodes then depend on the coordinates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import sympy as sp

from ...typing import Float

NODE = sp.Symbol("node", integer=True, nonnegative=True)


@dataclass
class Table:
    """A quadrature rule over samples.

    Attributes
    ----------
    samples
        Their symbols.
    columns
        "weight" and "node_x" for each sample x; or, for a rule with breaks, "weight", "low", "high"
        and "place", the relative position of a node in its panel.
    density
        Density of the sample, for a rule with breaks.
    breaks
        Formulas of the coordinates for the kinks and jumps that cut the panels.
    tables
        Indexed base -> column.
    """

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
    """Cut [low, high] at breaks in any order."""
    ordered: list[sp.Expr] = []
    for b in breaks:  # insertion into a sorted list
        for i, a in enumerate(ordered):
            ordered[i], b = sp.Min(a, b), sp.Max(a, b)
        ordered.append(b)
    ends = [low, *(sp.Min(sp.Max(b, low), high) for b in ordered), high]
    return list(zip(ends, ends[1:], strict=False))
