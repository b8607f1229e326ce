"""Linear regression on given data: a quadratic whose noise is made by the data alone.

    l(w; x, y) = (w . x - y)^2/2,   (x, y) one of N rows

Hessian X^T X/N everywhere, minimum at the least-squares solution.  With the residuals
r = X w - y the gradient is X^T r/N and its covariance D = (1/N) sum_i r_i^2 x_i x_i^T - G G^T: it
grows with the distance from the minimum, and at the minimum it is the smaller the better the data
are fitted; where they are fitted exactly SGD comes to rest.  Of batches of b rows drawn
independently the covariance is D/b, of batches without replacement (N - b)/((N - 1) b) D.  Mean and
second moment of SGD obey closed linear recursions, so that its steady state is exact linear algebra
(`theory.linear_law`; heavy-tailed all the same: M. Gurbuzbalaban, U. Simsekli and L. Zhu, ICML
2021, and without a second moment at large steps).

Without arguments the data are the first set of F. Anscombe, "Graphs in Statistical Analysis"
(1973), eleven points, as y against 1 and (x - 9)/5: the published line 3.00 + 0.500 x has
w = (7.501, 2.500) here.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..facts import Facts
from ..landscape import Landscape
from .features import columns_of, design, linear_form, read_features

_X = (10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5)
_Y = (8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68)


def linear_regression(X: Any = None, y: Any = None, *, intercept: bool = False) -> Landscape:
    """Return the landscape of this page.

    Its coordinates are w0, w1, ... (and b, first, for the intercept), its data the columns x0, x1,
    ..., y.  Every field is an exact average over the rows; the noise factor, and with it the SDEs,
    is given for up to 8 coordinates, gradient, Hessian, D and SGD for all.

    Parameters
    ----------
    X
        Features, shape (N, d), d up to 50.
    y
        Answers, shape (N,).
    intercept
        Add a constant b to w . x.

    Raises
    ------
    FormulaError
        X is no matrix, y does not fit it, or a number is not finite.

    Examples
    --------
    >>> line = linear_regression([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0], intercept=True)
    >>> line.gradient([1.0, 2.0])
    array([0., 0.])
    >>> linear_regression().coordinates
    ('w0', 'w1')
    """
    own = [[1.0, (x - 9) / 5] for x in _X], _Y
    features, answers = read_features(X, y, own)
    names, form = linear_form(features.shape[1], intercept)
    matrix = design(features, intercept)
    best, _, rank, widths = np.linalg.lstsq(matrix, answers, rcond=None)
    limit = 2 * len(matrix) / widths[0] ** 2 if widths[0] else np.inf
    notes = {"gradient descent": f"stable for learning_rate < {limit:.6g}"}
    if rank < matrix.shape[1]:
        notes["rank"] = f"X has rank {rank}: the minima form a plane"
    return Landscape.from_loss(
        f"({form} - y)**2/2",
        coordinates=names,
        data=columns_of(features, answers),
        name="linear_regression",
        facts=Facts(minima=(tuple(best.tolist()),) if rank == matrix.shape[1] else (), notes=notes),
    )
