"""Loops of SGD: the spectrum of one weight does not show them, that of a pair does.

P. Chaudhari and S. Soatto, "Stochastic gradient descent performs variational inference, converges
to limit cycles for deep networks" (2018), Figure 3 and Remark 17.  See the top row: circles and
diamonds lie on the same curve of an AR(1) process, although only the diamonds have a current.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from .... import analysis, landscapes, simulate, theory
from ....analysis import Estimate
from ....landscapes import Landscape
from ....typing import Float
from ...report.figure import About, Check, Figure, style
from ...shared.linear_chain import LinearChain
from .misfit import spectral
from .panels import Measured, picture

if TYPE_CHECKING:
    import xarray as xr

ABOUT = About(
    title="Loops of SGD appear in the spectrum of a pair of weights, not of one weight",
    citation="P. Chaudhari and S. Soatto, “Stochastic gradient descent performs variational "
    "inference, converges to limit cycles for deep networks”, 2018: Figure 3 and Remark 17.",
    link="https://arxiv.org/abs/1710.11029",
    claim="The Fourier transform of x(k+1) − x(k) of a weight is not flat, with a slight rise at "
    "high frequencies, and its autocorrelation leaves the 99 % band of white noise: SGD does not "
    "perform Brownian motion but shows “low-frequency modes … indicators of a periodic dynamics "
    "of the force j(x)”.",
    look_for="SGD on the loss x₁²/4 + 3x₂²/2, rates 0.5 and 3, learning rate 0.1. Circles: "
    "isotropic gradient noise, no current. Diamonds: gradient noise with correlation 0.9, a "
    "current. Squares, for comparison: a rotating drift that is not a gradient (rates 0.5 ± 2i). "
    "Top: one weight; circles and diamonds lie on the same AR(1) curve. Bottom: a pair of weights; "
    "only here does the current appear. Bars are one standard error.",
)

RATE = 0.1
LOSS = ((0.5, 0), (0, 3))
Matrix = tuple[tuple[float, float], tuple[float, float]]
LANDSCAPES: dict[str, tuple[Matrix, Matrix]] = {
    "no current": (LOSS, ((1, 0), (0, 1))),
    "current": (LOSS, ((1, 0.9), (0.9, 1))),
    "complex rates": (((0.5, -2), (2, 0.5)), ((1, 0), (0, 1))),
}
DISCARD, STEPS = 300, 2048  # the slowest mode decays by 0.97 per step, to 1e-4 of its start
LAG, PAIR_LAG = 20, 6  # steps: the slow correlation is 0.36; the effect of the current is largest
TRAJECTORIES = 512
SEED = 170


def draw(full: bool = False, seed: int = SEED) -> Figure:
    """Simulate, compare and draw; `full`: eight times the trajectories."""
    trajectories = 8 * TRAJECTORIES if full else TRAJECTORIES
    seeds = itertools.count(seed)
    ensembles = {
        name: _measure(landscapes.linear(F, D), trajectories, next(seeds))
        for name, (F, D) in LANDSCAPES.items()
    }
    still, loop, turning = ensembles.values()
    lags = [_at(each.correlation, "correlation", LAG) for each in (still, loop)]
    finding = (
        "With a quadratic loss each weight is an AR(1) process or a sum of AR(1) processes for any "
        "gradient noise: its autocorrelation decays slowly and the spectrum of its increments "
        f"rises. At lag {LAG} the correlation is {lags[0]} without a current and {lags[1]} with "
        "one; white noise is rejected in both cases, so that its rejection is no evidence of a "
        "loop. A loop cannot appear as a mode of one weight either: the Hessian is symmetric and "
        "its rates are real. The current appears when two weights are analysed together: in the "
        "antisymmetric correlation, in the imaginary cross spectrum and in the area swept, "
        f"{loop.area}, all in agreement with linear theory. Complex rates, which a loss does not "
        "have at a minimum, would also appear in one weight and are distinguished from AR(1)."
    )
    with style():
        drawing = picture(ensembles, STEPS)
    return Figure(
        ABOUT,
        (*_weight_checks(still, loop, turning), *_pair_checks(still, loop)),
        drawing,
        finding,
        {
            "trajectories": trajectories,
            "steps": f"{STEPS:,}, after {DISCARD} that are left out",
            "learning rate": RATE,
            "batch size": 1,
            "seeds": f"{seed} to {next(seeds) - 1}",
        },
    )


def _measure(landscape: Landscape, trajectories: int, seed: int) -> Measured:
    sgd = simulate.SGD(learning_rate=RATE)
    run = simulate.run(
        landscape,
        sgd,
        steps=DISCARD + STEPS - 1,
        trajectories=trajectories,
        seed=seed,
        save_every=1,
    )
    return Measured(
        LinearChain.of(landscape, sgd),
        analysis.power_spectrum(run, "x1", increments=True, discard_steps=DISCARD),
        analysis.autocorrelation(run, "x1", discard_steps=DISCARD, max_lag_time=100 * RATE),
        analysis.cross_correlation(run, "x1", "x2", discard_steps=DISCARD, max_lag_time=100 * RATE),
        analysis.cross_spectrum(run, "x1", "x2", discard_steps=DISCARD),
        analysis.area_rate(run, discard_steps=DISCARD),
    )


def _at(curve: xr.Dataset, name: str, lag: int) -> Estimate:
    here = curve.isel(lag=lag)
    return Estimate(float(here[name]), float(here.stderr), TRAJECTORIES, f"{name} at lag {lag}")


def _weight_checks(still: Measured, loop: Measured, turning: Measured) -> tuple[Check, ...]:
    checks = []
    slow = 1 - RATE * LOSS[0][0]
    for what, each in (("without a current", still), ("with a current", loop)):
        correlation = _at(each.correlation, "correlation", LAG)
        flat = float(np.mean(each.increments.power))
        ar1 = each.chain.increments("x1", each.increments.frequency.values)
        name = f"x₁ {what}"
        checks += [
            Check(f"{name}: autocorrelation at lag {LAG} = AR(1)", correlation, slow**LAG),
            Check(
                f"{name}: autocorrelation at lag {LAG} = 0, as for white noise",
                correlation,
                0.0,
                "rejected",
            ),
            Check(
                f"{name}: spectrum of increments = AR(1) (mean z² = 1)",
                spectral(each.increments, "power", ar1),
                1.0,
            ),
            Check(
                f"{name}: spectrum of increments = flat (mean z² = 1)",
                spectral(each.increments, "power", flat),
                1.0,
                "rejected",
            ),
        ]
    lags = [_at(each.correlation, "correlation", LAG) for each in (still, loop)]
    return (
        *checks,
        Check(f"x₁: autocorrelation at lag {LAG} with a current = without", lags[1], lags[0]),
        Check(
            "complex rates: spectrum of increments = AR(1) (mean z² = 1)",
            spectral(turning.increments, "power", turning.increments.null.values),
            1.0,
            "rejected",
        ),
    )


def _pair_checks(still: Measured, loop: Measured) -> tuple[Check, ...]:
    quiet, odd = (_at(each.pair, "antisymmetric", PAIR_LAG) for each in (still, loop))
    exact = float(loop.chain.antisymmetric(PAIR_LAG))
    f = loop.cross.frequency.values
    chain = loop.chain.spectrum(f)[:, 0, 1].imag
    landscape = landscapes.linear(*LANDSCAPES["current"])
    near = theory.linearise(landscape, at=(0, 0), beta=loop.chain.beta)
    # sampled at the same spacing, but with the rates and the covariance of dt -> 0
    sde = theory.power_spectrum(near, loop.chain.beta, f, spacing=RATE)[:, 0, 1].imag
    pair = f"antisymmetric correlation at lag {PAIR_LAG}"
    spectrum = "imaginary cross spectrum"
    return (
        Check(f"no current: {pair} = 0", quiet, 0.0, against=exact),
        Check(f"current: {pair} = exact", odd, exact),
        Check(f"current: {pair} = 0, as in equilibrium", odd, 0.0, "rejected"),
        Check(f"current: {pair} = that at correlation −0.9", odd, -exact, "rejected"),
        Check(f"no current: {spectrum} = 0 (mean z² = 1)", _imaginary(still, 0.0), 1.0),
        Check(f"current: {spectrum} = linear theory (mean z² = 1)", _imaginary(loop, chain), 1),
        Check(f"current: {spectrum} = 0 (mean z² = 1)", _imaginary(loop, 0.0), 1.0, "rejected"),
        Check(
            f"current: {spectrum} = that of the SDE (mean z² = 1)",
            _imaginary(loop, sde),
            1.0,
            "rejected",
        ),
        Check(
            "no current: area swept per unit of time = 0",
            still.area,
            0.0,
            against=loop.chain.area_rate(),
        ),
        Check("current: area swept per unit of time = exact", loop.area, loop.chain.area_rate()),
        Check(
            "current: area swept per unit of time = that of the SDE (half its torque)",
            loop.area,
            -float(near.curl[1, 0]) / loop.chain.beta,
            "rejected",
        ),
    )


def _imaginary(each: Measured, predicted: Float | float) -> Estimate:
    return spectral(each.cross, "imaginary", predicted)
