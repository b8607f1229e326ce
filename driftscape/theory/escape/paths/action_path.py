"""Most probable paths of dx = b dt + sqrt(2 D/beta) dW from a stable fixed point to any point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from ....landscapes.checks import check_landscape
from ....landscapes.landscape import Landscape
from ....typing import Float
from ....validate import check_probability
from ..critical_point import checked_guess, checked_point
from .hamiltonian import Hamiltonian
from .instanton import Ends, Solution, polish
from .least_squares_path import RelaxedPath, relax
from .path_ends import backward, guesses, middle, rests, softening, stable

_RELAXATION_TIMES = 4  # duration of a first guess near each fixed point, in units of 1/rate
_SOFTENING_SHARES = (1.0, 0.1, 0.01, 0.0)  # of the softening, one solution after the other
_EXTENSIONS = 8  # largest number of times that the ends move toward the fixed points

#: time, path, momentum, action, error and unfold of an `ActionPath`
Solved: TypeAlias = tuple[Float, Float, Float, float, float, float]


@dataclass(frozen=True)
class ActionPath:
    """A path that minimises the action locally, the result of `minimum_action_path`.

        action = int <p, D p> dt,      probability of the path ~ exp(-beta action)

    Attributes
    ----------
    coordinates
        Names.
    start, target
        The points it joins, shape (dim,).
    time, path, momentum
        Shapes (n,), (n, dim), (n, dim).  The infinite waits at fixed points are cut off: the path
        begins and stops close to them.
    action
        Of the whole path, waits included, in units of Phi.
    error
        Change of the action when its ends were last moved ten times closer to the fixed points.
    unfold
        Coefficient of the term that was added to the equations for a path to exist: zero but for
        rounding.
    """

    coordinates: tuple[str, ...]
    start: Float
    target: Float
    time: Float
    path: Float
    momentum: Float
    action: float
    error: float
    unfold: float

    def __str__(self) -> str:
        names = ", ".join(self.coordinates)
        ends = (f"({', '.join(f'{x:.6g}' for x in point)})" for point in (self.start, self.target))
        return (
            f"path in ({names}) {' -> '.join(ends)}, {len(self.time)} points in time "
            f"{self.time[-1]:.4g}, action {self.action:.8g} (error {self.error:.1g})"
        )


def minimum_action_path(
    landscape: Landscape,
    start: ArrayLike,
    target: ArrayLike,
    *,
    guess: Sequence[ArrayLike] | None = None,
    tolerance: float = 1e-6,
) -> ActionPath:
    r"""Find the path of least action from a stable fixed point to another point.

        S = (1/4) int |u|^2 dt,    dx/dt = b + B u,    B B^T = D,        P ~ exp(-beta S)

    Paths of finite duration are relaxed from several guesses: straight, bent to each side, and the
    drift's own way down from the target, reversed.  The best is solved in Hamilton's form, which
    needs no inverse of D; the linearised flow describes the infinite waits at fixed points.  The
    ends then move toward these points until the action settles.

    Parameters
    ----------
    landscape
        Any kind whose drift does not depend on beta.
    start
        Stable fixed point of the drift.
    target
        A saddle of the drift, another fixed point, or any point.
    guess
        Points that the first path passes in equal times, between start and target.
    tolerance
        Relative change of the action at which the refinement stops.

    Returns
    -------
    ActionPath
        A local minimum: another guess may find a lower one.

    Raises
    ------
    ValueError
        `start` is not a stable fixed point, noise does not reach every direction there, or
        nothing converged.

    References
    ----------
    M. I. Freidlin, A. D. Wentzell, Random Perturbations of Dynamical Systems (1998); T. Grafke,
    T. Schaefer, E. Vanden-Eijnden, in Recent Progress and Modern Challenges in Applied
    Mathematics, Modeling and Computational Science (2017) 17.

    Examples
    --------
    >>> from driftscape import landscapes
    >>> path = minimum_action_path(landscapes.maier_stein(coupling=1.0), (-1, 0), (0, 0))
    >>> round(path.action, 5)
    0.25
    """
    check_landscape(landscape)
    system = Hamiltonian.of(landscape)
    a, b = (
        checked_point(landscape, point, name)
        for point, name in ((start, "start"), (target, "target"))
    )
    guess = checked_guess(landscape, guess)
    tolerance = check_probability("tolerance", tolerance)
    length = float(np.linalg.norm(b - a))
    if length <= 1e-12 * float(np.abs(a).max()) or length == 0:
        raise ValueError(f"start and target are both {a.tolist()}; the action is 0.")
    rates, frequencies = stable(system, a, length)
    resting = rests(system, b, length)
    duration = _RELAXATION_TIMES / rates.min()
    if resting:
        there = np.abs(np.linalg.eigvals(system.drift_slope(b)).real)
        if there.min() < 1e-8 * there.max():
            raise ValueError(
                f"target={b.tolist()} is a fixed point with a neutral direction (rates "
                f"{there.round(6).tolist()}): the path would take longer than any time."
            )
        duration += _RELAXATION_TIMES / there.min()
    paths = guesses(a, b, guess, duration, frequencies.max())
    down = None
    if resting and guess is None:
        down = backward(system, a, b, rates.min(), len(paths[0].path))
    extra = softening(system, np.concatenate([first.path for first in paths]))
    firsts = [relax(system, first, extra) for first in (*paths, *([down] if down else []))]
    firsts.sort(key=lambda first: first.action)
    if down:  # without relaxation: where the drift is stiff, equal times are too coarse to relax it
        noise = system.diffusion(down.path) + extra * np.eye(len(a))
        push: Float = np.linalg.solve(noise, -system.drift(down.path)[..., None])[..., 0].astype(
            float
        )
        firsts.append(RelaxedPath(down.path, down.duration, push, np.inf))
    for first in firsts:
        found = _solved(system, first, resting, extra, tolerance)
        if found is not None:
            return ActionPath(landscape.coordinates, a, b, *found)
    raise ValueError(
        f"no path from {a.tolist()} to {b.tolist()} converged.  Give guess=, points on the way; "
        "where the way passes another fixed point, ask for the two pieces."
    )


def _solved(
    system: Hamiltonian, first: RelaxedPath, resting: bool, extra: float, tolerance: float
) -> Solved | None:
    """Solve with less and less softening."""
    path, momenta = first.path, first.momenta
    a, b, time = path[0], path[-1], np.linspace(0, first.duration, len(path))
    if resting:
        keep = middle(path)
        time, path, momenta = time[keep] - time[keep][0], path[keep], momenta[keep]
    found: Solution | None = None
    for share in _SOFTENING_SHARES if extra else (0.0,):
        ends = Ends(system, a, b, resting, share * extra)
        found = polish(system, ends, time, path, momenta, share * extra)
        if found is None:
            return None
        time, path, momenta = found.time, found.path, found.momentum
    return None if found is None else _extended(system, ends, found, tolerance)


def _extended(system: Hamiltonian, ends: Ends, found: Solution, tolerance: float) -> Solved | None:
    """Move the ends toward the fixed points until the action settles; halve steps that fail."""
    change, shrink = np.inf, 10.0
    for _ in range(_EXTENSIONS):
        longer = polish(system, ends, *ends.extended(found, shrink), 0.0)
        if longer is None:
            if shrink < 2:
                break
            shrink = np.sqrt(shrink)
            continue
        found, change = longer, abs(longer.action - found.action)
        if change <= tolerance * found.action + 1e-12:
            break
    if not np.isfinite(change):
        return None
    return found.time, found.path, found.momentum, found.action, float(change), found.unfold
