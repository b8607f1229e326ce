"""All zeros of a field in a box: boxes on which it surely does not vanish are discarded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import sympy as sp

from ...typing import Float
from .bounds import Bounds
from .cells import FAR, halves

_FINE = 1e-3  # width of a box that is not cut further, relative to its distance from 0
_FINER, _FEW = 1e-9, 4096  # the same in a second search, and its largest number of boxes
_NEAR = 1e-6  # distance from 0 that counts as zero; far away valleys may be narrower
_MOST_GROUPED = 3000  # boxes
_OPERATIONS = 1e7  # of arithmetic, which limit the number of boxes
_MOST = 2**10, 2**15  # smallest and largest limit on the number of boxes


@dataclass(frozen=True)
class Zeros:
    """Boxes that contain all zeros of a field.

    Attributes
    ----------
    low, high
        Ends of each group of boxes that touch, shape (n, dim).
    complete
        Whether the field surely vanishes nowhere else.
    """

    low: Float
    high: Float
    complete: bool


def zeros(
    entries: Sequence[sp.Expr | Sequence[sp.Expr]],
    variables: Sequence[sp.Symbol],
    *,
    box: Iterable[tuple[float, float]] | None = None,
    fixed: Mapping[sp.Symbol, float] | None = None,
    tables: Mapping[sp.Basic, Float] | None = None,
    most: int | None = None,
) -> Zeros:
    """Find all points at which a field may vanish or jump across zero.

    Parameters
    ----------
    entries
        Components of the field; each is a formula, or several of which each bounds it
        (`rewriting.slopes`).
    variables
        Variables of the field.
    box
        (low, high) for each variable; all of space, up to `FAR`, if not given.
    fixed, tables
        Values of further symbols, and the tables that sums run over.
    most
        Largest number of boxes before the search stops; if not given, it is smaller for longer
        formulas.

    Examples
    --------
    >>> x = sp.Symbol("x", real=True)
    >>> found = zeros([x * (x - 3) * (x - 1e6)], [x])
    >>> found.complete, found.low.round(2).ravel().tolist()
    (True, [-0.0, 3.0, 1000000.0])
    """
    bounds = [
        [Bounds(f, variables, tables) for f in ([e] if isinstance(e, sp.Expr) else e)]
        for e in entries
    ]
    if most is None:
        rows = max((len(t) for t in (tables or {}).values()), default=1)
        length = rows * sum(sp.count_ops([b.forms, *b.slopes]) for each in bounds for b in each)
        most = int(np.clip(_OPERATIONS / max(length, 1), *_MOST))
    ends = np.array(list(box) if box is not None else [(-FAR, FAR)] * len(variables), float)
    first, second = _search(bounds, ends[:, 0][None], ends[:, 1][None], fixed, _FINE, most)
    if second:  # a second search soon locates simple zeros more closely
        closer, found = _search(bounds, *first, fixed, _FINER, min(most, _FEW))
        first = closer if found else first
    return Zeros(*_groups(*first), second)


def _search(
    bounds: list[list[Bounds]],
    low: Float,
    high: Float,
    fixed: Mapping[sp.Symbol, float] | None,
    fine: float,
    most: int,
) -> tuple[tuple[Float, Float], bool]:
    """Return boxes of the wanted size that may contain a zero, and whether these are all."""
    kept = [(low[:0], high[:0])]
    while len(low):
        slopes = np.zeros_like(low)
        may = np.ones(len(low), bool)
        for forms in bounds:
            for bound in forms:
                bottom, top, slope, _ = bound(low, high, fixed)
                may &= ~(bottom > 0) & ~(top < 0) & ~np.isnan(bottom)
            with np.errstate(all="ignore"):
                part = slope / slope.sum(axis=1, keepdims=True)
            slopes += np.where(np.isfinite(part).all(axis=1, keepdims=True), part, 0.0)
        most -= len(may)
        if most < 0:
            return _joined(kept), False
        low, high, slopes = low[may], high[may], slopes[may]
        distance = np.minimum(np.abs(low), np.abs(high))
        size = distance + _NEAR / (1 + distance.max(axis=1, initial=0.0, keepdims=True)) ** 2
        length = (high - low) / size
        done = (length <= fine).all(axis=1)
        kept.append((low[done], high[done]))
        low, high, slopes, length = low[~done], high[~done], slopes[~done], length[~done]
        # cut the longest side, unless most of the variation comes from another
        long = np.arcsinh(high) - np.arcsinh(low)
        slopes = np.where(length > fine, slopes + long / long.max(axis=1, keepdims=True), -1.0)
        low, high, _ = halves(low, high, np.zeros(len(low), int), slopes.argmax(axis=1))
    return _joined(kept), True


def _joined(kept: list[tuple[Float, Float]]) -> tuple[Float, Float]:
    low, high = (np.concatenate(side) for side in zip(*kept, strict=True))
    return low, high


def _groups(low: Float, high: Float) -> tuple[Float, Float]:
    """Return the ends of each group of touching boxes; very many boxes form one group."""
    if not len(low):
        return low, high
    if len(low) > _MOST_GROUPED:
        return low.min(axis=0)[None], high.max(axis=0)[None]
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    slack = 1e-12 * np.abs(high - low)
    touch = (low[:, None] <= high + slack) & (high[:, None] >= low - slack)
    count, label = connected_components(csr_array(touch.all(axis=2)), directed=False)
    groups = [label == k for k in range(count)]
    low = np.array([low[g].min(axis=0) for g in groups])
    high = np.array([high[g].max(axis=0) for g in groups])
    order = np.lexsort(low.T[::-1])
    return low[order], high[order]
