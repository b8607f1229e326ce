r"""What a circulation and a state-dependent D do to the prefactor of an escape time.

Steady states of dx = (b + b1/beta) dt + sqrt(2 D/beta) dW with b = -D grad Phi + l, l transverse
to grad Phi, are C exp(-beta Phi) with C not constant: along the way up, dx/dt = D grad Phi + l,

    d log C/dt = -F,    F = div l + div D . grad Phi - b1 . grad Phi

so that the escape time gains exp(int F dt).  With l = -Q grad Phi,

    Ito F = div(D + Q) . grad Phi,    isothermal F = div Q . grad Phi,    A-type F = 0.

A current J is read at one beta as l = J exp(beta Phi), which must then be transverse.
F. Bouchet, J. Reygner, Ann. Henri Poincare 17 (2016) 3499, who have b1 = 0.
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

_TRANSVERSE = 1e-9


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
        """Split the drift of a landscape with Phi; refuse a current that is not transverse."""
        symbols, d, gradient = landscape.symbols, landscape.dim, landscape.gradient.matrix
        given = landscape.formulas["current"]
        if given is None or all(j == 0 for j in landscape.current.entries):
            drift = -landscape.curl.matrix * gradient
            matrices = (*landscape.diffusion.entries, *landscape.curl.entries)
        else:
            drift = landscape.drift(beta).matrix + landscape.diffusion.matrix * gradient
            matrices = landscape.diffusion.entries
        slope = sp.Matrix(d, d, lambda i, j: derivative(drift[i], symbols[j]))
        made = cls(
            landscape,
            landscape.field("l", drift),
            landscape.field("slope of l", slope, matrix=True),
            not any(e.free_symbols & set(symbols) for e in matrices),
        )
        if given is not None:
            made.refuse_slanted(np.stack([well.at, top.at]))
        return made

    def leaving_rate(self, top: CriticalPoint) -> float:
        """The positive eigenvalue of the drift's linearisation at a saddle."""
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
        """Int F dt along the way from the minimum to the saddle.

        Raises
        ------
        ValueError
            The most likely way up from the minimum does not lead over this saddle.
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

        _, way, _ = descent_into(land, top, well, e, velocity=backward, rate=rate, along=along)
        return way.integral

    def noise(self, x: Float) -> Float:
        """D and the transverse drift's matrix, as far as it is one: what prefactors depend on."""
        matrix = self.landscape.diffusion(x)
        given = self.landscape.formulas["curl"]
        return matrix if given is None else np.asarray(matrix + self.landscape.curl(x))

    def refuse_slanted(self, points: Float) -> None:
        """Refuse a current velocity that crosses level lines of Phi somewhere near the points."""
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
                "then changes within the width of the saddle and carries probability round it, and "
                "no law of this form holds.  Give the circulation as curl=, or measure the time "
                "with simulate.first_passage."
            )
