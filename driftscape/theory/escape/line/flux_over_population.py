"""The rate of a steady flux from a source to a sink over the population that carries it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...theory import Theory
from .passage import Passage, settled_time


def flux_over_population(
    landscape: Any, *, beta: float, source: float, sink: float, interpretation: str = "ito"
) -> Theory:
    r"""Return the rate k = j/N of the steady state with a source and an absorbing sink on the line.

        p(z) = j beta exp(-psi(z))/D(z) int_max(z, source)^sink exp(psi(y)) dy,    N = int p dz

    with psi as in `mean_first_passage_time`, for sink > source, and its mirror image otherwise:
    probability is fed in at the source as fast as it arrives at the sink (Farkas; Kramers).
    Exactly 1/k = `mean_first_passage_time` from source to sink; with the source in a well and the
    sink beyond the saddle, k is the rate of escape, and that of `eyring_kramers` in the limit of
    large beta.

    Parameters
    ----------
    landscape
        One coordinate; any kind that has a drift, any D(x) > 0.
    beta
        Inverse temperature > 0.
    source, sink
        Two points.
    interpretation
        "ito", "stratonovich" or "isothermal".

    Returns
    -------
    Theory
        In units of 1/time; the truncation is what halving every panel changed.

    Raises
    ------
    ValueError
        As `mean_first_passage_time`.

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
    if not (np.isfinite([source, sink]).all() and source != sink):
        raise ValueError(f"source={source}, sink={sink}; give two different finite points.")
    passage = Passage.between(landscape, beta, source, sink, interpretation, "flux_over_population")
    population, error = settled_time(passage, passage.by_population)
    return Theory(
        1 / population, truncation=error / population, regime="exact",
        source="flux over population", unit="per unit time",
    )  # fmt: skip
