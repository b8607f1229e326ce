"""Simulate: dynamics on landscapes, compiled.

run         `run`: ensembles of trajectories, as `xarray.Dataset`
resume      going on from a dataset
rerun       `rerun`: the same bits again
keep        what is kept: snapshots, final states, time averages
density     `Density`: histograms gathered as the run goes on
record      what is recorded between bursts
interrupt   `Interrupted`
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
from .density import Density
from .divergence import DivergenceWarning
from .dynamics import DYNAMICS, GD, SGD, Dynamics, GradientFlow, Ito
from .interrupt import Interrupted
from .keep import Average
from .rerun import rerun
from .run import run

__all__ = [
    "DYNAMICS",
    "GD",
    "SGD",
    "Average",
    "Density",
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
