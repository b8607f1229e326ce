"""Escape times of a particle with inertia: Langer's rate in phase space."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ...landscapes.checks import check_landscape
from ...landscapes.landscape import Landscape
from ...simulate.dynamics.underdamped import Underdamped
from ...typing import Float
from ..theory import Theory
from .critical_point import CriticalPoint, critical_pair
from .descent import descent_into
from .kramers import LARGEST_CORRECTION
from .line.panels import as_float
from .nonlinearity import nonlinearity

_ANGLES = 1000  # nodes of the integral of `depletion`


def langer(
    landscape: Landscape, *, beta: float, friction: float, minimum: ArrayLike, saddle: ArrayLike
) -> Theory:
    r"""Return 1/k, with k the rate of escape of a particle with inertia over a saddle (Langer).

    Where this saddle is the only way out, 1/k is the mean time from well to well of underdamped
    Langevin dynamics, `simulate.Underdamped`.

        1/k = (2 pi/lambda) sqrt(|det H_s|/det H_m) exp(beta (Phi_s - Phi_m))
        lambda = sqrt(friction^2/4 + w^2) - friction/2

    with H the Hessians of Phi, -w^2 the negative eigenvalue of H_s, and lambda the one positive
    eigenvalue of the flow (x, v)' = (v, -H_s x - friction v).  Transition-state theory has
    lambda = w; recrossings of the saddle make lambda smaller.  For friction -> infinity, 1/k is
    friction times `eyring_kramers`.  For friction -> 0 it is wrong: noise refills the well more
    slowly than the saddle drains it, and the rate is proportional to friction (energy diffusion).

    Parameters
    ----------
    landscape
        Made by `from_potential`, D = 1, no circulation, as for `simulate.Underdamped`.
    beta
        Inverse temperature > 0.
    friction
        Rate > 0, for a particle of mass 1.
    minimum, saddle
        Critical points of Phi; their signatures are verified, and the descent from the saddle must
        end in the minimum.

    Returns
    -------
    Theory
        In units of time.  The truncation is the first correction's size as in `eyring_kramers`, and
        the part of the rate that energy diffusion removes, by Melnikov and Meshkov's factor.  Valid
        while it is below one half.

    Raises
    ------
    ValueError
        A landscape, friction or beta that `simulate.Underdamped` refuses; points of another kind; a
        saddle from which no descent leads to the minimum.

    References
    ----------
    J. S. Langer, Ann. Phys. 54 (1969) 258; P. Haenggi, P. Talkner, M. Borkovec, Rev. Mod. Phys. 62
    (1990) 251; V. I. Melnikov, S. V. Meshkov, J. Chem. Phys. 85 (1986) 1018.

    Examples
    --------
    >>> from driftscape import landscapes
    >>> well = landscapes.quartic_well()
    >>> print(langer(well, beta=20, friction=1, minimum=-1, saddle=0).value.__round__(1))
    1066.9
    >>> langer(well, beta=20, friction=0.01, minimum=-1, saddle=0).valid
    False
    """
    check_landscape(landscape)
    motion = Underdamped(friction=friction, beta=beta, dt=1e-3)  # checks the numbers
    motion.check_landscape(landscape)
    friction, beta = float(motion.friction), float(motion.beta)
    well, top = critical_pair(landscape, minimum, saddle)
    inward, _, beyond = descent_into(landscape, top, well, top.direction)
    fall = -float(top.curvatures[0])
    rate = fall / (np.sqrt(friction**2 / 4 + fall) + friction / 2)
    height = beta * (top.energy - well.energy)
    if not height:
        raise ValueError(f"beta={beta}; beta times the barrier is 0 in doubles: give a larger one.")
    log = height + float(np.log(2 * np.pi / rate))
    log += float(np.log(np.abs(top.curvatures / well.curvatures)).sum() / 2)
    length = float(np.linalg.norm(top.at - well.at))
    losses = [beta * friction * _orbit_action(landscape, top, inward, length)]
    if beyond is not None:
        losses.append(beta * friction * _orbit_action(landscape, top, -inward, length))
    share = depletion(*losses)
    rough = sum(
        nonlinearity(landscape.gradient, landscape.diffusion, p.at, p.hessian, p.hessian, beta)
        for p in (well, top)
    )
    value, first = as_float(log, "1/k"), max(1 / height, rough) + 1 / share - 1
    return Theory(
        value,
        truncation=first * value,
        regime=(
            f"beta barrier >> 1 (here {height:.3g}), linear forces over the thermal width of "
            f"minimum and saddle (correction {rough:.2g}); spatial diffusion: beta times the "
            f"energy lost in one round >> 1 (here {min(losses):.3g}, which leaves {share:.2g} of "
            "the rate)"
        ),
        source="Langer",
        valid=first <= LARGEST_CORRECTION,
        unit="units of time",
    )


def depletion(loss: float, beyond: float | None = None) -> float:
    r"""Return Melnikov and Meshkov's factor of the rate.

        A(d) = exp[ (1/2 pi) int log(1 - exp(-d (y^2 + 1/4)))/(y^2 + 1/4) dy ]

    with d = beta times the energy that friction removes in one round at the height of the saddle:
    A(loss), or A(loss) A(beyond)/A(loss + beyond) between two wells.
    """
    if beyond is not None:
        return depletion(loss) * depletion(beyond) / depletion(loss + beyond)
    # y = tan(angle)/2 takes dy/(y^2 + 1/4) to 2 d angle; flat at both ends, so midpoints suffice
    angles = (np.arange(_ANGLES) + 0.5) / _ANGLES * np.pi - np.pi / 2
    with np.errstate(under="ignore"):
        logs = np.log1p(-np.exp(-loss / 4 / np.cos(angles) ** 2))
    return float(np.exp(logs.mean()))


def _orbit_action(landscape: Landscape, top: CriticalPoint, inward: Float, length: float) -> float:
    """Return int |v|^2 dt without friction, from the saddle to the turning point and back."""
    from scipy.integrate import solve_ivp

    d, omega = len(top.at), float(np.sqrt(-top.curvatures[0]))
    push = 1e-3 * length

    def motion(_: float, y: Float) -> Float:
        v = y[d : 2 * d]
        return np.concatenate([v, -landscape.gradient(y[:d]), [v @ v]])

    def turned(_: float, y: Float) -> float:
        return float(landscape.gradient(y[:d]) @ y[d : 2 * d])  # d Phi/dt, positive on the far side

    turned.terminal, turned.direction = True, -1  # type: ignore[attr-defined]
    start = np.concatenate([top.at + push * inward, push * omega * inward, [0.0]])
    sizes = length * np.repeat([1.0, omega, omega * length], [d, d, 1])
    path = solve_ivp(motion, (0, 1e3 / omega), start, events=turned, rtol=1e-8, atol=1e-10 * sizes)
    return 2 * float(path.y[-1, -1])
