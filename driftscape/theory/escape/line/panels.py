r"""Integrals of exp(psi) and of exp(-psi) beta/D over the line, on panels that go where it matters.

On every panel psi comes from its interpolated slope, relative to the panel's left edge, and what is
added up between panels are logarithms: neither exp(+-1000) nor a wall where D = 0 overflows.  A
panel is halved while what the last Legendre coefficients of psi', exp(-psi)/D and exp(psi) say of
its error, times its share of the whole, is not negligible.  Beyond the last panel, toward a wall or
infinity, integrands are powers of the distance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....typing import Float
from .line import NEAREST, Line

_NODES = 12  # of a panel
_SETTLED = 1e-13  # share of a panel's error in the whole
_TOLERANCE = 1e-6  # relative change at the last halving of every panel, at most
_TAILS = 1e-3  # relative error of what lies beyond the panels, at most
_MOST_PANELS = 1 << 18
_HIDDEN = 0.1  # error of psi on a panel, of its rise or as such, that may hide a well
_THIN = 4e-15  # width of a panel that is not halved, of its place
_THINNEST = 1e-100  # its width at the origin
_NARROW = 1e-10  # width at which psi is exact, or has no integral: rounding shows in what is nearer
_EXACT = 1e-6  # error of psi on a panel before it is looked at more closely
_SINGULAR = 1e-4  # error of psi on a narrow panel where it has no integral
_DEEP = 60.0  # psi above what lies between here and the start, where less will do
_STEEP = 1e-6  # least power of the distance that counts as convergent
_LARGEST = 700.0  # exponent of a float


def _before(nodes: Float, coefficients: NDArray[Any]) -> Float:
    """Return A with (A f)_i = int_-1^node_i of the polynomial through f at the nodes."""
    columns = [np.polynomial.legendre.legint(row, lbnd=-1) for row in np.eye(len(nodes))]
    integrals = np.stack([np.polynomial.legendre.legval(nodes, c) for c in columns], axis=1)
    return np.asarray(integrals @ coefficients)


_X, _W = (np.asarray(v, dtype=np.float64) for v in np.polynomial.legendre.leggauss(_NODES))
_COEFFICIENTS = np.linalg.inv(np.polynomial.legendre.legvander(_X, _NODES - 1))
_BEFORE = _before(_X, _COEFFICIENTS)
_ENDS = np.stack([_COEFFICIENTS.T @ s ** np.arange(_NODES) for s in (-1.0, 1.0)], 1)
_BLIND = 1 - float(_X[-1])  # what the nodes do not see at an edge, of half a panel


@dataclass(frozen=True)
class Panels:
    """Edges and, at the nodes of each panel, psi from its left edge and log(beta/D)."""

    left: Float
    right: Float
    psi: Float  # (n, nodes)
    rise: Float  # of psi over the panel, (n,)
    wiggle: Float  # what the last coefficients of its slope say of its error, (n,)
    weight: Float  # log(beta/D), (n, nodes)
    ends: Float  # slope of psi and log(beta/D) extrapolated to both edges, (n, 2, 2)

    @classmethod
    def of(cls, line: Line, left: Float, right: Float) -> Panels:
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

    def __getitem__(self, keep: Any) -> Panels:
        return Panels(*(getattr(self, f.name)[keep] for f in fields(self)))

    @property
    def width(self) -> Float:
        return self.right - self.left

    @property
    def doubt(self) -> Float:
        """Error of psi over each panel: a jump beyond the outermost node shows at the edge only."""
        return self.wiggle + self.width / 2 * _BLIND * self._jumps(0)

    def _jumps(self, what: int) -> Float:
        """The larger jump at its two edges, shape (n,); 0 where panels do not touch."""
        step = np.abs(self.ends[1:, what, 0] - self.ends[:-1, what, 1])
        step = np.where(self.left[1:] == self.right[:-1], np.nan_to_num(step), 0.0)
        return np.asarray(np.maximum(np.append(0.0, step), np.append(step, 0.0)))

    def thin(self, share: float = _THIN) -> NDArray[np.bool_]:
        """Which panels are too narrow to be halved."""
        size = np.maximum(np.abs(self.left), np.abs(self.right))
        return np.asarray(self.width <= share * size + _THINNEST)

    @property
    def singular(self) -> NDArray[np.bool_]:
        """Where psi' has no integral, or there is no psi'."""
        return self.thin(_NARROW) & ~(self.doubt <= _SINGULAR)

    def halved(self, line: Line, which: NDArray[np.bool_]) -> Panels:
        """Return the panels with some of them halved."""
        left, right, old = self.left[which], self.right[which], self[~which]
        middle = left + (right - left) / 2
        new = Panels.of(line, np.concatenate([left, middle]), np.concatenate([middle, right]))
        both = [np.concatenate([getattr(old, f.name), getattr(new, f.name)]) for f in fields(self)]
        return Panels(*both)[np.argsort(both[0], kind="stable")]

    def cut(self, line: Line) -> tuple[float, Panels]:
        """Return the highest singular point, and the panels at some distance above it."""
        last = int(np.flatnonzero(self.singular)[-1])
        near = np.abs(self.left - self.left[last]) <= 10 * self.width[last]
        at = int(np.argmax(np.where(near, self.doubt, -1.0)))
        point = self[at : at + 1]
        while not point.thin()[0]:
            halves = point.halved(line, np.array([True]))
            at = int(np.argmax(halves.doubt))
            point = halves[at : at + 1]
        place = float(min(point.left[0], point.right[0], key=abs))
        gap = max(NEAREST * abs(place), 1e3 * float(self.width[last]))
        return place, self[self.left - place > gap]

    def base(self, a: float) -> Float:
        """Psi at the left edges, shape (n,), from zero at a."""
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
        with np.errstate(divide="ignore"):  # what rounding takes below zero is nothing
            parts = np.log(np.maximum(values @ _BEFORE.T, 0.0))
        errors = 2 * tail / whole + (_BLIND * self._jumps(1) if sign < 0 else 0.0)
        return scale + np.log(whole), scale[:, None] + parts, errors

    def beyond(self, sign: int, base: Float, end: float, origin: float) -> Power:
        """Integrate on from the first panel to an end below it, or from the last to one above it.

        Near the end the integrand times the distance (from the wall; from the origin where the end
        is infinite) is a power of the distance, which two pairs of panels tell.
        """
        each = slice(None, None, -1) if end > origin else slice(None)
        node, centre = _NODES // 2, end if np.isfinite(end) else origin
        height = sign * (base + self.psi[:, node]) + (self.weight[:, node] if sign < 0 else 0.0)
        place = np.log(np.abs(self.left + self.width * (_X[node] + 1) / 2 - centre))[each]
        integrand = height[each] + place
        away = [int(np.argmax(np.abs(place - place[0]) > gap)) for gap in (1.0, 2.0)]
        if not all(away):
            return Power(np.inf, 0.0, 0.0)
        steps = [(integrand[i] - integrand[0]) / (place[i] - place[0]) for i in away]
        power = steps[0] if np.isfinite(end) else -steps[0]
        if not power > _STEEP:
            return Power(np.inf, power, 0.0)
        edge = np.log(abs((self.right[-1] if end > origin else self.left[0]) - centre))
        log = integrand[0] + steps[0] * (edge - place[0]) - np.log(power)
        return Power(float(log), power, abs(steps[1] - steps[0]) / power)


@dataclass(frozen=True)
class Power:
    """Log of an integral over a power of the distance; inf if divergent; the relative error."""

    log: float
    power: float
    doubt: float


NOTHING = Power(-np.inf, np.inf, 0.0)


@dataclass(frozen=True)
class Total:
    """Log of a result, the errors of its panels, and of what lies beyond them, relative to it."""

    log: float
    errors: Float
    beyond: float = 0.0


def explored(line: Line, edges: Float, a: float) -> Panels:
    """Make panels, and halve them until none could hide a well or a point that is singular."""
    panels = Panels.of(line, edges[:-1], edges[1:])
    while True:
        base = np.nan_to_num(panels.base(a), nan=np.inf)
        first = int(np.searchsorted(panels.left, a))
        lowest = np.minimum.accumulate(base[:first][::-1])[::-1]
        deep = np.append(base[:first] > lowest + _DEEP, np.zeros(len(panels) - first, bool))
        rise = np.abs(np.nan_to_num(panels.rise))
        which = panels.doubt > (1 + rise) * np.where(deep, _HIDDEN, _EXACT)
        which &= ~panels.thin(_NARROW)
        if len(panels) + which.sum() > _MOST_PANELS:
            where = line.sign * panels.left[which]
            raise ValueError(
                f"drift or D vary too fast for {_MOST_PANELS} panels between {where.min():.3g} and "
                f"{where.max():.3g}, and psi = -beta int b/D does not rise enough before for that "
                "not to matter: whether the process is held there is not seen."
            )
        if not which.any():
            return panels
        panels = panels.halved(line, which)


def settle(
    line: Line, panels: Panels, total: Callable[[Panels], Total], what: str
) -> tuple[float, float]:
    """Halve panels until a result settles; return its logarithm and relative error.

    Raises
    ------
    ValueError
        It does not settle.
    """
    while True:
        found = total(panels)
        which = (found.errors > _SETTLED) & ~panels.thin()
        if not which.any() or len(panels) + which.sum() > _MOST_PANELS:
            break
        panels = panels.halved(line, which)
    finer = total(panels.halved(line, ~panels.thin()))
    rounding = 1e-16 * np.abs(panels.rise[found.errors > 0]).max(initial=0.0) + 1e-15
    change = 0.0 if finer.log == found.log else abs(finer.log - found.log)
    error = float(change + finer.beyond + rounding)
    if not (change <= _TOLERANCE and finer.beyond <= _TAILS):
        refuse_singular(line, panels, ~np.isfinite(panels.rise))
        refuse_singular(line, panels, panels.thin() & (found.errors > _SETTLED))
        place = line.sign * float(panels.left[int(np.argmax(found.errors))])
        height = float(np.abs(panels.rise[found.errors > 0]).sum())
        raise ValueError(
            f"{what} did not settle on {_MOST_PANELS} panels (relative change {change:.3g}, of the "
            f"tails {finer.beyond:.3g}): psi = -beta int b/D varies by {height:.3g} where it "
            f"matters, most finely at {place:.6g}; the noise is too weak, or drift or D jump about."
        )
    return finer.log, error


def node_weights() -> Float:
    """Logs of the weights of a panel's nodes, for a panel of length two."""
    return np.asarray(np.log(_W))


def refuse_singular(line: Line, panels: Panels, which: NDArray[np.bool_]) -> None:
    """Refuse panels on the way on which the noise stops or the drift diverges."""
    if which.any():
        first = int(np.argmax(which))
        where = float(panels.left[first] + panels.width[first] / 2)
        raise ValueError(
            f"at {line.sign * where:.6g}, on the way, D is not positive (D = "
            f"{line.diffusion(np.array([where]))[0]:.3g}) or the drift diverges: the process may "
            "stop there."
        )


def log_sum(x: Float, axis: int | None = None) -> Any:
    """Log of the sum of exp(x)."""
    top = np.max(x, axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return np.log(np.exp(x - top).sum(axis)) + np.squeeze(top, axis)


def as_float(log: float, what: str) -> float:
    """Return exp(log); refuse what no float holds."""
    if log == -np.inf:
        return 0.0
    if not abs(log) < _LARGEST:
        raise ValueError(f"{what} is exp({log:.6g}), beyond the range of floating-point numbers.")
    return float(np.exp(log))
