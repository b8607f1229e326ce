"""Paths from minimum to minimum over saddles, joined from steepest descents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ....landscapes.landscape import Landscape
from ....typing import Float
from ..critical_point import CriticalPoint, energy, refine
from ..descent import descend


@dataclass(frozen=True)
class EnergyPath:
    """A path of least energy between two minima, the result of `saddles_between`.

        dx/ds = -grad Phi,      from every saddle on the path to the minima on both sides

    Attributes
    ----------
    coordinates
        Names.
    minima
        `CriticalPoint`s in the order of the path; the first and the last are its ends.
    saddles
        One between each pair of minima.
    path
        Points, shape (n, dim).
    energy
        Phi, or the expected loss, at the points of the path, shape (n,).
    """

    coordinates: tuple[str, ...]
    minima: tuple[CriticalPoint, ...]
    saddles: tuple[CriticalPoint, ...]
    path: Float
    energy: Float

    @property
    def barrier(self) -> float:
        """Height of the highest saddle above the first minimum, in units of Phi."""
        return max(s.energy for s in self.saddles) - self.minima[0].energy

    @property
    def highest(self) -> CriticalPoint:
        """The highest saddle, which limits the rate."""
        return max(self.saddles, key=lambda s: s.energy)

    def __str__(self) -> str:
        points = [("minimum", self.minima[0])]
        for saddle, minimum in zip(self.saddles, self.minima[1:], strict=True):
            points += [("saddle", saddle), ("minimum", minimum)]
        tiny = 1e-10 * np.abs(self.path).max()  # prints 0 for a rounding error of 0
        rows = [
            f"  {kind:8} ({', '.join(f'{x:.6g}' for x in np.where(abs(p.at) < tiny, 0, p.at))})"
            f"  energy {p.energy:.6g}"
            for kind, p in points
        ]
        head = f"path in ({', '.join(self.coordinates)}), barrier {self.barrier:.6g}"
        return "\n".join([head, *rows])


def chain(landscape: Landscape, string: Float, ends: list[CriticalPoint]) -> EnergyPath | str:
    """Join the descents from the string's maxima; return the reason where they do not join."""
    height = energy(landscape)(string)
    length = float(np.linalg.norm(np.diff(string, axis=0), axis=1).sum())
    tops = np.flatnonzero((height[1:-1] >= height[:-2]) & (height[1:-1] > height[2:])) + 1
    minima, saddles, pieces = [ends[0]], list[CriticalPoint](), list[Float]()
    for top in tops:
        saddle = refine(landscape, string[top], "saddle", length, reach=length / 4)
        if saddle is None or any(same(saddle, s, length) for s in saddles):
            continue
        forward = saddle.direction
        if forward @ (string[top + 1] - string[top - 1]) < 0:
            forward = -forward
        back, front = (descend(landscape, saddle, sign * forward, length) for sign in (-1, 1))
        if back is None or front is None:
            return f"the descent from the saddle {saddle.at.round(6).tolist()} finds no minimum"
        if same(back.end, front.end, length):
            continue  # a bump beside the path
        if same(minima[-1], front.end, length):
            back, front = front, back
        if not same(minima[-1], back.end, length):
            return (
                f"from {minima[-1].at.round(6).tolist()} the next saddle "
                f"{saddle.at.round(6).tolist()} is not reached"
            )
        minima.append(front.end)
        saddles.append(saddle)
        pieces += [back.path[::-1], front.path[1:]]
    if not same(minima[-1], ends[1], length):
        return f"the chain ends at {minima[-1].at.round(6).tolist()}"
    path = np.concatenate(pieces)
    keep = np.concatenate([[True], np.abs(np.diff(path, axis=0)).max(1) > 0])
    path = path[keep]
    return EnergyPath(
        landscape.coordinates, tuple(minima), tuple(saddles), path, energy(landscape)(path)
    )


def same(one: CriticalPoint, other: CriticalPoint, scale: float) -> bool:
    """Return whether two points are the same, on the scale of a path."""
    return bool(np.linalg.norm(one.at - other.at) <= 1e-6 * scale)
