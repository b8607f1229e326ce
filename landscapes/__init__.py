"""Landscapes: what is descended.  SymPy only; nothing here knows of time.

landscape       `Landscape`: coordinates, parameters, what is given, every field derived from it
samples         `Normal`, `Uniform`, `Rademacher`, `Exponential`: laws of the samples of a loss
parse, write    text -> SymPy through a whitelist, and back
field           `Field`: a symbolic tensor that is also a NumPy function
facts           `Facts`: what is known exactly, as data

Shipped: `archimedes`, `double_well`, `gaussian_fit`, `mean_estimation`, `quartic_well`.
"""

from collections.abc import Callable

from .archimedes import archimedes
from .double_well import double_well
from .errors import NotAvailable
from .facts import Facts, StationaryMoment, Tensors
from .field import Field
from .gaussian_fit import gaussian_fit
from .landscape import Landscape
from .mean_estimation import mean_estimation
from .parse import FormulaError
from .quartic_well import quartic_well
from .samples import Exponential, Law, Normal, Rademacher, Uniform

#: every landscape that ships, by name
ZOO: dict[str, Callable[..., Landscape]] = {
    maker.__name__: maker
    for maker in (archimedes, double_well, gaussian_fit, mean_estimation, quartic_well)
}

__all__ = [
    "ZOO",
    "Exponential",
    "Facts",
    "Field",
    "FormulaError",
    "Landscape",
    "Law",
    "Normal",
    "NotAvailable",
    "Rademacher",
    "StationaryMoment",
    "Tensors",
    "Uniform",
    "archimedes",
    "double_well",
    "gaussian_fit",
    "mean_estimation",
    "quartic_well",
]
