"""How many vectors of lanes a lane loop works on at a time.

One vector's chain of dependent operations leaves most of a processor idle.  LLVM works on one
vector all the same where a loop is long, for fear of running out of registers; in a lane loop the
waiting costs more.  The limits below were chosen on Zen 5: four vectors were the fastest in the
steps of `archimedes`, `double_well` and `ratchet`, two in that of 8 coordinates, whose rows fill
the registers.  `python -m benchmarks` compares the result with C++ written by hand.

The bits are the same for every number: lanes do not mix.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

#: lanes of the widest vector
_VECTOR = 8
#: (copies, most rows that are read or written, most operations), best first
_LIMITS = ((4, 8, 200), (2, 16, 450))
#: names that are no operation of their own
_FREE = {"range": 0, "u64": 0, "bits": 0, "from_bits": 0}


def copies(loop: ast.For, width: int, sizes: Mapping[str, int]) -> int | None:
    """Return the number of vectors that a loop over `width` lanes works on at a time.

    Parameters
    ----------
    loop
        The loop, in the kernels' subset of Python.
    width
        Number of its lanes.
    sizes
        Number of operations of each function that it may call.

    Returns
    -------
    int or None
        None for a loop that does no arithmetic on rows: LLVM knows best how to copy and to add up.
    """
    parts = list(ast.walk(loop))
    count = operations(loop, sizes)
    rows = {ast.unparse(part) for part in parts if isinstance(part, ast.Subscript)}
    straight = not any(isinstance(part, (ast.AugAssign, ast.If)) for part in parts)
    if not (count and straight and all(row.startswith("W[") for row in rows)):
        return None
    fitting = [n for n, most, long in _LIMITS if len(rows) <= most and count <= long]
    return min(max(fitting, default=1), max(1, width // _VECTOR))


def operations(node: ast.AST, sizes: Mapping[str, int]) -> int:
    """Return the number of operations in a piece of text, with those of the functions it calls."""
    count = 0
    for part in ast.walk(node):
        match part:
            case ast.Call(func=ast.Name(id="horner"), args=given):
                count += len(given) - 2
            case ast.Call(func=ast.Name(id=name)):
                count += sizes.get(name, _FREE.get(name, 1))
            case ast.BinOp() | ast.Compare() | ast.IfExp():
                count += 1
    return count
