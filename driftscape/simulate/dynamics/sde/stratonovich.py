"""Stratonovich stochastic differential equations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import sympy as sp

from ....landscapes.field import Field
from ....landscapes.landscape import Landscape
from .interpretation import Number, drift_at_fraction
from .sde import SDE


@dataclass(frozen=True, kw_only=True)
class Stratonovich(SDE):
    """The Stratonovich SDE of a landscape: the limit of noise of short memory.

        dx = b(x) dt + sqrt(2/beta) B(x) o dW       integrand in the middle of each step
           = [b + (1/beta) sum_k (B_k . grad) B_k] dt + sqrt(2/beta) B dW      (Ito)

    It depends on the noise factor B and not only on D = B B^T: the one used is
    `landscape.noise_factor`; give your own with `Landscape.from_drift(..., noise_factor=)`.  In
    general it does not keep exp(-beta Phi).  Its default scheme is Heun's, which needs no
    derivative of B.

    Parameters
    ----------
    beta, dt, scheme, noise, alpha
        As for `Ito`; the default scheme is "heun".

    Raises
    ------
    TypeError, ValueError
        As for `Ito`.

    References
    ----------
    R. Stratonovich, SIAM J. Control 4 (1966) 362.

    Examples
    --------
    >>> from driftscape.landscapes import Landscape
    >>> brown = Landscape.from_drift("0", coordinates="x", noise_factor=["x"])
    >>> Stratonovich(beta=2, dt=0.1).ito_drift(brown, 2).expression
    [x/2]
    """

    run_time: ClassVar[tuple[str, ...]] = ("beta", "dt", "alpha")

    scheme: str = "heun"

    def ito_drift(self, landscape: Landscape, beta: Number) -> Field:
        return drift_at_fraction(landscape, beta, sp.S.Half)

    def stratonovich_drift(self, landscape: Landscape, beta: Number) -> Field:
        return landscape.drift(beta)
