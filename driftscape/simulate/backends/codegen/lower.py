"""Lower a step to a straight-line program: assignments sorted by how often they are computed.

Every symbol has a *scope*: `PER_RUN` (parameters), `PER_TRAJECTORY` (parameters that differ between
trajectories), `PER_STEP` (the step number), the lane code of a level (`per_lane`), or the body of
one loop.  Level 0 comes before any loop; a sum over a loop opens the next level.

Lowering splits products and sums by scope, so that constants are computed where they are constant,
shares subexpressions, shares one sincos between sin and cos of an argument (and of that argument
plus a constant), and builds powers from squares.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import sympy as sp

from ....typing import Assignment
from ...step import STEP, Step, constant_rows
from .trigonometry import Sincos, Trigonometry

Scope = tuple[int, int, int]
PER_RUN: Scope = (0, 0, 0)
PER_TRAJECTORY: Scope = (0, 1, 0)
PER_STEP: Scope = (1, 0, 0)


def per_lane(level: int) -> Scope:
    """Return the scope of the lane code after `level` rounds of loops."""
    return (2, level, 0)


#: one assignment: of an expression to one symbol, or of a sine and a cosine to two
Line = tuple[tuple[sp.Symbol, ...], sp.Expr | Sincos]


@dataclass
class Loop:
    """A counted loop: the items that each turn looks up or draws, and the sums it accumulates."""

    index: sp.Symbol
    count: sp.Expr
    level: int
    scope: Scope
    items: dict[sp.Indexed, sp.Symbol] = field(default_factory=dict)
    sums: list[Assignment] = field(default_factory=list)


@dataclass
class Program:
    """Assignments by scope, in order; `update` belongs to the last level."""

    step: Step
    code: dict[Scope, list[Line]]
    loops: list[Loop]
    update: list[sp.Expr]
    levels: int

    def readers(self, symbol: sp.Symbol) -> set[Scope]:
        """Return the scopes whose code reads the symbol."""
        return self._readers.get(symbol, set())

    @cached_property
    def _readers(self) -> dict[sp.Basic, set[Scope]]:
        found: dict[sp.Basic, set[Scope]] = {}
        read = [(scope, e) for scope, lines in self.code.items() for _, e in lines]
        read += [(loop.scope, e) for loop in self.loops for _, e in loop.sums]
        read += [(per_lane(self.levels - 1), e) for e in self.update]
        for scope, expression in read:
            for symbol in expression.free_symbols:
                found.setdefault(symbol, set()).add(scope)
        return found

    def depends_on_number(self) -> bool:
        """Return whether anything depends on the number of the step."""
        return bool(self.readers(STEP))


def lower(step: Step) -> Program:
    """Lower a step; raises ValueError for a `Sum` inside a `Sum` or an undefined symbol."""
    return _Lowering(step).program()


class _Lowering:
    """The symbols of one step, with the scopes and definitions found so far."""

    def __init__(self, step: Step) -> None:
        self.step = step
        self.constants: set[sp.Basic] = {*step.parameters, *constant_rows(step)}
        self.scopes: dict[sp.Basic, Scope] = {STEP: PER_STEP}
        self.scopes |= dict.fromkeys(step.state, per_lane(0))
        self.scopes |= dict.fromkeys(self.constants, PER_RUN)
        self.scopes |= {n: per_lane(0) for n in step.noise if isinstance(n, sp.Symbol)}
        self.definitions: dict[sp.Symbol, sp.Expr] = {}
        self.trigonometry = Trigonometry(self.constants, self.fresh)
        self.named: dict[sp.Expr, sp.Symbol] = {}
        self.loops: list[Loop] = []
        self.code: dict[Scope, list[Line]] = {}
        self.done: set[sp.Basic] = set()
        self.count = 0

    def program(self) -> Program:
        trig = self.trigonometry
        assignments, update = self._pull_sums()
        assignments = {s: trig(e) for s, e in assignments.items()}
        update = [trig(e) for e in update]
        sums = [pair for loop in self.loops for pair in loop.sums]
        terms = [trig(term) for _, term in sums]
        assignments |= dict(trig.arguments)
        shared, reduced = sp.cse(
            [*assignments.values(), *terms, *update],
            symbols=(self.fresh("c") for _ in iter(int, 1)),
            optimizations="basic",
            order="canonical",
        )
        shared, reduced = _inline_conditions(shared, reduced)
        self.definitions = dict(shared) | dict(zip(assignments, reduced, strict=False))
        term = iter(reduced[len(assignments) : len(assignments) + len(terms)])
        for loop in sorted(self.loops, key=lambda o: o.level):
            loop.sums = [(symbol, self._ready(next(term))) for symbol, _ in loop.sums]
            self.done |= {symbol for symbol, _ in loop.sums}
        update = [self._ready(e) for e in reduced[len(assignments) + len(sums) :]]
        levels = 1 + max([scope[1] for scope in self.scopes.values() if scope[0] == 2], default=0)
        self._move_constant_rows()
        return Program(self.step, self.code, self.loops, update, levels)

    def _move_constant_rows(self) -> None:
        """Move the assignments that read a constant row to the lanes.

        Until here a constant row was a parameter like any other: the same operations in the same
        order give the same bits, whether one value serves all trajectories or each has its own.
        """
        moving = set(constant_rows(self.step))
        for loop in self.loops:
            if moving & loop.count.free_symbols:
                raise ValueError(f"{loop.count} turns of a loop: not one number for all lanes.")
        for scope, target in ((PER_RUN, PER_TRAJECTORY), (PER_STEP, per_lane(0))):
            stays: list[Line] = []
            moved: list[Line] = []
            for symbols, value in self.code.get(scope, []):
                moves = bool(moving & value.free_symbols)
                (moved if moves else stays).append((symbols, value))
                if moves:
                    moving |= set(symbols)
                    self.scopes |= dict.fromkeys(symbols, target)
            if moved:
                self.code[scope] = stays
                self.code[target] = [*moved, *self.code.get(target, [])]

    def fresh(self, kind: str) -> sp.Symbol:
        """Return a new symbol whose name begins with `kind`."""
        self.count += 1
        return sp.Symbol(f"{kind}{self.count}", real=True)

    def _pull_sums(self) -> tuple[dict[sp.Symbol, sp.Expr], list[sp.Expr]]:
        """Replace every `Sum` by a symbol, group the sums into loops, level by level."""
        level = dict.fromkeys(self.scopes, 0)
        known: dict[sp.Sum, sp.Symbol] = {}

        def height(expression: sp.Basic) -> int:
            return max((level[s] for s in expression.free_symbols if s in level), default=0)

        def pull(expression: sp.Expr) -> sp.Expr:
            for node in sorted(expression.atoms(sp.Sum), key=sp.default_sort_key):
                if node.function.has(sp.Sum):
                    raise ValueError(f"a sum inside a sum cannot be lowered: {node}.")
                if node not in known:
                    known[node] = symbol = self.fresh("sum")
                    self._enter(node, symbol, height(node.function))
                    level[symbol] = self.scopes[symbol][1]
            return expression.xreplace(known)

        assignments = {}
        for symbol, expression in self.step.assignments:
            assignments[symbol] = pull(expression)
            level[symbol] = height(assignments[symbol])
        return assignments, [pull(e) for e in self.step.update]

    def _enter(self, node: sp.Sum, symbol: sp.Symbol, level: int) -> None:
        """Add a sum to the loop of its range and level; its items are symbols of that loop."""
        index, low, high = node.limits[0]
        count = sp.expand(high - low + 1)
        same = [o for o in self.loops if (o.index, o.count, o.level) == (index, count, level)]
        if not same:
            same = [Loop(index, count, level, (2, level, 1 + len(self.loops)))]
            self.loops += same
        loop = same[0]
        for item in sorted(node.function.atoms(sp.Indexed), key=sp.default_sort_key):
            if item not in loop.items:
                loop.items[item] = self.fresh("item")
                self.scopes[loop.items[item]] = loop.scope
        loop.sums.append((symbol, node.function.xreplace(loop.items)))
        self.scopes[symbol] = per_lane(level + 1)

    def _ready(self, expression: sp.Expr) -> sp.Expr:
        expression = self._split(expression)
        self._require(expression)
        return expression

    def _scope(self, expression: sp.Basic | Sincos) -> Scope:
        """Return the innermost scope of the symbols of an expression."""
        self._require(expression)
        return max((self.scopes[s] for s in expression.free_symbols), default=PER_RUN)

    def _require(self, expression: sp.Basic | Sincos) -> None:
        """Make sure that every symbol of the expression is assigned before it is used."""
        for s in sorted(expression.free_symbols, key=sp.default_sort_key):
            if s in self.done or (s in self.scopes and s not in self.definitions):
                continue
            self.done.add(s)
            if s in self.trigonometry.pairs:
                sine, cosine, argument = self.trigonometry.pairs[s]
                self.done |= {sine, cosine}
                argument = self._split(argument)
                self._require(argument)
                self._assign((sine, cosine), Sincos(argument))
            elif s in self.definitions:
                value = self._split(self.definitions[s])
                self._require(value)
                self._assign((s,), value)
            else:
                raise ValueError(f"the step uses {s}, which it does not define.")

    def _assign(self, symbols: tuple[sp.Symbol, ...], value: sp.Expr | Sincos) -> None:
        scope = self._scope(value)
        self.scopes |= dict.fromkeys(symbols, scope)
        self.code.setdefault(scope, []).append((symbols, value))

    def _name(self, expression: sp.Expr) -> sp.Expr:
        """Give an expression a symbol of its own, once."""
        if expression.is_Atom or expression.is_number:
            return expression
        if expression not in self.named:
            symbol = self.fresh("t")
            self.named[expression] = symbol
            self.definitions[symbol] = expression
            self._require(symbol)
        return self.named[expression]

    def _split(self, node: sp.Expr) -> sp.Expr:
        """Name the parts that are constant in a cheaper scope, and build powers from squares."""
        if not node.args or node.is_number or isinstance(node, sp.logic.boolalg.BooleanAtom):
            return node
        if isinstance(node, sp.Pow):
            return self._power(node)
        if isinstance(node, sp.Add):
            scale = _common_scale(node)
            if scale != 1:  # 2 a + 2 b: SymPy distributes numbers, which costs a product each
                inner = sp.Add(*(a / scale for a in node.args))
                return sp.Mul(self._split(inner), scale, evaluate=False)
        args = [self._split(a) for a in node.args]
        if isinstance(node, (sp.Add, sp.Mul)):
            groups: dict[Scope, list[sp.Expr]] = {}
            for a in args:
                groups.setdefault(self._scope(a), []).append(a)
            top = max(groups)
            kept = groups.pop(top)
            for scope in sorted(groups, reverse=True):
                inner = groups[scope]
                if scope == PER_RUN and all(a.is_number for a in inner):
                    kept.append(node.func(*inner))
                else:
                    kept.append(self._name(node.func(*inner)))
            return node.func(*kept, evaluate=False) if len(kept) > 1 else kept[0]
        return node.func(*args)

    def _power(self, node: sp.Pow) -> sp.Expr:
        base, exponent = node.args
        if base is sp.E:
            return sp.exp(self._split(exponent))
        base = self._split(base)
        if exponent.is_Rational and exponent.q == 2 and abs(exponent.p) > 1:
            whole = self._split(self._name(base) ** ((abs(exponent.p) - 1) // 2))
            result = sp.Mul(whole, sp.sqrt(self._name(base)), evaluate=False)
            return result if exponent > 0 else sp.Pow(self._name(result), -1)
        if not exponent.is_Integer or abs(int(exponent)) < 2:
            return sp.Pow(base, self._split(exponent))
        n, result = abs(int(exponent)), None
        square = self._name(base)
        while n:
            if n & 1:
                result = square if result is None else sp.Mul(result, square, evaluate=False)
            n >>= 1
            if n:
                square = (
                    self._name(sp.Pow(square, 2))
                    if n > 1 or result is not None
                    else sp.Pow(square, 2)
                )
        return sp.Pow(self._name(result), -1) if exponent < 0 else result


def _common_scale(node: sp.Add) -> sp.Expr:
    """Return the number that all terms share up to sign, or 1."""
    sizes = {abs(term.as_coeff_Mul()[0]) for term in node.args}
    return sizes.pop() if len(sizes) == 1 else sp.S.One


def _inline_conditions(
    shared: list[Assignment], reduced: list[sp.Expr]
) -> tuple[list[Assignment], list[sp.Expr]]:
    """Put shared conditions back where they are used: a row holds numbers, not truth values."""
    conditions: dict[sp.Basic, sp.Basic] = {}
    kept = []
    for symbol, value in shared:
        value = value.xreplace(conditions)
        if isinstance(value, sp.logic.boolalg.Boolean) and not value.is_Symbol:
            conditions[symbol] = value
        else:
            kept.append((symbol, value))
    return kept, [e.xreplace(conditions) for e in reduced]
