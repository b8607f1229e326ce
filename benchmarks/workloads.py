"""W1, W2, W4: landscape, dynamics, start, and the statistic on which contenders must agree."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

TRAJECTORIES = 1024  # the size at which all ratios are stated
STEPS = 100_000


@dataclass(frozen=True)
class Workload:
    """A system to time.

    Attributes
    ----------
    name
        W1, W2 or W4.
    title
        What it is.
    start
        Starting point.
    landscape, dynamics
        Makers of what `simulate.run` takes; called late, so that importing this is cheap.
    statistic
        Final states, shape (dim, trajectories) -> one number a trajectory, stationary after 400
        steps: contenders whose means differ have not computed the same thing.
    """

    name: str
    title: str
    start: tuple[float, ...]
    landscape: Callable[[], Any]
    dynamics: Callable[[], Any]
    statistic: Callable[[NDArray[np.float64]], NDArray[np.float64]]


def _screw() -> Any:
    from driftscape import landscapes

    return landscapes.archimedes()


def _well() -> Any:
    from driftscape import landscapes

    return landscapes.double_well(rotation=1.5)


def _fit() -> Any:
    from driftscape import landscapes

    return landscapes.gaussian_fit()


def _sgd() -> Any:
    from driftscape import simulate

    return simulate.SGD(learning_rate=0.05)


def _ito() -> Any:
    from driftscape import simulate

    return simulate.Ito(beta=1, dt=0.01)


WORKLOADS = {
    work.name: work
    for work in (
        Workload(
            "W1", "ARCHIMEDES, SGD", (0.5, 0.3, 0.1), _screw, _sgd, lambda s: s[0] ** 2 + s[1] ** 2
        ),
        Workload("W2", "rotating well, Ito", (1.0, 0.1), _well, _ito, lambda s: s[1] ** 2),
        Workload("W4", "variance fit, SGD", (0.2,), _fit, _sgd, lambda s: s[0] ** 2),
    )
}


def same_physics(work: Workload, ours: Any, theirs: Any) -> str | None:
    """Return None if the statistic agrees within 6 standard errors, else the difference as text."""
    a, b = work.statistic(np.asarray(ours)), work.statistic(np.asarray(theirs))
    error = np.hypot(a.std() / np.sqrt(a.size), b.std() / np.sqrt(b.size))
    z = (a.mean() - b.mean()) / error
    return (
        None
        if abs(z) < 6
        else f"computes something else: means {a.mean():.4g}, {b.mean():.4g}, z = {z:.1f}"
    )
