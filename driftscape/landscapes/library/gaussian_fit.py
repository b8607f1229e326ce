"""The loss of a variance that is fitted to Gaussian samples."""

from ..facts import Facts, StationaryMoment, Tensors
from ..landscape import Landscape
from ..samples import Normal


def gaussian_fit() -> Landscape:
    """Fitting the variance of a Gaussian: a simple landscape with state-dependent, skewed noise.

        l(h; x) = (h + x^2 exp(-h))/2,      x ~ N(0, 1),      h = log sigma^2

    The gradient G, Hessian H, third derivative J, gradient covariance C and third cumulant S are

        G = (1 - e^-h)/2,   H = e^-h/2,   J = -e^-h/2,   C = e^-2h/2,   S = -e^-3h,

    and the minimum is h = 0.  Symmetry: x and -x have the same loss.

    Under the Ito SDE w = e^h has the density w exp(-beta (w - 1)^2/2) on w > 0, up to
    normalisation: with beta = 2/learning_rate,

        dw = [-(w - 1)/2 + learning_rate/(4 w)] dt + sqrt(learning_rate/2) dW,

    whose noise is additive.  Hence E e^-h = A/(A + exp(-beta/2)) with A = sqrt(pi beta/2) (1 +
    erf(sqrt(beta/2))).  This is below 1, so that E G > 0 in the steady state: near w = 0 the
    process is a Bessel process of dimension 2, and the noise integral of h = log w is a strict
    local martingale.

    Returns
    -------
    Landscape
        A loss with the coordinate h; it has no parameters and starts at the minimum h = 0.

    References
    ----------
    S. Tenka, "A space-time approach to analyzing stochastic gradient descent" (2020), landscape
    "Gauss".

    Examples
    --------
    >>> gaussian_fit().diffusion([0.0])
    array([[0.5]])
    """
    return Landscape.from_loss(
        "(h + x**2*exp(-h))/2",
        coordinates="h",
        samples={"x": Normal()},
        name="gaussian_fit",
        facts=Facts(
            window={"h": (-2, 3)},
            minima=((0,),),
            tensors=(
                Tensors(
                    at=(0,),
                    values={
                        "gradient": [0],
                        "hessian": [["1/2"]],
                        "third_derivative": [[["-1/2"]]],
                        "covariance": [["1/2"]],
                        "third_cumulant": [[[-1]]],
                    },
                ),
            ),
            moments=(
                # a steady state of SGD has E G = 0, whatever the step: the mean update vanishes
                StationaryMoment("sgd", "exp(-h)", "1"),
                StationaryMoment(
                    "ito",
                    "exp(-h)",
                    "1 - exp(-beta/2)/(exp(-beta/2) + sqrt(pi*beta/2)*(1 + erf(sqrt(beta/2))))",
                ),
            ),
        ),
    )
