"""Assignments inside a step: name entries, evaluate a field at another point, join fields."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from ...landscapes.field import Field
from ...typing import Assignment, Assignments


def name_entries(
    prefix: str, entries: Sequence[sp.Expr], assignments: list[Assignment]
) -> list[sp.Expr]:
    """Give each entry a symbol, appended to `assignments`; numbers and symbols stay as they are."""
    symbols = []
    for i, entry in enumerate(entries):
        if not (entry.is_number or entry.is_Symbol):
            symbol = sp.Symbol(f"let.{prefix}.{i}", real=True)
            assignments.append((symbol, entry))
            entry = symbol
        symbols.append(entry)
    return symbols


def field_at(
    field: Field, point: Sequence[sp.Expr], tag: str
) -> tuple[list[Assignment], list[sp.Expr]]:
    """Return the field's assignments and entries at another point than its own symbols.

    The names of its assignments end with `tag`, so that a step can evaluate it several times.
    """
    swaps: dict[sp.Basic, sp.Basic] = dict(zip(field.symbols, point, strict=True))
    assignments = []
    for symbol, expression in field.assignments:
        renamed = sp.Symbol(f"{symbol.name}.{tag}", real=True)
        assignments.append((renamed, expression.xreplace(swaps)))
        swaps[symbol] = renamed
    return assignments, [e.xreplace(swaps) for e in field.entries]


def field_sum(field: Field, scale: sp.Expr, other: Field, name: str) -> Field:
    """Return field + scale * other as one field."""
    entries = tuple(a + scale * b for a, b in zip(field.entries, other.entries, strict=True))
    return Field(
        name, entries, field.shape, field.symbols, field.parameters,
        merge_assignments(field.assignments, other.assignments), {**field.tables, **other.tables},
    )  # fmt: skip


def merge_assignments(*parts: Assignments) -> Assignments:
    """Return the assignments of several fields, each symbol once."""
    together: dict[sp.Symbol, sp.Expr] = {}
    for part in parts:
        together |= part
    return tuple(together.items())
