r"""Prefactors of escape times with a circulation and a state-dependent D.

Steady states of dx = (b + b1/beta) dt + sqrt(2 D/beta) dW with b = -D grad Phi + l, l transverse to
grad Phi, are C exp(-beta Phi) with C not constant: along the escape path, dx/dt = D grad Phi + l,

    d log C/dt = -F,    F = div l + div D . grad Phi - b1 . grad Phi

so that the escape time gains the factor exp(int F dt).  With l = -Q grad Phi,

    Ito F = div(D + Q) . grad Phi,    isothermal F = div Q . grad Phi,    A-type F = 0.

A current J gives l = J exp(beta Phi) at one beta, which must then be transverse.
F. Bouchet, J. Reygner, Ann. Henri Poincare 17 (2016) 3499, for b1 = 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sympy as sp

from ...landscapes.field import Field
from ...landscapes.formulas.calculus import derivative
from ...landscapes.landscape import Landscape
from ...simulate.dynamics.sde.interpretation import factor_drift
from ...typing import Float
from .critical_point import CriticalPoint
from .descent import descent_into

INTERPRETATIONS = ("ito", "stratonovich", "isothermal", "a-type")

_TRANSVERSE = 1e-9  # largest j . grad Phi of a transverse j, relative to their sizes


@dataclass(frozen=True)
class Transverse:
    """D and the transverse drift l of a landscape, at one beta for a current."""

    landscape: Landscape
    drift: Field  # l, shape (d,)
    slope: Field  # [i, j] = d_j l_i
    constant: bool  # D and Q do not depend on the state

    @classmethod
    def of(
        cls, landscape: Landscape, beta: float, well: CriticalPoint, top: CriticalPoint
    ) -> Transverse:
        """Split the drift of a landscape with Phi into -D grad Phi and l.

        Raises
        ------
        ValueError
            The current is not transverse.
        """
        symbols, d, gradient = landscape.symbols, landscape.dim, landscape.gradient.matrix
        given = landscape.formulas["current"]
        if given is None or all(j == 0 for j in landscape.current.entries):
            drift = -landscape.curl.matrix * gradient
            matrices = (*landscape.diffusion.entries, *landscape.curl.entries)
        else:
            drift = landscape.drift(beta).matrix + landscape.diffusion.matrix * gradient
            matrices = landscape.diffusion.entries
        slope = sp.Matrix(d, d, lambda i, j: derivative(drift[i], symbols[j]))
        transverse = cls(
            landscape,
            landscape.field("l", drift),
            landscape.field("slope of l", slope, matrix=True),
            not any(e.free_symbols & set(symbols) for e in matrices),
        )
        if given is not None:
            transverse.require_transverse(np.stack([well.at, top.at]))
        return transverse

    def leaving_rate(self, top: CriticalPoint) -> float:
        """Return the positive eigenvalue of the drift's linearisation at a saddle."""
        matrix = -self.landscape.diffusion(top.at) @ top.hessian + self.slope(top.at)
        rate = float(np.linalg.eigvals(matrix).real.max())
        if rate <= 1e-12 * np.abs(matrix).max():
            raise ValueError(
                f"the drift does not leave the saddle {top.at.tolist()}: D = "
                f"{self.landscape.diffusion(top.at).tolist()} there, and neither D nor the "
                "circulation moves the state along its unstable direction."
            )
        return rate

    def log_factor(self, well: CriticalPoint, top: CriticalPoint, interpretation: str) -> float:
        """Return int F dt along the escape path from the minimum to the saddle.

        Raises
        ------
        ValueError
            The most probable path from the minimum does not lead over this saddle.
        """
        land = self.landscape
        gradient = land.gradient.matrix

        def backward(x: Float) -> Float:
            return np.asarray(-(land.diffusion(x) @ land.gradient(x) + self.drift(x)))

        matrix = -land.diffusion(top.at) @ top.hessian - self.slope(top.at)
        rates, modes = np.linalg.eig(matrix)
        first = int(np.argmax(rates.real))
        e, rate = modes[:, first].real, float(rates[first].real)
        e = e / np.linalg.norm(e)
        if self.constant or interpretation == "a-type":
            descent_into(land, top, well, e, velocity=backward, rate=rate)
            return 0.0
        force = sp.Add(*(self.slope.matrix[i, i] for i in range(land.dim)))
        if interpretation != "isothermal":
            force += (land.diffusion_divergence.matrix.T * gradient)[0]
        rows = land.field("F", force)
        extra = factor_drift(land) if interpretation == "stratonovich" else None

        def along(x: Float) -> float:
            value = float(rows(x))
            return value if extra is None else value - float(extra(x) @ land.gradient(x))

        _, path, _ = descent_into(land, top, well, e, velocity=backward, rate=rate, along=along)
        return path.integral

    def noise(self, x: Float) -> Float:
        """Return D + Q, or D where the circulation is not given as a curl Q."""
        matrix = self.landscape.diffusion(x)
        given = self.landscape.formulas["curl"]
        return matrix if given is None else np.asarray(matrix + self.landscape.curl(x))

    def require_transverse(self, points: Float) -> None:
        """Refuse a current velocity that crosses level lines of Phi near the points."""
        land = self.landscape
        noise = np.random.default_rng(0).standard_normal((64, 1, land.dim))
        spread = 0.3 * np.abs(points[-1] - points[0]).max()
        cloud = (points + spread * noise).reshape(-1, land.dim)
        velocity, gradient = self.drift(cloud), land.gradient(cloud)
        across, steepness = np.abs((velocity * gradient).sum(-1)), (gradient**2).sum(-1)
        size = np.linalg.norm(velocity, axis=-1) * np.sqrt(steepness) + steepness
        worst = int(np.argmax(across / (size + 1e-300)))
        if across[worst] > _TRANSVERSE * size[worst]:
            raise ValueError(
                f"the current of {land.name} crosses the level lines of Phi (j . grad Phi = "
                f"{across[worst]:.3g} at {cloud[worst].round(3).tolist()}): j = J exp(beta Phi) "
                "then changes within the width of the saddle and carries probability round it, "
                "and no formula of this form holds.  Give the circulation as curl=, or measure the "
                "time with simulate.first_passage."
            )
