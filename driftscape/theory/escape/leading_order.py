r"""Escape times of dx = b dt + sqrt(2 D/beta) dW to leading order, without a potential.

    1/k = (2 pi/lambda) sqrt(|det Z_s|/det Z_m) exp(int F dt) exp(beta V)

with V = int <p, dx> the action of the most probable path from the minimum to the saddle, Z the
Hessian of the quasi-potential and lambda the positive eigenvalue of the drift's slope A at the
saddle.  At fixed points Z^-1 = S solves A S + S A^T = -2 D; along the path

    dZ/dt = -(H_xx + H_xp Z + Z H_px + 2 Z D Z),    H = <b, p> + <p, D p>,
    F = tr A + tr(D Z) + 2 <div D, p>    (Ito; isothermal: one <div D, p> less).

In one dimension p = -b/D, and 1/k = exp(beta V) (2 pi/sqrt(|b'_m b'_s|)) sqrt(D_s/D_m) (Ito).
F. Bouchet, J. Reygner, Ann. Henri Poincare 17 (2016) 3499.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...landscapes.landscape import Landscape
from ...typing import Float
from .critical_point import CriticalPoint
from .line.line import LineDiffusion
from .line.panels import explored, refuse_singular
from .nonlinearity import nonlinearity
from .paths.action_path import minimum_action_path
from .paths.hamiltonian import Hamiltonian

_DIFFERENCE = 1e-5  # step of finite differences, relative to the length of the path
_FOLD = 1e6  # growth of Z at which the quasi-potential has a fold


@dataclass(frozen=True)
class LeadingOrder:
    """An escape time to leading order.

    Attributes
    ----------
    log
        Log of 1/k.
    exponent
        beta V.
    rough
        Relative size of the omitted terms.
    """

    log: float
    exponent: float
    rough: float


def leading_order(
    landscape: Landscape, beta: float, well: CriticalPoint, top: CriticalPoint, interpretation: str
) -> LeadingOrder:
    """Find path, action and prefactor from a minimum over a saddle.

    Raises
    ------
    ValueError
        The noise stops on the path, no path is found, or the quasi-potential has a fold on it.
    """
    system = Hamiltonian.of(landscape)
    metrics = [_metric(system, p.at) for p in (well, top)]
    if landscape.dim == 1:
        exponent, prefactor = _in_one_dimension(landscape, beta, well, top, interpretation)
    else:
        exponent, prefactor = _along_path(
            landscape, system, beta, well, top, metrics[0], interpretation
        )
    slope = system.drift_slope(top.at)
    rate = float(np.linalg.eigvals(slope).real.max())
    logs = [np.linalg.slogdet(metric)[1] for metric in metrics]
    log = exponent + prefactor + float(np.log(2 * np.pi / rate)) + (logs[1] - logs[0]) / 2
    rough = sum(
        nonlinearity(system.drift, system.diffusion, p.at, system.drift_slope(p.at), metric, beta)
        for p, metric in zip((well, top), metrics, strict=True)
    )
    return LeadingOrder(float(log), exponent, max(1 / exponent, rough))


def _metric(system: Hamiltonian, at: Float) -> Float:
    """Return the Hessian of the quasi-potential at a fixed point."""
    from scipy.linalg import solve_continuous_lyapunov

    spread = solve_continuous_lyapunov(system.drift_slope(at), -2 * system.diffusion(at))
    sizes = np.abs(np.linalg.eigvalsh((spread + spread.T) / 2))
    if not np.isfinite(spread).all() or sizes.min() <= 1e-12 * sizes.max():
        raise ValueError(f"noise does not reach every direction at {at.tolist()}.")
    inverse = np.linalg.inv((spread + spread.T) / 2)
    return np.asarray((inverse + inverse.T) / 2)


def _in_one_dimension(
    landscape: Landscape, beta: float, well: CriticalPoint, top: CriticalPoint, interpretation: str
) -> tuple[float, float]:
    """Return beta V by quadrature, and int F dt, in one dimension."""
    a, b = float(well.at[0]), float(top.at[0])
    line = LineDiffusion(landscape, beta, float(np.sign(b - a)), "ito", "sgd_escape_time")
    panels = explored(line, line.edges(line.sign * a, line.sign * b), line.sign * a)
    refuse_singular(line, panels, panels.singular)
    first, last = (float(landscape.diffusion(x)[0, 0]) for x in (well.at, top.at))
    gain = float(np.log(last / first)) if interpretation == "ito" else 0.0
    return float(panels.rise.sum()), gain


def _matched(z: Float, v: Float, w: Float) -> Float:
    """Return the symmetric matrix nearest to z that maps v to w."""
    v, w = v / np.linalg.norm(v), w / np.linalg.norm(v)
    rest = w - z @ v
    return np.asarray(z + np.outer(rest, v) + np.outer(v, rest) - (v @ rest) * np.outer(v, v))


def _along_path(
    landscape: Landscape,
    system: Hamiltonian,
    beta: float,
    well: CriticalPoint,
    top: CriticalPoint,
    metric: Float,
    interpretation: str,
) -> tuple[float, float]:
    """Return beta V and int F dt along the path, with Riccati's equation for Z."""
    from scipy.integrate import solve_ivp
    from scipy.interpolate import CubicSpline

    path = minimum_action_path(landscape, well.at, top.at)
    d, length = landscape.dim, float(np.linalg.norm(top.at - well.at))
    position, momentum = (CubicSpline(path.time, y) for y in (path.path, path.momentum))
    divergence, share = landscape.diffusion_divergence, 2 if interpretation == "ito" else 1
    step = _DIFFERENCE * length

    def second_derivative(x: Float, p: Float) -> Float:
        """Return H_xx, by differences of H_x."""
        steps = step * np.eye(d)
        both = [-system.velocity(x + sign * steps, np.tile(p, (d, 1)))[1] for sign in (1, -1)]
        second = (both[0] - both[1]) / (2 * step)
        return np.asarray((second + second.T) / 2)

    def motion(t: float, y: Float) -> Float:
        x, p = position(t), momentum(t)
        # Z along the path is unstable forward in time, but Z dx/dt = dp/dt is known
        z = _matched(y[: d * d].reshape(d, d), *system.velocity(x, p))
        slope, noise = system.drift_slope(x), system.diffusion(x)
        mixed = slope.T  # [i, k] = d^2 H/dx_i dp_k
        if system.diffusion_slope is not None:
            mixed = mixed + 2 * np.einsum("kli,l->ik", system.diffusion_slope(x), p)
        change = -(second_derivative(x, p) + mixed @ z + z @ mixed.T + 2 * z @ noise @ z)
        gain = np.trace(slope) + np.trace(noise @ z) + share * divergence(x) @ p
        return np.append(change.ravel(), gain)

    def fold(_: float, y: Float) -> float:
        return float(_FOLD * np.abs(metric).max() - np.abs(y[:-1]).max())

    fold.terminal = True  # type: ignore[attr-defined]
    flow = solve_ivp(
        motion, (0.0, float(path.time[-1])), np.append(metric.ravel(), 0.0), events=fold,
        method="LSODA", rtol=1e-7, atol=1e-9 * float(np.abs(metric).max()),
    )  # fmt: skip
    if flow.status != 0 or not np.isfinite(flow.y).all():
        raise ValueError(
            f"between {well.at.tolist()} and {top.at.tolist()} the quasi-potential has a fold on "
            "the most probable path: the prefactor has no leading order of this form."
        )
    return beta * path.action, float(flow.y[-1, -1])
