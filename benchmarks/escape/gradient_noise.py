"""Escape of SGD under the noise of its loss, and the published theorem."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import trapezoid

from driftscape import simulate, theory
from driftscape.landscapes import Landscape, Normal

from ..validity.case import Case
from .oracles import mean_time
from .wells import ENOUGH, grid_time, random_valley

Float = NDArray[np.float64]


def gradient_noise_on_the_line(rng: np.random.Generator) -> Case:
    """Return a problem with the noise of a loss, and the published theorem, valid or not."""
    k = float(np.exp(rng.uniform(-1, 1)))
    height = float(np.exp(rng.uniform(np.log(1.5), np.log(20))))
    kind = str(rng.choice(["own", "two levels", "published", "published, white"]))
    well = f"({k!r}*x**2 - 1)**2/4"
    force = lambda x: k * x * (k * x**2 - 1)  # noqa: E731
    at = k**-0.5
    if kind == "own":
        a, b = float(rng.uniform(0.5, 2)), float(rng.uniform(-0.4, 0.4))
        term = f"s*({a!r}*x + ({b!r})*x**2/2)"
        noise: Callable[[Float], Float] = lambda x: (a + b * x) ** 2  # noqa: E731
    elif kind == "published, white":
        a = float(np.exp(rng.normal())) * k**0.5
        term, noise = f"s*{a!r}*x", lambda x: a**2 + 0 * x
    else:
        h, w = float(rng.uniform(0.3, 0.75)) * at, float(rng.uniform(0.03, 0.15)) * at
        p, m = (np.sqrt(2 * k) + np.sqrt(k)) / 2, (np.sqrt(2 * k) - np.sqrt(k)) / 2
        term = f"s*({float(p)!r}*x - {float(m)!r}*{w!r}*log(cosh((x + {h!r})/{w!r})))"
        noise = lambda x: (p - m * np.tanh((x + h) / w)) ** 2  # noqa: E731
    land = Landscape.from_loss(f"{well} + {term}", coordinates="x", samples={"s": Normal()})
    x = np.linspace(-at, 0, 20_001)
    own = float(trapezoid(force(x) / noise(x), x))
    switch = None
    if kind.startswith("published"):
        share = 2 - 8 * own * k if rng.random() < 0.7 else 0.5  # what makes exponents equal
        switch = float(np.clip(share, 0.02, 0.98))
    exponent = own if switch is None else 0.25 * (switch / (2 * k) + (1 - switch) / k)
    beta = height / exponent
    interpretation = str(rng.choice(["ito", "isothermal"]))
    # psi on a fine table: int L'/C has no closed form
    table = np.linspace(-3 * at, at, 400_001)
    slope = force(table) / noise(table)
    steps = (slope[1:] + slope[:-1]) / 2 * (table[1] - table[0])
    integral = beta * np.concatenate([[0.0], np.cumsum(steps)])
    alpha = 1.0 if interpretation == "isothermal" else 0.0
    psi = lambda y: np.interp(y, table, integral) - alpha * np.log(noise(y))  # noqa: E731
    fits = switch is None or abs(beta * (own - exponent)) < 0.1
    fits = fits and (kind != "published, white" or bool(np.allclose(noise(at), k, rtol=0.1)))
    widths = [float(noise(np.array(y)) / beta / (c * k)) ** 0.5 for y, c in ((-at, 2), (0.0, 1))]
    even = max(
        float(np.ptp(noise(y + 2 * v * np.array([-1, 0, 1]))) / noise(np.array(y)))
        for y, v in zip((-at, 0.0), widths, strict=True)
    )
    rate = 2 / beta
    return Case(
        f"gradient noise ({kind}, {interpretation}): {well} + {term}, learning rate {rate:.5g}, "
        f"switch {switch} (exponent {height:.3g})",
        lambda: theory.sgd_escape_time(
            land, learning_rate=rate, batch_size=1, minimum=-at, saddle=0, switch=switch,
            interpretation=interpretation,
        ),
        lambda: mean_time(psi, noise, beta, -at - 8 * widths[0], -at, at),
        bool(fits and height >= ENOUGH and even < 0.3),
    )  # fmt: skip


def gradient_noise_in_the_plane(rng: np.random.Generator) -> Case:
    """Return a problem with noise of both coordinates and no potential, solved on a grid."""
    phi, (left, top, right), beta, height, high = random_valley(rng, (2, 7))
    a, b = float(rng.uniform(0.7, 1.3)), float(rng.uniform(-0.25, 0.25))
    c, e = float(rng.uniform(0.6, 1.4)), float(rng.uniform(-0.3, 0.3))
    loss = f"{phi} + s*({a!r}*x + ({b!r})*x**2/2) + t*y*({c!r} + ({e!r})*x)"
    land = Landscape.from_loss(loss, coordinates="x y", samples={"s": Normal(), "t": Normal()})
    return Case(
        f"gradient noise in the plane: {loss}, learning rate {2 / beta:.5g}",
        lambda: theory.sgd_escape_time(
            land, learning_rate=2 / beta, batch_size=1, minimum=(left, 0), saddle=(top, 0)
        ),
        lambda: grid_time(land, simulate.Ito(beta=beta, dt=0.01), beta, (left, 0.0), (right, 0.0)),
        high,
    )
