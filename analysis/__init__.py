"""Analysis: what a run says, with error bars, beside the theory that predicts it.

estimate        `Estimate` (value, stderr), `Theory` (value, truncation, regime), `Comparison`
extrapolation   `extrapolate`: step-size bias removed (Richardson)
ensemble        which trajectories may be averaged: `Diverged`, `TooFewData`
drift           `drift_velocity`, `displacement`
entropic        `entropic_drift` along a valley of any loss (Tenka's Corollary 1)
archimedes      `velocity_series`, `displacement_series`, `linear_response` of the screw
moments         `moment`; `exact_moment` under exp(-beta Phi)
linear          `linear_law`: exact mean and covariance of linear dynamics at any step
torque          `torque`, `torque_expression`; `torque_theory`
stationarity    `is_stationary`: identities that every steady state obeys

one_step        first two moments of a step: what identities and laws are built from
observable      text of the coordinates as a function of arrays of points
quadrature      integrals under exp(-beta Phi)
"""

from .archimedes import displacement_series, linear_response, velocity_series
from .drift import displacement, drift_velocity
from .ensemble import Diverged, TooFewData
from .entropic import entropic_drift
from .estimate import Comparison, Estimate, Interval, Theory
from .extrapolation import extrapolate
from .linear import LinearLaw, linear_law
from .moments import exact_moment, moment
from .stationarity import Stationarity, is_stationary
from .torque import torque, torque_expression, torque_theory

__all__ = [
    "Comparison",
    "Diverged",
    "Estimate",
    "Interval",
    "LinearLaw",
    "Stationarity",
    "Theory",
    "TooFewData",
    "displacement",
    "displacement_series",
    "drift_velocity",
    "entropic_drift",
    "exact_moment",
    "extrapolate",
    "is_stationary",
    "linear_law",
    "linear_response",
    "moment",
    "torque",
    "torque_expression",
    "torque_theory",
    "velocity_series",
]
