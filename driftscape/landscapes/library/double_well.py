"""A double well with a rotational force that leaves its steady state unchanged."""

from ..facts import Facts, FixedPoint, StationaryMoment, Tensors
from ..landscape import Landscape


def double_well(rotation: float = 0.0) -> Landscape:
    """A double well with a rotational force that leaves its steady state unchanged.

        Phi = (x1^2 - 1)^2/4 + x2^2/2,                           D = I
        J   = rotation exp(-(x1^2 + x2^2)^2/4) (-x2, x1),        div J = 0
        b   = -grad Phi + J exp(beta Phi)

    The steady state is exp(-beta Phi) for every rotation and every beta.  Phi has the minima (-1,
    0) and (1, 0), the saddle (0, 0) and the barrier 1/4; `facts` lists these.  Symmetries: Phi is
    even in x1 and in x2, and b(-x) = -b(x).

    The fixed points of the drift move from (+-1, 0) into the origin at rotation = e^(-1/4) = 0.7788
    (beta = 1).  Contrary to the assumption of the paper, div j and j . grad Phi are not zero for
    the force j = J exp(beta Phi), and the noiseless flow has no limit cycle above that value: the
    origin is a weakly stable focus.

    For beta > 1 the force grows like exp((beta - 1) x1^4/4) along x1.  The process does not get
    there, but an explicit scheme with too large a step does so from time to time, and diverges.

    Parameters
    ----------
    rotation
        Strength of J; a positive one turns anticlockwise.  Default 0, a double well in equilibrium.

    Returns
    -------
    Landscape
        A potential with the coordinates x1, x2; it starts at the minimum (1, 0).

    Raises
    ------
    FormulaError
        (a ValueError) The parameter is not a finite number.

    References
    ----------
    P. Chaudhari and S. Soatto, "Stochastic gradient descent performs variational inference,
    converges to limit cycles for deep networks" (ICLR 2018), Example 19, there for beta = 1.

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
