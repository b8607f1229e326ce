"""Cubic-chi: the landscape on which only the skewness of the noise acts.

    l(w; x) = w^3 - w (x^2 - 1),   x ~ N(0, 1)

At w = 0 gradient and Hessian vanish, and the per-sample gradient is a centred chi-square:

    G = 0,  H = 0,  C = 2,  S = -8,  J = 6.

S. Tenka (2020), landscape "CubicChi".  Theories with Gaussian noise predict no change of the loss
at third order.  In T steps of SGD from w = 0 the expected loss w^3 rises from 0 to

    E w_T^3 = -T S J learning_rate^3/6 + ...
            = 8 T learning_rate^3 - 6 T (T - 1)(7 T + 34) learning_rate^5 + ...,

exactly 8 learning_rate^3 in one step.  It has no minimum: use few steps.
"""

from ..facts import Facts, FixedPoint, Tensors
from ..landscape import Landscape
from ..samples import Normal


def cubic_chi() -> Landscape:
    """Return the landscape of this page, starting at its degenerate point.

    Examples
    --------
    >>> cubic_chi().third_cumulant([0.0]).item()
    -8.0
    """
    return Landscape.from_loss(
        "w**3 - w*(x**2 - 1)",
        coordinates="w",
        samples={"x": Normal()},
        name="cubic_chi",
        facts=Facts(
            fixed_points=(FixedPoint(at=(0,), characteristic=(1, 0)),),
            tensors=(
                Tensors(
                    at=(0,),
                    values={
                        "gradient": [0],
                        "hessian": [[0]],
                        "third_derivative": [[[6]]],
                        "covariance": [[2]],
                        "third_cumulant": [[[-8]]],
                    },
                ),
            ),
            notes={"loss after one step from 0": "8 learning_rate^3"},
        ),
    )
