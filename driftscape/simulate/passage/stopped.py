"""A step that ends in a target: the same one-step map with a few more rows.

    ended    0 while the trajectory runs, then the number of the target, from 1
    age      number of steps
    from     with bridges: the coordinates before the last step, so that `exits` can find the point
             and the time inside it
    budget   the survival budget, with bridges, one row per target: 1/U at first, U uniform; every
             step multiplies it by the probability of not having crossed, and the target is met
             when it falls below 1

Every row keeps its value once the trajectory has ended.  The survival budget is one random number
per trajectory that decides all its crossings, with the same law as one number per step.
"""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from ...landscapes.field import Field
from ...landscapes.formulas.language import plain_conditions
from ...landscapes.landscape import Landscape
from ..dynamics.assignments import field_at
from ..step import Step
from ..target import Target
from .crossing import exponent, uncrossed

_ENDED, _AGE = (sp.Symbol(f"row.{name}", real=True) for name in ("ended", "age"))
_REACHED = sp.Symbol("let.reached", real=True)


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
    assignments = [*step.assignments, *zip(there.values(), step.update, strict=False)]
    rows = {_ENDED: (0.0, _REACHED), _AGE: (0.0, _AGE + 1)}
    numbered = list(enumerate(targets, 1))
    met = {i: target.condition.xreplace(there) for i, target in numbered}
    bridged = {i: t.condition for i, t in numbered if covariance is not None and t.bridged}
    tables = dict(step.tables)
    if covariance is not None:
        rows |= {sp.Symbol(f"row.from.{s.name}", real=True): (0.0, s) for s in here}
        more, entries = field_at(covariance, covariance.symbols, "bridge")
        assignments += more
        tables |= covariance.tables
        matrix = sp.Matrix(len(here), len(here), entries)
        for i, condition in bridged.items():
            budget, left = (sp.Symbol(f"{kind}.margin{i}", real=True) for kind in ("row", "let"))
            unmet = uncrossed(exponent(condition, there, matrix, assignments))
            assignments.append((left, budget * unmet))
            rows[budget] = (1.0, left)
            met[i] = left < 1
    reached = sp.Piecewise(*((i, m) for i, m in met.items()), (0, True))
    assignments.append((_REACHED, plain_conditions(reached)))

    def kept(row: sp.Symbol, running: sp.Expr) -> sp.Expr:
        return sp.Piecewise((row, _ENDED > 0), (running, True))

    known = zip(step.state, step.update, strict=True)
    return replace(
        step,
        state=(*step.state, *rows),
        update=(
            *(kept(row, there.get(row, new)) for row, new in known),
            *(kept(row, new) for row, (_, new) in rows.items()),
        ),
        initial=(*step.initial, *(value for value, _ in rows.values())),
        assignments=tuple(assignments),
        tables=tables,
        parameters={**step.parameters, **landscape.parameter_symbols},
        ended=_ENDED,
    )
