"""Richardson extrapolation of measured values to a step size of zero."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..validate import check_positive, check_whole, shown
from .estimate import Estimate

_MOST_ORDER = 20


def extrapolate(estimates: Sequence[tuple[float, Estimate]], *, order: int = 1) -> Estimate:
    r"""Extrapolate estimates e(h) at several step sizes h to h = 0 (Richardson).

        e(0) = sum_i w_i e(h_i),    sum_i w_i = 1,
        sum_i w_i h_i**p = 0        for p = order, ..., order + n - 2

    With n step sizes the first n - 1 terms of `e(h) = e(0) + a h**order + ...` cancel; for h and
    h/2 at order 1 the result is `2 e(h/2) - e(h)`.  The remaining error is of order
    `h**(order + n - 1)` and is not part of the standard error.

    Parameters
    ----------
    estimates
        Pairs (step size > 0, estimate).  Runs of one seed share noise, which is accounted for.
    order
        Weak order of the scheme, at least 1; 1 for Euler-Maruyama.

    Returns
    -------
    Estimate
        At step size 0; its standard error is that of the weighted sum.

    Raises
    ------
    ValueError
        Fewer than two different step sizes, an order below 1, or estimates of unlike units.

    References
    ----------
    D. Talay, L. Tubaro, Stoch. Anal. Appl. 8 (1990) 483.

    Examples
    --------
    >>> from driftscape.analysis import Estimate
    >>> coarse, fine = Estimate(1.02, 0.003, 100, "dt"), Estimate(1.01, 0.004, 100, "dt/2")
    >>> print(extrapolate([(0.02, coarse), (0.01, fine)]))
    1.0000 ± 0.0085
    """
    _check_pairs(estimates)
    steps = np.array([float(check_positive("step size", step)) for step, _ in estimates])
    if len(steps) < 2 or len(set(steps)) < len(steps):
        raise ValueError(f"estimates= at steps {steps.tolist()}; give two different ones or more.")
    order = check_whole("order", order, most=_MOST_ORDER)
    powers = np.array([0, *range(order, order + len(steps) - 1)])
    scaled = steps / steps.max()  # the weights depend on ratios only
    weights = np.linalg.solve(scaled[None, :] ** powers[:, None], np.eye(len(steps))[0])
    values = [estimate for _, estimate in estimates]
    parts = [float(w) * e for w, e in zip(weights, values, strict=True)]
    method = f"extrapolated from steps {', '.join(f'{step:g}' for step in steps)} at order {order}"
    limit = sum(parts[1:], start=parts[0])
    return replace(limit, method=f"{method}: {values[0].method}")


def _check_pairs(estimates: object) -> None:
    if not isinstance(estimates, (list, tuple)) or not all(
        isinstance(pair, (list, tuple)) and len(pair) == 2 and isinstance(pair[1], Estimate)
        for pair in estimates
    ):
        raise TypeError(f"estimates={shown(estimates)}; give pairs (step size, Estimate).")
