"""The functions of a kernel in LLVM's language: the elementary ones, and the kernel itself."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from ..codegen.kernel import NUMBERS, POINTERS
from ..primitives.table import FUNCTIONS, closure, source
from .conversion import to_float
from .copies import operations
from .expressions import LLVM_INTRINSICS, TYPES, Results, Typed, returned
from .statements import Statements, shared_names

_POINTED = {"float64": "r", "uint64": "w", "int64": "i"}
_PARAMETERS = {"f64": "r", "u64": "w"}


class Function(NamedTuple):
    """A function in LLVM's language, the kinds of the values it returns, and its operations."""

    text: str
    results: tuple[str, ...]
    size: int


def module(kernel: str, functions: Mapping[str, Function]) -> str:
    """Return the text of a kernel, and of functions among which are all that it calls."""
    declared = {
        f"declare double @llvm.{name}.f64({', '.join(['double'] * count)})\n"
        for name, count in LLVM_INTRINSICS.values()
    }
    declared.add("declare void @llvm.prefetch.p0(ptr, i32, i32, i32)\n")
    texts = [function.text for function in functions.values()]
    return "\n".join([*sorted(declared), to_float(), *texts, _kernel(kernel, functions)])


def elementary(names: Iterable[str]) -> dict[str, Function]:
    """Return those of the elementary functions that are named, and all that they call."""
    known = _elementary()
    wanted = [f.__name__ for f in closure(known.keys() & set(names))]
    return {name: known[name] for name in wanted}


@lru_cache(maxsize=1)
def _elementary() -> dict[str, Function]:
    return translated(source(FUNCTIONS))


def translated(text: str) -> dict[str, Function]:
    """Translate functions, each of which may call those above it."""
    found: dict[str, Function] = {}
    for node in ast.parse(text).body:
        assert isinstance(node, ast.FunctionDef)
        found[node.name] = _function(node, found)
    return found


def _results(functions: Mapping[str, Function]) -> Results:
    return {name: function.results for name, function in functions.items()}


def _sizes(functions: Mapping[str, Function]) -> dict[str, int]:
    return {name: function.size for name, function in functions.items()}


def _function(node: ast.FunctionDef, known: Mapping[str, Function]) -> Function:
    """Translate one function: straight lines, then a return of one value or of several."""
    _, *lines, last = node.body
    assert isinstance(last, ast.Return)
    assert last.value is not None
    text, given = Statements(_results(known)), []
    for argument in node.args.args:
        assert isinstance(argument.annotation, ast.Name)
        value = Typed(f"%{argument.arg}", _PARAMETERS[argument.annotation.id])
        text.values[argument.arg] = value
        given.append(str(value))
    text.body(lines)
    ends = last.value.elts if isinstance(last.value, ast.Tuple) else [last.value]
    values = [text(end) for end in ends]
    kinds = tuple(value.kind for value in values)
    pack, result = returned(kinds), values[0].text
    if len(values) > 1:
        result = "undef"
        for i, value in enumerate(values):
            result = text.put(f"insertvalue {pack} {result}, {value}, {i}", "r").text
    head = f"define internal {pack} @{node.name}({', '.join(given)}) alwaysinline nounwind {{"
    whole = "\n".join([head, *text.lines, f"  ret {pack} {result}", "}\n"])
    return Function(whole, kinds, operations(node, _sizes(known)))


def _kernel(source: str, functions: Mapping[str, Function]) -> str:
    """Translate a kernel: a function of arrays, no two of which overlap, and of numbers."""
    (node,) = ast.parse(source).body
    assert isinstance(node, ast.FunctionDef)
    text = Statements(_results(functions), shared_names(node.body))
    text.sizes = _sizes(functions)
    text.pointers |= {name: _POINTED[kind] for name, kind in POINTERS.items()}
    text.values |= {name: Typed(f"%{name}", "i") for name in NUMBERS}
    text.body(node.body)
    arrays = [f"ptr noalias align {64 if n == 'scratch' else 8} %{n}" for n in POINTERS]
    given = ", ".join([*arrays, *(f"i64 %{n}" for n in NUMBERS)])
    places = [f"  %at.{name} = alloca {TYPES[kind]}" for name, kind in text.places.items()]
    if text.stack:
        places.append(f"  {text.rows} = alloca [{text.stack} x double], align 64")
    head = [f"define void @{node.name}({given}) nounwind {{", *places]
    return "\n".join([*head, *text.lines, "  ret void", "}\n", *text.notes])
