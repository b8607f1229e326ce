"""Maier and Stein's drift, two wells without a potential."""

from ..facts import Facts, FixedPoint
from ..landscape import Landscape


def maier_stein(coupling: float = 10.0, contraction: float = 1.0) -> Landscape:
    """Maier and Stein's drift: two wells joined by a saddle, in general without a potential.

        dx = (x - x^3 - coupling x y^2) dt + sqrt(2/beta) dW1
        dy = -contraction (1 + x^2) y dt + sqrt(2/beta) dW2

    The fixed points are (-1, 0), (1, 0) and the saddle (0, 0).  Symmetries: x -> -x and y -> -y.
    Where coupling = contraction the drift is -grad Phi with Phi = -x^2/2 + x^4/4 + contraction y^2
    (1 + x^2)/2.  For contraction = 1 and coupling up to 4 the optimal escape path runs along y = 0,
    and the quasi-potential barrier (escape time ~ exp(beta barrier)) is 1/4.  For larger coupling
    two paths bifurcate off the axis and the barrier is lower.

    Parameters
    ----------
    coupling
        Strength at which y pushes x towards 0; default 10.
    contraction
        Rate at which y returns to 0 at x = 0; default 1.

    Returns
    -------
    Landscape
        A drift with the coordinates x, y; it starts at the left fixed point (-1, 0).

    Raises
    ------
    FormulaError
        (a ValueError) A parameter is not a finite number.

    References
    ----------
    R. S. Maier and D. L. Stein, Physical Review E 48 (1993) 931; SIAM J. Appl. Math. 57 (1997) 752.

    Examples
    --------
    >>> maier_stein(coupling=1.0).drift()([0.5, 1.0])
    array([-0.125, -1.25 ])
    """
    well = ("1", "2 + 2*contraction", "4*contraction")
    return Landscape.from_drift(
        ["x - x**3 - coupling*x*y**2", "-contraction*(1 + x**2)*y"],
        coordinates="x y",
        diffusion=1,
        parameters={"coupling": coupling, "contraction": contraction},
        name="maier_stein",
        start=(-1, 0),
        facts=Facts(
            window={"x": (-1.5, 1.5), "y": (-0.7, 0.7)},
            fixed_points=(
                FixedPoint(at=(-1, 0), characteristic=well),
                FixedPoint(at=(1, 0), characteristic=well),
                FixedPoint(at=(0, 0), characteristic=("1", "contraction - 1", "-contraction")),
            ),
            notes={"quasi-potential barrier": "1/4 for contraction = 1 and coupling <= 4"},
        ),
    )
