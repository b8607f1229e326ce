r"""Integrals of exp(psi) and of exp(-psi) beta/D in one dimension, on adaptive panels.

On every panel psi comes from its interpolated slope, relative to the panel's left edge, and panels
are added up as logarithms: neither exp(+-1000) nor a wall where D = 0 overflows.  The last Legendre
coefficients of psi', exp(-psi)/D and exp(psi) estimate the error of a panel; a panel is halved
while this error, times its share of the whole, is not negligible.  Beyond the last panel, toward a
wall or infinity, integrands are powers of the distance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TypeAlias

import numpy as np

from ....typing import Bools, Float, Index
from .line import NEAREST, LineDiffusion

_NODES = 12  # nodes of a panel
_PANEL_ERROR = 1e-13  # error of a panel, relative to the whole, below which it is not halved
_TOLERANCE = 1e-6  # largest relative change at the last halving of every panel
_TAIL_TOLERANCE = 1e-3  # largest relative error of the integrals beyond the panels
_MOST_PANELS = 1 << 18
_WELL_ERROR = 0.1  # error of psi on a panel, relative to 1 + its rise, that may hide a well
_LEAST_WIDTH = 4e-15  # width of a panel that is not halved, relative to its position
_LEAST_WIDTH_AT_ORIGIN = 1e-100
_NARROW = 1e-10  # relative width at which psi is exact or has no integral; below it, rounding shows
_PSI_ERROR = 1e-6  # error of psi, relative to 1 + its rise, from which on a panel is halved
_SINGULAR_ERROR = 1e-4  # error of psi on a narrow panel where it has no integral
_NEGLIGIBLE_RISE = 60.0  # rise of psi above its lowest value toward the start: accuracy may be less
_LEAST_POWER = 1e-6  # least power of the distance that counts as convergent
_LARGEST_EXPONENT = 700.0  # of a floating-point number


Selection: TypeAlias = slice | Index | Bools


def _before(nodes: Float, coefficients: Float) -> Float:
    """Return A with (A f)_i = int_-1^node_i of the polynomial through f at the nodes."""
    columns = [np.polynomial.legendre.legint(row, lbnd=-1) for row in np.eye(len(nodes))]
    integrals = np.stack([np.polynomial.legendre.legval(nodes, c) for c in columns], axis=1)
    return np.asarray(integrals @ coefficients)


_X, _W = (np.asarray(v, dtype=np.float64) for v in np.polynomial.legendre.leggauss(_NODES))
_COEFFICIENTS: Float = np.linalg.inv(np.polynomial.legendre.legvander(_X, _NODES - 1)).astype(float)
_BEFORE = _before(_X, _COEFFICIENTS)
_ENDS = np.stack([_COEFFICIENTS.T @ s ** np.arange(_NODES) for s in (-1.0, 1.0)], 1)
_GAP = 1 - float(_X[-1])  # distance of the last node from the edge, in half panels


@dataclass(frozen=True)
class Panels:
    """Edges and, at the nodes of each panel, psi from its left edge and log(beta/D)."""

    left: Float
    right: Float
    psi: Float  # (n, nodes)
    rise: Float  # of psi over the panel, (n,)
    wiggle: Float  # error of its rise, estimated by the last coefficients of its slope, (n,)
    weight: Float  # log(beta/D), (n, nodes)
    ends: Float  # slope of psi and log(beta/D) extrapolated to both edges, (n, 2, 2)

    @classmethod
    def of(cls, line: LineDiffusion, left: Float, right: Float) -> Panels:
        """Evaluate a line on panels."""
        half = (right - left)[:, None] / 2
        slope, weight = line.rates(left[:, None] + half * (_X + 1))
        tail = np.abs(slope @ _COEFFICIENTS[-2:].T).sum(1)
        wiggle = np.where(np.isfinite(tail), half[:, 0] * tail, np.inf)
        ends = np.stack([slope @ _ENDS, weight @ _ENDS], 1)
        psi = half * (slope @ _BEFORE.T)
        return cls(left, right, psi, half[:, 0] * (slope @ _W), wiggle, weight, ends)

    def __len__(self) -> int:
        return len(self.left)

    def __getitem__(self, keep: Selection) -> Panels:
        return Panels(*(getattr(self, f.name)[keep] for f in fields(self)))

    @property
    def width(self) -> Float:
        """Widths, (n,)."""
        return self.right - self.left

    @property
    def doubt(self) -> Float:
        """Error of psi over each panel; a jump beyond the outermost node shows at the edge only."""
        return self.wiggle + self.width / 2 * _GAP * self._jumps(0)

    def _jumps(self, row: int) -> Float:
        """Return the larger jump at the two edges, shape (n,); 0 where panels do not touch."""
        step = np.abs(self.ends[1:, row, 0] - self.ends[:-1, row, 1])
        step = np.where(self.left[1:] == self.right[:-1], np.nan_to_num(step), 0.0)
        return np.asarray(np.maximum(np.append(0.0, step), np.append(step, 0.0)))

    def thin(self, share: float = _LEAST_WIDTH) -> Bools:
        """Return which panels are too narrow to be halved."""
        size = np.maximum(np.abs(self.left), np.abs(self.right))
        return np.asarray(self.width <= share * size + _LEAST_WIDTH_AT_ORIGIN)

    @property
    def singular(self) -> Bools:
        """Which panels have no psi', or one without an integral."""
        return self.thin(_NARROW) & ~(self.doubt <= _SINGULAR_ERROR)

    def halved(self, line: LineDiffusion, which: Bools) -> Panels:
        """Return the panels with some of them halved."""
        left, right, old = self.left[which], self.right[which], self[~which]
        middle = left + (right - left) / 2
        new = Panels.of(line, np.concatenate([left, middle]), np.concatenate([middle, right]))
        both = [np.concatenate([getattr(old, f.name), getattr(new, f.name)]) for f in fields(self)]
        return Panels(*both)[np.argsort(both[0], kind="stable")]

    def cut(self, line: LineDiffusion) -> tuple[float, Panels]:
        """Return the highest singular point, and the panels at some distance above it."""
        last = int(np.flatnonzero(self.singular)[-1])
        near = np.abs(self.left - self.left[last]) <= 10 * self.width[last]
        at = int(np.argmax(np.where(near, self.doubt, -1.0)))
        point = self[at : at + 1]
        while not point.thin()[0]:
            halves = point.halved(line, np.array([True]))
            at = int(np.argmax(halves.doubt))
            point = halves[at : at + 1]
        position = float(min(point.left[0], point.right[0], key=abs))
        gap = max(NEAREST * abs(position), 1e3 * float(self.width[last]))
        return position, self[self.left - position > gap]

    def base(self, a: float) -> Float:
        """Return psi at the left edges, shape (n,), with psi = 0 at a."""
        first = int(np.searchsorted(self.left, a))
        below = -np.cumsum(self.rise[:first][::-1])[::-1]
        return np.concatenate([below, [0.0], np.cumsum(self.rise[first:])])[: len(self)]

    def integrals(self, sign: int, base: Float) -> tuple[Float, Float, Float]:
        """Integrate exp(psi), or exp(-psi) beta/D if sign < 0, with psi = base at left edges.

        Returns
        -------
        tuple
            Logs over panels, shape (n,), and up to their nodes, (n, nodes); relative errors.
        """
        exponent = sign * self.psi + (self.weight if sign < 0 else 0.0)
        top = exponent.max(1)
        values = np.exp(exponent - top[:, None])
        scale = sign * base + top + np.log(self.width / 2)
        whole = values @ _W
        tail = np.abs(values @ _COEFFICIENTS[-2:].T).sum(1)
        with np.errstate(divide="ignore"):  # rounding may give numbers below zero
            parts = np.log(np.maximum(values @ _BEFORE.T, 0.0))
        errors = 2 * tail / whole + (_GAP * self._jumps(1) if sign < 0 else 0.0)
        return scale + np.log(whole), scale[:, None] + parts, errors

    def beyond(self, sign: int, base: Float, end: float, origin: float) -> Power:
        """Integrate from the first panel to an end below it, or from the last to one above it.

        Near the end the integrand times the distance (from the wall; from the origin where the end
        is infinite) is a power of the distance, which two pairs of panels determine.
        """
        order = slice(None, None, -1) if end > origin else slice(None)
        node, centre = _NODES // 2, end if np.isfinite(end) else origin
        height = sign * (base + self.psi[:, node]) + (self.weight[:, node] if sign < 0 else 0.0)
        distance = np.log(np.abs(self.left + self.width * (_X[node] + 1) / 2 - centre))[order]
        integrand = height[order] + distance
        away = [int(np.argmax(np.abs(distance - distance[0]) > gap)) for gap in (1.0, 2.0)]
        if not all(away):
            return Power(np.inf, 0.0, 0.0)
        steps = [(integrand[i] - integrand[0]) / (distance[i] - distance[0]) for i in away]
        power = steps[0] if np.isfinite(end) else -steps[0]
        if not power > _LEAST_POWER:
            return Power(np.inf, power, 0.0)
        edge = np.log(abs((self.right[-1] if end > origin else self.left[0]) - centre))
        log = integrand[0] + steps[0] * (edge - distance[0]) - np.log(power)
        return Power(float(log), power, abs(steps[1] - steps[0]) / power)


@dataclass(frozen=True)
class Power:
    """Integral of a power of the distance: its log (inf if divergent), exponent, relative error."""

    log: float
    power: float
    doubt: float


NOTHING = Power(-np.inf, np.inf, 0.0)


@dataclass(frozen=True)
class Total:
    """Log of a result, and the errors of its panels and of the tails beyond, relative to it."""

    log: float
    errors: Float
    beyond: float = 0.0


def explored(line: LineDiffusion, edges: Float, a: float) -> Panels:
    """Return panels between edges, halved until none could hide a well or a singular point."""
    panels = Panels.of(line, edges[:-1], edges[1:])
    while True:
        base = np.nan_to_num(panels.base(a), nan=np.inf)
        first = int(np.searchsorted(panels.left, a))
        lowest = np.minimum.accumulate(base[:first][::-1])[::-1]
        deep = np.append(
            base[:first] > lowest + _NEGLIGIBLE_RISE, np.zeros(len(panels) - first, bool)
        )
        rise = np.abs(np.nan_to_num(panels.rise))
        which = panels.doubt > (1 + rise) * np.where(deep, _WELL_ERROR, _PSI_ERROR)
        which &= ~panels.thin(_NARROW)
        if len(panels) + which.sum() > _MOST_PANELS:
            where = line.sign * panels.left[which]
            raise ValueError(
                f"drift or D vary too fast for {_MOST_PANELS} panels between {where.min():.3g} and "
                f"{where.max():.3g}, and psi = -beta int b/D does not rise enough before for that "
                "not to matter: it is not known whether the process stays there."
            )
        if not which.any():
            return panels
        panels = panels.halved(line, which)


def settle(
    line: LineDiffusion, panels: Panels, total: Callable[[Panels], Total], quantity: str
) -> tuple[float, float]:
    """Halve panels until a result settles; return it and its relative error.

    Raises
    ------
    ValueError
        It does not settle, or is beyond the range of floating-point numbers.
    """
    while True:
        found = total(panels)
        which = (found.errors > _PANEL_ERROR) & ~panels.thin()
        if not which.any() or len(panels) + which.sum() > _MOST_PANELS:
            break
        panels = panels.halved(line, which)
    finer = total(panels.halved(line, ~panels.thin()))
    rounding = 1e-16 * np.abs(panels.rise[found.errors > 0]).max(initial=0.0) + 1e-15
    change = 0.0 if finer.log == found.log else abs(finer.log - found.log)
    error = float(change + finer.beyond + rounding)
    if not (change <= _TOLERANCE and finer.beyond <= _TAIL_TOLERANCE):
        refuse_singular(line, panels, ~np.isfinite(panels.rise))
        refuse_singular(line, panels, panels.thin() & (found.errors > _PANEL_ERROR))
        position = line.sign * float(panels.left[int(np.argmax(found.errors))])
        height = float(np.abs(panels.rise[found.errors > 0]).sum())
        raise ValueError(
            f"the quadrature of {quantity} did not settle on {_MOST_PANELS} panels (relative "
            f"change {change:.3g}, of the tails {finer.beyond:.3g}): psi = -beta int b/D varies by "
            f"{height:.3g} where it matters, most finely at {position:.6g}; the noise is too weak, "
            "or drift or D vary too quickly."
        )
    return as_float(finer.log, quantity), error


def node_weights() -> Float:
    """Return the logs of the weights of a panel's nodes, for a panel of length two."""
    return np.asarray(np.log(_W))


def refuse_singular(line: LineDiffusion, panels: Panels, which: Bools) -> None:
    """Refuse panels on the way on which the noise stops or the drift diverges."""
    if which.any():
        first = int(np.argmax(which))
        where = float(panels.left[first] + panels.width[first] / 2)
        raise ValueError(
            f"at {line.sign * where:.6g}, on the way, D is not positive (D = "
            f"{line.diffusion(np.array([where]))[0]:.3g}) or the drift diverges: the process may "
            "stop there."
        )


def log_sum(x: Float, axis: int | None = None) -> Float:
    """Return the log of the sum of exp(x), over all entries or one axis."""
    top = np.max(x, axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(np.exp(x - top).sum(axis)) + np.squeeze(top, axis))


def as_float(log: float, quantity: str) -> float:
    """Return exp(log); refuse a number beyond the range of floating point."""
    if log == -np.inf:
        return 0.0
    if not abs(log) < _LARGEST_EXPONENT:
        raise ValueError(
            f"{quantity} is exp({log:.6g}), beyond the range of floating-point numbers."
        )
    return float(np.exp(log))
