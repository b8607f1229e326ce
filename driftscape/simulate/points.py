"""The axes and the points of a sweep, and one step of the same kernel for each point.

A point is a landscape and a dynamics; a run is a sweep of one point.  Points can share a kernel
exactly where their steps differ in the values of parameters alone: the step of each point is built,
by the same code as in a run of its own, and compared with the first.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from itertools import product
from typing import Any, NamedTuple, TypeVar

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from ..landscapes.landscape import Landscape
from ..typing import Float
from ..validate import check_flag, real
from .backends.codegen.stepkey import StepKey
from .dynamics import Dynamics
from .step import Step

T = TypeVar("T")


#: names that a dataset uses for something else
_TAKEN = (
    "trajectory", "time", "step", "coordinate", "word", "row", "expression", "sample", "variable",
    "state", "final", "start", "diverged", "words", "hidden", "average", "training", "data",
    "order", "counts", "density", "outside", "seed", "final_time", "passage_time", "target", "exit",
    "censored",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Axis:
    """One swept parameter: its name in `over`, its values, its owner, and its name there.

    The owner is "landscape" or "dynamics"; "" where the points are those of a dataset.
    """

    name: str
    values: NDArray[Any]
    owner: str = ""
    parameter: str = ""


class Point(NamedTuple):
    """A landscape and a dynamics, and the point as text: `"learning_rate=0.02, a=1"`.

    Points of one landscape have the same `key`.
    """

    landscape: Landscape
    dynamics: Dynamics
    label: str
    key: Hashable


@dataclass(frozen=True, eq=False)
class Points:
    """The outer product of the axes, last axis fastest; without axes the one point that is given.

    Attributes
    ----------
    each
        The points; those that share a landscape share the object.
    axes
        The swept parameters.
    extend
        Adds rows to the step of the point of that number.
    """

    each: list[Point]
    axes: tuple[Axis, ...] = ()
    extend: Callable[[Step, int], Step] = lambda step, number: step

    @staticmethod
    def read(
        landscape: Landscape, dynamics: Dynamics, over: Mapping[str, Iterable[float]] | None = None
    ) -> Points:
        """Return the points of a checked `over=`; None is the one point that is given."""
        axes = () if over is None else read_axes(landscape, dynamics, over)
        landscapes: dict[tuple[float, ...], Landscape] = {}
        each = []
        for values in product(*(axis.values for axis in axes)):
            changes: dict[str, dict[str, Any]] = {"landscape": {}, "dynamics": {}}
            for axis, value in zip(axes, values, strict=True):
                changes[axis.owner][axis.parameter] = value.item()
            key = tuple(changes["landscape"].values())
            if key not in landscapes:
                own = landscape.with_parameters(**changes["landscape"]) if key else landscape
                landscapes[key] = own
            its = replace(dynamics, **changes["dynamics"]) if changes["dynamics"] else dynamics
            each.append(
                Point(landscapes[key], its.bound(landscapes[key]), _label(axes, values), key)
            )
        return Points(each, axes)

    @staticmethod
    def of(
        problems: Iterable[tuple[Landscape, Dynamics]], over: Mapping[str, NDArray[Any]]
    ) -> Points:
        """Return the points of a dataset: landscape and dynamics of each, and the dimensions."""
        axes = tuple(Axis(name, values) for name, values in over.items())
        labels = [_label(axes, values) for values in product(*(axis.values for axis in axes))]
        return Points(
            [
                Point(landscape, dynamics, label, id(landscape))
                for (landscape, dynamics), label in zip(problems, labels, strict=True)
            ],
            axes,
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the dimensions."""
        return tuple(axis.name for axis in self.axes)

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values along each."""
        return tuple(len(axis.values) for axis in self.axes)

    def __len__(self) -> int:
        return len(self.each)

    def __iter__(self) -> Iterator[Point]:
        return iter(self.each)

    def __getitem__(self, number: int) -> Point:
        return self.each[number]

    def of_landscapes(self, make: Callable[[Landscape], T]) -> list[T]:
        """Return `make(landscape)` of each point; points of one landscape share the result."""
        landscapes = {point.key: point.landscape for point in self}
        results = {key: make(landscape) for key, landscape in landscapes.items()}
        return [results[point.key] for point in self]

    @cached_property
    def plain_steps(self) -> list[Step]:
        """The step of the dynamics at each point, without the rows that `extend` adds."""
        return [point.dynamics.step(point.landscape) for point in self]

    @cached_property
    def steps(self) -> list[Step]:
        """The step of each point.

        Raises
        ------
        ValueError
            Two of them differ in more than the values of parameters.
        """
        steps = [self.extend(step, number) for number, step in enumerate(self.plain_steps)]
        first = StepKey(steps[0])
        for i, step in enumerate(steps[1:], start=1):
            if StepKey(step) != first or not _same_tables(step, steps[0]):
                raise ValueError(
                    f"{self._different(i)} cannot be swept: from {self[0].label} to "
                    f"{self[i].label} the step changes by more than the value of a parameter; "
                    "make a call of its own for each value."
                )
        return steps

    @cached_property
    def swept(self) -> tuple[sp.Symbol, ...]:
        """Parameters of the step that differ between points.

        Raises
        ------
        ValueError
            One of them counts the turns of a loop, or the samples of a training set.
        """
        if not self.axes:
            return ()
        values = np.array([step.values for step in self.steps])
        step = self.steps[0]
        differ = [s for s, v in zip(step.parameters, values.T, strict=True) if (v != v[0]).any()]
        counts = _counts(step)
        for symbol in differ:
            if symbol in counts:
                column = values[:, list(step.parameters).index(symbol)]
                i = int(np.argmax(column != column[0]))
                raise ValueError(
                    f"{self._different(i)} cannot be swept: it counts what is drawn, and one "
                    "kernel draws as often for every trajectory; make a call of its own for each "
                    "value."
                )
        return tuple(differ)

    @property
    def hidden(self) -> Float:
        """Initial values of the hidden rows and of `swept`, shape (rows, points)."""
        return np.array(
            [step.with_constant_rows(self.swept).initial for step in self.steps], dtype=float
        ).T

    def parts(self, count: int) -> list[slice]:
        """Return the columns of each point, of so many columns in all."""
        each = count // len(self)
        return [slice(i * each, (i + 1) * each) for i in range(len(self))]

    def _different(self, point: int) -> str:
        """Name the axes along which a point differs from the first."""
        index = np.unravel_index(point, self.shape)
        return " with ".join(n for n, i in zip(self.names, index, strict=True) if i)


def _label(axes: Iterable[Axis], values: Iterable[Any]) -> str:
    """Return a point as text: `"learning_rate=0.02, a=1"`."""
    return ", ".join(f"{a.name}={v.item():g}" for a, v in zip(axes, values, strict=True))


def _same_tables(a: Step, b: Step) -> bool:
    return all(np.array_equal(a.tables[t], b.tables[t]) for t in a.tables)


def _counts(step: Step) -> set[sp.Basic]:
    """Return the parameters that count turns of a loop, or samples of a training set."""
    found: set[sp.Basic] = set() if step.training_set is None else {step.training_set.size}
    for expression in (*step.update, *(e for _, e in step.assignments)):
        for node in expression.atoms(sp.Sum):
            found |= set().union(*(limit.free_symbols for limit in node.limits[0]))
    return found


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
    return True if common is None else check_flag("common", common)


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
    return Axis(name, values, owner, parameter)


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
