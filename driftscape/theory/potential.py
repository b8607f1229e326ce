r"""The potential of a steady state, Phi = -log(rho_ss)/beta, and the decomposition of the drift.

    b = -D grad Phi + div D/beta + j,        j = J/rho_ss,    div J = 0      (Ito)

Phi is not the loss: where D depends on the state, or a current flows, its minima lie elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ..labels import RATE, Label, labelled
from ..typing import Float
from .fixed_points import fixed_points
from .operators.fokker_planck.operator import FokkerPlanck
from .operators.given import check_fokker_planck, check_operator
from .operators.operator import Operator
from .theory import Theory

if TYPE_CHECKING:
    import xarray as xr

_LABELS = {
    "drift": Label("drift", RATE, "b"),
    "gradient": Label("drift down the potential", RATE, "-D grad Phi"),
    "spurious": Label("noise-induced drift", RATE, "div D/beta"),
    "circulation": Label("velocity of the current", RATE, "j = J/rho_ss"),
}
_EMPTY = 1e-12  # of the largest density: the logarithm of a smaller one is rounding


def potential(operator: Operator) -> xr.DataArray:
    """Return Phi on the grid of an operator, 0 at its lowest point.

    Parameters
    ----------
    operator
        `theory.fokker_planck(...)` or `theory.transfer_operator(...)`.

    Returns
    -------
    xarray.DataArray
        Over the coordinates; NaN where the density is below rounding.

    Raises
    ------
    NoSteadyState, BoxTooSmall
        (ValueErrors) As `operator.steady_state()`.

    Examples
    --------
    >>> from driftscape import landscapes, theory
    >>> fp = theory.fokker_planck(landscapes.double_well(rotation=1.5), beta=1, shape=128)
    >>> phi = theory.potential(fp)  # Phi = (x1^2 - 1)^2/4 + x2^2/2
    >>> round(float(phi.interp(x1=0, x2=0) - phi.interp(x1=1, x2=0)), 2)
    0.25
    """
    check_operator(operator)
    rho = operator.steady_state()
    kept = rho.where(rho > _EMPTY * float(rho.max()))
    phi = kept.copy(data=-np.log(kept.values) / operator.beta)
    phi = phi - float(phi.min())
    formula = "Phi = -log(rho_ss)/beta, 0 at its lowest point"
    label = Label("potential of the steady state", formula=formula)
    known = {name: value for name, value in rho.attrs.items() if name not in Label._fields}
    phi = phi.rename("potential")
    phi.attrs = known | label.attributes
    return phi


def decompose(operator: FokkerPlanck) -> xr.Dataset:
    """Split the drift on the grid: b = gradient + spurious + circulation.

    Parameters
    ----------
    operator
        `theory.fokker_planck(...)`.

    Returns
    -------
    xarray.Dataset
        Over `coordinate` and the grid: `drift` b of the Ito equation, `gradient` -D grad Phi,
        `spurious` div D/beta, and `circulation` j = J/rho_ss from the current.  They add up to
        within the grid's error; NaN where the density is below rounding.

    Raises
    ------
    NoSteadyState
        (a ValueError) As `operator.steady_state()`.

    Examples
    --------
    >>> from driftscape import landscapes, theory
    >>> fp = theory.fokker_planck(landscapes.double_well(rotation=1.5), beta=1, shape=96)
    >>> parts = theory.decompose(fp).sel(x1=1, x2=0, method="nearest")
    >>> whole = parts.gradient + parts.spurious + parts.circulation
    >>> bool(abs(whole - parts.drift).max() < 0.02)
    True
    """
    check_fokker_planck(operator)
    import xarray as xr

    phi, rho, grid = potential(operator), operator.steady_state(), operator.grid
    names, shape = list(grid.names), tuple(grid.shape)
    coefficients, beta = operator.equation.generator.coefficients, operator.beta
    D = coefficients.diffusion(grid.points)
    slopes = np.stack(
        [phi.transpose(*names).differentiate(name).values.ravel() for name in names], axis=-1
    )
    spread = np.zeros_like(slopes)  # by differences: D may be a quadrature
    for j, axis in enumerate(grid.axes):
        column = D[:, :, j].T.reshape(len(names), *shape)
        spread += np.stack(
            [np.gradient(c, axis, axis=j, edge_order=2).ravel() for c in column], axis=-1
        )
    flow = (operator.current() / rho).where(~np.isnan(phi))

    def wrapped(values: Float) -> tuple[tuple[str, ...], Float]:
        array = values.T.reshape(len(names), *shape)
        return (("coordinate", *names), np.where(np.isnan(phi.transpose(*names)), np.nan, array))

    coords = {name: rho[name] for name in names} | {"coordinate": names}
    parts = xr.Dataset(
        {
            "drift": wrapped(coefficients.drift(grid.points)),
            "gradient": wrapped(-np.einsum("nij,nj->ni", D, slopes)),
            "spurious": wrapped(spread / beta),
            "circulation": (("coordinate", *names), flow.transpose("coordinate", *names).values),
        },
        coords,
    )
    return labelled(parts.transpose("coordinate", *reversed(names)), _LABELS)


@dataclass(frozen=True)
class MinimumShift:
    """A stable fixed point of the drift, and the minimum of the steady state's potential near it.

        b(loss) = 0,        grad Phi(potential) = 0,    Phi = -log(rho_ss)/beta

    Attributes
    ----------
    loss
        The fixed point of the noiseless drift, shape (d,).
    potential
        The minimum of Phi near it, one `Theory` for each coordinate, with the grid's error.
    """

    loss: Float
    potential: tuple[Theory, ...]

    def __str__(self) -> str:
        here = ", ".join(f"{x:.6g}" for x in self.loss)
        there = ", ".join(f"{t.value:.6g} ± {t.truncation:.1g}" for t in self.potential)
        return f"({here}) -> ({there})"


def minimum_shifts(operator: FokkerPlanck) -> tuple[MinimumShift, ...]:
    """Return the displacements of the minima of Phi from the fixed points of the noiseless drift.

    Parameters
    ----------
    operator
        `theory.fokker_planck(...)` of one or two coordinates.

    Returns
    -------
    tuple of MinimumShift
        One for each stable fixed point of the drift: the minimum of Phi downhill from it.

    Raises
    ------
    NoSteadyState
        (a ValueError) As `operator.steady_state()`.
    ValueError
        As `theory.fixed_points`.

    Examples
    --------
    >>> from driftscape import theory
    >>> from driftscape.landscapes import Landscape
    >>> uneven = Landscape.from_drift("-x", coordinates="x", diffusion="1 + x/2 + x**2/4")
    >>> (shift,) = theory.minimum_shifts(theory.fokker_planck(uneven, beta=3))
    >>> print(round(shift.potential[0].value, 4))  # -1/(2 beta + 1)
    -0.1429
    """
    check_fokker_planck(operator)
    landscape, grid = operator.landscape, operator.grid
    box = dict(zip(grid.names, grid.box, strict=True))
    shifts = []
    for point in fixed_points(landscape, beta=operator.beta, box=box):
        if not point.kind.startswith("stable"):
            continue
        start = _lowest_cell(potential(operator), list(grid.names), point.at)
        found = operator.extrapolate(partial(_minimum_near, start))
        values, errors = np.atleast_1d(found.value), np.atleast_1d(found.truncation)
        shifts.append(
            MinimumShift(
                point.at,
                tuple(
                    Theory(float(v), truncation=float(e), regime="Fokker-Planck on a grid")
                    for v, e in zip(values, errors, strict=True)
                ),
            )
        )
    return tuple(shifts)


def _minimum_near(start: Float, operator: FokkerPlanck) -> Float:
    return _vertex(potential(operator), list(operator.grid.names), start)


def _lowest_cell(phi: xr.DataArray, names: list[str], near: Float) -> Float:
    """Walk down the grid from a point to a local minimum."""
    values = phi.transpose(*names).values
    axes = [phi[n].values for n in names]
    at = tuple(int(np.abs(a - x).argmin()) for a, x in zip(axes, near, strict=True))
    while True:
        window = tuple(slice(max(0, i - 1), i + 2) for i in at)
        best = np.unravel_index(np.nanargmin(values[window]), values[window].shape)
        there = tuple(int(w.start + b) for w, b in zip(window, best, strict=True))
        if there == at:
            return np.array([a[i] for a, i in zip(axes, at, strict=True)])
        at = there


def _vertex(phi: xr.DataArray, names: list[str], near: Float) -> Float:
    """Return the lowest point of a cubic fitted around a cell, by Newton's method."""
    d, half = len(names), 3
    axes = [phi[n].values for n in names]
    values = phi.transpose(*names).values
    at = [int(np.abs(a - x).argmin()) for a, x in zip(axes, near, strict=True)]
    window = tuple(slice(max(0, i - half), i + half + 1) for i in at)
    spacing = np.array([a[1] - a[0] for a in axes])
    mesh = np.meshgrid(*(a[w] for a, w in zip(axes, window, strict=True)), indexing="ij")
    z = np.stack([(m - x) / h for m, x, h in zip(mesh, near, spacing, strict=True)], -1)
    z, y = z.reshape(-1, d), values[window].ravel()
    powers = [p for p in np.ndindex(*([5] * d)) if sum(p) <= 4]
    design = np.stack([np.prod(z ** np.array(p), axis=1) for p in powers], axis=1)
    good = np.isfinite(y)
    weights = np.linalg.lstsq(design[good], y[good], rcond=None)[0]
    x = np.zeros(d)
    for _ in range(20):
        slope, bend = np.zeros(d), np.zeros((d, d))
        for weight, power in zip(weights, powers, strict=True):
            for i in range(d):
                slope[i] += weight * _term(x, power, (i,))
                for j in range(d):
                    bend[i, j] += weight * _term(x, power, (i, j))
        x = x - np.linalg.solve(bend, slope)
    return np.asarray(near + x * spacing)


def _term(x: Float, power: tuple[int, ...], by: tuple[int, ...]) -> float:
    """Return a derivative of a monomial."""
    exponents, factor = list(power), 1.0
    for axis in by:
        factor *= exponents[axis]
        exponents[axis] -= 1
        if factor == 0:
            return 0.0
    return factor * float(np.prod(x ** np.array(exponents)))
