"""Simulate: dynamics on landscapes, compiled.

run         `run`: ensembles of trajectories, as `xarray.Dataset`
resume      `rerun`, and going on from a dataset
keep        what is kept: snapshots, final states, time averages
start       where trajectories start
dynamics    `GD`, `SGD`, `GradientFlow`, `Ito`
step        `Step`, the one-step map between dynamics and backends
streams     random streams
backends    Numba, and the NumPy reference
dataset     what comes back, and reading it: `landscape_of`, `dynamics_of`, `provenance`
request     how many steps and which trajectories
divergence  `DivergenceWarning`
progress    the progress bar
"""

from .dataset import dynamics_of, landscape_of, provenance
from .divergence import DivergenceWarning
from .dynamics import DYNAMICS, GD, SGD, Dynamics, GradientFlow, Ito
from .keep import Average
from .resume import rerun
from .run import Interrupted, run

__all__ = [
    "DYNAMICS",
    "GD",
    "SGD",
    "Average",
    "DivergenceWarning",
    "Dynamics",
    "GradientFlow",
    "Interrupted",
    "Ito",
    "dynamics_of",
    "landscape_of",
    "provenance",
    "rerun",
    "run",
]
