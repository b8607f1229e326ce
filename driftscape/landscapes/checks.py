"""Numerical validation of formulas: zero, symmetric, positive semidefinite.

Symbolic simplification can take minutes even for a short expression, so identities are decided at
test points of the domain.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import sympy as sp

from ..typing import Float
from ..validate import check_kind, check_positive
from .errors import FormulaError
from .landscape import Landscape


def check_landscape(landscape: object) -> Landscape:
    """Return the argument `landscape`; raise a `TypeError` that names it if it is none."""
    return check_kind("landscape", landscape, Landscape, "a Landscape, landscapes.archimedes()")


def check_beta(beta: object) -> None:
    """Raise an error unless beta is None, a positive number, or a formula of symbols."""
    if beta is not None and not (isinstance(beta, sp.Expr) and not beta.is_number):
        check_positive("beta", beta)


def probes(landscape: Landscape, count: int = 64) -> Float:
    """Return test points, shape (count, d): on the domain, or around the start."""
    rng = np.random.default_rng(0)
    start = np.array([float(s) for s in landscape.start])
    points: Float = start + 1.5 * rng.standard_normal((count, landscape.dim))
    for i, name in enumerate(landscape.coordinates):
        if landscape.domain and name in landscape.domain:
            low, high = landscape.domain[name]
            points[:, i] = rng.uniform(low, high, count)
            points[0, i], points[1, i] = low, high
    return points


def nonzero_at(landscape: Landscape, terms: Iterable[sp.Expr]) -> tuple[list[float], float] | None:
    """Return a test point where the sum of the terms is not zero, and the sum; else None."""
    terms = list(terms)
    if sp.Add(*terms) == 0:
        return None
    points = probes(landscape)
    with np.errstate(all="ignore"):
        parts = np.moveaxis(landscape.field("terms", sp.Matrix(terms))(points), -1, 0)
    total = np.where(np.isfinite(parts).all(axis=0), parts.sum(axis=0), 0.0)
    scale = np.abs(np.where(np.isfinite(parts), parts, 0.0)).sum(axis=0)
    worst = int(np.argmax(np.abs(total) - 1e-10 * scale))
    if abs(total[worst]) <= 1e-10 * scale[worst] + 1e-300:
        return None
    return np.round(points[worst], 3).tolist(), float(total[worst])


def check_positive_semidefinite(landscape: Landscape, matrix: sp.Matrix) -> None:
    """Check that D is symmetric and has no negative eigenvalue at any test point.

    Raises
    ------
    FormulaError
        D fails the check.
    """
    for a, b in zip(matrix, matrix.T, strict=True):
        if nonzero_at(landscape, (a, -b)) is not None:
            raise FormulaError(f"diffusion={matrix.tolist()} is not symmetric.")
    points = probes(landscape)
    with np.errstate(all="ignore"):
        values = landscape.field("diffusion", matrix, matrix=True)(points)
    finite = np.asarray(np.isfinite(values).all(axis=(1, 2)))
    lowest = np.where(
        finite, np.linalg.eigvalsh(np.where(finite[:, None, None], values, 0.0))[:, 0], -np.inf
    )
    scale = np.where(finite, np.abs(values).max(axis=(1, 2)), 1.0)
    worst = int(np.argmin(lowest / scale.clip(min=1e-300)))
    if lowest[worst] < -1e-12 * scale[worst]:
        what = f"eigenvalue {lowest[worst]:.3g}" if finite[worst] else "not finite"
        raise FormulaError(
            f"diffusion={matrix.tolist()} is not positive semidefinite: {what} at "
            f"{np.round(points[worst], 3).tolist()}.  If the process cannot reach that point, "
            "declare domain={'coordinate': (low, high), ...}."
        )


def has_current(landscape: Landscape) -> bool:
    """Return whether a landscape has a current J that is not zero at its parameters' values."""
    if landscape.kind != "potential" or landscape.formulas["current"] is None:
        return False
    return any(e.xreplace(landscape.parameter_symbols) for e in landscape.current.entries)
