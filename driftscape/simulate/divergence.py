"""Warnings about diverging trajectories, and about steps under which they will diverge."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import sympy as sp

from ..landscapes.landscape import Landscape
from ..typing import Float, Index
from .advice import DivergedRun, advice
from .dynamics import Dynamics
from .ensemble import Ensemble
from .groups import Group
from .points import Points
from .stability import Moments, bounded, growth, largest_stable, resting_points
from .step import Step

_ROUNDING = 1e-5  # of a growth factor, from differences
_NAMED = 5  # points named in a warning
_ROOM = __name__.rpartition(".")[0] + "."
_KEPT = 1000  # pairs of dynamics and starts that a landscape remembers


class DivergenceWarning(RuntimeWarning):
    """Some trajectories left the finite numbers, or will: the step is past its stability."""


def stability_message(
    landscape: Landscape,
    dynamics: Dynamics,
    *,
    step: Step | None = None,
    values: Mapping[sp.Symbol, Any] | None = None,
    starts: Float | None = None,
) -> str | None:
    """Return a message if a step is not mean-square stable at a minimum; it names the largest one.

    The minima are those that the landscape states, else those that the noiseless drift leads to
    from the starts.  None where no smaller step is stable either: the growth is then the equation's
    own (a valley's floor, noise that outweighs the drift).  None too where a learning rate makes
    the map wander about a minimum without leaving it for good: a learning rate is no step of an
    equation, and that is what the map does.

    Parameters
    ----------
    landscape, dynamics
        The run.
    step
        The dynamics' step on the landscape, if it is known.
    values
        Values of its parameters, where they are not its own.
    starts
        Starting points, shape (trajectories, coordinates); default: the landscape's start.
    """
    if starts is None:
        starts = np.array([[float(v) for v in landscape.start]])
    starts = np.atleast_2d(starts)
    some = np.unique(starts[[0, len(starts) // 2, -1]], axis=0)
    # the result is stored with the landscape: many short runs of a pair look for it once
    found: dict[Any, str | None] = vars(landscape).setdefault("stability found", {})
    facts = landscape.facts
    key = repr(dynamics), b"" if facts.minima or facts.fixed_points else some.tobytes()
    if key not in found:
        if len(found) >= _KEPT:
            found.clear()
        moments = Moments(dynamics.step(landscape) if step is None else step, values)
        found[key] = _message(landscape, dynamics, moments, some)
    return found[key]


def _message(
    landscape: Landscape, dynamics: Dynamics, moments: Moments, starts: Float
) -> str | None:
    """Return the message about the first minimum at which the step is unstable, if any."""
    if not (moments.known and moments.fits(2 * len(moments.rows) + 1)):
        return None
    for point, factor, scale in _unstable(landscape, moments, starts):
        position = ", ".join(
            f"{name} = {x + 0.0:.4g}"
            for name, x in zip(landscape.coordinates, np.round(point, 12), strict=False)
        )
        name, given, limit = moments.name, f"={moments.size:g}", f"{scale * moments.size:.4g}"
        if len(moments.sizes) > 1:
            given, limit = ", a matrix,", f"{scale:.4g} times it"
        return (
            f"{name}{given} is past the mean-square stability limit {limit} of {landscape.name} at "
            f"({position}): under {dynamics} the mean square of the distance from there grows by a "
            f"factor {factor:.3g} a step, whether or not the numbers stay finite. Use {name} < "
            f"{limit}."
        )
    return None


def _unstable(
    landscape: Landscape, moments: Moments, starts: Float
) -> Iterator[tuple[Float, float, float]]:
    """Yield minima at which the step is unstable, growth factor and scale of the largest stable."""
    with np.errstate(all="ignore"):  # far out anything may overflow
        for point in resting_points(landscape, moments, starts):
            factor = growth(moments, point)
            scale = largest_stable(moments, point) if factor > 1 + _ROUNDING else None
            if scale is not None and not (
                moments.name == "learning_rate" and bounded(moments, point)
            ):
                yield point, factor, scale


def warn_unstable(begun: Sequence[tuple[Group, Float]]) -> None:
    """Warn once, with the message of the first point whose step is unstable.

    `begun` are groups of points and their starts, shape (coordinates, points x trajectories).
    """
    messages: dict[int, tuple[str, str]] = {}
    for group, states in begun:
        first = group.plain[0]  # the points of a group differ in the values of parameters alone
        for number, point, step, part in zip(
            group.members, group, group.plain, group.parts(), strict=True
        ):
            message = stability_message(
                point.landscape, point.dynamics, step=first, values=step.parameters,
                starts=states[:, part].T,
            )  # fmt: skip
            if message is not None:
                messages[number] = point.label, message
    if messages:
        (_, message), *others = (messages[number] for number in sorted(messages))
        listing = listed([label for label, _ in others])
        also = f" Points also past theirs: {listing}." if others else ""
        warn(message + also, DivergenceWarning)


def warn_diverged(
    points: Points,
    finished: Sequence[tuple[Group, Ensemble]],
    begun: Callable[[int, Index], DivergedRun],
) -> None:
    """Warn of trajectories that diverged, and of what each dynamics reports.

    `begun(number, diverged)` gives what is needed to make the trajectories of a point again.
    """
    diverged: dict[int, Index] = {}
    for group, ensemble in finished:
        for number, point, part in zip(group.members, group, group.parts(), strict=True):
            own = ensemble if len(group) == 1 else ensemble.columns(part)
            point.dynamics.report(group.steps[0], own)
            diverged[number] = own.diverged
    lost = {number: steps[steps >= 0] for number, steps in diverged.items()}
    count, each = sum(len(steps) for steps in lost.values()), len(diverged[0])
    if not count:
        return
    landscape, dynamics, _ = points[0]
    text = f"{count} of {each * len(points)} trajectories of {landscape.name} left the finite "
    first = min(number for number, steps in lost.items() if len(steps))
    if points.axes:
        where = [
            f"{len(lost[i])} at {point.label}" for i, point in enumerate(points) if len(lost[i])
        ]
        text += (
            f"numbers, of {each} at each point: {listed(where)}; they are NaN from there "
            "on (see `diverged`)."
        )
        tried = f" (Tried at {points[first].label}.)"
    else:
        text += (
            f"numbers under {dynamics}, the first at step {lost[0].min()}, half of them by step "
            f"{int(np.median(lost[0]))}; they are NaN from there on (see `diverged`)."
        )
        tried = ""
    warn(f"{text} {advice(begun(first, diverged[first]))}{tried}", DivergenceWarning)


def warn(message: str, category: type[Warning]) -> None:
    """Give a warning that names the line outside this room from which it was called."""
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(_ROOM):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


def listed(texts: list[str], separator: str = ", ") -> str:
    """Return the first few texts, and how many more there are."""
    more = len(texts) - _NAMED
    return separator.join([*texts[:_NAMED], *([f"and {more} more"] if more > 0 else [])])
