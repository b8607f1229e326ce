"""The functions of `elementary` and `random_words` as data: accuracy, dependencies, source."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from . import elementary, intrinsics, random_words

MODULES = (elementary, random_words)

#: Every function of these modules by name, in the order of definition.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    name: value
    for module in MODULES
    for name, value in vars(module).items()
    if inspect.isfunction(value) and value.__module__ == module.__name__
}

#: Names that the functions take from `intrinsics`.
INTRINSICS = tuple(
    name
    for name, value in vars(intrinsics).items()
    if any(vars(module).get(name, ...) is value for module in MODULES)
)


class Accuracy(NamedTuple):
    """Error bound of a function: |error| <= ulp * spacing(result), on its domain.

    Where `shift` is not 0, the error may also be that of an argument off by shift * |x|, which is
    visible only within 1e-9 of a zero or a pole.
    """

    ulp: float
    domain: str
    shift: float = 0.0


#: Bounds that the tests check for each function.  Outside its domain a function gives NaN, except
#: where a limit (0, 1, inf) is the right answer.
ACCURACY = {
    "exp": Accuracy(1.0, "-707.7 < x < 709.78"),
    "sinh": Accuracy(2.0, "|x| < 710.13"),
    "cosh": Accuracy(1.5, "|x| < 710.12"),
    "tanh": Accuracy(2.0, "all x"),
    "log": Accuracy(1.0, "x >= 0"),
    "log1p": Accuracy(1.5, "x >= -1"),
    "minus_log": Accuracy(3.0, "2.3e-308 < x < 1"),
    "pow": Accuracy(1.25, "x > 0, or x < 0 with whole y; 4.5e-308 < |x**y|"),
    "sin": Accuracy(1.5, "|x| <= 1e7", shift=1e-33),
    "cos": Accuracy(1.5, "|x| <= 1e7", shift=1e-33),
    "tan": Accuracy(3.0, "|x| <= 1e7", shift=1e-33),
    "atan": Accuracy(2.0, "all x"),
    "atan2": Accuracy(2.25, "not both infinite, both below 8.9e307"),
    "asin": Accuracy(3.0, "|x| <= 1"),
    "acos": Accuracy(3.5, "|x| <= 1"),
    "erf": Accuracy(1.5, "all x"),
}


def closure(names: Iterable[str]) -> list[Callable[..., Any]]:
    """Return the functions `names` and all functions that they call.

    Parameters
    ----------
    names
        Names of `FUNCTIONS`; the result does not depend on their order.

    Returns
    -------
    list of function
        In the order of definition: a function stands before the functions that call it.

    Raises
    ------
    KeyError
        If a name is not in `FUNCTIONS`.

    Examples
    --------
    >>> [function.__name__ for function in closure(["exponential"])]
    ['minus_log', 'uniform', 'exponential']
    """
    needed: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in FUNCTIONS:
            raise KeyError(f"no elementary function {name!r}; known: {', '.join(FUNCTIONS)}.")
        if name not in needed:
            needed.add(name)
            waiting.extend(_calls(name))
    return [function for name, function in FUNCTIONS.items() if name in needed]


def source(names: Iterable[str]) -> str:
    """Return the text of `closure(names)`; its free names are `INTRINSICS`, ``f64``, ``u64``."""
    return "\n\n\n".join(inspect.getsource(function).rstrip() for function in closure(names)) + "\n"


def _calls(name: str) -> set[str]:
    """Return the names of `FUNCTIONS` that the function `name` calls directly."""
    tree = ast.parse(inspect.getsource(FUNCTIONS[name]))
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {called.id for called in calls if isinstance(called, ast.Name)} & FUNCTIONS.keys()
