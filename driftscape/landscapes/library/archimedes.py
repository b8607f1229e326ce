"""The screw on which SGD climbs although the expected loss is constant."""

from ..facts import Facts, Tensors
from ..landscape import Landscape
from ..samples import Normal


def archimedes() -> Landscape:
    """ARCHIMEDES, the linear screw: SGD climbs a valley along which the expected loss is constant.

        l(u, v, z; x) = (u^2 + v^2 + (u cos z + v sin z)^2)/2
                        + x (u cos(z - pi/4) + v sin(z - pi/4))

    with x ~ N(0, 1).  The valley is the axis u = v = 0, and its Hessian has the curvatures 2 and 1
    across the axis.  Symmetry: shifting z by a and turning (u, v) by the angle a leaves the loss
    unchanged, so that all points of the axis are equivalent.  The covariance of the gradient lags
    behind the Hessian by a phase along z, and SGD climbs by

        (learning_rate^2/6) (1 + 5/8 learning_rate + ...)      per step

    although the expected loss has no slope there.  SGD is stable for learning_rate < 1.

    Returns
    -------
    Landscape
        A loss with the coordinates u, v, z; it has no parameters and starts at the origin.

    References
    ----------
    S. Tenka, "A space-time approach to analyzing stochastic gradient descent" (2020), section 4.1,
    where this drift is compared with the entropic force of S. Yaida.

    Examples
    --------
    >>> screw = archimedes()
    >>> screw.hessian.at({"u": 0, "v": 0, "z": 0})
    [[2, 0, 0], [0, 1, 0], [0, 0, 0]]
    """
    half = "1/2"
    return Landscape.from_loss(
        "(u**2 + v**2 + (u*cos(z) + v*sin(z))**2)/2 + x*(u*cos(z - pi/4) + v*sin(z - pi/4))",
        coordinates="u v z",
        samples={"x": Normal()},
        name="archimedes",
        facts=Facts(
            window={"u": (-1.5, 1.5), "v": (-1.5, 1.5), "z": ("-pi", "pi")},
            minima=((0, 0, 0),),
            valley=("0", "0", "s"),
            symmetries=({"u": "u*cos(s) - v*sin(s)", "v": "u*sin(s) + v*cos(s)", "z": "z + s"},),
            max_learning_rate=1,
            tensors=(
                Tensors(
                    at=(0, 0, 0),
                    values={
                        "gradient": [0, 0, 0],
                        "hessian": [[2, 0, 0], [0, 1, 0], [0, 0, 0]],
                        "covariance": [[half, "-1/2", 0], ["-1/2", half, 0], [0, 0, 0]],
                        # J_uvz = 1: the Hessian turns with z
                        "third_derivative": [
                            [[0, 0, 0], [0, 0, 1], [0, 1, 0]],
                            [[0, 0, 1], [0, 0, 0], [1, 0, 0]],
                            [[0, 1, 0], [1, 0, 0], [0, 0, 0]],
                        ],
                    },
                ),
            ),
        ),
    )
