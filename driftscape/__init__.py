"""Stochastic dynamics of gradient descent on toy loss landscapes.

A landscape is an expression; a dynamics rewrites it into a one-step map; a backend turns the map
into machine code; an analysis puts an error bar on what came out and a theory beside it.

==============  ===================================================================================
`landscapes`    a loss, a potential or a drift as text, and every field derived from it
`simulate`      how: SGD, gradient flow, Ito and A-type equations; ensembles as `xarray.Dataset`
`theory`        what is predicted without a run: operators, escape laws, series, exact moments
`analysis`      what a run says: estimates with error bars
`plot`          pictures of all these, in one call each
`gallery`       figures of papers, redrawn and checked; ``driftscape reproduce`` runs them all
==============  ===================================================================================

The rooms are imported when first used, so that ``import driftscape`` costs nothing.

>>> from driftscape import landscapes, simulate
"""

from __future__ import annotations

import os
from importlib import import_module
from types import ModuleType

# SymPy forgets all but the last 1000 results of each of its rules, which makes the lowering of 50
# coupled coordinates take twice as long; it reads this when it is imported
os.environ.setdefault("SYMPY_CACHE_SIZE", "20000")

__version__ = "0.1.0"
__all__ = ["__version__", "analysis", "gallery", "landscapes", "plot", "simulate", "theory"]  # noqa: F822  (lazy)

_ROOMS = ("landscapes", "simulate", "theory", "analysis", "plot", "gallery")


def __getattr__(name: str) -> ModuleType:
    if name in _ROOMS:
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}; rooms: {_ROOMS}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_ROOMS})
