"""Stationary law, spectrum and linear equations of a kernel.

Small kernels are factored; large ones are only multiplied with vectors (Arnoldi, GMRES), which is
fast where a chain mixes fast.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg as linalg
import scipy.sparse as sparse
from numpy.typing import NDArray
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigs, gmres, splu

from ....typing import Float
from ..errors import NoSteadyState
from ..grid import Matrix

_MOST_FILLED = 0.02  # share of entries, up to which sparse factors are used
_MOST_FACTORED = 2100  # cells, up to which dense factors are used
_MOST_INVERTED = 600  # cells, up to which the stationary law comes from inverse iteration
_SHIFT = 1e-11  # of the eigenvalue 1 in inverse iteration
_MOST_DENSE = 300  # cells, up to which all eigenvalues are computed
_RESTARTS = 200  # of Arnoldi's iteration
_STEPS = 50  # of the chain, over which its memory is measured
_EXTRA = 6  # eigenvalues computed beyond those wanted
_TOLERANCE = 1e-13  # relative, of iterations
_KRYLOV = 300  # dimension of the Krylov space of GMRES
_ROUGH_TOLERANCE = 1e-6  # relative, where the solution only estimates an error
_SAME_LAW = 1e-9  # distance of masses from two starts, up to which they are one law


def leading(matrix: Matrix) -> tuple[float, Float]:
    """Return the largest eigenvalue and its left vector, the masses of the (quasi-)stationary law.

    Raises
    ------
    NoSteadyState
        There are two of them.
    ValueError
        Arnoldi's iteration does not settle.
    """
    # two starts: where the law is not unique they end differently
    size = matrix.shape[0]
    starts = 1 + 0.9 * np.cos(np.arange(size)), np.linspace(0, 2, size) ** 3
    found = (
        _inverse_iteration(matrix, starts) if size <= _MOST_INVERTED else _arnoldi(matrix, starts)
    )
    mass = _the_same(found, "the stationary law")
    return float((mass @ matrix).sum()), mass


def slowest(matrix: Matrix) -> Float:
    """Return the masses that change least by a step of a chain that ends, of sum 1.

    Raises
    ------
    NoSteadyState
        There are two of them.
    ValueError
        Arnoldi's iteration does not settle.
    """
    size = matrix.shape[0]  # the eigenvalue is not known: there is no shift to invert
    found = _arnoldi(matrix, (1 + 0.9 * np.cos(np.arange(size)), np.linspace(0, 2, size) ** 3))
    return _the_same(found, "the quasi-stationary law")


def _the_same(found: list[Float], what: str) -> Float:
    if not np.abs(found[0] - found[1]).sum() < _SAME_LAW:
        raise NoSteadyState(
            f"{what} is not unique: parts of the box exchange no mass, or so rarely "
            "that double precision does not resolve it (bounded samples that cannot carry a step "
            "over a barrier).  Take a box= around one of them, or a larger learning_rate."
        )
    return found[0]


def _inverse_iteration(matrix: Matrix, starts: tuple[Float, Float]) -> list[Float]:
    factors = linalg.lu_factor(
        matrix.toarray().T - (1 + _SHIFT) * np.eye(len(starts[0])), check_finite=False
    )
    found = []
    for mass in starts:
        for _ in range(40):
            new = linalg.lu_solve(factors, mass, check_finite=False)
            new /= new.sum()
            change, mass = float(np.abs(new - mass).sum()), new
            if not change > _TOLERANCE:
                break
        found.append(mass)
    return found


def _arnoldi(matrix: Matrix, starts: tuple[Float, Float]) -> list[Float]:
    found = []
    for start in starts:
        values, vectors = _largest(matrix.T, 3, 1, start)
        mass = vectors[:, int(np.argmax(values.real))].real
        found.append(mass / mass.sum())
    return found


def multipliers(matrix: Matrix, k: int) -> NDArray[np.complex128]:
    """Return the k eigenvalues largest in modulus, in falling order, positive phase first."""
    if matrix.shape[0] <= max(_MOST_DENSE, k + 8):
        values = np.linalg.eigvals(matrix.toarray())
    else:
        try:
            values = _largest(matrix, k + _EXTRA, k + _EXTRA)[0]
        except ValueError:
            if matrix.shape[0] > _MOST_FACTORED // 2:
                raise
            values = np.linalg.eigvals(matrix.toarray())
    values = np.asarray(values, complex)
    # moduli that differ by rounding belong to a pair
    order = np.lexsort((-values.imag, -np.round(np.abs(values), 10)))
    return values[order][:k]


def memory(matrix: Matrix, mass: Float) -> float:
    """Return roughly for how many steps a deviation from the stationary masses lasts."""
    rest = np.linspace(0, 2, len(mass))
    sizes = []
    for _ in range(2):
        for _ in range(_STEPS):
            rest = rest - mass * rest.sum()
            rest = rest @ matrix
        sizes.append(float(np.abs(rest).sum()))
    if not sizes[0] > 0:
        return 1.0
    return float(1 / (1 - min((sizes[1] / sizes[0]) ** (1 / _STEPS), 0.9999)))


def potential(matrix: Matrix, mass: Float, values: Float) -> Float:
    """Return the sum over all steps of E f - its stationary mean, from each node: Poisson's g,

        (1 - K) g = f - mean f,        mean g = 0.

    Raises
    ------
    ValueError
        It is not found.
    """
    size, right = len(mass), values - mass @ values

    def applied(g: Float) -> Float:
        lifted: Float = g - matrix @ g + mass @ g
        return lifted

    if size <= _MOST_FACTORED:
        full = np.eye(size) - matrix.toarray() + mass
        return np.asarray(linalg.solve(full, right, check_finite=False))
    operator = LinearOperator((size, size), matvec=applied, dtype=float)
    g, _ = gmres(operator, right, rtol=_ROUGH_TOLERANCE, atol=0.0, restart=_KRYLOV, maxiter=10)
    if not np.linalg.norm(right - applied(g)) <= 10 * _ROUGH_TOLERANCE * np.linalg.norm(right):
        raise ValueError(
            "the chain mixes so slowly that Poisson's equation does not converge; take a coarser "
            "shape=, or a larger learning_rate."
        )
    return np.asarray(g)


def _largest(
    matrix: Matrix, k: int, wanted: int, start: Float | None = None
) -> tuple[NDArray[Any], NDArray[Any]]:
    if start is None:  # fixed, so that each call gives the same
        start = 1 + np.cos(np.arange(matrix.shape[0], dtype=float))
    try:
        values, vectors = eigs(matrix, min(k, matrix.shape[0] - 2), v0=start, maxiter=_RESTARTS)
    except ArpackNoConvergence as failure:
        if len(failure.eigenvalues) < wanted:
            raise ValueError(
                f"{len(failure.eigenvalues)} of {wanted} eigenvalues were found: the spectrum is "
                "crowded (where far states return at a constant speed it is continuous).  Ask "
                "for fewer, or give a coarser shape=."
            ) from failure
        values, vectors = failure.eigenvalues, failure.eigenvectors
    return values, vectors


def resolvent(matrix: Matrix, rhs: Float) -> Float:
    """Solve (1 - K) f = rhs for each column of rhs, shape (cells, columns).

    Raises
    ------
    ValueError
        1 - K is singular: from some states the chain never leaves.
    """
    size = matrix.shape[0]
    if matrix.nnz <= _MOST_FILLED * size**2 and size <= 2 * _MOST_FACTORED:
        try:
            factors = splu(sparse.eye_array(size, format="csc") - matrix.tocsc())
        except RuntimeError:  # exactly singular
            return _checked(rhs * np.nan)
        return _checked(factors.solve(rhs))
    if size <= _MOST_FACTORED:
        with np.errstate(all="ignore"):
            factors = linalg.lu_factor(np.eye(size) - matrix.toarray(), check_finite=False)
            return _checked(linalg.lu_solve(factors, rhs, check_finite=False))
    operator = LinearOperator((size, size), matvec=lambda f: f - matrix @ f, dtype=float)
    columns = []
    for column in rhs.T:
        solution, failed = gmres(
            operator, column, rtol=_TOLERANCE, atol=0.0, restart=_KRYLOV, maxiter=10
        )
        residual = np.linalg.norm(column - operator @ solution)
        columns.append(solution if residual <= 1e-8 * np.linalg.norm(column) else solution * np.nan)
    return _checked(np.stack(columns, axis=1))


def _checked(solution: Float) -> Float:
    if not np.isfinite(solution).all() or np.abs(solution).max() > 1e14:
        raise ValueError(
            "the chain does not reach the target from all of the box, or so rarely that double "
            "precision does not resolve it; take a wider target, a smaller box=, or stronger noise."
        )
    return solution
