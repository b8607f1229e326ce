"""A step that ends in a target: the same one-step map with a few more rows.

    ended    0 while the trajectory runs, then the number of the target, from 1
    age      steps made; with bridges the last one counts by the part of it that was made
    margin   one row a target, with bridges: 1/U at first, U uniform; every step multiplies it by
             the probability of not having crossed, and the target is met when it falls below 1

Every other row keeps its value once the trajectory has ended; the coordinates hold the exit point.
The margin makes one number a trajectory decide all its crossings, with the same law as one number a
step would have.
"""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from ...landscapes.field import Field
from ...landscapes.landscape import Landscape
from ...landscapes.parse import plain_conditions
from ..dynamics.base import moved
from ..step import Step
from .crossing import exponent, fraction
from .target import Target

_ENDED, _AGE = (sp.Symbol(f"row.{name}", real=True) for name in ("ended", "age"))
_REACHED, _PART = (sp.Symbol(f"let.{name}", real=True) for name in ("reached", "part"))


def stopped(
    step: Step, landscape: Landscape, targets: tuple[Target, ...], covariance: Field | None
) -> Step:
    """Return the step that ends where a target is reached.

    Parameters
    ----------
    step
        A step of any dynamics on the landscape.
    targets
        Where two are met in one step, the first of them counts.
    covariance
        Of the step's increment, for Brownian bridges; None looks at the ends of steps only.
    """
    here = step.state[: step.visible]
    there = {s: sp.Symbol(f"next.{s.name}", real=True) for s in here}
    lets = [*step.lets, *zip(there.values(), step.update, strict=False)]
    rows = {_ENDED: (0.0, _REACHED), _AGE: (0.0, _AGE + 1)}
    numbered = list(enumerate(targets, 1))
    met = {i: target.condition.xreplace(there) for i, target in numbered}
    bridged = {i: t.condition for i, t in numbered if covariance is not None and t.bridged}
    tables = dict(step.tables)
    if covariance is not None:
        more, entries = moved(covariance, covariance.symbols, "bridge")
        lets += more
        tables |= covariance.tables
        matrix = sp.Matrix(len(here), len(here), entries)
        for i, condition in bridged.items():
            margin, left = (sp.Symbol(f"{kind}.margin{i}", real=True) for kind in ("row", "let"))
            unmet = 1 - sp.exp(-exponent(condition, there, matrix, lets))
            lets.append((left, margin * unmet))
            rows[margin] = (1.0, left)
            met[i] = left < 1
    reached = sp.Piecewise(*((i, m) for i, m in met.items()), (0, True))
    lets.append((_REACHED, plain_conditions(reached)))
    inside = [sp.Eq(_REACHED, i) for i in bridged]  # which crossings have a place inside the step
    between = _REACHED > 0 if len(bridged) == len(targets) else sp.Or(*inside)
    if bridged:
        parts = [fraction(condition, there, lets) for condition in bridged.values()]
        chosen = list(zip(parts, inside, strict=True))
        lets.append((_PART, sp.Piecewise(*chosen[:-1], (parts[-1], True))))
        rows[_AGE] = (0.0, _AGE + sp.Piecewise((_PART, between), (1, True)))

    def kept(row: sp.Symbol, running: sp.Expr) -> sp.Expr:
        return sp.Piecewise((row, _ENDED > 0), (running, True))

    def moving(row: sp.Symbol, new: sp.Expr) -> sp.Expr:
        new = there.get(row, new)
        if row not in there or not bridged:
            return new
        return sp.Piecewise((row + _PART * (new - row), between), (new, True))

    known = zip(step.state, step.update, strict=True)
    return replace(
        step,
        state=(*step.state, *rows),
        update=(
            *(kept(row, moving(row, new)) for row, new in known),
            *(kept(row, new) for row, (_, new) in rows.items()),
        ),
        initial=(*step.initial, *(value for value, _ in rows.values())),
        lets=tuple(lets),
        tables=tables,
        parameters={**step.parameters, **landscape.parameter_symbols},
        ended=_ENDED,
    )
