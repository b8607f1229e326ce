"""Translate expressions of the kernels' subset of Python into LLVM's language, one value a line.

Nothing is derived, fused or ordered here: an operation of the text is one instruction, without the
flags that would let LLVM change its rounding.

====  ======  ======================
kind  LLVM    in the text
====  ======  ======================
"b"   i1      tests
"i"   i64     indices and counters
"r"   double  floats
"w"   i64     random words, the bits of a float
====  ======  ======================
"""

from __future__ import annotations

import ast
import struct
from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from ..translator import Translator, not_of_kernels

#: name of a function -> kinds of its results
Results: TypeAlias = Mapping[str, tuple[str, ...]]

TYPES = {"b": "i1", "i": "i64", "w": "i64", "r": "double"}

_FLOAT = {ast.Add: "fadd", ast.Sub: "fsub", ast.Mult: "fmul", ast.Div: "fdiv"}
_WHOLE: dict[type[ast.AST], str] = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.FloorDiv: "sdiv", ast.Mod: "srem",
    ast.LShift: "shl", ast.RShift: "lshr", ast.BitAnd: "and", ast.BitOr: "or", ast.BitXor: "xor",
}  # fmt: skip
_COMPARE: dict[type[ast.AST], tuple[str, str]] = {
    ast.Lt: ("olt", "slt"), ast.LtE: ("ole", "sle"), ast.Gt: ("ogt", "sgt"),
    ast.GtE: ("oge", "sge"), ast.Eq: ("oeq", "eq"), ast.NotEq: ("une", "ne"),
}  # fmt: skip

#: functions of `intrinsics` that are an intrinsic of LLVM, and how many floats each takes
LLVM_INTRINSICS = {
    "sqrt": ("sqrt", 1), "tame_sqrt": ("sqrt", 1), "rint": ("rint", 1), "floor": ("floor", 1),
    "absolute": ("fabs", 1), "copysign": ("copysign", 2), "fma": ("fma", 3),
}  # fmt: skip


class Typed(NamedTuple):
    """A value in LLVM's language, and its kind."""

    text: str
    kind: str

    def __str__(self) -> str:
        return f"{TYPES[self.kind]} {self.text}"


def real(value: float) -> str:
    """Return a float as LLVM reads it: all of its bits."""
    return f"0x{struct.pack('>d', value).hex().upper()}"


class Expressions(Translator[Typed]):
    """Writes the instructions of expressions to `lines`; `results` are the kinds of functions."""

    def __init__(self, results: Results) -> None:
        self.results = results
        self.lines: list[str] = []
        self.values: dict[str, Typed] = {
            "NAN": Typed(real(float("nan")), "r"),
            "INFINITY": Typed(real(float("inf")), "r"),
        }
        self.pointers: dict[str, str] = {}  # name of an array -> kind of its elements
        self.note = ""  # what marks reads and writes for LLVM
        self.count = 0

    def fresh(self) -> str:
        """Return a new name."""
        self.count += 1
        return f"%v{self.count}"

    def do(self, instruction: str) -> None:
        """Write an instruction that has no value, or a name of its own."""
        self.lines.append("  " + instruction)

    def put(self, instruction: str, kind: str) -> Typed:
        """Write an instruction; return its value."""
        name = self.fresh()
        self.do(f"{name} = {instruction}")
        return Typed(name, kind)

    def _name(self, node: ast.Name) -> Typed:
        return self.name(node.id)

    def _boolop(self, node: ast.BoolOp) -> Typed:
        first, *rest = map(self, node.values)
        operation = "and" if isinstance(node.op, ast.And) else "or"
        for other in rest:
            first = self.put(f"{operation} {first}, {other.text}", "b")
        return first

    def _ifexp(self, node: ast.IfExp) -> Typed:
        return self.select(self(node.test), self(node.body), self(node.orelse))

    def _subscript(self, node: ast.Subscript) -> Typed:
        kind, place = self.place(node)
        return self.put(f"load {TYPES[kind]}, ptr {place}, align 8{self.note}", kind)

    def name(self, name: str) -> Typed:
        """Return the value of a name."""
        return self.values[name]

    def place(self, node: ast.Subscript) -> tuple[str, str]:
        """Return the kind of an element of an array, and a pointer to it."""
        assert isinstance(node.value, ast.Name)
        kind = self.pointers[node.value.id]
        base, index = f"ptr %{node.value.id}", self(node.slice)
        return kind, self.put(f"getelementptr inbounds {TYPES[kind]}, {base}, {index}", "i").text

    def select(self, test: Typed, yes: Typed, no: Typed) -> Typed:
        """Choose between two values."""
        yes, no = self._alike(yes, no)
        return self.put(f"select {test}, {yes}, {no}", yes.kind)

    def several(self, node: ast.Call) -> list[Typed]:
        """Return the values of a call of a function that returns more than one."""
        assert isinstance(node.func, ast.Name)
        kinds = self.results[node.func.id]
        arguments = ", ".join(str(self(a)) for a in node.args)
        whole = self.put(f"call {returned(kinds)} @{node.func.id}({arguments})", "r").text
        pack = returned(kinds)
        return [self.put(f"extractvalue {pack} {whole}, {i}", k) for i, k in enumerate(kinds)]

    def _constant(self, node: ast.Constant) -> Typed:
        if isinstance(node.value, bool):
            return Typed(str(node.value).lower(), "b")
        if isinstance(node.value, int):
            return Typed(str(node.value), "i")
        assert isinstance(node.value, float)
        return Typed(real(node.value), "r")

    def _unaryop(self, node: ast.UnaryOp) -> Typed:
        match node:
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=float(value))):
                return Typed(real(-value), "r")
        inner = self(node.operand)
        match node.op:
            case ast.Not():
                return self.put(f"xor {inner}, true", "b")
            case ast.USub() if inner.kind == "r":
                return self.put(f"fneg {inner}", "r")
            case ast.USub():
                return self.put(f"sub i64 0, {inner.text}", inner.kind)
        raise not_of_kernels(node)

    def _alike(self, a: Typed, b: Typed) -> tuple[Typed, Typed]:
        """Return two values of one kind: a whole number beside a float becomes one."""
        if {a.kind, b.kind} == {"i", "r"}:
            return self.as_real(a), self.as_real(b)
        if {a.kind, b.kind} == {"i", "w"}:
            return Typed(a.text, "w"), Typed(b.text, "w")
        return a, b

    def as_real(self, value: Typed) -> Typed:
        """Return a number as a float."""
        return value if value.kind == "r" else self.put(f"sitofp {value} to double", "r")

    def _binop(self, node: ast.BinOp) -> Typed:
        left, right = self._alike(self(node.left), self(node.right))
        table = _FLOAT if left.kind == "r" else _WHOLE
        if left.kind == "w" and isinstance(node.op, (ast.FloorDiv, ast.Mod)):
            raise ValueError(f"{ast.unparse(node)!r} divides random words.")
        if type(node.op) not in table or left.kind != right.kind:
            raise not_of_kernels(node)
        operation = table[type(node.op)]
        if left.kind == "i" and isinstance(node.op, ast.RShift):
            operation = "ashr"
        if operation in ("sdiv", "srem") and not isinstance(node.right, ast.Constant):
            # both values of a choice are computed, also where it excludes a division by zero
            zero = self.put(f"icmp eq {right}, 0", "b")
            right = self.select(zero, Typed("1", "i"), right)
        return self.put(f"{operation} {left}, {right.text}", left.kind)

    def _compare(self, node: ast.Compare) -> Typed:
        (operator,), (right_node,) = node.ops, node.comparators
        left, right = self._alike(self(node.left), self(right_node))
        floats, wholes = _COMPARE[type(operator)]
        test = f"fcmp {floats}" if left.kind == "r" else f"icmp {wholes}"
        return self.put(f"{test} {left}, {right.text}", "b")

    def _call(self, node: ast.Call) -> Typed:
        assert isinstance(node.func, ast.Name)
        name = node.func.id
        if name == "u64":  # a literal word
            (literal,) = node.args
            assert isinstance(literal, ast.Constant)
            return Typed(str(literal.value), "w")
        if name in self.results and len(self.results[name]) == 1:
            arguments = ", ".join(str(self(a)) for a in node.args)
            (kind,) = self.results[name]
            return self.put(f"call {TYPES[kind]} @{name}({arguments})", kind)
        given = [self(a) for a in node.args]
        first = given[0]
        match name:
            case "int" | "int32":
                return first if first.kind == "i" else self.put(f"fptosi {first} to i64", "i")
            case "float":
                return self.as_real(first)
            case "min" | "max":
                a, b = given
                test = self.put(f"icmp {'slt' if name == 'min' else 'sgt'} {a}, {b.text}", "b")
                return self.select(test, a, b)
            case "bits":
                return self.put(f"bitcast {first} to i64", "w")
            case "from_bits":
                return self.put(f"bitcast {first} to double", "r")
            case "to_float":  # see `conversion`
                return self.put(f"call double @to_float({first})", "r")
            case "exponent":
                field = self.put(f"ashr {first}, 52", "w")
                return self.put(f"sitofp {field} to double", "r")
            case "tame_quotient":
                return self.put(f"fdiv {first}, {given[1].text}", "r")
            case "horner":
                x, *rest, result = given
                for coefficient in reversed(rest):
                    result = self._intrinsic("fma", result, x, coefficient)
                return result
        if name in LLVM_INTRINSICS:
            return self._intrinsic(name, *given)
        raise not_of_kernels(node)

    def _intrinsic(self, name: str, *given: Typed) -> Typed:
        function, _ = LLVM_INTRINSICS[name]
        return self.put(f"call double @llvm.{function}.f64({', '.join(map(str, given))})", "r")


def returned(kinds: tuple[str, ...]) -> str:
    """Return the type of a function's result."""
    types = [TYPES[kind] for kind in kinds]
    return types[0] if len(types) == 1 else "{" + ", ".join(types) + "}"
