"""What the interpretations of an SDE share: parameters, scheme, driving noise and step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ....landscapes.field import Field
from ....landscapes.landscape import Landscape
from ....validate import check_positive
from ...step import Step
from ..base import Dynamics
from .driving import check_driving, driven
from .interpretation import factor_drift, plus
from .schemes import SCHEMES, scheme_step
from .updates import BETA, DT


@dataclass(frozen=True, kw_only=True)
class SDE(Dynamics):
    """dx = b(x) dt + sqrt(2/beta) B(x) dW in one interpretation, given by its `ito_drift`.

    Parameters
    ----------
    beta
        Inverse temperature > 0.
    dt
        Time step > 0.
    scheme
        A name of `schemes.SCHEMES`; its orders are `strong_order` and `weak_order`.
    noise
        What drives it: "gaussian", "rademacher" (two-valued, averages only) or "stable".
    alpha
        Index 0 < alpha <= 2 of stable noise.
    """

    beta: float
    dt: float
    scheme: str = "euler-maruyama"
    noise: str = "gaussian"
    alpha: float | None = None

    def check(self) -> None:
        check_positive("beta", self.beta)
        check_positive("dt", self.dt)
        check_driving(self.noise, self.alpha, self.scheme, type(self).__name__)

    @property
    def time_step(self) -> float:
        return self.dt

    @property
    def strong_order(self) -> Mapping[str, float | None]:
        """Noise class -> strong order of the scheme, None where it is refused."""
        paths = self.noise == "gaussian"  # other increments are not those of a Brownian path
        return {k: v if paths else None for k, v in SCHEMES[self.scheme].order("strong").items()}

    @property
    def weak_order(self) -> Mapping[str, float | None]:
        """Noise class -> weak order of the scheme, None where it is refused."""
        orders = SCHEMES[self.scheme].order("weak")
        if self.noise == "gaussian":
            return orders
        if self.noise == "stable":
            return dict.fromkeys(orders)
        return dict.fromkeys(orders, 1.0)

    def ito_drift(self, landscape: Landscape, beta: Any) -> Field:
        """Drift of the Ito equation with the same law; `beta` may be a symbol."""
        raise NotImplementedError

    def stratonovich_drift(self, landscape: Landscape, beta: Any) -> Field:
        """Drift of the Stratonovich equation with the same law."""
        return plus(
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

    def step(self, landscape: Landscape) -> Step:
        scheme = SCHEMES[self.scheme]
        scheme.check(landscape)
        interpretation = self.ito_drift if scheme.calculus == "ito" else self.stratonovich_drift
        drift = interpretation(landscape, BETA)
        step = scheme_step(self.scheme, landscape, drift, {DT: self.dt, BETA: self.beta})
        return driven(step, self.noise, self.alpha)
