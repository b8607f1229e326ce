"""NumPy's functions and comparisons of estimates, and of arrays with estimates."""

from __future__ import annotations

import operator
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ...validate import plain
from .functions import ALIASES, FUNCTIONS

_ORDERS: dict[str, Callable[..., object]] = {
    "less": operator.lt, "less_equal": operator.le, "greater": operator.gt,
    "greater_equal": operator.ge, "equal": operator.eq, "not_equal": operator.ne,
}  # fmt: skip


def evaluate(
    operate: Callable[..., object], value: float, ufunc: np.ufunc, inputs: tuple[object, ...]
) -> object:
    """Evaluate a function of NumPy, one of whose arguments is an estimate.

    Parameters
    ----------
    operate
        (name of a function, arguments) -> estimate.
    value
        The value of the estimate.
    ufunc, inputs
        The function and its arguments.
    """
    if any(isinstance(given, np.ndarray) and given.ndim for given in inputs):
        return _elementwise(ufunc, inputs)
    name = ALIASES.get(ufunc.__name__, ufunc.__name__)
    if name in FUNCTIONS:
        return operate(name, *inputs)
    if name in _ORDERS:
        return _ORDERS[name](*(plain(given) for given in inputs))
    return ufunc(value) if name in ("isfinite", "isnan", "isinf") else NotImplemented


def _elementwise(ufunc: np.ufunc, inputs: tuple[object, ...]) -> NDArray[np.object_]:
    """Apply a function of NumPy to arrays and estimates, element by element."""
    boxes = []
    for given in inputs:
        box = np.empty((), object)
        box[()] = given
        boxes.append(given if isinstance(given, np.ndarray) else box)
    return np.asarray(np.frompyfunc(ufunc, len(inputs), 1)(*boxes), object)
