r"""The probability that a step crossed into a target between its two states: Brownian bridges.

A target is written as levels, functions that fall to zero on its boundary: x > 1 has the level
1 - x.  Between two states with levels a, b > 0 a Brownian bridge of variance v = n^T C n in the
direction of n = grad(level), C the covariance of the step's increment, touches zero with
probability

    p = exp(-2 a b/v),

exact for constant C and a plane boundary, with an error of the order of the step's own otherwise.
With `and` the last condition to be met decides, so the smallest p; with `or` the largest.

Reference: R. Mannella, Phys. Lett. A 254 (1999) 257; E. Gobet, Stoch. Proc. Appl. 87 (2000) 167.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import sympy as sp
from sympy.utilities.lambdify import implemented_function

from ...landscapes.field import Field
from ...landscapes.formulas.calculus import derivative
from ...landscapes.landscape import Landscape
from ...typing import Assignment, Float
from ...validate import shown
from ..backends.engine import make
from ..dynamics import Dynamics
from ..ensemble import Ensemble
from ..request import Numbers
from ..step import Step
from ..streams import stream_words

if TYPE_CHECKING:
    from ..backends.engine import Backend

#: exponents beyond which a crossing is as good as impossible: exp(-50) = 2e-22
FAR = 50


#: 1 - exp(-t) for 0 <= t <= `FAR`, the probability that there was no crossing; named like its
#: compiled form
uncrossed = implemented_function(sp.Function("uncrossed", real=True), lambda t: 1 - np.exp(-t))


def level(condition: sp.Basic) -> sp.Expr:
    """Return a function that is positive outside a comparison's target and not inside.

    Examples
    --------
    >>> x, y = sp.symbols("x y", real=True)
    >>> level(x > 1)
    1 - x
    """
    return condition.lts - condition.gts


def nearness(condition: sp.Basic) -> sp.Expr:
    """Return a function that grows towards a target: minus its level, 0 on its boundary.

    Examples
    --------
    >>> x, y = sp.symbols("x y", real=True)
    >>> nearness(sp.And(x > 1, y > 2))
    Min(x - 1, y - 2)
    """
    if isinstance(condition, (sp.And, sp.Or)):
        join = sp.Min if isinstance(condition, sp.And) else sp.Max
        return join(*(nearness(part) for part in condition.args))
    return -level(condition)


def exponent(
    condition: sp.Basic,
    there: Mapping[sp.Symbol, sp.Symbol],
    covariance: sp.Matrix,
    assignments: list[Assignment],
) -> sp.Expr:
    """Return -log of the probability that a step crosses into the target, 0 if it ends there.

    Parameters
    ----------
    condition
        The target, of the coordinates at the beginning of the step.
    there
        Coordinate -> symbol of its value at the end.
    covariance
        Of the increment, at the beginning.
    assignments
        Assignments; those that the result needs are added.
    """
    if isinstance(condition, (sp.And, sp.Or)):
        parts = [exponent(part, there, covariance, assignments) for part in condition.args]
        return sp.Max(*parts) if isinstance(condition, sp.And) else sp.Min(*parts)
    height = level(condition)
    slope = sp.Matrix([derivative(height, s) for s in there])
    variance = sp.expand((slope.T * covariance * slope)[0])
    after = named(height.xreplace(dict(there)), "after", assignments)
    if variance == 0:  # no noise across this boundary: it is crossed where a step ends beyond it
        beyond = after < 0 if isinstance(condition, (sp.Lt, sp.Gt)) else after <= 0
        return named(sp.Piecewise((0, beyond), (FAR, True)), "exponent", assignments)
    before = named(height, "before", assignments)
    # never below 0 by rounding; it is often constant, so that this is asked once
    raw = named(variance, "variance", assignments)
    variance = named(sp.Piecewise((raw, raw > 0), (0, True)), "variance", assignments)
    between = named(2 * before * after / variance, "between", assignments)
    # FAR also where it is no number, left of 0 for log(x)
    result = sp.Piecewise(
        (0, sp.Or(before <= 0, after <= 0)), (between, between < FAR), (FAR, True)
    )
    return named(result, "exponent", assignments)


def named(expression: sp.Expr, kind: str, assignments: list[Assignment]) -> sp.Symbol:
    """Add an assignment and return its symbol: SymPy unfolds and compares what it can look into."""
    symbol = sp.Symbol(f"let.crossing.{kind}{len(assignments)}", real=True)
    assignments.append((symbol, expression))
    return symbol


def survival_budgets(
    count: int, backend: Backend, seed: int, numbers: Numbers, generator: str, generation: int = 0
) -> Float:
    """Draw 1/U for each target and trajectory, shape (count, trajectories): see `stopped`."""
    draw = _budget_draw(count)
    words = stream_words(seed, numbers, "bridge", generation, generator)
    ensemble = Ensemble.fresh(draw, np.zeros((count, len(numbers))), words)
    make(backend.engine(draw, generator), ensemble, 1)
    return ensemble.state


@cache
def _budget_draw(count: int) -> Step:
    """Return the step that draws so many budgets."""
    rows = [sp.Symbol(f"row.margin{i}", real=True) for i in range(count)]
    uniform = [sp.Symbol(f"noise.u{i}", real=True) for i in range(count)]
    return Step(
        tuple(rows), tuple(1 / u for u in uniform), count, noise=dict.fromkeys(uniform, "uniform")
    )


def bridge_covariance(
    landscape: Landscape, dynamics: Dynamics, bridge: bool | None
) -> Field | None:
    """Return the covariance of a step for Brownian bridges, or None where they are not used.

    Raises
    ------
    ValueError, TypeError
        `bridge` is True where the dynamics has no bridges, or it is no truth value.
    """
    if bridge is not None and not isinstance(bridge, bool):
        raise TypeError(f"bridge={shown(bridge)}; allowed: None, True or False.")
    if bridge is False:
        return None
    covariance = dynamics.bridge_covariance(landscape)
    if covariance is None and bridge:
        raise ValueError(
            f"bridge=True, but between two states of {dynamics} there is no Brownian bridge; "
            "leave bridge= out, or use an SDE driven by Gaussian noise (simulate.Ito)."
        )
    return covariance
