"""Metadata of arrays on a grid: landscape, dynamics and box, as JSON in an attribute."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

from ...landscapes import Landscape
from ...simulate.dynamics import Dynamics
from ...simulate.provenance import ATTRIBUTE, FORMAT
from .grid import Grid

if TYPE_CHECKING:
    import xarray as xr


def described(
    array: xr.DataArray,
    unit: str,
    command: Literal["fokker_planck", "transfer_operator"],
    landscape: Landscape,
    dynamics: Dynamics,
    grid: Grid,
    **more: object,
) -> xr.DataArray:
    """Return an array with its unit and with the problem that it solves as attributes."""
    problem = {
        "format": FORMAT,
        "kind": command,
        "landscape": landscape.to_dict(),
        "dynamics": dynamics.to_dict(),
        "box": [list(ends) for ends in grid.box],
        **more,
    }
    units = {"units": unit} if unit else {}
    return array.assign_attrs({ATTRIBUTE: json.dumps(problem)} | units)
