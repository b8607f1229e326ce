"""Eyring-Kramers escape times: prefactor and barrier from the landscape's own Hessians."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..estimate import Theory
from .circulation import READINGS, Transverse
from .critical_point import critical_point

_LOW_BARRIER = 2.0  # below this many units of 1/beta the asymptotic law is not meant to hold


def eyring_kramers(
    landscape: Any,
    *,
    beta: float,
    minimum: ArrayLike,
    saddle: ArrayLike,
    reading: str = "ito",
) -> Theory:
    r"""Return 1/k, the mean time from one well to the other over a saddle.

        1/k = (2 pi/lambda) sqrt(|det H_s|/det H_m) exp(beta (Phi_s - Phi_m)) exp(int F dt)

    with H the Hessians of Phi and lambda the one positive eigenvalue of the drift's linearisation
    at the saddle: of -(D + Q) H_s, or with a current of -D H_s + grad j (|H_s| on the line with
    D = 1).  The last factor is 1 for constant D and Q, and under the A-type reading; otherwise

        F = div(D + Q) . grad Phi (Ito),    div Q . grad Phi (isothermal)

    is integrated along the most likely way up, dx/dt = (D - Q) grad Phi.  The passage to the saddle
    itself takes 1/(2k) to leading order: from there the process goes either way.

    Parameters
    ----------
    landscape
        Made by `from_potential`; a current must be transverse, J . grad Phi = 0.
    beta
        Inverse temperature > 0.
    minimum, saddle
        Critical points of Phi; signatures are verified.
    reading
        "ito", "stratonovich", "isothermal" or "a-type": what a D or Q that depends on the state
        means.

    Returns
    -------
    Theory
        In units of time.  Valid for beta (Phi_s - Phi_m) >> 1; the stated truncation is the first
        correction's size, 1/(beta barrier) of the value: a rule, not a bound.

    Raises
    ------
    ValueError
        A point is not critical or has the wrong signature; the current is not transverse; noise
        does not reach the unstable direction; the most likely way from this minimum does not lead
        over this saddle (looked at where F matters).

    References
    ----------
    P. Haenggi, P. Talkner, M. Borkovec, Rev. Mod. Phys. 62 (1990) 251; F. Bouchet, J. Reygner,
    Ann. Henri Poincare 17 (2016) 3499 (with circulation).

    Examples
    --------
    >>> from driftscape import landscapes
    >>> tau = eyring_kramers(landscapes.quartic_well(), beta=20, minimum=-1, saddle=0)
    >>> round(tau.value, 1)
    659.4
    """
    if not 0 < beta < np.inf:
        raise ValueError(f"beta={beta}; it must be a positive finite number.")
    if reading not in READINGS:
        raise ValueError(f"reading={reading!r}; known: {', '.join(map(repr, READINGS))}.")
    if landscape.kind != "potential":
        raise ValueError(
            f"{landscape.name} is a {landscape.kind} landscape; this law needs Phi: make it with "
            "Landscape.from_potential, or see quasipotential_barrier for the exponent."
        )
    well = critical_point(landscape, minimum, "minimum")
    top = critical_point(landscape, saddle, "saddle")
    circulation = Transverse.of(landscape, beta, well, top)
    height = beta * (top.energy - well.energy)
    ratio = np.prod(np.abs(top.curvatures / well.curvatures))
    exponent = height + circulation.log_factor(well, top, reading)
    value = 2 * np.pi / circulation.leaving_rate(top) * np.sqrt(ratio) * np.exp(exponent)
    return Theory(
        float(value),
        truncation=float(value / height) if height > 0 else float("inf"),
        regime=f"beta barrier >> 1 (here {height:.3g})",
        source="Eyring-Kramers" if circulation.constant else "Bouchet-Reygner",
        valid=bool(height > _LOW_BARRIER),
        unit="of time",
    )
