"""Warnings about diverging trajectories, and about steps under which they will diverge."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Hashable, Sequence

import numpy as np

from ..landscapes.derived import shared
from ..landscapes.landscape import Landscape
from ..typing import Float, Index
from .advice import DivergedRun, advice
from .dynamics import Dynamics
from .ensemble import Ensemble
from .groups import Group
from .points import Points
from .stability import Moments, bounded, growths, largest_stable, resting_points
from .step import Step

_ROUNDING = 1e-5  # of a growth factor, from differences
_NAMED = 5  # points named in a warning
_ROOM = __name__.rpartition(".")[0] + "."
_KEPT = 10_000  # dynamics, starts and values of parameters that are remembered


class DivergenceWarning(RuntimeWarning):
    """Some trajectories left the finite numbers, or will: the step is past its stability."""


def stability_message(
    landscape: Landscape,
    dynamics: Dynamics,
    *,
    step: Step | None = None,
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
    starts
        Starting points, shape (trajectories, coordinates); default: the landscape's start.
    """
    if starts is None:
        starts = np.array([[float(v) for v in landscape.start]])
    steps = [dynamics.step(landscape) if step is None else step]
    return stability_messages([(landscape, dynamics)], steps, [starts])[0]


def stability_messages(
    pairs: Sequence[tuple[Landscape, Dynamics]], steps: Sequence[Step], starts: Sequence[Float]
) -> list[str | None]:
    """Return the message of each point of a sweep, where the steps differ in values alone.

    Messages are stored with the landscapes of the same formulas: many short runs look for one once.
    """
    messages: list[str | None] = [None] * len(pairs)
    missing: dict[int, tuple[Hashable, Float]] = {}  # number -> key, and some of the starts
    for number, ((landscape, dynamics), states) in enumerate(zip(pairs, starts, strict=True)):
        facts, states = landscape.facts, np.atleast_2d(states)
        some = states[[0, len(states) // 2, -1]]
        begun = b"" if facts.minima or facts.fixed_points else some.tobytes()
        key: Hashable = (repr(dynamics), begun, *landscape.parameters.values())
        if key in _stored(landscape):
            messages[number] = _stored(landscape)[key]
        else:
            missing[number] = key, np.unique(some, axis=0)
    if missing:
        moments = Moments(steps[0], [steps[number].parameters for number in missing])
        found = _new_messages(
            [pairs[number] for number in missing], moments, [some for _, some in missing.values()]
        )
        for (number, (key, _)), message in zip(missing.items(), found, strict=True):
            stored = _stored(pairs[number][0])
            if len(stored) >= _KEPT:
                stored.clear()
            messages[number] = stored[key] = message
    return messages


def _stored(landscape: Landscape) -> dict[Hashable, str | None]:
    found: dict[Hashable, str | None] = shared(landscape).setdefault("stability", {})
    return found


def _new_messages(
    pairs: Sequence[tuple[Landscape, Dynamics]], moments: Moments, starts: Sequence[Float]
) -> list[str | None]:
    """Return for each point the message about the first minimum that is unstable, if any is."""
    messages: list[str | None] = [None] * len(pairs)
    if not (moments.known and moments.fits(2 * len(moments.rows) + 1)):
        return messages
    landscapes = [landscape for landscape, _ in pairs]
    with np.errstate(all="ignore"):  # far out anything may overflow
        rests = resting_points(landscapes, moments, starts)
        number = np.repeat(np.arange(len(rests)), [len(each) for each in rests])
        points = np.array([rest for each in rests for rest in each])
        for part in moments.pieces(len(number), 2 * len(moments.rows) ** 2 + 1):
            factors = growths(moments.at(number[part]), points[part])
            for i in np.flatnonzero(factors > 1 + _ROUNDING):
                which = int(number[part][i])
                if messages[which] is None:
                    one = moments.at(number[part][i : i + 1])
                    messages[which] = _message(*pairs[which], one, points[part][i], factors[i])
    return messages


def _message(
    landscape: Landscape, dynamics: Dynamics, moments: Moments, point: Float, factor: float
) -> str | None:
    """Return the message about a minimum from which distances grow by a factor."""
    scale = largest_stable(moments, point)
    if scale is None or (moments.name == "learning_rate" and bounded(moments, point)):
        return None
    position = ", ".join(
        f"{name} = {x + 0.0:.4g}"
        for name, x in zip(landscape.coordinates, np.round(point, 12), strict=False)
    )
    size = float(moments.size[0])
    name, given, limit = moments.name, f"={size:g}", f"{scale * size:.4g}"
    if len(moments.sizes) > 1:
        given, limit = ", a matrix,", f"{scale:.4g} times it"
    return (
        f"{name}{given} is past the mean-square stability limit {limit} of {landscape.name} at "
        f"({position}): under {dynamics} the mean square of the distance from there grows by a "
        f"factor {factor:.3g} a step, whether or not the numbers stay finite. Use {name} < "
        f"{limit}."
    )


def warn_unstable(begun: Sequence[tuple[Group, Float]]) -> None:
    """Warn once, with the message of the first point whose step is unstable.

    `begun` are groups of points and their starts, shape (coordinates, points x trajectories).
    """
    messages: dict[int, tuple[str, str]] = {}
    for group, states in begun:
        found = stability_messages(
            [(point.landscape, point.dynamics) for point in group], group.plain,
            [states[:, part].T for part in group.parts()],
        )  # fmt: skip
        for number, point, message in zip(group.members, group, found, strict=True):
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
            if type(point.dynamics).report is not Dynamics.report:
                own = ensemble if len(group) == 1 else ensemble.columns(part)
                point.dynamics.report(group.steps[0], own)
            diverged[number] = ensemble.diverged[part]
    count, each = sum((e.diverged >= 0).sum() for _, e in finished), len(diverged[0])
    if not count:
        return
    lost = {number: steps[steps >= 0] for number, steps in diverged.items()}
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
