"""Double well with rotation: the drift loses its two wells, the density does not notice.

P. Chaudhari and S. Soatto, "Stochastic gradient descent performs variational inference, converges
to limit cycles for deep networks" (2018), Example 19 and Figure 4.  Look at the third stream plot:
the noiseless flow spirals into the origin, where the density of the SDE has its saddle.
"""

import itertools
from typing import Any

import numpy as np

from .... import analysis, landscapes, simulate, theory
from ....analysis import Estimate
from ....theory import Theory
from ...report.figure import About, Check, Figure, style
from ...shared.histogram import Histogram
from . import noiseless, panels
from .panels import SHOWN, Ensemble

ABOUT = About(
    title="Double well: a rotating force that the steady state does not feel",
    citation="P. Chaudhari and S. Soatto, “Stochastic gradient descent performs variational "
    "inference, converges to limit cycles for deep networks”, 2018: Example 19 and Figure 4.",
    link="https://arxiv.org/abs/1710.11029",
    claim="A force j that turns with the stationary current is added to −∇Φ. The most likely "
    "places stay at (±1, 0) while the zeros of the drift move (rotation 0.5). With a large force "
    "(rotation 1.5) “SGD converges to limit cycles around the saddle point at the origin”.",
    look_for="Top: streamlines of the drift, wide where it is strong, over the density measured "
    "from the SDE, which is the same three times. White circles: zeros of the drift; red dots: "
    "minima of Φ; orange: the noiseless flow from (1, 0), at rotation 1.5 a spiral that closes on "
    "the origin. Bottom: where the noiseless flow comes to rest; the density of x₁; the torque, "
    "which measures the stationary current.",
)

ROTATIONS = (0.0, 0.5, 1.0, 1.5)
DT = 0.01
DISCARD = 10.0  # the slowest mode decays at rate 0.79: what is left of the start is e^-8
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
        f"with the exact values once the step is extrapolated to zero (largest |z|: {worst:.1f}), "
        "and so does the histogram. The two wells stay the likely places. Without noise they merge "
        "into the origin at rotation e^(−1/4) = 0.7788, where both eigenvalues of the linearised "
        "drift vanish. Past it there is no limit cycle: the origin is a weakly stable focus, and "
        f"1/⟨r²⟩ grows at {rate.value:.4f} per unit of time (exactly 1/4 near the origin, 0 on a "
        "cycle). The example also breaks the paper's own assumption ∇·j = 0: here ∇·j = j·∇Φ."
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


def _measure(rotation: float, time: float, spacing: float, seeds: Any) -> Ensemble:
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
        histograms.append(Histogram.of(run, landscape, discard_steps=DISCARD))
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
            checks.append(Check(f"rotation {rotation:g}: {name}, dt → 0", limit[text], predicted))
        predicted, claim = theory.torque(well), f"rotation {rotation:g}: torque, dt → 0"
        other = 0.0 if rotation else theory.torque(ensembles[0.5].landscape).value
        checks.append(Check(claim, limit["torque"], predicted, against=other))
    strongest = ensembles[1.5]
    at_dt = f"rotation 1.5: at dt = {DT:g} alone ⟨x₂²⟩ is off"
    # Two Gaussian wells, Z = 2 (2 pi)/sqrt(2), are a picture of the barrier being high; it is 1/4.
    gaussian = Theory(1.5 * 2**0.5 / 2, regime="Gaussian wells")
    return [
        *checks,
        Check(at_dt, strongest.coarse["x2**2"], 1.0, "rejected"),
        Check(
            "rotation 1.5: torque of two Gaussian wells",
            strongest.limit["torque"],
            gaussian,
            "rejected",
        ),
    ]


def _density_checks(ensembles: dict[float, Ensemble]) -> list[Check]:
    claim = "rotation {:g}: χ² distance of density to exp(−Φ)/Z"
    checks = []
    for each in SHOWN:
        histogram = ensembles[each].histogram
        other = histogram.stated_distance(1.05)
        checks.append(Check(claim.format(each), histogram.distance(), 0.0, against=other))
    wrong = ensembles[1.5].histogram.distance(beta=1.05)
    return [
        *checks,
        Check("rotation 1.5: its χ² distance to exp(−1.05 Φ)/Z", wrong, 0.0, "rejected"),
    ]


def _flow_checks(rests: dict[float, Any], rate: Estimate) -> list[Check]:
    rested = Estimate(float(rests[0.5][0]), 1e-7, 1, "noiseless flow, Runge-Kutta, time 400")
    merging = float(np.exp(-0.25))
    divergence, along = noiseless.divergence(1.5, (0.5, 0.5))
    near_origin = Theory(0.25, truncation=0.002, regime="r → 0")
    return [
        Check("rotation 0.5: x₁ where the noiseless flow rests", rested, noiseless.well(0.5)[0]),
        Check(
            "rotation 0.5: the noiseless flow has left the minimum of Φ", rested, 1.0, "rejected"
        ),
        Check("rotation at which the wells merge", noiseless.merging_point(), merging),
        Check(
            "there: determinant of the drift at the origin",
            noiseless.determinant(merging),
            0.0,
            against=noiseless.determinant(0.5).value,
        ),
        Check("rotation 0.5: that determinant", noiseless.determinant(0.5), 0.0, "rejected"),
        Check("rotation 1.5: d(1/⟨r²⟩)/dt of the noiseless flow", rate, near_origin),
        Check("rotation 1.5: a limit cycle, on which that is 0", rate, 0.0, "rejected"),
        Check("rotation 1.5: ∇·j at (½, ½) is j·∇Φ", divergence, along),
        Check("rotation 1.5: ∇·j = 0 there, as assumed", divergence, 0.0, "rejected"),
    ]
