"""Geodesics of the diffusion metric under the force of gradient descent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import sympy as sp

from ....landscapes.formulas.calculus import derivative
from ....landscapes.landscape import Landscape
from ....validate import check_choice, check_positive
from ...step import Step, parameter
from ..assignments import name_entries
from ..base import Dynamics
from ..linear_solve import refuse_large, solve
from ..runge_kutta import classical
from .diffusion_metric import Metric

FORMS = ("literal", "raised")


@dataclass(frozen=True, kw_only=True)
class Geodesic(Dynamics):
    """The second-order equation of the metric g = I + epsilon D, driven by the gradient.

        x''^k + Gamma^k_ij x'^i x'^j = -d/dt d_k f             form="literal",  x'(0) = -grad f
        x''^k + Gamma^k_ij x'^i x'^j = -g^{kl} d/dt d_l f      form="raised",   x'(0) = -g^-1 grad f

    The paper prints the literal form, whose force has a lower index; it stays as far from RGD as
    from GD.  Raised with g^-1 it follows `RGDFlow(inverse="exact")` to O(epsilon |x'|^2).

    Both are integrated through a momentum p, a hidden row per coordinate that starts at 0:

        literal    p = x' + grad f,      p'^k = -Gamma^k_ij x'^i x'^j
        raised     p = g x' + grad f,    p'_k = (epsilon/2) x' . (d_k D) x'

    so that no Hessian is needed, and p is the difference of the geodesic from GD (literal) and from
    RGD (raised).  Here Gamma_k,ij x'^i x'^j = epsilon ((x'.grad D) x' - grad(x'.D x')/2)_k, raised
    by g^-1.  The scheme is of fourth order in dt.

    Parameters
    ----------
    dt
        Time step > 0.
    epsilon
        Weight of D in the metric, > 0, in units of 1/D.
    form
        `"raised"` or `"literal"`.

    Raises
    ------
    TypeError, ValueError
        A number is not positive and finite, or `form` is unknown; in `step`: the landscape has more
        than 8 coordinates.
    NotAvailable
        In `step`: the landscape has no gradient (it was made by `from_drift`).

    References
    ----------
    R. Fioresi, P. Chaudhari and S. Soatto, Entropy 22 (2020) 101, equations 4 and 7.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> run = simulate.run(landscapes.gaussian_fit(), Geodesic(dt=0.1, epsilon=0.1), start=1.0,
    ...                    time=2)
    >>> round(run.final.item(), 3)
    0.493
    """

    run_time: ClassVar[tuple[str, ...]] = ("dt", "epsilon")

    dt: float
    epsilon: float
    form: str = "raised"

    order: ClassVar[int] = 4

    def check(self) -> None:
        check_positive("dt", self.dt)
        check_positive("epsilon", self.epsilon)
        check_choice("form", self.form, FORMS)

    @property
    def time_step(self) -> float:
        """Physical time of one step: `dt`."""
        return self.dt

    def step(self, landscape: Landscape) -> Step:
        refuse_large(landscape.dim)
        dt, epsilon = parameter("dt"), parameter("epsilon")
        d, x = landscape.dim, landscape.symbols
        metric = Metric.of(landscape, epsilon)
        assignments, field = metric.assignments, landscape.diffusion
        p = [sp.Symbol(f"row.p{i}", real=True) for i in range(d)]
        force = [a - g for a, g in zip(p, metric.gradient, strict=True)]
        v = solve(metric.matrix, [force], assignments)[0] if self.form == "raised" else force
        v = name_entries("velocity", v, assignments)

        def along(k: int) -> sp.Matrix:
            """Return d_k D with named entries, by the chain rule through the assignments."""
            slope = sp.zeros(d, d)
            for j in range(d):
                column = [derivative(field.matrix[i, j], x[k]) for i in range(j, d)]
                for i, entry in enumerate(name_entries(f"d{k}D{j}", column, assignments), start=j):
                    slope[i, j] = slope[j, i] = entry
            return slope

        slopes = [along(k) for k in range(d)]
        speed = sp.Matrix(v)
        pull = [epsilon / 2 * (speed.T * slope * speed)[0, 0] for slope in slopes]
        if self.form == "literal":
            turning = sp.zeros(d, d)  # (x'.grad) D
            for k in range(d):
                turning += v[k] * slopes[k]
            lower = name_entries(
                "christoffel",
                [epsilon * e - q for e, q in zip(turning * speed, pull, strict=True)],
                assignments,
            )
            pull = [-e for e in solve(metric.matrix, [lower], assignments)[0]]
        more, update = classical((*x, *p), [*v, *pull], assignments, dt)
        step = Step.of(
            landscape,
            update,
            hidden=p,
            assignments=more,
            parameters={dt: self.dt, epsilon: self.epsilon},
            tables=metric.tables,
        )
        return metric.with_bound_row(step)
