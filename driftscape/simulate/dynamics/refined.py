"""A dynamics at dt, dt/2, dt/4, ... under one Brownian path, as one step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import sympy as sp

from ...landscapes.landscape import Landscape
from ...typing import Assignment
from ...validate import check_whole
from ..step import STEP, Step, parameter
from .base import Dynamics

_MOST_LEVELS = 5  # the step holds 2**levels - 1 copies of the scheme
#: schemes whose noise is the increments of the path and nothing else
_INCREMENTS_ONLY = ("euler-maruyama", "heun", "milstein")


@dataclass(frozen=True, kw_only=True)
class Refined(Dynamics):
    """Several step sizes of one dynamics, driven by the same path.

        level 0 makes one step of dt, level 1 two of dt/2, ..., level L - 1 makes 2**(L-1)

    The normals drawn are those of the finest level; a coarser step takes their sum over sqrt(their
    number), which is the same increment.  The state is the finest level's; hidden rows hold how far
    the coarser ones are from it, so that the common part of the noise is cancelled before anything
    is averaged.  Used by `simulate.refine`.

    Parameters
    ----------
    dynamics
        An SDE with Gaussian noise.
    levels
        Number of step sizes, 2 to 5.
    observables
        Formulas averaged over the steps of the coarsest level, from step `discard_steps` on.
    """

    dynamics: Dynamics
    levels: int = 3
    observables: tuple[str, ...] = ()
    discard_steps: int = 0

    def check(self) -> None:
        object.__setattr__(self, "observables", tuple(self.observables))
        check_whole("levels", self.levels)
        if not 2 <= self.levels <= _MOST_LEVELS:
            raise ValueError(f"levels={self.levels}; allowed: 2 to {_MOST_LEVELS}.")
        if self.discard_steps:
            check_whole("discard_steps", self.discard_steps)
        name = type(self.dynamics).__name__
        if not hasattr(self.dynamics, "dt"):
            raise ValueError(f"{name} has no dt to refine; give an SDE, e.g. simulate.Ito(...).")
        scheme = getattr(self.dynamics, "scheme", _INCREMENTS_ONLY[0])
        if (
            scheme not in _INCREMENTS_ONLY
            or getattr(self.dynamics, "noise", "gaussian") != "gaussian"
        ):
            raise ValueError(
                f"{self.dynamics} uses noise that is not made of increments of one path; "
                f"refine {', '.join(_INCREMENTS_ONLY)} with Gaussian noise."
            )

    @property
    def time_step(self) -> float:
        return self.dynamics.time_step

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
                    _let(assignments, f"from{level}.{i}", x + gap)
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
        for level, rows in enumerate(gaps):
            for i, row in enumerate(rows):
                step = _with(step, row, ends[level][i] - ends[-1][i])
        return self._averaged(step, landscape, starts)

    def _averaged(self, step: Step, landscape: Landscape, starts: list[list[sp.Symbol]]) -> Step:
        begin = parameter("after")
        weight = sp.Piecewise((1, STEP >= begin), (0, True))
        if self.observables:
            step = replace(step, parameters={**step.parameters, begin: self.discard_steps})
        for k, text in enumerate(self.observables):
            formula = landscape.parse(text)
            at = [
                formula.xreplace(dict(zip(landscape.symbols, point, strict=False)))
                for point in starts
            ]
            for level in range(self.levels):
                row = sp.Symbol(f"row.sum{level}.{k}", real=True)
                fine = at[-1] if level < self.levels - 1 else sp.S.Zero
                step = _with(step, row, row + weight * (at[level] - fine))
        return step


def _with(step: Step, row: sp.Symbol, update: sp.Expr) -> Step:
    return replace(
        step,
        state=(*step.state, row),
        update=(*step.update, update),
        initial=(*step.initial, 0.0),
    )


def _let(assignments: list[Assignment], name: str, value: sp.Expr) -> sp.Symbol:
    symbol = sp.Symbol(f"let.{name}", real=True)
    assignments.append((symbol, value))
    return symbol


def _advance(
    base: Step, assignments: Any, point: list[sp.Symbol], drawn: list[Any], count: int, tag: str
) -> list[sp.Symbol]:
    """Append one step of dt/count from a point, under the increment of the normals drawn."""
    swaps: dict[sp.Basic, sp.Basic] = dict(zip(base.state, point, strict=True))
    swaps[parameter("dt")] = parameter("dt") / count
    for x in base.noise:
        swaps[x] = sp.Add(*(d[x] for d in drawn)) / sp.sqrt(len(drawn))
    for symbol, value in base.assignments:
        swaps[symbol] = _let(assignments, f"{symbol.name}.{tag}", value.xreplace(swaps))
    new = [u.xreplace(swaps) for u in base.update]
    return [_let(assignments, f"to{tag}.{i}", value) for i, value in enumerate(new)]
