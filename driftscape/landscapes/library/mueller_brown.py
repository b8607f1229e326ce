"""The Mueller-Brown potential, three minima along a curved path."""

from ..facts import Facts
from ..landscape import Landscape

_TERMS = (
    # A, a, b, c, X, Y
    ("-200", "-1", "0", "-10", "1", "0"),
    ("-100", "-1", "0", "-10", "0", "1/2"),
    ("-170", "-13/2", "11", "-13/2", "-1/2", "3/2"),
    ("15", "7/10", "3/5", "7/10", "-1", "1"),
)


def mueller_brown() -> Landscape:
    """The Mueller-Brown potential: three minima and two saddles along a curved path.

        Phi = sum_k A_k exp(a_k (x - X_k)^2 + b_k (x - X_k)(y - Y_k) + c_k (y - Y_k)^2),      D = I

        A = -200, -100, -170, 15        X = 1, 0, -1/2, -1        Y = 0, 1/2, 3/2, 1
        a = -1, -1, -13/2, 7/10         b = 0, 0, 11, 3/5         c = -10, -10, -13/2, 7/10

    The minima have the depths -146.700, -108.167 and -80.768, and the saddles lie at -40.665 and
    -72.249.  Escapes are seen at beta of about 0.1, and since the curvatures are a few thousand,
    time steps should be below 1e-4.  It is a standard test of methods that search for saddles and
    paths.  It has no symmetry.

    Returns
    -------
    Landscape
        A potential with the coordinates x, y; it has no parameters and starts in the deepest
        minimum.

    References
    ----------
    K. Mueller and L. D. Brown, Theoretica Chimica Acta 53 (1979) 75.

    Examples
    --------
    >>> round(float(mueller_brown().potential([0.0, 0.5])), 6)
    -79.382724
    """
    terms = (
        f"{A}*exp({a}*(x - {X})**2 + {b}*(x - {X})*(y - {Y}) + {c}*(y - {Y})**2)"
        for A, a, b, c, X, Y in (tuple(f"({n})" for n in row) for row in _TERMS)
    )
    deepest = (-0.5582236346330243, 1.4417258418046687)
    return Landscape.from_potential(
        " + ".join(terms),
        coordinates="x y",
        name="mueller_brown",
        start=deepest,
        domain={"x": (-1.5, 1.2), "y": (-0.2, 2)},
        facts=Facts(
            window={"x": (-1.05, 0.75), "y": (-0.15, 1.65)},
            minima=(
                deepest,
                (0.6234994049308765, 0.0280377585286857),
                (-0.0500108229982061, 0.4666941048719721),
            ),
            saddles=(
                (-0.8220015587327321, 0.6243128028148714),
                (0.2124865820006620, 0.2929883251073678),
            ),
            barrier=106.0346737015466094,
        ),
    )
