"""A user's script: every public function with the types that it states.

mypy --strict reads it (tests/test_typing.py); it also runs.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from driftscape import analysis, landscapes, simulate, theory
from driftscape.landscapes import Landscape, Normal


def escape(beta: float) -> tuple[analysis.Estimate, theory.Theory]:
    """Measure and predict how long a well is kept."""
    well: Landscape = landscapes.quartic_well()
    ito: simulate.Dynamics = simulate.Ito(beta=beta, dt=0.01)
    passages: xr.Dataset = simulate.first_passage(
        well, ito, start=-1, target="x > 0", trajectories=256, seed=1, max_time=200
    )
    tau: analysis.Estimate = analysis.mean_first_passage_time(passages)
    exact: theory.Theory = theory.mean_first_passage_time(well, beta=beta, start=-1, target=0)
    return tau, exact


def climb(rates: list[float]) -> list[float]:
    """Return the velocity along the screw at several learning rates."""
    screw = landscapes.archimedes()
    sgd = simulate.SGD(learning_rate=0.1)
    runs: xr.Dataset = simulate.sweep(
        screw, sgd, over={"learning_rate": rates}, steps=200, trajectories=32, seed=2
    )
    return [
        analysis.drift_velocity(runs.sel(learning_rate=rate), "z", discard_steps=50).value
        for rate in rates
    ]


def own() -> tuple[float, str]:
    """Run a landscape of one's own, and compare its moment with theory."""
    mine = Landscape.from_loss(
        "(a*w**2 - y)**2/2",
        coordinates="w",
        samples={"y": Normal(1, 0.5)},
        parameters={"a": 2.0},
    )
    slope: np.ndarray[tuple[int, ...], np.dtype[np.float64]] = mine.gradient([0.5])
    field = Landscape.from_potential("x**2/2 + y**2", coordinates="x y")
    run: xr.Dataset = simulate.run(
        field, simulate.Ito(beta=2, dt=0.01), time=20, trajectories=64, seed=1
    )
    verdict: analysis.Comparison = analysis.moment(run, "y**2").compare(
        theory.moment(field, "y**2", beta=2)
    )
    return float(slope[0]), verdict.verdict


def calculated() -> tuple[float, bool]:
    """Calculate with two points of a sweep that share their noise."""
    runs: xr.Dataset = simulate.sweep(
        landscapes.quartic_well(), simulate.Ito(beta=2, dt=0.05), over={"beta": [2.0, 3.0]},
        steps=200, trajectories=64, seed=1, keep="final",
    )  # fmt: skip
    hot, cold = (analysis.moment(runs.sel(beta=b), "x**2", at="final") for b in (2.0, 3.0))
    change: analysis.Estimate = (cold - hot) / hot**0.5 + 1
    covariance: np.ndarray[tuple[int, ...], np.dtype[np.float64]] = analysis.covariance(hot, cold)
    return float(change) + float(covariance[0, 1]), change > 0


def fitted() -> tuple[float, bool]:
    """Fit a formula to the points of a sweep."""
    sweep: xr.Dataset = simulate.sweep(
        landscapes.archimedes(), simulate.SGD(learning_rate=0.1), steps=2000, trajectories=64,
        over={"learning_rate": [0.05, 0.08, 0.1]}, seed=1, save_every=200,
    )  # fmt: skip
    points: xr.Dataset = analysis.at_every_point(analysis.drift_velocity, sweep, "z", per="step")
    law: analysis.Fit = analysis.fit(points, "c*x**2 + d*x**3")
    leading: analysis.Estimate = law["c"]
    curve: xr.Dataset = law.curve(np.linspace(0.05, 0.1, 3))
    at: analysis.Estimate = analysis.estimate_of(points.sel(learning_rate=0.1))
    return float(curve.value[-1]) - at.value, leading.compare(1 / 6).verdict == "agrees"


def on_a_grid() -> float:
    """Return the torque of a steady state on a grid."""
    operator: theory.FokkerPlanck = theory.fokker_planck(
        landscapes.double_well(rotation=1.0), beta=1, shape=48
    )
    density: xr.DataArray = operator.steady_state()
    torque: theory.Theory = operator.torque()
    return torque.value + 0 * float(density.max())


if __name__ == "__main__":
    print(escape(5.0), climb([0.05, 0.1]), own(), calculated(), fitted(), on_a_grid())
