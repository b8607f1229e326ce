"""Double well with rotation: density, current and spectrum of the steady state, by two methods.

P. Chaudhari and S. Soatto, "Stochastic gradient descent performs variational inference, converges
to limit cycles for deep networks" (2018), Example 19 and Figure 4, which shows neither current nor
spectrum.  See the arrows of the right column: the current runs on circles, which are not the level
lines of the density; and the relaxation rates below, which become complex.
"""

from __future__ import annotations

import itertools

import numpy as np

from ...report.figure import About, Figure, style
from . import panels
from .checks import checks
from .methods import DT, Ensemble, Grid, meeting, sample, slow_rates

ABOUT = About(
    title="Double well: current and spectrum of the steady state, by grid and trajectories",
    citation="P. Chaudhari and S. Soatto, “Stochastic gradient descent performs variational "
    "inference, converges to limit cycles for deep networks”, 2018: Example 19, Figure 4, "
    "Assumption 4 and Lemma 7.",
    link="https://arxiv.org/abs/1710.11029",
    claim="The force j with ∇·j = 0 does not change the density exp(−Φ) and drives trajectories "
    "around closed loops; at rotation 1.5 SGD “converges to limit cycles around the saddle point "
    "at the origin”. The paper shows the drift, and neither current nor spectrum.",
    look_for="Top: density (white level lines) and probability current of the Fokker-Planck "
    "equation on a grid, computed without Φ. Middle: the same from trajectories, with the current "
    "from the paths alone. The density is the same in all columns; the current grows, runs on "
    "circles and therefore crosses the level lines. Bottom left: the slow relaxation rates; two "
    "real rates meet and become complex. Middle: the correlation of x₁ divided by the decay at "
    "the slowest rate: constant or oscillating. Right: the torque as a function of the radius.",
)

ROTATIONS = (0.0, 0.5, 1.5)
BETWEEN = np.linspace(0, 1.5, 13)
SEED = 1710


def draw(full: bool = False, seed: int = SEED) -> Figure:
    """Simulate, solve, compare and draw; `full`: a finer grid, four times the trajectories."""
    shape, trajectories = ((192, 384), 16384) if full else ((96, 192), 4096)
    seeds = itertools.count(seed)
    ensembles = {each: Ensemble.of(each, trajectories, seeds) for each in ROTATIONS}
    lags = ensembles[0.0].correlation.lag.values
    grids = {each: Grid.of(each, shape, lags) for each in ROTATIONS}
    between = slow_rates(BETWEEN)
    hot = sample(1.5, 20, trajectories, next(seeds), beta=1.25, keep="final")

    still, rate = grids[0.0].spectrum.value.real, ensembles[1.5].odd[0]
    finding = (
        "Grid and trajectories agree in density, current, torque, entropy production and "
        f"relaxation at every rotation. The two slowest rates, {still[0]:.4f} and {still[1]:.4f} "
        f"at rotation 0, meet at about rotation {meeting(BETWEEN, between):.2f}; beyond it the "
        f"relaxation oscillates, at rotation 1.5 with rate {rate.real.value:.3f} ± "
        f"{rate.real.stderr:.3f} and frequency {rate.imaginary.value:.3f} ± "
        f"{rate.imaginary.stderr:.3f}. This frequency belongs neither to a limit cycle, which the "
        "drift does not have, nor to the rotation of the drift about the origin, which is two and "
        "a half times as fast. The current runs on circles; a current along the level lines of "
        "the density, which ∇·j = 0 implies, is rejected by the paths alone."
    )
    with style():
        picture = panels.picture(grids, ensembles, between)
    return Figure(
        ABOUT,
        checks(grids, ensembles, hot),
        picture,
        finding,
        {
            "grid": f"{shape[0]} x {shape[1]}",
            "trajectories": trajectories,
            "dt": f"{2 * DT:g} and {DT:g}, weak-2",
            "beta": 1,
            "seeds": f"{seed} to {next(seeds) - 1}",
        },
    )
