"""Metadata of arrays on a grid: labels; landscape, dynamics and box as JSON in an attribute."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

from ...labels import DENSITY, FLUX, NUMBER, RATE, TIME, Label, labelled
from ...landscapes import Landscape
from ...simulate.dynamics import Dynamics
from ...simulate.provenance import ATTRIBUTE, FORMAT
from .grid import Grid

if TYPE_CHECKING:
    import xarray as xr


_EQUATIONS = {
    "fokker_planck": "d rho/dt = -div(b rho) + (1/beta) sum_ij d_i d_j (D_ij rho)",
    "transfer_operator": "rho' = K rho, the law of theta - eta mean_k grad l(theta; x_k)",
}
LABELS = {
    "current": Label("probability current", FLUX, "J_i = b_i rho - (1/beta) sum_j d_j (D_ij rho)"),
    "mean_first_passage_time": Label(
        "mean first-passage time", TIME, "tau(x) = E[T | start at x], T the time to the target"
    ),
    "first_passage_variance": Label(
        "variance of the first-passage time", "units of time^2", "Var[T | start at x]"
    ),
    "committor": Label("committor", NUMBER, "q(x) = P(target before source | start at x)"),
    "survival": Label("survival probability", NUMBER, "P(T > t), T the time to the target"),
    "truncation": Label("truncation error"),
    "step_error": Label("density of the scheme minus that of the equation", DENSITY),
    "rate": Label("escape rate", RATE, "1/(mean first-passage time from this density)"),
    "rate_per_step": Label("escape probability per step", "per step"),
}


def described(
    array: xr.DataArray,
    command: Literal["fokker_planck", "transfer_operator"],
    landscape: Landscape,
    dynamics: Dynamics,
    grid: Grid,
    **more: object,
) -> xr.DataArray:
    """Return an array with its label and with the problem that it solves as attributes."""
    problem = {
        "format": FORMAT,
        "kind": command,
        "landscape": landscape.to_dict(),
        "dynamics": dynamics.to_dict(),
        "box": [list(ends) for ends in grid.box],
        **more,
    }
    density = Label("probability density", DENSITY, _EQUATIONS[command])
    array = labelled(array, {**LABELS, "density": density})
    return array.assign_attrs({ATTRIBUTE: json.dumps(problem)})
