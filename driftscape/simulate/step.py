"""`Step`: the one-step map that dynamics write and backends read, and nothing else between them.

    state' = F(state, noise, parameters, step number)

A step is a list of assignments and one new value per state row, as SymPy expressions of

* state symbols, one per row: the coordinates first, then hidden rows (momenta, running sums);
* noise symbols, drawn once a step; an indexed noise symbol x[k] is drawn once per term of the `Sum`
  over k that it stands in (a mini-batch);
* table symbols w[k]: a number looked up at the index of the enclosing `Sum` (quadrature nodes);
* parameters, run-time values of a compiled kernel;
* `STEP`, the number of the step.

Everything else is made of these: a mini-batch is a `Sum`, a path integral or a momentum one more
row, a schedule an expression of `STEP`, a swept parameter a row that never changes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from ..landscapes.formulas.language import exact
from ..typing import Assignments

#: number of the step that is being made, 0, 1, 2, ...
STEP = sp.Symbol("run.step", real=True)
#: index of a sum over a mini-batch
TERM = sp.Symbol("run.term", integer=True, nonnegative=True)


def parameter(name: str) -> sp.Symbol:
    """Return the symbol of a dynamics' parameter; the dot keeps it apart from users' names."""
    return sp.Symbol(f"dynamics.{name}", real=True)


@dataclass(frozen=True)
class TrainingSet:
    """The source of a step's samples, where they come from a training set and not from a law.

    Every trajectory has a training set of `size` samples.  Turn i of a batch takes, in step k,

        fixed                sample p,                      p = (k mod size/batch) batch + i
        iid                  sample j,                      j uniform in [0, size)
        reshuffled           sample p, swapped with j,      j uniform in [p, size), p as for fixed
        without-replacement  sample i, swapped with j,      j uniform in [i, size)

    The swaps are those of Fisher and Yates, done as far as they are needed: within an epoch, or
    within a batch, no sample comes twice and every order is equally likely, whatever the order was
    before.  Only the last three use random words, one a sample.

    One training set may be shared by all trajectories.  Its values are then tables, a sample is the
    number of a row, and the first two orders, which move no sample, need no array.

    Attributes
    ----------
    order
        One of `ORDERS`.
    size
        Parameter whose value is the number of samples.
    rows
        Table of each noise symbol's values, where the set is shared.
    """

    order: str
    size: sp.Symbol
    rows: tuple[sp.IndexedBase, ...] = ()

    @property
    def shuffles(self) -> bool:
        """Whether samples are moved as they are taken."""
        return self.order in ("reshuffled", "without-replacement")


#: orders in which samples are taken from a training set
ORDERS = ("fixed", "iid", "reshuffled", "without-replacement")


@dataclass(frozen=True, eq=False)
class Step:
    """One step of a dynamics on a landscape.

    Attributes
    ----------
    state
        Symbol of each state row; the first `visible` are the coordinates.
    update
        New value of each row.
    visible
        Number of coordinates.
    assignments
        Assignments (symbol, expression) in order; `update` may use them.
    noise
        Symbol (or indexed base) -> name of its standard law.
    parameters
        Symbol -> value.
    tables
        Indexed base -> array.
    initial
        Starting value of each hidden row.
    training_set
        Source of the noise symbols' values, where they are not drawn afresh.
    ended
        Hidden row that is 0 while the trajectory runs; from then on the step must keep every row,
        and kernels may stop making it.
    """

    state: tuple[sp.Symbol, ...]
    update: tuple[sp.Expr, ...]
    visible: int
    assignments: Assignments = ()
    noise: Mapping[sp.Basic, str] = field(default_factory=dict)
    parameters: Mapping[sp.Symbol, Any] = field(default_factory=dict)
    tables: Mapping[sp.IndexedBase, NDArray[np.float64]] = field(default_factory=dict)
    initial: tuple[float, ...] = ()
    training_set: TrainingSet | None = None
    ended: sp.Symbol | None = None

    def __post_init__(self) -> None:
        if len(self.state) != len(self.update) or len(self.state) != self.visible + len(
            self.initial
        ):
            raise ValueError(
                f"a step of {len(self.state)} rows has {len(self.update)} updates, "
                f"{self.visible} coordinates and {len(self.initial)} initial values."
            )

    @property
    def values(self) -> NDArray[np.float64]:
        """Parameter values in the order of `parameters`."""
        return np.array([float(exact(v)) for v in self.parameters.values()], dtype=float)

    def with_constant_rows(self, symbols: Sequence[sp.Symbol]) -> "Step":
        """Return the step with a constant row in place of each of these parameters.

        Each trajectory then has a value of its own.  The rows come last and keep the parameters'
        symbols; new trajectories begin with the parameters' values.
        """
        kept = {s: v for s, v in self.parameters.items() if s not in symbols}
        return replace(
            self,
            state=(*self.state, *symbols),
            update=(*self.update, *symbols),
            initial=(*self.initial, *(float(exact(self.parameters[s])) for s in symbols)),
            parameters=kept,
        )

    def with_row(self, name: str, update: Any, initial: float = 0.0, **more: Any) -> "Step":
        """Return the step with one more hidden row; `update` is a function of the row's symbol."""
        row = sp.Symbol(f"row.{name}", real=True)
        return replace(
            self,
            state=(*self.state, row),
            update=(*self.update, update(row)),
            initial=(*self.initial, initial),
            **more,
        )

    def averaging(self, expressions: Sequence[sp.Expr], discard_steps: int = 0) -> "Step":
        """Return the step with a running sum of each expression from step `discard_steps` on."""
        begin = parameter("after")
        weight = sp.Piecewise((1, STEP >= begin), (0, True)) if discard_steps else sp.S.One
        step = (
            replace(self, parameters={**self.parameters, begin: discard_steps})
            if discard_steps
            else self
        )
        for i, expression in enumerate(expressions):
            step = step.with_row(f"sum{i}", lambda row, e=expression: row + weight * e)
        return step


def constant_rows(step: Step) -> tuple[sp.Symbol, ...]:
    """Return the hidden rows that never change: parameters that differ between trajectories."""
    hidden = zip(step.state[step.visible :], step.update[step.visible :], strict=True)
    return tuple(row for row, new in hidden if new == row)
