"""Analysis: measure quantities of runs, with standard errors.

estimate/       `Estimate` and its arithmetic, `Contributions`, `Comparison`
velocity        `drift_velocity`, `displacement`
moments         `moment`: means of expressions over time, or of final states
losses          `test_loss`, `train_loss`, `generalization_gap`
torque          `torque` of a stationary run
rotation        `area_rate`, `winding`
circulation_period  `angular_velocity`, `circulation_period`
correlations    `autocorrelation`, `cross_correlation`
spectra         `power_spectrum`, `cross_spectrum`
passages/       first passages and splitting: `mean_first_passage_time`, `survival`, ...
entropy/        `free_energy`, `entropy_production` and its parts
comparison/     `compare`, `compare_passages`: a simulation and an operator, quantity by quantity
current         `current`: the probability current in the cells of a grid
potential       `potential` from a histogram of final states
diffusion_spectrum  `diffusion_spectrum` of the gradients of single samples
metric          `metric_bound`, `metric_eigenvalue` along runs of RGD
stationarity    `is_stationary`: identities of every steady state
step_bias       `step_bias`: the bias by the step size, from coupled runs (`simulate.refine`)
extrapolation   `extrapolate` to a step size of zero
rgd_prediction  `rgd_prediction`: the mean of SGD beside GD and RGD
fitting/        `fit`: a formula through the points of a sweep, with their covariance
sweeps/         `at_every_point`, `estimate_of`: every analysis takes a sweep, and returns a dataset

run_data        reading a run; its trajectories are independent
noise, pieces   which trajectories share their noise; pieces of few long trajectories
sample_mean, mean_test, series  means, p-values and time series of trajectories
"""

from .circulation_period import angular_velocity, circulation_period
from .comparison.agreement import Agreement
from .comparison.compare import compare
from .comparison.compare_passages import compare_passages
from .correlations import autocorrelation, cross_correlation
from .current import current
from .diffusion_spectrum import DiffusionSpectrum, diffusion_spectrum
from .entropy.entropy_production import entropy_production
from .entropy.entropy_production_parts import entropy_production_parts
from .entropy.free_energy import free_energy
from .estimate import (
    Comparison,
    Contributions,
    Estimate,
    Interval,
    Undecided,
    Unpaired,
    covariance,
    to_uncertainties,
)
from .extrapolation import extrapolate
from .fitting.fit import fit
from .fitting.result import Fit
from .losses import generalization_gap, test_loss, train_loss
from .metric import metric_bound, metric_eigenvalue
from .moments import moment
from .passages.escape_rate import escape_rate
from .passages.exit_law import ExitLaw, KolmogorovSmirnov, exit_law
from .passages.exponentiality import Exponentiality, exponentiality
from .passages.mean_first_passage_time import mean_first_passage_time
from .passages.passage_data import TailWarning
from .passages.skewed import Inverse, Proportion, Rate
from .passages.splitting import (
    crossing_probability,
    mean_first_passage_time_by_splitting,
)
from .passages.splitting_probability import splitting_probability
from .passages.survival import restricted_mean, survival
from .potential import potential
from .rgd_prediction import RGDPrediction, rgd_prediction
from .rotation import Winding, area_rate, winding
from .run_data import Diverged, TooFewData
from .sample_mean import SkewnessWarning
from .spectra import cross_spectrum, power_spectrum
from .stationarity import Stationarity, is_stationary
from .step_bias import StepBias, step_bias
from .sweeps.each_point import at_every_point
from .sweeps.estimates import estimate_of
from .torque import torque
from .velocity import displacement, drift_velocity

__all__ = [
    "Agreement",
    "Comparison",
    "Contributions",
    "DiffusionSpectrum",
    "Diverged",
    "Estimate",
    "ExitLaw",
    "Exponentiality",
    "Fit",
    "Interval",
    "Inverse",
    "KolmogorovSmirnov",
    "Proportion",
    "RGDPrediction",
    "Rate",
    "SkewnessWarning",
    "Stationarity",
    "StepBias",
    "TailWarning",
    "TooFewData",
    "Undecided",
    "Unpaired",
    "Winding",
    "angular_velocity",
    "area_rate",
    "at_every_point",
    "autocorrelation",
    "circulation_period",
    "compare",
    "compare_passages",
    "covariance",
    "cross_correlation",
    "cross_spectrum",
    "crossing_probability",
    "current",
    "diffusion_spectrum",
    "displacement",
    "drift_velocity",
    "entropy_production",
    "entropy_production_parts",
    "escape_rate",
    "estimate_of",
    "exit_law",
    "exponentiality",
    "extrapolate",
    "fit",
    "free_energy",
    "generalization_gap",
    "is_stationary",
    "mean_first_passage_time",
    "mean_first_passage_time_by_splitting",
    "metric_bound",
    "metric_eigenvalue",
    "moment",
    "potential",
    "power_spectrum",
    "restricted_mean",
    "rgd_prediction",
    "splitting_probability",
    "step_bias",
    "survival",
    "test_loss",
    "to_uncertainties",
    "torque",
    "train_loss",
    "winding",
]
