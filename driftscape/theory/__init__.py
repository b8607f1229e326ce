"""Theory: predictions that need no run.

theory          `Theory`: a value, its truncation error, its regime and its source
units           units of values, per step and per time; `UnitError`
operators/      `fokker_planck`, `transfer_operator`: densities, currents, passages on a grid
escape/         escape times and paths: `eyring_kramers`, `langer`, `quasipotential_barrier`, ...
linear/         `linear_law`, `linearise`, `power_spectrum`
diagrams/       perturbation series of SGD
losses          `test_loss`, `overfitting`
drift_velocity  `drift_velocity`, `displacement`, `linear_response` of the screw
entropic        `entropic_drift` along a valley
moments, torque  `moment`, `torque` of the steady state exp(-beta Phi)
entropy/        `entropy_production` and its parts, `free_energy` of a grid, `jko_step`
potential       `potential`, `decompose`, `minimum_shifts` of a steady state
limit_cycle, fixed_points   `limit_cycle`, `fixed_points` of a drift
metric          `christoffel` symbols of the diffusion metric
"""

from .drift_velocity import displacement, drift_velocity, linear_response
from .entropic import entropic_drift
from .entropy.entropy_production import entropy_production, entropy_production_expression
from .entropy.entropy_production_parts import entropy_production_parts
from .entropy.free_energy import free_energy
from .entropy.jko import jko_step
from .escape.critical_point import CriticalPoint
from .escape.kramers import eyring_kramers
from .escape.langer import langer
from .escape.levy_exit import levy_exit_time
from .escape.line.passage import flux_over_population, mean_first_passage_time
from .escape.line.splitting_probability import splitting_probability
from .escape.paths.action_path import ActionPath, minimum_action_path
from .escape.paths.energy_path import EnergyPath
from .escape.paths.quasipotential import quasipotential_barrier
from .escape.paths.string_method import saddles_between
from .escape.sgd_barrier import sgd_barrier
from .escape.sgd_escape import sgd_escape_time
from .fixed_points import Equilibrium, fixed_points
from .limit_cycle import LimitCycle, limit_cycle
from .linear.linear_law import LinearLaw, linear_law
from .linear.linearise import Linearisation, linearise
from .linear.power_spectrum import power_spectrum
from .losses import Overfitting, overfitting, test_loss
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
from .operators.fokker_planck.circulation import Circulation
from .operators.fokker_planck.operator import FokkerPlanck
from .operators.fokker_planck.refinement import Extrapolated
from .operators.grid import Grid
from .operators.operator import Operator
from .operators.step_error import step_error
from .operators.transfer.build import transfer_operator
from .operators.transfer.operator import TransferOperator
from .potential import MinimumShift, decompose, minimum_shifts, potential
from .theory import Theory
from .torque import torque, torque_expression
from .units import UnitError

__all__ = [
    "ActionPath",
    "BoxTooSmall",
    "Circulation",
    "CoarseGrid",
    "CriticalPoint",
    "EnergyPath",
    "Equilibrium",
    "Extrapolated",
    "FokkerPlanck",
    "Grid",
    "IndefiniteDiffusion",
    "LimitCycle",
    "LinearLaw",
    "Linearisation",
    "MinimumShift",
    "NegativeMass",
    "NoSteadyState",
    "Operator",
    "Overfitting",
    "Theory",
    "UnitError",
    "TransferOperator",
    "WellsUnseen",
    "christoffel",
    "decompose",
    "displacement",
    "drift_velocity",
    "entropic_drift",
    "entropy_production",
    "entropy_production_expression",
    "entropy_production_parts",
    "eyring_kramers",
    "fixed_points",
    "flux_over_population",
    "fokker_planck",
    "free_energy",
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
    "sgd_barrier",
    "sgd_escape_time",
    "splitting_probability",
    "step_error",
    "test_loss",
    "torque",
    "torque_expression",
    "transfer_operator",
]
