"""A quadratic loss with additive noise."""

from ...validate import check_positive
from ..facts import Facts, StationaryMoment, Tensors
from ..landscape import Landscape
from ..samples import Normal


def mean_estimation(curvature: float = 1.0, noise: float = 1.0) -> Landscape:
    """Mean estimation: a quadratic loss on which every question has an exact answer.

        l(theta; x) = curvature theta^2/2 + noise x theta,      x ~ N(0, 1)

    The Hessian is `curvature` and the gradient variance is C = noise^2, both everywhere.  Symmetry:
    (theta, x) -> (-theta, -x).  SGD is the linear recursion theta' = (1 - learning_rate curvature)
    theta - learning_rate noise x, so that

        E theta_T = (1 - learning_rate curvature)^T theta_0
        E theta^2 = learning_rate noise^2/(batch_size curvature (2 - learning_rate curvature))

    the latter in the steady state; the SDE has the steady E theta^2 = noise^2/(beta curvature).
    SGD is stable for learning_rate < 2/curvature.

    Parameters
    ----------
    curvature
        Second derivative of the expected loss, > 0; default 1.
    noise
        Standard deviation of the gradient; default 1.

    Returns
    -------
    Landscape
        A loss with the coordinate theta; it starts at the minimum 0.

    Raises
    ------
    ValueError
        `curvature` is not positive, so that there is no minimum, or a parameter is not a finite
        number.

    References
    ----------
    S. Tenka, "A space-time approach to analyzing stochastic gradient descent" (2020), Corollary 2,
    landscape "Quad1D".

    Examples
    --------
    >>> mean_estimation(curvature=2.0).gradient([3.0])
    array([6.])
    """
    curvature = check_positive("curvature", curvature)
    return Landscape.from_loss(
        "curvature*theta**2/2 + noise*x*theta",
        coordinates="theta",
        samples={"x": Normal()},
        parameters={"curvature": curvature, "noise": noise},
        name="mean_estimation",
        facts=Facts(
            minima=((0,),),
            max_learning_rate="2/curvature",
            tensors=(
                Tensors(
                    at=(0,),
                    values={
                        "gradient": [0],
                        "hessian": [["curvature"]],
                        "covariance": [["noise**2"]],
                        "third_derivative": [[[0]]],
                        "third_cumulant": [[[0]]],
                    },
                ),
            ),
            moments=(
                StationaryMoment(
                    "sgd",
                    "theta**2",
                    "learning_rate*noise**2/(batch_size*curvature*(2 - learning_rate*curvature))",
                ),
                StationaryMoment("ito", "theta**2", "noise**2/(beta*curvature)"),
            ),
        ),
    )
