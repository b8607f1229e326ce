"""Screws bent into a ring, round which SGD circulates."""

import sympy as sp

from ...validate import check_positive, check_whole
from ..facts import Facts, Tensors
from ..landscape import Landscape
from ..samples import Normal


def screw_loop(radius: float = 2.0, turns: int = 2) -> Landscape:
    """Screws bent into a ring: SGD runs for ever round a circle of constant expected loss.

        l(p, q, h; x) = (u^2 + v^2 + (u c + v s)^2)/2 + x (u (c + s) + v (s - c))/sqrt2

        u = (p^2 + q^2 - radius^2)/(2 radius),      v = h,      x ~ N(0, 1)
        c + i s = 2 radius^turns (p + i q)^turns/((p^2 + q^2)^turns + radius^(2 turns))

    The axis of ARCHIMEDES (`archimedes`) is bent into the circle p^2 + q^2 = radius^2, h = 0, along
    which the screw turns `turns` times.  Across the circle u and v correspond to the screw's u and
    v, and c and s to the cosine and sine of its angle: on the circle c + i s = exp(i turns phi), it
    does not change there with the distance from the axis of the ring, and it is smooth on that axis
    too.  The whole circle is a valley of minima.  Symmetry: turning p + i q by the angle 2 pi
    k/turns, k a whole number.

    To leading order SGD turns by

        learning_rate^2 turns/(6 radius^2)         radians per step, towards larger phi.

    Gradient descent stays where it is, and noise of the same strength in all directions has no
    current.

    Parameters
    ----------
    radius
        Radius of the circle, > 0; default 2.
    turns
        Number of turns of the screw in one round, a whole number from 1 to 8; default 2.

    Returns
    -------
    Landscape
        A loss with the coordinates p, q, h; it starts on its circle, at (radius, 0, 0).

    Raises
    ------
    ValueError
        `turns` is not a whole number from 1 to 8, or `radius` is not a positive finite number.

    References
    ----------
    Constructed for this package: a closed loop of the screws of S. Tenka, "A space-time approach to
    analyzing stochastic gradient descent" (2020), section 4.1, in one formula.

    Examples
    --------
    >>> loop = screw_loop()
    >>> [float(loop.expected_loss(point)) for point in ([2.0, 0.0, 0.0], [0.0, 2.0, 0.0])]
    [0.0, 0.0]
    """
    turns, radius = check_whole("turns", turns, most=8), check_positive("radius", radius)
    p, q = sp.symbols("p q", real=True)
    turn = sp.expand((p + sp.I * q) ** turns).as_real_imag()
    size = f"((p**2 + q**2)**{turns} + radius**{2 * turns})"
    c, s = (f"(2*radius**{turns}*({part})/{size})" for part in turn)
    u = "((p**2 + q**2 - radius**2)/(2*radius))"
    return Landscape.from_loss(
        f"({u}**2 + h**2 + ({u}*{c} + h*{s})**2)/2 + x*({u}*({c} + {s}) + h*({s} - {c}))/sqrt(2)",
        coordinates="p q h",
        samples={"x": Normal()},
        parameters={"radius": radius},
        name="screw_loop",
        start=(radius, 0, 0),
        facts=Facts(
            window={
                "p": ("-1.35*radius", "1.35*radius"),
                "q": ("-1.35*radius", "1.35*radius"),
                "h": ("-radius/2", "radius/2"),
            },
            minima=(("radius", 0, 0),),
            valley=("radius*cos(s)", "radius*sin(s)", "0"),
            max_learning_rate=1,
            tensors=(
                Tensors(
                    at=("radius", 0, 0),
                    values={
                        "hessian": [[2, 0, 0], [0, 0, 0], [0, 0, 1]],
                        "covariance": [["1/2", 0, "-1/2"], [0, 0, 0], ["-1/2", 0, "1/2"]],
                    },
                ),
            ),
            notes={"radians per step": "learning_rate^2 turns/(6 radius^2), leading order"},
        ),
    )
