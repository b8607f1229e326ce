r"""Hamilton's equations of the most probable path, for D of any rank: no inverse of D is needed.

Paths of dx = b dt + sqrt(2 D/beta) dW have probability ~ exp(-beta S).  With D = B B^T,

    S = (1/4) int |u|^2 dt  over  dx/dt = b + B u,            u = 2 B^T p
    H = <b, p> + <p, D p> = 0,    dx/dt = b + 2 D p,    dp/dt = -(grad b)^T p - <p, grad D p>
    S = int <p, D p> dt = int <p, dx>

Where b = -D grad Phi the escape path has p = grad Phi, and S is the difference of Phi.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sympy as sp

from ....landscapes.field import Field
from ....landscapes.formulas.calculus import derivative
from ....landscapes.landscape import Landscape
from ....typing import Float


@dataclass(frozen=True)
class Hamiltonian:
    """b, D and their derivatives as functions of points."""

    drift: Field
    diffusion: Field
    drift_slope: Field  # [i, j] = d_j b_i
    diffusion_slope: Field | None  # [i, j, k] = d_k D_ij; None where D is constant

    @classmethod
    def of(cls, landscape: Landscape) -> Hamiltonian:
        """Return b and D of a landscape and their derivatives.

        Raises
        ------
        ValueError
            The drift depends on beta.
        """
        try:
            drift = landscape.drift()
        except ValueError as reason:
            raise ValueError(
                f"{reason.args[0]}  Such a drift has no limit for beta -> infinity; if the current "
                "is transverse, give it as curl=."
            ) from None
        diffusion, symbols, d = landscape.diffusion, landscape.symbols, landscape.dim
        slope = sp.Array([derivative(e, s) for e in _plain(drift) for s in symbols], (d, d))
        entries = [derivative(e, s) for e in _plain(diffusion) for s in symbols]
        state_dependent = any(e != 0 for e in entries)
        return cls(
            drift,
            diffusion,
            landscape.field("slope of the drift", slope, tables=drift.tables),
            landscape.field(
                "slope of D", sp.Array(entries, (d, d, d)), tables=diffusion.tables
            ) if state_dependent else None,
        )  # fmt: skip

    def value(self, x: Float, p: Float) -> Float:
        """Return H at points and momenta, shapes (..., d) -> (...)."""
        return np.asarray((self.drift(x) * p).sum(-1) + self.cost(x, p))

    def cost(self, x: Float, p: Float) -> Float:
        """Return <p, D p>, the growth rate of the action, shape (...)."""
        return np.asarray(np.einsum("...i,...ij,...j->...", p, self.diffusion(x), p))

    def velocity(self, x: Float, p: Float, extra: float = 0.0) -> tuple[Float, Float]:
        """Return dx/dt and dp/dt; `extra` is added to the diagonal of D."""
        dx = self.drift(x) + 2 * np.einsum("...ij,...j->...i", self.diffusion(x), p)
        dp = -np.einsum("...ij,...i->...j", self.drift_slope(x), p)
        if self.diffusion_slope is not None:
            dp -= np.einsum("...i,...ijk,...j->...k", p, self.diffusion_slope(x), p)
        return dx + 2 * extra * p, dp


def _plain(field: Field) -> tuple[sp.Expr, ...]:
    """Return the entries with their assignments substituted."""
    entries = list(field.entries)
    for symbol, expression in reversed(field.assignments):
        entries = [e.xreplace({symbol: expression}) for e in entries]
    return tuple(entries)
