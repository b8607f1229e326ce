r"""Correlations and spectra of a linear equation, whose discrete distribution is known exactly.

Euler and Maruyama's step is x' = A x + noise, its steady state has the covariance S = A S A^T + N,
and E[x(t) x(0)^T] = A^t S.  The mean of an estimated spectrum includes the window,

    E S_w(f) = spacing sum over lags k of v_k C(k) exp(-2 pi i f k spacing),

where v is the correlation of the window.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from scipy.linalg import solve_discrete_lyapunov
from scipy.signal.windows import hann

from driftscape import analysis, simulate, theory
from driftscape.landscapes import Landscape

from ..seeds import MOST, SEEDS, entry, of_seed
from .experiment import Experiment

DT, BETA, EVERY, COUNT, DISCARD = 0.02, 2.0, 10, 64, 400
BOWL = Landscape.from_potential("x**2/2 + y**2", coordinates="x y", curl=0.9)
SPACING = EVERY * DT
SIZES = (20, 30, 200)


@lru_cache(maxsize=1)
def stationary() -> Any:
    """Return runs whose start has decayed to exp(-8) after DISCARD steps."""
    steps = DISCARD + EVERY * (COUNT - 1)
    return simulate.run(
        BOWL, simulate.Ito(beta=BETA, dt=DT), steps=steps, trajectories=SEEDS * MOST, seed=31,
        start=(0, 0), save_every=EVERY,
    ).isel(time=slice(DISCARD // EVERY, None))  # fmt: skip


@lru_cache(maxsize=1)
def law() -> tuple[Any, Any]:
    """Return A over one spacing, and S."""
    near = theory.linearise(BOWL, at=(0, 0))
    step = np.eye(2) - DT * near.rates
    S = solve_discrete_lyapunov(step, 2 * DT / BETA * near.diffusion)
    return np.linalg.matrix_power(step, EVERY), S


def covariance(lag: int) -> Any:
    """Return E[x(lag) x(0)^T], with the lag in spacings."""
    A, S = law()
    return np.linalg.matrix_power(A, lag) @ S if lag >= 0 else covariance(-lag).T


def spectrum(frequency: float, increments: bool = False) -> Any:
    """Return the matrix of spectra under a Hann window, optionally those of increments."""
    n = COUNT - increments
    window = hann(n, sym=False)
    window /= np.sqrt((window**2).sum())
    total = np.zeros((2, 2), complex)
    for k in range(-n + 1, n):
        C = covariance(k)
        if increments:
            C = 2 * C - covariance(k + 1) - covariance(k - 1)
        overlap = float(window[: n - abs(k)] @ window[abs(k) :])
        total += SPACING * overlap * C * np.exp(-2j * np.pi * frequency * k * SPACING)
    return total


def experiments() -> list[Experiment]:
    """Return correlations at short and long lags, spectra at low and high frequencies."""

    def made(function: Any, *texts: str, **settings: Any) -> Any:
        return lambda seed, n: function(
            of_seed(stationary(), seed, n), *texts, discard_steps=0, **settings
        )

    found = []
    S = law()[1]
    for lag in (1, 5, 15):
        rho = covariance(lag)[1, 1] / S[1, 1]
        correlations = made(analysis.autocorrelation, "y")
        found.append(
            Experiment(
                f"autocorrelation at lag {lag * SPACING:g}", rho,
                lambda seed, n, lag=lag, f=correlations: entry(
                    f(seed, n), "correlation", "stderr", n, lag=lag
                ),
                SIZES, wrong=1.0 if lag == 1 else None,
            )
        )  # fmt: skip
        crossed = made(analysis.cross_correlation, "x", "y")
        odd = covariance(lag)[0, 1] - covariance(lag)[1, 0]
        found.append(
            Experiment(
                f"antisymmetric correlation at lag {lag * SPACING:g}", odd,
                lambda seed, n, lag=lag, f=crossed: entry(
                    f(seed, n), "antisymmetric", "stderr", n, lag=lag
                ),
                SIZES, wrong=-odd if lag < 10 else None,
            )
        )  # fmt: skip
    for place in (1, 4, 20):
        f = (place + 1) / (COUNT * SPACING)
        power = made(analysis.power_spectrum, "y")
        right = spectrum(f)[1, 1].real
        found.append(
            Experiment(
                f"power at frequency {f:.2f}", right,
                lambda seed, n, k=place, g=power: entry(
                    g(seed, n), "power", "stderr", n, frequency=k
                ),
                SIZES, wrong=2 * right,
            )
        )  # fmt: skip
        cross = made(analysis.cross_spectrum, "x", "y")
        for part in ("real", "imaginary"):
            right = getattr(spectrum(f)[0, 1], "real" if part == "real" else "imag")
            found.append(
                Experiment(
                    f"cross spectrum at frequency {f:.2f}, {part}", right,
                    lambda seed, n, k=place, g=cross, part=part: entry(
                        g(seed, n), part, f"{part}_stderr", n, frequency=k
                    ),
                    SIZES, wrong=-right if part == "imaginary" and place < 10 else None,
                )
            )  # fmt: skip
    f = 9 / ((COUNT - 1) * SPACING)
    found.append(
        Experiment(
            f"power of increments at frequency {f:.2f}", spectrum(f, True)[1, 1].real,
            lambda seed, n: entry(
                made(analysis.power_spectrum, "y", increments=True)(seed, n), "power", "stderr", n,
                frequency=8,
            ),
            SIZES,
        )
    )  # fmt: skip
    return found
