"""A-type stochastic differential equations, whose steady state is exp(-beta Phi)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ....landscapes import NotAvailable
from ....landscapes.field import Field
from ....landscapes.formulas.language import exact
from ....landscapes.landscape import Landscape
from ..assignments import field_sum
from .interpretation import Number
from .sde import SDE


@dataclass(frozen=True, kw_only=True)
class AType(SDE):
    """The A-type SDE of a landscape, after P. Ao.

        dx = [b + (1/beta) div(D + Q)] dt + sqrt(2/beta) B dW,    b = -(D + Q) grad Phi   (Ito)

    with the row divergence (div M)_i = sum_j d_j M_ij.  It is the zero-mass limit of

        dx = v dt,    m dv = -[(D + Q)^-1 v + grad Phi] dt + sqrt(2/beta) (D + Q)^-1 B dW,

    and keeps exp(-beta Phi) at every beta, whatever D and Q.  A circulation given as a current J
    (b = -D grad Phi + J exp(beta Phi)) needs div D only.

    Parameters
    ----------
    beta, dt, scheme, noise, alpha
        As for `Ito`.

    Raises
    ------
    TypeError, ValueError
        As for `Ito`.
    NotAvailable
        In `step`: the landscape does not determine Phi, D and Q (it was made by `from_loss` or
        `from_drift`).

    References
    ----------
    P. Ao, J. Phys. A 37 (2004) L25; R.-S. Yuan and P. Ao, J. Stat. Mech. (2012) P07010.

    Examples
    --------
    >>> from driftscape.landscapes import Landscape
    >>> field = Landscape.from_potential("x**2/2 + y**2/2", coordinates="x y", curl="x*y")
    >>> AType(beta=2, dt=0.1).ito_drift(field, 2).expression
    [x*y**2 - 3*x/2, -x**2*y - y/2]
    """

    run_time: ClassVar[tuple[str, ...]] = ("beta", "dt", "alpha")

    def ito_drift(self, landscape: Landscape, beta: Number) -> Field:
        try:
            spurious = landscape.spurious_drift
        except NotAvailable as problem:
            raise NotAvailable(
                f"{problem}  AType needs Phi, D and Q: make the landscape with "
                "Landscape.from_potential(..., diffusion=, curl=), or use Ito."
            ) from None
        return field_sum(landscape.drift(beta), 1 / exact(beta), spurious, "A-type drift")
