"""Arguments that every kind of landscape takes: they are checked here, and read back from text."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

import sympy as sp

from .errors import FormulaError
from .facts import Facts
from .field import coordinates_of
from .formulas.language import Domain, Formula, Point, check_name, exact
from .formulas.language import names as parse_names
from .formulas.parse import parse_expression
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
        `parameters` is not a mapping.
    """
    labels = parse_names(coordinates)
    if not isinstance(parameters or {}, Mapping):
        raise TypeError(f"parameters={parameters!r}; give name -> value, e.g. {{'a': 2.0}}.")
    values = {key: finite(value, key) for key, value in (parameters or {}).items()}
    for key in values:
        check_name(key, "parameters")
    if set(values) & set(labels):
        raise FormulaError(
            f"{sorted(set(values) & set(labels))} are both coordinate and parameter."
        )
    symbols = [sp.Symbol(c, real=True) for c in labels]
    point = [sp.S.Zero] * len(labels) if start is None else coordinates_of(start, symbols)
    if domain is not None:
        unknown = set(domain) - set(labels)
        if unknown:
            raise FormulaError(
                f"domain names {sorted(unknown)}; coordinates are {', '.join(labels)}."
            )
        domain = {c: _interval(c, ends) for c, ends in domain.items()}
    return {
        "name": name,
        "coordinates": labels,
        "parameters": values,
        "start": tuple(point),
        "domain": domain,
        "facts": facts or Facts(),
    }


def finite(value: Formula, name: str) -> float:
    """Return the value of a parameter as a float; refuse a value that is not a finite number."""
    try:
        number = float(exact(value))
    except (FormulaError, TypeError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise FormulaError(f"parameter {name}={value!r} is not a finite number.")
    return number


def _interval(name: str, ends: Iterable[float]) -> tuple[float, float]:
    """Return the ends of a coordinate's domain; refuse anything but (low, high)."""
    try:
        low, high = map(float, ends)
    except (TypeError, ValueError):
        low = high = math.nan
    if not -math.inf < low < high < math.inf:
        raise FormulaError(f"domain[{name!r}]={ends!r}; give finite (low, high), low < high.")
    return low, high


def read_dict(data: Mapping[str, object], kinds: Iterable[str]) -> tuple[str, Any, dict[str, Any]]:
    """Return kind, formula and keyword arguments from the result of `Landscape.to_dict`.

    Raises
    ------
    ValueError
        The kind is none of `kinds`, or a law is unknown.
    """
    arguments: dict[str, Any] = dict(data)
    kind = arguments.pop("kind", None)
    if kind not in kinds:
        raise ValueError(f"no landscape of kind {kind!r}; known: {', '.join(kinds)}.")
    if kind == "loss" and "samples" in arguments:
        arguments["samples"] = {name: law_from_list(law) for name, *law in arguments["samples"]}
    arguments["start"] = [parse_expression(s, {}) for s in arguments["start"]]
    if arguments.get("domain"):
        arguments["domain"] = {k: tuple(v) for k, v in arguments["domain"].items()}
    return kind, arguments.pop(kind), arguments
