r"""The steady state of the linear equation near a fixed point (Chaudhari and Soatto, Lemma 20).

Near x* the drift is -F (x - x*), and the noise sqrt(2 D/beta) dW.  There is one skew Q with

    F Q + Q F^T = F D - D F^T,        U = (D + Q)^-1 F  symmetric,

so that F = (D + Q) U: the flow falls in Phi = (x - x*) U (x - x*)/2 and turns with -Q U.  Where U
is positive definite, exp(-beta Phi) is the steady state, of covariance U^-1/beta.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ...landscapes.checks import check_landscape
from ...landscapes.landscape import Landscape
from ...typing import Float
from ..fixed_points import DriftFlow
from ..points import Point, float_point

_LARGEST_DRIFT = 1e-6  # at a fixed point, relative to 1 + the largest rate
_SINGULAR = 1e-10  # relative size below which a sum of rates or D + Q counts as singular


@dataclass(frozen=True)
class Linearisation:
    """Drift and noise near a fixed point, the result of `linearise`.

    Attributes
    ----------
    coordinates
        Names.
    at
        The fixed point x*, shape (d,).
    rates
        F = -db/dx, shape (d, d), per unit of time.
    diffusion, curl, hessian
        D, Q and U = (D + Q)^-1 F, the Hessian of Phi, shape (d, d).
    """

    coordinates: tuple[str, ...]
    at: Float
    rates: Float
    diffusion: Float
    curl: Float
    hessian: Float

    @property
    def stable(self) -> bool:
        """Whether U is positive definite; only then is there a steady state nearby."""
        return bool((np.linalg.eigvalsh(self.hessian) > 0).all())

    def covariance(self, beta: float) -> Float:
        """Return U^-1/beta, the solution of F S + S F^T = 2 D/beta, shape (d, d).

        Raises
        ------
        ValueError
            The point is not stable.
        """
        if not self.stable:
            curvatures = np.linalg.eigvalsh(self.hessian).round(6).tolist()
            raise ValueError(
                f"Phi has curvatures {curvatures} here: not a minimum, so that there is "
                "no steady state nearby."
            )
        return np.asarray(np.linalg.inv(self.hessian) / beta)

    @property
    def turning(self) -> Float:
        """Angular velocities of the stationary current, from the eigenvalues of -Q U, >= 0."""
        values = np.linalg.eigvals(-self.curl @ self.hessian)
        return np.asarray(np.sort(values.imag[values.imag >= 0]))

    def potential(self, points: ArrayLike) -> Float:
        """Return Phi - Phi(x*) at points of shape (..., d)."""
        x = np.asarray(points, dtype=float) - self.at
        return np.asarray(0.5 * np.einsum("...i,ij,...j->...", x, self.hessian, x))

    def __str__(self) -> str:
        point = ", ".join(f"{c} = {v:.6g}" for c, v in zip(self.coordinates, self.at, strict=True))
        curvatures = ", ".join(f"{v:.6g}" for v in np.linalg.eigvalsh(self.hessian))
        turning = ", ".join(f"{v:.6g}" for v in self.turning)
        kind = "minimum" if self.stable else "not a minimum"
        return f"at {point}: {kind} of Phi, curvatures {curvatures}; current turns at {turning}"


def linearise(
    landscape: Landscape,
    *,
    at: Point,
    beta: float | None = None,
) -> Linearisation:
    """Split the linear drift near a fixed point: F = (D + Q) U, with U symmetric and Q skew.

    Parameters
    ----------
    landscape
        Any that has a drift and a diffusion matrix.
    at
        The fixed point: a minimum, a saddle or any other (see `fixed_points`).
    beta
        Inverse temperature of the drift, where it depends on it.

    Returns
    -------
    Linearisation
        `rates`, `diffusion`, `curl` and `hessian`; it is exact for the linear equation.

    Raises
    ------
    ValueError
        The drift does not vanish there; two of its rates add up to zero, so that Q is not unique;
        or D + Q is singular: noise does not reach every direction.

    References
    ----------
    P. Chaudhari, S. Soatto, ICLR (2018), Lemma 20; C. Kwon, P. Ao, D. Thouless, PNAS 102 (2005)
    13029.

    Examples
    --------
    >>> from driftscape import landscapes
    >>> print(linearise(landscapes.double_well(rotation=0), at=(1, 0), beta=1))
    at x1 = 1, x2 = 0: minimum of Phi, curvatures 1, 2; current turns at 0, 0
    """
    check_landscape(landscape)
    from scipy.linalg import solve_sylvester

    x = float_point(landscape, at)
    flow = DriftFlow(landscape, beta)
    drift, F = flow(x), -flow.jacobian(x)
    if np.abs(drift).max() > _LARGEST_DRIFT * (1 + np.abs(F).max()):
        raise ValueError(
            f"the drift at {x.tolist()} is {drift.round(6).tolist()}: not a fixed point; "
            "theory.fixed_points finds them."
        )
    D = landscape.diffusion(x)
    values = np.linalg.eigvals(F)
    pairs = values[:, None] + values[None, :]
    if np.abs(pairs).min() < _SINGULAR * np.abs(values).max():
        raise ValueError(
            f"two of the rates {values.round(6).tolist()} add up to zero: Q is not unique "
            "there (Lemma 20 does not apply)."
        )
    Q = solve_sylvester(F, F.T, F @ D - D @ F.T)
    Q = 0.5 * (Q - Q.T)
    if np.linalg.cond(D + Q) > 1 / _SINGULAR:
        raise ValueError(
            f"D + Q is singular at {x.tolist()}: the noise does not reach every direction, and "
            "Phi is infinite off the others."
        )
    U = np.linalg.solve(D + Q, F)
    return Linearisation(tuple(landscape.coordinates), x, F, D, Q, 0.5 * (U + U.T))
