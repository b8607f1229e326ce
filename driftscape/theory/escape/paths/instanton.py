r"""Hamilton's equations from a stable fixed point a to b, by collocation on a finite time.

The linearised flow describes the infinite waits at fixed points.  Near a the path has
p = G (x - a), where G^-1 solves A G^-1 + G^-1 A^T = -2 D with A the slope of the drift, and its
action is <x - a, G (x - a)>/2.  Another fixed point b is reached along the stable subspace of

    d/dt (x - b, p) = [[A, 2 D], [0, -A^T]] (x - b, p)

and the path stops at a given distance.  The duration is then an unknown.  H = 0 at both ends makes
one condition redundant; a term unfold*p in dp/dt, whose coefficient comes out as zero, restores
the number of unknowns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ....typing import Float
from .hamiltonian import Hamiltonian

_TOLERANCE = 1e-6  # relative residual of solve_bvp
_COARSE_TOLERANCE = 1e-3  # the same while D is softened
_MOST_NODES = 20_000
_FIRST_NODES = 1000  # of the next solution


@dataclass(frozen=True)
class Solution:
    """A path and its momenta, shapes (n, dim), at times (n,); its whole action, and unfold."""

    time: Float
    path: Float
    momentum: Float
    action: float
    unfold: float


class Ends:
    """The linear flows at both ends, with `extra` added to D; `resting`: b is a fixed point."""

    def __init__(
        self, system: Hamiltonian, a: Float, b: Float, resting: bool, extra: float
    ) -> None:
        from scipy.linalg import schur, solve_continuous_lyapunov

        self.a, self.b, self.resting, d = a, b, resting, len(a)
        slope = system.drift_slope(a)
        noise = system.diffusion(a) + extra * np.eye(d)
        spread = solve_continuous_lyapunov(slope, -2 * noise)
        self.cost = np.linalg.inv((spread + spread.T) / 2)
        self.away = slope + 2 * noise @ self.cost
        if not resting:
            return
        slope = system.drift_slope(b)
        noise = system.diffusion(b) + extra * np.eye(d)
        flow = np.block([[slope, 2 * noise], [np.zeros((d, d)), -slope.T]])
        _, left, count = schur(flow.T, sort="rhp")
        self.leaving = left[:, :count]
        block, basis, count = schur(flow, sort="lhp")
        self.arriving, self.decay = basis[:, :count], block[:count, :count]
        weight = self.arriving[d:].T @ noise @ self.arriving[d:]
        self.tail = solve_continuous_lyapunov(self.decay.T, -weight)

    def action_before(self, x: Float) -> Float:
        """Return the action from a to points near it, shape (...)."""
        return np.asarray(np.einsum("...i,ij,...j->...", x - self.a, self.cost, x - self.a) / 2)

    def action_after(self, x: Float, p: Float) -> float:
        """Return the action from a point near b to b."""
        if not self.resting:
            return 0.0
        c = self.entry(x, p)
        return float(c @ self.tail @ c)

    def entry(self, x: Float, p: Float) -> Float:
        """Return the coordinates in the stable subspace at b."""
        return np.asarray(self.arriving.T @ np.concatenate([x - self.b, p]))

    def extended(self, found: Solution, shrink: float) -> tuple[Float, Float, Float]:
        """Continue a solution along the linear flows until both distances are `shrink` less."""
        from scipy.linalg import expm

        slow = np.linalg.eigvals(self.away).real.min()
        steps = np.linspace(-np.log(shrink) / slow, 0, 9)[:-1]
        near = self.a + np.stack([expm(self.away * t) @ (found.path[0] - self.a) for t in steps])
        # collocation never removes nodes: start with fewer, so that it can place them anew
        every = slice(None, None, -(-len(found.time) // _FIRST_NODES))
        keep = np.unique(np.append(np.arange(len(found.time))[every], len(found.time) - 1))
        time, path = [steps, found.time[keep]], [near, found.path[keep]]
        momentum = [(near - self.a) @ self.cost, found.momentum[keep]]
        if self.resting:
            end = self.entry(found.path[-1], found.momentum[-1])
            slow = -np.linalg.eigvals(self.decay).real.max()
            steps = np.linspace(0, np.log(shrink) / slow, 9)[1:]
            after = np.stack([expm(self.decay * t) @ end for t in steps]) @ self.arriving.T
            time.append(found.time[-1] + steps)
            path.append(self.b + after[:, : len(self.b)])
            momentum.append(after[:, len(self.b) :])
        joined = np.concatenate(time)
        return joined - joined[0], np.concatenate(path), np.concatenate(momentum)


def polish(
    system: Hamiltonian, ends: Ends, time: Float, path: Float, momentum: Float, extra: float
) -> Solution | None:
    """Solve between the ends, from a point near a to a point at a given distance from b.

    Returns
    -------
    Solution or None
        None where Newton's method does not converge.
    """
    from scipy.integrate import solve_bvp

    d, duration = path.shape[1], float(time[-1])
    if ends.resting:
        spent, distance = float(ends.action_before(path[0])), ends.entry(path[-1], momentum[-1])
    guess = [duration, 0.0] if ends.resting else None

    def motion(_: Float, y: Float, unknown: Sequence[float] = (duration, 0.0)) -> Float:
        dx, dp = system.velocity(y[:d].T, y[d:].T, extra)
        dp = dp + unknown[1] * y[d:].T
        return unknown[0] * np.concatenate([dx, dp], axis=1).T

    def conditions(left: Float, right: Float, _: Float | None = None) -> Float:
        start = left[d:] - ends.cost @ (left[:d] - ends.a)
        if not ends.resting:
            return np.concatenate([start, right[:d] - ends.b])
        arrival = ends.leaving.T @ np.concatenate([right[:d] - ends.b, right[d:]])
        phase = ends.action_before(left[:d]) / spent - 1
        near = (ends.entry(right[:d], right[d:]) ** 2).sum() / (distance**2).sum() - 1
        return np.concatenate([start, arrival, [phase, near]])

    with np.errstate(all="ignore"):
        found = solve_bvp(
            motion, conditions, time / duration, np.concatenate([path.T, momentum.T]), p=guess,
            tol=_COARSE_TOLERANCE if extra else _TOLERANCE, max_nodes=_MOST_NODES,
        )  # fmt: skip
    duration, unfold = (duration, 0.0) if found.p is None else map(float, found.p)
    if found.status != 0 or not np.isfinite(found.y).all() or duration <= 0:
        return None
    nodes, weights = np.polynomial.legendre.leggauss(4)
    half = np.diff(found.x)[:, None] / 2
    inside = found.sol((found.x[:-1, None] + half * (nodes + 1)).ravel())
    cost = system.cost(inside[:d].T, inside[d:].T).reshape(half.shape[0], -1)
    x, p = found.y[:d].T, found.y[d:].T
    action = duration * (cost * weights * half).sum()
    action += ends.action_before(x[0]) + ends.action_after(x[-1], p[-1])
    return Solution(found.x * duration, x.copy(), p.copy(), float(action), unfold)
