"""Theory: what is predicted without a run.

theory          `Theory`: a value, its truncation error, its regime and its source
operators/      `fokker_planck`, `transfer_operator`: densities, currents, passages on a grid
escape/         escape times and paths: `eyring_kramers`, `langer`, `quasipotential_barrier`, ...
linear/         `linear_law`, `linearise`, `power_spectrum`
diagrams/       perturbation series of SGD
losses          `second_order_test_loss`, `overfitting`
archimedes      `velocity_series`, `displacement_series`, `linear_response` of the screw
entropic        `entropic_drift` along a valley
moments, torque  `moment`, `torque` of the steady state exp(-beta Phi)
entropy/        `entropy_production`, `jko_step`
potential       `potential`, `decompose`, `minimum_shifts` of a steady state
limit_cycle, fixed_points   `limit_cycle`, `fixed_points` of a drift
metric          `christoffel` symbols of the diffusion metric
"""

from .archimedes import displacement_series, linear_response, velocity_series
from .entropic import entropic_drift
from .entropy.entropy_production import entropy_production, entropy_production_expression
from .entropy.jko import jko_step
from .escape.kramers import eyring_kramers
from .escape.langer import langer
from .escape.levy_exit import levy_exit_time
from .escape.line.flux_over_population import flux_over_population
from .escape.line.mean_first_passage_time import mean_first_passage_time
from .escape.line.splitting_probability import splitting_probability
from .escape.paths.action_path import ActionPath, minimum_action_path
from .escape.paths.energy_path import EnergyPath
from .escape.paths.quasipotential import quasipotential_barrier
from .escape.paths.string_method import saddles_between
from .escape.sgd_barrier import sgd_barrier
from .escape.sgd_escape import sgd_escape_time
from .fixed_points import FixedPoint, fixed_points
from .limit_cycle import LimitCycle, limit_cycle
from .linear.linear_law import LinearLaw, linear_law
from .linear.linearise import Linearisation, linearise
from .linear.power_spectrum import power_spectrum
from .losses import Overfitting, overfitting, second_order_test_loss
from .metric import christoffel
from .moments import moment
from .operators.errors import (
    BoxTooSmall,
    CoarseGrid,
    IndefiniteDiffusion,
    NegativeMass,
    NoSteadyState,
    WellsUnseen,
)
from .operators.fokker_planck.build import fokker_planck
from .operators.fokker_planck.operator import FokkerPlanck
from .operators.step_error import step_error
from .operators.transfer.build import transfer_operator
from .operators.transfer.operator import TransferOperator
from .potential import MinimumShift, decompose, minimum_shifts, potential
from .theory import Theory
from .torque import torque, torque_expression

__all__ = [
    "ActionPath",
    "BoxTooSmall",
    "CoarseGrid",
    "EnergyPath",
    "FixedPoint",
    "FokkerPlanck",
    "IndefiniteDiffusion",
    "LimitCycle",
    "LinearLaw",
    "Linearisation",
    "MinimumShift",
    "NegativeMass",
    "NoSteadyState",
    "Overfitting",
    "Theory",
    "TransferOperator",
    "WellsUnseen",
    "christoffel",
    "decompose",
    "displacement_series",
    "entropic_drift",
    "entropy_production",
    "entropy_production_expression",
    "eyring_kramers",
    "fixed_points",
    "flux_over_population",
    "fokker_planck",
    "jko_step",
    "langer",
    "levy_exit_time",
    "limit_cycle",
    "linear_law",
    "linear_response",
    "linearise",
    "mean_first_passage_time",
    "minimum_action_path",
    "minimum_shifts",
    "moment",
    "overfitting",
    "potential",
    "power_spectrum",
    "quasipotential_barrier",
    "saddles_between",
    "second_order_test_loss",
    "sgd_barrier",
    "sgd_escape_time",
    "splitting_probability",
    "step_error",
    "torque",
    "torque_expression",
    "transfer_operator",
    "velocity_series",
]
