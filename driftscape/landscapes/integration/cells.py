"""Cells of space as arrays: cut in two, chosen, put together."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...typing import Float

FAR = 2.0**64
"""What has no end is looked at up to here, on cells that grow with the distance."""

_BY_CELL = ("low", "high", "owner", "top", "bottom")


def halves(low: Float, high: Float, owner: Any, axis: Any) -> tuple[Float, Float, Any]:
    """Cut boxes in two along an axis each, so that far from the origin they become long."""
    rows = np.arange(len(low))
    a, b = low[rows, axis], high[rows, axis]
    start, end = np.arcsinh(a), np.arcsinh(b)
    middle = np.where(end - start > 2, np.sinh((start + end) / 2), a / 2 + b / 2)
    first, second = high.copy(), low.copy()
    first[rows, axis], second[rows, axis] = middle, middle
    return np.concatenate([low, second]), np.concatenate([first, high]), np.concatenate([owner] * 2)


def touches(cells: dict[str, Any]) -> NDArray[np.bool_]:
    """Whether cells reach to the end of space."""
    ends = np.abs(np.stack([cells["low"], cells["high"]])) == FAR
    return np.asarray(ends.any(axis=(0, 2)))


def taken(cells: dict[str, Any], which: Any) -> dict[str, Any]:
    return {k: v[which] if k in _BY_CELL else v[:, which] for k, v in cells.items()}


def joined(parts: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        k: np.concatenate([p[k] for p in parts], axis=0 if k in _BY_CELL else 1) for k in parts[0]
    }
