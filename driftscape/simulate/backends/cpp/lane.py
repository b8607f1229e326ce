"""Translate a kernel over lanes into C++ for one lane.

The loops over lanes are gone, a row of the scratch array is a variable (a register, where there are
enough of them), and a thread of a GPU, or a turn of a loop on the host, is one lane of a block.
Everything else is the text that the CPU runs: blocks, training sets and random words have the
same layout in memory as on the host, so that arrays can be copied as they are.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from copy import deepcopy

from ..codegen.kernel import NUMBERS, POINTERS, Kernel
from .expressions import NAMES, Expressions, Typed
from .text import Results, Statements

_POINTED = {"float64": "r", "uint64": "w", "int64": "i"}


class _LaneExpressions(Expressions):
    """Expressions in which ``W[row, l]`` is a variable, and a row of words holds words."""

    layout: Mapping[str, int] = {}
    narrow: int | None = None  # rows of the state that are floats, where other rows stay wide
    arrays: frozenset[str] = frozenset()  # of which some rows are found by a number

    def _subscript(self, node: ast.Subscript) -> Typed:
        if not isinstance(node.slice, ast.Tuple):
            return super()._subscript(node)
        row = node.slice.elts[0]
        if isinstance(row, ast.Constant):
            name, index = self.row(_whole(row))
            text = f"{name}[{index}]" if name in self.arrays else f"{name}{index}"
            return Typed(text, self.row_kind(name, index))
        assert isinstance(row, ast.BinOp)
        name, index = self.row(_whole(row.left))
        if isinstance(row.right, ast.Constant):
            index += _whole(row.right)
            text = f"{name}[{index}]" if name in self.arrays else f"{name}{index}"
            return Typed(text, self.row_kind(name, index))
        shift = f"{index} + " if index else ""
        return Typed(f"{name}[{shift}{self(row.right).text}]", self.row_kind(name))

    def found_by_number(self, kernel: ast.AST) -> frozenset[str]:
        """Return the names under which a row ``first + index`` is read or written.

        A loop over ``row`` is written out, so that its index is a literal.
        """
        slices = [node.slice for node in ast.walk(kernel) if isinstance(node, ast.Subscript)]
        rows = [s.elts[0] for s in slices if isinstance(s, ast.Tuple)]
        found = [r for r in rows if isinstance(r, ast.BinOp) and ast.unparse(r.right) != "row"]
        return frozenset(self.row(_whole(r.left))[0] for r in found)

    def _call(self, node: ast.Call) -> Typed:
        if isinstance(node.func, ast.Name) and node.func.id == "bits":
            inner = self(node.args[0])
            if inner.kind == "w":
                return inner
        return super()._call(node)

    def row(self, number: int) -> tuple[str, int]:
        """Return the name of a scratch row, and its index under this name."""
        for name, size in self.layout.items():
            if number < size:
                return name.replace(" ", "_") + "_", number
            number -= size
        raise ValueError("a kernel uses a scratch row that it does not have.")

    def row_kind(self, name: str, index: int = 0) -> str:
        """Return the kind of the numbers in a scratch row."""
        if "words" in name:
            return "w"
        if name in ("home_", "cell_"):
            return "d"
        if self.narrow is None or name not in ("state_", "old_state_", "scratch_"):
            return "r"
        return "r" if name != "scratch_" and index < self.narrow else "d"


def _whole(node: ast.expr) -> int:
    """Return the value of a literal whole number."""
    assert isinstance(node, ast.Constant)
    assert isinstance(node.value, int)
    return node.value


class _Numbered(ast.NodeTransformer):
    """Puts a number in place of a name."""

    def __init__(self, name: str, number: int) -> None:
        self.name, self.number = name, number

    def visit_Name(self, node: ast.Name) -> ast.expr:  # noqa: N802  as `ast` spells it
        return ast.Constant(self.number) if node.id == self.name else node


class Lane(Statements):
    """Statements of a kernel for one of its lanes."""

    expressions = _LaneExpressions

    def __init__(
        self,
        kernel: Kernel,
        known: Mapping[str, Results],
        suffix: str = "",
        narrow: int | None = None,
    ) -> None:
        super().__init__(known, suffix)
        assert isinstance(self.write, _LaneExpressions)
        self.write.layout = self.layout = kernel.layout
        self.write.narrow = narrow
        self.kinds |= {name: _POINTED[kind] for name, kind in POINTERS.items()}
        self.kinds["bins"] = "d"  # cells have more numbers than a float
        self.kinds |= dict.fromkeys((*NUMBERS, "block", "l"), "i")
        (node,) = ast.parse(kernel.text).body
        assert isinstance(node, ast.FunctionDef)
        self.write.arrays = self.write.found_by_number(node)
        self.body(node.body)

    def whole(self) -> str:
        """Return the rows, the declarations and the lines."""
        assert isinstance(self.write, _LaneExpressions)
        rows = []
        for name, size in self.layout.items():
            stem = name.replace(" ", "_") + "_"
            if stem in self.write.arrays:
                rows.append(f"    {NAMES[self.write.row_kind(stem)]} {stem}[{size}];\n")
                continue
            for i in range(size):
                rows.append(f"    {NAMES[self.write.row_kind(stem, i)]} {stem}{i};\n")
        return "".join(rows) + super().whole()

    def _assign(self, node: ast.Assign) -> None:
        target, value = node.targets[0], node.value
        if isinstance(target, ast.Name) and target.id == "W":
            return
        if isinstance(target, ast.Subscript) and self.write(target).kind == "w":
            if isinstance(value, ast.Call) and ast.unparse(value.func) == "from_bits":
                value = value.args[0]
            self.put(f"{self.write(target).text} = {self.write(value).text};")
            return
        super()._assign(node)
        if isinstance(target, ast.Name) and target.id == "size":
            self.put("if (l >= size) return;")

    def _augassign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Subscript):  # which other threads of a GPU may add to
            self.put(f"add_to({self.write(node.target).text}, {self.write(node.value).text});")
            return
        super()._augassign(node)

    def _for(self, node: ast.For) -> None:
        assert isinstance(node.target, ast.Name)
        if node.target.id == "block":
            self.body(node.body)
        elif node.target.id == "l":
            self.block("", node.body)
        elif node.target.id == "row":  # written out: rows are variables
            assert isinstance(node.iter, ast.Call)
            for row in range(_whole(node.iter.args[0])):
                number = _Numbered("row", row)
                self.body([number.visit(deepcopy(line)) for line in node.body])
        else:
            super()._for(node)
