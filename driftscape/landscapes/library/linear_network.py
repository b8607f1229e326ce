"""A linear network of two layers and one neuron each: a scale symmetry and its conserved quantity.

    l(a, b; x, e) = (y - a b x)^2/2,   y = target x + noise e,   x, e ~ N(0, 1)

(a, b) -> (a exp(s), b exp(-s)) leaves the loss of every sample as it is, so that the minima form
the hyperbola a b = target, and gradient flow conserves a^2 - b^2 (A. Saxe, J. McClelland and
S. Ganguli, ICLR 2014), on any sample.  SGD does not: its steps are finite and shrink |a^2 - b^2|,
moving along the hyperbola towards the flattest minimum, a = b = sqrt(target).  The origin is a
saddle.  Since E x^2 e^2 = 1 there, C = noise^2 target [[1, 1], [1, 1]] at that minimum, where the
Hessian is target [[1, 1], [1, 1]].
"""

from ..facts import Facts, Tensors
from ..landscape import Landscape
from ..samples import Normal


def linear_network(target: float = 1.0, noise: float = 0.5) -> Landscape:
    """Return the network of this page, starting unbalanced.

    Raises
    ------
    ValueError
        `target` is not positive: the minima of this page would not exist.

    Examples
    --------
    >>> linear_network().expected_loss([2.0, 0.5])
    array(0.125)
    """
    if not target > 0:
        raise ValueError(f"target={target}; it must be positive.")
    root, t = "sqrt(target)", "target"
    return Landscape.from_loss(
        "(target*x + noise*e - a*b*x)**2/2",
        coordinates="a b",
        samples={"x": Normal(), "e": Normal()},
        parameters={"target": target, "noise": noise},
        name="linear_network",
        start=(2, 0.5),
        facts=Facts(
            minima=((root, root),),
            saddles=((0, 0),),
            barrier="target**2/2",
            valley=(f"{root}*exp(s)", f"{root}*exp(-s)"),
            symmetries=({"a": "a*exp(s)", "b": "b*exp(-s)"},),
            conserved=("a**2 - b**2",),
            tensors=(
                Tensors(
                    at=(root, root),
                    values={
                        "hessian": [[t, t], [t, t]],
                        "covariance": [["noise**2*target"] * 2] * 2,
                    },
                ),
                Tensors(at=(0, 0), values={"hessian": [[0, "-target"], ["-target", 0]]}),
            ),
        ),
    )
