"""Underdamped Langevin dynamics: position and momentum, by the BAOAB splitting."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import ClassVar

import sympy as sp

from ...landscapes.landscape import Landscape
from ...validate import check_positive
from ..step import Step, parameter
from .assignments import field_at
from .base import Dynamics


@dataclass(frozen=True, kw_only=True)
class Underdamped(Dynamics):
    """Langevin dynamics of a particle of mass 1 in the potential Phi.

        dx = v dt,    dv = -grad Phi dt - friction v dt + sqrt(2 friction/beta) dW

    The steady state is exp(-beta (Phi + |v|**2/2)): positions follow exp(-beta Phi).  v is a hidden
    row that starts at 0.  One step is B A O A B (Leimkuhler and Matthews): half a kick, half a
    drift, the exact Ornstein-Uhlenbeck step of v, half a drift, half a kick.  Weak order 2; the
    stationary variance of x in a quadratic Phi is exact at every stable dt.

    Parameters
    ----------
    friction
        Relaxation rate of v, > 0, in units of 1/time; for friction -> infinity, x in time
        friction*t follows `Ito(beta=beta)`.
    beta
        Inverse temperature > 0, in units of 1/Phi.
    dt
        Time step > 0; stable for dt**2 times the largest curvature below 4.

    Raises
    ------
    TypeError, ValueError
        A number is not positive and finite; in `step`: the landscape has no Phi, has a circulation,
        or a D that is not the identity, none of which this equation contains.

    References
    ----------
    B. Leimkuhler, C. Matthews, Appl. Math. Res. eXpress 2013 (2013) 34.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> langevin = Underdamped(friction=1, beta=4, dt=0.1)
    >>> run = simulate.run(landscapes.quartic_well(), langevin, time=10, trajectories=64, seed=1)
    >>> run.sizes["row"]
    1
    """

    run_time: ClassVar[tuple[str, ...]] = ("friction", "beta", "dt")

    friction: float
    beta: float
    dt: float

    weak_order: ClassVar[float] = 2.0

    def check(self) -> None:
        for name in ("friction", "beta", "dt"):
            check_positive(name, getattr(self, name))

    @property
    def time_step(self) -> float:
        """Physical time of one step: `dt`."""
        return self.dt

    def check_landscape(self, landscape: Landscape) -> None:
        """Raise an error if the landscape has a term that the equation would silently leave out.

        Raises
        ------
        ValueError
            The landscape has no Phi, has a circulation, or a D that is not the identity.
        """
        action = (
            "Underdamped moves in -grad Phi with the noise of its own friction= and beta=; make "
            "the landscape with Landscape.from_potential(Phi, coordinates=...) alone, or use AType."
        )
        if landscape.kind != "potential":
            raise ValueError(f"{landscape.name} is a {landscape.kind} landscape.  {action}")
        given = landscape.formulas
        if any(given[k] is not None for k in ("curl", "current")) and not _has_no_circulation(
            landscape
        ):
            raise ValueError(f"{landscape.name} has a circulation.  {action}")
        if landscape.diffusion.matrix != sp.eye(landscape.dim):
            raise ValueError(f"{landscape.name} has D = {given['diffusion']}.  {action}")

    def kind_of_step(self, landscape: Landscape) -> Hashable:
        """Return what decides the step; the landscape is looked at with its parameters' values."""
        self.check_landscape(landscape)
        return super().kind_of_step(landscape)

    def step(self, landscape: Landscape) -> Step:
        self.check_landscape(landscape)
        dt, beta, friction = parameter("dt"), parameter("beta"), parameter("friction")
        gradient, d = landscape.gradient, landscape.dim
        x = landscape.symbols
        v = [sp.Symbol(f"row.v{i}", real=True) for i in range(d)]
        xi = [sp.Symbol(f"noise.xi{i}", real=True) for i in range(d)]
        kept = sp.exp(-friction * dt)
        thermal = sp.sqrt((1 - kept**2) / beta)
        kicked = [s - dt / 2 * g for s, g in zip(v, gradient.entries, strict=True)]
        renewed = [kept * k + thermal * n for k, n in zip(kicked, xi, strict=True)]
        there = [sp.Symbol(f"let.x.{i}", real=True) for i in range(d)]
        moves = [s + dt / 2 * (k + r) for s, k, r in zip(x, kicked, renewed, strict=True)]
        assignments, force = field_at(gradient, there, "there")
        return Step.of(
            landscape,
            [*there, *(r - dt / 2 * g for r, g in zip(renewed, force, strict=True))],
            hidden=v,
            assignments=(*gradient.assignments, *zip(there, moves, strict=True), *assignments),
            noise=dict.fromkeys(xi, "normal"),
            parameters={dt: self.dt, beta: self.beta, friction: self.friction},
            tables=gradient.tables,
        )


def _has_no_circulation(landscape: Landscape) -> bool:
    """Return whether the circulation that was given is zero at every state."""
    plain = -landscape.diffusion.matrix * landscape.gradient.matrix
    values = {s: sp.nsimplify(v) for s, v in landscape.parameter_symbols.items()}
    difference = (landscape.drift(1).matrix - plain).xreplace(values)
    return bool(sp.expand(difference).is_zero_matrix)
