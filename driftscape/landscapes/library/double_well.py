"""Double well in the plane with a rotational force: a steady state that does not change with it.

    Phi = (x1^2 - 1)^2/4 + x2^2/2
    J   = rotation exp(-(x1^2 + x2^2)^2/4) (-x2, x1),   div J = 0
    b   = -grad Phi + J exp(beta Phi)

P. Chaudhari and S. Soatto, "Stochastic gradient descent performs variational inference, converges
to limit cycles for deep networks" (ICLR 2018), Example 19, there for beta = 1.  The steady state
is exp(-beta Phi) for every rotation and beta; rotation > 0 turns anticlockwise.  The fixed points
of the drift move from (+-1, 0) into the origin at rotation = e^(-1/4) = 0.7788 (beta = 1).  Unlike
what the paper assumes, div j = j . grad Phi is not zero here, and the noiseless flow has no limit
cycle above that value: the origin is a weakly stable focus.  For beta > 1 the force J exp(beta Phi)
grows like exp((beta - 1) x1^4/4) along x1: the process never gets there, but an explicit scheme
with too large a step does, once in a long while, and diverges.
"""

from ..facts import Facts, FixedPoint, StationaryMoment, Tensors
from ..landscape import Landscape


def double_well(rotation: float = 0.0) -> Landscape:
    """Return the double well of this page; the minima in its facts are those of Phi.

    Examples
    --------
    >>> well = double_well(rotation=1.5)
    >>> well.drift(beta=1)([0.5, 0.0]).round(4)
    array([0.375 , 0.8499])
    """
    whirl = "exp(-(x1**2 + x2**2)**2/4)"
    return Landscape.from_potential(
        "(x1**2 - 1)**2/4 + x2**2/2",
        coordinates="x1 x2",
        current=[f"-rotation*x2*{whirl}", f"rotation*x1*{whirl}"],
        parameters={"rotation": rotation},
        name="double_well",
        start=(1, 0),
        facts=Facts(
            minima=((-1, 0), (1, 0)),
            saddles=((0, 0),),
            barrier="1/4",
            # of the drift at beta = 1: a saddle below rotation = e^(-1/4), a linear centre above
            fixed_points=(
                FixedPoint(at=(0, 0), characteristic=(1, 0, "rotation**2*exp(1/2) - 1")),
            ),
            tensors=(Tensors(at=(1, 0), values={"hessian": [[2, 0], [0, 1]]}),),
            moments=(
                StationaryMoment("ito", "x1", "0"),
                StationaryMoment("ito", "x2**2", "1/beta"),
                StationaryMoment("ito", "x1**2*(x1**2 - 1)", "1/beta"),
            ),
            notes={
                "Z": "7.623468 at beta = 1",
                "E x1^2": "1.041797 at beta = 1",
                "torque": "2 pi rotation/Z = 0.82419 rotation at beta = 1",
            },
        ),
    )
