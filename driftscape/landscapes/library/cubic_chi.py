"""A loss on which only the skewness of the noise acts."""

from ..facts import Facts, FixedPoint, Tensors
from ..landscape import Landscape
from ..samples import Normal


def cubic_chi() -> Landscape:
    """Cubic-chi: a landscape on which only the skewness of the noise acts.

        l(w; x) = w^3 - w (x^2 - 1),      x ~ N(0, 1)

    At w = 0 the gradient G and the Hessian H vanish, and the gradient of a sample is a centred
    chi-squared variable.  With the third derivative J, the gradient covariance C and the third
    cumulant S,

        G = 0,   H = 0,   J = 6,   C = 2,   S = -8.

    A theory that takes the noise as Gaussian predicts no change of the loss at third order.  In T
    steps of SGD from w = 0 the expected loss w^3 rises from 0 to

        E w_T^3 = -T S J learning_rate^3/6 + ...
                = 8 T learning_rate^3 - 6 T (T - 1)(7 T + 34) learning_rate^5 + ...,

    which is exactly 8 learning_rate^3 after one step.  The loss has no minimum: use few steps.

    Returns
    -------
    Landscape
        A loss with the coordinate w; it has no parameters and starts at w = 0.

    References
    ----------
    S. Tenka, "A space-time approach to analyzing stochastic gradient descent" (2020), landscape
    "CubicChi".

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
            window={"w": (-1, 1)},
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
