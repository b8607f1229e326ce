"""Arguments that every kind of landscape takes: they are checked here, and read back from text."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

import sympy as sp

from ..validate import check_choice, check_interval, check_kind, check_mapping, shown
from .errors import FormulaError
from .facts import Facts
from .field import coordinates_of
from .formulas.language import (
    Domain,
    Formula,
    MatrixLike,
    Point,
    Text,
    VectorLike,
    check_name,
    exact,
)
from .formulas.language import names as parse_names
from .formulas.parse import parse_expression
from .formulas.write import as_text
from .samples import law_from_list


class Common(TypedDict):
    """The attributes of `Landscape` apart from its formulas."""

    name: str
    coordinates: tuple[str, ...]
    parameters: Mapping[str, float]
    start: tuple[sp.Expr, ...]
    domain: Domain | None
    facts: Facts


def check_common(
    *,
    coordinates: str | Iterable[str | sp.Symbol],
    parameters: Mapping[str, float] | None,
    name: str,
    start: Point | None,
    domain: Domain | None,
    facts: Facts | None,
) -> Common:
    """Check names and numbers.

    Raises
    ------
    FormulaError
        A name is not usable, occurs twice or is unknown, or a number is not finite.
    TypeError
        `parameters` or `domain` is not a mapping, `name` not a text, or `facts` no `Facts`.
    """
    labels = parse_names(coordinates)
    check_kind("name", name, str, "a text, such as 'double_well'")
    if parameters is None:
        parameters = {}
    check_mapping("parameters", parameters, "name -> value, e.g. {'a': 2.0}")
    for key in parameters:
        check_name(key, "parameters")
    values = {key: finite(value, key) for key, value in parameters.items()}
    if set(values) & set(labels):
        raise FormulaError(
            f"{sorted(set(values) & set(labels))} are both coordinate and parameter."
        )
    symbols = [sp.Symbol(c, real=True) for c in labels]
    point = [sp.S.Zero] * len(labels) if start is None else coordinates_of(start, symbols)
    if facts is not None:
        check_kind("facts", facts, Facts, "landscapes.Facts(...) or nothing")
    if domain is not None:
        check_mapping("domain", domain, "coordinate -> (low, high), e.g. {'x': (-2, 2)}")
        unknown = set(domain) - set(labels)
        if unknown:
            raise FormulaError(
                f"domain names {', '.join(map(shown, unknown))}; the coordinates are "
                f"{', '.join(labels)}."
            )
        domain = {c: check_interval(f"domain[{c!r}]", ends) for c, ends in domain.items()}
    return {
        "name": name,
        "coordinates": labels,
        "parameters": values,
        "start": tuple(point),
        "domain": domain,
        "facts": facts or Facts(),
    }


def texts(**given: Formula | VectorLike | MatrixLike | None) -> dict[str, Text]:
    """Write formulas as text; an error names the argument."""
    written = {}
    for key, value in given.items():
        try:
            written[key] = as_text(value)
        except FormulaError as error:
            raise FormulaError(f"{key}={shown(value)}: {error}") from None
    return written


def finite(value: Formula, name: str) -> float:
    """Return the value of a parameter as a float; refuse a value that is not a finite number."""
    try:
        number = float(exact(value))
    except (FormulaError, TypeError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise FormulaError(f"parameter {name}={shown(value)} is not a finite number.")
    return number


#: what a description has besides what all landscapes share
_ENTRIES = {
    "loss": {"samples", "data"},
    "potential": {"diffusion", "curl", "current"},
    "drift": {"diffusion", "noise_factor"},
}


def read_dict(data: Mapping[str, object], kinds: Iterable[str]) -> tuple[str, Any, dict[str, Any]]:
    """Return kind, formula and keyword arguments from the result of `Landscape.to_dict`.

    Raises
    ------
    ValueError
        The kind is none of `kinds`, or a law is unknown.
    """
    arguments: dict[str, Any] = dict(check_mapping("data", data, "what to_dict returned"))
    kind = check_choice("kind", arguments.pop("kind", None), kinds)
    missing = [name for name in (kind, "coordinates", "start") if name not in arguments]
    if missing:
        raise ValueError(f"the description of the landscape lacks {', '.join(missing)}.")
    unknown = set(arguments) - _ENTRIES[kind] - {kind, *Common.__annotations__}
    if unknown:
        raise ValueError(f"a {kind} landscape has no {', '.join(map(shown, unknown))}.")
    if kind == "loss" and "samples" in arguments:
        laws = arguments["samples"]
        if not isinstance(laws, list) or not all(
            isinstance(law, list) and len(law) > 1 for law in laws
        ):
            raise TypeError(f"samples={shown(laws)}; give a list of [name, law, numbers].")
        arguments["samples"] = {name: law_from_list(law) for name, *law in laws}
    start = check_kind("start", arguments["start"], list, "a list of numbers as text")
    arguments["start"] = [parse_expression(s, {}) for s in start]
    return kind, arguments.pop(kind), arguments
