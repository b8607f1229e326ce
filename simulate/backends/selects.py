"""`yes if test else no` -> one instruction: every choice of a kernel is between numbers at hand.

Left to itself Numba makes three blocks and a variable with two definitions of each choice, and
looks through the whole function for each of them; LLVM then makes the select all the same.
"""

from __future__ import annotations

import ast
from functools import reduce
from types import CodeType
from typing import Any

from numba import types
from numba.extending import intrinsic

_kind: Any = types.unliteral  # of a number, be it written out or not


def _choose(context: Any, test: Any, yes: Any, no: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.select(*values)

    kind = context.unify_types(_kind(yes), _kind(no))
    return kind(types.boolean, kind, kind), generate


#: (test, yes, no) -> `yes` where the test holds, `no` elsewhere; both have been worked out
choose: Any = intrinsic(_choose)


def with_selects(text: str, filename: str) -> CodeType:
    """Compile Python text to byte code, its conditional expressions as calls of `choose`."""
    tree = ast.fix_missing_locations(_Selects().visit(ast.parse(text, filename)))
    code: CodeType = compile(tree, filename, "exec")
    return code


class _Selects(ast.NodeTransformer):
    def visit_IfExp(self, node: ast.IfExp) -> Any:
        self.generic_visit(node)
        name = ast.Name("choose", ast.Load())
        return ast.Call(name, [_joined(node.test), node.body, node.orelse], [])


def _joined(test: ast.expr) -> ast.expr:
    """A test whose `and` and `or` do not stop early: that would be a choice again."""
    if not isinstance(test, ast.BoolOp):
        return test
    join = ast.BitAnd() if isinstance(test.op, ast.And) else ast.BitOr()
    return reduce(lambda a, b: ast.BinOp(a, join, b), map(_joined, test.values))
