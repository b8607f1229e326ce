"""Isothermal (Haenggi and Klimontovich) stochastic differential equations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ....landscapes.field import Field
from ....landscapes.formulas.language import exact
from ....landscapes.landscape import Landscape
from ..assignments import field_sum
from .interpretation import Number
from .sde import SDE


@dataclass(frozen=True, kw_only=True)
class Isothermal(SDE):
    """The isothermal SDE of a landscape: diffusion flows down the gradient of the density.

        dx = [b + (1/beta) div D] dt + sqrt(2/beta) B dW                 (Ito)
        d rho/dt = div(-b rho + D grad rho/beta),     (div D)_i = sum_j d_j D_ij

    The vector form of Haenggi's and Klimontovich's interpretation; it depends on D alone.  With one
    coordinate it is the anti-Ito interpretation (integrand at the end of each step); with more the
    two differ by (1/beta) sum_k [(B_k . grad) B_k - B_k div B_k].  It keeps exp(-beta Phi) where
    b = -D grad Phi; a circulation that depends on the state needs `AType`, which adds
    (1/beta) div Q.

    Parameters
    ----------
    beta, dt, scheme, noise, alpha
        As for `Ito`.

    Raises
    ------
    TypeError, ValueError
        As for `Ito`.

    References
    ----------
    P. Haenggi, Helv. Phys. Acta 51 (1978) 183; Y. Klimontovich, Physica A 163 (1990) 515.

    Examples
    --------
    >>> from driftscape.landscapes import Landscape
    >>> well = Landscape.from_potential("x**2/2", coordinates="x", diffusion=["1 + x**2/2"])
    >>> Isothermal(beta=2, dt=0.1).ito_drift(well, 2).expression
    [x*(-x**2/2 - 1) + x/2]
    """

    run_time: ClassVar[tuple[str, ...]] = ("beta", "dt", "alpha")

    def ito_drift(self, landscape: Landscape, beta: Number) -> Field:
        return field_sum(
            landscape.drift(beta),
            1 / exact(beta),
            landscape.diffusion_divergence,
            "isothermal drift",
        )
