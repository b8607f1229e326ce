"""What is said of the points of a sweep: once for all of them, with the points named."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from ..divergence import DivergenceWarning, check_stability
from ..ensemble import Ensemble
from ..step import Step
from ..points import Points
from .side_by_side import split

_NAMED = 5  # points named in a warning


def warn_of_stability(points: Points, states: NDArray[np.float64]) -> None:
    """Warn once, in the words of the first point that is unstable.

    `states` are the starts, shape (coordinates, points x trajectories).
    """
    said: dict[str, str] = {}
    landscape, dynamics = points.nouns[0]
    step = dynamics.step(landscape)  # the points differ in the values of parameters alone
    for label, point, full, part in zip(
        points.labels, points.nouns, points.steps, points.parts(states.shape[1]), strict=True
    ):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            check_stability(*point, step=step, values=full.parameters, starts=states[:, part].T)
        if caught:
            said[label] = str(caught[0].message)
    if said:
        first, *others = said
        also = f" Points also past theirs: {listed(others)}." if others else ""
        warnings.warn(said[first] + also, DivergenceWarning, stacklevel=3)


def report(points: Points, step: Step, ensemble: Ensemble) -> None:
    """Warn of trajectories that diverged, point by point, and of what the dynamics reports."""
    parts = split(ensemble, points)
    for (_, dynamics), part in zip(points.nouns, parts, strict=True):
        dynamics.report(step, part)
    lost = [int((part.diverged >= 0).sum()) for part in parts]
    where = [f"{n} at {label}" for n, label in zip(lost, points.labels, strict=True) if n]
    if where:
        warnings.warn(
            f"{sum(lost)} of {ensemble.count} trajectories of {points.landscape.name} left the "
            f"finite numbers, of {parts[0].count} at each point: "
            f"{listed(where)}; they are NaN from there on (see `diverged`).",
            DivergenceWarning,
            stacklevel=3,
        )


def listed(texts: list[str], apart: str = ", ") -> str:
    """Return the first few, and how many more there are."""
    more = len(texts) - _NAMED
    return apart.join([*texts[:_NAMED], *([f"and {more} more"] if more > 0 else [])])
