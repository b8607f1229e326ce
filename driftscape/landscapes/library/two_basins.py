"""A sharp and a flat basin under noise of the data."""

from ..facts import Facts, FixedPoint, Tensors
from ..landscape import Landscape
from ..samples import Normal


def two_basins(noise: float = 0.01) -> Landscape:
    """Two basins in the plane, one sharp and one flat, under noise of the data.

        l(w; n) = 10 (p - n1)^2 + 100 (q - n2)^2            in the sharp basin, around (1, 1)
        l(w; n) = (p - n1)^2 + (q + 2 sqrt2 - n2)^2         in the flat basin, around (-1, -1)

    in the rotated coordinates p = (w0 - w1)/sqrt2, q = (w0 + w1 - 2)/sqrt2, with the samples n1 ~
    N(0, 10 noise^2), n2 ~ N(0, noise^2).  Each point belongs to the basin of smaller expected loss.
    The Hessians are [[110, 90], [90, 110]] and 2 I.  SGD leaves the sharp basin for the flat one,
    since its noise is largest in the direction in which the basin is narrowest; isotropic noise of
    the same trace does so rarely.  Symmetry: exchange of w0 and w1, which changes the sign of p.

    The paper takes the minimum of both losses at every sample.  Here the basin is chosen by the
    expected losses, which differs on the ridge only and makes every expectation exact.  Published
    sizes: start (1, 1), learning rate 0.005, 500 steps, success if both coordinates end below -1/2.
    With noise = 0.01, that of the data, no trajectory ever escapes.  The paper scales the noise up
    to a trace of 0.01 per step, which is noise = 0.0953 here: SGD then escapes in 97 % of the runs,
    and isotropic noise in 10 %.

    Parameters
    ----------
    noise
        Standard deviation of the sample n2, >= 0; default 0.01.

    Returns
    -------
    Landscape
        A loss with the coordinates w0, w1; it starts in the sharp minimum (1, 1).

    Raises
    ------
    FormulaError
        (a ValueError) `noise` is negative or not a finite number.

    References
    ----------
    Z. Zhu, J. Wu, B. Yu, L. Wu and J. Ma, "The anisotropic noise in stochastic gradient descent"
    (ICML 2019), the two-dimensional experiment.

    Examples
    --------
    >>> two_basins().hessian.at((1, 1))
    [[110, 90], [90, 110]]
    """
    p, q, r = "(w0 - w1)/sqrt(2)", "(w0 + w1 - 2)/sqrt(2)", "(w0 + w1 + 2)/sqrt(2)"
    sharp = f"(10*({p} - n1)**2 + 100*({q} - n2)**2)"
    flat = f"(({p} - n1)**2 + ({r} - n2)**2)"
    mean_sharp = f"10*({p})**2 + 100*({q})**2 + 200*noise**2"
    mean_flat = f"({p})**2 + ({r})**2 + 11*noise**2"
    return Landscape.from_loss(
        f"{flat} + where({mean_sharp} < {mean_flat}, 1, 0)*({sharp} - {flat})",
        coordinates="w0 w1",
        samples={"n1": Normal(0, "noise*sqrt(10)"), "n2": Normal(0, "noise")},
        parameters={"noise": noise},
        name="two_basins",
        start=(1, 1),
        facts=Facts(
            window={"w0": (-2, 2), "w1": (-2, 2)},
            minima=((1, 1), (-1, -1)),
            max_learning_rate="1/100",
            fixed_points=(
                FixedPoint(at=(1, 1), characteristic=(1, 220, 4000)),
                FixedPoint(at=(-1, -1), characteristic=(1, 4, 4)),
            ),
            tensors=(
                Tensors(
                    at=(1, 1),
                    values={
                        "hessian": [[110, 90], [90, 110]],
                        "covariance": [
                            ["22000*noise**2", "18000*noise**2"],
                            ["18000*noise**2", "22000*noise**2"],
                        ],
                    },
                ),
                Tensors(
                    at=(-1, -1),
                    values={
                        "hessian": [[2, 0], [0, 2]],
                        "covariance": [
                            ["22*noise**2", "-18*noise**2"],
                            ["-18*noise**2", "22*noise**2"],
                        ],
                    },
                ),
            ),
            notes={"ridge": "a kink; its lowest point is 800/121 high at noise = 0"},
        ),
    )
