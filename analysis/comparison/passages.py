"""First passages of an ensemble beside those of a grid; the way in is `compare`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...simulate import dynamics_of, landscape_of
from ...simulate.dataset import provenance
from ..estimate import Estimate, Theory
from ..passages.mfpt import mean_first_passage_time
from ..passages.passage import passages
from .agreement import Agreement

Float = NDArray[np.float64]

_SHARES = (0.2, 0.5, 0.8)  # of an exponential law: times at which survivors are counted


@dataclass(frozen=True)
class _Asked:
    """One target and one point, and the times at which survivors are counted."""

    target: str
    start: list[float]
    times: Float

    def measure(self, hits: Any, diverged: str | None) -> tuple[list[Estimate], Float]:
        """Mean time and, where all passages were seen, survivors; and their covariance."""
        mean = mean_first_passage_time(hits, diverged=diverged)
        seen = passages(hits, diverged=diverged)
        if seen.censored:
            return [mean], np.array([[mean.stderr**2]])
        late = seen.time[:, None] > self.times
        values = np.concatenate([seen.time[:, None], late], axis=1)
        shares, n = late.mean(axis=0), len(late)
        errors = np.sqrt(shares * (1 - shares) / n)
        counted = [
            Estimate(float(p), float(e), n, "fraction") for p, e in zip(shares, errors, strict=True)
        ]
        return [mean, *counted], np.cov(values, rowvar=False) / n


def compare_passages(hits: Any, operator: Any, coarser: Any, diverged: str | None) -> Agreement:
    """Compare the mean time and the survivors at three times."""
    for data in (hits, *([] if coarser is None else [coarser])):
        landscape_of(data), dynamics_of(data)  # a whole sweep is refused here
    target, start = _one_of_each(hits)
    expected = operator.mean_first_passage_time(target, start=start)
    asked = _Asked(target, start, -np.log1p(-np.array(_SHARES)) * expected.value)
    measured, covariance = asked.measure(hits, diverged)
    names, theory = ["mean first-passage time"], [expected]
    if len(measured) > 1:
        curve = operator.extrapolated_survival(target, asked.times, start)
        names += [f"P(T > {t:.4g})" for t in asked.times]
        theory += [
            Theory(float(p), truncation=float(e), regime="grid, extrapolated")
            for p, e in zip(curve.value, curve.truncation, strict=True)
        ]
    errors = [float("nan")] * len(names)
    if coarser is not None:
        errors = _step_errors(hits, coarser, asked, theory, diverged)
    return Agreement(tuple(names), tuple(measured), tuple(theory), tuple(errors), covariance)


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
    hits: Any, coarser: Any, asked: _Asked, theory: list[Theory], diverged: str | None
) -> list[float]:
    """Scale the error at a larger step down, at order one; its own noise is added to its size."""
    if provenance(coarser).get("verb") != "first_passage":
        raise ValueError("coarser= is no first passage; give what simulate.first_passage returned.")
    fine, large = (dynamics_of(data).to_dict() for data in (hits, coarser))
    ratio = float(fine.pop("dt")) / float(large.pop("dt"))
    if fine != large or not ratio < 1 or _one_of_each(coarser) != (asked.target, asked.start):
        raise ValueError(
            "coarser= must be of the same dynamics, start and target, at a larger dt alone."
        )
    there, _ = asked.measure(coarser, diverged)
    if len(there) < len(theory):
        raise ValueError("coarser= has censored passages and hits have none; give max_time= more.")
    errors = []
    for estimate, expected in zip(there, theory, strict=False):
        difference = estimate.value - expected.value
        errors.append(float(ratio * np.sign(difference) * (abs(difference) + estimate.stderr)))
    return errors
