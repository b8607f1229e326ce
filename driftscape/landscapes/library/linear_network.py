"""A linear network of two layers, with a scale symmetry."""

from ...validate import check_positive
from ..facts import Facts, Tensors
from ..landscape import Landscape
from ..samples import Normal


def linear_network(target: float = 1.0, noise: float = 0.5) -> Landscape:
    """A linear network of two layers with one neuron each; its scale symmetry conserves a^2 - b^2.

        l(a, b; x, e) = (y - a b x)^2/2,      y = target x + noise e,      x, e ~ N(0, 1)

    Symmetry: (a, b) -> (a exp(s), b exp(-s)) leaves the loss of every sample unchanged.  The minima
    therefore form the hyperbola a b = target, and gradient flow conserves a^2 - b^2 on any sample.
    SGD does not: its steps are finite and shrink |a^2 - b^2|, so that it moves along the hyperbola
    towards the flattest minimum, a = b = sqrt(target).  There the Hessian is target [[1, 1], [1,
    1]] and, since E x^2 e^2 = 1, the gradient covariance is noise^2 target [[1, 1], [1, 1]].  The
    origin is a saddle.

    Parameters
    ----------
    target
        Slope of the data, > 0; default 1.
    noise
        Standard deviation of the noise in y; default 1/2.

    Returns
    -------
    Landscape
        A loss with the coordinates a, b; it starts at the unbalanced point (2, 1/2).

    Raises
    ------
    ValueError
        `target` is not positive, so that the minima above do not exist, or a parameter is not a
        finite number.

    References
    ----------
    A. Saxe, J. McClelland and S. Ganguli, "Exact solutions to the nonlinear dynamics of learning in
    deep linear neural networks" (ICLR 2014), for the conserved quantity.

    Examples
    --------
    >>> linear_network().expected_loss([2.0, 0.5])
    array(0.125)
    """
    target = check_positive("target", target)
    root, t = "sqrt(target)", "target"
    return Landscape.from_loss(
        "(target*x + noise*e - a*b*x)**2/2",
        coordinates="a b",
        samples={"x": Normal(), "e": Normal()},
        parameters={"target": target, "noise": noise},
        name="linear_network",
        start=(2, 0.5),
        facts=Facts(
            window=dict.fromkeys("ab", ("-3*sqrt(target)/2", "11*sqrt(target)/5")),
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
