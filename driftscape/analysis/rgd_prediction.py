"""Test whether descent in the diffusion metric predicts the mean of SGD better than GD does.

It does not.  RGD differs from GD by learning_rate epsilon D grad f in a step.  The mean of SGD
differs from GD by -(learning_rate/2) J:S, with S the covariance of the accumulated noise: this is
of another order in the learning rate, and does not depend on the sign of grad f.  `rgd_prediction`
with learning_rate 0.1, epsilon 0.1 and 2**18 trajectories gives

    landscape        start       steps    E SGD - GD          RGD - GD    best epsilon
    gaussian_fit     h = 0.5     20       h  +.0050(3)        +.0050      +.10
    gaussian_fit     h = -0.5    20       h  +.0220(5)        -.0174      -.13
    mean_estimation  1           20          0 exactly        +.0301       0
    archimedes       its axis    100      z  +.1714(1)         0          none
    archimedes       (.5,.5,0)   20       u  +.0038(2)        -.0018
                                          v  -.0070(3)        +.0013
                                          z  +.0399(2)        +.0064

On the Gaussian fit the noise drives towards wide fits from both sides, whereas RGD is slower than
GD on both sides: an epsilon that is fitted at h = 0.5 has the wrong sign at h = -0.5.  The
agreement in the first row is a coincidence of epsilon = learning_rate: at the same time and half
the learning rate, the shift of SGD is halved and that of RGD is the same.  RGD has no shift along a
valley, and it has one on a quadratic loss, where GD is exact for the mean of SGD.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from ..landscapes import Landscape
from ..simulate import GD, RGD, SGD, run
from ..typing import Float
from ..validate import check_positive, shown
from .estimate import Estimate
from .run_data import read_run


@dataclass(frozen=True)
class RGDPrediction:
    """The mean of SGD beside the predictions of GD and RGD, from `analysis.rgd_prediction`.

    Attributes
    ----------
    shift
        Coordinate -> E theta_SGD - theta_GD, measured.
    predicted
        Coordinate -> theta_RGD - theta_GD.
    error_gd, error_rgd
        Distance of the mean of SGD from GD and from RGD.
    best_epsilon
        The epsilon of the best fit, to first order; None if RGD does not differ from GD.  If it is
        negative, the shift of RGD has the wrong sign.
    closer
        `"RGD"`, `"GD"`, or `"neither"` if they differ by less than 4 standard errors.
    """

    shift: dict[str, Estimate]
    predicted: dict[str, float]
    error_gd: Estimate
    error_rgd: Estimate
    best_epsilon: Estimate | None
    closer: str


def rgd_prediction(
    landscape: Landscape,
    sgd: SGD,
    *,
    epsilon: float,
    steps: int,
    start: ArrayLike | None = None,
    trajectories: int = 2**18,
    seed: int | None = None,
) -> RGDPrediction:
    """Compare the mean of SGD after some steps with GD and RGD from the same start.

        shift = E theta_SGD - theta_GD,        predicted = theta_RGD - theta_GD

    Parameters
    ----------
    landscape
        A landscape with a gradient and a diffusion matrix D.
    sgd
        Plain SGD: fresh samples, a constant learning rate, no momentum.  GD and RGD take its
        learning rate.
    epsilon
        Weight > 0 of D in the metric of RGD.
    steps
        Number of steps.
    start
        The starting point; default: that of the landscape.

    Other Parameters
    ----------------
    trajectories
        Number of trajectories of SGD.
    seed
        A whole number >= 0; None draws one.

    Returns
    -------
    RGDPrediction
        The shifts of each coordinate, and which of GD and RGD is closer.

    Raises
    ------
    TypeError
        `sgd` is not `simulate.SGD`.
    ValueError
        `sgd` is not plain; an input of `simulate.run` is refused.
    TooFewData
        (a ValueError) Fewer than 16 trajectories.

    References
    ----------
    P. Chaudhari, S. Soatto, ICLR (2018).

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> fit, sgd = landscapes.gaussian_fit(), simulate.SGD(learning_rate=0.1)
    >>> rgd_prediction(fit, sgd, epsilon=0.1, steps=20, start=-0.5, seed=1).closer
    'GD'
    """
    if not isinstance(sgd, SGD):
        raise TypeError(f"sgd={shown(sgd)}; give simulate.SGD, whose mean is compared with RGD.")
    if not sgd.is_plain:
        raise ValueError(
            f"{sgd}: RGD is for fresh samples, a constant learning rate and no momentum; give "
            "simulate.SGD(learning_rate=0.1), say."
        )
    rate, epsilon = sgd.time_step, check_positive("epsilon", epsilon)
    mean = read_run(
        run(landscape, sgd, steps=steps, start=start, trajectories=trajectories, seed=seed,
            keep="final")
    )  # fmt: skip
    # a single path without noise is evaluated faster than its kernel is compiled
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
    shifts = list(shift.values())
    from_gd, from_rgd = _distance(shifts, 0 * gap), _distance(shifts, gap)
    along, square = _along(shifts, gap), float(gap @ gap)
    best = replace(along * (epsilon / square), method="least squares") if square else None
    gain = square - 2 * along  # |m - a|^2 - |m|^2 = a.(a - 2 m)
    unclear = abs(gain.value) <= 4 * gain.stderr
    closer = "neither" if unclear else ("RGD" if gain.value < 0 else "GD")
    return RGDPrediction(shift, predicted, from_gd, from_rgd, best, closer)


def _along(shifts: list[Estimate], direction: Float) -> Estimate:
    """Return the sum of the shifts times the components of a vector."""
    parts = [float(x) * each for x, each in zip(direction, shifts, strict=True)]
    return sum(parts[1:], start=parts[0])


def _distance(shifts: list[Estimate], other: Float) -> Estimate:
    """Return the length of the mean shift minus another one, with the error along it."""
    difference = np.array([each.value for each in shifts]) - other
    length = float(np.linalg.norm(difference))
    along = difference / length if length else np.ones(len(difference)) / np.sqrt(len(difference))
    return replace(_along(shifts, along), value=length, method="distance of the mean of SGD")
