"""The points of a sweep, and a step of one kernel built for each of them.

A point is a landscape and a dynamics.  Points can share a kernel exactly where their steps differ
in nothing but the values of parameters, so that is what is asked of them: each point's own step is
built, by the same code as in a run of its own, and compared with the first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from ..landscapes.landscape import Landscape
from .backends.codegen.stepkey import StepKey
from .dynamics import Dynamics
from .step import Step
from .axes import Axis, read_axes


def _own(landscape: Landscape, dynamics: Dynamics) -> Step:
    return dynamics.step(landscape)


@dataclass(frozen=True, eq=False)
class Points:
    """The outer product of the axes, last axis fastest; without axes the one point that is given.

    `make` builds the step of a point, by the same code as where it is alone.
    """

    landscape: Landscape
    dynamics: Dynamics
    axes: tuple[Axis, ...] = ()
    make: Callable[[Landscape, Dynamics], Step] = _own

    @staticmethod
    def read(landscape: Landscape, dynamics: Dynamics, over: Any) -> Points:
        """Check `over=` and find out whose parameters it names."""
        return Points(landscape, dynamics, read_axes(landscape, dynamics, over))

    def making(self, make: Callable[[Landscape, Dynamics], Step]) -> Points:
        """Return the same points with steps that are built so."""
        return replace(self, make=make)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the dimensions."""
        return tuple(axis.name for axis in self.axes)

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values along each."""
        return tuple(len(axis.values) for axis in self.axes)

    def __len__(self) -> int:
        return int(np.prod(self.shape))

    @cached_property
    def labels(self) -> list[str]:
        """Each point in words, `"learning_rate=0.02, a=1"`."""
        return [
            ", ".join(f"{n}={v.item():g}" for n, v in zip(self.names, values, strict=True))
            for values in product(*(axis.values for axis in self.axes))
        ]

    @cached_property
    def nouns(self) -> list[tuple[Landscape, Dynamics]]:
        """Landscape and dynamics of each point; points that share a landscape share the object."""
        landscapes: dict[tuple[Any, ...], Landscape] = {}
        found = []
        for values in product(*(axis.values for axis in self.axes)):
            changes: dict[str, dict[str, Any]] = {"landscape": {}, "dynamics": {}}
            for axis, value in zip(self.axes, values, strict=True):
                changes[axis.owner][axis.parameter] = value.item()
            key = tuple(changes["landscape"].values())
            if key not in landscapes:
                landscapes[key] = (
                    self.landscape.with_parameters(**changes["landscape"])
                    if key
                    else self.landscape
                )
            dynamics = replace(self.dynamics, **changes["dynamics"]).bound(landscapes[key])
            found.append((landscapes[key], dynamics))
        return found

    @cached_property
    def steps(self) -> list[Step]:
        """The step of each point.

        Raises
        ------
        ValueError
            Two of them differ in more than the values of parameters.
        """
        steps = [self.make(*point) for point in self.nouns]
        first = StepKey(steps[0])
        for i, step in enumerate(steps):
            if StepKey(step) != first or not _same_tables(step, steps[0]):
                raise ValueError(
                    f"{self._different(i)} cannot be swept: from {self.labels[0]} to "
                    f"{self.labels[i]} the step changes by more than the value of a parameter; "
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
    def held(self) -> NDArray[np.float64]:
        """Values of `swept`, shape (parameters, points)."""
        which = [list(self.steps[0].parameters).index(s) for s in self.swept]
        return np.array([step.values[which] for step in self.steps]).T

    def provenance(self, common: bool) -> dict[str, Any]:
        """Return what a dataset says of a sweep; nothing where there is one point."""
        if not self.axes:
            return {}
        over = {axis.name: [axis.owner, axis.parameter] for axis in self.axes}
        return {"common": common, "over": over}

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
    """Parameters that count turns of loops or cards of decks."""
    found: set[sp.Basic] = set() if step.training_set is None else {step.training_set.size}
    for expression in (*step.update, *(e for _, e in step.assignments)):
        for node in expression.atoms(sp.Sum):
            found |= set().union(*(limit.free_symbols for limit in node.limits[0]))
    return found
