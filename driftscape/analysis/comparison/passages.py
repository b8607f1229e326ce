"""First passages of an ensemble beside those of a grid; the way in is `compare`."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...simulate import dynamics_of, landscape_of, provenance
from ...typing import Float
from ..ensemble import MIN_TRAJECTORIES, TooFewData
from ..estimate import Estimate, Theory
from ..passages.passage import Passages, passages
from .agreement import Agreement
from .rows import Rows
from .survivors import Survivors


def compare_passages(hits: Any, operator: Any, coarser: Any, diverged: str | None) -> Agreement:
    """Compare the mean time, of what was watched, and the survivors at three times."""
    for data in (hits, *([] if coarser is None else [coarser])):
        landscape_of(data), dynamics_of(data)  # a whole sweep is refused here
    target, start = _one_of_each(hits)
    mean = operator.mean_first_passage_time(target, start=start)
    seen = passages(hits, diverged=diverged)
    law = Survivors(operator, target, start, mean, _end(seen))
    measured, expected = _measure(seen, law), law.expected()
    name = "mean first-passage time" if np.isinf(law.end) else f"mean of min(T, {law.end:.4g})"
    names = [name, *(f"P(T > {t:.4g})" for t in law.counted)]
    step = _step_errors(hits, coarser, law, expected, diverged)
    count, draws = len(seen.time), law.draws
    rows = Rows.of(
        names, measured, expected, step, draws.stderr(count),
        lambda left: draws.p_values(left, count),
    )  # fmt: skip
    test = draws.together(count, np.nan_to_num(step), np.array([t.truncation for t in expected]))
    difference = np.array([m.value - t.value for m, t in zip(measured, expected, strict=True)])
    return rows.agreement(test.p_value(difference))


def _end(seen: Passages) -> float:
    """Return how long all were watched that did not pass."""
    return float(seen.time[seen.code < 0].min(initial=np.inf))


def _measure(seen: Passages, law: Survivors) -> list[Estimate]:
    """Mean of min(T, end) and survivors."""
    time, n = np.minimum(seen.time, law.end), len(seen.time)
    values = np.concatenate([time[:, None], time[:, None] > law.counted], axis=1)
    error = values.std(axis=0, ddof=1) / np.sqrt(n) if n > 1 else np.full(4, np.inf)
    units = ["of time", "", "", ""]
    made = [
        Estimate(float(v), float(e), n, f"mean of {n} first passages{seen.note()}", unit)
        for v, e, unit in zip(values.mean(axis=0), error, units, strict=True)
    ]
    if n < MIN_TRAJECTORIES:
        raise TooFewData(
            f"{n} passages give no reliable standard error; run at least {MIN_TRAJECTORIES}.",
            made[0],
        )
    return made


def _one_of_each(hits: Any) -> tuple[str, list[float]]:
    targets = provenance(hits)["targets"]
    start = np.unique(hits.start.values, axis=0)
    if len(targets) != 1 or len(start) != 1:
        raise ValueError(
            f"{len(targets)} targets and {len(start)} starting points; one of each is compared."
        )
    (text,) = targets.values()
    return text, list(map(float, start[0]))


def _step_errors(
    hits: Any, coarser: Any, law: Survivors, expected: list[Theory], diverged: str | None
) -> Float:
    """Scale the error at a larger step down, at order one; its own noise is added to its size.

    None where both are the chain of SGD itself; NaN where it is not known.
    """
    if not hasattr(dynamics_of(hits), "dt"):
        if coarser is not None:
            raise ValueError("coarser= is of a larger dt, and SGD has none; leave it away.")
        return np.full(len(expected), 0.0 if hasattr(law.operator, "chain") else np.nan)
    if coarser is None:
        return np.full(len(expected), np.nan)
    if provenance(coarser).get("kind") != "first_passage":
        raise ValueError("coarser= is no first passage; give what simulate.first_passage returned.")
    fine, large = (dynamics_of(data).to_dict() for data in (hits, coarser))
    ratio = float(fine.pop("dt")) / float(large.pop("dt", np.nan))
    if fine != large or not ratio < 1 or _one_of_each(coarser) != (law.target, law.start):
        raise ValueError(
            "coarser= must be of the same dynamics, start and target, at a larger dt alone."
        )
    seen = passages(coarser, diverged=diverged)
    if _end(seen) < law.end:
        raise ValueError(
            "coarser= has passages censored earlier than hits have; give max_time= more."
        )
    errors = []
    for estimate, theory in zip(_measure(seen, law), expected, strict=True):
        difference = estimate.value - theory.value
        errors.append(ratio * np.sign(difference) * (abs(difference) + estimate.stderr))
    return np.array(errors)
