"""Linear regression on given data."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..facts import Facts
from ..landscape import Landscape
from .features import columns_of, design, linear_form, read_features

_X = (10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5)
_Y = (8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68)


def linear_regression(
    X: ArrayLike | None = None, y: ArrayLike | None = None, *, intercept: bool = False
) -> Landscape:
    """Linear regression on given data: a quadratic loss whose noise comes from the data alone.

        l(w; x, y) = (w . x - y)^2/2,      (x, y) one of N rows, equally likely

    The Hessian is X^T X/N everywhere, and the minimum is the least-squares solution.  With the
    residuals r = X w - y the gradient and its covariance are

        G = X^T r/N,      D = (1/N) sum_i r_i^2 x_i x_i^T - G G^T.

    D grows with the distance from the minimum.  At the minimum it is the smaller the better the
    data are fitted; where they are fitted exactly SGD comes to rest.  A batch of b rows that are
    drawn independently has the covariance D/b, and one without replacement (N - b)/((N - 1) b) D.
    Mean and second moment of SGD obey closed linear recursions, so that its steady state is exact
    linear algebra (`theory.linear_law`).  The steady state is heavy-tailed nevertheless, and has no
    second moment at large steps.

    Without arguments the data are the first set of F. Anscombe, eleven points, as y against 1 and
    (x - 9)/5: the published line 3.00 + 0.500 x has w = (7.501, 2.500) here.

    Parameters
    ----------
    X
        Features, shape (N, d) with d up to 50.
    y
        Values to be fitted, shape (N,).
    intercept
        Whether to add a constant b to w . x; default False.

    Returns
    -------
    Landscape
        A loss with the coordinates w0, w1, ... (b comes first where there is an intercept) and the
        data columns x0, x1, ..., y.  Every field is an exact average over the rows.  The noise
        factor, and with it the SDEs, exists for up to 8 coordinates; gradient, Hessian, D and SGD
        exist for all.

    Raises
    ------
    FormulaError
        (a ValueError) X is no matrix, y does not fit it, or a number is not finite.

    References
    ----------
    F. Anscombe, "Graphs in Statistical Analysis", The American Statistician 27 (1973) 17; M.
    Gurbuzbalaban, U. Simsekli and L. Zhu, "The heavy-tail phenomenon in SGD" (ICML 2021).

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
