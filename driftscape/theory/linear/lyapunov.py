r"""Stationary covariances: Lyapunov's equation, also with noise that grows with the state.

    F S + S F^T - c F S F^T - P(S) = N,      c = 1 for a map, 0 for a flow

P is linear, symmetric and positive: P(s s^T) is the part of the noise's covariance that is
quadratic in the state, at s.  Without P, Cayley's transform B = 1 - c F/2 turns the equation of a
map into that of a flow,

    G S + S G^T = B^-1 N B^-T,      G = B^-1 F,

which is solved in O(d^3) and loses nothing where F is small.  With P that solution preconditions
GMRES: no matrix of size d^2 x d^2 is needed.  Every solution is inserted into the equation and
corrected; the size of the correction is the stated error.

References: P. Benner and T. Damm, SIAM J. Control Optim. 49 (2011) 686 (the generalised equation);
T. Damm, Rational Matrix Equations in Stochastic Control (2004), theorem 3.6.1 (stable in the mean
square if and only if the solution for N = 1 is positive, which is the test here).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...typing import Float

Coupling = Callable[[Float], Float]

_RESIDUAL = 1e-9  # largest residual, relative to the terms of the equation
_CORRECTIONS = 2  # of a solution by its residual
_KRYLOV, _RESTARTS = 200, 5


@dataclass(frozen=True)
class Lyapunov:
    """The left side of the equation: F, `map` true for c = 1, and P (None where there is none)."""

    F: Float
    map: bool
    coupling: Coupling | None = None

    def apply(self, S: Float) -> Float:
        """Return the left side at S."""
        FS = self.F @ S
        left = FS + FS.T - (FS @ self.F.T if self.map else 0)
        return np.asarray(left if self.coupling is None else left - self.coupling(S))

    def solve(self, N: Float) -> tuple[Float, Float]:
        """Return S and the size of its error, entry by entry.

        Raises
        ------
        ArithmeticError
            The solution does not satisfy the equation: it is singular, or nearly so.
        """
        invert = self._plain if self.coupling is None else self._coupled
        S = change = invert(N)
        for _ in range(_CORRECTIONS):
            change = invert(N - self.apply(S))
            S = S + change
        rest = np.abs(N - self.apply(S)).max()
        scale = np.abs(N).max() + np.abs(self.F).max() * np.abs(S).max()
        if not rest <= _RESIDUAL * scale:
            raise ArithmeticError(f"a residual of {rest:.2g} beside terms of {scale:.2g}")
        return S, np.abs(change) + 4 * np.finfo(float).eps * np.abs(S)

    def _plain(self, N: Float) -> Float:
        """Solve without P."""
        from scipy.linalg import solve_continuous_lyapunov

        B = np.eye(len(self.F)) - (self.F / 2 if self.map else 0)
        half = np.linalg.solve(B, N)
        S = solve_continuous_lyapunov(np.linalg.solve(B, self.F), np.linalg.solve(B, half.T))
        return np.asarray((S + S.T) / 2, dtype=float)

    def _coupled(self, N: Float) -> Float:
        from scipy.sparse.linalg import LinearOperator, gmres

        assert self.coupling is not None
        coupling, shape = self.coupling, N.shape

        def without(vector: Float) -> Float:
            S = vector.reshape(shape)
            return np.asarray((S - self._plain(coupling((S + S.T) / 2))).ravel())

        operator = LinearOperator((N.size, N.size), matvec=without, dtype=float)
        right = self._plain(N).ravel()
        size = min(N.size, _KRYLOV)
        found, _ = gmres(operator, right, rtol=1e-13, atol=0.0, restart=size, maxiter=_RESTARTS)
        S = found.reshape(shape)
        return np.asarray((S + S.T) / 2)
