"""`box=` as users write it: (low, high) of each coordinate, or of some by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


def read_box(names: Sequence[str], given: Any) -> dict[str, tuple[float, float]]:
    """Return name -> (low, high) of what is given, in the order of the names.

    Raises
    ------
    ValueError
        Another shape, an unknown name, or ends that are not finite with low < high.

    Examples
    --------
    >>> read_box(["x", "y"], {"y": (0, 1)})
    {'y': (0.0, 1.0)}
    >>> read_box(["x"], (-2, 2))
    {'x': (-2.0, 2.0)}
    """
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        rows = np.asarray(given, dtype=float)
        rows = rows[None] if rows.shape == (2,) else rows
        if rows.shape != (len(names), 2):
            raise ValueError(
                f"box={given!r}; give (low, high) for each of {', '.join(names)}, or coordinate "
                "-> (low, high) for some of them."
            )
        given = dict(zip(names, rows.tolist(), strict=True))
    unknown = [name for name in given if name not in names]
    if unknown:
        raise ValueError(f"box names {unknown}; the coordinates are {', '.join(names)}.")
    read = {}
    for name in names:
        if name in given:
            low, high = map(float, given[name])
            if not (np.isfinite([low, high]).all() and low < high):
                raise ValueError(
                    f"box[{name!r}]={given[name]}; give finite (low, high) in order, low < high."
                )
            read[name] = (low, high)
    return read
