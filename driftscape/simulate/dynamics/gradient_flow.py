"""The noiseless flow dx/dt = b(x), by the classical Runge-Kutta method."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import sympy as sp

from ...landscapes.landscape import Landscape
from ...typing import Assignment
from ...validate import check_positive
from ..step import Step, parameter
from .assignments import field_at
from .base import Dynamics


@dataclass(frozen=True, kw_only=True)
class GradientFlow(Dynamics):
    """The ordinary differential equation of the landscape's drift.

        dx/dt = b(x)

    For a loss b = -E grad l, and the flow is the limit of GD for learning_rate -> 0.  For a
    landscape with a circulation b is the full drift; where it depends on beta (a current), beta is
    needed.  The scheme is Runge and Kutta's classical one, of fourth order in dt.

    Parameters
    ----------
    dt
        Time step > 0.
    beta
        Inverse temperature > 0 at which the drift is taken; only where the drift depends on it.

    Raises
    ------
    TypeError, ValueError
        `dt` or `beta` is not a positive finite number; in `step`: the drift depends on beta, which
        is not given.

    References
    ----------
    E. Hairer, S. Norsett, G. Wanner, Solving Ordinary Differential Equations I (1993), section
    II.1.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> flow = GradientFlow(dt=0.1)
    >>> run = simulate.run(landscapes.mean_estimation(), flow, start=1.0, time=1)
    >>> round(run.final.item(), 5)  # exp(-1)
    0.36788
    """

    run_time: ClassVar[tuple[str, ...]] = ("dt", "beta")

    dt: float
    beta: float | None = None

    order: ClassVar[int] = 4

    def check(self) -> None:
        check_positive("dt", self.dt)
        if self.beta is not None:
            check_positive("beta", self.beta)

    @property
    def time_step(self) -> float:
        """Physical time of one step: `dt`."""
        return self.dt

    def step(self, landscape: Landscape) -> Step:
        dt, beta = parameter("dt"), parameter("beta")
        drift = landscape.drift(None if self.beta is None else beta)
        x = landscape.symbols
        assignments: list[Assignment] = []
        slopes: list[list[sp.Symbol]] = []
        for stage, reach in enumerate((0, dt / 2, dt / 2, dt)):
            point = (
                [s + reach * k for s, k in zip(x, slopes[-1], strict=True)] if slopes else list(x)
            )
            names = [sp.Symbol(f"let.x{stage}.{i}", real=True) for i in range(len(x))]
            assignments += zip(names, point, strict=True)
            more, entries = field_at(drift, names, f"stage{stage}")
            slope = [sp.Symbol(f"let.k{stage}.{i}", real=True) for i in range(len(x))]
            assignments += [*more, *zip(slope, entries, strict=True)]
            slopes.append(slope)
        weights = (1, 2, 2, 1)
        update = tuple(
            s + dt / 6 * sp.Add(*(w * k[i] for w, k in zip(weights, slopes, strict=True)))
            for i, s in enumerate(x)
        )
        parameters = {dt: self.dt, **landscape.parameter_symbols}
        if self.beta is not None:
            parameters[beta] = self.beta
        return Step.of(
            landscape, update, assignments=assignments, parameters=parameters, tables=drift.tables
        )
