"""Dynamics: each turns a landscape into a `Step` in a few lines that read as its update rule.

gd              gradient descent
sgd             stochastic gradient descent, the discrete map
gradient_flow   the noiseless flow of the drift
ito             the Ito SDE
"""

from typing import Any

from .base import Dynamics
from .gd import GD
from .gradient_flow import GradientFlow
from .ito import Ito
from .sgd import SGD

#: every dynamics by name
DYNAMICS: dict[str, type[Dynamics]] = {d.__name__: d for d in (GD, SGD, GradientFlow, Ito)}


def dynamics_from_dict(data: dict[str, Any]) -> Dynamics:
    """Rebuild a dynamics from `Dynamics.to_dict`."""
    numbers = dict(data)
    name = numbers.pop("name", None)
    if name not in DYNAMICS:
        raise ValueError(f"no dynamics {name!r}; known: {', '.join(DYNAMICS)}.")
    return DYNAMICS[name](**numbers)


__all__ = ["DYNAMICS", "GD", "SGD", "Dynamics", "GradientFlow", "Ito", "dynamics_from_dict"]
