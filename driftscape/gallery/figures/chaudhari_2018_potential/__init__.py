"""The potential of SGD differs from its loss: by state-dependent noise and by correlated noise.

P. Chaudhari and S. Soatto, "Stochastic gradient descent performs variational inference, converges
to limit cycles for deep networks" (2018), Lemmas 6 and 20 and Theorem 22.  See the second panel:
for the same loss and noise the most likely position depends on the interpretation of the noise, and
that of SGD is Ito's.
"""

from __future__ import annotations

import itertools

from ...report.figure import About, Figure, style
from . import correlated_noise, state_dependent_noise
from .correlated_noise import CORRELATIONS
from .minima import RATE, measure_minima, minimum_checks, temperature_checks
from .panels import picture

ABOUT = About(
    title="The potential of SGD differs from its loss",
    citation="P. Chaudhari and S. Soatto, “Stochastic gradient descent performs variational "
    "inference, converges to limit cycles for deep networks”, 2018: Lemmas 6 and 20, Theorem 22.",
    link="https://arxiv.org/abs/1710.11029",
    claim="SGD samples exp(−βΦ), and Φ is the loss f if and only if the gradient noise is "
    "isotropic. The most likely positions are not the minima of f; the deviation “scales linearly "
    "with η/b”. “The potential Φ(x) does not depend on the inverse temperature β.” Near a critical "
    "point Φ = x·Ux/2 with ∇f = (D + Q)Ux.",
    look_for="Top: loss x²/2, noise D = 1 + x/2 + x²/4, in three interpretations of the noise and "
    "for SGD. Left: Φ from states (points) and exact. Right: its minimum; squares from the grid "
    "or, for SGD, from its one-step kernel. Bottom: loss x₁²/2 + 3x₂²/2 under correlated noise. "
    "Left: correlation 0.9; the density follows Φ, and the current runs along the level sets of Φ "
    "and across those of the loss. Right: the area that SGD sweeps. Bars are one standard error.",
)

ENSEMBLE, SEED = 100_000, 220


def draw(full: bool = False, seed: int = SEED) -> Figure:
    """Simulate, compare and draw; `full`: five times the trajectories."""
    more = 5 if full else 1
    seeds = itertools.count(seed)
    minima = measure_minima(ENSEMBLE * more, seeds)
    chains = {rho: correlated_noise.chain(rho) for rho in CORRELATIONS}
    sweeps = {rho: correlated_noise.sweep(rho, 500 * more, next(seeds)) for rho in CORRELATIONS}
    ellipse = correlated_noise.ellipse(1000 * more, next(seeds))
    isotropic = correlated_noise.isotropic_checks(1000 * more, next(seeds))
    sgd, ito = minima.measured["SGD"][1.4], minima.measured["Itô"]
    expected = state_dependent_noise.mode("Itô", 1.4)
    finding = (
        f"Under noise that grows to the right the minimum of Φ is {sgd} for SGD at β = 1.4: Itô's "
        f"interpretation gives −1/(2β + 1) = {expected:.4f}, the A-type one 0. The shift is linear "
        f"in η/b only to leading order: at β = 1 it is {ito[1.0]}, not −1/2. For given f and D, Φ "
        "depends on the temperature through ln D/β; it does not in the A-type interpretation, "
        "where Φ is given instead. Correlated noise tilts Φ without shifting its minimum, and SGD "
        f"rotates although the loss is quadratic: the area swept is {sweeps[0.9]} at correlation "
        "0.9. Isotropic noise D = c gives Φ = f/c, not f as printed in Lemma 6."
    )
    with style():
        drawing = picture(minima, ellipse, sweeps, chains)
    return Figure(
        ABOUT,
        (
            *minimum_checks(minima),
            *temperature_checks(),
            *correlated_noise.ellipse_checks(ellipse),
            *correlated_noise.area_checks(sweeps, chains),
            *isotropic,
        ),
        drawing,
        finding,
        {
            "trajectories": f"{ENSEMBLE * more:,} (top), {1000 * more:,} and {500 * more:,}",
            "learning rate": f"{RATE:g} (top), {correlated_noise.RATE:g}",
            "dt": "0.04, weak order 2",
            "beta": "1 to 8",
            "seeds": f"{seed} to {next(seeds) - 1}",
        },
    )
