"""Logistic regression on given data: convex, with a noise that does not vanish where it fits best.

    l(w; x, y) = log(1 + exp(-y w . x)) + (penalty/2) |w|^2,   (x, y) one of N rows, y = +-1

With the probability p_i = 1/(1 + exp(y_i w . x_i)) that the model gives to the wrong answer, the
gradient is -(1/N) sum_i y_i p_i x_i, the Hessian (1/N) sum_i p_i (1 - p_i) x_i x_i^T, and
D = (1/N) sum_i p_i^2 x_i x_i^T - G G^T: steps are bounded by |x_i|, however far the start.

Where a plane separates the classes and there is no penalty the loss has no minimum: descent goes on
for ever, |w| like log t, in the direction of the widest margin (D. Soudry, E. Hoffer,
M. Nacson, S. Gunasekar and N. Srebro, JMLR 19 (2018)).

Without arguments the data are the launches of the space shuttle before the last of Challenger
(S. Dalal, E. Fowlkes and B. Hoadley, JASA 84 (1989) 945): whether an O-ring was in distress,
against 1 and (T - 70)/10, T the temperature of its joint in degrees Fahrenheit.  The published fit
15.043 - 0.2322 T has w = (-1.208, -2.322) here.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from ...typing import Float
from ...validate import real
from ..facts import Facts
from ..formulas.parse import FormulaError
from ..landscape import Landscape
from .features import columns_of, design, linear_form, read_features

_COLD = ((53, 1), (57, 1), (58, 1), (63, 1), (66, 0), (67, 0), (67, 0), (67, 0))
_MILD = ((68, 0), (69, 0), (70, 0), (70, 1), (70, 1), (70, 0), (72, 0), (73, 0))
_WARM = ((75, 0), (75, 1), (76, 0), (76, 0), (78, 0), (79, 0), (81, 0))

#: curvature at the minimum, as a fraction of that at w = 0, below which there is none
_FLAT = 1e-6


class SeparableWarning(UserWarning):
    """A plane separates the classes: the loss has no minimum."""


def logistic_regression(
    X: Any = None, y: Any = None, *, intercept: bool = False, penalty: float = 0.0
) -> Landscape:
    """Return the landscape of this page.

    Its coordinates are w0, w1, ... (and b, first, for the intercept), its data the columns x0, x1,
    ..., y = -1 or 1.  Every field is an exact average over the rows; the noise factor, and with it
    the SDEs, is given for up to 8 coordinates, gradient, Hessian, D and SGD for all.

    The numbers hold while |w . x| < 350 for Hessian and D, 700 for the rest: scale the features.

    Parameters
    ----------
    X
        Features, shape (N, d), d up to 50.
    y
        Classes, shape (N,): 0 and 1, or -1 and 1.
    intercept
        Add a constant b to w . x.
    penalty
        >= 0; does not hold b back.

    Raises
    ------
    FormulaError
        X is no matrix, y does not fit it or is no class, or a number is not finite.

    Warns
    -----
    SeparableWarning
        A plane separates the classes (to rounding), and there is no penalty.

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
    weight = real(penalty)
    if weight is None or not 0 <= weight < math.inf:
        raise FormulaError(f"penalty={penalty!r}; it must be a number >= 0.")
    penalty = weight
    names, form = linear_form(features.shape[1], intercept)
    loss, parameters = f"log(1 + exp(-y*({form})))", {}
    if penalty:
        loss += " + penalty*(" + " + ".join(f"{w}**2" for w in names if w != "b") + ")/2"
        parameters["penalty"] = float(penalty)
    matrix = design(features, intercept) * signs[:, None]
    held = penalty * np.array([name != "b" for name in names])
    best, flat = _minimum(matrix, held)
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
                "no minimum and descent goes on for ever; give penalty= for one.",
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
    kinds = set(np.unique(answers).tolist())
    if not (kinds <= {0.0, 1.0} or kinds <= {-1.0, 1.0}):
        raise FormulaError(
            f"y holds {sorted(kinds)[:5]}; classes are 0 and 1, or -1 and 1, two of them."
        )
    return np.where(answers > 0, 1.0, -1.0)


def _minimum(matrix: Float, held: Float) -> tuple[Float, bool]:
    """Newton's method with halved steps; the rows of `matrix` are y_i x_i.

    Also tells whether the loss is flat there: then it is no minimum.
    """
    count, d = matrix.shape
    w = np.zeros(d)

    def loss(w: Float) -> float:
        return float(np.logaddexp(0, -matrix @ w).mean() + (held * w**2).sum() / 2)

    for _ in range(100):
        p = (1 - np.tanh(matrix @ w / 2)) / 2
        slope = -matrix.T @ p / count + held * w
        hessian = (matrix.T * (p * (1 - p))) @ matrix / count + np.diag(held)
        step = np.linalg.lstsq(hessian, slope, rcond=None)[0]
        if slope @ step < 1e-18:  # the next one gains less than rounding shows
            w = w - step
            break
        size, here = 1.0, loss(w)
        while loss(w - size * step) > here and size > 1e-10:
            size /= 2
        w = w - size * step
    scale = matrix.T @ matrix / (4 * count) + np.diag(held)
    widths = np.sqrt(np.diag(scale)).clip(min=1e-300)
    start, end = (np.linalg.eigvalsh(m / np.outer(widths, widths)) for m in (scale, hessian))
    return w, bool(start[0] < 1e-12 * start[-1] or end[0] < _FLAT * start[0])
