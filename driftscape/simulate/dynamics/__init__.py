"""Dynamics: each turns a landscape into a `Step` in a few lines that read as its update rule.

base              `Dynamics`
gd                gradient descent
sgd               stochastic gradient descent, the discrete map
learning_rate, training_set   arguments of SGD
gdc               gradient descent on the loss corrected by trace C
gradient_flow     the noiseless flow of the drift
underdamped       Langevin dynamics with momentum
sde/              the SDEs: interpretations, integration schemes, driving noises
metric/           descent in the diffusion metric I + epsilon D and in the Fisher metric
refined           several step sizes under one Brownian path
assignments, linear_solve, runge_kutta   assignments that several dynamics use
"""

from collections.abc import Mapping
from dataclasses import fields

from ...validate import check_mapping, shown
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
from .sde.sde import SDE
from .sde.stratonovich import Stratonovich
from .sgd import SGD
from .underdamped import Underdamped

#: every dynamics by the name of its class
DYNAMICS: dict[str, type[Dynamics]] = {
    dynamics.__name__: dynamics
    for dynamics in (
        GD, SGD, GradientFlow, Ito, Stratonovich, Isothermal, AType, Underdamped,
        RGD, RGDFlow, Geodesic, NaturalGradient, NaturalGradientFlow, GDC, Refined,
    )
}  # fmt: skip


def dynamics_from_dict(data: Mapping[str, object]) -> Dynamics:
    """Rebuild a dynamics from `Dynamics.to_dict`."""
    numbers = dict(check_mapping("dynamics", data, "what to_dict returned"))
    name = numbers.pop("name", None)
    if not isinstance(name, str) or name not in DYNAMICS:
        raise ValueError(f"no dynamics {shown(name)}; known: {', '.join(DYNAMICS)}.")
    unknown = set(numbers) - {field.name for field in fields(DYNAMICS[name])}
    if unknown:
        raise ValueError(f"{name} has no {', '.join(map(shown, unknown))}.")
    inner = {k: dynamics_from_dict(v) for k, v in numbers.items() if isinstance(v, dict)}
    return DYNAMICS[name](**(numbers | inner))


__all__ = [
    "DYNAMICS",
    "GD",
    "GDC",
    "RGD",
    "SDE",
    "SGD",
    "AType",
    "Dynamics",
    "Geodesic",
    "GradientFlow",
    "Isothermal",
    "Ito",
    "NaturalGradient",
    "NaturalGradientFlow",
    "RGDFlow",
    "Refined",
    "Stratonovich",
    "Underdamped",
    "dynamics_from_dict",
]
