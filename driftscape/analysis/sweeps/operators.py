"""An operator is of one landscape and dynamics: it serves a sweep only where all points agree."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ...simulate.provenance import descriptions
from ...theory import FokkerPlanck, TransferOperator
from .points import is_dataset, swept_dimensions

if TYPE_CHECKING:
    import xarray as xr

_DISCRETE = ("dt", "scheme")  # the Fokker-Planck equation does not know them


def check_operators(function: str, arguments: Iterable[object]) -> None:
    """Refuse an operator beside a sweep over landscapes or dynamics that are not all its own.

    Raises
    ------
    ValueError
        The sweep has points of other equations.
    """
    given = list(arguments)
    for operator in given:
        if not isinstance(operator, (FokkerPlanck, TransferOperator)):
            continue
        left_out = _DISCRETE if isinstance(operator, FokkerPlanck) else ()
        for sweep in filter(is_dataset, given):
            names = swept_dimensions(sweep)
            if names and len(_problems(sweep, left_out)) > 1:
                raise ValueError(
                    f"the points of a sweep over {', '.join(names)} have several landscapes or "
                    f"dynamics, and an operator is of one; give each point its own: "
                    f"analysis.at_every_point(lambda point: analysis.{function}(point, operator), "
                    "sweep), with the operator of simulate.landscape_of(point) and "
                    "simulate.dynamics_of(point)."
                )


def _problems(sweep: xr.Dataset, left_out: tuple[str, ...]) -> set[str]:
    """Return the landscapes and dynamics of the points, as JSON."""
    found: set[str] = set()
    for description in descriptions(sweep)[1]:
        dynamics: dict[str, Any] = dict(description.get("dynamics", {}))
        kept = {name: value for name, value in dynamics.items() if name not in left_out}
        found.add(json.dumps([description["landscape"], kept], sort_keys=True))
    return found
