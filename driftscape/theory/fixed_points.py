"""Fixed points of a deterministic drift: where it vanishes, and their stability."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from ..landscapes.box import read_box
from ..landscapes.checks import check_landscape
from ..landscapes.formulas.calculus import derivative
from ..landscapes.formulas.evaluate import evaluate
from ..landscapes.landscape import Landscape
from ..typing import Float

_SEEDS = {1: 65, 2: 13, 3: 7}  # number of coordinates -> starts of Newton's method on each axis
_SAME_POINT = 1e-6  # relative distance below which two points are the same
_ZERO_RATE = 1e-7  # a real part below this share of the largest eigenvalue counts as zero


@dataclass(frozen=True)
class Equilibrium:
    """A fixed point of a drift, as `fixed_points` finds it.

        dx/dt = b(x),      b(at) = 0

    Attributes
    ----------
    at
        Its position, shape (d,).
    eigenvalues
        Eigenvalues of the drift's Jacobian there, shape (d,), per unit of time.
    kind
        "stable node", "unstable focus", "saddle", "weak focus" (a centre to first order; higher
        orders decide its stability), "degenerate", and so on.
    """

    at: Float
    eigenvalues: NDArray[np.complex128]
    kind: str

    def __str__(self) -> str:
        values = ", ".join(f"{v.real:.4g}{v.imag:+.4g}i" for v in self.eigenvalues)
        return f"{self.kind} at ({', '.join(f'{x:.5g}' for x in self.at)}), eigenvalues {values}"


class DriftFlow:
    """The noiseless drift of a landscape and its Jacobian, as functions of points (..., d).

    `sense` is -1 where time runs backwards.
    """

    sense = 1

    def __init__(self, landscape: Landscape, beta: float | None = None) -> None:
        self.landscape, self.drift = landscape, landscape.drift(beta)
        if self.drift.assignments or self.drift.tables:
            raise ValueError(
                f"the drift of {landscape.name} is a quadrature; its flow is not analysed."
            )
        symbols = self.drift.symbols
        self.slopes = [derivative(e, s) for e in self.drift.entries for s in symbols]

    def __call__(self, points: ArrayLike) -> Float:
        return np.asarray(self.sense * self.drift(points))

    def backwards(self) -> DriftFlow:
        """Return the flow with time reversed."""
        other = copy(self)
        other.sense = -self.sense
        return other

    def jacobian(self, points: ArrayLike) -> Float:
        """Return d b_i/d x_j, shape (..., d, d)."""
        x = np.asarray(points, dtype=float)
        values: dict[sp.Basic, Any] = {s: float(v) for s, v in self.drift.parameters.items()}
        values |= {s: x[..., i] for i, s in enumerate(self.drift.symbols)}
        entries = [np.broadcast_to(e, x.shape[:-1]) for e in evaluate(self.slopes, values)]
        stacked = np.stack(entries, axis=-1)
        return np.asarray(self.sense * stacked.reshape(*x.shape, x.shape[-1]))


def search_box(
    landscape: Landscape, box: Mapping[str, tuple[float, float]] | None
) -> list[tuple[float, float]]:
    """Return the interval of each coordinate: as given, the landscape's domain, or (-3, 3)."""
    names = landscape.coordinates
    if box is None:
        box = landscape.domain or dict.fromkeys(names, (-3.0, 3.0))
    chosen = read_box(names, box)
    if len(chosen) < len(names):
        raise ValueError(f"box= names {', '.join(chosen)}; the coordinates are {', '.join(names)}.")
    return list(chosen.values())


def fixed_points(
    landscape: Landscape,
    *,
    beta: float | None = None,
    box: Mapping[str, tuple[float, float]] | None = None,
) -> tuple[Equilibrium, ...]:
    """Find the points where the drift vanishes, by Newton's method from a lattice of starts.

        b(x) = 0,      stability from the eigenvalues of db/dx

    Parameters
    ----------
    landscape
        With up to three coordinates.
    beta
        Inverse temperature of the drift, where it depends on it.
    box
        Coordinate -> (low, high), the region of the search; default: the landscape's domain, or
        (-3, 3).

    Returns
    -------
    tuple of Equilibrium
        In the order of their coordinates.  A search from finitely many points can miss one.

    Raises
    ------
    ValueError
        More than three coordinates, or a wrong box.

    Examples
    --------
    >>> from driftscape import landscapes
    >>> for point in fixed_points(landscapes.quartic_well()):
    ...     print(point)
    stable node at (-1), eigenvalues -2+0i
    unstable node at (0), eigenvalues 1+0i
    stable node at (1), eigenvalues -2+0i
    """
    check_landscape(landscape)
    from scipy.optimize import root

    if landscape.dim not in _SEEDS:
        raise ValueError(
            f"{landscape.name} has {landscape.dim} coordinates; a lattice of starting points is "
            "meant for up to 3."
        )
    flow, pairs = DriftFlow(landscape, beta), search_box(landscape, box)
    axes = [np.linspace(low, high, _SEEDS[landscape.dim]) for low, high in pairs]
    found: list[Float] = []
    with np.errstate(all="ignore"):
        for seed in itertools.product(*axes):
            solved = root(flow, np.array(seed), jac=flow.jacobian, tol=1e-13)
            x = np.where(np.abs(solved.x) < 1e-12, 0.0, solved.x)
            scale = 1 + np.abs(flow.jacobian(x)).max()
            if not np.isfinite(x).all() or np.abs(flow(x)).max() > 1e-9 * scale:
                continue
            inside = all(a <= v <= b for v, (a, b) in zip(x, pairs, strict=True))
            if inside and not any(
                np.abs(x - y).max() < _SAME_POINT * (1 + np.abs(x).max()) for y in found
            ):
                found.append(x)
    found.sort(key=lambda x: np.round(x, 9).tolist())
    return tuple(_classified(flow, x) for x in found)


def _classified(flow: DriftFlow, x: Float) -> Equilibrium:
    """Name the kind of a fixed point by the eigenvalues of the Jacobian."""
    values = np.linalg.eigvals(flow.jacobian(x)).astype(complex)
    values = values[np.lexsort((values.imag, values.real))]
    scale = np.abs(values).max()
    flat = np.abs(values.real) <= _ZERO_RATE * scale
    turning = np.abs(values.imag) > _ZERO_RATE * scale
    if scale == 0 or (flat & ~turning).any():
        kind = "degenerate"
    elif flat.any():
        kind = "weak focus"
    elif (values.real > 0).any() and (values.real < 0).any():
        kind = "saddle"
    else:
        kind = ("unstable " if values.real[0] > 0 else "stable ") + (
            "focus" if turning.any() else "node"
        )
    return Equilibrium(x, values, kind)
