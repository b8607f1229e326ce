"""Logistic regression on given data."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import ArrayLike

from ...typing import Float
from ...validate import check_not_negative
from ..errors import FormulaError
from ..facts import Facts
from ..landscape import Landscape
from .features import columns_of, design, linear_form, read_features

_COLD = ((53, 1), (57, 1), (58, 1), (63, 1), (66, 0), (67, 0), (67, 0), (67, 0))
_MILD = ((68, 0), (69, 0), (70, 0), (70, 1), (70, 1), (70, 0), (72, 0), (73, 0))
_WARM = ((75, 0), (75, 1), (76, 0), (76, 0), (78, 0), (79, 0), (81, 0))

#: relative curvature at the minimum, compared with w = 0, below which the loss counts as flat
_FLAT = 1e-6


class SeparableWarning(UserWarning):
    """A plane separates the classes of `logistic_regression`, so that the loss has no minimum."""


def logistic_regression(
    X: ArrayLike | None = None,
    y: ArrayLike | None = None,
    *,
    intercept: bool = False,
    penalty: float = 0.0,
) -> Landscape:
    """Logistic regression on given data: a convex loss whose noise does not vanish at its minimum.

        l(w; x, y) = log(1 + exp(-y w . x)) + (penalty/2) |w|^2,      (x, y) one of N rows, y = +-1

    With the probability p_i = 1/(1 + exp(y_i w . x_i)) that the model gives to the wrong class, and
    without the penalty, the gradient, the Hessian and the gradient covariance are

        G = -(1/N) sum_i y_i p_i x_i
        H = (1/N) sum_i p_i (1 - p_i) x_i x_i^T
        D = (1/N) sum_i p_i^2 x_i x_i^T - G G^T.

    The gradient of a sample is bounded by |x_i|, however far away the start is.  Symmetry: a row
    and the row (-x, -y) have the same loss.  Where a plane separates the classes and there is no
    penalty the loss has no minimum: descent goes on for ever, |w| grows like log t, and the
    direction tends to that of the widest margin.

    Without arguments the data are the launches of the space shuttle before the last of Challenger:
    whether an O-ring was in distress, against 1 and (T - 70)/10, where T is the temperature of its
    joint in degrees Fahrenheit.  The published fit 15.043 - 0.2322 T has w = (-1.208, -2.322) here.

    Parameters
    ----------
    X
        Features, shape (N, d) with d up to 50.
    y
        Classes, shape (N,): 0 and 1, or -1 and 1.
    intercept
        Whether to add a constant b to w . x; default False.
    penalty
        Strength of the quadratic penalty, >= 0; it does not act on b.  Default 0.

    Returns
    -------
    Landscape
        A loss with the coordinates w0, w1, ... (b comes first where there is an intercept) and the
        data columns x0, x1, ..., y = -1 or 1.  Every field is an exact average over the rows.  The
        noise factor, and with it the SDEs, exists for up to 8 coordinates; gradient, Hessian, D and
        SGD exist for all.  Hessian and D are right while |w . x| < 350, the other fields while |w .
        x| < 700: scale the features.

    Raises
    ------
    FormulaError
        (a ValueError) X is no matrix, y does not fit it or has a value that is no class, `penalty`
        is negative, or a number is not finite.

    Warns
    -----
    SeparableWarning
        A plane separates the classes (to rounding), and there is no penalty.

    References
    ----------
    S. Dalal, E. Fowlkes and B. Hoadley, JASA 84 (1989) 945, for the data; D. Soudry, E. Hoffer, M.
    Nacson, S. Gunasekar and N. Srebro, JMLR 19 (2018), for separable data.

    Examples
    --------
    >>> rings = logistic_regression()
    >>> [round(w, 3) for w in rings.facts.minima[0]]
    [-1.208, -2.322]
    >>> rings.gradient([0.0, 0.0]).round(3)
    array([0.196, 0.17 ])
    """
    launches = (*_COLD, *_MILD, *_WARM)
    own = [[1.0, (heat - 70) / 10] for heat, _ in launches], [hurt for _, hurt in launches]
    features, answers = read_features(X, y, own)
    signs = _signs(answers)
    penalty = float(check_not_negative("penalty", penalty))
    names, form = linear_form(features.shape[1], intercept)
    loss, parameters = f"log(1 + exp(-y*({form})))", {}
    if penalty:
        loss += " + penalty*(" + " + ".join(f"{w}**2" for w in names if w != "b") + ")/2"
        parameters["penalty"] = penalty
    matrix = design(features, intercept) * signs[:, None]
    penalties = penalty * np.array([name != "b" for name in names])
    best, flat = _minimum(matrix, penalties)
    notes = {}
    if flat:
        separate = bool((matrix @ best > 0).all())
        notes["minimum"] = (
            "none: a plane separates the classes"
            if separate
            else "none, or a flat one: features "
            "that depend on each other, or classes that almost separate"
        )
        if separate:
            warnings.warn(
                f"a plane separates the classes of these {len(matrix)} rows, so that the loss has "
                "no minimum and descent goes on for ever; give penalty= to have one.",
                SeparableWarning,
                stacklevel=2,
            )
    return Landscape.from_loss(
        loss,
        coordinates=names,
        data=columns_of(features, signs),
        parameters=parameters,
        name="logistic_regression",
        facts=Facts(minima=() if flat else (tuple(best.tolist()),), notes=notes),
    )


def _signs(answers: Float) -> Float:
    values = set(np.unique(answers).tolist())
    if not (values <= {0.0, 1.0} or values <= {-1.0, 1.0}):
        raise FormulaError(
            f"y contains {sorted(values)[:5]}; the two classes must be 0 and 1, or -1 and 1."
        )
    return np.where(answers > 0, 1.0, -1.0)


def _minimum(matrix: Float, penalties: Float) -> tuple[Float, bool]:
    """Minimise by Newton's method with halved steps; the rows of `matrix` are y_i x_i.

    The second result is whether the loss is flat at the point found, which is then no minimum.
    """
    count, d = matrix.shape
    w = np.zeros(d)

    def loss(w: Float) -> float:
        return float(np.logaddexp(0, -matrix @ w).mean() + (penalties * w**2).sum() / 2)

    for _ in range(100):
        p = (1 - np.tanh(matrix @ w / 2)) / 2
        slope = -matrix.T @ p / count + penalties * w
        hessian = (matrix.T * (p * (1 - p))) @ matrix / count + np.diag(penalties)
        step = np.linalg.lstsq(hessian, slope, rcond=None)[0]
        if slope @ step < 1e-18:  # the next step would gain less than rounding
            w = w - step
            break
        size, here = 1.0, loss(w)
        while loss(w - size * step) > here and size > 1e-10:
            size /= 2
        w = w - size * step
    scale = matrix.T @ matrix / (4 * count) + np.diag(penalties)
    widths = np.sqrt(np.diag(scale)).clip(min=1e-300)
    start, end = (np.linalg.eigvalsh(m / np.outer(widths, widths)) for m in (scale, hessian))
    return w, bool(start[0] < 1e-12 * start[-1] or end[0] < _FLAT * start[0])
