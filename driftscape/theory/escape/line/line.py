"""A diffusion on the line: psi' and D, and how far it can go beyond the start of a passage."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....typing import Float

INTERPRETATIONS = ("ito", "stratonovich", "isothermal")

_GROWTH = 1.5  # of the panels that lead away from the start
_FARTHEST = 1e12  # times the length of the passage
_DEEP = 80.0  # psi above its lowest: exp(-80) of the population sits there
_LOOKOUT = 100.0  # times the distance at which psi has risen that far: where wells are looked for
_FIRST = 64  # panels of the passage itself
_HALVINGS = 40  # of the panels toward the ends of the passage
NEAREST = 1e-8  # distance from a wall, of its place: closer numbers are not exact enough
_SMALLEST = 1e-100  # place of a wall that is not the origin: D may underflow before it vanishes
_TINY = 1e-60  # distance from a wall at the origin, of the next panel's


class Line:
    """psi' = -beta b/D and D of one coordinate, turned so that the passage goes upward.

    Raises
    ------
    ValueError
        More than one coordinate; a beta or an interpretation out of range.
    """

    def __init__(
        self, landscape: Any, beta: float, sign: float, interpretation: str, name: str
    ) -> None:
        if landscape.dim != 1:
            raise ValueError(f"{name} needs one coordinate; {landscape.name} has {landscape.dim}.")
        if not 0 < beta < np.inf:
            raise ValueError(f"beta={beta}; it must be a positive finite number.")
        if interpretation not in INTERPRETATIONS:
            raise ValueError(
                f"interpretation={interpretation!r}; known: "
                f"{', '.join(map(repr, INTERPRETATIONS))}."
            )
        self.landscape, self.beta, self.sign = landscape, float(beta), sign
        self.alpha = INTERPRETATIONS.index(interpretation) / 2
        self._drift, self._diffusion = landscape.drift(beta), landscape.diffusion
        self._slope = landscape.diffusion_divergence if self.alpha else None

    def drift(self, x: Float) -> Float:
        """Drift of the Ito equation."""
        points = self.sign * x[..., None]
        with np.errstate(all="ignore"):
            drift = self._drift(points)[..., 0]
            if self._slope is not None:
                drift = drift + self.alpha / self.beta * self._slope(points)[..., 0]
        return np.asarray(self.sign * drift)

    def diffusion(self, x: Float) -> Float:
        """D at points."""
        with np.errstate(all="ignore"):
            return np.asarray(self._diffusion(self.sign * x[..., None])[..., 0, 0])

    def rates(self, x: Float) -> tuple[Float, Float]:
        """Return psi'(x) and log(beta/D(x)); nan where the process cannot be."""
        diffusion = self.diffusion(x)
        with np.errstate(all="ignore"):
            slope = -self.beta * self.drift(x) / diffusion
            weight = np.log(self.beta / diffusion)
        lost = ~((diffusion > 0) & np.isfinite(slope) & np.isfinite(weight))
        return np.where(lost, np.nan, slope), np.where(lost, np.nan, weight)

    def possible(self, x: Float) -> NDArray[np.bool_]:
        """Whether drift and noise are finite at points and the noise is not zero."""
        return np.isfinite(self.rates(x)[0])

    def edges(self, a: float, b: float) -> Float:
        """Panels between a and b, narrow at both and at the landscape's origin.

        An end where the noise stops is left out by a hair's breadth.
        """
        length, halves = b - a, 0.5 ** np.arange(1, _HALVINGS)
        places: list[Any] = [np.linspace(a, b, _FIRST + 1)]
        for centre in (a, b, *self._centres(a, b)):
            places += [centre + length * halves, centre - length * halves]
        low, high = a, b
        if self.walled(a):
            places.append(_toward(a, a + length / _FIRST))
            low = float(places[-1][0])
        if self.walled(b):
            places.append(_toward(b, b - length / _FIRST))
            high = float(places[-1][-1])
        return _merged(np.concatenate(places), low, high)

    def edges_beyond(self, a: float, b: float) -> tuple[Float, float | None]:
        """Return the panels below a, ascending, and where the line ends beyond them.

        The end is None where psi has risen so far, and keeps so high over a hundred times that
        distance, that nothing is beyond; a wall, where the noise stops or the drift is not finite;
        or -inf.

        Raises
        ------
        ValueError
            Psi falls for ever.
        """
        if self.walled(a):
            return np.zeros(0), a
        length = b - a
        steps = length * _GROWTH ** np.arange(-20, math.log(_FARTHEST) / math.log(_GROWTH))
        places: list[Any] = [a - steps]
        for centre in self._centres(-np.inf, b):
            places += [[centre], centre - steps, centre + steps]
        edges = _merged(np.concatenate(places), a - steps[-1], a)[::-1]  # going away from a
        width = edges[:-1] - edges[1:]
        inside = edges[1:, None] + width[:, None] * np.array([0.0, 1 / 3, 0.5, 2 / 3])
        good, end = self.possible(inside).all(1), -np.inf
        if not good.all():
            first = int(np.argmin(good))
            outside = inside[first][~self.possible(inside[first])].max()
            end = self._wall(edges[first], float(outside))
            near = edges[: first + 1] if edges[first] > end else edges[:first]
            edges = np.concatenate([near[:-1], _toward(end, near[-1])[::-1]])
        slope, _ = self.rates((edges[1:] + edges[:-1]) / 2)
        psi = np.concatenate([[0.0], np.cumsum(slope * np.diff(edges))])
        high = psi - np.fmin.accumulate(psi) > _DEEP
        for first in np.flatnonzero(high).tolist():
            seen = np.abs(edges - a) <= _LOOKOUT * max(abs(edges[first] - a), length)
            if high[first:][seen[first:]].all():
                if not seen.all():
                    edges, end = edges[seen], -np.inf
                return edges[::-1], None if end == -np.inf else end
        if end == -np.inf and psi[-1] < -_DEEP:
            raise ValueError(self.not_held(float(edges[-1])))
        return edges[::-1], end

    def not_held(self, x: float) -> str:
        """Say that nothing holds the process below the start."""
        return (
            f"the drift does not hold the process on the far side of the start: out to "
            f"{self.sign * x:.3g} its population does not fall off, and the mean time is infinite."
        )

    def walled(self, x: float) -> bool:
        """Whether the noise stops at a point, or the drift is not finite."""
        return not bool(self.possible(np.array([x]))[0])

    def _centres(self, low: float, high: float) -> list[float]:
        """Places at whose distance the landscape may have structure: its origin, its start."""
        places = {0.0, float(self.landscape.start[0])}
        return [self.sign * c for c in sorted(places) if low <= self.sign * c <= high]

    def _wall(self, inside: float, outside: float) -> float:
        """Bisect between a point where the process can be and one where it cannot."""
        for _ in range(2200):
            middle = (inside + outside) / 2
            if middle in (inside, outside):
                break
            if self.walled(middle):
                outside = middle
            else:
                inside = middle
        return outside if abs(outside) > _SMALLEST else 0.0


def _toward(wall: float, x: float) -> Float:
    """Edges from near a wall to x, ascending, each half as far from it as the next."""
    nearest = max(NEAREST * abs(wall), _TINY * abs(x - wall))
    halvings = max(1, math.ceil(math.log2(abs(x - wall)) - math.log2(nearest)))
    with np.errstate(under="ignore"):
        return np.sort(wall + (x - wall) * 0.5 ** np.arange(halvings + 1.0))


def _merged(places: Float, low: float, high: float) -> Float:
    """Sort edges, drop doubles and what lies outside, keep both ends."""
    inner = np.unique(places[(places > low) & (places < high)])
    edges = np.concatenate([[low], inner, [high]])
    size = np.abs(edges)
    apart = np.diff(edges) > 1e-12 * size[1:]
    apart[-1] = True
    edges = edges[np.concatenate([[True], apart])]
    if len(edges) > 2 and edges[-1] - edges[-2] <= 1e-12 * size[-1]:
        edges = np.delete(edges, -2)
    return np.asarray(edges)
