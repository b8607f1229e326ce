"""The axes of a sweep: `over=`, read and checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..landscapes.landscape import Landscape
from ..validate import real
from .dynamics import Dynamics

#: names that a dataset uses for something else
_TAKEN = (
    "trajectory", "time", "step", "coordinate", "word", "row", "expression", "sample", "variable",
    "state", "final", "start", "diverged", "words", "hidden", "average", "training", "data",
    "order", "counts", "density", "outside", "seed", "final_time", "passage_time", "target", "exit",
    "censored",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Axis:
    """One swept parameter: its name in `over`, its owner, its name there, and its values."""

    name: str
    owner: str  # "landscape" or "dynamics"
    parameter: str
    values: NDArray[Any]


def read_axes(
    landscape: Landscape, dynamics: Dynamics, over: Mapping[str, Iterable[float]]
) -> tuple[Axis, ...]:
    """Check `over=`, and find for each name whether the landscape or the dynamics has it."""
    if not isinstance(over, Mapping) or not over:
        raise TypeError(
            f"over={over!r}; give name -> list of values, e.g. "
            "over={'learning_rate': [0.01, 0.02, 0.05]}."
        )
    axes = tuple(_axis(landscape, dynamics, name, given) for name, given in over.items())
    swept: dict[tuple[str, str], str] = {}
    for axis in axes:
        first = swept.setdefault((axis.owner, axis.parameter), axis.name)
        if first != axis.name:
            raise ValueError(
                f"over= names {first!r} and {axis.name!r}, which are one parameter of the "
                f"{axis.owner}; give its values once."
            )
    return axes


def check_common(common: bool | None) -> bool:
    """Return whether the points share their random numbers; None means yes."""
    if common not in (None, True, False):
        raise TypeError(f"common={common!r}; give True or False.")
    return common is not False


def _axis(landscape: Landscape, dynamics: Dynamics, name: str, given: Iterable[float]) -> Axis:
    owner, parameter = _owner(landscape, dynamics, name)
    if name in _TAKEN or name in landscape.coordinates or str(name).startswith("bin_"):
        raise ValueError(
            f"over={{{name!r}: ...}} would be a dimension of the name of something else in the "
            f"dataset; write {owner + '.' + parameter!r}."
        )
    values = _values(name, given)
    if owner == "dynamics":
        current = getattr(dynamics, parameter)
        if real(current) is None:
            raise ValueError(
                f"{name}={current!r} of {type(dynamics).__name__} is not a number and cannot be "
                "swept; make a call of its own for each value."
            )
    return Axis(name, owner, parameter, values)


def _owner(landscape: Landscape, dynamics: Dynamics, name: str) -> tuple[str, str]:
    """Return the owner of a parameter, "landscape" or "dynamics", and its name there."""
    known = {
        "landscape": list(landscape.parameters),
        "dynamics": [f.name for f in fields(dynamics)],
    }
    prefix, _, rest = str(name).rpartition(".")
    owners = [o for o in known if prefix in ("", o) and rest in known[o]]
    if len(owners) == 2:
        raise ValueError(
            f"{name!r} is a parameter of {landscape.name} and of {type(dynamics).__name__}; write "
            f"'landscape.{name}' or 'dynamics.{name}'."
        )
    if not owners:
        raise ValueError(
            f"over= names {name!r}; {type(dynamics).__name__} has "
            f"{', '.join(known['dynamics'])}, and {landscape.name} has the parameters "
            f"{', '.join(known['landscape']) or '(none)'}."
        )
    return owners[0], rest


def _values(name: str, given: Iterable[float]) -> NDArray[Any]:
    if isinstance(given, (str, bytes, Mapping)) or not isinstance(given, Iterable):
        raise TypeError(f"over={{{name!r}: {given!r}}}; give a list of numbers.")
    listed = list(given)
    if any(isinstance(value, str) for value in listed):
        raise TypeError(
            f"over={{{name!r}: {listed!r}}}; only numbers can be swept, make a call of its own for "
            "each of these."
        )
    numbers = [real(value) for value in listed]
    if not numbers or None in numbers:
        raise TypeError(f"over={{{name!r}: {listed!r}}}; give a list of numbers, one at least.")
    values = np.array(numbers)
    if not np.isfinite(values).all():
        raise ValueError(f"over={{{name!r}: {listed!r}}} has a number that is not finite.")
    if len(np.unique(values)) < len(values):
        raise ValueError(f"over={{{name!r}: {listed!r}}} has a value twice.")
    return values
