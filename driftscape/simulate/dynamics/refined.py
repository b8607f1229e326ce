"""A dynamics at dt, dt/2, dt/4, ... under one Brownian path, as one step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import sympy as sp

from ...landscapes.landscape import Landscape
from ...typing import Assignment
from ...validate import check_kind, check_whole, shown
from ..step import Step, parameter
from .base import Dynamics
from .sde.sde import SDE

_MOST_LEVELS = 5  # the step holds 2**levels - 1 copies of the scheme
#: schemes whose only noise is the increments of the path
_INCREMENTS_ONLY = ("euler-maruyama", "heun", "milstein")


@dataclass(frozen=True, kw_only=True)
class Refined(Dynamics):
    """Several step sizes of one dynamics, driven by the same path.

        level 0 makes one step of dt, level 1 two of dt/2, ..., level L - 1 makes 2**(L-1)
        normal of a coarse step = sum of the n normals of the finest level / sqrt(n)

    The coarse normal is that of the same increment of the path.  The state is that of the finest
    level; hidden rows are the differences of the coarser levels from it, so that the common part of
    the noise cancels before anything is averaged.  `simulate.refine` runs it.

    Parameters
    ----------
    dynamics
        An SDE with Gaussian noise.
    levels
        Number of step sizes, 2 to 5.
    observables
        Formulas averaged over the steps of the coarsest level.
    discard_steps
        Number of coarse steps left out of the averages.

    Raises
    ------
    TypeError, ValueError
        `levels` or `discard_steps` is not allowed, the dynamics has no `dt`, or its noise is not
        made of increments of one path.

    References
    ----------
    M. Giles, Oper. Res. 56 (2008) 607 (levels coupled by one path).

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> refined = Refined(dynamics=simulate.Ito(beta=2, dt=0.1), levels=2)
    >>> [str(row) for row in refined.step(landscapes.quartic_well()).state]
    ['x', 'row.gap0.0']
    """

    dynamics: Dynamics
    levels: int = 3
    observables: tuple[str, ...] = ()
    discard_steps: int = 0

    def check(self) -> None:
        given = [self.observables] if isinstance(self.observables, str) else self.observables
        if not isinstance(given, (list, tuple)) or not all(isinstance(text, str) for text in given):
            raise TypeError(f"observables={shown(given)}; give formulas as text, ('x', 'x**2').")
        object.__setattr__(self, "observables", tuple(given))
        check_whole("levels", self.levels, 2, _MOST_LEVELS)
        check_whole("discard_steps", self.discard_steps, 0)
        check_kind("dynamics", self.dynamics, Dynamics, "an SDE, e.g. simulate.Ito(...)")
        if "dt" not in {each.name for each in fields(self.dynamics)}:
            name = type(self.dynamics).__name__
            raise ValueError(f"{name} has no dt to refine; give an SDE, e.g. simulate.Ito(...).")
        if isinstance(self.dynamics, SDE) and (
            self.dynamics.scheme not in _INCREMENTS_ONLY or self.dynamics.noise != "gaussian"
        ):
            raise ValueError(
                f"{self.dynamics} uses noise that is not made of increments of one path; "
                f"refine {', '.join(_INCREMENTS_ONLY)} with Gaussian noise."
            )

    @property
    def time_step(self) -> float:
        """Physical time of one step: `dynamics.time_step`."""
        return self.dynamics.time_step

    def check_steps(self, steps: int) -> None:
        self.dynamics.check_steps(steps)
        if self.observables and self.discard_steps >= steps:
            raise ValueError(
                f"discard_steps={self.discard_steps} leaves none of {steps} steps to average; "
                "discard fewer, or run longer."
            )

    def step(self, landscape: Landscape) -> Step:
        base = self.dynamics.step(landscape)
        finest = 2 ** (self.levels - 1)
        normals = [
            {x: sp.Symbol(f"{x.name}.{j}", real=True) for x in base.noise} for j in range(finest)
        ]
        gaps = [
            [sp.Symbol(f"row.gap{level}.{i}", real=True) for i in range(len(base.state))]
            for level in range(self.levels - 1)
        ]
        assignments: list[Assignment] = []
        ends: list[list[sp.Symbol]] = []
        starts: list[list[sp.Symbol]] = []
        for level in range(self.levels):
            point = list(base.state)
            if level < self.levels - 1:
                point = [
                    _assign(assignments, f"from{level}.{i}", x + gap)
                    for i, (x, gap) in enumerate(zip(base.state, gaps[level], strict=True))
                ]
            starts.append(point)
            count = 2**level
            for turn in range(count):
                drawn = normals[turn * (finest // count) : (turn + 1) * (finest // count)]
                point = _advance(base, assignments, point, drawn, count, f"{level}.{turn}")
            ends.append(point)
        step = replace(
            base,
            update=tuple(ends[-1]),
            assignments=tuple(assignments),
            noise={x: "normal" for drawn in normals for x in drawn.values()},
        )
        for level in range(self.levels - 1):
            for i, end in enumerate(ends[level]):
                step = _with_difference(step, f"gap{level}.{i}", end - ends[-1][i])
        return self._averaged(step, landscape, starts)

    def _averaged(self, step: Step, landscape: Landscape, starts: list[list[sp.Symbol]]) -> Step:
        """Return the step with the sums of the observables, as differences between levels."""
        if not self.observables:
            return step
        terms: dict[str, sp.Expr] = {}
        for k, text in enumerate(self.observables):
            formula = landscape.parse(text)
            at = [
                formula.xreplace(dict(zip(landscape.symbols, point, strict=False)))
                for point in starts
            ]
            for level in range(self.levels):
                fine = at[-1] if level < self.levels - 1 else sp.S.Zero
                terms[f"sum{level}.{k}"] = at[level] - fine
        return step.summing(terms, self.discard_steps)


def _with_difference(step: Step, name: str, difference: sp.Expr) -> Step:
    return step.with_row(name, lambda _: difference)


def _assign(assignments: list[Assignment], name: str, value: sp.Expr) -> sp.Symbol:
    """Append an assignment, and return its symbol."""
    symbol = sp.Symbol(f"let.{name}", real=True)
    assignments.append((symbol, value))
    return symbol


def _advance(
    base: Step,
    assignments: list[Assignment],
    point: Sequence[sp.Symbol],
    drawn: Sequence[dict[sp.Basic, sp.Symbol]],
    count: int,
    tag: str,
) -> list[sp.Symbol]:
    """Append one step of dt/count from a point, under the increment of the normals drawn."""
    swaps: dict[sp.Basic, sp.Basic] = dict(zip(base.state, point, strict=True))
    swaps[parameter("dt")] = parameter("dt") / count
    for x in base.noise:
        swaps[x] = sp.Add(*(d[x] for d in drawn)) / sp.sqrt(len(drawn))
    for symbol, value in base.assignments:
        swaps[symbol] = _assign(assignments, f"{symbol.name}.{tag}", value.xreplace(swaps))
    new = [u.xreplace(swaps) for u in base.update]
    return [_assign(assignments, f"to{tag}.{i}", value) for i, value in enumerate(new)]
