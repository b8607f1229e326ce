"""The points of a sweep, and one step of the same kernel for each of them.

A point is a landscape and a dynamics; a run is a sweep of one point.  Points can share a kernel
exactly where their steps differ in the values of parameters alone: the step of each point is built,
by the same code as in a run of its own, and compared with the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any, NamedTuple, TypeVar

import numpy as np
import sympy as sp

from ..landscapes.landscape import Landscape
from ..typing import Float
from .axes import Axis, read_axes
from .backends.codegen.stepkey import StepKey
from .dynamics import Dynamics
from .step import Step

T = TypeVar("T")


class Point(NamedTuple):
    """A landscape and a dynamics, and the point as text: `"learning_rate=0.02, a=1"`.

    Points of one landscape have the same `key`.
    """

    landscape: Landscape
    dynamics: Dynamics
    label: str
    key: tuple[float, ...]


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
            label = ", ".join(f"{a.name}={v.item():g}" for a, v in zip(axes, values, strict=True))
            each.append(Point(landscapes[key], its.bound(landscapes[key]), label, key))
        return Points(each, axes)

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


def _same_tables(a: Step, b: Step) -> bool:
    return all(np.array_equal(a.tables[t], b.tables[t]) for t in a.tables)


def _counts(step: Step) -> set[sp.Basic]:
    """Return the parameters that count turns of a loop, or samples of a training set."""
    found: set[sp.Basic] = set() if step.training_set is None else {step.training_set.size}
    for expression in (*step.update, *(e for _, e in step.assignments)):
        for node in expression.atoms(sp.Sum):
            found |= set().union(*(limit.free_symbols for limit in node.limits[0]))
    return found
