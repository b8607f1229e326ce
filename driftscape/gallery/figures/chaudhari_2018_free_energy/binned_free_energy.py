r"""The free energy of an ensemble near its steady state, from counts in bins.

    beta F = KL(rho || rho_ss) = sum_b q_b log(q_b/p_b),        q of the ensemble, p stationary

Variations inside a bin are lost; the sum is therefore compared with the same sum on the grid.  With
the frequencies n_b/N in place of q the sum is too large, on average by about (bins - 1)/(2N).  With

    sum_b (n_b/N) (psi(n_b) - log(N p_b)),        psi the digamma function

(P. Grassberger, Phys. Lett. A 128 (1988) 369) the bias of a bin with m expected states is
m E_1(m)/N, which is below 0.3/N and negligible if m is larger than a few.  Near the steady state
the standard error falls with F, as sqrt(2 F/N), down to sqrt(bins/2)/N; that of a density estimated
from nearest neighbours stays at 1/sqrt(N).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ....analysis import Estimate
from ....typing import Float
from ...shared.histogram import block_means

if TYPE_CHECKING:
    import xarray as xr

RAREST = 5e-5  # bins with less mass in the steady state are merged with the outside


def masses_of_grid(density: xr.DataArray, edges: Float) -> Float:
    """Return the masses of square bins and of the outside, shape (..., n*n + 1).

    Parameters
    ----------
    density
        Density over the plane, optionally with a leading time.
    edges
        Edges of the bins along both axes, on faces of the grid, shape (n + 1,).
    """
    inside = block_means(density.transpose(..., "x1", "x2"), edges) * (edges[1] - edges[0]) ** 2
    inside = inside.reshape(*inside.shape[:-2], -1)
    return np.append(inside, 1 - inside.sum(axis=-1, keepdims=True), axis=-1)


def counts_of_states(states: ArrayLike, edges: Float) -> Float:
    """Count states, shape (n, 2), in square bins and outside; shape (n*n + 1,).

    Examples
    --------
    >>> import numpy as np
    >>> counts_of_states([[0.5, 0.5], [0.5, 1.5], [9, 9]], np.array([0, 1, 2]))
    array([1., 1., 0., 0., 1.])
    """
    points = np.asarray(states)
    first, second = points.T
    inside = np.histogram2d(first, second, bins=edges)[0].ravel()
    return np.append(inside, len(points) - inside.sum())


def exact(masses: Float, stationary: Float) -> Float:
    """Return sum_b q_b log(q_b/p_b) of known masses, shape (..., bins) -> (...).

    The last bin is the outside.

    Examples
    --------
    >>> import numpy as np
    >>> half, other = np.array([0.5, 0.5, 0]), np.array([0.25, 0.75, 0])
    >>> round(float(exact(other, half)), 4)  # 0.75 log 3 - log 2
    0.1308
    """
    q, p = _merged(masses, stationary), _merged(stationary, stationary)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(q > 0, q * np.log(q / p), 0.0).sum(axis=-1))


def measured(counts: Float, stationary: Float, *, corrected: bool = True) -> Estimate:
    """Estimate sum_b q_b log(q_b/p_b) from counts, with its standard error.

    Parameters
    ----------
    counts
        Counts of independent states, shape (bins,).
    stationary
        Stationary masses p, shape (bins,).
    corrected
        With False the frequencies replace q, and the result is too large by about (bins - 1)/(2N).

    Examples
    --------
    >>> import numpy as np
    >>> half = np.array([0.5, 0.5, 0])
    >>> print(measured(np.array([2500, 7500, 0]), half))
    0.1307 ± 0.0048
    """
    from scipy.special import psi

    n, p = _merged(counts, stationary), _merged(stationary, stationary)
    total = float(n.sum())
    n, p = n[n > 0], p[n > 0]
    frequency, logs = n / total, np.log(n / (total * p))
    value = float(frequency @ (psi(n) - np.log(total * p) if corrected else logs))
    # variance of the mean of log(q/p), and of the squares that remain near the steady state; the
    # scatter of the logarithms contains the second part once too often
    spread = float(frequency @ (logs - frequency @ logs) ** 2) / total
    squares = (len(n) - 1) / (2 * total**2)
    error = float(np.sqrt(max(spread - squares, squares)))
    how = "digamma" if corrected else "frequencies"
    return Estimate(value, error, total, f"{len(n)} bins, {how}")


def _merged(masses: Float, stationary: Float) -> Float:
    """Merge rare bins into the last."""
    common = stationary > RAREST
    common[-1] = False
    rest = masses[..., ~common].sum(axis=-1, keepdims=True)
    return np.append(masses[..., common], rest, axis=-1)
