"""Simulate: dynamics on landscapes, compiled.

run         `run`: ensembles of trajectories, as `xarray.Dataset`
sweep       `sweep`: an ensemble at every point of a grid of parameter values
sweeping/   what a sweep is made of
first_passage  `first_passage`: when and where a target is reached
resume      going on from a dataset
rerun       `rerun`: the same bits again
refine      `refine`: several step sizes under one Brownian path
keep        what is kept: snapshots, final states, time averages
density     `Density`: histograms gathered as the run goes on
bursts      steps in bursts; record: what is recorded between them
interrupt   `Interrupted`
splitting   `splitting`: rare passages by adaptive multilevel splitting
passage     what both are made of: targets, bridges, excursions, cloning
start       where trajectories start
sampling    training sets, drawn once a trajectory
dynamics    every dynamics: `DYNAMICS`
step        `Step`, the one-step map between dynamics and backends
streams     random streams
backends    Numba, CuPy (`CupyBackend`), and the NumPy reference
dataset     what comes back, and reading it: `landscape_of`, `dynamics_of`, `provenance`
request     how many steps and which trajectories
divergence  `DivergenceWarning`
stability   whether a step is mean-square stable at the minima
progress    the progress bar
"""

from .advance import Interrupted
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
from .keep import Average
from .passage.ending import CensoredWarning, InsideWarning
from .provenance import dynamics_of, landscape_of, provenance
from .refine import refine
from .rerun import rerun
from .run import run
from .splitting import UnsettledWarning, splitting
from .step import STEP, TERM, Step, TrainingSet, parameter
from .sweep import sweep

__all__ = [
    "AType",
    "Average",
    "CensoredWarning",
    "CupyBackend",
    "DYNAMICS",
    "Density",
    "DivergenceWarning",
    "Dynamics",
    "GD",
    "GDC",
    "GPUNotAvailable",
    "Geodesic",
    "GradientFlow",
    "InsideWarning",
    "Interrupted",
    "Isothermal",
    "Ito",
    "MetricWarning",
    "NaturalGradient",
    "NaturalGradientFlow",
    "RGD",
    "RGDFlow",
    "Refined",
    "SDE",
    "SGD",
    "STEP",
    "Step",
    "Stratonovich",
    "TERM",
    "TrainingSet",
    "Underdamped",
    "UnsettledWarning",
    "dynamics_of",
    "first_passage",
    "landscape_of",
    "parameter",
    "provenance",
    "refine",
    "rerun",
    "run",
    "splitting",
    "sweep",
]
