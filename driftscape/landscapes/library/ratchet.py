"""A loss on a circle, along which the noise makes SGD circulate."""

import math

import sympy as sp

from ...validate import check_real
from ..facts import Facts, FixedPoint, Tensors
from ..landscape import Landscape
from ..samples import Uniform


def ratchet(tilt: float = 0.02, width: float = 1.0) -> Landscape:
    """The ratchet: noise on one arc of a circle makes SGD go round in one direction.

        l(theta; x) = tilt sin psi + x psi bump(psi),      x ~ U(-1, 1)
        bump(psi)   = exp(-1/((pi/2 + width)^2 - psi^2)) for |psi| < pi/2 + width, else 0

    where psi is theta reduced to (-pi, pi); theta itself is not reduced, so that it counts the
    turns.  Symmetry: theta -> theta + 2 pi.

    The expected loss tilt sin(theta) has one minimum, at -pi/2.  Outside the noisy arc its slope
    moves theta forward, from the far end of the arc round to its beginning.  Inside, theta diffuses
    against the slope, which takes little time if tilt is small against the learning rate.  The
    noise vanishes where the slope of psi bump(psi) does, at |psi| = psi* with

        psi* = (sqrt(2 + 4 (pi/2 + width)^2) - sqrt(2))/2.

    These two points are valves: while learning_rate |d^2(psi bump)/dpsi^2| < 1 no noise carries
    theta across them, and only the slope does.  Where psi* > pi/2 both valves open forward and
    theta circulates.  Where psi* < pi/2, that is for

        width < sqrt(pi^2/4 + pi/sqrt(2)) - pi/2 = 0.5945,

    both open backward and theta stays.

    Parameters
    ----------
    tilt
        Amplitude of the expected loss; default 0.02.
    width
        Length of the noisy arc beyond pi/2 on each side, between 0 and pi/2; default 1.

    Returns
    -------
    Landscape
        A loss with the coordinate theta; it starts at the minimum of its expected loss, -pi/2.

    Raises
    ------
    ValueError
        `width` does not lie between 0 and pi/2, or a parameter is not a finite number.

    References
    ----------
    After the ratchet of S. Tenka's thesis (tilt = width = eps), whose condition eps < (pi - 2)/2 =
    0.5708 is on the side where theta stays.

    Examples
    --------
    >>> ratchet().gradient([0.0])
    array([0.02])
    """
    width = check_real(
        "width", width, "0 < width < pi/2 for the noisy arc", lambda w: 0 < w < math.pi / 2
    )
    psi = "2*atan(tan(theta/2))"
    distance = f"((pi/2 + width)**2 - ({psi})**2)"
    return Landscape.from_loss(
        # where the distance is 1/1000 the bump is exp(-1000), zero in double precision, and its
        # derivatives would be 0 * inf at the edge
        f"tilt*sin(theta) + x*where({distance} > 1/1000, {psi}*exp(-1/{distance}), 0)",
        coordinates="theta",
        samples={"x": Uniform(-1, 1)},
        parameters={"tilt": tilt, "width": width},
        name="ratchet",
        start=(-sp.pi / 2,),
        facts=Facts(
            window={"theta": ("-pi", "pi")},
            minima=(("-pi/2",),),
            saddles=(("pi/2",),),
            barrier="2*tilt",
            fixed_points=(
                FixedPoint(at=("-pi/2",), characteristic=("1", "tilt")),
                FixedPoint(at=("pi/2",), characteristic=("1", "-tilt")),
            ),
            tensors=(
                Tensors(
                    at=(0,),
                    values={
                        "gradient": ["tilt"],
                        "covariance": [["exp(-2/(pi/2 + width)**2)/3"]],
                    },
                ),
            ),
            notes={"smallest width that circulates": "sqrt(pi^2/4 + pi/sqrt(2)) - pi/2 = 0.594464"},
        ),
    )
