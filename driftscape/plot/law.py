"""The law of one coordinate in a steady state, as a curve: a formula, an array, an operator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias, cast

import numpy as np

from ..landscapes import Landscape
from ..simulate import Dynamics
from ..theory.one_step import inverse_temperature
from ..theory.operators.fokker_planck.operator import FokkerPlanck
from ..theory.operators.transfer.operator import TransferOperator
from ..typing import Float
from ..validate import shown
from .series import named
from .under import box_of
from .words import value_of

if TYPE_CHECKING:
    import xarray as xr

#: a density: "gibbs", a function of the coordinate, an array over it, or an operator's steady state
LawLike: TypeAlias = (
    "str | Callable[[Float], Float] | xr.DataArray | FokkerPlanck | TransferOperator"
)
#: a density, or label -> density
LawsLike: TypeAlias = "LawLike | Mapping[str, LawLike]"

_FINE = 401
_POINTS = {1: 2001, 2: 601, 3: 121}  # number of coordinates -> grid points along each axis
_WIDER = 1.0  # how far the grid reaches beyond the picture at each end, in units of its width


def read_laws(
    given: LawsLike | None, landscape: Landscape, dynamics: Dynamics, name: str, x: Float
) -> list[tuple[str, Float, Float]]:
    """Return label, positions and density of each law.

    Parameters
    ----------
    given
        What is written as `LawsLike`.
    landscape, dynamics
        Those of the run beside which it is drawn.
    name
        The coordinate.
    x
        The range over which a function is drawn, (low, high).
    """
    if given is None:
        return []
    laws = named(given) or {"": given}
    return [_law(each, landscape, dynamics, name, x, label) for label, each in laws.items()]


def _law(
    given: object, landscape: Landscape, dynamics: Dynamics, name: str, x: Float, label: str
) -> tuple[str, Float, Float]:
    import xarray as xr

    if isinstance(given, (FokkerPlanck, TransferOperator)):
        text = label or f"{type(given).__name__}, steady state"
        return (text, *_marginal(given.steady_state(), name, x))
    if isinstance(given, xr.DataArray):
        return (label or "law", *_marginal(given, name, x))
    if isinstance(given, str) and given == "gibbs":
        beta = inverse_temperature(dynamics)
        if beta is None:
            raise ValueError(f"law='gibbs': {dynamics!r} has no temperature; give a function.")
        text = label or rf"$e^{{-\beta \Phi}}/Z$, {value_of('beta', float(beta))}"
        return (text, *_gibbs(landscape, float(beta), name, x))
    if callable(given) and not isinstance(given, type):
        fine = np.linspace(x[0], x[1], _FINE)
        values = np.asarray(cast("Callable[[Float], object]", given)(fine), dtype=float)
        return label or "law", fine, np.broadcast_to(values, fine.shape)
    raise TypeError(
        f"law={shown(given)}; give 'gibbs', a function of {name}, an xarray.DataArray over {name}, "
        "theory.fokker_planck(...) or theory.transfer_operator(...), or label -> one of these."
    )


def _marginal(density: xr.DataArray, name: str, x: Float) -> tuple[Float, Float]:
    """Integrate a density over the other coordinates."""
    if name not in density.dims:
        raise ValueError(
            f"law= is a density over {', '.join(map(str, density.dims))}, without {name}."
        )
    for other in [dim for dim in density.dims if dim != name]:
        density = density.integrate(str(other))
    ordered = density.sortby(name)
    at, values = ordered[name].values, ordered.values
    shown_part = (at >= x[0]) & (at <= x[1])
    return at[shown_part], values[shown_part]


def _gibbs(landscape: Landscape, beta: float, name: str, x: Float) -> tuple[Float, Float]:
    """Return the marginal of exp(-beta Phi)/Z, summed on a grid beyond the range."""
    if landscape.kind != "potential" or landscape.dim not in _POINTS:
        raise ValueError(
            f"law='gibbs' needs a potential of up to {max(_POINTS)} coordinates; {landscape.name} "
            f"is a {landscape.kind} landscape of {landscape.dim}: give theory.fokker_planck(...)."
        )
    span = {name: (float(x[0]), float(x[1]))}
    others = tuple(n for n in landscape.coordinates if n != name)
    if others:
        span |= box_of(landscape, others, _start(landscape, others))
    wide = {n: ((_WIDER + 1) * a - _WIDER * b, (_WIDER + 1) * b - _WIDER * a)
            for n, (a, b) in span.items()}  # fmt: skip
    axes = [np.linspace(*wide[n], _POINTS[landscape.dim]) for n in landscape.coordinates]
    mesh = np.stack(np.meshgrid(*axes, indexing="ij"), -1)
    with np.errstate(all="ignore"):
        phi = landscape.potential(mesh.reshape(-1, landscape.dim)).reshape(mesh.shape[:-1])
    weight = np.nan_to_num(np.exp(-beta * (phi - np.nanmin(phi))))
    place = landscape.coordinates.index(name)
    along, marginal = axes[place], np.moveaxis(weight, place, 0).reshape(len(axes[place]), -1)
    density = marginal.sum(axis=1) / (marginal.sum() * (along[1] - along[0]))
    kept = (along >= x[0]) & (along <= x[1])
    return along[kept], density[kept]


def _start(landscape: Landscape, names: tuple[str, ...]) -> Float:
    """Return the start of some coordinates, shape (1, names)."""
    start = dict(zip(landscape.coordinates, landscape.start, strict=True))
    return np.array([[float(start[name]) for name in names]])
