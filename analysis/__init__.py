"""Analysis: what a run says, with error bars, beside the theory that predicts it.

estimate        `Estimate` (value, stderr), `Theory` (value, truncation, regime), `Comparison`
extrapolation   `extrapolate`: step-size bias removed (Richardson)
ensemble        which trajectories may be averaged: `Diverged`, `TooFewData`
drift           `drift_velocity`, `displacement`
entropic        `entropic_drift` along a valley of any loss (Tenka's Corollary 1)
archimedes      `velocity_series`, `displacement_series`, `linear_response` of the screw
moments         `moment`; `exact_moment` under exp(-beta Phi)
losses          `test_loss`, `train_loss`, `generalization_gap`; `overfitting`,
                `second_order_test_loss`
linear          `linear_law`: exact mean and covariance of linear dynamics at any step
exact_mfpt      `exact_mfpt`: mean first-passage times on the line
kramers         `eyring_kramers`: escape over a saddle
sgd_barrier     `sgd_barrier`: the barrier of discrete SGD, by large deviations
torque          `torque`, `torque_expression`; `torque_theory`
refinement      `step_bias`: what dt does to a mean, from coupled runs (`simulate.refine`)
metric          `christoffel`, `metric_bound`, `metric_eigenvalue` of I + epsilon D
rgd_prediction  `rgd_prediction`: does RGD predict the mean of SGD?
stationarity    `is_stationary`: identities that every steady state obeys

one_step        first two moments of a step: what identities and laws are built from
observable      text of the coordinates as a function of arrays of points
quadrature      integrals under exp(-beta Phi)
"""

from .archimedes import displacement_series, linear_response, velocity_series
from .correlations import autocorrelation, cross_correlation
from .cycles import Winding, area_rate, winding
from .diffusion_spectrum import DiffusionSpectrum, diffusion_spectrum
from .drift import displacement, drift_velocity
from .ensemble import Diverged, TooFewData
from .entropic import entropic_drift
from .estimate import Comparison, Estimate, Interval, Theory
from .exact_mfpt import exact_mfpt
from .escape_rate import escape_rate
from .exact_splitting import exact_splitting
from .exit_law import ExitLaw, exit_law
from .exponentiality import Exponentiality, exponentiality
from .levy_exit import levy_exit_time
from .mfpt import mean_first_passage_time, mfpt
from .passage import TailWarning
from .skewed import Proportion, Rate
from .splitting_probability import splitting_probability
from .survival import restricted_mean, survival
from .extrapolation import extrapolate
from .fixed_points import fixed_points
from .kramers import eyring_kramers
from .limit_cycle import LimitCycle, limit_cycle
from .linear import LinearLaw, linear_law
from .linearise import Linearisation, linearise
from .losses import (
    Overfitting,
    generalization_gap,
    overfitting,
    second_order_test_loss,
    test_loss,
    train_loss,
)
from .metric import christoffel, metric_bound, metric_eigenvalue
from .moments import exact_moment, moment
from .refinement import StepBias, step_bias
from .rgd_prediction import RGDPrediction, rgd_prediction
from .sgd_barrier import sgd_barrier
from .spectra import cross_spectrum, linear_spectrum, power_spectrum
from .splitting import crossing_probability, hill_mfpt, splitting_mfpt
from .stationarity import Stationarity, is_stationary
from .torque import torque, torque_expression, torque_theory

__all__ = [
    "Comparison",
    "Diverged",
    "Estimate",
    "Interval",
    "LimitCycle",
    "DiffusionSpectrum",
    "LinearLaw",
    "Linearisation",
    "Overfitting",
    "RGDPrediction",
    "Stationarity",
    "StepBias",
    "Theory",
    "ExitLaw",
    "Exponentiality",
    "Proportion",
    "Rate",
    "TailWarning",
    "escape_rate",
    "exact_splitting",
    "exit_law",
    "exponentiality",
    "levy_exit_time",
    "mean_first_passage_time",
    "mfpt",
    "restricted_mean",
    "splitting_probability",
    "survival",
    "TooFewData",
    "christoffel",
    "crossing_probability",
    "Winding",
    "area_rate",
    "autocorrelation",
    "cross_correlation",
    "cross_spectrum",
    "diffusion_spectrum",
    "linear_spectrum",
    "power_spectrum",
    "displacement",
    "displacement_series",
    "drift_velocity",
    "entropic_drift",
    "exact_mfpt",
    "exact_moment",
    "extrapolate",
    "eyring_kramers",
    "fixed_points",
    "generalization_gap",
    "hill_mfpt",
    "is_stationary",
    "limit_cycle",
    "linear_law",
    "linear_response",
    "linearise",
    "metric_bound",
    "metric_eigenvalue",
    "moment",
    "overfitting",
    "second_order_test_loss",
    "rgd_prediction",
    "sgd_barrier",
    "splitting_mfpt",
    "step_bias",
    "test_loss",
    "torque",
    "torque_expression",
    "torque_theory",
    "train_loss",
    "velocity_series",
    "winding",
]
