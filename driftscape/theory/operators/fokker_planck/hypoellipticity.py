r"""Hoermander's condition at the minima: without it the steady state has no density.

Written with Stratonovich's drift, dx = A_0 dt + sqrt(2/beta) sum_k B_k o dW_k, paths from a point p
stay on a manifold whose tangent space at p is spanned by A_0, the B_k and all their brackets
[X, Y] = (X . grad) Y - (Y . grad) X (H. Sussmann, Trans. Amer. Math. Soc. 180 (1973) 171).  Where
that is not the whole space a stationary law lives on a curve or a point: it has no density, and
a grid converges to nothing.  Where it is, and A_0 is not needed for it, the density is smooth
(L. Hoermander, Acta Math. 119 (1967) 147).
"""

from __future__ import annotations

import itertools
import math

import numpy as np
import sympy as sp

from ....landscapes import Landscape
from ....landscapes.formulas.calculus import derivative
from ....typing import Float
from ..errors import NoSteadyState
from .coefficients import Coefficients

Polynomial = dict[tuple[int, ...], float]

_SAMPLE_DISTANCE = 0.1  # from a minimum, in units of length, where the size of D is read
_ZERO = 1e-10  # of that size: entries that are rounding
_PARALLEL = 1e-6  # singular value of unit vectors, below which they are linearly dependent
_DEPTH = 3  # of nested brackets


def check_density(
    landscape: Landscape, coefficients: Coefficients, minima: list[list[float]]
) -> None:
    """Refuse a landscape whose steady state at one of its minima lives on less than a volume.

    Raises
    ------
    NoSteadyState
        No density.
    """
    for point in np.array(minima, float).reshape(-1, landscape.dim):
        around = point + _SAMPLE_DISTANCE * np.concatenate(
            [np.eye(len(point)), -np.eye(len(point))]
        )
        try:
            size = float(np.abs(coefficients.diffusion(around)).max())
            D, b = (f(point[None])[0] for f in (coefficients.diffusion, coefficients.drift))
        except ValueError:
            continue  # not a number there: whatever evaluates it there refuses it
        if np.linalg.eigvalsh(D)[0] > _ZERO * size:
            continue
        still = bool(np.abs(D).max() <= _ZERO * size and np.abs(b).max() <= _ZERO * size)
        rank = 0 if still else _rank(landscape, coefficients, point)
        if rank < len(point):
            position = ", ".join(f"{n} = {x:.4g}" for n, x in zip(landscape.coordinates, point,
                                                              strict=True))  # fmt: skip
            where = ("the point itself", "a curve through it", "a surface through it")[rank]
            raise NoSteadyState(
                f"noise and drift of {landscape.name} at its minimum {position} do not leave "
                f"{where}, and a law on that has no density.  Add noise in every direction, follow "
                "trajectories (simulate.run), or write the motion on it as a landscape of "
                "fewer coordinates."
            )


def _rank(landscape: Landscape, coefficients: Coefficients, point: Float) -> int:
    """Return the dimension that drift, noise and their brackets span; full where not known."""
    drift, factor = coefficients.ito_drift, landscape.noise_factor
    if any(field.assignments or field.tables for field in (drift, factor)):
        return len(point)
    values = {**drift.parameters, **factor.parameters}
    columns = [factor.matrix[:, k].subs(values) for k in range(factor.matrix.cols)]
    ahead = drift.matrix.subs(values)
    x = list(drift.symbols)
    for column in columns:  # A_0 = b - (1/beta) sum_k (B_k . grad) B_k
        along = [sum(f * derivative(e, s) for f, s in zip(column, x, strict=True)) for e in column]
        ahead -= sp.Matrix(along) / coefficients.beta
    first = [[taylor(e, x, point, _DEPTH) for e in field] for field in (ahead, *columns)]
    found, last = list(first), first
    for _ in range(_DEPTH):
        last = [_bracket(f, g) for f, g in itertools.product(first, last)]
        found += last
    return _rank_of(np.array([[e.get((0,) * len(x), 0.0) for e in field] for field in found]))


def taylor(expression: sp.Expr, x: list[sp.Symbol], point: Float, degree: int) -> Polynomial:
    """Return the coefficients of the Taylor polynomial at a point, power of each x -> number.

    Examples
    --------
    >>> x = sp.Symbol("x")
    >>> taylor(1 / (1 - x), [x], np.zeros(1), 2)
    {(0,): 1.0, (1,): 1.0, (2,): 1.0}
    """
    at = dict(zip(x, map(float, point), strict=True))
    level, out = {(0,) * len(x): sp.sympify(expression)}, {}
    for _ in range(degree + 1):
        higher: dict[tuple[int, ...], sp.Expr] = {}
        for powers, e in level.items():
            if e != 0:
                size = math.prod(map(math.factorial, powers))
                out[powers] = float(e.subs(at)) / size
                for k, s in enumerate(x):
                    up = (*powers[:k], powers[k] + 1, *powers[k + 1 :])
                    if up not in higher:
                        higher[up] = derivative(e, s)
        level = higher
    return out


def _bracket(f: list[Polynomial], g: list[Polynomial]) -> list[Polynomial]:
    """(f . grad) g - (g . grad) f."""
    out: list[Polynomial] = []
    axes = range(len(f))
    for mine, other in zip(f, g, strict=True):
        total: Polynomial = {}
        for sign, by, of in ((1, f, other), (-1, g, mine)):
            for k, factor in enumerate(by):
                for (p, a), (q, b) in itertools.product(factor.items(), of.items()):
                    if q[k]:
                        powers = tuple(i + j - (n == k) for n, i, j in zip(axes, p, q, strict=True))
                        total[powers] = total.get(powers, 0.0) + sign * a * b * q[k]
        out.append({p: c for p, c in total.items() if sum(p) < _DEPTH})
    return out


def _rank_of(vectors: Float) -> int:
    length = np.linalg.norm(vectors, axis=1)
    kept = vectors[length > _ZERO * length.max(initial=0.0)]
    if not len(kept):
        return 0
    unit = kept / np.linalg.norm(kept, axis=1, keepdims=True)
    return int((np.linalg.svd(unit, compute_uv=False) > _PARALLEL).sum())
