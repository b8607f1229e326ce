"""Does descent in the diffusion metric predict the mean of SGD better than GD does?

It does not.  RGD differs from GD by learning_rate epsilon D grad f a step; the mean of SGD differs
from GD by -(learning_rate/2) J:S, S the covariance of the noise gathered so far: of another order
in the learning rate, and with no regard for the sign of grad f.  Measured by `rgd_prediction`
with learning_rate 0.1, epsilon 0.1 and 2**18 trajectories:

    landscape        start       steps    E SGD - GD          RGD - GD    best epsilon
    gaussian_fit     h = 0.5     20       h  +.0050(3)        +.0050      +.10
    gaussian_fit     h = -0.5    20       h  +.0220(5)        -.0174      -.13
    mean_estimation  1           20          0 exactly        +.0301       0
    archimedes       its axis    100      z  +.1714(1)         0          none
    archimedes       (.5,.5,0)   20       u  +.0038(2)        -.0018
                                          v  -.0070(3)        +.0013
                                          z  +.0399(2)        +.0064

On the Gaussian fit the noise pushes towards wide fits from either side, while RGD lags behind GD on
either side: an epsilon fitted at h = 0.5 is wrong in sign at h = -0.5.  The agreement of the first
row is a coincidence of epsilon = learning_rate: at the same time and half the learning rate SGD
halves its shift and RGD keeps its own.  Along a valley RGD sees nothing, and on a quadratic loss,
where GD is exact for the mean of SGD, it errs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..simulate import GD, RGD, SGD, run
from .estimate import Estimate
from .run_data import read_run


@dataclass(frozen=True)
class RGDPrediction:
    """Where the mean of SGD went, and where GD and RGD said it would.

    Attributes
    ----------
    shift
        Coordinate -> E theta_SGD - theta_GD, measured.
    predicted
        Coordinate -> theta_RGD - theta_GD.
    error_gd, error_rgd
        Distance of the mean of SGD from GD and from RGD.
    best_epsilon
        The epsilon that would fit best, to first order; None where RGD does not differ from GD.
        A negative one says that RGD errs in sign.
    closer
        `"RGD"`, `"GD"`, or `"neither"` where they differ by less than 4 standard errors.
    """

    shift: dict[str, Estimate]
    predicted: dict[str, float]
    error_gd: Estimate
    error_rgd: Estimate
    best_epsilon: Estimate | None
    closer: str


def rgd_prediction(
    landscape: Any,
    sgd: SGD,
    *,
    epsilon: float,
    steps: int,
    start: Any = None,
    trajectories: int = 2**18,
    seed: int | None = None,
) -> RGDPrediction:
    """Measure whether RGD predicts the mean of SGD better than GD does.

    Parameters
    ----------
    landscape
        With a gradient and D.
    sgd
        What RGD claims to describe; GD and RGD take its learning rate.
    epsilon
        Weight of D in the metric.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> fit, sgd = landscapes.gaussian_fit(), simulate.SGD(learning_rate=0.1)
    >>> rgd_prediction(fit, sgd, epsilon=0.1, steps=20, start=-0.5, seed=1).closer
    'GD'
    """
    if not isinstance(sgd, SGD):
        raise TypeError(f"{sgd!r} is not simulate.SGD, whose mean RGD claims to describe.")
    if not sgd.is_plain:
        raise ValueError(
            f"{sgd}: RGD speaks of fresh samples, a constant learning rate and no momentum; give "
            "simulate.SGD(learning_rate=0.1), say."
        )
    rate = sgd.time_step
    mean = read_run(
        run(landscape, sgd, steps=steps, start=start, trajectories=trajectories, seed=seed,
            keep="final")
    )  # fmt: skip
    # a single path without noise: quicker evaluated than compiled
    gd, rgd = (
        run(
            landscape, dynamics, steps=steps, start=start, keep="final", backend="numpy"
        ).final.values[0]
        for dynamics in (GD(learning_rate=rate), RGD(learning_rate=rate, epsilon=epsilon))
    )
    shift = {
        name: mean.mean(mean.final[:, i] - gd[i], "mean of SGD minus GD")
        for i, name in enumerate(landscape.coordinates)
    }
    gap = rgd - gd
    predicted = dict(zip(landscape.coordinates, gap.tolist(), strict=True))
    moved = np.array([e.value for e in shift.values()])
    from_gd, from_rgd = (_distance(moved - there, mean.final) for there in (0.0, gap))
    # |m - a|^2 - |m|^2 = a.(a - 2 m): its error is that of m along a
    gain = float(gap @ (gap - 2 * moved))
    noise = 2 * float(np.std(mean.final @ gap)) / np.sqrt(len(mean.final))
    best = None
    if gap @ gap:
        scale = epsilon / float(gap @ gap)
        best = Estimate(
            float(gap @ moved) * scale, noise / 2 * scale, len(mean.final), "least squares"
        )
    closer = "neither" if abs(gain) <= 4 * noise else ("RGD" if gain < 0 else "GD")
    return RGDPrediction(shift, predicted, from_gd, from_rgd, best, closer)


def _distance(difference: Any, final: Any) -> Estimate:
    """Length of a mean difference, with the error along it."""
    length = float(np.linalg.norm(difference))
    along = difference / length if length else np.ones(len(difference)) / np.sqrt(len(difference))
    scatter = float(np.std(final @ along)) / np.sqrt(len(final))
    return Estimate(length, scatter, len(final), "distance of the mean of SGD")
