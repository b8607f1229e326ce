r"""A parabola under noise that grows to the right: the exact potential and its minimum.

    f = x^2/2,    D = 1 + x/2 + x^2/4,    b = -x = -D Phi_0',
    Phi_0 = integral of x/D = 2 ln D - (4/sqrt 3) arctan((x + 1)/sqrt 3)

The interpretation of the noise adds a multiple of ln D/beta to Phi_0:

    Ito              Phi_0 + ln D/beta           mode -1/(2 beta + 1)
    Stratonovich     Phi_0 + ln D/(2 beta)       mode -1/(4 beta + 1)
    A-type           Phi_0                       mode 0

SGD with gradients of this mean and covariance has the Ito interpretation for small learning rates
eta, at beta = 2 b/eta.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .... import simulate
from ....landscapes import Landscape, Normal
from ....typing import Float

DIFFUSION = "1 + x/2 + x**2/4"
INTERPRETATIONS: dict[str, type[simulate.Ito | simulate.Stratonovich | simulate.AType]] = {
    "Itô": simulate.Ito,
    "Stratonovich": simulate.Stratonovich,
    "A-type": simulate.AType,
}
_SHARE = {"Itô": 1.0, "Stratonovich": 0.5, "A-type": 0.0}


def landscape(interpretation: str) -> Landscape:
    """Return the landscape: from Phi_0 for the A-type interpretation, else from the drift.

    Examples
    --------
    >>> [landscape(each).drift(1)([1.5]).tolist() for each in INTERPRETATIONS]
    [[-1.5], [-1.5], [-1.5]]
    """
    if interpretation != "A-type":
        return Landscape.from_drift(
            "-x", coordinates="x", diffusion=DIFFUSION, name="state-dependent noise"
        )
    return Landscape.from_potential(
        "2*log(1 + x/2 + x**2/4) - 4/sqrt(3)*atan((x + 1)/sqrt(3))",
        coordinates="x",
        diffusion=[[DIFFUSION]],
        name="state-dependent noise",
    )


def loss(beta: float, learning_rate: float) -> Landscape:
    """Return a loss whose gradients have mean x and covariance 2 D/(beta learning_rate).

    SGD with batches of one then has the inverse temperature `beta` at any small learning rate.  The
    noise is the sum of two terms: (1 + x/4)^2 + 3 x^2/16 = D.

    Examples
    --------
    >>> noisy = loss(2.0, 0.02)
    >>> float(noisy.diffusion([1.0])[0, 0].round(9)), 50 * 1.75
    (87.5, 87.5)
    """
    return Landscape.from_loss(
        "x**2/2 + s*z1*(x + x**2/8) + s*sqrt(3)/8*z2*x**2",
        coordinates="x",
        samples={"z1": Normal(0, 1), "z2": Normal(0, 1)},
        parameters={"s": float((2 / (beta * learning_rate)) ** 0.5)},
        name="parabola with state-dependent gradient noise",
    )


def potential(x: ArrayLike, interpretation: str, beta: float) -> Float:
    """Return Phi at x, 0 at its minimum, in one of the `INTERPRETATIONS`."""

    def phi(y: Float | float) -> Float:
        D = 1 + y / 2 + y**2 / 4
        bare = 2 * np.log(D) - 4 / np.sqrt(3) * np.arctan((y + 1) / np.sqrt(3))
        return np.asarray(bare + _SHARE[interpretation] * np.log(D) / beta)

    return phi(np.asarray(x, dtype=float)) - phi(mode(interpretation, beta))


def mode(interpretation: str, beta: float) -> float:
    """Return the minimum of Phi, where beta x + share D' = 0 with D' = (1 + x)/2.

    Examples
    --------
    >>> [round(mode(each, 1.0), 4) for each in INTERPRETATIONS]
    [-0.3333, -0.2, 0.0]
    """
    share = _SHARE[interpretation]
    return -share / (2 * beta + share) if share else 0.0
