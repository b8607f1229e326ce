"""Translate the Python text of the kernels and of `elementary` into C++ with the same bits.

Both are written in a small subset of Python: assignments, counted loops, tests, selects, arithmetic
on floats, whole numbers and 64-bit words.  Here the types of that subset are inferred, and it is
printed as C++ for a GPU or the host, so that nothing is derived, fused or ordered a second time.

=====  ========  ==========================================
kind   C++       in the text
=====  ========  ==========================================
"b"    bool      tests
"n"    int       counters that stay small: ``int32(...)``, and sums of them and literals
"i"    whole_t   indices, numbers of steps
"r"    real_t    floats
"d"    double    floats that stay wide where `real_t` is float (see `cpp_source`)
"w"    word_t    random words, the bits of a float
=====  ========  ==========================================
"""

from __future__ import annotations

import ast
import struct
from collections.abc import Mapping
from typing import NamedTuple

from ..translator import Translator

NAMES = {"b": "bool", "n": "int", "i": "whole_t", "w": "word_t", "r": "real_t", "d": "double"}
_WIDER = "bniwrd".index

_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "/", ast.Mod: "%",
    ast.LShift: "<<", ast.RShift: ">>", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^",
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
    ast.And: "&&", ast.Or: "||", ast.Not: "!", ast.USub: "-",
}  # fmt: skip

#: kinds of the results of calls that are no functions of `elementary`
_INTRINSICS = {
    "bits": "w", "from_bits": "r", "to_float": "r", "exponent": "r", "fma": "r",
    "sqrt": "r", "rint": "r", "floor": "r", "absolute": "r", "copysign": "r",
    "tame_quotient": "r", "tame_sqrt": "r",
}  # fmt: skip


class Typed(NamedTuple):
    """An expression in C++, and its kind."""

    text: str
    kind: str


class Expressions(Translator[Typed]):
    """Prints expressions; `kinds` are the kinds of names, `results` those of function calls."""

    def __init__(self, results: Mapping[str, str], suffix: str = "") -> None:
        self.results, self.suffix = {**_INTRINSICS, **results}, suffix
        self.kinds: dict[str, str] = {"NAN": "r", "INFINITY": "r"}

    def _name(self, node: ast.Name) -> Typed:
        name = {"NAN": "not_a_number", "INFINITY": "infinity"}.get(node.id, node.id)
        return Typed(name, self.kinds[node.id])

    def _constant(self, node: ast.Constant) -> Typed:
        if isinstance(node.value, bool):
            return Typed(str(node.value).lower(), "b")
        if isinstance(node.value, int):
            return Typed(str(node.value), "i")
        assert isinstance(node.value, float)
        text = repr(node.value) + self.suffix
        return Typed(text if self.suffix or _is_short(node.value) else f"K({text})", "r")

    def _unaryop(self, node: ast.UnaryOp) -> Typed:
        inner = self(node.operand)
        return Typed(f"({_OPERATORS[type(node.op)]}{inner.text})", inner.kind)

    def _binop(self, node: ast.BinOp) -> Typed:
        left, right = self(node.left), self(node.right)
        if isinstance(node.op, ast.Div) and not {left.kind, right.kind} & {"r", "d"}:
            raise ValueError(f"{ast.unparse(node)!r} divides whole numbers.")
        kind = self.widest((node.left, left), (node.right, right))
        return Typed(f"({left.text} {_OPERATORS[type(node.op)]} {right.text})", kind)

    def widest(self, *sides: tuple[ast.expr, Typed]) -> str:
        """Return the kind of an operation; a literal beside a counter is a counter."""
        kinds = {typed.kind for _, typed in sides}
        small = {typed.kind for node, typed in sides if not isinstance(node, ast.Constant)}
        return "n" if small == {"n"} and kinds <= {"n", "i"} else max(kinds, key=_WIDER)

    def _compare(self, node: ast.Compare) -> Typed:
        (operator,), (right,) = node.ops, node.comparators
        sides = self(node.left).text, self(right).text
        return Typed(f"({sides[0]} {_OPERATORS[type(operator)]} {sides[1]})", "b")

    def _boolop(self, node: ast.BoolOp) -> Typed:
        joined = f" {_OPERATORS[type(node.op)]} ".join(self(v).text for v in node.values)
        return Typed(f"({joined})", "b")

    def _ifexp(self, node: ast.IfExp) -> Typed:
        test, yes, no = self(node.test), self(node.body), self(node.orelse)
        kind = max(yes.kind, no.kind, key=_WIDER)
        return Typed(f"({test.text} ? {yes.text} : {no.text})", kind)

    def _subscript(self, node: ast.Subscript) -> Typed:
        assert isinstance(node.value, ast.Name)
        return Typed(f"{node.value.id}[{self(node.slice).text}]", self.kinds[node.value.id])

    def _call(self, node: ast.Call) -> Typed:
        assert isinstance(node.func, ast.Name)
        name, arguments = node.func.id, [self(a) for a in node.args]
        texts = [a.text for a in arguments]
        if name == "u64":  # a literal word
            return Typed(f"{texts[0]}ull", "w")
        if name in ("int", "int32", "float"):
            kind = {"int": "i", "int32": "n", "float": "r"}[name]
            return Typed(f"(({NAMES[kind]}){texts[0]})", kind)
        if name in ("min", "max"):
            a, b = texts
            return Typed(f"({a} {'<' if name == 'min' else '>'} {b} ? {a} : {b})", "i")
        if name == "horner":  # c0 + x (c1 + x (...))
            x, *rest, text = texts
            for coefficient in reversed(rest):
                text = f"{called('fma')}({text}, {x}, {coefficient})"
            return Typed(text, "r")
        if name in ("fma", "floor") and any(a.kind == "d" for a in arguments):
            return Typed(f"wide_{name}({', '.join(texts)})", "d")
        return Typed(f"{called(name)}({', '.join(texts)})", self.results[name])


def _is_short(value: float) -> bool:
    """Return whether a number fits into a GPU's instruction: the lower half of its bits is 0."""
    return struct.pack("<d", value)[:4] == bytes(4)


def called(name: str) -> str:
    """Return the name of a function in C++, distinct from the names of C's library."""
    return f"own_{name}"
