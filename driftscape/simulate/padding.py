"""Points of different shapes in one dataset.

Points may differ in the number of hidden rows, in the size and the variables of their training
sets, and in the number of snapshots.  The dataset of a sweep has room for the largest of each; the
rest is NaN, or -1 for whole numbers.  A variable that a point does not have at all is such padding
from end to end.  `dataset.points.unpadded` is the way back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .ensemble import Variables

if TYPE_CHECKING:
    from .points import Points

_FILL = {"f": np.nan, "i": -1, "u": 0, "b": False}


class Part(NamedTuple):
    """Variables of some points of a sweep.

    Attributes
    ----------
    members
        Numbers of the points, ascending.
    data
        Variables whose first dimension is `trajectory` (points x trajectories), `point`, or `all`
        (of length one) for what all points share.
    labels
        Labels along dimensions on which parts may differ: `variable`.
    """

    members: Sequence[int]
    data: Variables
    labels: Mapping[str, list[str]]


def gathered(points: Points, count: int, parts: Sequence[Part]) -> Variables:
    """Return the variables of all points, with the dimensions of the sweep first.

    Parameters
    ----------
    count
        Number of trajectories of a point.
    """
    labels = union(parts)
    sizes: dict[str, int] = {dim: len(names) for dim, names in labels.items()}
    for part in parts:
        for dims, values, _ in part.data.values():
            for dim, size in zip(dims[1:], values.shape[1:], strict=True):
                sizes[dim] = max(size, sizes.get(dim, 0))
    result: Variables = {}
    for name in dict.fromkeys(name for part in parts for name in part.data):
        having = [part for part in parts if name in part.data]
        first, *inner = having[0].data[name][0]
        shape = [sizes[dim] for dim in inner]
        if first == "trajectory":
            inner, shape = [first, *inner], [count, *shape]
        over, whole = ((), (1,)) if first == "all" else (points.names, (len(points),))
        values = _joined(having, name, (*whole, *shape), labels)
        outer = () if first == "all" else points.shape
        attributes = having[0].data[name][2]
        result[name] = (*over, *inner), values.reshape(*outer, *shape), attributes
    return result


def _joined(
    parts: Sequence[Part], name: str, shape: tuple[int, ...], labels: Mapping[str, list[str]]
) -> NDArray[Any]:
    """Return a variable of this shape, points first, with the values of the parts in place."""
    whole: NDArray[Any] | None = None
    for part in parts:
        dims, given, _ = part.data[name]
        points = 1 if dims[0] == "all" else len(part.members)
        each = given.shape[1:] if dims[0] != "trajectory" else (shape[1], *given.shape[1:])
        values: NDArray[Any] = given.reshape(points, *each)
        ordered = all(part.labels[dim] == labels[dim] for dim in dims if dim in labels)
        if values.shape == shape and ordered:
            return values
        if whole is None:  # laid out in memory as the values are
            order = np.argsort([-stride for stride in values.strides], kind="stable")
            memory = np.full(
                [shape[axis] for axis in order], _FILL[values.dtype.kind], values.dtype
            )
            whole = memory.transpose(np.argsort(order))
        members = range(1) if dims[0] == "all" else part.members
        where = [np.array(members), *(np.arange(n) for n in each)]
        for axis, dim in enumerate(reversed(dims[1:]), start=1):
            if dim in labels:
                where[-axis] = np.array([labels[dim].index(one) for one in part.labels[dim]])
        whole[np.ix_(*where)] = values
    assert whole is not None
    return whole


def union(parts: Sequence[Part]) -> dict[str, list[str]]:
    """Return the labels along each dimension, in the order in which they first occur."""
    result: dict[str, dict[str, None]] = {}
    for part in parts:
        for dim, names in part.labels.items():
            result.setdefault(dim, {}).update(dict.fromkeys(names))
    return {dim: list(names) for dim, names in result.items()}
