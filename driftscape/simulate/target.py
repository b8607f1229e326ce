"""Targets of a first passage: predicates on the coordinates, as text, each with a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import sympy as sp

from ..landscapes.derived import shared
from ..landscapes.fields import evaluate_at
from ..landscapes.landscape import Landscape
from ..typing import Bools, Float, Index
from ..validate import shown


@dataclass(frozen=True)
class Target:
    """A region of the state space.

    Attributes
    ----------
    name
        What it is called in results.
    text
        Its predicate, as given.
    condition
        The same, of the landscape's symbols (or of rows of a step).
    bridged
        Whether crossings inside a step count, where the dynamics has bridges.
    """

    name: str
    text: str
    condition: sp.Basic
    bridged: bool = True

    def contains(self, landscape: Landscape, states: Float) -> Bools:
        """Whether states of shape (coordinates, trajectories) lie in it."""
        with np.errstate(all="ignore"):
            (inside,) = evaluate_at(landscape, [self.condition], states)
        result: Bools = inside.astype(bool)
        return result


def read_targets(landscape: Landscape, given: str | Mapping[str, str] | None) -> tuple[Target, ...]:
    """Read `target=`: one predicate, or a mapping of names to predicates.

    Raises
    ------
    FormulaError, TypeError, ValueError
        Not a predicate, or one that no trajectory or every trajectory fulfils.
    """
    if given is None:
        raise ValueError('give target=, a predicate such as "x > 0".')
    named = given if isinstance(given, Mapping) else {"target": given}
    if not named:
        raise ValueError('target={}; name at least one, such as {"right": "x > 1"}.')
    return tuple(_read(landscape, name, formula) for name, formula in named.items())


def _read(landscape: Landscape, name: str, formula: str) -> Target:
    first = landscape.coordinates[0]
    if not isinstance(name, str) or not name.isidentifier():
        raise ValueError(
            f"{shown(name)} is not a name for a target; use letters and digits, 'left'."
        )
    if not isinstance(formula, str):
        raise TypeError(
            f'target={shown(formula)}; write a predicate as text, such as "{first} > 0", or '
            f'several by name, {{"left": "{first} < -1", "right": "{first} > 1"}}.'
        )
    parsed: dict[str, sp.Basic] = shared(landscape).setdefault("conditions", {})
    if formula not in parsed:
        parsed[formula] = sp.to_nnf(landscape.parse_condition(formula), simplify=False)
    condition = parsed[formula]
    mentioned = {
        s: v for s, v in landscape.parameter_symbols.items() if s in condition.free_symbols
    }
    known = condition.subs({s: sp.nsimplify(v) for s, v in mentioned.items()})
    if known in (sp.true, sp.false):
        always = "is true everywhere" if known is sp.true else "is true nowhere"
        if mentioned:
            always += f" where {', '.join(f'{s.name}={v}' for s, v in mentioned.items())}"
        raise ValueError(f"target {formula!r} {always}; no first passage to it can be measured.")
    if not known.free_symbols & set(landscape.symbols):
        raise ValueError(
            f"target {formula!r} mentions none of the coordinates "
            f"{', '.join(landscape.coordinates)}."
        )
    return Target(name, formula, condition)


def target_at_start(
    landscape: Landscape, targets: tuple[Target, ...], states: Float, at: str = ""
) -> Index:
    """Return the number (from 1) of the target that each trajectory starts in, 0 where in none.

    `at` names the point of a sweep in the message.

    Raises
    ------
    ValueError
        All of them start in a target.
    """
    within = np.zeros(states.shape[1], dtype=np.int64)
    for number, target in reversed(list(enumerate(targets, start=1))):
        within[target.contains(landscape, states)] = number
    if within.all():
        target, point = targets[within[0] - 1], states[:, 0].tolist()
        raise ValueError(
            f"start={point if len(point) > 1 else point[0]} lies in the target {target.text!r}"
            f"{' at ' + at if at else ''}; start outside it."
        )
    return within
