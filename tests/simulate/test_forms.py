"""A step that was written for one point serves others, at their values; and only where it may."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from driftscape import landscapes, simulate
from driftscape.landscapes import Landscape, Normal
from driftscape.landscapes.errors import FormulaError
from driftscape.simulate.backends.codegen.stepkey import StepKey
from driftscape.simulate.dynamics import DYNAMICS
from driftscape.simulate.groups import _form
from driftscape.simulate.points import Point

CURVED = Landscape.from_potential(
    "(x**2-1)**2/4 + a*y**2/2", coordinates="x y", diffusion=[[1, 0], [0, "1 + b*x**2"]],
    curl="a*x*y", parameters={"a": 1.0, "b": 0.5},
)  # fmt: skip
PLAIN = Landscape.from_potential("a*x**2/2", coordinates="x", parameters={"a": 1.0})
FIT = Landscape.from_loss(
    "(a*w - y)**2/2", coordinates="w", samples={"y": Normal(1, "s")},
    parameters={"a": 2.0, "s": 0.5},
)  # fmt: skip
#: class -> landscape, dynamics, other values of its fields
CASES = {
    "GD": (FIT, simulate.GD(learning_rate=0.1), {"learning_rate": 0.3}),
    "SGD": (FIT, simulate.SGD(learning_rate=0.1, momentum=0.5, nesterov=True),
            {"learning_rate": 0.2, "momentum": 0.9}),
    "GDC": (FIT, simulate.GDC(learning_rate=0.1, train_size=4), {"learning_rate": 0.3}),
    "GradientFlow": (CURVED, simulate.GradientFlow(dt=0.1, beta=2), {"dt": 0.2, "beta": 3}),
    "Ito": (CURVED, simulate.Ito(beta=2, dt=0.1, scheme="weak-2", modified=0.1),
            {"beta": 3, "dt": 0.2, "modified": 0.3}),
    "Stratonovich": (CURVED, simulate.Stratonovich(beta=2, dt=0.1), {"beta": 3, "dt": 0.2}),
    "Isothermal": (CURVED, simulate.Isothermal(beta=2, dt=0.1), {"beta": 3, "dt": 0.2}),
    "AType": (CURVED, simulate.AType(beta=2, dt=0.1), {"beta": 3, "dt": 0.2}),
    "Underdamped": (PLAIN, simulate.Underdamped(friction=1, beta=2, dt=0.1),
                    {"friction": 2, "beta": 3, "dt": 0.2}),
    "RGD": (FIT, simulate.RGD(learning_rate=0.1, epsilon=0.2),
            {"learning_rate": 0.2, "epsilon": 0.3}),
    "RGDFlow": (FIT, simulate.RGDFlow(dt=0.1, epsilon=0.2), {"dt": 0.2, "epsilon": 0.3}),
    "Geodesic": (FIT, simulate.Geodesic(dt=0.1, epsilon=0.2), {"dt": 0.2, "epsilon": 0.3}),
}  # fmt: skip


def at(landscape, dynamics, **values):
    """Return the landscape and dynamics at other values of their parameters."""
    own = {name: value for name, value in values.items() if name not in landscape.parameters}
    its = {name: value for name, value in values.items() if name in landscape.parameters}
    return landscape.with_parameters(**its), replace(dynamics, **own)


def fresh(landscape):
    """Return an equal landscape that shares nothing."""
    return Landscape.from_dict(landscape.to_dict())


def formed(landscape, dynamics):
    """Return the form that is found for a landscape and a dynamics, and its step there."""
    point = Point(landscape, dynamics, "")
    form = _form(point, 0, None, lambda step, number: step)
    return form, form.at(point)[0]


def test_every_class_with_run_time_fields_is_a_case():
    assert set(CASES) == {name for name, each in DYNAMICS.items() if "run_time" in vars(each)}


@pytest.mark.parametrize("name", CASES)
def test_a_step_written_at_other_values_is_the_points_own(name):
    landscape, dynamics, others = CASES[name]
    landscape = fresh(landscape)
    first, _ = formed(landscape, dynamics)
    values = {parameter: 1.25 * value for parameter, value in landscape.parameters.items()}
    there, other = at(landscape, dynamics, **values, **others)
    form, step = formed(there, other)
    own = other.step(fresh(there))
    assert form is first
    assert StepKey(step) == StepKey(own)
    assert step.values.tolist() == own.values.tolist()
    assert step.initial == own.initial


@pytest.mark.parametrize(
    "change", [{"momentum": 0.0}, {"batch_size": 2}, {"learning_rate": "0.1/(1 + step)"}]
)
def test_another_kind_of_step_is_written_anew(change):
    landscape, sgd = fresh(FIT), simulate.SGD(learning_rate=0.1, momentum=0.5)
    other = replace(sgd, **change)
    first, _ = formed(landscape, sgd)
    second, step = formed(landscape, other)
    assert second is not first
    assert StepKey(step) == StepKey(other.step(landscape))


def test_a_subclass_may_write_another_step_for_each_value():
    @dataclass(frozen=True, kw_only=True)
    class Halving(simulate.GD):
        def step(self, landscape):
            step = super().step(landscape)
            return step if self.learning_rate < 0.2 else replace(step, update=step.state)

    landscape = fresh(FIT)
    steps = [formed(landscape, Halving(learning_rate=rate))[1] for rate in (0.1, 0.3)]
    assert steps[1].update == steps[1].state != steps[0].update


def test_a_current_that_vanishes_at_a_value_makes_another_step():
    well, sgd = landscapes.double_well(rotation=1.5), simulate.SGD(learning_rate=0.1)
    still = well.with_parameters(rotation=0)
    assert formed(well, sgd)[0] is not formed(still, sgd)[0]
    assert StepKey(formed(still, sgd)[1]) == StepKey(sgd.step(landscapes.double_well(rotation=0)))


@pytest.mark.slow
def test_a_quadrature_is_settled_at_the_values_of_each_landscape():
    loss = Landscape.from_loss(
        "log(1 + exp(-a*x*w))", coordinates="w", samples={"x": Normal()},
        parameters={"a": 1.0}, domain={"w": (-2, 2)},
    )  # fmt: skip
    loss.gradient([0.5])
    steep = loss.with_parameters(a=6.0)
    assert steep.gradient([0.5]) == pytest.approx(fresh(steep).gradient([0.5]), abs=1e-13)
    gd = simulate.GD(learning_rate=0.1)
    assert formed(loss, gd)[0].step.tables
    assert formed(loss, gd)[0] is not formed(steep, gd)[0]


def test_fields_are_derived_once_for_all_values(monkeypatch):
    landscape = fresh(CURVED)
    landscape.gradient, landscape.noise_factor  # noqa: B018
    monkeypatch.setattr("driftscape.landscapes.kinds.potential.derivative", None)
    monkeypatch.setattr("driftscape.landscapes.kinds.potential.noise_factor", None)
    other = landscape.with_parameters(a=3.0, b=2.0)
    x = [0.5, -1.0]
    assert other.gradient(x) == pytest.approx([0.5 * (0.25 - 1), -3.0])
    assert other.noise_factor(x)[1, 1] == pytest.approx(1.5**0.5)
    assert landscape.gradient(x) == pytest.approx([0.5 * (0.25 - 1), -1.0])


def test_other_values_are_checked_all_the_same():
    with pytest.raises(FormulaError, match="width"):
        fresh(FIT).with_parameters(s=-1.0)
    with pytest.raises(FormulaError, match="not positive semidefinite"):
        fresh(CURVED).with_parameters(b=-2.0)


def test_points_are_told_apart_by_a_subclass_that_looks_at_a_number():
    """The sweep of a user's dynamics is that of its runs."""

    @dataclass(frozen=True, kw_only=True)
    class Stopping(simulate.GD):
        def step(self, landscape):
            step = super().step(landscape)
            return step if self.learning_rate < 0.2 else replace(step, update=step.state)

    rates, short = [0.1, 0.3], {"start": 0.5, "steps": 2, "seed": 1, "backend": "numpy"}
    swept = simulate.sweep(
        PLAIN, Stopping(learning_rate=0.1), over={"learning_rate": rates}, **short
    )
    assert swept.final.values.ravel().tolist() == [0.5 * 0.9**2, 0.5]
