"""Double well with rotation: the drift loses its two wells, the density does not notice.

P. Chaudhari and S. Soatto, "Stochastic gradient descent performs variational inference, converges
to limit cycles for deep networks" (2018), Example 19 and Figure 4.  Look at the third stream plot:
the noiseless flow spirals into the origin, where the density of the SDE has its saddle.
"""

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import analysis, landscapes, simulate
from ..analysis import Estimate, Theory
from . import noiseless
from .figure import About, Check, Figure, canvas, style
from .histogram import Histogram

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

SHOWN = (0.0, 0.5, 1.5)
ROTATIONS = (0.0, 0.5, 1.0, 1.5)
DT = 0.01
DISCARD = 10.0  # the slowest mode decays at rate 0.79: what is left of the start is e^-8
TRAJECTORIES = 4096
SEED = 19
SECOND_MOMENTS = ("x1**2", "x2**2")


@dataclass(frozen=True)
class Ensemble:
    """What was measured at one rotation: at the coarse step, and extrapolated to step zero."""

    landscape: Any
    coarse: dict[str, Estimate]
    limit: dict[str, Estimate]
    histogram: Histogram


def draw(full: bool = False) -> Figure:
    """Simulate, compare and draw; `full`: ten times the time."""
    time, spacing = (4000.0, 2.0) if full else (400.0, 0.5)
    seeds = itertools.count(SEED)
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
        picture = _picture(ensembles, rests, path)
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
            "seeds": f"{SEED} to {next(seeds) - 1}",
        },
    )


def _measure(rotation: float, time: float, spacing: float, seeds: Any) -> Ensemble:
    landscape = landscapes.double_well(rotation=rotation)
    measured = []
    for dt in (DT, DT / 2):
        run = simulate.run(
            landscape,
            simulate.Ito(beta=1, dt=dt),
            time=time,
            trajectories=TRAJECTORIES,
            seed=next(seeds),
            save_every=round(spacing / dt),
        )
        discard = round(DISCARD / dt)
        values = {text: analysis.moment(run, text, discard=discard) for text in SECOND_MOMENTS}
        measured.append((dt, values | {"torque": analysis.torque(run, discard=discard)}))
    coarse, fine = (values for _, values in measured)
    limit = {
        name: analysis.extrapolate([(DT, coarse[name]), (DT / 2, fine[name])]) for name in fine
    }
    return Ensemble(landscape, coarse, limit, Histogram.of(run, landscape, discard=DISCARD))


def _moment_checks(ensembles: dict[float, Ensemble]) -> list[Check]:
    checks = []
    for rotation in SHOWN:
        well, limit = ensembles[rotation].landscape, ensembles[rotation].limit
        for text, name in zip(SECOND_MOMENTS, ("⟨x₁²⟩", "⟨x₂²⟩"), strict=True):
            theory = analysis.exact_moment(well, text)
            checks.append(Check(f"rotation {rotation:g}: {name}, dt → 0", limit[text], theory))
        theory = analysis.torque_theory(well)
        checks.append(Check(f"rotation {rotation:g}: torque, dt → 0", limit["torque"], theory))
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
    claim = "rotation {:g}: χ² distance of the density from exp(−Φ)/Z"
    checks = [
        Check(claim.format(each), ensembles[each].histogram.distance(), 0.0) for each in SHOWN
    ]
    wrong = ensembles[1.5].histogram.distance(beta=1.05)
    return [*checks, Check("rotation 1.5: the same, from exp(−1.05 Φ)/Z", wrong, 0.0, "rejected")]


def _flow_checks(rests: dict[float, Any], rate: Estimate) -> list[Check]:
    rested = Estimate(float(rests[0.5][0]), 1e-7, 1, "noiseless flow, Runge-Kutta, time 400")
    near_origin = Theory(0.25, truncation=0.002, regime="r → 0")
    return [
        Check("rotation 0.5: x₁ where the noiseless flow rests", rested, noiseless.well(0.5)[0]),
        Check(
            "rotation 0.5: the noiseless flow has left the minimum of Φ", rested, 1.0, "rejected"
        ),
        Check("rotation at which the wells merge", noiseless.merging_point(), np.exp(-0.25)),
        Check("rotation 1.5: d(1/⟨r²⟩)/dt of the noiseless flow", rate, near_origin),
        Check("rotation 1.5: a limit cycle, on which that is 0", rate, 0.0, "rejected"),
    ]


def _picture(ensembles: dict[float, Ensemble], rests: dict[float, Any], path: Any) -> Any:
    picture = canvas(12.5, 8.3)
    axes = picture.subplots(2, 3, height_ratios=(1.25, 1))
    for rotation, ax in zip(SHOWN, axes[0], strict=True):
        _draw_flow(ax, rotation, ensembles[rotation], path)
    _draw_branch(axes[1, 0], rests)
    _draw_density(axes[1, 1], ensembles)
    _draw_torque(axes[1, 2], ensembles)
    return picture


def _draw_flow(axes: Any, rotation: float, ensemble: Ensemble, path: Any) -> None:
    edges = ensemble.histogram.edges
    axes.pcolormesh(
        edges, edges, ensemble.histogram.mean.T, cmap="Blues", vmin=0, vmax=0.2, rasterized=True
    )
    grid = np.linspace(-1.5, 1.5, 20)
    points = np.stack(np.meshgrid(grid, grid), axis=-1)
    b = np.moveaxis(ensemble.landscape.drift(1)(points), -1, 0)
    size = np.hypot(*b)
    axes.streamplot(grid, grid, *b, density=0.6, linewidth=5 * size / size.max(), color="0.25")
    if rotation == 1.5:
        time, points = path
        axes.plot(*points[time < 40].T, color="C4", lw=1.3)  # later turns would fill the middle
    x1, x2 = noiseless.well(rotation)
    axes.plot([x1, -x1, 0], [x2, -x2, 0], "o", mfc="white", mec="black", mew=1.2, ms=7, zorder=4)
    axes.plot([-1, 1], [0, 0], "o", color="#d4002a", ms=5, zorder=5)
    axes.set(
        title=f"rotation {rotation:g}",
        xlabel="$x_1$",
        ylabel="$x_2$",
        xlim=(-1.5, 1.5),
        ylim=(-1.5, 1.5),
        aspect="equal",
    )
    axes.grid(visible=False)


def _draw_branch(axes: Any, rests: dict[float, Any]) -> None:
    kappa = np.linspace(0, 1, 400)
    rotation, x1, x2 = noiseless.branch(kappa)
    for sign in (1, -1):
        axes.plot(rotation, sign * x1, "k-", label="$x_1$, exact" if sign == 1 else None)
        axes.plot(rotation, sign * x2, "k--", lw=1, label="$x_2$, exact" if sign == 1 else None)
    for index, (color, marker) in enumerate((("C0", "o"), ("C1", "D"))):
        values = [point[index] for point in rests.values()]
        axes.plot(
            list(rests), values, marker, color=color, label=f"$x_{index + 1}$, noiseless flow"
        )
    merging = np.exp(-0.25)
    axes.plot([0, merging], [0, 0], "k:", lw=1)
    axes.plot([merging, 1.4], [0, 0], "k-")
    axes.plot(merging, 0, "o", mfc="white", mec="black", mew=1.2, ms=7, zorder=4)
    axes.annotate("double zero\n$e^{-1/4}$", (merging, 0), (0.84, -0.25), fontsize=9)
    axes.set(title="Zeros of the drift", xlabel="rotation", xlim=(0, 1.4), ylim=(-1.1, 1.1))
    axes.legend(loc="upper right")


def _draw_density(axes: Any, ensembles: dict[float, Ensemble]) -> None:
    for index, rotation in enumerate(SHOWN):
        centres, density, error = ensembles[rotation].histogram.marginal()
        axes.errorbar(
            centres,
            density,
            error,
            fmt="osD"[index],
            ms=4.5 - index,
            label=f"rotation {rotation:g}",
        )
    fine = np.linspace(-2.6, 2.6, 400)
    law = np.exp(-((fine**2 - 1) ** 2) / 4)
    axes.plot(fine, law / law.sum() / (fine[1] - fine[0]), "k-", zorder=1, label="exact")
    axes.set(title="Density of $x_1$ with noise", xlabel="$x_1$", xlim=(-2.6, 2.6), ylim=(0, 0.45))
    axes.legend(loc="upper right")


def _draw_torque(axes: Any, ensembles: dict[float, Ensemble]) -> None:
    per_rotation = analysis.torque_theory(landscapes.double_well(rotation=1.0)).value
    axes.plot([0, 1.6], [0, 1.6 * per_rotation], "k-", label=f"exact, {per_rotation:.5f} rotation")
    torque = [ensemble.limit["torque"] for ensemble in ensembles.values()]
    axes.errorbar(
        list(ensembles),
        [each.value for each in torque],
        [each.stderr for each in torque],
        fmt="o",
        label=r"simulated, $dt\to 0$",
    )
    axes.set(
        title=r"Torque $\langle x_1b_2-x_2b_1\rangle$",
        xlabel="rotation",
        xlim=(-0.06, 1.6),
        ylim=(-0.06, None),
    )
    axes.legend(loc="upper left")
