"""Translate statements and functions of the kernels' subset of Python into C++."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ..translator import not_of_kernels
from .expressions import NAMES, Expressions, called

Results = tuple[str, ...]


class Function(NamedTuple):
    """A function of `elementary` in C++, and the kinds of the values it returns."""

    text: str
    results: Results


def function(source: str, known: Mapping[str, Results], suffix: str = "") -> Function:
    """Translate one function: straight lines, then a return of one value or of several.

    Several values come back through references; parameters are copies, so that
    ``a, b = f(a, b)`` may have the same names on both sides.
    """
    (node,) = ast.parse(source).body
    assert isinstance(node, ast.FunctionDef)
    _, *lines, last = node.body
    text = Statements(known, suffix)
    parameters = []
    for argument in node.args.args:
        assert isinstance(argument.annotation, ast.Name)
        kind = {"f64": "r", "u64": "w"}[argument.annotation.id]
        text.kinds[argument.arg] = kind
        text.given.add(argument.arg)
        parameters.append(f"{NAMES[kind]} {argument.arg}")
    text.body(lines)
    assert isinstance(last, ast.Return)
    assert last.value is not None
    values = last.value.elts if isinstance(last.value, ast.Tuple) else [last.value]
    typed = [text.write(v) for v in values]
    results = tuple(v.kind for v in typed)
    if len(typed) == 1:
        text.put(f"return {typed[0].text};")
    else:
        parameters += [f"{NAMES[kind]} &out{i}" for i, kind in enumerate(results)]
        for i, value in enumerate(typed):
            text.put(f"out{i} = {value.text};")
    returned = NAMES[results[0]] if len(typed) == 1 else "void"
    head = f"INLINE {returned} {called(node.name)}({', '.join(parameters)})"
    about = (ast.get_docstring(node) or "").splitlines()[0]
    return Function(f"// {about}\n{head} {{\n{text.whole()}}}\n", results)


class Statements:
    """Prints statements; every name that is assigned is declared at the top."""

    expressions = Expressions

    def __init__(self, known: Mapping[str, Results], suffix: str = "") -> None:
        self.known = known
        self.write = self.expressions({name: kinds[0] for name, kinds in known.items()}, suffix)
        self.kinds = self.write.kinds
        self.given: set[str] = set()  # parameters
        self.local: dict[str, str] = {}  # name -> kind, in the order of assignment
        self.lines: list[str] = []
        self.indent = 1

    def whole(self) -> str:
        """Return declarations and lines."""
        kinds = sorted(set(self.local.values()))
        names = {k: ", ".join(n for n, kind in self.local.items() if kind == k) for k in kinds}
        declared = [f"    {NAMES[k]} {names[k]};" for k in kinds]
        return "".join(line + "\n" for line in [*declared, *self.lines])

    def put(self, text: str) -> None:
        """Write a line."""
        self.lines.append("    " * self.indent + text)

    def body(self, lines: Iterable[ast.stmt]) -> None:
        """Write statements."""
        for line in lines:
            match line:
                case ast.Assign():
                    self._assign(line)
                case ast.AugAssign():
                    self._augassign(line)
                case ast.If():
                    self._if(line)
                case ast.While():
                    self._while(line)
                case ast.Continue():
                    self._continue()
                case ast.For():
                    self._for(line)
                case ast.Expr(value=ast.Call(func=ast.Name("prefetch"))):
                    pass  # stores of a GPU wait for nothing
                case _:
                    raise not_of_kernels(line)

    def block(self, head: str, lines: Iterable[ast.stmt]) -> None:
        """Write statements inside braces."""
        self.put(head + "{")
        self.indent += 1
        self.body(lines)
        self.indent -= 1
        self.put("}")

    def target(self, node: ast.expr, kind: str) -> str:
        """Return the text of the target of an assignment; a new name will be declared."""
        if not isinstance(node, ast.Name):
            return self.write(node).text
        before = self.kinds.setdefault(node.id, kind)
        if {before, kind} == {"r", "d"}:
            kind = self.kinds[node.id] = "d"
        elif before != kind:
            raise ValueError(f"{node.id} is both {NAMES[self.kinds[node.id]]} and {NAMES[kind]}.")
        if node.id not in self.given:
            self.local[node.id] = kind
        return node.id

    def _assign(self, node: ast.Assign) -> None:
        (target,) = node.targets
        if not isinstance(target, ast.Tuple):
            value = self.write(node.value)
            self.put(f"{self.target(target, value.kind)} = {value.text};")
            return
        call = node.value
        assert isinstance(call, ast.Call)
        assert isinstance(call.func, ast.Name)
        given = [self.write(a).text for a in call.args]
        kinds = self.known[call.func.id]
        given += [self.target(n, k) for n, k in zip(target.elts, kinds, strict=True)]
        self.put(f"{called(call.func.id)}({', '.join(given)});")

    def _augassign(self, node: ast.AugAssign) -> None:
        self.put(f"{self.write(node.target).text} += {self.write(node.value).text};")

    def _if(self, node: ast.If) -> None:
        self.block(f"if {self.write(node.test).text} ", node.body)

    def _while(self, node: ast.While) -> None:
        self.block(f"while {self.write(node.test).text} ", node.body)

    def _continue(self) -> None:
        self.put("continue;")

    def _for(self, node: ast.For) -> None:
        assert isinstance(node.iter, ast.Call)
        assert isinstance(node.target, ast.Name)
        counted = [self.write(a) for a in node.iter.args]
        kind = self.write.widest(*zip(node.iter.args, counted, strict=True))
        name = self.target(node.target, kind)
        low, high, step = "0", "", "1"
        if len(counted) == 1:
            high = counted[0].text
        else:
            low, high, *steps = [c.text for c in counted]
            step = steps[0] if steps else "1"
        test = ">" if step.startswith("(-") else "<"
        self.block(f"for ({name} = {low}; {name} {test} {high}; {name} += {step}) ", node.body)
