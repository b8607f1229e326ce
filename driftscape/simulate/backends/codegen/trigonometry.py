"""Share one sincos between the sine and cosine of an angle, and of that angle plus a constant."""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass

import sympy as sp

from ....typing import Assignment


@dataclass(frozen=True)
class Sincos:
    """Both sine and cosine of an argument, assigned to a pair of symbols."""

    argument: sp.Expr

    @property
    def free_symbols(self) -> set[sp.Basic]:
        """Symbols of the argument."""
        symbols: set[sp.Basic] = self.argument.free_symbols
        return symbols


class Trigonometry:
    """Replace sin(a) and cos(a) by symbols of one Sincos(a), with constant shifts expanded.

    Parameters
    ----------
    constants
        Symbols whose values never change.
    fresh
        Returns a new symbol whose name begins with the text given.

    Attributes
    ----------
    pairs
        Symbol of a sine or cosine -> (sine, cosine, angle), to be assigned by one `Sincos`.
    arguments
        Assignments (symbol, expression) of the angles that are not symbols.
    """

    def __init__(self, constants: Set[sp.Basic], fresh: Callable[[str], sp.Symbol]) -> None:
        self.constants, self.fresh = constants, fresh
        self.memo: dict[sp.Basic, sp.Basic] = {}
        self.by_argument: dict[sp.Expr, tuple[sp.Symbol, sp.Symbol]] = {}
        self.pairs: dict[sp.Symbol, tuple[sp.Symbol, sp.Symbol, sp.Expr]] = {}
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
        """Return sin or cos of an argument, written in the pair of its part that varies."""
        parts = sp.Add.make_args(argument)
        fixed = [p for p in parts if p.free_symbols <= self.constants]
        rest = sp.Add(*(p for p in parts if not p.free_symbols <= self.constants))
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
        """Return the symbols of sine and cosine of an argument, the same at every call."""
        if argument not in self.by_argument:
            sine, cosine, angle = self.fresh("sin"), self.fresh("cos"), argument
            if not argument.is_Symbol:
                angle = self.fresh("angle")
                self.arguments.append((angle, argument))
            self.pairs |= dict.fromkeys((sine, cosine), (sine, cosine, angle))
            self.by_argument[argument] = (sine, cosine)
        return self.by_argument[argument]
