r"""A parabola under noise that grows to the right: where its density is highest, exactly.

    f = x^2/2,    D = 1 + x/2 + x^2/4,    b = -x = -D Phi_0',
    Phi_0 = integral of x/D = 2 ln D - (4/sqrt 3) arctan((x + 1)/sqrt 3)

The interpretation of the noise adds a multiple of ln D/beta to Phi_0:

    Ito              Phi_0 + ln D/beta           mode -1/(2 beta + 1)
    Stratonovich     Phi_0 + ln D/(2 beta)       mode -1/(4 beta + 1)
    A-type           Phi_0                       mode 0

SGD that draws gradients of this mean and covariance is Ito for small learning rates eta, at
beta = 2 b/eta.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .... import simulate
from ....landscapes import Landscape, Normal

DIFFUSION = "1 + x/2 + x**2/4"
INTERPRETATIONS: dict[str, Any] = {
    "Itô": simulate.Ito,
    "Stratonovich": simulate.Stratonovich,
    "A-type": simulate.AType,
}
_SHARE = {"Itô": 1.0, "Stratonovich": 0.5, "A-type": 0.0}


def landscape(interpretation: str) -> Landscape:
    """Return it: by Phi_0 for the A-type interpretation, which keeps Phi_0, else by the drift.

    Examples
    --------
    >>> [landscape(each).drift(1)([1.5]).tolist() for each in INTERPRETATIONS]
    [[-1.5], [-1.5], [-1.5]]
    """
    if interpretation != "A-type":
        return Landscape.from_drift("-x", coordinates="x", diffusion=DIFFUSION, name="uneven noise")
    return Landscape.from_potential(
        "2*log(1 + x/2 + x**2/4) - 4/sqrt(3)*atan((x + 1)/sqrt(3))",
        coordinates="x",
        diffusion=[[DIFFUSION]],
        name="uneven noise",
    )


def loss(beta: float, learning_rate: float) -> Landscape:
    """Return a loss whose gradients have mean x and covariance 2 D/(beta learning_rate).

    SGD with batches of one then has the noise of inverse temperature `beta` at a learning rate as
    small as one likes: (1 + x/4)^2 + 3 x^2/16 = D.

    Examples
    --------
    >>> made = loss(2.0, 0.02)
    >>> float(made.diffusion([1.0])[0, 0].round(9)), 50 * 1.75
    (87.5, 87.5)
    """
    return Landscape.from_loss(
        "x**2/2 + s*z1*(x + x**2/8) + s*sqrt(3)/8*z2*x**2",
        coordinates="x",
        samples={"z1": Normal(0, 1), "z2": Normal(0, 1)},
        parameters={"s": float((2 / (beta * learning_rate)) ** 0.5)},
        name="parabola with uneven gradient noise",
    )


def potential(x: Any, interpretation: str, beta: float) -> Any:
    """Return Phi at x, 0 at its minimum, in one of the `INTERPRETATIONS`."""

    def phi(y: Any) -> Any:
        D = 1 + y / 2 + y**2 / 4
        bare = 2 * np.log(D) - 4 / np.sqrt(3) * np.arctan((y + 1) / np.sqrt(3))
        return bare + _SHARE[interpretation] * np.log(D) / beta

    return phi(np.asarray(x, dtype=float)) - phi(mode(interpretation, beta))


def mode(interpretation: str, beta: float) -> float:
    """Return where Phi is lowest: D' = (1 + x)/2 is zero of beta x + share D'.

    Examples
    --------
    >>> [round(mode(each, 1.0), 4) for each in INTERPRETATIONS]
    [-0.3333, -0.2, 0.0]
    """
    share = _SHARE[interpretation]
    return -share / (2 * beta + share) if share else 0.0
