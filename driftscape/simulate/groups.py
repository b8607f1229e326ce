"""Points that share a compiled kernel, advanced together as one ensemble.

Points can share a kernel exactly where their steps differ in the values of parameters alone: the
step of each point is built, by the same code as in a run of its own, and points of equal steps are
one group.  A parameter whose values differ inside a group is a row of the state, so that each
trajectory has its own.  Groups are advanced one after the other; a run is one group of one point.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from ..landscapes.derived import shared
from ..landscapes.landscape import Landscape
from ..typing import Bools, Float, Index
from .advice import DivergedRun
from .axes import at_point
from .backends.codegen.stepkey import StepKey
from .dynamics import Dynamics
from .ensemble import Ensemble
from .points import Point
from .problem import Problem, side_by_side
from .progress import saying
from .request import check_memory
from .sampling import check_sets, draw_training_sets, lay_out, left_in
from .start import Start
from .step import Step, parameter
from .streams import stream_words

if TYPE_CHECKING:
    import xarray as xr

    from .backends.engine import Engine


_KEPT = 16  # steps that a landscape remembers


@dataclass(frozen=True, eq=False)
class Group:
    """Some points of a problem, whose steps differ in the values of parameters alone.

    Attributes
    ----------
    problem
        The problem.
    members
        Numbers of the points.
    plain
        The step of the dynamics at each of them.
    steps
        The same with the rows that averages or targets add.
    """

    problem: Problem
    members: list[int]
    plain: list[Step]
    steps: list[Step]

    def __iter__(self) -> Iterator[Point]:
        return (self.problem.points[member] for member in self.members)

    def __len__(self) -> int:
        return len(self.members)

    @property
    def landscape(self) -> Landscape:
        """The landscape of the first point."""
        return self.problem.points[self.members[0]].landscape

    @property
    def seeds(self) -> list[int]:
        """The seed of each point."""
        return [self.problem.seeds[member] for member in self.members]

    @property
    def count(self) -> int:
        """Number of trajectories."""
        return len(self) * len(self.problem.numbers)

    @property
    def done(self) -> int:
        """Number of steps before the dataset was resumed."""
        return self.problem.dones[self.members[0]]

    @property
    def total(self) -> int:
        """Number of steps in all."""
        return self.problem.totals[self.members[0]]

    @property
    def earlier(self) -> list[xr.Dataset]:
        """The resumed dataset of each point; empty where nothing is resumed."""
        return [self.problem.earlier[m] for m in self.members] if self.problem.earlier else []

    @property
    def rows(self) -> int:
        """Number of state rows without the swept parameters, which come last."""
        return len(self.steps[0].state)

    @cached_property
    def swept(self) -> tuple[sp.Symbol, ...]:
        """Parameters of the step that differ between the points."""
        return tuple(self._varying)

    @cached_property
    def _varying(self) -> dict[sp.Symbol, Float]:
        """Parameter that differs between the points -> its values."""
        if len(self) == 1:
            return {}
        values = np.array([step.values for step in self.steps])
        named = zip(self.steps[0].parameters, values.T, strict=True)
        return {symbol: column for symbol, column in named if (column != column[0]).any()}

    @cached_property
    def step(self) -> Step:
        """The step of all points, in which a swept parameter is a row."""
        return self.steps[0].with_constant_rows(self.swept)

    @property
    def hidden(self) -> Float:
        """Initial values of the hidden rows and of `swept`, shape (rows, points)."""
        initial = np.array([step.initial for step in self.steps], dtype=float).T
        return np.vstack([initial, *self._varying.values()])

    def parts(self) -> list[slice]:
        """Return the columns of each point."""
        each = len(self.problem.numbers)
        return [slice(i * each, (i + 1) * each) for i in range(len(self))]

    def ensemble(
        self, starts: list[Start], shots: int = 0, every: int = 0
    ) -> tuple[Ensemble, Float]:
        """Return the trajectories, at their starts or as they were left, and where they started.

        `starts` are those of the points; nothing where a dataset is resumed.
        """
        problem, earlier = self.problem, self.earlier
        if not earlier:
            states = problem.place(starts, self.seeds)
            purpose = "order" if self.step.training_set else "noise"
            words = side_by_side(
                self.seeds,
                lambda seed: stream_words(
                    seed, problem.numbers, purpose, generator=problem.generator
                ),
            )
            return Ensemble.fresh(self.step, states, words, shots, every, self.hidden), states
        left = _of_each(earlier, "exit" if "exit" in earlier[0] else "final", "coordinate")
        words = np.ascontiguousarray(_of_each(earlier, "words", "word"))  # kernels write to it
        ensemble = Ensemble.fresh(self.step, left, words, shots, every, self.hidden)
        d, rows = self.landscape.dim, self.rows - self.landscape.dim
        if rows:
            ensemble.state[d : self.rows] = _of_each(earlier, "hidden", "row")[:rows]
        ensemble.diverged[:] = _of_each(earlier, "diverged")
        return ensemble, np.ascontiguousarray(_of_each(earlier, "start", "coordinate"))

    def engine(self, ensemble: Ensemble) -> Engine:
        """Compile the step, and give the ensemble its training sets, if it has any."""
        problem, step = self.problem, self.step
        engine = problem.backend.engine(step, problem.generator, ensemble.count)
        if step.training_set:
            if self.earlier:
                sets = np.concatenate([left_in(each, step) for each in self.earlier])
                ensemble.training_sets = lay_out(sets, engine.lanes)
            else:
                ensemble.training_sets = draw_training_sets(
                    step, problem.backend, self.seeds, problem.numbers, problem.generator,
                    engine.lanes,
                )  # fmt: skip
        return engine


def groups(
    problem: Problem,
    extend: Callable[[Step, int], Step],
    max_bytes: float,
    kind: Callable[[int], Hashable] = lambda number: None,
) -> list[Group]:
    """Return the points of a problem in groups, in the order of their first points.

    Parameters
    ----------
    extend
        Adds rows to the step of the point of that number.
    max_bytes
        Limit for the training sets of all points.
    kind
        What the added rows depend on, at the point of that number, besides the step; None for none.

    Raises
    ------
    ValueError
        A point has no step, which is named; or the training sets would take too much.
    """
    found: dict[Any, list[Group]] = {}
    alone, dones = len(problem.points) == 1, problem.dones
    for number, point in enumerate(problem.points):
        with at_point(point.label):
            form = _form(point, number, kind(number), extend)
            plain, step = form.at(point)
        key = None if alone else (*form.key(step), dones[number], problem.totals[number])
        alike = found.setdefault(key, [])
        for group in alike:
            if _same_tables(step, group.steps[0]):
                group.members.append(number)
                group.plain.append(plain)
                group.steps.append(step)
                break
        else:
            alike.append(Group(problem, [number], [plain], [step]))
    result = sorted((g for alike in found.values() for g in alike), key=lambda g: g.members[0])
    check_memory(problem.count, max(len(group.step.state) for group in result))
    if not problem.earlier:
        check_sets([(group.step, group.count) for group in result], max_bytes)
    return result


@dataclass(frozen=True, eq=False)
class _Form:
    """A step as it was written for one point, for all points where only values are others.

    Attributes
    ----------
    landscape, dynamics
        Those of the point for which it was written.
    plain, step
        The step of the dynamics, and the same with the rows that averages or targets add.
    """

    landscape: Landscape
    dynamics: Dynamics
    plain: Step
    step: Step

    def at(self, point: Point) -> tuple[Step, Step]:
        """Return the two steps at another point."""
        own = {symbol: getattr(point.dynamics, name) for name, symbol in self._run_time.items()}
        own |= point.landscape.parameter_symbols
        plain = self.plain.with_values(own)
        return plain, plain if self.step is self.plain else self.step.with_values(own)

    @cached_property
    def _run_time(self) -> dict[str, sp.Symbol]:
        return {name: parameter(name) for name in self.dynamics.run_time}

    def key(self, step: Step) -> tuple[StepKey, tuple[float, ...]]:
        """Return what decides which kernel makes the step, and how often it draws."""
        return self._key, tuple(float(step.parameters[symbol]) for symbol in self._counts)

    @cached_property
    def _key(self) -> StepKey:
        return StepKey(self.step)

    @cached_property
    def _counts(self) -> list[sp.Symbol]:
        """The parameters that count turns of a loop, or samples of a training set.

        One kernel draws as often for every trajectory.
        """
        step = self.step
        found: set[sp.Basic] = set() if step.training_set is None else {step.training_set.size}
        for expression in (*step.update, *(e for _, e in step.assignments)):
            for node in expression.atoms(sp.Sum):
                found |= set().union(*(limit.free_symbols for limit in node.limits[0]))
        return [symbol for symbol in step.parameters if symbol in found]


def _form(point: Point, number: int, kind: Hashable, extend: Callable[[Step, int], Step]) -> _Form:
    """Return the step of points like this one, with what `extend` adds; arguments as for `groups`.

    The landscapes of the same formulas keep the last few, so that they are forgotten with them.
    """
    landscape, dynamics, _ = point
    known: dict[Hashable, _Form] = shared(landscape).setdefault("steps", {})
    own = dynamics.kind_of_step(landscape)
    # where nothing is known of a dynamics, it is for these two objects alone
    key = kind, (id(landscape), id(dynamics)) if own is None else own
    form = known.get(key)
    if form is None or (form.step.tables and form.landscape is not landscape):
        with saying(f"deriving the step of {landscape.name}"):
            plain = dynamics.step(landscape)
        form = _Form(landscape, dynamics, plain, extend(plain, number))
        if len(known) >= _KEPT:
            known.clear()
        known[key] = form
    return form


def begun_at(
    starting: Sequence[tuple[Group, Float]],
    member: int,
    diverged: Index,
    ended: Callable[[Float], Bools] | None = None,
) -> DivergedRun:
    """Return what the trajectories of a point were begun with, and where they diverged.

    `starting` are all groups and their starts, shape (coordinates, points x trajectories).
    """
    group, start = next((group, start) for group, start in starting if member in group.members)
    problem, part = group.problem, group.parts()[group.members.index(member)]
    point = problem.points[member]
    return DivergedRun(
        point.landscape, point.dynamics, start[:, part], problem.numbers, problem.seeds[member],
        problem.generator, problem.backend, diverged, group.total, ended,
    )  # fmt: skip


def _same_tables(a: Step, b: Step) -> bool:
    return all(
        a.tables[t] is b.tables[t] or np.array_equal(a.tables[t], b.tables[t]) for t in a.tables
    )


def _of_each(earlier: Sequence[xr.Dataset], name: str, last: str = "") -> NDArray[Any]:
    """Return a variable of all points side by side, trajectories last."""
    dims = (*([last] if last else []), "trajectory")
    return np.concatenate([each[name].transpose(*dims).values for each in earlier], axis=-1)
