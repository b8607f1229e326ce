"""Mean first-passage times on the line, exactly, by quadrature."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..estimate import Theory

Float = NDArray[np.float64]

READINGS = ("ito", "stratonovich", "isothermal")

_NODES = 12  # Gauss-Legendre nodes of a panel
_DEEP = 60.0  # exponents beyond which the reflected tail is left out: exp(-60) = 1e-26
_TOLERANCE = 1e-9
_MOST_PANELS = 1 << 15


def exact_mfpt(
    landscape: Any, *, beta: float, start: float, target: float, reading: str = "ito"
) -> Theory:
    r"""Return the mean time of the SDE's first passage from `start` to `target` in one dimension.

        dx = b dt + sqrt(2 D/beta) dW        (Ito reading)
        tau = int_start^target dy exp(psi(y)) int_-oo^y dz beta exp(-psi(z))/D(z),
        psi = -beta int b/D

    for target > start, and its mirror image otherwise; in the Stratonovich and the isothermal
    reading b gains D'/(2 beta) and D'/beta.

    Parameters
    ----------
    landscape
        One coordinate; any kind that has a drift.
    beta
        Inverse temperature > 0.
    start, target
        Two points; the passage is through `target`.
    reading
        "ito", "stratonovich" or "isothermal".

    Returns
    -------
    Theory
        In units of time; the truncation is what doubling the panels changed.

    Raises
    ------
    ValueError
        More than one coordinate, D that vanishes on the way, or a drift that does not hold the
        process on the far side, so that the mean is infinite.

    Examples
    --------
    >>> from driftscape import landscapes
    >>> tau = exact_mfpt(landscapes.quartic_well(), beta=10, start=-1, target=0)
    >>> round(tau.value, 3)
    30.821
    """
    if landscape.dim != 1:
        raise ValueError(f"exact_mfpt needs one coordinate; {landscape.name} has {landscape.dim}.")
    if not 0 < beta < np.inf:
        raise ValueError(f"beta={beta}; it must be a positive finite number.")
    if reading not in READINGS:
        raise ValueError(f"reading={reading!r}; known: {', '.join(map(repr, READINGS))}.")
    if not (np.isfinite([start, target]).all() and start != target):
        raise ValueError(f"start={start}, target={target}; give two different finite points.")
    problem = Line(landscape, beta, 1.0 if target > start else -1.0, reading)
    a, b = sorted((problem.sign * start, problem.sign * target))
    far = problem.far_end(a, b)
    before, panels = np.inf, 256
    while panels <= _MOST_PANELS:
        now = problem.time(far, a, b, panels)
        error = abs(now - before)
        if error <= _TOLERANCE * abs(now):
            return Theory(now, truncation=error, regime="exact", unit="of time")
        before, panels = now, 2 * panels
    raise ValueError(
        f"the quadrature did not settle between {start} and {target} (last change {error:.3g}); "
        "is D zero, or the drift discontinuous, on the way?"
    )


class Line:
    """Drift and diffusion along the line, turned so that the passage goes upward."""

    def __init__(self, landscape: Any, beta: float, sign: float, reading: str) -> None:
        self.landscape, self.beta, self.sign = landscape, beta, sign
        self.alpha = READINGS.index(reading) / 2
        self.drift, self.diffusion = landscape.drift(beta), landscape.diffusion
        self.slope = landscape.diffusion_divergence

    def rates(self, x: Float) -> tuple[Float, Float]:
        """Return psi'(x) and D(x)."""
        points = self.sign * x[..., None]
        diffusion = self.diffusion(points)[..., 0, 0]
        if not (diffusion > 0).all():
            where = float(points[diffusion <= 0].flat[0])
            raise ValueError(f"D is not positive at {where:.4g}: the process may stop there.")
        drift = self.drift(points)[..., 0] + self.alpha / self.beta * self.slope(points)[..., 0]
        return -self.beta * self.sign * drift / diffusion, diffusion

    def far_end(self, a: float, b: float) -> float:
        """Return a point below which exp(-psi) is negligible."""
        width = b - a
        x, depth, lowest = a, 0.0, 0.0
        for _ in range(400):
            grid = np.linspace(x - width / 8, x, 33)
            slope, _ = self.rates(grid)
            fall = np.cumsum((slope[1:] + slope[:-1])[::-1] / 2) * (grid[1] - grid[0])
            depth_now = depth - fall  # psi(grid) relative to psi(a), going down
            lowest = min(lowest, float(depth_now.min()))
            depth, x = float(depth_now[-1]), float(grid[0])
            if depth - lowest > _DEEP:
                return x
        raise ValueError(
            "the drift does not hold the process on the far side of the start: the mean time is "
            "infinite, or longer than this quadrature can see."
        )

    def time(self, far: float, a: float, b: float, panels: int) -> float:
        """The double integral on composite Gauss-Legendre panels, exponents kept apart."""
        nodes, weights = np.polynomial.legendre.leggauss(_NODES)
        share = max(1, round(panels * (a - far) / (b - far)))
        edges = np.concatenate([
            np.linspace(far, a, share + 1)[:-1], np.linspace(a, b, max(1, panels - share) + 1)
        ])  # fmt: skip
        half = np.diff(edges)[:, None] / 2
        x = edges[:-1, None] + half * (nodes + 1)
        slope, diffusion = self.rates(x)
        # psi at the nodes: whole panels before, and the part of this one by its interpolant
        partial = integration_matrix(nodes)
        psi = np.concatenate([[0.0], np.cumsum((slope * weights * half).sum(1))])[:-1, None]
        psi = psi + half * (slope @ partial.T)
        psi -= psi.min()
        density = self.beta * np.exp(-psi) / diffusion
        below = np.concatenate([[0.0], np.cumsum((density * weights * half).sum(1))])[:-1, None]
        below = below + half * (density @ partial.T)
        inside = x[:, 0] > a
        # exp(psi) may be huge where `below` is not small: both are of one sign, so logs are safe
        integrand = np.exp(psi[inside] + np.log(below[inside]))
        return float((integrand * weights * half[inside]).sum())


def integration_matrix(nodes: Float) -> Float:
    """Return A with (A f)_i = int_-1^node_i of the polynomial through f at the nodes."""
    powers = np.polynomial.legendre.legvander(nodes, len(nodes) - 1)
    columns = [np.polynomial.legendre.legint(row, lbnd=-1) for row in np.eye(len(nodes))]
    integrals = np.stack([np.polynomial.legendre.legval(nodes, c) for c in columns], axis=1)
    return integrals @ np.linalg.inv(powers)
