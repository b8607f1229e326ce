"""The Styblinski-Tang potential, two wells in every direction."""

from ...validate import check_whole
from ..facts import Facts, StationaryMoment
from ..landscape import Landscape

_LOWER, _SADDLE, _UPPER = -2.9035340277711771, 0.1567312567803401, 2.7468027709908370


def styblinski_tang(dim: int = 2) -> Landscape:
    """Styblinski-Tang: two wells of different depth in every direction, 2^d minima in all.

        Phi(x) = 1/2 sum_i (x_i^4 - 16 x_i^2 + 5 x_i),      D = I

    In each coordinate the roots of 2 x^3 - 16 x + 5/2 are the lower minimum -2.903534, the saddle
    0.156731 and the upper minimum 2.746803; the barrier out of the lower minimum is 39.3618.
    Symmetries: permutations of the coordinates, which are independent.

    Parameters
    ----------
    dim
        Number d of coordinates, a whole number from 1 to 50; default 2.

    Returns
    -------
    Landscape
        A potential with the coordinates x1, x2, ...; it starts in its lowest minimum.

    Raises
    ------
    ValueError
        `dim` is not a whole number from 1 to 50.

    References
    ----------
    M. A. Styblinski and T.-S. Tang, Neural Networks 3 (1990) 467; an escape problem in Z. Xie, I.
    Sato and M. Sugiyama, arXiv:2002.03495.

    Examples
    --------
    >>> styblinski_tang(dim=1).potential([0.0])
    array(0.)
    """
    dim = check_whole("dim", dim, most=50)
    rest = (_LOWER,) * (dim - 1)
    return Landscape.from_potential(
        " + ".join(f"(x{i}**4 - 16*x{i}**2 + 5*x{i})/2" for i in range(1, dim + 1)),
        coordinates=[f"x{i}" for i in range(1, dim + 1)],
        name="styblinski_tang",
        start=(_LOWER, *rest),
        facts=Facts(
            window={"x1": (-4, 4), "x2": (-4, 4)},
            minima=((_LOWER, *rest), (_UPPER, *rest), (_UPPER,) * dim),
            saddles=((_SADDLE, *rest),),
            barrier=39.361778062758476,
            moments=(StationaryMoment("ito", "x1*(4*x1**3 - 32*x1 + 5)", "2/beta"),),
        ),
    )
