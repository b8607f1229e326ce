"""Eyring-Kramers escape times: prefactor and barrier from the landscape's own Hessians."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .estimate import Theory

_LOW_BARRIER = 2.0  # below this many units of 1/beta the asymptotic law is not meant to hold


def eyring_kramers(
    landscape: Any,
    *,
    beta: float,
    minimum: float | Sequence[float],
    saddle: float | Sequence[float],
) -> Theory:
    r"""Return 1/k, the mean time from one well to the other over a saddle.

        1/k = (2 pi/lambda) sqrt(|det H_s|/det H_m) exp(beta (Phi_s - Phi_m))

    with H the Hessians of Phi and lambda the one positive eigenvalue of the drift's linearisation
    -(D + Q) H_s at the saddle (|H_s| on the line with D = 1).  The passage to the saddle itself
    takes 1/(2k) to leading order: from there the process goes either way.

    Parameters
    ----------
    landscape
        Made by `from_potential`; D constant, circulation given as a constant curl or none.
    beta
        Inverse temperature > 0.
    minimum, saddle
        Critical points of Phi; signatures are verified.

    Returns
    -------
    Theory
        In units of time.  Valid for beta (Phi_s - Phi_m) >> 1; the stated truncation is the first
        correction's size, 1/(beta barrier) of the value: a rule, not a bound.

    Raises
    ------
    ValueError
        A point is not critical or has the wrong signature; D or Q depend on the state.

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
    well, top = (np.atleast_1d(np.asarray(p, dtype=float)) for p in (minimum, saddle))
    mobility = _constant(landscape, "diffusion") + _constant(landscape, "curl")
    hessians = []
    for name, point, negative in (("minimum", well, 0), ("saddle", top, 1)):
        gradient, hessian = landscape.gradient(point), landscape.hessian(point)
        if np.abs(gradient).max() > 1e-8 * (1 + np.abs(hessian).max()):
            raise ValueError(
                f"{name}={point.tolist()} is not critical: grad Phi = {gradient.round(6).tolist()}."
            )
        values = np.linalg.eigvalsh(hessian)
        if (values < 0).sum() != negative or np.abs(values).min() < 1e-10:
            wanted = "all positive" if not negative else "one negative, the others positive"
            raise ValueError(
                f"{name}={point.tolist()} has Hessian eigenvalues {values.round(6).tolist()}; "
                f"they must be {wanted}."
            )
        hessians.append(hessian)
    at_well, at_top = hessians
    rate = np.linalg.eigvals(-mobility @ at_top).real.max()
    barrier = float(landscape.potential(top) - landscape.potential(well))
    ratio = abs(np.linalg.det(at_top)) / np.linalg.det(at_well)
    value = 2 * np.pi / rate * np.sqrt(ratio) * np.exp(beta * barrier)
    height = beta * barrier
    return Theory(
        float(value),
        truncation=float(value / height) if height > 0 else float("inf"),
        regime=f"beta barrier >> 1 (here {height:.3g})",
        source="Eyring-Kramers",
        valid=height > _LOW_BARRIER,
        unit="of time",
    )


def _constant(landscape: Any, name: str) -> Any:
    field = getattr(landscape, name)
    if any(e.free_symbols & set(landscape.symbols) for e in field.entries):
        raise ValueError(
            f"the {name} of {landscape.name} depends on the state; this law needs constant D and Q."
        )
    return field(np.zeros(landscape.dim))
