r"""The step of a linear dynamics: x' = x - F x + f + noise, with a covariance quadratic in x.

              x           F                           f         noise
SGD           theta       R H                         -R G(0)   share R C(theta) R^T
heavy ball    theta, v    [[R H, -mu], [R H, 1-mu]]   R G, R G  the same in all four blocks
Euler         theta       -dt db/dtheta               dt b(0)   2 dt D(theta)/beta
continuum     theta       -db/dtheta                  b(0)      2 D(theta)/beta, per unit of time

R is the learning rate, a number or a matrix; `share` is 1/batch_size for rows or samples drawn
independently, (N - b)/((N - 1) b) for batches of distinct rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from ...landscapes.field import Field
from ...landscapes.formulas.evaluate import evaluate
from ...landscapes.formulas.language import exact, quoted
from ...landscapes.landscape import Landscape
from ...simulate.dynamics.base import Dynamics
from ...simulate.dynamics.sde.sde import SDE
from ...simulate.dynamics.sgd import SGD
from ...typing import Float
from ..one_step import drift_of

Monomial = tuple[sp.Symbol, ...]

_BLOCK = 4_000_000  # numbers in memory at once


@dataclass(frozen=True)
class LinearStep:
    """A linear step x' = x - F x + f + noise.

    Attributes
    ----------
    F, f
        Slope, shape (n, n), and constant part, shape (n,); n is dim, or 2 dim with momentum.
    covariance
        Covariance of the noise: points (k, n) -> shape (k, n, n).
    constant
        Whether the covariance is the same everywhere.
    map
        False where F, f and the covariance are per unit of time.
    dim
        Number of coordinates; the state holds them first, then their velocities.
    """

    F: Float
    f: Float
    covariance: Callable[[Float], Float]
    constant: bool
    map: bool
    dim: int

    def coupling(self, at: Float) -> Callable[[Float], Float]:
        """Return P: S -> quadratic part of the covariance, averaged over deviations with S.

        Along each principal axis of S the second difference of a quadratic is exact at any
        distance; the scale of the point loses least to rounding.
        """
        here = self.covariance(at[None])[0]
        reach = 1 + float(np.abs(at).max())

        def of(S: Float) -> Float:
            sizes, axes = np.linalg.eigh(S)
            ends = np.concatenate([at + reach * axes.T, at - reach * axes.T])
            plus, minus = np.split(self.covariance(ends), 2)
            part = ((plus + minus) / 2 - here) / reach**2
            return np.asarray(np.einsum("k,kij->ij", sizes, part))

        return of


def linear_step(landscape: Landscape, dynamics: Dynamics, continuum: bool) -> LinearStep:
    """Return the step of SGD or of an SDE; with `continuum` the equation per unit of time.

    Raises
    ------
    ValueError
        The drift is not linear, the covariance more than quadratic in the coordinates, or the
        dynamics is none of these.
    """
    if isinstance(dynamics, SGD):
        if continuum:
            raise ValueError("continuum=True is for an SDE; see SGD.as_sde().")
        return _sgd_step(landscape, dynamics.bound(landscape))
    field = drift_of(landscape, dynamics).field  # refuses any other dynamics
    assert isinstance(dynamics, SDE)
    if not continuum and dynamics.scheme != "euler-maruyama":
        raise ValueError(
            f"scheme={dynamics.scheme!r}: the moments of a step are known for 'euler-maruyama'; "
            "use that, or continuum=True for the equation itself."
        )
    h = 1.0 if continuum else float(dynamics.dt)
    slope, rest = _linear(landscape, field)
    diffusion, constant = _diffusion(landscape)
    scale = 2 * h / float(dynamics.beta)
    return LinearStep(
        -h * slope, h * rest, lambda x: scale * diffusion(x), constant, not continuum, landscape.dim
    )


def _sgd_step(landscape: Landscape, sgd: SGD) -> LinearStep:
    share = noise_share(landscape, sgd)
    d, mu, one = landscape.dim, float(sgd.momentum), np.eye(landscape.dim)
    if isinstance(sgd.learning_rate, str):
        raise ValueError(
            f"learning_rate={sgd.learning_rate!r} changes with the step: there is no steady state; "
            "give a number or a matrix."
        )
    rate = np.array(sgd.learning_rate, dtype=float)
    rate = rate * one if rate.ndim == 0 else rate
    if rate.shape != (d, d):
        raise ValueError(
            f"learning_rate is {rate.shape}, and {landscape.name} has {d} coordinates."
        )
    slope, rest = _linear(landscape, landscape.drift())
    diffusion, constant = _diffusion(landscape)
    F, f = -rate @ slope, rate @ rest
    look = mu if sgd.nesterov else 0.0  # the gradient is taken at theta + look v

    def kick(theta: Float) -> Float:
        return np.asarray(share * rate @ diffusion(theta) @ rate.T)

    def both(x: Float) -> Float:
        once = kick(x[:, :d] + look * x[:, d:])
        return np.block([[once, once], [once, once]])

    if not mu:
        return LinearStep(F, f, kick, constant, True, d)
    F = np.block([[F, look * F - mu * one], [F, look * F + (1 - mu) * one]])
    return LinearStep(F, np.concatenate([f, f]), both, constant, True, d)


def noise_share(landscape: Landscape, sgd: SGD) -> float:
    """Return the covariance of a batch's mean gradient in units of C.

    Raises
    ------
    ValueError
        Batches depend on each other, or each trajectory has a training set of its own.
    """
    b, size = sgd.batch, sgd.train_size
    if sgd.sampling == "fresh" or (landscape.data is not None and sgd.sampling == "iid"):
        return float(1 / b)
    if landscape.data is None:
        raise ValueError(
            f"{sgd!r} draws a training set for each trajectory, which has its own steady state; "
            "use sampling='fresh', or a landscape that is a data set."
        )
    if size is not None and (sgd.sampling == "without-replacement" or b == size):
        return float((size - b) / (max(size - 1, 1) * b))
    raise ValueError(
        f"sampling={sgd.sampling!r}: the batches of one epoch depend on each other; this is known "
        "for sampling='iid' and 'without-replacement'."
    )


def _linear(landscape: Landscape, drift: Field) -> tuple[Float, Float]:
    """Return the slope db/dx, shape (d, d), and b(0) of a linear drift."""
    d, origin = landscape.dim, np.zeros(landscape.dim)
    if landscape.kind == "loss" and drift.entries == landscape.drift().entries:
        _sample_slopes(landscape)
        return -np.atleast_2d(landscape.hessian(origin)), drift(origin)
    slope, rest = np.zeros((d, d)), np.zeros(d)
    number = {s: j for j, s in enumerate(landscape.symbols)}
    for i, entry in enumerate(_polynomials(drift)):
        if entry is None or any(len(monomial) > 1 for monomial in entry):
            raise ValueError(
                f"the drift is not linear on {landscape.name}, or not written so: its component "
                f"along {landscape.coordinates[i]} is {quoted(drift.entries[i])}."
            )
        for monomial, coefficient in entry.items():
            if monomial:
                slope[i, number[monomial[0]]] = float(coefficient)
            else:
                rest[i] = float(coefficient)
    return slope, rest


def _diffusion(landscape: Landscape) -> tuple[Callable[[Float], Float], bool]:
    """Return D as a function of points (n, d), and whether it is constant."""
    d = landscape.dim
    if landscape.kind == "loss":
        samples = set(landscape.sample_laws)
        constant = not any(
            e.free_symbols & samples for row in _sample_slopes(landscape) for e in row
        )
        if landscape.data is not None:
            return lambda points: _row_covariance(landscape, points), constant
        return lambda points: landscape.diffusion(points), constant
    degrees = [
        max((len(m) for m in entry), default=0) if entry is not None else 3
        for entry in _polynomials(landscape.diffusion)
    ]
    if max(degrees) > 2:
        raise ValueError(
            f"the noise of {landscape.name} depends on the coordinates by more than a quadratic D, "
            "so that its moments do not close; linear_law is exact for constant and quadratic D."
        )
    return lambda points: landscape.diffusion(points).reshape(-1, d, d), max(degrees) == 0


def _sample_slopes(landscape: Landscape) -> list[list[sp.Expr]]:
    """Return the Hessian at one sample, as formulas of the sample; refuse one that varies."""
    number = {s: j for j, s in enumerate(landscape.symbols)}
    rows = []
    for entry in _polynomials(landscape.sample_gradient):
        if entry is None or any(len(monomial) > 1 for monomial in entry):
            raise ValueError(
                f"the drift is not linear on {landscape.name}, or not at every sample: linear_law "
                "is exact for a loss that is quadratic in the coordinates, whatever multiplies it."
            )
        row = [sp.S.Zero] * landscape.dim
        for monomial, coefficient in entry.items():
            if monomial:
                row[number[monomial[0]]] = coefficient
        rows.append(row)
    return rows


def _polynomials(field: Field) -> list[dict[Monomial, sp.Expr] | None]:
    """Return each entry as monomial -> coefficient; None for an entry that is no polynomial."""
    back = {s: e for s, e in field.assignments}
    entries = list(field.entries)
    for symbol in reversed(list(back)):
        entries = [e.xreplace({symbol: back[symbol]}) for e in entries]
    values = {s: exact(v) for s, v in field.parameters.items()}
    return [_polynomial(e.xreplace(values), set(field.symbols)) for e in entries]


def _polynomial(entry: sp.Expr, symbols: set[sp.Symbol]) -> dict[Monomial, sp.Expr] | None:
    terms: dict[Monomial, list[sp.Expr]] = {}
    for term in sp.Add.make_args(sp.expand(entry)):
        monomial: list[sp.Symbol] = []
        rest: list[sp.Expr] = []
        for factor in sp.Mul.make_args(term):
            base, power = factor.as_base_exp()
            if base in symbols and power.is_Integer and power > 0:
                monomial += [base] * int(power)
            elif factor.free_symbols & symbols:
                return None
            else:
                rest.append(factor)
        key = tuple(sorted(monomial, key=str))
        terms.setdefault(key, []).append(sp.Mul(*rest))
    sums = {key: sp.Add(*parts) for key, parts in terms.items()}
    return {key: value for key, value in sums.items() if value != 0}


def _row_covariance(landscape: Landscape, points: Float) -> Float:
    """Return the covariance of the gradient over the rows at points (n, d), without formulas."""
    field = landscape.sample_gradient
    columns = dict(zip(landscape.sample_laws, landscape.tables.values(), strict=True))
    rows = len(next(iter(columns.values())))
    values: dict[sp.Basic, Any] = {s: float(v) for s, v in field.parameters.items()}
    values |= {x: column[:, None] for x, column in columns.items()}
    out = np.empty((len(points), landscape.dim, landscape.dim))
    size = max(1, _BLOCK // (rows * landscape.dim))
    for first in range(0, len(points), size):
        some = points[first : first + size]
        at: Mapping[sp.Basic, Any] = values | {s: some[:, i] for i, s in enumerate(field.symbols)}
        parts = evaluate(field.entries, at, field.assignments)
        g = np.stack([np.broadcast_to(p, (rows, len(some))) for p in parts], axis=-1)
        g = g - g.mean(axis=0)
        out[first : first + size] = np.einsum("rni,rnj->nij", g, g) / rows
    return out
