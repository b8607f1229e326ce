"""Natural gradient: descent in the Fisher metric of a landscape whose loss is -log p."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import sympy as sp

from ....landscapes.landscape import Landscape
from ....landscapes.samples import Law, law_from_list
from ....typing import Assignment, Float
from ....validate import check_positive, shown
from ...step import Step, parameter
from ..assignments import name_entries
from ..base import Dynamics
from ..linear_solve import refuse_large, solve
from ..runge_kutta import classical
from .fisher import empirical_fisher, model_fisher

Model = tuple[tuple[str, ...], ...]


def read_model(model: object) -> Model | None:
    """Return `model=` as text: name, law and its formulas, for each sample."""
    if model is None:
        return None
    if isinstance(model, Mapping):
        for name, law in model.items():
            if not isinstance(law, Law):
                raise TypeError(
                    f"model[{name!r}] = {shown(law)} is not a law, e.g. Normal(0, 'exp(h)')."
                )
        return tuple((name, *law.to_list()) for name, law in model.items())
    if not isinstance(model, (list, tuple)) or not all(
        isinstance(law, (list, tuple)) and len(law) > 1 for law in model
    ):
        raise TypeError(
            f"model={shown(model)}; give name -> law, e.g. {{'x': Normal(0, 'exp(h)')}}."
        )
    return tuple((name, *law_from_list(list(law)).to_list()) for name, *law in model)


def _direction(
    landscape: Landscape, model: Model | None
) -> tuple[list[Assignment], list[sp.Expr], dict[sp.IndexedBase, Float]]:
    """Return assignments, F^-1 grad f, and tables."""
    refuse_large(landscape.dim)
    if model is None:
        fisher, tables = empirical_fisher(landscape)
    else:
        fisher, tables = model_fisher(landscape, {n: law_from_list(list(law)) for n, *law in model})
    gradient = landscape.gradient
    assignments: list[Assignment] = list(gradient.assignments)
    g = name_entries("gradient", gradient.entries, assignments)
    fisher = fisher.xreplace(dict(zip(gradient.entries, g, strict=True)))
    d = landscape.dim
    matrix = sp.zeros(d, d)
    for j in range(d):
        column = name_entries(f"fisher{j}", [fisher[i, j] for i in range(j, d)], assignments)
        for i, entry in enumerate(column, start=j):
            matrix[i, j] = matrix[j, i] = entry
    (y,) = solve(matrix, [g], assignments, guarded=True)
    return assignments, y, {**gradient.tables, **tables}


@dataclass(frozen=True, kw_only=True)
class NaturalGradient(Dynamics):
    """Natural gradient descent on a likelihood, a discrete map.

        theta' = theta - learning_rate F^-1 E grad l,      l = -log p(x; theta) + const

    with the Fisher matrix F = E[grad l grad l^T].  Where `model` is given, the expectation is over
    the model's law of the samples at theta; it is checked that the loss belongs to this law
    (E grad l = 0 and E hessian = F under it).  Without `model` the expectation is over the
    landscape's samples: the "empirical Fisher" C + G G^T, equal to F at the optimum only.  Then
    E hessian = E grad l grad l^T is checked at the optimum.  A landscape that fails the check is
    refused: it is no likelihood, and its E grad l grad l^T is no metric of a family of laws.

    Where F is singular, coordinates do not move along directions without information.

    Parameters
    ----------
    learning_rate
        eta > 0; also the physical time of one step.
    model
        Sample name -> law whose formulas may use the coordinates: p(x; theta).

    Raises
    ------
    TypeError, ValueError
        A number is not positive and finite, or `model` is no mapping from the landscape's samples
        to laws; in `step`: the landscape has more than 8 coordinates.
    NotAvailable
        In `step`: the landscape is no likelihood, or the expectation has no closed form.

    References
    ----------
    S. Amari, Neural Computation 10 (1998) 251.
    F. Kunstner, L. Balles and P. Hennig, NeurIPS 32 (2019), on the empirical Fisher.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> from driftscape.landscapes import Normal
    >>> natural = NaturalGradient(learning_rate=0.1, model={"x": Normal(0, "exp(h/2)")})
    >>> run = simulate.run(landscapes.gaussian_fit(), natural, start=1.0, steps=1)
    >>> round(run.final.item(), 6)  # F = 1/2: 1 - 0.1 (1 - exp(-1))
    0.936788
    """

    learning_rate: float
    model: Mapping[str, Law] | Model | None = None

    def check(self) -> None:
        check_positive("learning_rate", self.learning_rate)
        object.__setattr__(self, "model", read_model(self.model))

    @property
    def time_step(self) -> float:
        """Physical time of one step: `learning_rate`."""
        return self.learning_rate

    def step(self, landscape: Landscape) -> Step:
        eta = parameter("learning_rate")
        assignments, y, tables = _direction(landscape, read_model(self.model))
        return Step.of(
            landscape,
            [s - eta * e for s, e in zip(landscape.symbols, y, strict=True)],
            assignments=assignments,
            parameters={eta: self.learning_rate},
            tables=tables,
        )


@dataclass(frozen=True, kw_only=True)
class NaturalGradientFlow(Dynamics):
    """The flow of `NaturalGradient`, by the classical Runge-Kutta method.

        dx/dt = -F^-1 E grad l

    In the mean parameters m of an exponential family it is the straight line m' = E T(x) - m, in
    whatever coordinates it is written.

    Parameters
    ----------
    dt
        Time step > 0.
    model
        As in `NaturalGradient`.

    Raises
    ------
    TypeError, ValueError, NotAvailable
        As for `NaturalGradient`.

    References
    ----------
    S. Amari, Neural Computation 10 (1998) 251.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> from driftscape.landscapes import Normal
    >>> flow = NaturalGradientFlow(dt=0.1, model={"x": Normal(0, "exp(h/2)")})
    >>> run = simulate.run(landscapes.gaussian_fit(), flow, start=1.0, time=1)
    >>> round(run.final.item(), 5)  # log(1 + (e - 1)/e)
    0.48988
    """

    dt: float
    model: Mapping[str, Law] | Model | None = None

    order: ClassVar[int] = 4

    def check(self) -> None:
        check_positive("dt", self.dt)
        object.__setattr__(self, "model", read_model(self.model))

    @property
    def time_step(self) -> float:
        """Physical time of one step: `dt`."""
        return self.dt

    def step(self, landscape: Landscape) -> Step:
        dt = parameter("dt")
        assignments, y, tables = _direction(landscape, read_model(self.model))
        more, update = classical(landscape.symbols, [-e for e in y], assignments, dt)
        return Step.of(landscape, update, assignments=more, parameters={dt: self.dt}, tables=tables)
