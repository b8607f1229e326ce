"""Analysis: what a run says, with error bars, beside the theory that predicts it.

estimate        `Estimate` (value, stderr), `Theory` (value, truncation, regime), `Comparison`
extrapolation   `extrapolate`: step-size bias removed (Richardson)
sample_mean     a mean of independent values, its scatter and skewness; `SkewnessWarning`
mean_test       the p-value of a mean that goes with its interval
ensemble        which trajectories may be averaged: `Diverged`, `TooFewData`
drift           `drift_velocity`, `displacement`
entropic        `entropic_drift` along a valley of any loss (Tenka's Corollary 1)
archimedes      `velocity_series`, `displacement_series`, `linear_response` of the screw
moments         `moment`; `exact_moment` under exp(-beta Phi)
losses          `test_loss`, `train_loss`, `generalization_gap`
loss_theory     `overfitting`, `second_order_test_loss`
linear          `linear_law`: exact mean and covariance of linear dynamics at any step
linear_step, lyapunov               what it reads and solves
diagrams, sample_tensors            trees of SGD and what they are contracted from
loss_orders, slow_drift             the next orders of a loss, and of a drift, by machine
grid/           `fokker_planck`: the generator on a grid: steady state, evolution, passages ...
transfer/       `transfer_operator`: the one-step kernel of discrete SGD on a grid ...
passages/       what first passages and splittings say: `mfpt`, `survival`, `splitting_mfpt` ...
comparison/     `compare`: an ensemble and a grid, number by number; `step_error`
escape/         theory of escape: `exact_mfpt`, `eyring_kramers`, `quasipotential_barrier` ...
torque          `torque`, `torque_expression`; `torque_theory`
cycles          `area_rate`, `winding`
circulation_period  `circulation_period`, `angular_velocity` of a stationary SDE
limit_cycle     `limit_cycle` of a drift in the plane, and the answer none; `fixed_points`
entropy/        `free_energy`, `entropy_production` and its parts, `jko_step`
current_field   `current`: the probability current along paths, cell by cell
potential       `potential`, `decompose`, `minimum_shifts`
linearise       `linearise`: potential and circulation near a fixed point (Lemma 20)
correlations    `autocorrelation`, `cross_correlation`; `series`
spectra         `power_spectrum`, `cross_spectrum`, `linear_spectrum`
diffusion_spectrum  `diffusion_spectrum` of per-sample gradients
refinement      `step_bias`: what dt does to a mean, from coupled runs (`simulate.refine`)
metric          `christoffel`, `metric_bound`, `metric_eigenvalue` of I + epsilon D
rgd_prediction  `rgd_prediction`: does RGD predict the mean of SGD?
stationarity    `is_stationary`: identities that every steady state obeys

one_step        first two moments of a step: what identities and laws are built from
observable      text of the coordinates as a function of arrays of points
quadrature      integrals under exp(-beta Phi)
wells           where a steady state may have its mass: all such places
given_box       `box=` as users write it
"""

from .archimedes import displacement_series, linear_response, velocity_series
from .circulation_period import angular_velocity, circulation_period
from .comparison.agreement import Agreement
from .comparison.compare import compare
from .comparison.step_error import step_error
from .correlations import autocorrelation, cross_correlation
from .current_field import current
from .cycles import Winding, area_rate, winding
from .diffusion_spectrum import DiffusionSpectrum, diffusion_spectrum
from .drift import displacement, drift_velocity
from .ensemble import Diverged, TooFewData
from .entropic import entropic_drift
from .entropy.entropy_production import (
    entropy_production,
    entropy_production_expression,
    entropy_production_theory,
)
from .entropy.entropy_production_parts import entropy_production_parts
from .entropy.free_energy import free_energy
from .entropy.jko import jko_step
from .escape.action_path import ActionPath, minimum_action_path
from .escape.energy_path import EnergyPath
from .escape.exact_mfpt import exact_mfpt
from .escape.exact_splitting import exact_splitting
from .escape.flux_over_population import flux_over_population
from .escape.kramers import eyring_kramers
from .escape.langer import langer
from .escape.levy_exit import levy_exit_time
from .escape.quasipotential import quasipotential_barrier
from .escape.sgd_barrier import sgd_barrier
from .escape.sgd_escape import sgd_escape_time
from .escape.string_method import saddles_between
from .estimate import Comparison, Estimate, Interval, Theory
from .extrapolation import extrapolate
from .fixed_points import fixed_points
from .grid import (
    BoxTooSmall,
    CoarseGrid,
    IndefiniteDiffusion,
    NegativeMass,
    NoSteadyState,
    WellsUnseen,
    fokker_planck,
)
from .limit_cycle import LimitCycle, limit_cycle
from .linear import LinearLaw, linear_law
from .linearise import Linearisation, linearise
from .loss_theory import Overfitting, overfitting, second_order_test_loss
from .losses import generalization_gap, test_loss, train_loss
from .metric import christoffel, metric_bound, metric_eigenvalue
from .moments import exact_moment, moment
from .passages.escape_rate import escape_rate
from .passages.exit_law import ExitLaw, exit_law
from .passages.exponentiality import Exponentiality, exponentiality
from .passages.mfpt import mean_first_passage_time, mfpt
from .passages.passage import TailWarning
from .passages.skewed import Proportion, Rate
from .passages.splitting import crossing_probability, hill_mfpt, splitting_mfpt
from .passages.splitting_probability import splitting_probability
from .passages.survival import restricted_mean, survival
from .potential import (
    MinimumShift,
    decompose,
    minimum_shifts,
    potential,
    potential_from_run,
)
from .refinement import StepBias, step_bias
from .rgd_prediction import RGDPrediction, rgd_prediction
from .sample_mean import SkewnessWarning
from .spectra import cross_spectrum, linear_spectrum, power_spectrum
from .stationarity import Stationarity, is_stationary
from .torque import torque, torque_expression, torque_theory
from .transfer import transfer_operator

__all__ = [
    "ActionPath",
    "BoxTooSmall",
    "CoarseGrid",
    "Comparison",
    "Diverged",
    "EnergyPath",
    "Estimate",
    "ExitLaw",
    "Exponentiality",
    "IndefiniteDiffusion",
    "Interval",
    "LimitCycle",
    "DiffusionSpectrum",
    "Agreement",
    "LinearLaw",
    "MinimumShift",
    "Linearisation",
    "NegativeMass",
    "WellsUnseen",
    "NoSteadyState",
    "Overfitting",
    "Proportion",
    "RGDPrediction",
    "Rate",
    "SkewnessWarning",
    "Stationarity",
    "StepBias",
    "TailWarning",
    "Theory",
    "TooFewData",
    "christoffel",
    "circulation_period",
    "crossing_probability",
    "Winding",
    "angular_velocity",
    "area_rate",
    "autocorrelation",
    "cross_correlation",
    "cross_spectrum",
    "diffusion_spectrum",
    "linear_spectrum",
    "power_spectrum",
    "compare",
    "current",
    "decompose",
    "displacement",
    "displacement_series",
    "drift_velocity",
    "entropic_drift",
    "entropy_production",
    "entropy_production_expression",
    "entropy_production_parts",
    "entropy_production_theory",
    "escape_rate",
    "exact_mfpt",
    "exact_moment",
    "exact_splitting",
    "exit_law",
    "exponentiality",
    "extrapolate",
    "eyring_kramers",
    "flux_over_population",
    "fokker_planck",
    "fixed_points",
    "free_energy",
    "generalization_gap",
    "hill_mfpt",
    "is_stationary",
    "jko_step",
    "langer",
    "levy_exit_time",
    "limit_cycle",
    "linear_law",
    "linear_response",
    "linearise",
    "mean_first_passage_time",
    "metric_bound",
    "metric_eigenvalue",
    "mfpt",
    "minimum_action_path",
    "minimum_shifts",
    "moment",
    "potential",
    "potential_from_run",
    "overfitting",
    "quasipotential_barrier",
    "restricted_mean",
    "rgd_prediction",
    "saddles_between",
    "second_order_test_loss",
    "sgd_barrier",
    "sgd_escape_time",
    "splitting_mfpt",
    "splitting_probability",
    "step_bias",
    "step_error",
    "survival",
    "test_loss",
    "torque",
    "torque_expression",
    "torque_theory",
    "transfer_operator",
    "train_loss",
    "velocity_series",
    "winding",
]
