"""Double well with rotation: the drift loses its two stable points, the density is unchanged.

P. Chaudhari and S. Soatto, "Stochastic gradient descent performs variational inference, converges
to limit cycles for deep networks" (2018), Example 19 and Figure 4.  See the third stream plot: the
noiseless flow spirals into the origin, where the density of the SDE has a saddle.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from .... import analysis, landscapes, simulate, theory
from ....analysis import Estimate
from ....theory import Theory
from ....typing import Float
from ...report.figure import About, Check, Figure, style
from ...shared.histogram import Histogram
from . import noiseless, panels
from .panels import SHOWN, Ensemble

ABOUT = About(
    title="Double well: a rotating force that does not change the steady state",
    citation="P. Chaudhari and S. Soatto, “Stochastic gradient descent performs variational "
    "inference, converges to limit cycles for deep networks”, 2018: Example 19 and Figure 4.",
    link="https://arxiv.org/abs/1710.11029",
    claim="A force j along the stationary current is added to −∇Φ. The most likely positions stay "
    "at (±1, 0), while the zeros of the drift move (rotation 0.5). With a large force (rotation "
    "1.5) “SGD converges to limit cycles around the saddle point at the origin”.",
    look_for="Top: streamlines of the drift, wide where it is strong, and the density measured "
    "from the SDE, which is the same in all three panels. White circles: zeros of the drift; red "
    "dots: minima of Φ; orange: the noiseless flow from (1, 0), at rotation 1.5 a spiral into the "
    "origin. Bottom: final positions of the noiseless flow; the density of x₁; the torque, a "
    "measure of the stationary current.",
)

ROTATIONS = (0.0, 0.5, 1.0, 1.5)
DT = 0.01
DISCARD = 10.0  # the slowest mode decays at rate 0.79, to e^-8 of its value at the start
TRAJECTORIES = 4096
SEED = 19
SECOND_MOMENTS = ("x1**2", "x2**2")


def draw(full: bool = False, seed: int = SEED) -> Figure:
    """Simulate, compare and draw; `full`: ten times the time."""
    time, spacing = (4000.0, 1.0) if full else (400.0, 0.5)
    seeds = itertools.count(seed)
    ensembles = {rotation: _measure(rotation, time, spacing, seeds) for rotation in ROTATIONS}
    rests = {each / 10: noiseless.rest(each / 10) for each in range(8)}
    path = noiseless.spiral(1.5)
    rate = noiseless.spiral_rate(path, 1.5)

    moments = _moment_checks(ensembles)
    worst = max(abs(check.comparison.z) for check in moments if check.expect == "agrees")
    finding = (
        "With noise the steady state is exp(−Φ) at every rotation: second moments and torque agree "
        f"with the exact values after extrapolation to step zero (largest |z|: {worst:.1f}), and "
        "so does the histogram. The density stays largest in the two wells. Without noise the "
        "stable points merge at the origin at rotation e^(−1/4) = 0.7788, where both eigenvalues "
        "of the linearised drift vanish. At larger rotations there is no limit cycle: the origin "
        f"is a weakly stable focus, and 1/⟨r²⟩ grows at {rate.value:.4f} per unit of time (exactly "
        "1/4 near the origin, 0 on a cycle). The example also violates the paper's assumption "
        "∇·j = 0: here ∇·j = j·∇Φ."
    )
    with style():
        picture = panels.picture(ensembles, rests, path)
    return Figure(
        ABOUT,
        (*moments, *_density_checks(ensembles), *_flow_checks(rests, rate)),
        picture,
        finding,
        {
            "trajectories": TRAJECTORIES,
            "time": f"{time:g}",
            "dt": f"{DT:g} and {DT / 2:g}",
            "beta": 1,
            "seeds": f"{seed} to {next(seeds) - 1}",
        },
    )


def _measure(rotation: float, time: float, spacing: float, seeds: Iterator[int]) -> Ensemble:
    landscape = landscapes.double_well(rotation=rotation)
    values, histograms = [], []
    for dt in (DT, DT / 2):
        run = simulate.run(
            landscape,
            simulate.Ito(beta=1, dt=dt),
            time=time,
            trajectories=TRAJECTORIES,
            seed=next(seeds),
            save_every=round(spacing / dt),
        )
        discard_steps = round(DISCARD / dt)
        moments = {
            text: analysis.moment(run, text, discard_steps=discard_steps) for text in SECOND_MOMENTS
        }
        values.append(moments | {"torque": analysis.torque(run, discard_steps=discard_steps)})
        histograms.append(Histogram.of(run, landscape, discard_time=DISCARD))
    coarse, fine = values
    return Ensemble(
        landscape,
        coarse,
        {name: analysis.extrapolate([(DT, coarse[name]), (DT / 2, fine[name])]) for name in fine},
        histograms[1].extrapolated(histograms[0]),
    )


def _moment_checks(ensembles: dict[float, Ensemble]) -> list[Check]:
    checks = []
    for rotation in SHOWN:
        well, limit = ensembles[rotation].landscape, ensembles[rotation].limit
        for text, name in zip(SECOND_MOMENTS, ("⟨x₁²⟩", "⟨x₂²⟩"), strict=True):
            predicted = theory.moment(well, text)
            hypothesis = f"rotation {rotation:g}: {name} as dt → 0 = exact"
            checks.append(Check(hypothesis, limit[text], predicted))
        predicted = theory.torque(well)
        hypothesis = f"rotation {rotation:g}: torque as dt → 0 = exact"
        other = 0.0 if rotation else theory.torque(ensembles[0.5].landscape).value
        checks.append(Check(hypothesis, limit["torque"], predicted, against=other))
    strongest = ensembles[1.5]
    at_dt = f"rotation 1.5: ⟨x₂²⟩ at dt = {DT:g} = exact"
    # Two Gaussian wells, Z = 2 (2 pi)/sqrt(2), approximate a high barrier; here it is 1/4.
    gaussian = Theory(1.5 * 2**0.5 / 2, regime="Gaussian wells")
    return [
        *checks,
        Check(at_dt, strongest.coarse["x2**2"], 1.0, "rejected"),
        Check(
            "rotation 1.5: torque as dt → 0 = that of two Gaussian wells",
            strongest.limit["torque"],
            gaussian,
            "rejected",
        ),
    ]


def _density_checks(ensembles: dict[float, Ensemble]) -> list[Check]:
    name = "rotation {:g}: χ² distance of the density from exp(−Φ)/Z = 0"
    checks = []
    for each in SHOWN:
        histogram = ensembles[each].histogram
        other = histogram.predicted_distance(1.05)
        checks.append(Check(name.format(each), histogram.distance(), 0.0, against=other))
    wrong = ensembles[1.5].histogram.distance(beta=1.05)
    return [
        *checks,
        Check(
            "rotation 1.5: χ² distance of the density from exp(−1.05 Φ)/Z = 0",
            wrong,
            0.0,
            "rejected",
        ),
    ]


def _flow_checks(rests: dict[float, Float], rate: Estimate) -> list[Check]:
    final = Estimate(float(rests[0.5][0]), 1e-7, 1, "noiseless flow, Runge-Kutta, time 400")
    merging = float(np.exp(-0.25))
    divergence, along = noiseless.divergence(1.5, (0.5, 0.5))
    near_origin = Theory(0.25, truncation=0.002, regime="r → 0")
    return [
        Check("rotation 0.5: final x₁ of the noiseless flow = well", final, noiseless.well(0.5)[0]),
        Check(
            "rotation 0.5: final x₁ of the noiseless flow = minimum of Φ", final, 1.0, "rejected"
        ),
        Check("rotation at which the wells merge = e^(−1/4)", noiseless.merging_point(), merging),
        Check(
            "rotation e^(−1/4): det ∇b at the origin = 0",
            noiseless.determinant(merging),
            0.0,
            against=noiseless.determinant(0.5).value,
        ),
        Check(
            "rotation 0.5: det ∇b at the origin = 0", noiseless.determinant(0.5), 0.0, "rejected"
        ),
        Check("rotation 1.5: d(1/⟨r²⟩)/dt of the noiseless flow = 1/4", rate, near_origin),
        Check("rotation 1.5: d(1/⟨r²⟩)/dt = 0, as on a limit cycle", rate, 0.0, "rejected"),
        Check("rotation 1.5: ∇·j at (½, ½) = j·∇Φ", divergence, along),
        Check("rotation 1.5: ∇·j at (½, ½) = 0, as assumed", divergence, 0.0, "rejected"),
    ]
