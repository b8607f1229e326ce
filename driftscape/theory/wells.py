"""Regions in which a steady state may have its mass: all of them, if bounds can show it.

If the steady state is exp(-beta Phi), its integrals over cells of space are known
(`landscapes.integration.cubature`).  Otherwise all maxima of the density are sought, the zeros of
grad log rho:

    b - D'/beta   in one dimension (b of the Ito equation)
    grad Phi      for a potential, nearly

and elsewhere, as far as currents are small, near those of the drift b.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from ..landscapes.field import Field
from ..landscapes.formulas.calculus import derivative
from ..landscapes.formulas.evaluate import evaluate
from ..landscapes.formulas.language import exact
from ..landscapes.integration.cells import FAR
from ..landscapes.integration.cubature import integrate
from ..landscapes.integration.rewriting import slopes
from ..landscapes.integration.zeros import zeros
from ..landscapes.landscape import Landscape
from ..typing import Bools, Float

_INTEGRATED = 2  # coordinates up to which a potential is integrated
_FLAT = 1e-6  # a growth rate below this share of the largest slope counts as none
_EMPTY_HEIGHT = 40.0  # a well so much above the height of the tail mass is empty at any width
_CORNERS = (sp.Abs, sp.sign, sp.Min, sp.Max, sp.Piecewise)


@dataclass(frozen=True)
class Wells:
    """Boxes that contain the mass, or the maxima, of a density.

    Attributes
    ----------
    low, high
        Their ends, shape (n, dim).
    complete
        Whether it is certain that there are no others.
    whole
        Whether they contain all the mass, and not only the maxima of the density.
    """

    low: Float
    high: Float
    complete: bool
    whole: bool = False


def wells(
    landscape: Landscape,
    drift: Field,
    beta: float,
    *,
    box: Mapping[int, tuple[float, float]] | None = None,
    tail: float = 1e-8,
) -> Wells:
    """Return the regions with mass in all of space, or inside a box.

    Parameters
    ----------
    landscape
        Its diffusion matrix, and its potential if it has one.
    drift
        Field b of the Ito equation.
    beta
        Inverse temperature.
    box
        Axis -> (low, high) for the axes that are bounded.
    tail
        Mass that may be left out: wells of a potential with far less mass are omitted.

    Examples
    --------
    >>> from driftscape.landscapes import Landscape
    >>> far = Landscape.from_potential("min((x - 40)**2, (x + 3)**2)", coordinates="x")
    >>> found = wells(far, far.drift(), 1.0)
    >>> found.complete, round(found.low.min()), round(found.high.max())
    (True, -7, 44)
    """
    symbols, D = list(landscape.symbols), landscape.diffusion
    values = {s: exact(v) for s, v in {**drift.parameters, **D.parameters}.items()}
    ends = [(box or {}).get(axis, (-FAR, FAR)) for axis in range(landscape.dim)]
    even = not D.matrix.free_symbols & set(symbols)
    phi = None
    if landscape.kind == "potential" and (even or landscape.dim > 1):
        phi = landscape.potential.expression.xreplace(values)
        if even and landscape.dim <= _INTEGRATED:
            return _massive(phi, symbols, float(beta), ends, tail)
        field: list[Any] = [slopes(phi, x) for x in symbols]
        slope = [-derivative(phi, x) for x in symbols]
        tables: Mapping[Any, Any] = {}
    elif drift.assignments or D.assignments:
        return _unknown(landscape.dim)
    else:
        slope = [e.xreplace(values) for e in drift.entries]
        tables = {**drift.tables, **D.tables}
        if landscape.dim == 1:
            spread = derivative(D.entries[0], symbols[0]).xreplace(values)
            slope = [slope[0] - spread / exact(float(beta))]
        field = slope
    try:
        found = zeros(field, symbols, box=ends, tables=tables)
    except TypeError:  # a function without bounds
        return _unknown(landscape.dim)
    if not len(found.low):
        return Wells(found.low, found.high, found.complete)
    keep = np.ones(len(found.low), bool)
    middle = found.low / 2 + found.high / 2
    if not any(sp.sympify(e).has(*_CORNERS) for e in slope):
        keep &= _may_be_stable(slope, symbols, middle, tables)
    if phi is not None and even:
        with np.errstate(all="ignore"):
            heights = float(beta) * landscape.potential(middle)
        keep &= ~(heights - np.nanmin(heights) > _EMPTY_HEIGHT - np.log(tail))
    return Wells(found.low[keep], found.high[keep], found.complete)


def _unknown(dim: int) -> Wells:
    return Wells(np.zeros((0, dim)), np.zeros((0, dim)), False)


def _massive(
    phi: sp.Expr,
    symbols: list[sp.Symbol],
    beta: float,
    ends: Sequence[tuple[float, float]],
    tail: float,
) -> Wells:
    """Return cells that contain all but a tenth of the tail mass of exp(-beta Phi)."""
    found = integrate(-exact(beta) * phi, [], symbols, box=ends, tolerance=tail)
    order = np.argsort(-found.mass)
    kept = order[: np.searchsorted(np.cumsum(found.mass[order]), 1 - 0.1 * tail) + 1]
    complete = bool(found.doubt[0] < tail and not found.endless.any())
    return Wells(found.low[kept], found.high[kept], complete, whole=True)


def _may_be_stable(
    slope: list[sp.Expr], symbols: list[sp.Symbol], points: Float, tables: Mapping[Any, Any]
) -> Bools:
    """Return for each point whether it may be stable: false where the flow surely leaves it."""
    n, d = points.shape
    columns = {s: points[:, i] for i, s in enumerate(symbols)}
    with np.errstate(all="ignore"):
        entries = evaluate([derivative(e, s) for e in slope for s in symbols], columns, (), tables)
    jacobians = np.stack([np.broadcast_to(e, n) for e in entries], axis=-1).reshape(n, d, d)
    known = np.isfinite(jacobians).all(axis=(1, 2))
    growth = np.linalg.eigvals(np.where(known[:, None, None], jacobians, 0.0)).real.max(axis=1)
    scale = np.abs(np.where(known[:, None, None], jacobians, 0.0)).max(axis=(1, 2), initial=0.0)
    return np.asarray(growth <= _FLAT * scale)
