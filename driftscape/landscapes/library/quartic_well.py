"""The quartic double well on the line."""

from ..facts import Facts, StationaryMoment, Tensors
from ..landscape import Landscape


def quartic_well() -> Landscape:
    """The quartic double well on the line, the standard barrier of escape problems.

        Phi(x) = (x^2 - 1)^2/4,      D = 1

    The minima x = -1 and x = 1 have the curvature 2, the saddle x = 0 has the curvature -1, and the
    barrier is 1/4.  Symmetry: x -> -x.

    Returns
    -------
    Landscape
        A potential with the coordinate x; it has no parameters and starts at the left minimum.

    References
    ----------
    H. A. Kramers, Physica 7 (1940) 284.

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
