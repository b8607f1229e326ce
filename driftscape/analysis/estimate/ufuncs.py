"""NumPy's functions of arrays that hold estimates, and its comparisons."""

from __future__ import annotations

import operator
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

ORDERS: dict[str, Callable[..., object]] = {
    "less": operator.lt, "less_equal": operator.le, "greater": operator.gt,
    "greater_equal": operator.ge, "equal": operator.eq, "not_equal": operator.ne,
}  # fmt: skip


def elementwise(ufunc: np.ufunc, inputs: tuple[object, ...]) -> NDArray[np.object_]:
    """Apply a function of NumPy to arrays and estimates, element by element."""
    boxes = []
    for given in inputs:
        box = np.empty((), object)
        box[()] = given
        boxes.append(given if isinstance(given, np.ndarray) else box)
    return np.asarray(np.frompyfunc(ufunc, len(inputs), 1)(*boxes), object)
