"""One sincos for the sine and cosine of an angle, and of that angle plus a constant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sympy as sp

from ....typing import Assignment

if TYPE_CHECKING:
    from .lower import Lowering


class Trigonometry:
    """Replace sin(a) and cos(a) by symbols of one Sincos(a), shifts by constants expanded."""

    def __init__(self, lowering: Lowering) -> None:
        self.lowering = lowering
        self.constant = lowering.constants
        self.memo: dict[sp.Basic, sp.Basic] = {}
        self.by_argument: dict[sp.Expr, tuple[sp.Symbol, sp.Symbol]] = {}
        self.arguments: list[Assignment] = []

    def __call__(self, node: sp.Basic) -> sp.Basic:
        if not node.args or not node.has(sp.sin, sp.cos):
            return node
        if node not in self.memo:
            args = [self(a) for a in node.args]
            if isinstance(node, (sp.sin, sp.cos)) and not node.is_number:
                self.memo[node] = self._shifted(type(node), args[0])
            else:
                self.memo[node] = node.func(*args)
        return self.memo[node]

    def _shifted(self, function: type[sp.Function], argument: sp.Expr) -> sp.Expr:
        parts = sp.Add.make_args(argument)
        fixed = [p for p in parts if p.free_symbols <= self.constant]
        rest = sp.Add(*(p for p in parts if not p.free_symbols <= self.constant))
        shift = sp.Add(*fixed)
        if rest == 0:
            return function(shift)
        s, c = self._pair(rest)
        if shift == 0:
            return s if function is sp.sin else c
        if function is sp.sin:
            return s * sp.cos(shift) + c * sp.sin(shift)
        return c * sp.cos(shift) - s * sp.sin(shift)

    def _pair(self, argument: sp.Expr) -> tuple[sp.Symbol, sp.Symbol]:
        if argument not in self.by_argument:
            low = self.lowering
            sine, cosine = low.fresh("sin"), low.fresh("cos")
            if not argument.is_Symbol:
                symbol = low.fresh("angle")
                self.arguments.append((symbol, argument))
                argument_symbol = symbol
            else:
                argument_symbol = argument
            low.pairs |= dict.fromkeys((sine, cosine), (sine, cosine, argument_symbol))
            self.by_argument[argument] = (sine, cosine)
        return self.by_argument[argument]
