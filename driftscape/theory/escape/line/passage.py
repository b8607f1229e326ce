"""A passage along the line: where it may go, and its mean time by two integrals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .line import Line
from .panels import (
    Panels,
    Total,
    as_float,
    explored,
    log_sum,
    node_weights,
    refuse_singular,
    settle,
)

_NONE = -np.inf


@dataclass(frozen=True)
class Passage:
    """From a to b > a on a turned line, with panels down to an end that holds the process."""

    line: Line
    a: float
    b: float
    end: float | None  # a wall or -inf; None where nothing is beyond the panels
    panels: Panels
    name: str

    @classmethod
    def between(
        cls,
        landscape: Any,
        beta: float,
        start: float,
        target: float,
        interpretation: str,
        name: str,
    ) -> Passage:
        """Lay panels between the points and beyond the start.

        Raises
        ------
        ValueError
            The noise stops on the way, or the process is not held beyond the start.
        """
        line = Line(landscape, beta, 1.0 if target > start else -1.0, interpretation, name)
        a, b = line.sign * start, line.sign * target
        beyond, end = line.edges_beyond(a, b)
        panels = explored(line, np.concatenate([beyond[:-1], line.edges(a, b)]), a)
        singular = panels.singular
        refuse_singular(line, panels, singular & (panels.right > a))
        if singular.any():
            end, panels = panels.cut(line)
        made = cls(line, a, b, end, panels, name)
        made._refuse_sticking()
        return made

    def _refuse_sticking(self) -> None:
        """Refuse a wall that is reached and has no drift that leads back."""
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
        """Logs of the integrals beyond the panels, of exp(-psi)/D and at b of exp(psi); doubt."""
        base, below, above, doubt = panels.base(self.a), _NONE, _NONE, 0.0
        if self.end is not None:
            power = panels.beyond(-1, base, self.end, self.b)
            if power.log == np.inf:
                raise ValueError(self._not_held(panels))
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

    def _not_held(self, panels: Panels) -> str:
        if self.end is None or self.end == -np.inf:
            return self.line.not_held(float(panels.left[0]))
        return (
            f"the process gathers at the wall {self.line.sign * self.end:.6g}, where the noise "
            "stops: no drift holds it away, and the mean time is infinite."
        )

    def by_slope(self, panels: Panels) -> Total:
        """Int dy exp(psi(y)) times the population below y."""
        parts = _Parts.of(self, panels)
        width = np.log(panels.width / 2)[:, None]
        base = panels.base(self.a)[:, None]
        within = log_sum(base + panels.psi + parts.mass_to + width + node_weights(), 1)
        return parts.total(np.where(parts.inside, within, _NONE))

    def by_population(self, panels: Panels) -> Total:
        """Int dz exp(-psi(z)) beta/D(z) times what is left to climb above z, or above a."""
        parts = _Parts.of(self, panels)
        width = np.log(panels.width / 2)[:, None]
        base = panels.base(self.a)[:, None]
        with np.errstate(invalid="ignore", divide="ignore"):
            climb = parts.climb[:, None]
            left = climb + np.log1p(-np.exp(np.minimum(parts.climb_to - climb, 0)))
        within = log_sum(panels.weight - base - panels.psi + left + width + node_weights(), 1)
        return parts.total(np.where(parts.inside, within, _NONE))


@dataclass(frozen=True)
class _Parts:
    """What the panels of a passage contribute, as logarithms."""

    inside: Any
    mass: Any
    mass_to: Any
    climb: Any
    climb_to: Any
    below: Any  # population below each panel
    above: Any  # what is left to climb above each
    relative: Any  # errors of mass and climb
    doubt: Any  # error of psi over each panel
    tails: tuple[float, float, float]

    @classmethod
    def of(cls, passage: Passage, panels: Panels) -> _Parts:
        base, inside = panels.base(passage.a), panels.left >= passage.a
        with np.errstate(divide="ignore", over="ignore", under="ignore", invalid="ignore"):
            mass, mass_to, mass_error = panels.integrals(-1, base)
            climb, climb_to, climb_error = panels.integrals(1, base)
            climb = np.where(inside, climb, _NONE)
            tails = passage.tails(panels)
            below = np.logaddexp.accumulate(np.append(tails[0], mass))
            above = np.logaddexp.accumulate(np.append(tails[1], climb[::-1]))[::-1]
        return cls(
            inside, mass, mass_to, climb, climb_to, below, above, (mass_error, climb_error),
            panels.doubt, tails,
        )  # fmt: skip

    def total(self, within: Any) -> Total:
        """Add up pairs of panels: population below, climb above; `within` for a panel's own."""
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


def settled_time(
    passage: Passage, total: Callable[[Panels], Total] | None = None
) -> tuple[float, float]:
    """Return the mean time and its relative error."""
    log, error = settle(
        passage.line, passage.panels, total or passage.by_slope, "the quadrature of the mean time"
    )
    return as_float(log, "the mean time"), error
