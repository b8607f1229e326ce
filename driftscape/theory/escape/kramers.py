"""Eyring-Kramers escape times: prefactor and barrier from the Hessians of the potential."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ...landscapes.checks import check_landscape
from ...landscapes.landscape import Landscape
from ...validate import check_choice, check_positive
from ..theory import Theory
from .circulation import INTERPRETATIONS, Transverse
from .critical_point import critical_pair
from .line.panels import as_float
from .nonlinearity import nonlinearity

LARGEST_CORRECTION = 0.5  # relative first correction above which an asymptotic law is not valid


def eyring_kramers(
    landscape: Landscape,
    *,
    beta: float,
    minimum: ArrayLike,
    saddle: ArrayLike,
    interpretation: str = "ito",
) -> Theory:
    r"""Return 1/k, with k the rate of escape from a well over a saddle (Eyring-Kramers).

    Where this saddle is the only way out, 1/k is the mean time from well to well.

        1/k = (2 pi/lambda) sqrt(|det H_s|/det H_m) exp(beta (Phi_s - Phi_m)) exp(int F dt)

    with H the Hessians of Phi and lambda the one positive eigenvalue of the drift's linearisation
    at the saddle: of -(D + Q) H_s, or with a current of -D H_s + grad j (|H_s| on the line with
    D = 1).  The last factor is 1 for constant D and Q, and under the A-type interpretation;
    otherwise

        F = div(D + Q) . grad Phi (Ito),    div Q . grad Phi (isothermal)

    is integrated along the most probable path, dx/dt = (D - Q) grad Phi.  The passage to the saddle
    itself takes 1/(2k) to leading order, as half of the paths return from there.

    Parameters
    ----------
    landscape
        Made by `from_potential`; a current must be transverse, J . grad Phi = 0.
    beta
        Inverse temperature > 0.
    minimum, saddle
        Critical points of Phi; signatures are verified.
    interpretation
        "ito", "stratonovich", "isothermal" or "a-type", for a D or Q that depends on the state.

    Returns
    -------
    Theory
        In units of time.  The truncation is the size of the first correction: 1/(beta barrier) of
        the value, or the deviation of force and noise from linear and constant within the thermal
        width of the two points, if that is larger; an estimate, not a bound.  Valid while it is
        below one half of the value.

    Raises
    ------
    ValueError
        A point is not critical or has the wrong signature; the current is not transverse; noise
        does not reach the unstable direction; the most probable path from this minimum does not
        lead over this saddle; a time beyond the range of floating-point numbers, with its
        logarithm.

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
    check_landscape(landscape)
    beta = check_positive("beta", beta)
    check_choice("interpretation", interpretation, INTERPRETATIONS)
    if landscape.kind != "potential":
        raise ValueError(
            f"{landscape.name} is a {landscape.kind} landscape; the formula needs Phi: make it "
            "with Landscape.from_potential, or see quasipotential_barrier for the exponent."
        )
    well, top = critical_pair(landscape, minimum, saddle)
    circulation = Transverse.of(landscape, beta, well, top)
    rate = circulation.leaving_rate(top)
    height = beta * (top.energy - well.energy)
    if not height:
        raise ValueError(f"beta={beta}; beta times the barrier is 0 in doubles: give a larger one.")
    ratio = np.abs(top.curvatures / well.curvatures)
    log = height + circulation.log_factor(well, top, interpretation)
    log += float(np.log(2 * np.pi / rate) + np.log(ratio).sum() / 2)
    rough = sum(
        nonlinearity(landscape.gradient, circulation.noise, p.at, p.hessian, p.hessian, beta)
        for p in (well, top)
    )
    value, share = as_float(log, "1/k"), max(1 / height, rough)
    return Theory(
        value,
        truncation=share * value,
        regime=(
            f"beta barrier >> 1 (here {height:.3g}), linear forces and constant noise over the "
            f"thermal width of minimum and saddle (first correction {share:.2g})"
        ),
        source="Eyring-Kramers" if circulation.constant else "Bouchet-Reygner",
        valid=share <= LARGEST_CORRECTION,
        unit="units of time",
    )
