"""What is said of trajectories that leave, or will leave, the finite numbers."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from ..landscapes.landscape import Landscape
from .dynamics import Dynamics
from .ensemble import Ensemble
from .stability import Moments, bounded, growth, largest_stable, resting_points
from .step import Step

_ROUNDING = 1e-5  # of a growth factor, from differences
_KEPT = 1000  # pairs of dynamics and starts that a landscape remembers


class DivergenceWarning(RuntimeWarning):
    """Some trajectories left the finite numbers, or will: the step is past its stability."""


def check_stability(
    landscape: Landscape,
    dynamics: Dynamics,
    *,
    step: Step | None = None,
    values: Mapping[sp.Symbol, Any] | None = None,
    starts: NDArray[np.float64] | None = None,
) -> None:
    """Warn where a step is not mean-square stable at a minimum, with the largest that is.

    Looked at are the minima that the landscape states, else those that the noiseless drift leads to
    from the starts.  Silent where no smaller step is stable: what grows is then the equation's own
    (a valley's floor, noise that outweighs the drift).  A learning rate is no step of an equation:
    where its map wanders about a minimum that does not hold it, without going off, that is what it
    does, and nothing is said.

    Parameters
    ----------
    landscape, dynamics
        What is run.
    step
        The dynamics' step on the landscape, where it is made already.
    values
        Values of its parameters, where they are not its own.
    starts
        Where trajectories begin, shape (trajectories, coordinates); default: the landscape's start.
    """
    if starts is None:
        starts = np.array([[float(v) for v in landscape.start]])
    starts = np.atleast_2d(starts)
    some = np.unique(starts[[0, len(starts) // 2, -1]], axis=0)
    # what is found stays with the landscape: many short runs of a pair pay for it once
    found: dict[Any, str | None] = vars(landscape).setdefault("stability found", {})
    facts = landscape.facts
    key = repr(dynamics), b"" if facts.minima or facts.fixed_points else some.tobytes()
    if key not in found:
        if len(found) >= _KEPT:
            found.clear()
        moments = Moments(dynamics.step(landscape) if step is None else step, values)
        found[key] = _words(landscape, dynamics, moments, some)
    if found[key] is not None:
        warnings.warn(str(found[key]), DivergenceWarning, stacklevel=3)


def _words(
    landscape: Landscape, dynamics: Dynamics, moments: Moments, starts: NDArray[np.float64]
) -> str | None:
    """Return what is to be said of the first minimum at which the step is unstable, if any."""
    if not (moments.known and moments.fits(2 * len(moments.rows) + 1)):
        return None
    for point, factor, scale in _unstable(landscape, moments, starts):
        place = ", ".join(
            f"{name} = {x + 0.0:.4g}"
            for name, x in zip(landscape.coordinates, np.round(point, 12), strict=False)
        )
        name, given, limit = moments.name, f"={moments.size:g}", f"{scale * moments.size:.4g}"
        if len(moments.sizes) > 1:
            given, limit = ", a matrix,", f"{scale:.4g} times it"
        return (
            f"{name}{given} is past the mean-square stability limit {limit} of {landscape.name} at "
            f"({place}): under {dynamics} the mean square of the distance from there grows by a "
            f"factor {factor:.3g} a step, whether or not the numbers stay finite. Use {name} < "
            f"{limit}."
        )
    return None


def _unstable(
    landscape: Landscape, moments: Moments, starts: NDArray[np.float64]
) -> Iterator[tuple[NDArray[np.float64], float, float]]:
    """Yield minima at which the step is unstable, growth factor and scale of the largest stable."""
    with np.errstate(all="ignore"):  # far out anything may overflow
        for point in resting_points(landscape, moments, starts):
            factor = growth(moments, point)
            scale = largest_stable(moments, point) if factor > 1 + _ROUNDING else None
            if scale is not None and not (
                moments.name == "learning_rate" and bounded(moments, point)
            ):
                yield point, factor, scale


def report_divergence(ensemble: Ensemble, landscape: Landscape, dynamics: Dynamics) -> None:
    lost = ensemble.diverged[ensemble.diverged >= 0]
    if len(lost):
        warnings.warn(
            f"{len(lost)} of {ensemble.count} trajectories of {landscape.name} left the finite "
            f"numbers under {dynamics}, the first at step {lost.min()}, half of them by step "
            f"{int(np.median(lost))}; they are NaN from there on (see `diverged`). Use a smaller "
            "step, or a landscape that is bounded below.",
            DivergenceWarning,
            stacklevel=3,
        )
