"""A measurement repeated over seeds, and a p-value repeated over seeds."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Experiment:
    """A measurement whose true value is known.

    Attributes
    ----------
    name
        What is measured on what.
    truth
        The value that it estimates, the bias of the step size included.
    measure
        (seed, trajectories) -> `Estimate`.
    sizes
        Numbers of trajectories.
    wrong
        A value that the intervals at the largest size must mostly exclude.
    twin
        Whether the errors are wrong on purpose: their coverage must be outside the bounds.
    more
        How many times as many seeds, where they are cheap.
    """

    name: str
    truth: float
    measure: Callable[[int, int], Any]
    sizes: tuple[int, ...] = (30, 200)
    wrong: float | None = None
    twin: bool = False
    more: int = 1


@dataclass(frozen=True)
class Rejection:
    """A test whose null hypothesis is true: its p-values should be uniform.

    Attributes
    ----------
    name
        What is tested on what.
    p_value
        (seed, trajectories) -> p value.
    sizes
        Numbers of trajectories.
    more
        How many times as many seeds, where they are cheap.
    """

    name: str
    p_value: Callable[[int, int], float]
    sizes: tuple[int, ...] = (50, 200, 2000)
    more: int = 1


def repeat(each: Experiment | Rejection, size: int, seeds: range) -> dict[str, Any]:
    """Return the result at every seed: z, whether the interval covers, the warnings."""
    made: dict[str, list[Any]] = {"z": [], "covers": [], "covers_wrong": [], "p": [], "warned": []}
    refused: list[str] = []
    for seed in seeds:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                if isinstance(each, Rejection):
                    made["p"].append(float(each.p_value(seed, size)))
                else:
                    _estimate(each, each.measure(seed, size), made)
            except (ValueError, RuntimeError) as refusal:
                refused.append(f"{type(refusal).__name__}: {refusal}")
                continue
        made["warned"].append(any(issubclass(w.category, UserWarning) for w in caught))
    twin = isinstance(each, Experiment) and each.twin
    return {"name": each.name, "size": size, "twin": twin, "refused": refused, **made}


def _estimate(each: Experiment, estimate: Any, made: dict[str, list[Any]]) -> None:
    low, high = estimate.interval(0.95)
    with np.errstate(all="ignore"):
        made["z"].append(float(np.divide(estimate.value - each.truth, estimate.stderr)))
    made["covers"].append(bool(low <= each.truth <= high))
    if each.wrong is not None:
        made["covers_wrong"].append(bool(low <= each.wrong <= high))
