"""The slow part of the spectrum: decay rates and angular frequencies of a relaxing density."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator, eigs

from ....typing import Float
from ..errors import NegativeMass, callers
from .generator import Generator
from .linear_solver import Factors, Numbers
from .region import AbsorbingGenerator

_DENSE = 300  # cells up to which all eigenvalues are found at once
_EXTRA = 8  # eigenvalues computed beyond those wanted


def slowest_rates(
    generator: Generator, k: int, near: complex, steady: tuple[Factors, float, Float] | None
) -> NDArray[np.complex128]:
    """Return the k slowest eigenvalues of minus the generator near `near`, the steady one left out.

    `steady` holds factors of (forward - shift), the shift and the stationary masses: with them
    the steady state is projected out.
    """
    forward, size = generator.forward, generator.grid.size
    count = min(k + (_EXTRA if near == 0 else 2), size - 2)
    if size <= _DENSE:
        values = -np.linalg.eigvals(forward.toarray())
        if steady is not None:
            values = np.delete(values, np.argmin(np.abs(values)))
    elif near == 0 and steady is not None:
        factors, shift, mass = steady

        def inverse(v: Float) -> Float:
            v = v - mass * v.sum()
            found = factors.solve(v)
            return np.asarray(found - mass * found.sum())

        values = -(shift + 1 / _largest(inverse, size, count, float))
    else:
        real = bool(np.imag(near) == 0)
        around = near.real if real else near
        matrix = forward + around * sparse.identity(size)
        solver = Factors(matrix, generator.order)
        values = around - 1 / _largest(solver.solve, size, count, float if real else complex)
        if steady is not None:
            values = np.delete(values, np.flatnonzero(np.abs(values) < 1e-9 * abs(near)))
    values = np.asarray(values, complex)
    if values.real.min() < -1e-9 * np.abs(values).max():
        warnings.warn(
            f"a mode grows, at the rate {-values.real.min():.3g}: where the noise has a direction "
            "oblique to the axes the grid may be unstable near its sides.  Take a wider or a "
            "smaller box=, or another shape=.",
            NegativeMass,
            stacklevel=callers(),
        )
    return sorted_rates(values, near)[:k]


def sorted_rates(values: NDArray[np.complex128], near: complex) -> NDArray[np.complex128]:
    """Return rates by their real parts, the positive turning first, or by their distance."""
    if near == 0:
        return values[np.lexsort((-values.imag, values.real))]
    return values[np.argsort(np.abs(values - near))]


def _largest(
    inverse: Callable[[Numbers], Numbers], size: int, count: int, kind: type
) -> NDArray[np.complex128]:
    operator = LinearOperator((size, size), matvec=inverse, dtype=kind)
    start = 1 + np.cos(np.arange(size, dtype=float))  # fixed, so that every call gives the same
    values: NDArray[np.complex128] = eigs(
        operator, count, v0=start.astype(kind), return_eigenvectors=False
    )
    return values


def slowest_loss(absorbing: AbsorbingGenerator) -> tuple[float, Float]:
    """Return the rate of the quasi-stationary law and its masses in the cells outside targets."""
    size = len(absorbing.free)
    if size <= _DENSE:
        values, vectors = np.linalg.eig(absorbing.forward.toarray())
        values = values.astype(complex)
        best = int(np.argmax(values.real))
        rate, vector = -values[best].real, vectors[:, best].real
    else:
        operator = LinearOperator((size, size), matvec=absorbing.factors.solve, dtype=float)
        start = np.ones(size)
        values, vectors = eigs(operator, 2, v0=start)
        best = int(np.argmax(-values.real))
        rate, vector = -1 / values[best].real, vectors[:, best].real
    return float(rate), vector / vector.sum()
