"""The law of SGD's escape time for noise shaped by the curvature (Xie, Sato, Sugiyama)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..estimate import Theory
from .critical_point import critical_point

READINGS = ("ito", "isothermal")

_LOW_BARRIER = 2.0  # exponents below it are not asymptotic
_ALIKE = 0.1  # relative difference of noise and curvature that still counts as equal


def sgd_escape_time(
    landscape: Any,
    *,
    learning_rate: float,
    batch_size: int,
    minimum: ArrayLike,
    saddle: ArrayLike,
    switch: float = 0.5,
    reading: str = "ito",
) -> Theory:
    r"""Return 1/k, the mean time between wells for SGD whose noise follows the curvature.

        1/k = (2 pi/h) exp[(2 batch_size dL/learning_rate) (s/H_m + (1 - s)/|H_s|)]
        h = H_m (Ito),  |H_s| (isothermal)

    with H_m and H_s the curvatures at the minimum and the saddle along the saddle's unstable
    direction e, and s = `switch`.  It presumes the per-sample covariance C = H_m along e up to the
    loss level L_m + s dL and C = |H_s| above it.  Where C follows |L''| strictly, it vanishes at
    the inflection point and the mean time is infinite: s is a parameter to fit, not a prediction.

    Parameters
    ----------
    landscape
        With a gradient; its own noise is compared with the curvatures.
    learning_rate, batch_size
        Of SGD: beta = 2 batch_size/learning_rate.
    minimum, saddle
        Critical points of the expected loss (or Phi); signatures are verified.
    switch
        Share of the barrier, 0 < s < 1, over which the noise of the valley reaches.
    reading
        "ito", the limit of SGD for small learning rates, or "isothermal" (Haenggi-Klimontovich),
        which gives the published prefactor.

    Returns
    -------
    Theory
        In units of time; steps are time/learning_rate.  Valid where the exponent is above 2 and
        the landscape's noise along e is within 10 % of the curvatures at both points.

    Raises
    ------
    ValueError
        A point of another kind, or a number out of range.

    Notes
    -----
    As some texts print Theorem 3.2, the bracket closes too early: (1 - s)/|H_s| belongs to
    the exponent.  At a fixed batch size the exponent itself is that of the SDE; discrete SGD has
    its own, see `sgd_barrier`.

    References
    ----------
    Z. Xie, I. Sato, M. Sugiyama, ICLR 2021.

    Examples
    --------
    >>> from driftscape.landscapes import Landscape
    >>> well = Landscape.from_potential(
    ...     "(x**2 - 1)**2/4", coordinates="x", diffusion="1 + x**2")
    >>> time = sgd_escape_time(well, learning_rate=0.04, batch_size=1, minimum=-1, saddle=0)
    >>> round(time.value), time.valid
    (37039, True)
    """
    if not (0 < learning_rate < np.inf and batch_size >= 1):
        raise ValueError(
            f"learning_rate={learning_rate}, batch_size={batch_size}; give a positive number and a "
            "whole number >= 1."
        )
    if not 0 < switch < 1:
        raise ValueError(f"switch={switch} is a share of the barrier; give 0 < switch < 1.")
    if reading not in READINGS:
        raise ValueError(f"reading={reading!r}; known: {', '.join(map(repr, READINGS))}.")
    well = critical_point(landscape, minimum, "minimum")
    top = critical_point(landscape, saddle, "saddle")
    barrier = top.energy - well.energy
    if barrier <= 0:
        raise ValueError(
            f"the saddle is {-barrier:.6g} below the minimum: they do not belong together."
        )
    e = top.direction
    valley, ridge = float(e @ well.hessian @ e), float(-(e @ top.hessian @ e))
    beta = 2 * batch_size / learning_rate
    exponent = beta * barrier * (switch / valley + (1 - switch) / ridge)
    value = 2 * np.pi / (valley if reading == "ito" else ridge) * np.exp(exponent)
    noise = [float(e @ landscape.diffusion(p.at) @ e) for p in (well, top)]
    shaped = np.allclose(noise, [valley, ridge], rtol=_ALIKE)
    return Theory(
        float(value),
        truncation=float(value / exponent),
        regime=(
            f"exponent >> 1 (here {exponent:.3g}), noise along the way = curvature (here "
            f"{noise[0]:.3g} for {valley:.3g}, {noise[1]:.3g} for {ridge:.3g})"
        ),
        source="Xie et al., Theorem 3.2, bracket corrected",
        valid=bool(shaped and exponent > _LOW_BARRIER),
        unit="of time",
    )
