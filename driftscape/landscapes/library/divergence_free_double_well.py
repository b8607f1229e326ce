"""A double well with a divergence-free current along its level lines."""

from ..facts import Facts, StationaryMoment
from ..landscape import Landscape


def divergence_free_double_well(circulation: float = 1.0, decay: float = 0.0) -> Landscape:
    """A double well with a divergence-free current that runs along the level lines.

        Phi = (x1^2 - 1)^2/4 + x2^2/2
        j   = h(Phi) (d2 Phi, -d1 Phi),       h = circulation exp(-decay Phi)
        b   = -grad Phi + j,                  D = I

    Here div j = 0 and j . grad Phi = 0, which P. Chaudhari and S. Soatto (2018) assume and which
    their own Example 19 (`double_well`) does not satisfy.  Written as a curl, j = -Q grad Phi with
    Q = h(Phi) [[0, -1], [1, 0]].  Symmetries: Phi is even in x1 and in x2, and b(-x) = -b(x).

    The steady state is exp(-beta Phi) at every beta, under the Ito and the A-type interpretation.
    The Ito drift b keeps it because div(j exp(-beta Phi)) = exp(-beta Phi) (div j - beta j . grad
    Phi) = 0.  The A-type drift adds div Q/beta = -(h'/(beta h)) j = (decay/beta) j, which is a
    current of the same form, stronger by the factor 1 + decay/beta.  For decay = 0 both are the
    same SDE.  With Z(beta) the integral of exp(-beta Phi), the torque under Ito is

        E[x1 b2 - x2 b1] = -2 circulation Z(beta + decay)/((beta + decay) Z(beta)),

    and under the A-type interpretation the factor (beta + decay) in front of Z(beta) becomes beta.

    Parameters
    ----------
    circulation
        Strength of the current; a positive one turns clockwise round each well.  Default 1.
    decay
        Rate at which the current falls off with Phi; default 0.

    Returns
    -------
    Landscape
        A potential with the coordinates x1, x2; it starts at the minimum (1, 0).

    Raises
    ------
    FormulaError
        (a ValueError) A parameter is not a finite number.

    References
    ----------
    Constructed for this package, to satisfy the assumptions of P. Chaudhari and S. Soatto,
    "Stochastic gradient descent performs variational inference, converges to limit cycles for deep
    networks" (ICLR 2018).

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
