"""The screw with a slope against which SGD climbs."""

from ..facts import Facts, Tensors
from ..landscape import Landscape
from ..samples import Normal


def tilted_screw(tilt: float = 0.01) -> Landscape:
    """The tilted screw: SGD climbs ARCHIMEDES even against a small slope of the expected loss.

        l(u, v, z; x) = l_archimedes(u, v, z; x) + tilt z,      x ~ N(0, 1)

    with the loss of `archimedes`.  The noise moves z by learning_rate^2/6 per step and the slope
    moves it by -learning_rate tilt, so that SGD climbs against the gradient of its own expected
    loss while

        tilt < learning_rate/6          (to leading order in the learning rate).

    Symmetry: shifting z by a and turning (u, v) by the angle a adds the constant tilt a to the loss
    and leaves its gradient unchanged.  There is no minimum and no steady state of z: the expected
    loss falls for ever along the axis.

    Parameters
    ----------
    tilt
        Slope of the expected loss along z; default 0.01.

    Returns
    -------
    Landscape
        A loss with the coordinates u, v, z; it starts at the origin, on its axis.

    Raises
    ------
    FormulaError
        (a ValueError) The parameter is not a finite number.

    References
    ----------
    S. Tenka, "A space-time approach to analyzing stochastic gradient descent" (2020), section 4.1.

    Examples
    --------
    >>> tilted_screw(tilt=0.25).gradient([0.0, 0.0, 3.0])
    array([0.  , 0.  , 0.25])
    """
    return Landscape.from_loss(
        "(u**2 + v**2 + (u*cos(z) + v*sin(z))**2)/2 + x*(u*cos(z - pi/4) + v*sin(z - pi/4))"
        " + tilt*z",
        coordinates="u v z",
        samples={"x": Normal()},
        parameters={"tilt": tilt},
        name="tilted_screw",
        facts=Facts(
            window={"u": (-1.5, 1.5), "v": (-1.5, 1.5), "z": ("-pi", "pi")},
            tensors=(
                Tensors(
                    at=(0, 0, 0),
                    values={
                        "gradient": [0, 0, "tilt"],
                        "hessian": [[2, 0, 0], [0, 1, 0], [0, 0, 0]],
                        "covariance": [["1/2", "-1/2", 0], ["-1/2", "1/2", 0], [0, 0, 0]],
                    },
                ),
            ),
            notes={"climbs while": "tilt < learning_rate/6 (1 + 5/8 learning_rate + ...)"},
        ),
    )
