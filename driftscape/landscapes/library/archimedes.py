"""ARCHIMEDES, the linear screw: SGD climbs a valley along which the expected loss is constant.

    l(u, v, z; x) = (u^2 + v^2 + (u cos z + v sin z)^2)/2 + x (u cos(z - pi/4) + v sin(z - pi/4))

with x ~ N(0, 1).  The valley is the axis u = v = 0.  Shifting z by a and turning (u, v) by a leaves
the loss as it is, so every point of the axis is equivalent; the gradient noise lags the Hessian by
a phase and SGD moves at (learning_rate^2/6)(1 + 5/8 learning_rate + ...) per step.

D. Yaida's and S. Tenka's entropic force: S. Tenka, "A space-time approach to analyzing stochastic
gradient descent" (2020), section 4.1.  Stable for learning_rate < 1 (curvatures 2 and 1).
"""

from ..facts import Facts, Tensors
from ..landscape import Landscape
from ..samples import Normal


def archimedes() -> Landscape:
    """Return the ARCHIMEDES screw of this page.

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
