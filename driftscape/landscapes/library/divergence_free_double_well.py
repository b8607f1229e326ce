r"""A double well with a current that is free of divergence and runs along the level lines.

    Phi = (x1^2 - 1)^2/4 + x2^2/2
    j   = h(Phi) (d2 Phi, -d1 Phi),       h = circulation exp(-decay Phi)
    b   = -grad Phi + j

Here div j = 0 and j . grad Phi = 0, which P. Chaudhari and S. Soatto (ICLR 2018) assume and their
own Example 19 (`double_well`) does not satisfy.  As a curl it is Q = h(Phi) [[0, -1], [1, 0]],
since -Q grad Phi = j; a positive circulation turns clockwise round each well.

The steady state is exp(-beta Phi) at every beta, whichever way the noise is read.  The Ito drift b
keeps it because div(j exp(-beta Phi)) = exp(-beta Phi) (div j - beta j . grad Phi) = 0.  The A-type
drift adds div Q/beta = -(h'/(beta h)) j = (decay/beta) j: a current of the same kind, stronger by
1 + decay/beta.  For decay = 0 both are the same SDE.  With Z(beta) the integral of exp(-beta Phi),

    torque E[x1 b2 - x2 b1] = -2 circulation Z(beta + decay)/((beta + decay) Z(beta))    (Ito)

and for A-type beta stands in place of (beta + decay) in front.
"""

from ..facts import Facts, StationaryMoment
from ..landscape import Landscape


def divergence_free_double_well(circulation: float = 1.0, decay: float = 0.0) -> Landscape:
    """Return the double well of this page.

    Examples
    --------
    >>> divergence_free_double_well().drift()([0.5, 1.0])
    array([ 1.375, -0.625])
    """
    well = "(x1**2 - 1)**2/4 + x2**2/2"
    return Landscape.from_potential(
        well,
        coordinates="x1 x2",
        curl=f"circulation*exp(-decay*({well}))",
        parameters={"circulation": circulation, "decay": decay},
        name="divergence_free_double_well",
        start=(1, 0),
        facts=Facts(
            minima=((-1, 0), (1, 0)),
            saddles=((0, 0),),
            barrier="1/4",
            moments=(
                StationaryMoment("ito", "x1", "0"),
                StationaryMoment("ito", "x2**2", "1/beta"),
                StationaryMoment("ito", "x1**2*(x1**2 - 1)", "1/beta"),
            ),
        ),
    )
