"""ARCHIMEDES: gradient noise drives SGD up a screw along which the expected loss is constant.

S. C. Tenka, "A Perturbative Analysis of Stochastic Descent" (1 June 2020), section 3.1.2 and the
right of Figure 2.  See the middle panel: the points exceed the paper's eta^2 T/6 by the factor
1 + 5 eta/8 and not by the factor 1 + 2 eta/3 of linear response, and the Ito equation climbs too.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from scipy.linalg import solve_continuous_lyapunov

from ... import analysis, landscapes, plot, simulate, theory
from ...analysis import Estimate
from ...landscapes import Landscape
from ...simulate import SGD, Dynamics, Ito
from ...theory import Theory
from ...typing import Float
from ..report.figure import About, Check, Figure, canvas, style

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from mpl_toolkits.mplot3d import Axes3D

ABOUT = About(
    title="ARCHIMEDES: noise alone drives SGD up a screw",
    citation="S. C. Tenka, “A Perturbative Analysis of Stochastic Descent”, 1 June 2020: "
    "Corollary 1, section 3.1.2 and the right of Figure 2.",
    claim="In a valley of global minima, along which the expected loss is constant, SGD moves by "
    "η²/6 per step: noise and curvature both rotate with z, at different angles. The paper states "
    "that the analysis of Chaudhari and Soatto (2018) predicts 0.",
    look_for="Left: mean climb; the error bars of one standard error are smaller than the points. "
    "Middle: the same divided by η²T/6, which distinguishes the exact series from linear response "
    "and SGD from its stochastic differential equation. Right: one run; at each height the points "
    "fill a short line, and the line rotates with z. Black: the axis, and two standard deviations "
    "of the covariance that Corollary 1 contracts with the third derivative.",
)

LEARNING_RATES = np.arange(1, 11) / 100
STEPS = 10_000
SEED = 7

# dynamics and displacement at each learning rate
Climbs = list[tuple[SGD, Estimate]]
SDEClimbs = list[tuple[Ito, Estimate]]
_Number = TypeVar("_Number", float, Float)


def draw(full: bool = False, seed: int = SEED) -> Figure:
    """Simulate, compare and draw; `full`: ten times the trajectories, finer steps of the SDE."""
    trajectories, sde_trajectories, substeps = (40_000, 10_000, 8) if full else (4000, 1000, 4)
    screw = landscapes.archimedes()
    sgds = [SGD(learning_rate=float(rate)) for rate in LEARNING_RATES]
    sdes = [sgd.as_sde(substeps=substeps) for sgd in sgds]

    # A seed for each: under one seed all learning rates would see the same noise.
    seeds = itertools.count(seed)
    climbs = [(sgd, _climb(screw, sgd, STEPS, trajectories, next(seeds))) for sgd in sgds]
    sde_climbs = [
        (sde, _climb(screw, sde, STEPS * substeps, sde_trajectories, next(seeds))) for sde in sdes
    ]
    still = _climb(screw, simulate.GD(learning_rate=0.1), STEPS, 16, seed)
    path = simulate.run(screw, sgds[-1], steps=STEPS, trajectories=1, seed=seed, save_every=1)

    fast, sde_fast = climbs[-1][1], sde_climbs[-1][1]
    finding = (
        f"At η = 0.1 SGD climbs {fast.value:.3f} ± {fast.stderr:.3f} in {STEPS:,} steps, nearly "
        f"three turns of the screw. The paper's η²T/6 is the leading order; SGD exceeds it there "
        f"by {100 * (fast.value / _leading(0.1) - 1):.1f} %. The series 1 + 5η/8 + 1937η²/5040 "
        "agrees at every learning rate. Linear response, which keeps z fixed, gives 1 + 2η/3 and "
        "is rejected. The Ito equation with the noise of SGD climbs too, "
        f"{sde_fast.value:.2f} ± {sde_fast.stderr:.2f}, at the same leading velocity: the climb "
        "distinguishes SGD from gradient descent and from constant noise, but not from its SDE."
    )
    with style():
        picture = canvas(13, 4.4)
        grid = picture.add_gridspec(1, 3, width_ratios=(1, 1, 0.8))
        _draw_climbs(picture.add_subplot(grid[0]), screw, climbs, sde_climbs)
        _draw_ratios(picture.add_subplot(grid[1]), screw, climbs, sde_climbs, substeps)
        _draw_path(picture.add_subplot(grid[2], projection="3d"), screw, path)
    return Figure(
        ABOUT,
        _checks(screw, climbs, sde_climbs, still, substeps),
        picture,
        finding,
        {
            "steps": STEPS,
            "trajectories": trajectories,
            "trajectories of the SDE": sde_trajectories,
            "substeps": substeps,
            "seeds": f"{seed} to {next(seeds) - 1}",
        },
    )


def _climb(
    screw: Landscape, dynamics: Dynamics, steps: int, trajectories: int, seed: int
) -> Estimate:
    run = simulate.run(
        screw, dynamics, steps=steps, trajectories=trajectories, seed=seed, keep="final"
    )
    return analysis.displacement(run, "z")


def _leading(learning_rate: _Number) -> _Number:
    """Return eta^2 T/6."""
    return learning_rate**2 * STEPS / 6


def _not_resummed(learning_rate: _Number) -> _Number:
    """Return the perturbation series without resummation, in which the force grows forever."""
    return learning_rate**3 * STEPS * (STEPS - 1) / 4


def _per_run(velocity: Theory) -> Theory:
    return Theory(velocity.value * STEPS, velocity.truncation * STEPS, velocity.regime)


def _series(screw: Landscape, dynamics: SGD | Ito, steps: int) -> float:
    """Return the displacement in a number of steps by the series."""
    return theory.displacement(screw, dynamics, "z", steps=steps).value


def _linear(screw: Landscape, sgd: SGD) -> float:
    """Return linear response, with the transient of the series: only the velocities differ."""
    velocities = [f(screw, sgd, "z").value for f in (theory.linear_response, theory.drift_velocity)]
    return _series(screw, sgd, STEPS) * velocities[0] / velocities[1]


def _pooled(climbs: Climbs | SDEClimbs, predicted: list[float]) -> Estimate:
    """Return measured/predicted, averaged over the learning rates with weights 1/variance."""
    ratios = [measured / value for (_, measured), value in zip(climbs, predicted, strict=True)]
    weights = [each.stderr**-2 for each in ratios]
    parts = [each * w / sum(weights) for each, w in zip(ratios, weights, strict=True)]
    mean = sum(parts[1:], start=parts[0])
    return replace(mean, method="weighted mean of ten ratios", unit="")


def _checks(
    screw: Landscape, climbs: Climbs, sde_climbs: SDEClimbs, still: Estimate, substeps: int
) -> tuple[Check, ...]:
    (small, slow), (sgd, fast), (sde, sde_fast) = climbs[0], climbs[-1], sde_climbs[-1]
    corollary = _per_run(theory.entropic_drift(screw, sgd, coordinate="z", at=(0, 0, 0)))
    sde_series = theory.displacement(screw, sde, "z", steps=STEPS * substeps)
    pooled = _pooled(climbs, [_series(screw, each, STEPS) for each, _ in climbs])
    pooled_linear = _pooled(climbs, [_linear(screw, each) for each, _ in climbs])
    pooled_sde = _pooled(
        sde_climbs, [_series(screw, each, STEPS * substeps) for each, _ in sde_climbs]
    )
    at_small, at_large = (
        theory.displacement(screw, each, "z", steps=STEPS) for each in (small, sgd)
    )
    frozen = _per_run(theory.linear_response(screw, sgd, "z"))
    return (
        Check("η = 0.1: climb of SGD = series to order 2", fast, at_large),
        Check("η = 0.01: climb of SGD = series to order 2", slow, at_small),
        Check("all η: climb/series = 1", pooled, 1.0),
        Check("all η: climb/linear response = 1", pooled_linear, 1.0, "rejected"),
        Check("η = 0.1: climb = linear response", fast, frozen, "rejected", threshold=5),
        Check("η = 0.1: climb = Corollary 1, within its truncation", fast, corollary),
        Check("η = 0.1: climb = η²T/6 exactly", fast, _leading(0.1), "rejected"),
        Check("η = 0.1: climb = the series not resummed", fast, _not_resummed(0.1), "rejected"),
        Check("η = 0.1: climb = 0, as under constant noise", fast, 0.0, "rejected"),
        Check("η = 0.1: climb of gradient descent = 0", still, 0.0, against=at_large.value),
        Check("η = 0.1: climb of the Ito equation = its series", sde_fast, sde_series),
        Check("all η: climb of the Ito equation/its series = 1", pooled_sde, 1.0),
        Check("η = 0.1: climb of the Ito equation = climb of SGD", sde_fast, fast, "rejected"),
    )


def _draw_climbs(axes: Axes, screw: Landscape, climbs: Climbs, sde_climbs: SDEClimbs) -> None:
    rate = np.linspace(0, 0.105, 200)
    series = [theory.drift_velocity(screw, SGD(learning_rate=h), "z").value for h in rate[1:]]
    axes.plot(rate[1:], STEPS * np.array(series), "k-", label=r"series, $1+5\eta/8+\ldots$")
    axes.plot(rate, _leading(rate), "k--", lw=1.1, label=r"leading order, $\eta^2T/6$")
    axes.plot(rate, _not_resummed(rate), "k:", lw=1.3, label=r"not resummed, $\eta^3T(T-1)/4$")
    axes.plot(rate, 0 * rate, "k-.", lw=1.1, label="gradient descent; constant noise")
    _draw_points(axes, climbs, sde_climbs, np.ones(len(LEARNING_RATES)))
    axes.set(
        title=f"Climb in T = {STEPS:,} steps",
        xlabel=r"learning rate $\eta$",
        ylabel=r"mean displacement in $z$",
        xlim=(0, 0.105),
        ylim=(-0.8, 20),
    )
    axes.legend(loc="upper left", bbox_to_anchor=(0.11, 1.0))


def _draw_ratios(
    axes: Axes, screw: Landscape, climbs: Climbs, sde_climbs: SDEClimbs, substeps: int
) -> None:
    rate = np.linspace(0.004, 0.105, 100)
    sgds = [SGD(learning_rate=h) for h in rate]
    sdes = [sgd.as_sde(substeps=substeps) for sgd in sgds]
    for style_, label, climbs_of in (
        ("k-", "series", [_series(screw, sgd, STEPS) for sgd in sgds]),
        ("k:", "linear response, $z$ fixed", [_linear(screw, sgd) for sgd in sgds]),
        (
            "k--",
            rf"series of the Ito equation, $dt=\eta/{substeps}$",
            [_series(screw, sde, STEPS * substeps) for sde in sdes],
        ),
    ):
        axes.plot(rate, climbs_of / _leading(rate), style_, label=label)
    _draw_points(axes, climbs, sde_climbs, _leading(LEARNING_RATES))
    axes.set(
        title=r"The same divided by $\eta^2T/6$",
        xlabel=r"learning rate $\eta$",
        ylabel="climb / leading order",
        xlim=(0, 0.105),
        ylim=(0.975, 1.095),
    )
    axes.legend(loc="upper left")


def _draw_points(axes: Axes, climbs: Climbs, sde_climbs: SDEClimbs, unit: Float) -> None:
    for data, style_, label in (
        (climbs, {"fmt": "o", "color": "C0"}, "SGD, simulated"),
        (sde_climbs, {"fmt": "D", "color": "C1", "markersize": 4}, "its Ito equation, simulated"),
    ):
        values = np.array([(measured.value, measured.stderr) for _, measured in data]).T / unit
        axes.errorbar(LEARNING_RATES, *values, label=label, zorder=3, **style_)


def _draw_path(axes: Axes3D, screw: Landscape, path: xr.Dataset) -> None:
    plot.paths(path, 1, style="time", colorbar=False, ax=axes)
    # Stationary covariance about the axis, H S + S H = eta C, at z = 0; it rotates with z.
    hessian, noise = (field(np.zeros(3))[:2, :2] for field in (screw.hessian, screw.covariance))
    variance, axis = np.linalg.eigh(solve_continuous_lyapunov(hessian, LEARNING_RATES[-1] * noise))
    height = np.linspace(0, float(path.state.sel(coordinate="z").max()), 400)
    turn = height + np.arctan2(axis[1, -1], axis[0, -1])
    for radius in (-2 * variance[-1] ** 0.5, 0, 2 * variance[-1] ** 0.5):
        axes.plot(radius * np.cos(turn), radius * np.sin(turn), height, "k-", lw=1)
    axes.set_title(r"One run at $\eta=0.1$, every step", loc="left")
    axes.set(
        xticks=(-0.5, 0, 0.5),
        yticks=(-0.5, 0, 0.5),
    )
    axes.set_box_aspect((1, 1, 1.75), zoom=1.05)
    axes.view_init(elev=16, azim=-58)
