"""Van der Pol's oscillator, a limit cycle."""

from ..facts import Facts, FixedPoint
from ..landscape import Landscape


def van_der_pol(stiffness: float = 1.0) -> Landscape:
    """Van der Pol's oscillator: a limit cycle, with noise on the velocity.

        dx = y dt
        dy = (stiffness (1 - x^2) y - x) dt + sqrt(2/beta) dW

    For stiffness > 0 the origin is unstable and every other point is attracted by one limit cycle;
    at stiffness 1 its period is 6.6632869 and its largest x is 2.0086199.  Symmetry: (x, y) -> (-x,
    -y).

    Parameters
    ----------
    stiffness
        Strength of the nonlinear friction; default 1.

    Returns
    -------
    Landscape
        A drift with the coordinates x, y; it starts at (2, 0), near its cycle.

    Raises
    ------
    FormulaError
        (a ValueError) The parameter is not a finite number.

    References
    ----------
    B. van der Pol, Philosophical Magazine 2 (1926) 978.

    Examples
    --------
    >>> van_der_pol().diffusion([2.0, 0.0])
    array([[0., 0.],
           [0., 1.]])
    """
    return Landscape.from_drift(
        ["y", "stiffness*(1 - x**2)*y - x"],
        coordinates="x y",
        diffusion=[0, 1],
        parameters={"stiffness": stiffness},
        name="van_der_pol",
        start=(2, 0),
        facts=Facts(
            window={
                "x": (-2.5, 2.5),
                "y": ("-1.35*sqrt(4 + stiffness**2)", "1.35*sqrt(4 + stiffness**2)"),
            },
            fixed_points=(FixedPoint(at=(0, 0), characteristic=("1", "-stiffness", "1")),),
            notes={"period at stiffness 1": "6.6632869", "largest x at stiffness 1": "2.0086199"},
        ),
    )
