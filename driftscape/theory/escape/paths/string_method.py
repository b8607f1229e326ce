"""Saddles between two minima: a string of images relaxed onto a path of least energy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ....landscapes.checks import check_landscape
from ....landscapes.landscape import Landscape
from ....typing import Float
from ....validate import check_whole
from ..critical_point import checked_guess, checked_point, critical_point
from .energy_path import EnergyPath, chain

#: movements per sweep, relative to the string's length, at which a chain of saddles is sought
_MOVEMENTS = (1e-3, 1e-4, 1e-5, 1e-6)
_MOST_SWEEPS = 20_000
_MOST_IMAGES = 640


def saddles_between(
    landscape: Landscape,
    start: ArrayLike,
    target: ArrayLike,
    *,
    images: int = 40,
    guess: Sequence[ArrayLike] | None = None,
) -> EnergyPath:
    r"""Find the saddles of index 1 on a path of least energy from one minimum to another.

    A string of images moves by -grad Phi and is spread out again at equal distances (simplified
    string method); Newton's method takes its highest points to saddles; from each the steepest
    descent is followed to both sides.  The result is returned only if these descents join into
    one chain from start to target, whatever the string's own error.

    Parameters
    ----------
    landscape
        With a gradient: made by `from_potential` or `from_loss` (the expected loss is used).
    start, target
        Two nondegenerate minima.
    images
        Points of the string at the start; doubled where a chain has gaps.
    guess
        Points that the first string passes, between start and target; a straight line if not given.
        Other guesses may lead to other paths.

    Returns
    -------
    EnergyPath
        Prints as a table.  Its path is one of least energy near the guess; whether a lower one
        exists elsewhere only other guesses can show.  Energies are in units of Phi or of the loss.

    Raises
    ------
    ValueError
        No gradient, start or target is not a minimum, or no chain of saddles joins them.

    References
    ----------
    W. E, W. Ren, E. Vanden-Eijnden, J. Chem. Phys. 126 (2007) 164103.

    Examples
    --------
    >>> from driftscape import landscapes
    >>> muller = landscapes.mueller_brown()
    >>> deep, right, middle = muller.facts.minima
    >>> print(saddles_between(muller, deep, right))
    path in (x, y), barrier 106.035
      minimum  (-0.558224, 1.44173)  energy -146.7
      saddle   (-0.822002, 0.624313)  energy -40.6648
      minimum  (-0.0500108, 0.466694)  energy -80.7678
      saddle   (0.212487, 0.292988)  energy -72.2489
      minimum  (0.623499, 0.0280378)  energy -108.167
    """
    check_landscape(landscape)
    if landscape.kind == "drift":
        raise ValueError(
            f"{landscape.name} is given by a drift, which need not have an energy; "
            "use minimum_action_path, or make it with Landscape.from_potential."
        )
    images = check_whole("images", images, 5, 10_000)
    points = [
        checked_point(landscape, p, name) for p, name in ((start, "start"), (target, "target"))
    ]
    length = float(np.linalg.norm(points[1] - points[0]))
    if length <= 1e-12 * float(np.abs(points[0]).max()) or length == 0:
        raise ValueError(f"start and target are both {points[0].tolist()}; give two minima.")
    ends = [
        critical_point(landscape, p, "minimum", name, length=length)
        for p, name in zip(points, ("start", "target"), strict=True)
    ]
    between = checked_guess(landscape, guess) or []
    corners = np.array([ends[0].at, *between, ends[1].at])
    reason = "the string has no maximum"
    while images <= _MOST_IMAGES:
        string, sweeps = _spread(corners, images), _MOST_SWEEPS
        for settled in _MOVEMENTS:
            string, sweeps = _relax(landscape, string, settled, sweeps)
            found = chain(landscape, string, ends)
            if isinstance(found, EnergyPath):
                return found
            reason = found
        corners, images = _bulged(string), 2 * images  # it may lie on a ridge of symmetry
    raise ValueError(
        f"no chain of saddles found from {ends[0].at.tolist()} to {ends[1].at.tolist()}: {reason}. "
        "Give guess=, points that the first string passes."
    )


def _relax(landscape: Landscape, string: Float, settled: float, sweeps: int) -> tuple[Float, int]:
    """Move and spread the string until a sweep moves it by less than `settled` of its length."""
    inner = slice(1, -1)
    while sweeps > 0:
        curvature = np.abs(np.linalg.eigvalsh(landscape.hessian(string[inner]))).max(-1)
        for _ in range(min(10, sweeps)):
            force = -landscape.gradient(string[inner])
            if not np.isfinite(force).all():
                raise ValueError(
                    "the string passes points where the gradient is not finite; give guess=, "
                    "points that the first string passes."
                )
            length = float(np.linalg.norm(np.diff(string, axis=0), axis=1).sum())
            move = force * (0.5 / np.maximum(curvature, 1e-300))[:, None]
            size = np.linalg.norm(move, axis=1, keepdims=True)
            move *= np.minimum(1.0, length / len(string) / np.maximum(size, 1e-300))
            new = string.copy()
            new[inner] += move
            new = _spread(new, len(string))
            moved = np.abs(new - string).max() / length
            string, sweeps = new, sweeps - 1
        if moved < settled:
            break
    return string, sweeps


def _spread(points: Float, count: int) -> Float:
    """Return points at equal distances along a polygon, shape (count, dim)."""
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    distances = np.linspace(0, along[-1], count)
    return np.stack([np.interp(distances, along, x) for x in points.T], axis=1)


def _bulged(string: Float) -> Float:
    """Push a string sideways, most in its middle, by a twentieth of its length."""
    chord = string[-1] - string[0]
    aside = np.cos(1.0 + np.arange(len(chord)))  # a direction that no symmetry distinguishes
    aside -= chord * (aside @ chord) / (chord @ chord)
    length = np.linalg.norm(aside)
    if length < 1e-6:  # one coordinate: there is no side
        return string
    bump = np.sin(np.linspace(0, np.pi, len(string)))[:, None]
    return np.asarray(string + 0.05 * np.linalg.norm(chord) * bump * aside / length)
