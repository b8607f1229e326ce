"""Landscapes x dynamics x kinds of run: the cases on which backends must agree in bits.

Landscapes, dynamics, schemes, sampling modes and noise laws are listed from the package, so that a
new one is a new case.  What a landscape refuses is found out by asking the package.
"""

import math
import warnings
from contextlib import suppress
from dataclasses import fields
from functools import cache
from typing import NamedTuple

import numpy as np
import sympy as sp

from driftscape import simulate
from driftscape.landscapes import ZOO, Landscape, Normal
from driftscape.simulate import Average, Density
from driftscape.simulate.backends.codegen.kernel import NEXT_WORD
from driftscape.simulate.dynamics import DYNAMICS
from driftscape.simulate.dynamics.gdc import COVARIANCES
from driftscape.simulate.dynamics.metric.geodesic import FORMS
from driftscape.simulate.dynamics.metric.rgd import INVERSES
from driftscape.simulate.dynamics.sde.driving import DRIVING
from driftscape.simulate.dynamics.sde.schemes import SCHEMES
from driftscape.simulate.dynamics.training_set import SAMPLING
from driftscape.simulate.groups import Group, groups
from driftscape.simulate.passage.crossing import bridge_covariance
from driftscape.simulate.passage.stopped import stopped
from driftscape.simulate.problem import Problem
from driftscape.simulate.step import Step
from driftscape.simulate.target import read_targets

from .. import pairs
from .pairwise import Covering, covering, value_pairs

COUNT, STEPS, SEED = 70, 67, 20180115  # more than a block of 64, a ragged end; odd, past one check


def _extras() -> dict:
    """Landscapes that the tests of this room add to the shipped ones."""
    makers = [make for make, _ in pairs.PAIRS.values() if make.__name__ in vars(pairs)]
    return {make.__name__: make for make in makers}


LANDSCAPES = {**ZOO, **_extras()}
landscape_named = cache(lambda name: LANDSCAPES[name]())


def _interpretations() -> list[dict]:
    """Options of an SDE: every scheme, every noise; an interpretation refuses the others."""
    options = [{"scheme": scheme} for scheme in SCHEMES]
    options += [{"noise": n, "alpha": 1.5 if n == "stable" else None} for n in DRIVING[1:]]
    options += [{"noise": "rademacher", "scheme": "heun"}]
    return [{"beta": 5.0, "dt": 0.01} | more for more in options]


#: class -> options; a callable is given the landscape
OPTIONS = {
    "GD": [{"learning_rate": 0.05}],
    "SGD": [
        {"learning_rate": 0.05},
        {"learning_rate": 0.05, "batch_size": 3},
        {"learning_rate": 0.05, "momentum": 0.5},
        {"learning_rate": "0.1/(2 + step/9)", "momentum": 0.5, "nesterov": True, "batch_size": 2},
        lambda landscape: {
            "learning_rate": 0.05 * np.eye(landscape.dim) + 0.01 * np.tri(landscape.dim, k=-1)
        },
        *({"learning_rate": 0.05, "sampling": s, "train_size": 9} for s in SAMPLING[1:]),
        *(
            {"learning_rate": 0.05, "sampling": s, "train_size": 12, "batch_size": 3}
            for s in SAMPLING[1:]
        ),
        {"learning_rate": 0.05, "sampling": "without-replacement", "train_size": 7}
        | {"batch_size": 3, "momentum": 0.5},
        {"learning_rate": 0.05, "sampling": "reshuffled", "train_size": 70, "batch_size": "full"},
    ],
    "GradientFlow": [{"dt": 0.05}, {"dt": 0.05, "beta": 5.0}],
    "Ito": [*_interpretations(), {"beta": 5.0, "dt": 0.01, "modified": 0.05}],
    "Stratonovich": _interpretations(),
    "Isothermal": _interpretations(),
    "AType": _interpretations(),
    "Underdamped": [{"friction": 1.0, "beta": 5.0, "dt": 0.05}],
    "RGD": [{"learning_rate": 0.05, "epsilon": 0.1, "inverse": i} for i in INVERSES],
    "RGDFlow": [{"dt": 0.05, "epsilon": 0.1, "inverse": i} for i in INVERSES],
    "Geodesic": [{"dt": 0.05, "epsilon": 0.1, "form": f} for f in FORMS],
    "NaturalGradient": [
        {"learning_rate": 0.05},
        {"learning_rate": 0.05, "model": {"x": Normal(0, "exp(h/2)")}},
    ],
    "NaturalGradientFlow": [{"dt": 0.05}, {"dt": 0.05, "model": {"x": Normal(0, "exp(h/2)")}}],
    "GDC": [
        {"learning_rate": 0.05},
        *({"learning_rate": 0.05, "train_size": 6, "covariance": c} for c in COVARIANCES),
    ],
    "Refined": [
        lambda landscape: {
            "dynamics": simulate.Ito(beta=5.0, dt=0.01 * scale(landscape)),
            "levels": 2,
            "observables": (landscape.coordinates[0],),
            "discard_steps": 5,
        }
    ],
}


def scale(landscape: Landscape) -> float:
    """Return what a usual step must be shortened by for trajectories to stay finite."""
    return 1e-3 if landscape.name == "mueller_brown" else 1.0


#: every class of dynamics with each of its options, by name
MECHANISMS = {
    f"{name} {number}": (DYNAMICS[name], options)
    for name, several in OPTIONS.items()
    for number, options in enumerate(several)
}


def dynamics_of(mechanism: str, landscape: Landscape):
    """Return a mechanism for a landscape, or raise the package's own error."""
    make, options = MECHANISMS[mechanism]
    options = dict(options(landscape) if callable(options) else options)
    if landscape.data is not None:
        options.pop("train_size", None)  # settled by the data
    if "model" in options and landscape.coordinates != ("h",):
        raise ValueError("the model is one of another landscape.")
    for name in ("learning_rate", "dt"):
        if isinstance(options.get(name), float):
            options[name] *= scale(landscape)
        elif isinstance(options.get(name), np.ndarray):
            options[name] = (options[name] * scale(landscape)).tolist()
    return make(**options).bound(landscape)


FORM_NAMES = ("run", "average", "swept late average", "passage", "bridged passage")


class Case(NamedTuple):
    """One kernel: what is descended, how, what for, and by which words."""

    landscape: str
    mechanism: str
    form: str
    generator: str

    @property
    def dynamics(self) -> str:
        return self.mechanism.partition(" ")[0]

    @property
    def kind(self) -> str:
        """Which kind of kernel it is; that of a sweep is one of a run."""
        return "first_passage" if "passage" in self.form else "run"

    @property
    def swept(self) -> bool:
        return "swept" in self.form

    def pairs(self) -> set:
        """Return the pairs of values that must all occur."""
        wanted = [
            ("landscape", "form"), ("landscape", "generator"), ("dynamics", "form"),
            ("mechanism", "kind"), ("mechanism", "generator"), ("form", "generator"),
        ]  # fmt: skip
        if self.landscape in ZOO:  # those of the tests add laws and loops, not physics
            wanted.append(("landscape", "dynamics"))
        values = self._asdict() | {"dynamics": self.dynamics, "kind": self.kind}
        return value_pairs(values, wanted)


@cache
def starts(name: str) -> np.ndarray:
    """States about the landscape's start; two so far out that many dynamics diverge."""
    landscape, rng = landscape_named(name), np.random.default_rng(SEED)
    start = np.array([float(s) for s in landscape.start])
    states = start + 0.3 * rng.standard_normal((COUNT, landscape.dim))
    states[3], states[40] = start + 50.0, start + 1e150
    return states


def targets(name: str) -> dict[str, str]:
    """Two targets that some trajectories start in, some reach and some do not."""
    x, states = landscape_named(name).coordinates[0], starts(name)[:, 0]
    low, high = np.quantile(states, [0.1, 0.85])
    y = landscape_named(name).coordinates[-1]
    return {"high": f"{x} > {high:.6f}", "low": f"{x} < {low:.6f} and {y} < 1e6"}


def keeps(name: str, form: str) -> list[dict]:
    """Return every way of keeping what one kernel makes."""
    coordinates = landscape_named(name).coordinates
    x, axes = coordinates[0], coordinates[:3]
    bounds = {a: (s - 1, s + 1) for a, s in zip(axes, starts(name)[0], strict=False)}
    density = Density(axes, bounds=bounds, bins=5, every=7, discard_steps=9)
    if form == "run":
        return [
            {"save_every": 3},
            {"keep": "final"},
            {"keep": density},
            {"keep": ["snapshots", density]},
        ]
    average = Average(x, f"{x}**2 + 1", discard_steps=11 if "late" in form else 0)
    return [
        {"keep": average},
        {"keep": [average, "snapshots"], "save_every": 5},
        {"keep": [average, density]},
        {"keep": [average, density, "snapshots"]},
    ]


_STEPS: dict[tuple[str, str], Step | None] = {}


def plain_step(landscape: str, mechanism: str) -> Step | None:
    """Return the step of a mechanism on a landscape, None where the package refuses it."""
    if (landscape, mechanism) not in _STEPS:
        there, step = landscape_named(landscape), None
        with warnings.catch_warnings(), suppress(ValueError, TypeError):
            warnings.simplefilter("ignore")
            step = dynamics_of(mechanism, there).step(there)
        _STEPS[landscape, mechanism] = step
    return _STEPS[landscape, mechanism]


@cache
def group_of(landscape: str, mechanism: str) -> Group | None:
    """Return a sweep over a number of the landscape and one of the dynamics; None without any."""
    there = landscape_named(landscape)
    dynamics = dynamics_of(mechanism, there)
    values = {f"landscape.{name}": value for name, value in there.parameters.items()}
    values |= {f"dynamics.{f.name}": getattr(dynamics, f.name) for f in fields(dynamics)}
    over: dict[str, list[float]] = {}
    for name, value in values.items():
        if any(name.partition(".")[0] == taken.partition(".")[0] for taken in over):
            continue  # one of each
        if isinstance(value, (int, float)) and not isinstance(value, bool) and value:
            with suppress(ValueError, TypeError):
                if _one_kernel(there, dynamics, {name: [value, 1.25 * value]}):
                    over[name] = [value, 1.25 * value]
    return _one_kernel(there, dynamics, over) if over else None


def _one_kernel(landscape, dynamics, over) -> Group | None:
    """Return the points of a sweep if they share a kernel in which something differs."""
    problem = Problem.read("sweep", landscape, dynamics, backend="cpu", over=over)
    found = groups(problem.lasting(steps=STEPS), lambda step, _: step, math.inf)
    return found[0] if len(found) == 1 and found[0].swept else None


def covariance_of(case: Case, bridge: bool):
    """Return the covariance that the bridges of a case need."""
    landscape = landscape_named(case.landscape)
    return bridge_covariance(landscape, dynamics_of(case.mechanism, landscape), bridge)


def allowed(case: Case) -> bool:
    """Whether the package takes the combination."""
    if case.form == "bridged passage":
        try:
            covariance_of(case, True)
        except (ValueError, TypeError):
            return False
    if plain_step(case.landscape, case.mechanism) is None:
        return False
    return not case.swept or group_of(case.landscape, case.mechanism) is not None


def step_of(case: Case):
    """Return the step that `run` and `first_passage` compile for a case."""
    landscape, step = landscape_named(case.landscape), plain_step(case.landscape, case.mechanism)
    if case.kind == "first_passage":
        goals = read_targets(landscape, targets(case.landscape))
        return stopped(step, landscape, goals, covariance_of(case, "bridged" in case.form))
    if case.form == "run":
        return step
    average = keeps(case.landscape, case.form)[0]["keep"]
    step = step.averaging([landscape.parse(e) for e in average.expressions], average.discard_steps)
    if case.swept:
        return step.with_constant_rows(group_of(case.landscape, case.mechanism).swept)
    return step


#: what differentiates D, whose kernels grow with the square of a landscape's formulas
_DEEP = ("Stratonovich", "Isothermal", "Geodesic", "GDC")


@cache
def operations(landscape: str) -> int:
    """Return the operations of the first step that a landscape takes."""
    step = next(filter(None, (plain_step(landscape, mechanism) for mechanism in MECHANISMS)))
    return sp.count_ops([*step.update, *(e for _, e in step.assignments)])


def cost(case: Case) -> float:
    """Return about how many seconds a case takes: expensive schemes are for small landscapes."""
    kind, options = MECHANISMS[case.mechanism]
    deep = case.dynamics in _DEEP
    deep += not callable(options) and options.get("scheme", "euler-maruyama") != "euler-maruyama"
    deep += "bridged" in case.form
    points = 4 if case.swept else 1
    return 2.0 + operations(case.landscape) / 100 * (1 + 6 * deep) + 0.1 * points


@cache
def schedule() -> Covering:
    """Return the cases: every pair of `Case.pairs` that the package does not refuse."""
    combos = [
        Case(landscape, mechanism, form, generator)
        for landscape in LANDSCAPES
        for mechanism in MECHANISMS
        for form in FORM_NAMES
        for generator in NEXT_WORD
    ]
    return covering(combos, Case.pairs, allowed, cost)


def cases_of(landscape: str) -> list[Case]:
    """Return the cases on one landscape."""
    return [case for case in schedule().chosen if case.landscape == landscape]


def unset_options() -> dict[str, set[str]]:
    """Return class -> options of a dynamics that no mechanism sets; all of them without any."""
    plain = ZOO["quartic_well"]()
    missing = {}
    for name, kind in DYNAMICS.items():
        several = [o(plain) if callable(o) else o for o in OPTIONS.get(name, [])]
        names = {f.name for f in fields(kind)} - set().union(*several)
        if names or not several:
            missing[name] = names
    return missing
