r"""The scheme: probability that flows through the faces between cells.

With w_ij = D_ij rho/beta the current is J_i = b_i rho - d_i w_ii - sum_{j != i} d_j w_ij.  Through
the face between L and R along axis i, with drift b taken in its middle and cell width h,

    J_i = b [(1/2 + k) rho_L + (1/2 - k) rho_R] - (w_R - w_L)/h - cross terms (see `cross`)

"fitted": k = coth(P/2)/2 - 1/P, P = b h beta/D_ii, after Scharfetter and Gummel (Il'in; Chang and
Cooper).  It is exact for a steady flux in a constant drift, so that in a potential only the
variation of the drift inside a cell contributes to the error; no cell number P makes it oscillate,
and k = P/12 + ...  keeps it of second order.

"upwind-3": where no noise of its own acts along an axis P is infinite, and the fit would be the
upwind scheme of first order.  There k = 0, and rho in the middle is that of the parabola through
three cells, the face's two and the next one upwind.  Central differences alone would let a
sawtooth of the grid persist: its drift is reversed, and its spurious eigenvalues are among the
slowest.

References: D. Scharfetter, H. Gummel, IEEE Trans. Electron Devices 16 (1969) 64; J. Chang,
G. Cooper, J. Comput. Phys. 6 (1970) 1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
import scipy.sparse as sparse

from ....typing import Float, Index
from ..grid import Grid, Matrix
from .coefficients import Coefficients

_SERIES_BELOW = 1e-2  # cell number, below which the series of k is exact to rounding
_LARGEST_FITTED = 0.5  # upper quartile of the cell number, above which the fit costs accuracy
_CONFINING = 3.0  # steepness times width, up to which the drift only confines (Gaussian: 1.15)
_UPWIND_ABOVE = 20.0  # cell number, above which the fitted scheme is the upwind scheme
_REGULARISATION = 1e-14  # added to the diagonal of D over its trace: D becomes invertible
_LITTLE_NOISE = 0.05  # of the largest D_ii: large cell numbers alone occur where there is no mass


class Averages(Protocol):
    """Means of a function of points over the mass of cells; see `Generator.averages`."""

    def __call__(
        self,
        function: Callable[[Float], Float],
        cells: Index | None = None,
        axis: int = 0,
        by: float = 0.0,
    ) -> Float:
        """Return the means, shape (cells, ...)."""


def fit(P: Float) -> Float:
    """Return k(P) = coth(P/2)/2 - 1/P, between -1/2 and 1/2.

    Examples
    --------
    >>> fit(np.array([-np.inf, 0.0, 1.2]))
    array([-0.5       ,  0.        ,  0.09767943])
    """
    small = np.abs(P) < _SERIES_BELOW
    near, P = np.where(small, P, 0.0), np.where(small, 1.0, P)
    series = near * (1 / 12 - near**2 / 720)
    return np.where(small, series, 0.5 / np.tanh(P / 2) - 1 / P)


def is_fitted(coefficients: Coefficients, grid: Grid, axis: int, steepness: float = 0.0) -> bool:
    """Whether the fitted scheme is the better one along an axis.

    It is not where an axis has no independent noise somewhere, nor where the drift rotates mass
    faster than noise spreads it over a cell.  `steepness` is the result of `steepness_of` for a
    steady state: in a potential, steep regions are empty.
    """
    if steepness * grid.spacing[axis] > _LARGEST_FITTED:
        return False
    left, right = grid.neighbours(axis)
    b = coefficients.drift(grid.shifted(left, axis, 0.5))[:, axis]
    D = coefficients.diffusion(grid.points)
    own = conditional(D)[:, axis]
    least = np.minimum(own[left], own[right])
    numbers = cell_number(b * coefficients.beta, grid.spacing[axis], least)
    little = least <= _LITTLE_NOISE * D[:, axis, axis].max()
    return not (little & (np.abs(numbers) > _UPWIND_ABOVE)).any()


def steepness_of(coefficients: Coefficients, points: Float, mass: Float) -> tuple[float, ...]:
    """Return the upper quartile of beta |b_i|/D_ii over the mass, for each axis.

    Zero where it is not more than the drift that confines a density of this width, which is of the
    order of the inverse width: the fitted scheme is made for that drift.
    """
    b = np.abs(coefficients.drift(points)) * coefficients.beta
    D = np.diagonal(coefficients.diffusion(points), axis1=1, axis2=2)
    mean = mass @ points
    width = np.sqrt(mass @ (points - mean) ** 2)
    found = []
    for values, size in zip(cell_number(b, 1.0, D).T, width, strict=True):
        order = np.argsort(values)
        position = np.searchsorted(np.cumsum(mass[order]), 0.75)
        steep = float(values[order][min(position, len(order) - 1)])
        found.append(steep if steep * size > _CONFINING else 0.0)
    return tuple(found)


def conditional(D: Float) -> Float:
    """Return 1/(D^-1)_ii: the noise along each axis that is not also noise along the others.

    Examples
    --------
    >>> conditional(np.array([[[1.0, 0.5], [0.5, 1.0]], [[1.0, 1.0], [1.0, 1.0]]])).round(9)
    array([[0.75, 0.75],
           [0.  , 0.  ]])
    """
    size = np.trace(D, axis1=-2, axis2=-1)[..., None, None]
    relative = np.divide(D, size, out=np.zeros_like(D), where=size > 0)
    inverse = np.linalg.inv(relative + _REGULARISATION * np.eye(D.shape[-1]))
    own: Float = size[..., 0] * (1 / np.diagonal(inverse, axis1=-2, axis2=-1) - _REGULARISATION)
    return own


def face_flux(
    grid: Grid, axis: int, coefficients: Coefficients, fitted: bool, averages: Averages
) -> Matrix:
    """Return the flux through the faces inside along an axis, as a matrix that acts on rho.

    Without the cross terms, which are `cross.cross_flux`; `averages` is that of `Generator`.

    Returns
    -------
    scipy.sparse.csr_matrix
        Shape (faces, cells), the faces in the order of `Grid.neighbours`.
    """
    left, right = grid.neighbours(axis)
    h, beta = grid.spacing[axis], coefficients.beta
    b = averages(coefficients.drift, left, axis, 0.5)[:, axis]
    along = averages(coefficients.diffusion)[:, axis, axis] / beta
    if fitted:
        k, parabola = fit(cell_number(b, h, np.minimum(along[left], along[right]))), None
    else:
        k, parabola = _parabola(grid, axis, b, left, right)
    faces = np.arange(len(left))
    rows, columns = np.tile(faces, 2), np.concatenate([left, right])
    values = np.concatenate([b * (0.5 + k) + along[left] / h, b * (0.5 - k) - along[right] / h])
    flux = sparse.csr_matrix((values, (rows, columns)), (len(faces), grid.size))
    if parabola is not None:
        flux = flux + parabola
    return flux.tocsr()


def _parabola(grid: Grid, axis: int, b: Float, left: Index, right: Index) -> tuple[Float, Matrix]:
    """Return the terms that make b (rho_L + rho_R)/2 of third order; k = +-1/2 at walls.

    With second differences r of both cells: -b (r_L + r_R)/12 + |b| (r_R - r_L)/12.
    """
    bends = _bends(grid, axis)
    complete = np.ones(len(b))
    if not grid.periodic[axis]:
        for cells in grid.ends(axis):
            complete[np.isin(left, cells) | np.isin(right, cells)] = 0.0
    up, both = (sparse.diags(complete * weight / 12) for weight in (np.abs(b), b))
    bent = up @ (bends[right] - bends[left]) - both @ (bends[left] + bends[right])
    return np.sign(b) / 2 * (1 - complete), bent


def _bends(grid: Grid, axis: int) -> Matrix:
    """Second differences along an axis, in units of the spacing squared."""
    left, right = grid.neighbours(axis)
    one, n = np.ones(len(left)), grid.size
    rows = np.concatenate([left, right, left, right])
    columns = np.concatenate([right, left, left, right])
    return sparse.csr_matrix((np.concatenate([one, one, -one, -one]), (rows, columns)), (n, n))


def loss_rate(b: Float, along: Float, reach: Float | float, h: Float | float) -> Float:
    """Return the rate at which a cell loses mass to an absorbing position at distance `reach`.

    Parameters
    ----------
    b
        Drift towards that position.
    along
        D_ii/beta in the cell.
    reach
        Distance from the centre of the cell.
    h
        Width of the cell.
    """
    rate = b * (0.5 + fit(cell_number(b, reach, along))) + along / reach
    return np.maximum(rate, 0.0) / h


def cell_number(b: Float, length: Float | float, along: Float) -> Float:
    """Return P = b length/along: drift against noise within a length; infinite without noise."""
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        return np.where(b == 0, 0.0, b * length / along)
