"""Ito stochastic differential equations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from ....landscapes.field import Field
from ....landscapes.landscape import Landscape
from ....validate import check_not_negative
from ...step import parameter
from ..assignments import field_sum
from .interpretation import Number, self_advection
from .sde import SDE


@dataclass(frozen=True, kw_only=True)
class Ito(SDE):
    """The Ito SDE of a landscape.

        dx = b(x) dt + sqrt(2/beta) B(x) dW,        B B^T = D
        x' = x + b(x) dt + sqrt(2 dt/beta) B(x) xi, xi ~ N(0, I)      (the default scheme)

    b is the landscape's drift (-E grad l; -(D + Q) grad Phi; -D grad Phi + J exp(beta Phi); or the
    one given).  D may depend on the state and be of any rank.  With state-dependent D the Ito and
    the A-type interpretation differ: exp(-beta Phi) is this equation's steady state only where
    div(D + Q) = 0; `AType` is the interpretation that keeps it.

    Stationary means of the default scheme are off by O(dt): at small error bars extrapolate from dt
    and dt/2, or use scheme="weak-2".

    Parameters
    ----------
    beta
        Inverse temperature > 0, in units of 1/Phi; 2 batch_size/learning_rate for the SDE of SGD.
    dt
        Time step > 0.
    scheme
        "euler-maruyama", "heun", "milstein", "strong-1.5" or "weak-2"; `strong_order` and
        `weak_order` give its orders.
    noise
        "gaussian"; "rademacher", two-valued increments, for averages only; or "stable":
        dx = b dt + B dL/sqrt(beta) with E exp(i k L_t) = exp(-t |k|**alpha), Levy-driven descent.
    alpha
        Index 0 < alpha <= 2 of stable noise.
    modified
        Step h >= 0 of a map x' = x + h b + noise that the equation follows to second order: the
        drift becomes b - (h/2) (b . grad) b, for SGD -grad(f + h |grad f|**2/4).

    Raises
    ------
    TypeError, ValueError
        A number is not positive and finite, a name is unknown, or the scheme does not fit the
        driving noise; in `step`: the scheme has no order for the landscape's noise factor.
    NotAvailable
        In `step`: the landscape has no D.

    References
    ----------
    P. Kloeden and E. Platen, Numerical Solution of Stochastic Differential Equations (1992),
    chapters 9 and 10; Q. Li, C. Tai, W. E, ICML (2017), for the modified drift.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> well = landscapes.double_well(rotation=1.5)
    >>> run = simulate.run(well, Ito(beta=1, dt=1e-2), time=1, trajectories=64, seed=1)
    >>> run.sizes["coordinate"]
    2
    >>> Ito(beta=1, dt=1e-2, scheme="milstein").strong_order["diagonal"]
    1.0
    """

    run_time: ClassVar[tuple[str, ...]] = ("beta", "dt", "alpha", "modified")

    modified: float = 0.0

    jumps: ClassVar[bool] = True

    def check(self) -> None:
        super().check()
        check_not_negative("modified", self.modified)

    def ito_drift(self, landscape: Landscape, beta: Number) -> Field:
        drift = landscape.drift(beta)
        if not self.modified:
            return drift
        field = field_sum(drift, -_MODIFIED / 2, self_advection(drift), "modified drift")
        return replace(field, parameters={**field.parameters, _MODIFIED: self.modified})


_MODIFIED = parameter("modified")
