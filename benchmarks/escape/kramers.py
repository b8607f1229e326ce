"""Kramers' formula on the line, in the plane, and over one of two saddles."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from driftscape import simulate, theory
from driftscape.landscapes import Landscape

from ..validity.case import Case
from .oracles import far_below, mean_time
from .wells import ENOUGH, Well, grid_time, random_noise, random_valley


def kramers_on_the_line(rng: np.random.Generator) -> Case:
    """Additive and multiplicative noise in four interpretations."""
    well = Well(rng, (1.2, 20))
    text, noise, uneven = random_noise(rng, well)
    interpretation = str(rng.choice(["ito", "stratonovich", "isothermal", "a-type"]))
    share = {"ito": 0.0, "stratonovich": 0.5}.get(interpretation, 1.0)
    land = Landscape.from_potential(well.text(), coordinates="x", diffusion=text)
    psi = lambda x: well.beta * well.phi(x) - share * np.log(noise(x))  # noqa: E731
    return Case(
        f"Kramers, {interpretation}: Phi = {well.text()}, D = {text}, beta {well.beta:.5g} "
        f"(barrier {well.height:.3g}), from {well.left:.4g} over {well.saddle:.4g}",
        lambda: theory.eyring_kramers(
            land,
            beta=well.beta,
            minimum=well.left,
            saddle=well.saddle,
            interpretation=interpretation,
        ),
        lambda: mean_time(
            psi, noise, well.beta, far_below(well.phi, well.beta, well.left), well.left, well.right
        ),
        well.high(uneven),
    )


def kramers_in_the_plane(rng: np.random.Generator) -> Case:
    """Return a valley of changing width, with anisotropic noise and a circulation."""
    phi, (left, top, right), beta, height, high = random_valley(rng, (1.5, 8))
    q = float(rng.choice([0, 0, 1, 3])) * float(rng.normal())
    curl = str(rng.choice([f"{q!r}", f"({q!r})*(1 + y/3)", f"({q!r})*(1 + x/3)"]))
    d = float(np.exp(0.5 * rng.normal()))
    noise = [["1 + x**2/4", 0], [0, repr(d)]] if rng.random() < 0.4 else [[1, 0], [0, d]]
    land = Landscape.from_potential(phi, coordinates="x y", diffusion=noise, curl=curl)
    interpretation = str(rng.choice(["ito", "isothermal", "a-type"]))
    dynamics = {"ito": simulate.Ito, "isothermal": simulate.Isothermal, "a-type": simulate.AType}
    return Case(
        f"Kramers, {interpretation}: Phi = {phi}, D = {noise}, curl {curl}, beta {beta:.5g} "
        f"(barrier {height:.3g}), from {left:.4g} over {top:.4g}",
        lambda: theory.eyring_kramers(
            land, beta=beta, minimum=(left, 0), saddle=(top, 0), interpretation=interpretation
        ),
        lambda: grid_time(
            land, dynamics[interpretation](beta=beta, dt=0.01), beta, (left, 0.0), (right, 0.0)
        ),
        high,
    )


def two_ways_out(rng: np.random.Generator) -> Case:
    """Return a ring with two saddles: 1/k of one is the mean time over its probability."""
    beta, k, lean = (
        float(rng.uniform(4, 14)),
        float(rng.uniform(2, 6)),
        float(rng.uniform(-0.2, 0.2)),
    )
    phi = f"{k!r}*(x**2 + y**2 - 1)**2/4 + y**2/2*(1 + ({lean!r})*y)"
    land = Landscape.from_potential(phi, coordinates="x y")
    slope = lambda y: k * (y**2 - 1) * y + y + 1.5 * lean * y**2  # noqa: E731
    up = float(brentq(slope, 0.3, 1.1))
    height = beta * (k * (up**2 - 1) ** 2 / 4 + up**2 / 2 * (1 + lean * up))

    def truth() -> tuple[float, float]:
        box = [(-1.9, 1.9), (-1.9, 1.9)]
        grid = theory.fokker_planck(land, beta=beta, box=box, shape=192)
        time = grid.mean_first_passage_time("x < 0", start=(1.0, 0.0))
        share = grid.splitting_probability(source="x < 0 and y < 0", target="x < 0 and y > 0",
                               start=(1.0, 0.0))  # fmt: skip
        value = 2 * time.value / share.value
        relative = time.truncation / time.value + share.truncation / share.value + 1e-3
        return value, relative * value

    return Case(
        f"Kramers over one of two saddles: Phi = {phi}, beta {beta:.5g} (barrier {height:.3g})",
        lambda: theory.eyring_kramers(land, beta=beta, minimum=(1, 0), saddle=(0, up)),
        truth,
        height >= ENOUGH and 1 / (beta * (k - 1)) < 0.1,
    )
