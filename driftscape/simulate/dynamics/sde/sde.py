"""Base class of the SDEs: parameters, scheme, driving noise and step."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from ....landscapes.field import Field
from ....landscapes.landscape import Landscape
from ....validate import check_positive
from ...step import Step
from ..assignments import field_sum
from ..base import Dynamics
from .driving import check_driving, driven
from .interpretation import Number, factor_drift
from .schemes import SCHEMES, scheme_step
from .updates import BETA, DT


@dataclass(frozen=True, kw_only=True)
class SDE(Dynamics):
    """Base class of the stochastic differential equations of a landscape.

        dx = b(x) dt + sqrt(2/beta) B(x) dW

    A subclass is one interpretation of this equation; it defines `ito_drift`.

    Parameters
    ----------
    beta
        Inverse temperature > 0, in units of 1/Phi.
    dt
        Time step > 0.
    scheme
        Integration scheme; its orders are `strong_order` and `weak_order`.
    noise
        Increments that drive it: "gaussian", "rademacher" (two-valued, for averages only) or
        "stable".
    alpha
        Index 0 < alpha <= 2 of stable noise.

    Raises
    ------
    TypeError, ValueError
        As for `Ito`.
    """

    beta: float
    dt: float
    scheme: str = "euler-maruyama"
    noise: str = "gaussian"
    alpha: float | None = None

    #: whether the interpretation is defined for noise with jumps
    jumps: ClassVar[bool] = False

    def check(self) -> None:
        check_positive("beta", self.beta)
        check_positive("dt", self.dt)
        check_driving(self.noise, self.alpha, self.scheme, self.jumps, type(self).__name__)

    @property
    def time_step(self) -> float:
        """Physical time of one step: `dt`."""
        return self.dt

    @property
    def strong_order(self) -> Mapping[str, float | None]:
        """Noise class -> strong order of the scheme, None where it is refused."""
        paths = self.noise == "gaussian"  # other increments are not those of a Brownian path
        return {k: v if paths else None for k, v in SCHEMES[self.scheme].strong_orders.items()}

    @property
    def weak_order(self) -> Mapping[str, float | None]:
        """Noise class -> weak order of the scheme, None where it is refused."""
        orders = SCHEMES[self.scheme].weak_orders
        if self.noise == "gaussian":
            return orders
        if self.noise == "stable":
            return dict.fromkeys(orders)
        return dict.fromkeys(orders, 1.0)

    def ito_drift(self, landscape: Landscape, beta: Number) -> Field:
        """Return the drift of the Ito equation with the same solutions; `beta` may be a symbol."""
        raise NotImplementedError

    def stratonovich_drift(self, landscape: Landscape, beta: Number) -> Field:
        """Return the drift of the Stratonovich equation with the same solutions."""
        return field_sum(
            self.ito_drift(landscape, beta),
            -1 / beta,
            factor_drift(landscape),
            "Stratonovich drift",
        )

    def bridge_covariance(self, landscape: Landscape) -> Field | None:
        if self.noise != "gaussian":
            return None
        diffusion = landscape.diffusion
        entries = tuple(2 * DT / BETA * e for e in diffusion.entries)
        return replace(diffusion, name="increment covariance", entries=entries)

    def kind_of_step(self, landscape: Landscape) -> Hashable:
        """Return what decides the step; the noise is looked at with the parameters' values."""
        SCHEMES[self.scheme].check(landscape)
        return super().kind_of_step(landscape)

    def step(self, landscape: Landscape) -> Step:
        scheme = SCHEMES[self.scheme]
        scheme.check(landscape)
        interpretation = self.ito_drift if scheme.calculus == "ito" else self.stratonovich_drift
        drift = interpretation(landscape, BETA)
        step = scheme_step(self.scheme, landscape, drift, {DT: self.dt, BETA: self.beta})
        return driven(step, self.noise, self.alpha)
