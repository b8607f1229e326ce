"""Simulations: ensembles of trajectories of a dynamics on a landscape, compiled.

Functions: `run` (an ensemble of trajectories), `sweep` (an ensemble at every point of a grid of
parameters, dynamics or landscapes), `first_passage` (when and where a target is reached),
`splitting` (rare passages by adaptive multilevel splitting), `refine` (several step sizes under one
Brownian path), `rerun` (the same bits again).  They return an `xarray.Dataset`, from which
`landscape_of`, `dynamics_of` and `provenance` read how it was made.

What they are made of:

problem     what is asked for, new or from a dataset to resume; request, points, start: parts
axes        what `over=` gives; groups: points that share a kernel; padding: points of other shapes
advance     the loop that advances an ensemble in bursts: progress, Ctrl-C, ended trajectories
record      snapshots, densities and averages of a run or a sweep; keep, density: what is kept;
            histogram, snapshot_memory: the arrays that it is kept in
passage/    targets, bridges and exits of a first passage; target: predicates
results     building of datasets; provenance: their description
dataset/    reading them again, however they were rearranged since
rare/       excursions, cloning and loops of splitting
sampling    training sets, drawn once per trajectory
step        `Step`, the one-step map between dynamics and backends; streams: random streams
dynamics/   every dynamics: `DYNAMICS`
stability/  whether a step is mean-square stable at the minima; divergence: warnings about it
backends/   the CPU, CuPy (`CupyBackend`), and the NumPy reference
"""

# First, since deep in a chain of imports CPython 3.11 runs SymPy's first sum 80 ms slower.
from . import dynamics as _dynamics  # noqa: F401
from .backends.gpu.backend import CupyBackend
from .backends.gpu.device import GPUNotAvailable
from .density import Density
from .divergence import DivergenceWarning
from .dynamics import (
    DYNAMICS,
    GD,
    GDC,
    RGD,
    SDE,
    SGD,
    AType,
    Dynamics,
    Geodesic,
    GradientFlow,
    Isothermal,
    Ito,
    NaturalGradient,
    NaturalGradientFlow,
    Refined,
    RGDFlow,
    Stratonovich,
    Underdamped,
)
from .dynamics.metric.diffusion_metric import MetricWarning
from .first_passage import first_passage
from .interrupt import Interrupted
from .keep import Average
from .passage.ending import CensoredWarning, InsideWarning
from .provenance import dynamics_of, landscape_of, provenance
from .refine import refine
from .rerun import rerun
from .run import run, sweep
from .splitting import UnsettledWarning, splitting
from .step import STEP, TERM, Step, TrainingSet, parameter

__all__ = [
    "AType", "Average", "CensoredWarning", "CupyBackend", "DYNAMICS", "Density",
    "DivergenceWarning", "Dynamics", "GD", "GDC", "GPUNotAvailable", "Geodesic", "GradientFlow",
    "InsideWarning", "Interrupted", "Isothermal", "Ito", "MetricWarning", "NaturalGradient",
    "NaturalGradientFlow", "RGD", "RGDFlow", "Refined", "SDE", "SGD", "STEP", "Step",
    "Stratonovich", "TERM", "TrainingSet", "Underdamped", "UnsettledWarning", "dynamics_of",
    "first_passage", "landscape_of", "parameter", "provenance", "refine", "rerun", "run",
    "splitting", "sweep",
]  # fmt: skip
