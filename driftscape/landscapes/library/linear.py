"""Linear drift with constant noise, and its circulation in closed form."""

from __future__ import annotations

import numpy as np
import sympy as sp

from ...validate import shown
from ..errors import FormulaError
from ..facts import Facts, FixedPoint, StationaryMoment, Tensors
from ..formulas.language import MatrixLike
from ..formulas.parse import parse_expression
from ..landscape import Landscape

_MAX_DIM = 8  # of exact matrix algebra


def linear(
    F: MatrixLike = ((1, 0), (0, 3)),
    D: MatrixLike = ((1, "1/2"), ("1/2", 1)),
    *,
    name: str = "linear",
) -> Landscape:
    """Linear drift with constant noise: its circulation is known in closed form.

        dx = -F x dt + sqrt(2 D/beta) dW,      all eigenvalues of F in Re > 0

        F Q + Q F^T = F D - D F^T              a unique skew matrix Q
        U = (D + Q)^-1 F                       symmetric positive definite
        Phi = x . U x/2,                       covariance U^-1/beta

    F D = D F^T is equilibrium: Q = 0.  A genuine loss, with F symmetric, circulates too if F and D
    do not commute, as in the default.  In two dimensions q = Q_21 = (F D - D F^T)_21/tr F, the
    torque is -2 q/beta, and the current turns at the angular velocity q sqrt(det U), clockwise for
    q > 0.  Symmetry: x -> -x.

    SGD with this drift and noise has the covariance S of

        F S + S F^T - learning_rate F S F^T = learning_rate D/batch_size

    and is stable for learning_rate < 2 Re(lambda)/|lambda|^2, for all eigenvalues lambda of F.

    Parameters
    ----------
    F
        Matrix of the drift, shape (d, d) with d <= 8, of numbers; decimals are taken as exact.
        Default diag(1, 3).
    D
        Diffusion matrix of the same shape, symmetric positive semidefinite; default [[1, 1/2],
        [1/2, 1]].
    name
        Name of the landscape; default "linear".

    Returns
    -------
    Landscape
        A potential with the coordinates x1, x2, ...; Phi, Q and D are exact, and it starts at the
        origin.

    Raises
    ------
    FormulaError
        (a ValueError) F has an eigenvalue with Re <= 0, the noise does not reach every direction, a
        matrix is not square, or the shapes differ.

    References
    ----------
    C. Kwon, P. Ao and D. J. Thouless, PNAS 102 (2005) 13029; P. Chaudhari and S. Soatto (ICLR
    2018), Lemma 20.

    Examples
    --------
    >>> loss = linear([[1, 0], [0, 3]], [[1, 0.5], [0.5, 1]])
    >>> loss.curl.expression
    [[0, -1/4], [1/4, 0]]
    """
    drift, noise = _square(F, "F"), _square(D, "D")
    if drift.shape != noise.shape:
        raise FormulaError(f"F is {drift.rows} x {drift.rows}, D is {noise.rows} x {noise.rows}.")
    rates = np.linalg.eigvals(np.array(drift.tolist(), dtype=float))
    if rates.real.min() <= 0:
        raise FormulaError(
            f"F has the eigenvalues {np.round(rates, 4).tolist()}; a steady state needs all in "
            "Re > 0.  Landscape.from_drift takes any."
        )
    curl = solve_curl(drift, noise)
    if (noise + curl).det() == 0:
        raise FormulaError("D does not reach every direction through F; add noise to D.")
    curvature = (noise + curl).inv() * drift
    x = sp.Matrix(sp.symbols(f"x1:{drift.rows + 1}", real=True))
    return Landscape.from_potential(
        sp.expand((x.T * curvature * x)[0] / 2),
        coordinates=list(x),
        diffusion=noise,
        curl=None if curl.is_zero_matrix else curl,
        name=name,
        facts=_facts(drift, noise, curvature, float(np.min(2 * rates.real / np.abs(rates) ** 2))),
    )


def solve_curl(F: sp.Matrix, D: sp.Matrix) -> sp.Matrix:
    """Return the skew Q with F Q + Q F^T = F D - D F^T."""
    d = F.rows
    pairs = [(i, j) for i in range(d) for j in range(i)]
    unknown = sp.symbols(f"q0:{len(pairs)}")
    Q = sp.zeros(d, d)
    for (i, j), q in zip(pairs, unknown, strict=True):
        Q[i, j], Q[j, i] = q, -q
    equation = F * Q + Q * F.T - F * D + D * F.T
    solution = sp.solve([equation[i, j] for i, j in pairs], unknown, dict=True) if pairs else [{}]
    return Q.subs(solution[0])


def discrete_covariance(F: sp.Matrix, N: sp.Matrix, step: sp.Expr) -> sp.Matrix:
    """Return the symmetric S with F S + S F^T - step F S F^T = N, as formulas of the step."""
    d = F.rows
    S = sp.Matrix(d, d, lambda i, j: sp.Symbol(f"s{min(i, j)}_{max(i, j)}"))
    equation = F * S + S * F.T - step * F * S * F.T - N
    pairs = [(i, j) for i in range(d) for j in range(i + 1)]
    (solution,) = sp.solve([equation[p] for p in pairs], [S[p] for p in pairs], dict=True)
    return S.subs(solution).applyfunc(sp.factor)


def _facts(F: sp.Matrix, D: sp.Matrix, U: sp.Matrix, limit: float) -> Facts:
    d = F.rows
    origin = (0,) * d
    pairs = [(i, j) for i in range(d) for j in range(i + 1)]
    covariance = U.inv()
    moments = [
        StationaryMoment("ito", f"x{i + 1}*x{j + 1}", f"({covariance[i, j]})/beta")
        for i, j in pairs
    ]
    if d <= 2:  # in more dimensions the formulas are too long
        eta = sp.Symbol("learning_rate")
        discrete = discrete_covariance(F, eta * D, eta)
        moments += [
            StationaryMoment("sgd", f"x{i + 1}*x{j + 1}", f"({discrete[i, j]})/batch_size")
            for i, j in pairs
        ]
    rows = [[str(e) for e in row] for row in U.tolist()]
    return Facts(
        minima=(origin,),
        max_learning_rate=limit,
        fixed_points=(FixedPoint(origin, tuple((-F).charpoly().all_coeffs())),),
        tensors=(Tensors(at=origin, values={"hessian": rows}),),
        moments=tuple(moments),
    )


def _square(rows: MatrixLike, what: str) -> sp.Matrix:
    if isinstance(rows, (sp.MatrixBase, np.ndarray)):
        rows = rows.tolist()
    if not isinstance(rows, (list, tuple)):
        raise FormulaError(f"{what}={shown(rows)}; give a square matrix, [[1, 0], [0, 3]].")
    rows = [list(row) if isinstance(row, (list, tuple)) else [row] for row in rows]
    if not 1 <= len(rows) <= _MAX_DIM or any(len(row) != len(rows) for row in rows):
        raise FormulaError(f"{what}={shown(rows)}; give a square matrix of at most 8 x 8 numbers.")
    return sp.Matrix([[parse_expression(entry, {}) for entry in row] for row in rows])
