"""What the labels of a dataset say, and its description contradicts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ...typing import Float, Index
from ...validate import plain, real
from ..provenance import Metadata

if TYPE_CHECKING:
    import xarray as xr

_CLOSE = 1e-6  # a file may hold labels in single precision


def check_labels(dataset: xr.Dataset, metadata: Metadata) -> None:
    """Raise an error where a coordinate has another value than the parameter of that name.

    Coordinates of other names are the user's own, and so are names that the user gave to values.
    """
    for name, coordinate in dataset.coords.items():
        if coordinate.ndim or "labels" in coordinate.attrs:
            continue
        value, described = coordinate.values[()], _described(str(name), metadata)
        if described and not any(_same(value, other) for other in described):
            raise ValueError(
                f"the dataset has the label {name}={plain(value)}, and was made with "
                f"{name}={described[0]}; labels do not change what was run: run it anew."
            )


def check_times(time: Float, steps: Index, time_step: float) -> None:
    """Raise an error unless time = step * time_step."""
    expected = steps * time_step
    if time.shape != expected.shape or not np.allclose(time, expected, _CLOSE, _CLOSE * time_step):
        raise ValueError(
            f"the coordinates time and step contradict each other: a step of this run takes "
            f"{time_step:g}; pass the dataset with the labels it was returned with."
        )


def _described(name: str, metadata: Metadata) -> list[Any]:
    """Return what the description says about a parameter: nothing, or one value or two."""
    if name == "seed":
        return [metadata["seed"]]
    owner, _, parameter = name.rpartition(".")
    known = {
        "dynamics": {k: v for k, v in metadata["dynamics"].items() if k != "name"},
        "landscape": metadata["landscape"].get("parameters", {}),
    }
    return [
        values[parameter]
        for its, values in known.items()
        if owner in ("", its) and isinstance(values.get(parameter), (bool, int, float, str))
    ]


def _same(label: object, value: object) -> bool:
    a, b = real(label), real(value)
    if a is not None and b is not None:
        return bool(np.isclose(float(a), float(b), _CLOSE, 0.0))
    return str(label) == str(value) or (a is None) != (b is None)
