"""A diffusion in one dimension: psi', D, and the panels on which a passage is integrated."""

from __future__ import annotations

import math

import numpy as np

from ....landscapes.checks import check_landscape
from ....landscapes.landscape import Landscape
from ....typing import Bools, Float
from ....validate import check_choice, check_positive

INTERPRETATIONS = ("ito", "stratonovich", "isothermal")

_PANEL_GROWTH = 1.5  # ratio of the widths of neighbouring panels that lead away from the start
_FARTHEST = 1e12  # largest distance from the start, in lengths of the passage
_NEGLIGIBLE_RISE = 80.0  # rise of psi above its lowest value: exp(-80) of the population is there
_SEARCH_RANGE = 100.0  # wells are sought up to so many times the distance of that rise
_PASSAGE_PANELS = 64  # panels of the passage itself
_END_HALVINGS = 40  # halvings of the panels toward the ends of the passage
NEAREST = 1e-8  # least distance from a wall, relative to its position: rounding spoils closer ones
_LEAST_POSITION = 1e-100  # a wall closer to the origin is at the origin: D may underflow first
_LEAST_DISTANCE = 1e-60  # least distance from a wall at the origin, relative to the next panel's


class LineDiffusion:
    """psi' = -beta b/D and D of one coordinate; with sign = -1 the axis is reversed.

    Raises
    ------
    ValueError
        More than one coordinate; a beta or an interpretation out of range.
    """

    def __init__(
        self, landscape: Landscape, beta: float, sign: float, interpretation: str, name: str
    ) -> None:
        if check_landscape(landscape).dim != 1:
            raise ValueError(f"{name} needs one coordinate; {landscape.name} has {landscape.dim}.")
        beta = check_positive("beta", beta)
        check_choice("interpretation", interpretation, INTERPRETATIONS)
        self.landscape, self.beta, self.sign = landscape, float(beta), sign
        self.alpha = INTERPRETATIONS.index(interpretation) / 2
        self._drift, self._diffusion = landscape.drift(beta), landscape.diffusion
        self._slope = landscape.diffusion_divergence if self.alpha else None

    def drift(self, x: Float) -> Float:
        """Return the drift of the Ito equation."""
        points = self.sign * x[..., None]
        with np.errstate(all="ignore"):
            drift = self._drift(points)[..., 0]
            if self._slope is not None:
                drift = drift + self.alpha / self.beta * self._slope(points)[..., 0]
        return np.asarray(self.sign * drift)

    def diffusion(self, x: Float) -> Float:
        """Return D at points."""
        with np.errstate(all="ignore"):
            return np.asarray(self._diffusion(self.sign * x[..., None])[..., 0, 0])

    def rates(self, x: Float) -> tuple[Float, Float]:
        """Return psi'(x) and log(beta/D(x)); nan where the process cannot be."""
        diffusion = self.diffusion(x)
        with np.errstate(all="ignore"):
            slope = -self.beta * self.drift(x) / diffusion
            weight = np.log(self.beta / diffusion)
        impossible = ~((diffusion > 0) & np.isfinite(slope) & np.isfinite(weight))
        return np.where(impossible, np.nan, slope), np.where(impossible, np.nan, weight)

    def possible(self, x: Float) -> Bools:
        """Return whether drift and noise are finite at points and the noise is not zero."""
        return np.isfinite(self.rates(x)[0])

    def edges(self, a: float, b: float) -> Float:
        """Return edges of panels between a and b, narrow at both and at the landscape's origin.

        The panels stop just before an end where the noise stops.
        """
        length = b - a
        halves = np.asarray(0.5 ** np.arange(1, _END_HALVINGS), dtype=np.float64)
        edges: list[Float] = [np.linspace(a, b, _PASSAGE_PANELS + 1)]
        for centre in (a, b, *self._centres(a, b)):
            edges += [centre + length * halves, centre - length * halves]
        low, high = a, b
        if self.walled(a):
            edges.append(_toward(a, a + length / _PASSAGE_PANELS))
            low = float(edges[-1][0])
        if self.walled(b):
            edges.append(_toward(b, b - length / _PASSAGE_PANELS))
            high = float(edges[-1][-1])
        return _merged(np.concatenate(edges), low, high)

    def edges_beyond(self, a: float, b: float) -> tuple[Float, float | None]:
        """Return the panels below a, ascending, and where the line ends beyond them.

        The end is None where psi rises so far, and stays so high over a hundred times that
        distance, that the population beyond is negligible; a wall, where the noise stops or the
        drift is not finite; or -inf.

        Raises
        ------
        ValueError
            Psi falls without end.
        """
        if self.walled(a):
            return np.zeros(0), a
        length = b - a
        count = math.log(_FARTHEST) / math.log(_PANEL_GROWTH)
        steps = length * _PANEL_GROWTH ** np.arange(-20, count)
        parts: list[Float] = [a - steps]
        for centre in self._centres(-np.inf, b):
            parts += [np.array([centre]), centre - steps, centre + steps]
        edges = _merged(np.concatenate(parts), a - steps[-1], a)[::-1]  # going away from a
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
        high = psi - np.fmin.accumulate(psi) > _NEGLIGIBLE_RISE
        for first in np.flatnonzero(high).tolist():
            seen = np.abs(edges - a) <= _SEARCH_RANGE * max(abs(edges[first] - a), length)
            if high[first:][seen[first:]].all():
                if not seen.all():
                    edges, end = edges[seen], -np.inf
                return edges[::-1], None if end == -np.inf else end
        if end == -np.inf and psi[-1] < -_NEGLIGIBLE_RISE:
            raise ValueError(self.unconfined(float(edges[-1])))
        return edges[::-1], end

    def unconfined(self, x: float) -> str:
        """Return the message that no drift keeps the process below the start."""
        return (
            f"the drift does not hold the process on the far side of the start: out to "
            f"{self.sign * x:.3g} its population does not fall off, and the mean time is infinite."
        )

    def walled(self, x: float) -> bool:
        """Return whether the noise stops at a point, or the drift is not finite."""
        return not bool(self.possible(np.array([x]))[0])

    def _centres(self, low: float, high: float) -> list[float]:
        """Return points near which the landscape may vary quickly: its origin, its start."""
        points = {0.0, float(self.landscape.start[0])}
        return [self.sign * c for c in sorted(points) if low <= self.sign * c <= high]

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
        return outside if abs(outside) > _LEAST_POSITION else 0.0


def _toward(wall: float, x: float) -> Float:
    """Return edges from near a wall to x, ascending, each half as far from it as the next."""
    nearest = max(NEAREST * abs(wall), _LEAST_DISTANCE * abs(x - wall))
    halvings = max(1, math.ceil(math.log2(abs(x - wall)) - math.log2(nearest)))
    with np.errstate(under="ignore"):
        return np.sort(wall + (x - wall) * 0.5 ** np.arange(halvings + 1.0))


def _merged(edges: Float, low: float, high: float) -> Float:
    """Sort edges, drop duplicates and those outside (low, high), keep both ends."""
    inner = np.unique(edges[(edges > low) & (edges < high)])
    edges = np.concatenate([[low], inner, [high]])
    size = np.abs(edges)
    apart = np.diff(edges) > 1e-12 * size[1:]
    apart[-1] = True
    edges = edges[np.concatenate([[True], apart])]
    if len(edges) > 2 and edges[-1] - edges[-2] <= 1e-12 * size[-1]:
        edges = np.delete(edges, -2)
    return np.asarray(edges)
