"""Mean estimation: the quadratic loss that everything can be solved on.

    l(theta; x) = curvature theta^2/2 + noise x theta,   x ~ N(0, 1)

Hessian `curvature`, gradient variance C = noise^2 everywhere.  SGD is the linear recursion
theta' = (1 - learning_rate curvature) theta - learning_rate noise x, so

    E theta_T       = (1 - learning_rate curvature)^T theta_0
    E theta^2 (ss)  = learning_rate noise^2/(batch_size curvature (2 - learning_rate curvature))

and the SDE has E theta^2 = noise^2/(beta curvature).  It is the "Quad1D" landscape of S. Tenka
(2020), Corollary 2.  Stable for learning_rate < 2/curvature.
"""

from ..facts import Facts, StationaryMoment, Tensors
from ..landscape import Landscape
from ..samples import Normal


def mean_estimation(curvature: float = 1.0, noise: float = 1.0) -> Landscape:
    """Return the quadratic landscape of this page.

    Raises
    ------
    ValueError
        `curvature` is not positive: there would be no minimum.

    Examples
    --------
    >>> mean_estimation(curvature=2.0).gradient([3.0])
    array([6.])
    """
    if not curvature > 0:
        raise ValueError(f"curvature={curvature}; it must be positive, or there is no minimum.")
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
