"""The quartic double well on the line, the standard barrier of escape problems.

    Phi(x) = (x^2 - 1)^2/4

Minima at x = -1 and +1 with curvature 2, saddle at 0 with curvature -1, barrier 1/4.
H. A. Kramers, Physica 7 (1940) 284.
"""

from ..facts import Facts, StationaryMoment, Tensors
from ..landscape import Landscape


def quartic_well() -> Landscape:
    """Return the quartic well of this page, starting at its left minimum.

    Examples
    --------
    >>> quartic_well().potential([0.0])
    array(0.25)
    """
    return Landscape.from_potential(
        "(x**2 - 1)**2/4",
        coordinates="x",
        name="quartic_well",
        start=(-1,),
        facts=Facts(
            minima=((-1,), (1,)),
            saddles=((0,),),
            barrier="1/4",
            tensors=(
                Tensors(at=(-1,), values={"hessian": [[2]]}),
                Tensors(at=(0,), values={"hessian": [[-1]]}),
            ),
            moments=(StationaryMoment("ito", "x*(x**3 - x)", "1/beta"),),
        ),
    )
