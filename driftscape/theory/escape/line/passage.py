"""Mean first-passage times in one dimension, exactly, by two nested integrals.

    tau = int_start^target dy exp(psi(y)) int_end^y dz beta exp(-psi(z))/D(z),   psi = -beta int b/D

The order of the two integrals is free: `mean_first_passage_time` integrates over y outside, and
`flux_over_population`, whose rate is 1/tau, over z.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ....landscapes.landscape import Landscape
from ....typing import Bools, Float
from ....validate import check_real
from ...theory import Theory
from .line import LineDiffusion
from .panels import Panels, Total, explored, log_sum, node_weights, refuse_singular, settle

_ZERO = -np.inf  # the logarithm of an integral over nothing


def mean_first_passage_time(
    landscape: Landscape, *, beta: float, start: float, target: float, interpretation: str = "ito"
) -> Theory:
    r"""Return the mean time of the SDE's first passage from `start` to `target` in one dimension.

        dx = b dt + sqrt(2 D/beta) dW        (Ito interpretation)
        tau = int_start^target dy exp(psi(y)) int_end^y dz beta exp(-psi(z))/D(z),
        psi = -beta int b/D

    for target > start, and its mirror image otherwise; in the Stratonovich and the isothermal
    interpretation b gains D'/(2 beta) and D'/beta.  The end is -oo, or the first point below the
    start where D vanishes or the drift is infinite, if the process does not pass it: either it
    never gets there, or the drift there leads back and reflects it.

    Parameters
    ----------
    landscape
        One coordinate; any kind that has a drift.
    beta
        Inverse temperature > 0.
    start, target
        Two points; the passage is through `target`.
    interpretation
        "ito", "stratonovich" or "isothermal".

    Returns
    -------
    Theory
        In units of time; the truncation is the change when every panel was halved, rounding, and
        the error of the tails.  Wells beyond the start count if they are at least a
        hundredth as wide as far, out to a hundred times the distance at which psi has risen by 80.

    Raises
    ------
    ValueError
        More than one coordinate; D that vanishes or a drift that diverges on the way; a process
        that nothing holds beyond the start, that may stop at a wall there, or that never reaches
        the target, so that the mean is infinite; a mean beyond the range of floating-point numbers,
        with its logarithm.

    References
    ----------
    C. Gardiner, Handbook of Stochastic Methods (2004), section 5.2.7; for the walls S. Karlin, H.
    M. Taylor, A Second Course in Stochastic Processes (1981), section 15.6.

    Examples
    --------
    >>> from driftscape import landscapes
    >>> tau = mean_first_passage_time(landscapes.quartic_well(), beta=10, start=-1, target=0)
    >>> round(tau.value, 3)
    30.821
    """
    passage = LinePassage.between(
        landscape, beta, start, target, interpretation, "mean_first_passage_time"
    )
    time, error = settle(passage.line, passage.panels, passage.by_climb, "the mean time")
    return Theory(time, truncation=error * time, regime="exact", unit="units of time")


def flux_over_population(
    landscape: Landscape, *, beta: float, start: float, target: float, interpretation: str = "ito"
) -> Theory:
    r"""Return the rate k = j/N: a steady flux to the target over the population that carries it.

        p(z) = j beta exp(-psi(z))/D(z) int_max(z, start)^target exp(psi(y)) dy,    N = int p dz

    with psi as in `mean_first_passage_time`, for target > start, and its mirror image otherwise:
    a source at the start feeds in probability as fast as it arrives at the target, a sink (Farkas;
    Kramers).  Exactly 1/k = `mean_first_passage_time`; with the start in a well and the target
    beyond the saddle, k is the rate of escape, and that of `eyring_kramers` in the limit of large
    beta.

    Parameters
    ----------
    landscape
        One coordinate; any kind that has a drift, any D(x) > 0.
    beta
        Inverse temperature > 0.
    start, target
        Two points: the source and the sink of the flux.
    interpretation
        "ito", "stratonovich" or "isothermal".

    Returns
    -------
    Theory
        In units of 1/time; the truncation is the change when every panel was halved.

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
    >>> rate = flux_over_population(landscapes.quartic_well(), beta=10, start=-1, target=1)
    >>> round(1 / rate.value, 4)
    66.2686
    """
    passage = LinePassage.between(
        landscape, beta, start, target, interpretation, "flux_over_population"
    )
    population, error = settle(passage.line, passage.panels, passage.by_population, "the mean time")
    return Theory(
        1 / population, truncation=error / population, regime="exact",
        source="flux over population", unit="per unit of time",
    )  # fmt: skip


@dataclass(frozen=True)
class LinePassage:
    """A passage from a to b > a, with panels down to an end that the process does not pass."""

    line: LineDiffusion
    a: float
    b: float
    end: float | None  # a wall or -inf; None where nothing is beyond the panels
    panels: Panels

    @classmethod
    def between(
        cls,
        landscape: Landscape,
        beta: float,
        start: float,
        target: float,
        interpretation: str,
        name: str,
    ) -> LinePassage:
        """Check the points; make panels between them and beyond the start.

        Raises
        ------
        ValueError
            The points are equal or not finite, the noise stops on the way, or nothing holds the
            process beyond the start.
        """
        start, target = check_real("start", start), check_real("target", target)
        if start == target:
            raise ValueError(f"start={start}, target={target}; give two different points.")
        line = LineDiffusion(landscape, beta, 1.0 if target > start else -1.0, interpretation, name)
        a, b = line.sign * start, line.sign * target
        beyond, end = line.edges_beyond(a, b)
        panels = explored(line, np.concatenate([beyond[:-1], line.edges(a, b)]), a)
        singular = panels.singular
        refuse_singular(line, panels, singular & (panels.right > a))
        if singular.any():
            end, panels = panels.cut(line)
        passage = cls(line, a, b, end, panels)
        passage._refuse_sticking()
        return passage

    def _refuse_sticking(self) -> None:
        """Refuse a wall that the process reaches and from which no drift leads back."""
        if self.end is None or not np.isfinite(self.end):
            return
        base = self.panels.base(self.a)
        if not np.isfinite(self.panels.beyond(1, base, self.end, self.b).log):
            return  # never reached
        drift = self.line.drift(np.array([self.end, self.panels.left[0]]))
        if not (drift[0] if np.isfinite(drift[0]) else drift[1]) > 0:
            raise ValueError(
                f"the process may run into {self.line.sign * self.end:.6g} before it gets to the "
                f"target, where D = {self.line.diffusion(np.array([self.end]))[0]:.3g} and the "
                f"drift is {self.line.sign * drift[0]:.3g}: nothing leads back from there."
            )

    def tails(self, panels: Panels) -> tuple[float, float, float]:
        """Return the logs of the integrals of exp(-psi)/D below the panels and of exp(psi) above b.

        The third number is their relative error.
        """
        base, below, above, doubt = panels.base(self.a), _ZERO, _ZERO, 0.0
        if self.end is not None:
            power = panels.beyond(-1, base, self.end, self.b)
            if power.log == np.inf:
                raise ValueError(self._unconfined(panels))
            below, doubt = power.log, power.doubt
        if self.line.walled(self.b):
            power = panels.beyond(1, base, self.b, self.a)
            if power.log == np.inf:
                raise ValueError(
                    f"the target {self.line.sign * self.b:.6g}, where the noise stops or the drift "
                    "is infinite, is never reached: the mean time is infinite."
                )
            above, doubt = power.log, doubt + power.doubt
        return below, above, doubt

    def _unconfined(self, panels: Panels) -> str:
        if self.end is None or self.end == -np.inf:
            return self.line.unconfined(float(panels.left[0]))
        return (
            f"the process gathers at the wall {self.line.sign * self.end:.6g}, where the noise "
            "stops: no drift holds it away, and the mean time is infinite."
        )

    def by_climb(self, panels: Panels) -> Total:
        """Return int dy exp(psi(y)) times the population below y."""
        parts = _Parts.of(self, panels)
        width = np.log(panels.width / 2)[:, None]
        base = panels.base(self.a)[:, None]
        within = log_sum(base + panels.psi + parts.mass_to + width + node_weights(), 1)
        return parts.total(np.where(parts.inside, within, _ZERO))

    def by_population(self, panels: Panels) -> Total:
        """Return int dz exp(-psi(z)) beta/D(z) times the climb above z, or above a."""
        parts = _Parts.of(self, panels)
        width = np.log(panels.width / 2)[:, None]
        base = panels.base(self.a)[:, None]
        with np.errstate(invalid="ignore", divide="ignore"):
            climb = parts.climb[:, None]
            left = climb + np.log1p(-np.exp(np.minimum(parts.climb_to - climb, 0)))
        within = log_sum(panels.weight - base - panels.psi + left + width + node_weights(), 1)
        return parts.total(np.where(parts.inside, within, _ZERO))


@dataclass(frozen=True)
class _Parts:
    """Contributions of the panels of a passage, as logarithms: population and climb, exp(psi)."""

    inside: Bools  # whether a panel lies between the two points
    mass: Float  # population of each panel
    mass_to: Float  # of each panel up to its nodes
    climb: Float  # integral of exp(psi) over each panel
    climb_to: Float  # of each panel up to its nodes
    below: Float  # population below each panel
    above: Float  # integral of exp(psi) above each panel
    relative: tuple[Float, Float]  # errors of mass and climb
    doubt: Float  # error of psi over each panel
    tails: tuple[float, float, float]

    @classmethod
    def of(cls, passage: LinePassage, panels: Panels) -> _Parts:
        base, inside = panels.base(passage.a), panels.left >= passage.a
        with np.errstate(divide="ignore", over="ignore", under="ignore", invalid="ignore"):
            mass, mass_to, mass_error = panels.integrals(-1, base)
            climb, climb_to, climb_error = panels.integrals(1, base)
            climb = np.where(inside, climb, _ZERO)
            tails = passage.tails(panels)
            below = np.logaddexp.accumulate(np.append(tails[0], mass))
            above = np.logaddexp.accumulate(np.append(tails[1], climb[::-1]))[::-1]
        return cls(
            inside, mass, mass_to, climb, climb_to, below, above, (mass_error, climb_error),
            panels.doubt, tails,
        )  # fmt: skip

    def total(self, within: Float) -> Total:
        """Add up pairs of panels, population below and climb above; `within`: pairs in a panel."""
        below, above, (low, high, doubt) = self.below[:-1], self.above[1:], self.tails
        with np.errstate(under="ignore", invalid="ignore"):
            each = np.logaddexp(self.climb + below, within)
            first = np.logaddexp.reduce(each)
            whole = float(np.logaddexp(first, high + self.below[-1]))
            by_mass = np.exp(np.logaddexp(self.mass + above, within) - whole)
            by_climb = np.exp(each - whole)
            across = np.exp(below + above - whole)
            errors = self.relative[0] * by_mass + self.relative[1] * by_climb
            errors = errors + self.doubt * (by_mass + by_climb + across)
            tails = np.exp(np.logaddexp(low + self.above[0], high + self.below[-1]) - whole)
        # a panel on which nothing depends may have errors of any size
        return Total(whole, np.where(by_mass + by_climb + across > 0, errors, 0.0), doubt * tails)
