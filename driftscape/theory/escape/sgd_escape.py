"""Escape times of SGD from the noise along its path, and the formula of Xie, Sato and Sugiyama."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ...landscapes.checks import check_landscape
from ...landscapes.landscape import Landscape
from ...validate import check_choice, check_positive, check_probability, check_whole
from ..theory import Theory
from .critical_point import CriticalPoint, critical_pair
from .kramers import LARGEST_CORRECTION, eyring_kramers
from .leading_order import LeadingOrder, leading_order
from .line.panels import as_float

INTERPRETATIONS = ("ito", "isothermal")

_SAME_TIME = 0.1  # relative difference below which two times agree, if no correction is larger


def sgd_escape_time(
    landscape: Landscape,
    *,
    learning_rate: float,
    batch_size: int,
    minimum: ArrayLike,
    saddle: ArrayLike,
    switch: float | None = None,
    interpretation: str = "ito",
) -> Theory:
    r"""Return 1/k, with k the rate of escape of SGD's diffusion from a well over a saddle.

    Where this saddle is the only way out, 1/k is the mean time from well to well; to the saddle
    itself it takes half of it, to leading order.  With C the covariance of the per-sample gradient
    and beta = 2 batch_size/learning_rate, in one coordinate and in the Ito interpretation

        1/k = (2 pi/sqrt(H_m |H_s|)) sqrt(C_s/C_m) exp(beta int_m^s L'/C dx)

    and in several coordinates the same for the most probable path, with the widths of the
    quasi-potential across it.  The formula of Xie et al., for `switch` = s, assumes noise that
    follows the curvature:

        1/k = (2 pi/h) exp[beta dL (s/H_m + (1 - s)/|H_s|)],    h = H_m (Ito),  |H_s| (isothermal)

    with H_m and H_s the curvatures at the minimum and the saddle along the saddle's unstable
    direction: C = H_m up to the loss level L_m + s dL and C = |H_s| above it, and C = H across.
    Where C follows |L''| strictly, it vanishes at the inflection point and the mean time is
    infinite: s is a parameter to fit, not a prediction.

    Parameters
    ----------
    landscape
        Made by `from_loss`; of one made by `from_potential`, whose dynamics descend (D + Q) grad
        Phi, 1/k is `eyring_kramers`.
    learning_rate, batch_size
        Of SGD: beta = 2 batch_size/learning_rate.
    minimum, saddle
        Critical points of the expected loss (or Phi); signatures are verified.
    switch
        Share of the barrier, 0 < s < 1, over which the noise of the valley reaches.  By default the
        landscape's own noise is taken.
    interpretation
        "ito", the limit of SGD for small learning rates, or "isothermal" (Haenggi-Klimontovich),
        which gives the published prefactor.

    Returns
    -------
    Theory
        In units of time; steps are time/learning_rate.  The truncation is the first correction's
        size as in `eyring_kramers`.  With `switch` it includes the distance from the time under the
        landscape's own noise, along the path and across it; valid where that distance is below the
        first correction, or a tenth.

    Raises
    ------
    ValueError
        A point of another kind, or a number out of range; a saddle that is not on the most
        probable path; noise that vanishes on it; a time beyond the range of floating-point
        numbers, with its logarithm.

    Notes
    -----
    As some texts print Theorem 3.2, the bracket closes too early: (1 - s)/|H_s| belongs to
    the exponent.  At a fixed batch size the exponent itself is that of the SDE; discrete SGD has
    its own, see `sgd_barrier`.

    References
    ----------
    Z. Xie, I. Sato, M. Sugiyama, ICLR 2021; F. Bouchet, J. Reygner, Ann. Henri Poincare 17 (2016)
    3499.

    Examples
    --------
    Noise with C = 1 + x^2, which is H = 2 at the minimum and |H| = 1 at the saddle but not
    constant up to half the barrier:

    >>> from driftscape.landscapes import Landscape, Normal
    >>> well = Landscape.from_loss("(x**2 - 1)**2/4 + s*x + t*x**2/2", coordinates="x",
    ...                            samples={"s": Normal(), "t": Normal()})
    >>> escape = {"learning_rate": 0.02, "batch_size": 1, "minimum": -1, "saddle": 0}
    >>> time = sgd_escape_time(well, **escape)
    >>> round(time.value), time.valid
    (768113404, True)
    >>> sgd_escape_time(well, **escape, switch=0.5).valid
    False
    """
    check_landscape(landscape)
    learning_rate = check_positive("learning_rate", learning_rate)
    batch_size = check_whole("batch_size", batch_size)
    if switch is not None:
        switch = check_probability("switch", switch)
    check_choice("interpretation", interpretation, INTERPRETATIONS)
    well, top = critical_pair(landscape, minimum, saddle)
    if top.energy <= well.energy:
        raise ValueError(
            f"the saddle is {well.energy - top.energy:.6g} below the minimum: the escape "
            "must lead upward."
        )
    beta = 2 * batch_size / learning_rate
    if switch is not None:
        return _by_curvature(landscape, beta, well, top, switch, interpretation)
    if landscape.kind == "potential":
        return eyring_kramers(
            landscape, beta=beta, minimum=well.at, saddle=top.at, interpretation=interpretation
        )
    leading = leading_order(landscape, beta, well, top, interpretation)
    value = as_float(leading.log, "1/k")
    return Theory(
        value,
        truncation=leading.rough * value,
        regime=(
            f"beta int L'/C >> 1 (here {leading.exponent:.3g}), linear forces and constant noise "
            f"over the thermal width of minimum and saddle (first correction {leading.rough:.2g})"
        ),
        source="Freidlin-Wentzell, Bouchet-Reygner",
        valid=leading.rough <= LARGEST_CORRECTION,
        unit="units of time",
    )


def _by_curvature(
    landscape: Landscape,
    beta: float,
    well: CriticalPoint,
    top: CriticalPoint,
    share: float,
    interpretation: str,
) -> Theory:
    e = top.direction
    valley, ridge = float(e @ well.hessian @ e), float(-(e @ top.hessian @ e))
    exponent = beta * (top.energy - well.energy) * (share / valley + (1 - share) / ridge)
    log = exponent + float(np.log(2 * np.pi / (valley if interpretation == "ito" else ridge)))
    value = as_float(log, "1/k")
    try:
        own = _own_noise(landscape, beta, well, top, interpretation)
        away = abs(np.expm1(np.clip(own.log - log, -700, 700)))
        why = f"here the time of the landscape's own noise is {np.exp(own.log - log):.3g} times it"
        error, alike = float(away + own.rough), away <= max(own.rough, _SAME_TIME)
    except ValueError as reason:
        why, error, alike = f"here not compared: {reason}", np.inf, False
    return Theory(
        value,
        truncation=error * value,
        regime=(
            f"exponent >> 1 (here {exponent:.3g}), noise = curvature along the path and across it "
            f"({why})"
        ),
        source="Xie et al., Theorem 3.2, bracket corrected",
        valid=bool(alike and error <= LARGEST_CORRECTION),
        unit="units of time",
    )


def _own_noise(
    landscape: Landscape, beta: float, well: CriticalPoint, top: CriticalPoint, interpretation: str
) -> LeadingOrder:
    """Return the escape time under the landscape's own noise."""
    if landscape.kind != "potential":
        return leading_order(landscape, beta, well, top, interpretation)
    kramers = eyring_kramers(
        landscape, beta=beta, minimum=well.at, saddle=top.at, interpretation=interpretation
    )
    height = beta * (top.energy - well.energy)
    return LeadingOrder(float(np.log(kramers.value)), height, kramers.truncation / kramers.value)
