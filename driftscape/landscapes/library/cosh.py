"""A loss whose noise grows as fast as its curvature."""

from ...validate import check_whole
from ..facts import Facts, FixedPoint, Tensors
from ..landscape import Landscape
from ..samples import Rademacher


def cosh(dim: int = 1) -> Landscape:
    """Cosh: a loss whose noise grows as fast as its curvature and keeps SGD near the origin.

        l(w; x) = sum_i exp(x_i w_i),      x_i = +1 or -1 with probability 1/2 each

    In each coordinate the gradient G, Hessian H, third derivative J, gradient covariance C and
    third cumulant S are

        G = sinh w,   H = cosh w,   J = sinh w,   C = cosh^2 w,   S = 0.

    The minimum is the origin.  Symmetries: the expected loss is even in each coordinate, and the
    coordinates are independent.  With one coordinate the Ito SDE has the stationary density
    exp(beta/cosh w)/cosh^2 w, up to normalisation, whose tails fall as exp(-2 |w|) at any
    temperature.

    Parameters
    ----------
    dim
        Number of coordinates, a whole number from 1 to 50; default 1.

    Returns
    -------
    Landscape
        A loss with the coordinates w1, w2, ...; it starts at w = (1, ..., 1).

    Raises
    ------
    ValueError
        `dim` is not a whole number from 1 to 50.

    References
    ----------
    S. Tenka, "A space-time approach to analyzing stochastic gradient descent" (2020): the
    self-regularising landscape, started at w = 1.

    Examples
    --------
    >>> cosh().diffusion([0.0])
    array([[1.]])
    """
    dim = check_whole("dim", dim, most=50)
    axes = range(1, dim + 1)
    origin = Tensors(
        at=(0,) * dim,
        values={
            "hessian": [[int(i == j) for j in axes] for i in axes],
            "covariance": [[int(i == j) for j in axes] for i in axes],
        },
    )
    one = Tensors(
        at=(1,) * dim,
        values={
            "gradient": ["sinh(1)"] * dim,
            "hessian": [["cosh(1)" if i == j else 0 for j in axes] for i in axes],
            "covariance": [["cosh(1)**2" if i == j else 0 for j in axes] for i in axes],
        },
    )
    return Landscape.from_loss(
        " + ".join(f"exp(x{i}*w{i})" for i in axes),
        coordinates=[f"w{i}" for i in axes],
        samples={f"x{i}": Rademacher() for i in axes},
        name="cosh",
        start=(1,) * dim,
        facts=Facts(
            window={"w1": (-2, 2)},
            minima=((0,) * dim,),
            fixed_points=(FixedPoint((0,) * dim, _power_of_one_plus(dim)),),
            tensors=(origin, one),
        ),
    )


def _power_of_one_plus(dim: int) -> tuple[int, ...]:
    """Coefficients of (lambda + 1)^dim."""
    row = [1]
    for _ in range(dim):
        row = [a + b for a, b in zip([*row, 0], [0, *row], strict=True)]
    return tuple(row)
