"""Names of a program's symbols in the text of a kernel, and rows of those that cross lane loops."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from ...step import STEP
from .lower import PER_TRAJECTORY, Program, per_lane


def names_of(program: Program, noise: Sequence[sp.Symbol]) -> dict[sp.Symbol, str]:
    """Give every symbol a name of our own; the user's name only follows a prefix.

    `noise` are the symbols of the numbers that a step draws outside of its loops.
    """
    step, names = program.step, {STEP: "number"}
    for prefix, symbols in (("s", step.state), ("p", step.parameters), ("n", noise)):
        for i, symbol in enumerate(symbols):
            tail = symbol.name.rsplit(".", 1)[-1]
            names[symbol] = f"{prefix}{i}" + (f"_{tail}" if tail.isascii() else "")
    for lines in program.code.values():
        for symbols, _ in lines:
            for symbol in symbols:
                names.setdefault(symbol, f"t{len(names)}")
    for loop in program.loops:
        for symbol in [*loop.items.values(), *(s for s, _ in loop.sums)]:
            names[symbol] = f"t{len(names)}"
    return names


def crossing(program: Program) -> dict[sp.Symbol, int]:
    """Give a scratch row to symbols that another lane loop reads, and to every sum."""
    symbols: list[sp.Symbol] = []
    for scope, lines in program.code.items():
        if scope == PER_TRAJECTORY or (scope >= per_lane(0) and not scope[2]):
            symbols += [s for names, _ in lines for s in names if program.readers(s) - {scope}]
    symbols += [s for loop in program.loops for s, _ in loop.sums]
    return {symbol: row for row, symbol in enumerate(symbols)}
