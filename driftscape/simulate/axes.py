"""The axes of a sweep: for each name in `over=` its values, their labels, and whose they are.

    over={"learning_rate": [0.01, 0.02]}                  a field of the dynamics
    over={"a": [1, 2]}                                    a parameter of the landscape
    over={"dynamics": [GD(...), SGD(...)]}                dynamics, or landscapes, as a whole
    over={"dynamics": {"slow": GD(...), "fast": GD(...)}}     values with labels of their own

The labels are the coordinate of a dimension: numbers and truth values where all values are such,
else text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..landscapes.landscape import Landscape
from ..validate import plain, real, shown
from .dynamics import Dynamics

Whole = TypeVar("Whole", Landscape, Dynamics)

#: attributes of a coordinate whose labels are names that were given to the values
NAMED: Mapping[str, str] = {"labels": "names of the values"}

#: what `over=` accepts
OverOption: TypeAlias = Mapping[str, Iterable[object] | Mapping[str, object]]

#: names that a dataset uses for something else
_TAKEN = (
    "trajectory", "time", "step", "coordinate", "word", "row", "expression", "sample", "variable",
    "state", "final", "start", "diverged", "words", "hidden", "average", "training", "data",
    "order", "counts", "density", "outside", "seed", "final_time", "passage_time", "target", "exit",
    "censored", "provenance", "fingerprint", "call",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Axis:
    """One swept parameter.

    Attributes
    ----------
    name
        Its name in `over`, which is that of the dimension.
    labels
        Coordinate of the dimension.
    values
        What the labels stand for.
    owner
        "landscape" or "dynamics"; "" where the points are those of a dataset.
    parameter
        Its name there; "" where the values are landscapes or dynamics themselves.
    attributes
        Those of the coordinate.
    """

    name: str
    labels: NDArray[Any]
    values: list[Any] = field(default_factory=list)
    owner: str = ""
    parameter: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)

    def text(self, number: int) -> str:
        """Return a value as text: `"learning_rate=0.02"`."""
        label = self.labels[number]
        label = label.item() if isinstance(label, np.generic) else label
        return f"{self.name}={label if real(label) is None else format(label, 'g')}"


class at_point:  # noqa: N801  read as a function: with at_point(label)
    """Name the point of a sweep in an error that does not name it; a run has the label ""."""

    def __init__(self, label: str) -> None:
        self.label = label

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, (TypeError, ValueError)) and self.label and error.args:
            first, *others = error.args
            if isinstance(first, str) and self.label not in first:
                error.args = (f"at {self.label}: {first}", *others)


def read_axes(
    landscape: Landscape | None, dynamics: Dynamics | None, over: object
) -> tuple[Axis, ...]:
    """Check `over=`, and find for each name whether the landscape or the dynamics has it.

    `landscape` or `dynamics` is None where `over` gives it.
    """
    if not isinstance(over, Mapping) or not over:
        raise TypeError(
            f"over={shown(over)}; give name -> list of values, e.g. "
            "over={'learning_rate': [0.01, 0.02, 0.05]}."
        )
    landscapes = [landscape] if landscape is not None else _objects(over, "landscape", Landscape)
    dynamics_ = [dynamics] if dynamics is not None else _objects(over, "dynamics", Dynamics)
    for other in landscapes[1:]:
        if other.coordinates != landscapes[0].coordinates:
            raise ValueError(
                f"over={{'landscape': ...}}: {landscapes[0].name} has the coordinates "
                f"{', '.join(landscapes[0].coordinates)} and {other.name} has "
                f"{', '.join(other.coordinates)}; all landscapes of a sweep have the same ones."
            )
    axes = tuple(_axis(landscapes, dynamics_, name, given) for name, given in over.items())
    swept: dict[tuple[str, str], str] = {}
    for axis in axes:
        first = swept.setdefault((axis.owner, axis.parameter), axis.name)
        if first != axis.name:
            raise ValueError(
                f"over= names {first!r} and {axis.name!r}, which are one parameter of the "
                f"{axis.owner}; give its values once."
            )
    return axes


def _objects(over: Mapping[Any, Any], name: str, kind: type[Whole]) -> list[Whole]:
    """Return the landscapes or the dynamics that are swept as a whole."""
    _, values = _listed(name, over[name])
    for value in values:
        if not isinstance(value, kind):
            raise TypeError(
                f"over={{{name!r}: ...}} has {shown(value)}; give {kind.__name__} objects, or "
                "label -> object."
            )
    return values


def _axis(
    landscapes: Sequence[Landscape], dynamics: Sequence[Dynamics], name: str, given: object
) -> Axis:
    owner, parameter = _owner(landscapes, dynamics, name)
    coordinates = landscapes[0].coordinates
    if name in _TAKEN or name in coordinates or str(name).startswith("bin_"):
        instead = f"write {owner + '.' + parameter!r}" if parameter else "rename the coordinate"
        raise ValueError(
            f"over={{{name!r}: ...}} would be a dimension of the name of something else in the "
            f"dataset; {instead}."
        )
    keys, values = _listed(name, given)
    if keys is not None:
        return Axis(name, np.array(keys), values, owner, parameter, NAMED)
    labels = _labels(name, values)
    if labels.dtype.kind in "iuf":  # exact numbers and NumPy's are Python's own from here on
        values = [real(value) for value in values]
    return Axis(name, labels, values, owner, parameter)


def _owner(
    landscapes: Sequence[Landscape], dynamics: Sequence[Dynamics], name: str
) -> tuple[str, str]:
    """Return the owner of a parameter, "landscape" or "dynamics", and its name there."""
    if name in ("landscape", "dynamics"):
        return name, ""
    prefix, _, rest = str(name).rpartition(".")
    known = {
        "landscape": [(each.name, list(each.parameters)) for each in landscapes],
        "dynamics": [(type(each).__name__, [f.name for f in fields(each)]) for each in dynamics],
    }
    owners = [
        owner
        for owner, each in known.items()
        if prefix in ("", owner) and all(rest in names for _, names in each)
    ]
    if len(owners) == 2:
        raise ValueError(
            f"{name!r} is a parameter of {landscapes[0].name} and of "
            f"{type(dynamics[0]).__name__}; write 'landscape.{name}' or 'dynamics.{name}'."
        )
    if not owners:
        (mine, numbers), (its, parameters) = (
            next((one for one in known[owner] if rest not in one[1]), known[owner][0])
            for owner in ("dynamics", "landscape")
        )
        raise ValueError(
            f"over= names {name!r}; {mine} has {', '.join(numbers)}, and {its} has the parameters "
            f"{', '.join(parameters) or '(none)'}."
        )
    return owners[0], rest


def _listed(name: str, given: object) -> tuple[list[str] | None, list[Any]]:
    """Return the labels, if they are given, and the values."""
    if isinstance(given, Mapping):
        if not given or not all(isinstance(label, str) for label in given):
            raise TypeError(
                f"over={{{name!r}: {shown(given)}}}; give label -> value, labels as text."
            )
        return list(given), list(given.values())
    single = getattr(given, "ndim", 1) == 0  # an array without axes has __iter__, too
    if isinstance(given, (str, bytes)) or single or not isinstance(given, Iterable):
        raise TypeError(f"over={{{name!r}: {shown(given)}}}; give a list of values.")
    values = [plain(value) for value in given]
    if not values:
        raise TypeError(f"over={{{name!r}: {shown(values)}}}; give a list of values, one at least.")
    return None, values


def _labels(name: str, values: list[Any]) -> NDArray[Any]:
    """Return the coordinate of a dimension from the values."""
    numbers = [real(value) for value in values]
    labels: list[Any]
    if None not in numbers:
        labels = numbers
        if not np.isfinite(np.array(numbers, dtype=float)).all():
            raise ValueError(f"over={{{name!r}: {shown(values)}}} has a number that is not finite.")
    elif all(isinstance(value, bool) for value in values):
        labels = values
    else:
        labels = _names(values)
    if len(set(labels)) < len(labels):
        advice = "" if real(values[0]) is not None else "; tell them apart by {label: value, ...}"
        raise ValueError(f"over={{{name!r}: {shown(values)}}} has a value twice{advice}.")
    return np.array(labels)


def _names(values: list[Any]) -> list[str]:
    """Return values as text, landscapes and dynamics by their names.

    Where several have one name, it is followed by the parameters in which they differ.
    """
    described: list[tuple[str, dict[str, Any]]] = []
    for value in values:
        if isinstance(value, Dynamics):
            own = {f.name: getattr(value, f.name) for f in fields(value)}
            described.append((type(value).__name__, own))
        elif isinstance(value, Landscape):
            described.append((value.name, dict(value.parameters)))
        else:
            described.append((str(value), {}))
    result = []
    for name, own in described:
        alike = [others for other, others in described if other == name]
        differ = [k for k, v in own.items() if any(o.get(k) != v for o in alike)]
        inside = ", ".join(f"{k}={own[k]}" for k in differ)
        result.append(f"{name}({inside})" if inside else name)
    return result
