"""The ratchet: on a circle, noise on one arc makes SGD go round and round in one direction.

    l(theta; x) = tilt sin psi + x psi bump(psi),   x ~ U(-1, 1)
    bump(psi)   = exp(-1/((pi/2 + width)^2 - psi^2)) for |psi| < pi/2 + width, else 0

where psi is theta brought to (-pi, pi); theta itself is not wrapped, so that it counts the turns.

The expected loss tilt sin(theta) has one minimum, at -pi/2.  Outside the noisy arc its slope
pushes theta forward, from the far end of the arc round to its beginning; inside, theta diffuses
against the slope, which costs little if tilt is small against the learning rate.  The noise
vanishes where psi bump(psi) is steepest no more, at |psi| = psi* with

    psi* = (sqrt(2 + 4 (pi/2 + width)^2) - sqrt(2))/2,

and such points are valves: the noise moves nothing across them while
learning_rate |d^2(psi bump)/dpsi^2| < 1, only the slope does.  Where psi* > pi/2 both valves open
forward and theta circulates; where psi* < pi/2, that is for

    width < sqrt(pi^2/4 + pi/sqrt(2)) - pi/2 = 0.5945,

both open backward and theta stays.  After the ratchet of S. Tenka's thesis (tilt = width = eps),
whose condition eps < (pi - 2)/2 = 0.5708 is on the side that stays.
"""

import sympy as sp

from ..facts import Facts, FixedPoint, Tensors
from ..landscape import Landscape
from ..samples import Uniform


def ratchet(tilt: float = 0.02, width: float = 1.0) -> Landscape:
    """Return the ratchet of this page, starting at the minimum of its expected loss.

    Raises
    ------
    ValueError
        The arc is no arc: `width` must lie between 0 and pi/2.

    Examples
    --------
    >>> ratchet().gradient([0.0])
    array([0.02])
    """
    if not 0 < width < float(sp.pi) / 2:
        raise ValueError(f"width={width}; the noisy arc needs 0 < width < pi/2.")
    psi = "2*atan(tan(theta/2))"
    room = f"((pi/2 + width)**2 - ({psi})**2)"
    return Landscape.from_loss(
        # below room = 1/1000 the bump is exp(-1000), zero in double precision, and its derivatives
        # would be 0 * inf at the edge
        f"tilt*sin(theta) + x*where({room} > 1/1000, {psi}*exp(-1/{room}), 0)",
        coordinates="theta",
        samples={"x": Uniform(-1, 1)},
        parameters={"tilt": tilt, "width": width},
        name="ratchet",
        start=(-sp.pi / 2,),
        facts=Facts(
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
