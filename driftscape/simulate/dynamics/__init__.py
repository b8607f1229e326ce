"""Dynamics: each turns a landscape into a `Step` in a few lines that read as its update rule.

gd              gradient descent
sgd             stochastic gradient descent, the discrete map
gradient_flow   the noiseless flow of the drift
ito             the Ito SDE
stratonovich    the Stratonovich SDE
isothermal      the isothermal (Haenggi-Klimontovich) SDE
atype           the A-type SDE, which keeps exp(-beta Phi)
underdamped     Langevin dynamics with momentum
sde             what the interpretations share
schemes         how a step is made, and of what order
updates         the update rules of the schemes
noise_class     how the noise factor depends on the state
interpretation  drifts of every interpretation
driving         what drives an SDE
rgd             gradient descent in the diffusion metric I + epsilon D
geodesic        the second-order equation of that metric
natural_gradient  descent in the Fisher metric of a likelihood
refined         several step sizes under one Brownian path
gdc             gradient descent on the loss corrected by trace C
"""

from typing import Any

from .base import Dynamics
from .gd import GD
from .gdc import GDC
from .gradient_flow import GradientFlow
from .metric.geodesic import Geodesic
from .metric.natural_gradient import NaturalGradient, NaturalGradientFlow
from .metric.rgd import RGD, RGDFlow
from .refined import Refined
from .sde.atype import AType
from .sde.isothermal import Isothermal
from .sde.ito import Ito
from .sde.stratonovich import Stratonovich
from .sgd import SGD
from .underdamped import Underdamped

#: every dynamics by name
DYNAMICS: dict[str, type[Dynamics]] = {d.__name__: d for d in (GD, SGD, GradientFlow, Ito)}
DYNAMICS |= {d.__name__: d for d in (Stratonovich, Isothermal, AType, Underdamped)}
DYNAMICS |= {d.__name__: d for d in (RGD, RGDFlow, Geodesic)}
DYNAMICS |= {d.__name__: d for d in (NaturalGradient, NaturalGradientFlow, GDC, Refined)}


def dynamics_from_dict(data: dict[str, Any]) -> Dynamics:
    """Rebuild a dynamics from `Dynamics.to_dict`."""
    numbers = dict(data)
    name = numbers.pop("name", None)
    if name not in DYNAMICS:
        raise ValueError(f"no dynamics {name!r}; known: {', '.join(DYNAMICS)}.")
    inner = {k: dynamics_from_dict(v) for k, v in numbers.items() if isinstance(v, dict)}
    return DYNAMICS[name](**(numbers | inner))


__all__ = [
    "AType",
    "DYNAMICS",
    "Isothermal",
    "Stratonovich",
    "Underdamped",
    "GD",
    "GDC",
    "RGD",
    "RGDFlow",
    "Geodesic",
    "NaturalGradient",
    "NaturalGradientFlow",
    "SGD",
    "Dynamics",
    "GradientFlow",
    "Ito",
    "dynamics_from_dict",
]
