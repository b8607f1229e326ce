"""Step -> straight-line program: what is computed once a run, a step, a lane or a term.

Every symbol has a *place*: `RUN` (parameters), `HELD` (parameters that each trajectory holds),
`STEP` (the step number), the lane code of a level, or the body of one loop.  Level 0 comes before
any loop; a sum over a loop opens the next level.
Lowering splits products and sums by place, so that constants are computed where they are constant,
shares subexpressions, shares one sincos between sin and cos of an argument (and of that argument
plus a constant), and builds powers from squares.
"""

from dataclasses import dataclass, field
from functools import cached_property

import sympy as sp

from ....typing import Assignment
from ...step import STEP as STEP_NUMBER
from ...step import Step, held
from .trigonometry import Trigonometry

Place = tuple[int, int, int]
RUN: Place = (0, 0, 0)
HELD: Place = (0, 1, 0)
STEP: Place = (1, 0, 0)


def lanes(level: int) -> Place:
    """Place of the lane code after `level` rounds of loops."""
    return (2, level, 0)


@dataclass
class Loop:
    """A counted loop: what it looks up or draws each turn, and the sums it accumulates."""

    index: sp.Symbol
    count: sp.Expr
    level: int
    place: Place
    items: dict[sp.Indexed, sp.Symbol] = field(default_factory=dict)
    sums: list[Assignment] = field(default_factory=list)


@dataclass
class Program:
    """Assignments by place, in order; `update` belongs to the last level."""

    step: Step
    code: dict[Place, list[tuple[tuple[sp.Symbol, ...], sp.Expr]]]
    loops: list[Loop]
    update: list[sp.Expr]
    levels: int

    def readers(self, symbol: sp.Symbol) -> set[Place]:
        """Places whose code reads the symbol."""
        return self._readers.get(symbol, set())

    @cached_property
    def _readers(self) -> dict[sp.Basic, set[Place]]:
        found: dict[sp.Basic, set[Place]] = {}
        read = [(place, e) for place, lines in self.code.items() for _, e in lines]
        read += [(loop.place, e) for loop in self.loops for _, e in loop.sums]
        read += [(lanes(self.levels - 1), e) for e in self.update]
        for place, expression in read:
            for symbol in expression.free_symbols:
                found.setdefault(symbol, set()).add(place)
        return found

    def readers_of_number(self) -> bool:
        """Whether anything depends on the number of the step."""
        return bool(self.readers(STEP_NUMBER))


class Sincos(sp.Function):
    """Both sine and cosine of an argument, assigned to a pair of symbols."""


def lower(step: Step) -> Program:
    """Lower a step; raises ValueError for a `Sum` inside a `Sum` or an undefined symbol."""
    return Lowering(step).program()


class Lowering:
    def __init__(self, step: Step) -> None:
        self.step = step
        self.constants: set[sp.Basic] = {*step.parameters, *held(step)}
        self.places: dict[sp.Basic, Place] = {STEP_NUMBER: STEP}
        self.places |= dict.fromkeys(step.state, lanes(0))
        self.places |= dict.fromkeys(self.constants, RUN)
        self.places |= {n: lanes(0) for n in step.noise if isinstance(n, sp.Symbol)}
        self.definitions: dict[sp.Symbol, sp.Expr] = {}
        self.pairs: dict[sp.Symbol, tuple[sp.Symbol, sp.Symbol, sp.Expr]] = {}
        self.named: dict[sp.Expr, sp.Symbol] = {}
        self.loops: list[Loop] = []
        self.code: dict[Place, list[tuple[tuple[sp.Symbol, ...], sp.Expr]]] = {}
        self.done: set[sp.Basic] = set()
        self.count = 0

    def program(self) -> Program:
        assignments, update = self._pull_sums()
        trig = Trigonometry(self)
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
        terms = iter(reduced[len(assignments) : len(assignments) + len(terms)])
        for loop in sorted(self.loops, key=lambda o: o.level):
            loop.sums = [(symbol, self._ready(next(terms))) for symbol, _ in loop.sums]
            self.done |= {symbol for symbol, _ in loop.sums}
        update = [self._ready(e) for e in reduced[len(assignments) + len(sums) :]]
        levels = 1 + max([p[1] for p in self.places.values() if p[0] == 2], default=0)
        self._hold()
        return Program(self.step, self.code, self.loops, update, levels)

    def _hold(self) -> None:
        """Move what reads a held row to the lanes.

        Until here a held row was a parameter like any other: the same operations in the same
        order make the same bits, whether one value serves all trajectories or each has its own.
        """
        moving = set(held(self.step))
        for loop in self.loops:
            if moving & loop.count.free_symbols:
                raise ValueError(f"{loop.count} turns of a loop: not one number for all lanes.")
        for place, target in ((RUN, HELD), (STEP, lanes(0))):
            stays: list[tuple[tuple[sp.Symbol, ...], sp.Expr]] = []
            moved: list[tuple[tuple[sp.Symbol, ...], sp.Expr]] = []
            for symbols, value in self.code.get(place, []):
                moves = bool(moving & value.free_symbols)
                (moved if moves else stays).append((symbols, value))
                if moves:
                    moving |= set(symbols)
                    self.places |= dict.fromkeys(symbols, target)
            if moved:
                self.code[place] = stays
                self.code[target] = [*moved, *self.code.get(target, [])]

    def fresh(self, kind: str) -> sp.Symbol:
        self.count += 1
        return sp.Symbol(f"{kind}{self.count}", real=True)

    def _pull_sums(self) -> tuple[dict[sp.Symbol, sp.Expr], list[sp.Expr]]:
        """Replace every `Sum` by a symbol, group the sums into loops, level by level."""
        level = {s: 0 for s, place in self.places.items()}
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
                    level[symbol] = self.places[symbol][1]
            return expression.xreplace(known)

        assignments = {}
        for symbol, expression in self.step.assignments:
            assignments[symbol] = pull(expression)
            level[symbol] = height(assignments[symbol])
        return assignments, [pull(e) for e in self.step.update]

    def _enter(self, node: sp.Sum, symbol: sp.Symbol, level: int) -> None:
        """Put a sum into the loop of its range and level; its items are symbols of that loop."""
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
                self.places[loop.items[item]] = loop.place
        loop.sums.append((symbol, node.function.xreplace(loop.items)))
        self.places[symbol] = lanes(level + 1)

    def _ready(self, expression: sp.Expr) -> sp.Expr:
        expression = self._split(expression)
        self._require(expression)
        return expression

    def _place(self, expression: sp.Basic) -> Place:
        place = RUN
        for s in expression.free_symbols:
            self._require(s)
            place = max(place, self.places[s])
        return place

    def _require(self, expression: sp.Basic) -> None:
        """Make sure that every symbol of the expression is assigned before it is used."""
        for s in sorted(expression.free_symbols, key=sp.default_sort_key):
            if s in self.done or (s in self.places and s not in self.definitions):
                continue
            self.done.add(s)
            if s in self.pairs:
                sine, cosine, argument = self.pairs[s]
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

    def _assign(self, symbols: tuple[sp.Symbol, ...], value: sp.Expr) -> None:
        place = self._place(value)
        self.places |= dict.fromkeys(symbols, place)
        self.code.setdefault(place, []).append((symbols, value))

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
        """Name what is constant in a cheaper place, and build powers from squares."""
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
            groups: dict[Place, list[sp.Expr]] = {}
            for a in args:
                groups.setdefault(self._place(a), []).append(a)
            top = max(groups)
            kept = groups.pop(top)
            for place in sorted(groups, reverse=True):
                inner = groups[place]
                if place == RUN and all(a.is_number for a in inner):
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
