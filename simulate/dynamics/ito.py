"""Ito stochastic differential equations, by Euler and Maruyama."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import sympy as sp

from ...landscapes.landscape import Landscape
from ..step import Step, parameter
from .base import Dynamics, positive


@dataclass(frozen=True, kw_only=True)
class Ito(Dynamics):
    """The Ito SDE of a landscape, integrated by the Euler-Maruyama scheme.

        dx = b(x) dt + sqrt(2/beta) B(x) dW,        B B^T = D
        x' = x + b(x) dt + sqrt(2 dt/beta) B(x) xi, xi ~ N(0, I)

    b is the landscape's drift (-E grad l; -(D + Q) grad Phi; -D grad Phi + J exp(beta Phi); or the
    one given).  D may depend on the state and be of any rank.  With state-dependent D the Ito and
    the A-type reading differ: exp(-beta Phi) is this equation's steady state only where
    div(D + Q) = 0.

    Weak order 1; strong order 1/2, or 1 where B is constant.  Stationary means are off by O(dt):
    compare at small error bars after extrapolating from dt and dt/2.

    Parameters
    ----------
    beta
        Inverse temperature > 0; 2 batch_size/learning_rate for the SDE of SGD.
    dt
        Time step > 0.

    References
    ----------
    P. Kloeden and E. Platen, Numerical Solution of Stochastic Differential Equations (1992),
    chapters 9 and 10.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> well = landscapes.double_well(rotation=1.5)
    >>> run = simulate.run(well, Ito(beta=1, dt=1e-2), time=1, trajectories=64, seed=1)
    >>> run.sizes["coordinate"]
    2
    """

    beta: float
    dt: float

    weak_order: ClassVar[float] = 1.0
    strong_order: ClassVar[dict[str, float]] = {"additive": 1.0, "general": 0.5}

    def __post_init__(self) -> None:
        positive("beta", self.beta)
        positive("dt", self.dt)

    @property
    def time_step(self) -> float:
        return self.dt

    def step(self, landscape: Landscape) -> Step:
        beta, dt = parameter("beta"), parameter("dt")
        drift, factor = landscape.drift(beta), landscape.noise_factor
        xi = [sp.Symbol(f"noise.xi{k}", real=True) for k in range(factor.shape[1])]
        scale = sp.sqrt(2 * dt / beta)
        kicks = factor.matrix * sp.Matrix(xi) if xi else sp.zeros(landscape.dim, 1)
        return Step(
            state=landscape.symbols,
            update=tuple(
                s + dt * b + scale * kick
                for s, b, kick in zip(landscape.symbols, drift.entries, kicks, strict=True)
            ),
            visible=landscape.dim,
            lets=(*drift.lets, *factor.lets),
            noise=dict.fromkeys(xi, "normal"),
            parameters={dt: self.dt, beta: self.beta, **landscape.parameter_symbols},
            tables={**drift.tables, **factor.tables},
        )
