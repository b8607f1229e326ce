"""What decides crossings inside steps: whether there are bridges, and one number a target."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from ...landscapes.landscape import Landscape
from ..backends.engine import make
from ..dynamics import Dynamics
from ..ensemble import Ensemble
from ..step import Step
from ..streams import stream_words


def bridge_margins(
    count: int, backend: Any, seed: int, numbers: Any, generator: str, generation: int = 0
) -> Any:
    """Draw 1/U for each target and trajectory, shape (count, trajectories): see `stopped`."""
    rows = [sp.Symbol(f"row.margin{i}", real=True) for i in range(count)]
    uniform = [sp.Symbol(f"noise.u{i}", real=True) for i in range(count)]
    draw = Step(
        tuple(rows), tuple(1 / u for u in uniform), count, noise=dict.fromkeys(uniform, "uniform")
    )
    words = stream_words(seed, numbers, "bridge", generation, generator)
    ensemble = Ensemble.fresh(draw, np.zeros((count, len(numbers))), words)
    make(backend.engine(draw, generator), ensemble, 1)
    return ensemble.state


def bridge_covariance(landscape: Landscape, dynamics: Dynamics, bridge: bool | None) -> Any:
    """Return the covariance that bridges need, or None where there are or shall be none.

    Raises
    ------
    ValueError, TypeError
        `bridge` is True where the dynamics has none, or no truth value.
    """
    if bridge is not None and not isinstance(bridge, bool):
        raise TypeError(f"bridge={bridge!r}; allowed: None, True or False.")
    if bridge is False:
        return None
    covariance = dynamics.bridge_covariance(landscape)
    if covariance is None and bridge:
        raise ValueError(
            f"bridge=True, but between two states of {dynamics} there is no Brownian bridge; "
            "leave bridge= out, or use an SDE driven by Gaussian noise (simulate.Ito)."
        )
    return covariance
