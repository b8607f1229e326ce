r"""Circulation of the stationary current in the plane: its centre, its flux, its ridge.

    J = (dS/dy, -dS/dx),        S = 0 on the boundary

The stream function S at a point is the probability that circulates around it per unit of time,
anticlockwise: the mean number of turns about that point per unit of time, along any path.
The centre of a circulation is an extremum of S; the ridge the closed curve along which |J| is
largest on the rays from it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ....labels import FLUX, Label, labelled
from ...theory import Theory
from .equation import GridEquation
from .refinement import extrapolate
from .stream import Stream

if TYPE_CHECKING:
    import xarray as xr


_RAYS = 128  # from the centre, on which the ridge is sought
_ROUNDING = 1e-9  # of the drift's flux: error of the current in equilibrium
_SIGNIFICANT = 4.0  # truncations, above which a flux is not zero


@dataclass(frozen=True)
class Circulation:
    """A stationary current that circulates around a point of the plane.

        J = (dS/dy, -dS/dx),    grad S = 0 at the centre,    flux = S there,    period = 1/|flux|

    Attributes
    ----------
    centre
        The point, one `Theory` for each coordinate.
    flux
        Probability per unit of time that circulates around it, positive anticlockwise: the mean
        number of turns, `Theory`.
    period
        Mean time of a turn, 1/|flux|.
    ridge
        Points of the closed curve on which |J| is largest, xarray.DataArray (angle, coordinate),
        with `radius`, its error `truncation` and the `current` |J| along it.
    """

    centre: tuple[Theory, ...]
    flux: Theory
    period: Theory
    ridge: xr.DataArray

    def __str__(self) -> str:
        position = ", ".join(
            f"{name} = {round(theory.value, 6) + 0.0:.4g}"
            for name, theory in zip(self.ridge.coordinate.values, self.centre, strict=True)
        )
        sense = "anticlockwise" if self.flux.value > 0 else "clockwise"
        return f"{sense} about {position}: a turn in {self.period}"


_LABELS = {
    "ridge": Label("where |J| is largest on rays from the centre of the circulation"),
    "angle": Label("angle of the ray", "radians"),
    "radius": Label("distance from the centre"),
    "truncation": Label("truncation error of the distance"),
    "current": Label("size of the probability current", FLUX, "|J|"),
}


def circulation_of(equation: GridEquation) -> Circulation:
    """Find the strongest circulation of the stationary current; see `FokkerPlanck.circulation`."""
    import xarray as xr

    names, grid = equation.grid.names, equation.grid
    if grid.dim != 2:
        raise ValueError(
            f"{equation.landscape.name} has {grid.dim} coordinates; a circulation is defined "
            "in the plane."
        )
    if any(grid.periodic):
        raise ValueError(
            "a side of the box is periodic: a current that leaves on one side returns on the "
            "other, and circulates around no point of the plane."
        )
    finest = _stream(equation)
    near = finest.extremum()
    centre = extrapolate(equation, lambda level: _stream(level).extremum(near))
    position = np.asarray(centre.value, dtype=float)
    flux = replace(
        extrapolate(equation, lambda level: float(_stream(level)(position))).theory(),
        unit="turns per unit of time",
    )
    _check(equation, flux)
    angles = np.linspace(0, 2 * np.pi, _RAYS, endpoint=False)
    radius = extrapolate(equation, lambda level: _stream(level).ridge(position, angles))
    distance = np.asarray(radius.value, dtype=float)
    directions = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    points = position + distance[:, None] * directions
    along = {
        "radius": distance, "truncation": radius.truncation,
        "current": np.linalg.norm(finest.current(points), axis=-1),
    }  # fmt: skip
    ridge = xr.DataArray(
        points,
        {"angle": angles, "coordinate": list(names)}
        | {name: ("angle", values) for name, values in along.items()},
        ("angle", "coordinate"),
        "ridge",
    )
    labelled(ridge, _LABELS)
    size = abs(flux.value)
    period = Theory(
        1 / size, truncation=flux.truncation / size**2, regime=flux.regime,
        source="1/(probability that circulates around the centre)", unit="units of time",
    )  # fmt: skip
    centres = tuple(
        Theory(float(x), truncation=float(e), regime="grid", source="extremum of S")
        for x, e in zip(position, centre.truncation, strict=True)
    )
    return Circulation(centres, flux, period, ridge)


def _stream(equation: GridEquation) -> Stream:
    return Stream(equation.generator, equation.steady_density)


def _check(equation: GridEquation, flux: Theory) -> None:
    """Refuse a flux that the error of the grid explains."""
    mass, points = equation.steady_mass, equation.grid.points
    speed = np.linalg.norm(equation.generator.coefficients.drift(points), axis=1)
    width = np.sqrt(mass @ ((points - mass @ points) ** 2).sum(axis=1))
    natural = float(mass @ speed / width)  # turns per unit of time if all of the drift rotated
    if abs(flux.value) <= max(_SIGNIFICANT * flux.truncation, _ROUNDING * natural):
        raise ValueError(
            f"no circulation: {flux.value:.2g} ± {flux.truncation:.2g} turns per unit of time are "
            f"zero to the grid's accuracy (a rotation of the whole drift would give "
            f"{natural:.2g}).  In detailed "
            "balance there is none; for a weak one take a larger shape=."
        )
