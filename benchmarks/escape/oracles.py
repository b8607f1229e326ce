"""Mean times and rates without the package: quadrature, spectra, chains."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.sparse as sp
from numpy.polynomial import Polynomial
from numpy.typing import NDArray
from scipy.integrate import cumulative_simpson, simpson
from scipy.sparse.linalg import eigs
from scipy.special import factorial, gamma
from scipy.stats import levy_stable

Float = NDArray[np.float64]

_POINTS = 40_001


def mean_time(
    psi: Callable[[Float], Float],
    diffusion: Callable[[Float], Float],
    beta: float,
    far: float,
    start: float,
    target: float,
) -> tuple[float, float]:
    """Integrate exp(psi) times the mass below by Simpson's rule, far < start < target."""
    times = [_time(psi, diffusion, beta, far, start, target, n) for n in (_POINTS, _POINTS // 2)]
    return times[0], abs(times[1] - times[0]) + 1e-9 * times[0]


def _time(
    psi: Callable[[Float], Float],
    diffusion: Callable[[Float], Float],
    beta: float,
    far: float,
    start: float,
    target: float,
    points: int,
) -> float:
    before, way = np.linspace(far, start, points), np.linspace(start, target, points)
    low = min(float(psi(before).min()), float(psi(way).min()))
    mass = [beta / diffusion(x) * np.exp(low - psi(x)) for x in (before, way)]
    inside = cumulative_simpson(mass[1], x=way, initial=0)
    top = float(psi(way).max())
    rise = simpson(np.exp(psi(way) - top) * (simpson(mass[0], x=before) + inside), x=way)
    return float(rise * np.exp(top - low))


def far_below(phi: Polynomial, beta: float, start: float) -> float:
    """Return where a polynomial that grows to the left has risen by 40/beta."""
    step = 0.1
    while beta * (phi(start - step) - phi(start)) < 40:
        step *= 1.1
    return start - step


def inertial_rate(
    phi: Polynomial, beta: float, friction: float, ends: tuple[float, float]
) -> float:
    """Lowest nonzero decay rate of the Klein-Kramers operator, in Hermite functions of v.

    c_n' = -sqrt(n) up c_(n-1) - sqrt(n+1) down c_(n+1) - n friction c_n, symmetrised, with
    up, down = (d/dx +- beta Phi'/2)/sqrt(beta).
    """
    nodes, modes = 200, 40
    x = np.linspace(*ends, nodes)
    stencil = np.array([1, -8, 0, 8, -1]) / 12 / (x[1] - x[0])
    slope = sp.diags(list(stencil), [-2, -1, 0, 1, 2], shape=(nodes, nodes))
    force = sp.diags(beta * phi.deriv()(x) / 2)
    up, down = (slope + force) / np.sqrt(beta), (slope - force) / np.sqrt(beta)
    root, n = np.sqrt(np.arange(1, modes)), np.arange(modes, dtype=float)
    operator = -sp.kron(sp.diags(root, -1), up) - sp.kron(sp.diags(root, 1), down)
    operator = operator - friction * sp.kron(sp.diags(n), sp.eye(nodes))
    found = eigs(operator.tocsc(), k=4, sigma=1e-9, return_eigenvectors=False)
    rates = np.sort(-found.real)
    if not abs(rates[0]) < 0.1 * rates[1]:
        raise ArithmeticError(f"the steady state is not resolved: rates {rates}")
    return float(rates[1] - rates[0])


def share_below(phi: Polynomial, beta: float, ends: tuple[float, float], where: float) -> float:
    """Return the probability below a point under exp(-beta Phi)."""
    x = np.linspace(*ends, _POINTS)
    weight = np.exp(-beta * (phi(x) - phi(x).min()))
    return float(weight[x < where].sum() / weight.sum())


def jump_time(
    drift: Callable[[Float], Float],
    scale: float,
    dt: float,
    alpha: float,
    ends: tuple[float, float],
    start: float,
) -> tuple[float, float]:
    """Mean exit time of the chain x' = x + b dt + scale xi: (1 - K) tau = dt on cells."""
    times = [_chain(drift, scale, dt, alpha, ends, start, n) for n in (1601, 801)]
    return times[0], abs(times[1] - times[0])


def _chain(
    drift: Callable[[Float], Float],
    scale: float,
    dt: float,
    alpha: float,
    ends: tuple[float, float],
    start: float,
    cells: int,
) -> float:
    near, away = np.geomspace(1e-3, 100, 400), np.geomspace(101, 1e6, 400)
    tail = np.concatenate([levy_stable.sf(near, alpha, 0), _far_tail(away, alpha)])
    side = np.concatenate([near, away])
    axis = np.concatenate([-side[::-1], [0], side])
    table = np.concatenate([tail[::-1], [0.5], 1 - tail])
    edges = np.linspace(*ends, cells + 1)
    middles = (edges[1:] + edges[:-1]) / 2
    jumps = (edges[None, :] - (middles + dt * drift(middles))[:, None]) / scale
    kernel = np.diff(np.interp(jumps, axis, table), axis=1)
    tau = np.linalg.solve(np.eye(cells) - kernel, np.full(cells, dt))
    return float(np.interp(start, middles, tau))


def _far_tail(x: Float, alpha: float) -> Float:
    """P(xi > x) far out, by the first terms of its series; SciPy's is zero from about 500 on."""
    terms = [
        (-1) ** (k + 1) * gamma(alpha * k) * np.sin(np.pi * k * alpha / 2) * x ** (-alpha * k)
        / (np.pi * factorial(k)) for k in range(1, 6)
    ]  # fmt: skip
    return np.asarray(sum(terms))
