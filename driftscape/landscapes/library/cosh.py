"""Cosh: a loss whose noise grows as fast as its curvature and keeps SGD near the origin.

    l(w; x) = sum_i exp(x_i w_i),   x_i = +1 or -1

In each coordinate

    G = sinh w,  H = cosh w,  J = sinh w,  C = cosh^2 w,  S = 0

S. Tenka (2020), the self-regularising landscape, started at w = 1.  With one coordinate the Ito
SDE has the stationary density exp(beta/cosh w)/cosh^2 w, up to normalisation, with tails that
fall as exp(-2|w|) at any temperature.
"""

from ...validate import whole
from ..facts import Facts, FixedPoint, Tensors
from ..landscape import Landscape
from ..samples import Rademacher


def cosh(dim: int = 1) -> Landscape:
    """Return the landscape of this page with coordinates w1, w2, ...

    Examples
    --------
    >>> cosh().diffusion([0.0])
    array([[1.]])
    """
    count = whole(dim)
    if count is None or not 1 <= count <= 50:
        raise ValueError(f"dim={dim!r}; it must be a whole number from 1 to 50.")
    dim = count
    place = range(1, dim + 1)
    origin = Tensors(
        at=(0,) * dim,
        values={
            "hessian": [[int(i == j) for j in place] for i in place],
            "covariance": [[int(i == j) for j in place] for i in place],
        },
    )
    one = Tensors(
        at=(1,) * dim,
        values={
            "gradient": ["sinh(1)"] * dim,
            "hessian": [["cosh(1)" if i == j else 0 for j in place] for i in place],
            "covariance": [["cosh(1)**2" if i == j else 0 for j in place] for i in place],
        },
    )
    return Landscape.from_loss(
        " + ".join(f"exp(x{i}*w{i})" for i in place),
        coordinates=[f"w{i}" for i in place],
        samples={f"x{i}": Rademacher() for i in place},
        name="cosh",
        start=(1,) * dim,
        facts=Facts(
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
