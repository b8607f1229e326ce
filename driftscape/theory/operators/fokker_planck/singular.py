r"""An axis whose noise vanishes, or whose drift diverges, at a wall: the exact local power law.

Along such an axis the local steady state at distance r from the wall is a power,

    e(x) = exp(psi)/D,    psi' = beta b/D,    e ~ r^s,    s = lim r beta b/D - lim d ln D/d ln r,

as for the square-root diffusion dx = (a - x) dt + sqrt(2 x) dW, with s = a - 1: for a < 1 the
density diverges at 0.  A scheme with a constant density inside a cell is then of order s + 1.  Here
e is integrated over every cell (the power exactly, the remaining factor as a polynomial), and a
cell is represented by its mass-weighted centroid c_j:

    J = kappa [exp(-psi) w]_L^R / int_L^R exp(-psi) dx,        w = D rho/beta at the centroid,

which is exact for a steady flux.  kappa = 1 + O(h^2) makes it exact for the mean time T from the
wall too: with M(x) the integral of e from the wall, T' = M/(D e) and

    kappa = M_face int_L^R exp(-psi) dx / int_L^R M exp(-psi) dx.

Every function in the domain of the generator is const + const T + ... beside a wall that reflects,
so that passage times and rates are of order two.

Reference: W. Feller, Ann. Math. 54 (1951) 173 (diffusions at such walls).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import scipy.sparse as sparse

from ....typing import Float, Index
from ..errors import NoSteadyState
from ..grid import Grid, Matrix
from ..sides import Pair
from .coefficients import Coefficients
from .flux import cell_number, fit

#: distances from the wall -> drift away from it and D along the axis
Fields: TypeAlias = Callable[[Float], tuple[Float, Float]]

_NODES = 14  # of the quadrature in a part of a cell
_LEAST_EXPONENT = 1e-3  # smaller exponents are those of a regular wall
_CLOSE = 1e-6  # distance from the wall at which the exponents are read, in cells
_FARTHER = 100.0  # factor of a second such distance
_SAME_EXPONENT = 1e-2  # relative difference to that of the polynomial, up to which it is a power
_STEEP = 8.0  # change of psi across a cell, up to which polynomials are accurate

# Gauss nodes on (0, 1) and the Legendre polynomials P there: Lagrange's through the nodes are
# w_k sum_m (2m + 1) P_m(x_k) P_m
_RANKS = np.arange(_NODES)
_GAUSS = np.polynomial.legendre.leggauss(_NODES)
_X, _WEIGHTS = (_GAUSS[0] + 1) / 2, _GAUSS[1] / 2
_LEGENDRE = np.polynomial.legendre.legvander(_GAUSS[0], _NODES)
_LAGRANGE = (2 * _RANKS + 1)[:, None] * _LEGENDRE[:, :-1].T * _WEIGHTS  # [m, k]
_AT_ZERO = (-1.0) ** _RANKS @ _LAGRANGE


def _integrals() -> Float:
    """Integrals of the Lagrange polynomials from 0 to each node, [node, k]."""
    rising = (_LEGENDRE[:, 2:] - _LEGENDRE[:, :-2]) / (2 * (2 * _RANKS[1:] + 1))
    return np.column_stack([_X, rising]) @ _LAGRANGE


def _moments(s: Float) -> Float:
    """Integrals of xi^s times the Lagrange polynomials over (0, 1), shape (len(s), nodes)."""
    falling = [1 / (s + 1)]
    for m in _RANKS[:-1]:
        falling.append(falling[-1] * (s - m) / (s + m + 2))
    return np.asarray(np.stack(falling, axis=-1) @ _LAGRANGE)


_UP_TO = _integrals()


@dataclass(frozen=True, eq=False)
class SingularAxis:
    """The scheme along an axis with a singular wall.

    Attributes
    ----------
    axis
        Number of the axis.
    flux
        Through the faces inside, but for cross terms; acts on rho.
    points, weights
        Nodes in every cell, shape (cells, nodes, dim), and their shares of the cell's mass, shape
        (cells, nodes).
    """

    axis: int
    flux: Matrix
    points: Float
    weights: Float

    @classmethod
    def of(
        cls, grid: Grid, axis: int, coefficients: Coefficients, pair: Pair
    ) -> SingularAxis | None:
        """Read the exponents at both ends; None where both are regular."""
        ends = [
            side in ("reflecting", "open") and _is_singular(grid, axis, coefficients, last)
            for last, side in enumerate(pair)
        ]
        if not any(ends):
            return None
        n, lines = grid.shape[axis], grid.size // grid.shape[axis]
        cells = np.moveaxis(grid.numbers, axis, -1).reshape(lines, n)
        try:
            low, high = (
                _Half.of(grid, axis, coefficients, cells[:, ::-1] if last else cells, last)
                if singular
                else None
                for last, singular in enumerate(ends)
            )
        except _NotAPower:
            return None
        if high is None or low is None:
            half = low or high
            assert half is not None
            faces, both = half.faces, (half.x, half.weights)
        else:
            middle = n // 2
            faces = np.concatenate([low.faces[:, : middle - 1], high.faces[:, middle - 1 :]], 1)
            both = tuple(
                np.concatenate([a[:, :middle], b[:, middle:]], 1)
                for a, b in ((low.x, high.x), (low.weights, high.weights))
            )  # type: ignore[assignment]
        left, right = cells[:, :-1].ravel(), cells[:, 1:].ravel()
        numbers = np.arange(len(left))
        order = np.argsort(grid.neighbours(axis)[0], kind="stable")
        position = order[np.argsort(np.argsort(left, kind="stable"), kind="stable")]
        rows, columns = np.tile(numbers, 2), np.concatenate([left, right])
        values = np.concatenate([faces[..., 0].ravel(), faces[..., 1].ravel()])
        flux = sparse.csr_matrix((values, (position[rows], columns)), (len(left), grid.size))
        x, weights = np.empty((2, grid.size, 2 * _NODES))
        x[cells], weights[cells] = both
        points = np.repeat(grid.points[:, None], 2 * _NODES, axis=1)
        points[..., axis] = x
        return cls(axis, flux, points, weights)


def _is_singular(grid: Grid, axis: int, coefficients: Coefficients, last: int) -> bool:
    """Return whether the density is a power of the distance to an end.

    At a regular wall the exponents vanish with the distance at which they are read.
    """
    cells = grid.ends(axis)[last]
    near, far = (
        np.stack(_exponents(grid, axis, coefficients, cells, last, share))
        for share in (_CLOSE, _FARTHER * _CLOSE)
    )
    if not np.isfinite(near + far).all():
        return False  # no noise at all along some line
    return bool(((np.abs(near) > _LEAST_EXPONENT) & (np.abs(near) > np.abs(far) / 2)).any())


def _exponents(
    grid: Grid,
    axis: int,
    coefficients: Coefficients,
    cells: Index,
    last: int,
    share: float = _CLOSE,
) -> tuple[Float, Float]:
    """Return r beta b/D and d ln D/d ln r beside the wall, with b counted away from it."""
    outward, h = (1.0 if last else -1.0), grid.spacing[axis]
    near, far = (grid.shifted(cells, axis, outward * (0.5 - k * share)) for k in (1, 2))
    b = -outward * coefficients.drift(near)[:, axis] * coefficients.beta
    D, further = (coefficients.diffusion(p)[:, axis, axis] for p in (near, far))
    with np.errstate(divide="ignore", invalid="ignore"):
        return share * h * b / D, np.log2(further / D)


@dataclass(frozen=True, eq=False)
class _Half:
    """The scheme on all lines along the axis, from one wall on; arrays in the grid's direction.

    `faces`: the factors of rho left and right of each face, shape (lines, faces, 2).
    `x`, `weights`: nodes of the cells, shape (lines, cells, nodes).
    """

    faces: Float
    x: Float
    weights: Float

    @classmethod
    def of(
        cls, grid: Grid, axis: int, coefficients: Coefficients, cells: Index, last: int
    ) -> _Half:
        direction, h, beta = (-1.0 if last else 1.0), grid.spacing[axis], coefficients.beta
        wall = grid.box[axis][last]
        lines, n = cells.shape
        base = grid.points[cells]
        exponents = _exponents(grid, axis, coefficients, cells[:, 0], last)
        edges = h * np.arange(n + 1)  # distances from the wall

        def fields(r: Float) -> tuple[Float, Float]:
            """b away from the wall and D at distances, shape (lines, cells, nodes)."""
            points = np.repeat(base[:, :, None], r.shape[-1], axis=2)
            points[..., axis] = wall + direction * r
            flat = points.reshape(-1, grid.dim)
            b = direction * coefficients.drift(flat)[:, axis]
            D = coefficients.diffusion(flat)[:, axis, axis]
            return b.reshape(r.shape), D.reshape(r.shape)

        middle = np.broadcast_to(edges[:-1] + h / 2, (lines, n))
        for _ in range(2):  # cut at the centres, then at the centroids which that gives
            lower = _Piece.of(fields, edges[:-1], middle, beta, exponents)
            upper = _Piece.of(fields, middle, edges[1:], beta, None)
            # everything relative to the cut: psi there is zero
            mass = np.concatenate([
                lower.mass * np.exp(-lower.rise[..., None]), upper.mass
            ], axis=-1)  # fmt: skip
            r = np.concatenate([lower.r, upper.r], axis=-1)
            total = mass.sum(axis=-1)
            weights = mass / total[..., None]
            cut, middle = middle, (weights * r).sum(axis=-1)
        D = fields(cut[..., None])[1][..., 0]
        steep = np.abs(lower.rise) + np.abs(upper.rise) > _STEEP
        shape = np.where(steep, 1.0, total * D / h)  # mean density over that at the cut
        faces = _faces(lower, upper, cut, D, shape, fields, beta)
        x = wall + direction * r
        if last:  # back into the grid's own direction
            faces, x, weights = -faces[:, ::-1, ::-1], x[:, ::-1], weights[:, ::-1]
        return cls(faces, x, weights)


@dataclass(frozen=True, eq=False)
class _Piece:
    """A part of every cell, with its quadrature.

    `r`: distances of the nodes from the wall; `length` of the part; `psi` at the nodes from its
    beginning (beside a wall: such that it ends at `rise`); `density`: exp(psi)/D; `mass`: the
    contribution of each node to the integral of exp(psi)/D.
    """

    r: Float
    length: Float
    psi: Float
    rise: Float
    density: Float
    mass: Float

    @classmethod
    def of(
        cls, fields: Fields, start: Float, end: Float, beta: float, wall: tuple[Float, Float] | None
    ) -> _Piece:
        start, end = np.broadcast_arrays(start, end)
        length = end - start
        r = start[..., None] + length[..., None] * _X
        b, D = fields(r)
        slope = length[..., None] * beta * b / D
        psi, rise = slope @ _UP_TO.T, slope @ _WEIGHTS
        density = np.exp(psi) / D
        mass = length[..., None] * _WEIGHTS * density
        if wall is not None:
            alpha, power = wall
            at_zero = (_X * slope[:, 0]) @ _AT_ZERO  # of the polynomial through the nodes
            if (np.abs(at_zero - alpha) > _SAME_EXPONENT * (1 + np.abs(alpha))).any():
                raise _NotAPower
            smooth = (slope[:, 0] * _X - at_zero[:, None]) / _X
            psi[:, 0], rise[:, 0] = smooth @ _UP_TO.T, smooth @ _WEIGHTS
            # exp(psi)/D = xi^s times this, psi = alpha ln xi + a smooth part
            density[:, 0] = np.exp(psi[:, 0]) * _X ** power[:, None] / D[:, 0]
            s = at_zero - power
            if (s <= -1 + _LEAST_EXPONENT).any():
                raise NoSteadyState(
                    "mass accumulates at a wall where noise and drift vanish: the density grows "
                    f"towards it as the power {s.min():.3g} of the distance, which is not "
                    "integrable, and mass that arrives there stays.  Make that side 'absorbing', "
                    "or move the wall."
                )
            mass[:, 0] = length[:, :1] * density[:, 0] * _moments(s)
        return cls(r, length, psi, rise, density, mass)


class _NotAPower(Exception):
    """The local steady state is no power of the distance to the wall."""


def _faces(
    lower: _Piece, upper: _Piece, cut: Float, D: Float, shape: Float, fields: Fields,
    beta: float,
) -> Float:  # fmt: skip
    """Return the factors of the mean densities left and right of each face, (lines, faces, 2)."""
    before, after = slice(None, -1), slice(1, None)
    # psi from the face, on both sides of it
    left = upper.psi[:, before] - upper.rise[:, before, None]
    right = lower.psi[:, after]
    lengths = upper.length[:, before, None], lower.length[:, after, None]
    top = np.maximum(np.maximum(-left, -right).max(axis=-1), 0.0)
    spread = [
        length * _WEIGHTS * np.exp(-psi - top[..., None])
        for length, psi in zip(lengths, (left, right), strict=True)
    ]
    resistance = spread[0].sum(axis=-1) + spread[1].sum(axis=-1)
    ends = [np.exp(upper.rise[:, before] - top), np.exp(-lower.rise[:, after] - top)]
    # T' = M/(D e): the increase of M from the face on, in addition to M at the face
    gained = np.exp(-upper.rise[:, before, None]) * upper.density[:, before]
    there = lengths[0] * (gained @ (_UP_TO - _WEIGHTS).T)
    here = lengths[1] * (lower.density[:, after] @ _UP_TO.T)
    more = (spread[0] * there).sum(axis=-1) + (spread[1] * here).sum(axis=-1)
    inside = upper.mass.sum(axis=-1) + lower.mass.sum(axis=-1) * np.exp(-lower.rise)
    mass_at_faces, inside_wall = [], np.zeros(len(D))
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for k in range(D.shape[1] - 1):  # M at each face, in units of exp(psi) there
            across = upper.rise[:, k] + (lower.rise[:, k] if k else 0.0)
            inside_wall = inside_wall * np.exp(-across) + inside[:, k] * np.exp(-upper.rise[:, k])
            mass_at_faces.append(inside_wall)
        kappa = 1 / (1 + more / (np.stack(mass_at_faces, axis=1) * resistance))
    kappa = np.where(np.isfinite(kappa) & (kappa > 0), kappa, 1.0)
    steep = np.abs(upper.rise[:, before] + lower.rise[:, after]) > _STEEP
    weight = kappa / (resistance * beta)
    faces = np.stack([ends[0] * weight * D[:, before], -ends[1] * weight * D[:, after]], axis=-1)
    faces = np.where(steep[..., None], _level(fields, cut, D / beta), faces)
    return faces / np.stack([shape[:, before], shape[:, after]], axis=-1)


def _level(fields: Fields, cut: Float, along: Float) -> Float:
    """The fitted scheme of `flux` between the cuts, for drifts too steep for polynomials."""
    length = np.diff(cut, axis=1)
    middle = np.concatenate([cut[:, :-1] + length / 2, cut[:, -1:]], axis=1)
    b = fields(middle[..., None])[0][:, :-1, 0]
    k = fit(cell_number(b, length, np.minimum(along[:, :-1], along[:, 1:])))
    return np.stack([
        b * (0.5 + k) + along[:, :-1] / length, b * (0.5 - k) - along[:, 1:] / length
    ], axis=-1)  # fmt: skip
