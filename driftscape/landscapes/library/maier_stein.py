"""Maier and Stein's drift: two wells joined by a saddle, with no potential unless coupled so.

    dx = (x - x^3 - coupling x y^2) dt + sqrt(2/beta) dW1
    dy = -contraction (1 + x^2) y dt + sqrt(2/beta) dW2

R. S. Maier and D. L. Stein, Physical Review E 48 (1993) 931; SIAM J. Appl. Math. 57 (1997) 752.
Where coupling = contraction the drift is -grad Phi with
Phi = -x^2/2 + x^4/4 + contraction y^2 (1 + x^2)/2.  For contraction = 1 the optimal escape path
runs along y = 0, and the barrier of the quasi-potential (escape time ~ exp(beta barrier)) is 1/4,
up to coupling = 4; beyond, two paths bifurcate off the axis and the barrier is lower.
"""

from ..facts import Facts, FixedPoint
from ..landscape import Landscape


def maier_stein(coupling: float = 10.0, contraction: float = 1.0) -> Landscape:
    """Return the drift of this page, starting at its left fixed point.

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
            fixed_points=(
                FixedPoint(at=(-1, 0), characteristic=well),
                FixedPoint(at=(1, 0), characteristic=well),
                FixedPoint(at=(0, 0), characteristic=("1", "contraction - 1", "-contraction")),
            ),
            notes={"quasi-potential barrier": "1/4 for contraction = 1 and coupling <= 4"},
        ),
    )
