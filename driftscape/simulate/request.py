"""Checks of what a run is asked for: landscape and dynamics, number of steps, trajectories."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..landscapes.landscape import Landscape
from ..typing import Index
from ..validate import check_positive, check_whole, shown
from .backends.inspection import MOST
from .dynamics import Dynamics

Numbers: TypeAlias = NDArray[np.uint64]


def check_arguments(
    landscape: Landscape | None, dynamics: Dynamics | None, over: Mapping[str, object]
) -> None:
    """Raise an error unless they are a Landscape and a Dynamics, or `over` gives those instead."""
    for name, given in (("landscape", landscape), ("dynamics", dynamics)):
        if name in over and given is not None:
            raise ValueError(f"over= gives the {name} of each point; leave {name}= out.")
    if "landscape" not in over and not isinstance(landscape, Landscape):
        raise TypeError(
            f"landscape={shown(landscape)}; give a Landscape, e.g. landscapes.archimedes()."
        )
    if "dynamics" not in over and not isinstance(dynamics, Dynamics):
        raise TypeError(
            f"dynamics={shown(dynamics)}; give a dynamics, e.g. simulate.SGD(learning_rate=0.1)."
        )


def count_steps(dynamics: Dynamics, asked: dict[str, Any], prefix: str, done: int) -> int:
    """Return the number of steps in all.

    Parameters
    ----------
    dynamics
        Gives the time of a step and the steps of an epoch.
    asked
        The arguments by name: `steps`, `time`, `epochs`; one of them must not be None.
    prefix
        The names of `steps` and `time` begin with it.  With a prefix they count from the start of
        the trajectories, otherwise from the step `done`.
    done
        Number of steps that a resumed dataset has; 0 without one.
    """
    given = {name: value for name, value in asked.items() if value is not None}
    if len(given) > 1:
        listed = " and ".join(f"{name}={shown(value)}" for name, value in given.items())
        raise ValueError(f"{listed}: give one of them.")
    if not given:
        other = "" if prefix else " (or epochs= where there is a training set)"
        raise ValueError(f"give {prefix}steps= or {prefix}time={other}.")
    ((name, value),) = given.items()
    if name == "epochs":
        check_whole(name, value)
        value = dynamics.steps_of(value)
    elif name.endswith("time"):
        time = check_positive(name, value)
        count = time / dynamics.time_step
        value = round(count) if count < MOST else 0
        if value < 1 or abs(count - value) > 1e-9 * max(1.0, count):
            raise ValueError(
                f"{name}={time} is {count:.10g} steps of {dynamics.time_step}; "
                f"it must be a whole number from 1 to {MOST}."
            )
    total = check_whole(f"{prefix}steps", value, most=MOST) + (0 if prefix else done)
    check_whole(f"{prefix}steps", total, most=MOST)
    if total <= done:
        raise ValueError(
            f"{prefix}steps={total} counts from the start, and {done} of them are done; give more."
        )
    dynamics.check_steps(total)
    return total


def trajectory_numbers(trajectories: int | range | Index) -> Numbers:
    """Return the trajectory numbers of a count, a range or an array of numbers."""
    given: range | NDArray[Any]
    if isinstance(trajectories, range) or (
        isinstance(trajectories, np.ndarray) and trajectories.ndim
    ):
        given = trajectories
    else:
        given = range(check_whole("trajectories", trajectories))
    # the length of a range has a limit, its last number has none
    wanted = (given.stop - given.start) // given.step if isinstance(given, range) else len(given)
    check_memory(wanted, 1)
    message = (
        f"trajectories={shown(trajectories)}; numbers must be distinct and >= 0, at least one."
    )
    if isinstance(given, range):  # distinct as they are
        if not given or min(given[0], given[-1]) < 0 or max(given[0], given[-1]) >= 2**63:
            raise ValueError(message)
        numbers = np.arange(len(given), dtype=np.uint64)
        if given.step != 1 and len(given) > 1:
            numbers *= np.uint64(given.step % 2**64)
        if given[0]:
            numbers += np.uint64(given[0])
        return numbers
    if given.ndim != 1 or given.dtype.kind not in "iu":
        raise TypeError(
            f"trajectories={shown(trajectories)}; give a number of trajectories, a range, or an "
            "array of whole numbers with one axis."
        )
    distinct = len(np.unique(given)) == len(given) > 0
    if not distinct or given.min() < 0 or given.max() >= 2**63:
        raise ValueError(message)
    return given.astype(np.uint64)


def check_memory(trajectories: int, rows: int) -> None:
    """Raise an error where so many trajectories of so many state rows do not fit into memory."""
    needed, there = 8 * trajectories * (2 * rows + 12), memory()
    if needed > there:
        raise ValueError(
            f"{shown(trajectories)} trajectories need {needed / 2**30:.4g} GiB, and this machine "
            f"has {there / 2**30:.4g}; give ranges of numbers to several runs."
        )


@cache
def memory() -> int:
    """Return the memory of this machine in bytes, a tebibyte where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 2**40
