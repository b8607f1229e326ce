"""The rate of a steady flux from a source to a sink over the population that carries it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..estimate import Theory
from .exact_mfpt import READINGS, Line, integration_matrix

_NODES = 12  # of a panel
_MOST_PANELS = 1 << 14
_TOLERANCE = 1e-10


def flux_over_population(
    landscape: Any, *, beta: float, source: float, sink: float, reading: str = "ito"
) -> Theory:
    r"""Return the rate k = j/N of the steady state with a source and an absorbing sink on the line.

        p(z) = j beta exp(-psi(z))/D(z) int_max(z, source)^sink exp(psi(y)) dy,    N = int p dz

    with psi as in `exact_mfpt`, for sink > source, and its mirror image otherwise: probability is
    fed in at the source as fast as it arrives at the sink (Farkas; Kramers).  Exactly 1/k =
    `exact_mfpt` from source to sink; with the source in a well and the sink beyond the saddle,
    k is the rate of escape, and that of `eyring_kramers` in the limit of large beta.

    Parameters
    ----------
    landscape
        One coordinate; any kind that has a drift, any D(x) > 0.
    beta
        Inverse temperature > 0.
    source, sink
        Two points.
    reading
        "ito", "stratonovich" or "isothermal".

    Returns
    -------
    Theory
        In units of 1/time; the truncation is what doubling the panels changed.

    Raises
    ------
    ValueError
        As `exact_mfpt`.

    References
    ----------
    L. Farkas, Z. phys. Chem. 125 (1927) 236; P. Reimann, G. J. Schmid, P. Haenggi, Phys. Rev. E 60
    (1999) R1.

    Examples
    --------
    >>> from driftscape import landscapes
    >>> rate = flux_over_population(landscapes.quartic_well(), beta=10, source=-1, sink=1)
    >>> round(1 / rate.value, 4)
    66.2686
    """
    if landscape.dim != 1:
        raise ValueError(
            f"flux_over_population needs one coordinate; {landscape.name} has {landscape.dim}."
        )
    if not 0 < beta < np.inf:
        raise ValueError(f"beta={beta}; it must be a positive finite number.")
    if reading not in READINGS:
        raise ValueError(f"reading={reading!r}; known: {', '.join(map(repr, READINGS))}.")
    if not (np.isfinite([source, sink]).all() and source != sink):
        raise ValueError(f"source={source}, sink={sink}; give two different finite points.")
    line = Line(landscape, beta, 1.0 if sink > source else -1.0, reading)
    a, b = line.sign * source, line.sign * sink
    far = line.far_end(a, b)
    before, panels = np.inf, 128
    while panels <= _MOST_PANELS:
        population = _population(line, far, a, b, panels)
        error = abs(population - before)
        if error <= _TOLERANCE * population:
            return Theory(
                1 / population, truncation=error / population**2, regime="exact",
                source="flux over population", unit="per unit time",
            )  # fmt: skip
        before, panels = population, 2 * panels
    raise ValueError(
        f"the quadrature did not settle between {source} and {sink} (last change {error:.3g}); is "
        "D zero, or the drift discontinuous, on the way?"
    )


def _population(line: Line, far: float, a: float, b: float, count: int) -> float:
    """N of a unit flux, on `count` Gauss-Legendre panels to each side of the source."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    edges = np.concatenate([np.linspace(far, a, count + 1)[:-1], np.linspace(a, b, count + 1)])
    half = np.diff(edges)[:, None] / 2
    within = integration_matrix(nodes)  # from a panel's left edge to its nodes
    slope, diffusion = line.rates(edges[:-1, None] + half * (nodes + 1))
    whole = (slope * weights * half).sum(1)
    psi = (np.cumsum(whole) - whole)[:, None] + half * (slope @ within.T)
    top = psi[count:].max()
    rise = np.where(np.arange(2 * count)[:, None] < count, 0.0, np.exp(np.minimum(psi - top, 0)))
    # summed from the sink: integrals from the source would cancel near it
    whole = (rise * weights * half).sum(1)
    beyond = whole[::-1].cumsum()[::-1] - whole
    ahead = beyond[:, None] + half * (rise @ (weights - within).T)
    with np.errstate(under="ignore"):
        density = line.beta / diffusion * np.exp(top - psi + np.log(ahead))
    return float((density * weights * half).sum())
