"""Double well with rotation: density, current and spectrum of the steady state, by two roads.

P. Chaudhari and S. Soatto, "Stochastic gradient descent performs variational inference, converges
to limit cycles for deep networks" (2018), Example 19 and Figure 4, which shows neither current nor
spectrum.  Look at the arrows of the right column: the current turns on circles, the level lines of
the density do not; and below at the rates, which leave the real axis.
"""

import itertools

import numpy as np

from ...report.figure import About, Figure, style
from . import panels
from .checks import checks
from .methods import DT, Ensemble, Grid, meeting, sample, slow_rates

ABOUT = About(
    title="Double well: the steady state's current and spectrum, from a grid and from trajectories",
    citation="P. Chaudhari and S. Soatto, “Stochastic gradient descent performs variational "
    "inference, converges to limit cycles for deep networks”, 2018: Example 19, Figure 4, "
    "Assumption 4 and Lemma 7.",
    link="https://arxiv.org/abs/1710.11029",
    claim="The force j with ∇·j = 0 leaves the density exp(−Φ) alone and drives trajectories "
    "round closed loops; at rotation 1.5 SGD “converges to limit cycles around the saddle point "
    "at the origin”. The paper shows the drift, and neither current nor spectrum.",
    look_for="Top: density (level lines white) and probability current of the Fokker-Planck "
    "equation on a grid that is not told Φ. Middle: the same from trajectories, the current from "
    "the paths alone. The density is the same three times; the current grows, turns on circles "
    "and so crosses the level lines. Bottom left: the slow relaxation rates; two real ones meet "
    "and leave the real axis. Middle: the correlation of x₁ with the decay of the slowest rate "
    "taken out: flat, or swinging. Right: at which radius the torque sits.",
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
        "Grid and trajectories say the same of density, current, torque, entropy production and "
        f"relaxation at every rotation. The two slowest rates, {still[0]:.4f} and {still[1]:.4f} "
        f"at rotation 0, meet at about rotation {meeting(BETWEEN, between):.2f}; past it the "
        f"relaxation turns, at rotation 1.5 with rate {rate.real.value:.3f} ± "
        f"{rate.real.stderr:.3f} and frequency {rate.imaginary.value:.3f} ± "
        f"{rate.imaginary.stderr:.3f}. That is no limit cycle, of which the drift has none, nor "
        "the turning of the drift about the origin, which is two and a half times as fast. The "
        "current runs on circles: one along the level lines of the density, as ∇·j = 0 would have "
        "it, is excluded by the paths alone."
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
