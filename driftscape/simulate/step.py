"""`Step`: the one-step map that dynamics write and backends read; they share nothing else.

    state' = F(state, noise, parameters, step number)

A step is a list of assignments and one new value per state row, as SymPy expressions of

* state symbols, one per row: the coordinates first, then hidden rows (momenta, running sums);
* noise symbols, drawn once a step; an indexed noise symbol x[k] is drawn once per term of the `Sum`
  over k that contains it (a mini-batch);
* table symbols w[k]: a number looked up at the index of the enclosing `Sum` (quadrature nodes);
* parameters, run-time values of a compiled kernel;
* `STEP`, the number of the step.

Everything else is built from these: a mini-batch is a `Sum`, a path integral or a momentum one more
row, a schedule an expression of `STEP`, a swept parameter a row that never changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace

import numpy as np
import sympy as sp

from ..landscapes.formulas.language import exact
from ..landscapes.landscape import Landscape
from ..typing import Assignment, Assignments, Float
from ..validate import shown

#: symbol of the number of the current step: 0, 1, 2, ...
STEP = sp.Symbol("run.step", real=True)
#: index of a sum over a mini-batch
TERM = sp.Symbol("run.term", integer=True, nonnegative=True)


def parameter(name: str) -> sp.Symbol:
    """Return the SymPy symbol of a parameter of a dynamics.

    Its name is `dynamics.` followed by `name`; the dot distinguishes it from symbols of a user's
    landscape.  A parameter is a run-time value of the kernel: another value compiles nothing anew,
    and `sweep` can vary it.

    Parameters
    ----------
    name
        Name of a field of the dynamics, such as `"learning_rate"`.

    Returns
    -------
    sympy.Symbol
        The same symbol for the same name.

    Raises
    ------
    ValueError
        The name is no identifier.

    Examples
    --------
    >>> parameter("dt")
    dynamics.dt
    """
    if not isinstance(name, str) or not name.isidentifier():
        raise ValueError(f"parameter({shown(name)}); the name must be an identifier, such as 'dt'.")
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
    """One step of a dynamics on a landscape, as SymPy expressions.

        state' = F(state, noise, parameters, STEP)

    The rows of the state are the coordinates and then hidden rows, such as a momentum.  `Step.of`
    builds the step of a dynamics.

    Parameters
    ----------
    state
        Symbol of each row; the first `visible` are the coordinates.
    update
        Expression of the new value of each row, as many as rows.
    visible
        Number of coordinates.
    assignments
        Pairs (symbol, expression), evaluated in order before `update`, which may use the symbols.
    noise
        Symbol -> name of its law: `"normal"`, `"uniform"`, `"rademacher"` or `"exponential"`, in
        standard form.  An indexed symbol (`sympy.IndexedBase`) is drawn for every term of a sum.
    parameters
        Symbol -> value.
    tables
        Indexed symbol -> array of one axis.
    initial
        Starting value of each hidden row.
    training_set
        Source of the noise symbols' values, where they are not drawn afresh.
    counted
        Rows whose states are counted in the histogram of the ensemble.
    ended
        Hidden row that is 0 while the trajectory runs.  Once it is not, the step must keep every
        row as it is, and kernels may stop early.

    Raises
    ------
    ValueError
        The numbers of rows, updates, coordinates and initial values do not fit together.

    Examples
    --------
    >>> x, eta = sp.Symbol("x", real=True), parameter("learning_rate")
    >>> step = Step(state=(x,), update=(x - eta * x,), visible=1, parameters={eta: 0.1})
    >>> step.values
    array([0.1])
    """

    state: tuple[sp.Symbol, ...]
    update: tuple[sp.Expr, ...]
    visible: int
    assignments: Assignments = ()
    noise: Mapping[sp.Basic, str] = field(default_factory=dict)
    parameters: Mapping[sp.Symbol, float | sp.Expr] = field(default_factory=dict)
    tables: Mapping[sp.IndexedBase, Float] = field(default_factory=dict)
    initial: tuple[float, ...] = ()
    training_set: TrainingSet | None = None
    ended: sp.Symbol | None = None
    counted: tuple[sp.Symbol, ...] = ()

    def __post_init__(self) -> None:
        if len(self.state) != len(self.update) or len(self.state) != self.visible + len(
            self.initial
        ):
            raise ValueError(
                f"a step of {len(self.state)} rows has {len(self.update)} updates, "
                f"{self.visible} coordinates and {len(self.initial)} initial values."
            )

    @classmethod
    def of(
        cls,
        landscape: Landscape,
        update: Iterable[sp.Expr],
        *,
        hidden: Sequence[sp.Symbol] = (),
        assignments: Iterable[Assignment] = (),
        noise: Mapping[sp.Basic, str] | None = None,
        parameters: Mapping[sp.Symbol, float | sp.Expr] | None = None,
        tables: Mapping[sp.IndexedBase, Float] | None = None,
        training_set: TrainingSet | None = None,
    ) -> Step:
        """Return the step of a dynamics on a landscape.

        The coordinates are those of the landscape, hidden rows begin at 0, and the landscape's
        parameters are added to the given ones.

        Parameters
        ----------
        landscape
            The landscape; its symbols are the first rows of the state.
        update
            New value of each coordinate, then of each hidden row.
        hidden
            Symbols of the hidden rows.
        assignments, noise, parameters, tables, training_set
            As for `Step`; those of a field of the landscape are `field.assignments` and
            `field.tables`.

        Examples
        --------
        >>> from driftscape import landscapes
        >>> well, eta = landscapes.quartic_well(), parameter("learning_rate")
        >>> gradient = well.gradient
        >>> step = Step.of(well, [x - eta * g for x, g in zip(well.symbols, gradient.entries)],
        ...                assignments=gradient.assignments, parameters={eta: 0.1},
        ...                tables=gradient.tables)
        >>> step.state
        (x,)
        """
        return cls(
            state=(*landscape.symbols, *hidden),
            update=tuple(update),
            visible=landscape.dim,
            assignments=tuple(assignments),
            noise={} if noise is None else noise,
            parameters={**(parameters or {}), **landscape.parameter_symbols},
            tables={} if tables is None else tables,
            initial=(0.0,) * len(hidden),
            training_set=training_set,
        )

    @property
    def values(self) -> Float:
        """Parameter values in the order of `parameters`, shape (parameters,)."""
        return np.array([_double(v) for v in self.parameters.values()], dtype=float)

    def with_values(self, values: Mapping[sp.Symbol, float | sp.Expr]) -> Step:
        """Return the step with other values of those of its parameters that are given."""
        own = {symbol: values.get(symbol, value) for symbol, value in self.parameters.items()}
        same = all(own[symbol] is value for symbol, value in self.parameters.items())
        if same:
            return self
        step = copy(self)  # every point of a sweep comes here: its rows are known to fit together
        object.__setattr__(step, "parameters", own)
        return step

    def with_constant_rows(self, symbols: Sequence[sp.Symbol]) -> Step:
        """Return the step with a constant row in place of each of these parameters.

        Each trajectory then has a value of its own.  The rows come last and keep the parameters'
        symbols; new trajectories begin with the parameters' values.
        """
        kept = {s: v for s, v in self.parameters.items() if s not in symbols}
        return replace(
            self,
            state=(*self.state, *symbols),
            update=(*self.update, *symbols),
            initial=(*self.initial, *(_double(self.parameters[s]) for s in symbols)),
            parameters=kept,
        )

    def with_row(
        self, name: str, update: Callable[[sp.Symbol], sp.Expr], initial: float = 0.0
    ) -> Step:
        """Return the step with one more hidden row, called `row.` and its name.

        `update` is a function of the row's symbol.
        """
        row = sp.Symbol(f"row.{name}", real=True)
        return replace(
            self,
            state=(*self.state, row),
            update=(*self.update, update(row)),
            initial=(*self.initial, initial),
        )

    def averaging(self, expressions: Sequence[sp.Expr], discard_steps: int = 0) -> Step:
        """Return the step with a running sum of each expression from step `discard_steps` on.

        The sum of expression i is the hidden row `row.sum{i}`.
        """
        terms = {f"sum{i}": expression for i, expression in enumerate(expressions)}
        return self.summing(terms, discard_steps or None)

    def summing(self, terms: Mapping[str, sp.Expr], discard_steps: int | None = None) -> Step:
        """Return the step with a running sum of each term, in a hidden row of its name.

        Terms are added from step `discard_steps` on, a run-time value of the kernel; None adds them
        at every step, without a test.
        """
        step, weight = self, sp.S.One
        if discard_steps is not None:
            begin = parameter("after")
            step = replace(step, parameters={**step.parameters, begin: discard_steps})
            weight = sp.Piecewise((1, STEP >= begin), (0, True))

        def add(step: Step, name: str, term: sp.Expr) -> Step:
            return step.with_row(name, lambda row: row + weight * term)

        for name, term in terms.items():
            step = add(step, name, term)
        return step


def _double(value: float | sp.Expr) -> float:
    """Return the double of a number; of an exact one the nearest."""
    return float(value) if isinstance(value, (int, float)) else float(exact(value))


def constant_rows(step: Step) -> tuple[sp.Symbol, ...]:
    """Return the hidden rows that never change: parameters that differ between trajectories."""
    hidden = zip(step.state[step.visible :], step.update[step.visible :], strict=True)
    return tuple(row for row, new in hidden if new == row)
