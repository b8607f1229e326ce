"""Units: products of powers, conversion by the time of a step, refusal of unlike quantities."""

import math

import pytest

from driftscape import analysis, landscapes, simulate, theory
from driftscape.analysis import Estimate
from driftscape.landscapes import Landscape
from driftscape.theory import Theory, UnitError
from driftscape.theory.units import Unit, conversion

READ = {
    "": Unit(),
    "per step": Unit(step=-1),
    "per time": Unit(time=-1),
    "per unit of time": Unit(time=-1),
    "per 1000 steps": Unit(1e-3, step=-1),
    "per 1e4 steps": Unit(1e-4, step=-1),
    "units of time": Unit(time=1),
    "units of time^2": Unit(time=2),
    "steps": Unit(step=1),
    "of the trajectories": Unit(),
    "turns per unit of time": Unit(time=-1, words=(("turns", 1.0),)),
    "m * k per step^0.5": Unit(step=-0.5, words=(("k", 1.0), ("m", 1.0))),
    "per step per time": Unit(step=-1, time=-1),
}


@pytest.mark.parametrize("text", READ)
def test_units_are_read_and_written(text):
    unit = Unit.of(text)
    assert unit == READ[text]
    for power in (1, 2, -1, 0.5):
        again = Unit.of(str(unit**power))
        whole = unit**power
        assert (again.step, again.time, again.words) == (whole.step, whole.time, whole.words)
        assert again.factor == pytest.approx((unit**power).factor)
    assert str(unit / unit) == ""


@pytest.mark.parametrize(
    "text", ["per 0 steps", "m^0", "1.2.3 m", "m^2.3.4", "km/h", "% * x^-", "per"]
)
def test_any_words_are_a_unit(text):
    unit = Unit.of(text)
    assert (unit / unit) == Unit()
    assert conversion(text, text, None) == 1
    assert isinstance(str(unit**2), str)


def test_conversion_by_the_time_of_a_step():
    assert conversion("per step", "per time", 0.1) == pytest.approx(10)
    assert conversion("per time", "per 1000 steps", 0.1) == pytest.approx(100)
    assert conversion("steps", "units of time", 0.1) == pytest.approx(0.1)
    assert conversion("turns per step^2", "turns per time^2", 0.1) == pytest.approx(100)
    assert conversion("per 10 steps", "per step", None) == pytest.approx(0.1)
    for unit, wanted, step in [
        ("per step", "units of time", 0.1), ("turns", "radians", None), ("", "per step", 1.0),
        ("turns per step", "per step", 1.0),
    ]:  # fmt: skip
        with pytest.raises(UnitError, match="units of unlike quantities"):
            conversion(unit, wanted, step)
    with pytest.raises(UnitError, match="time of a step, which is not known"):
        conversion("per step", "per time", None)


def of(value, unit, step=None):
    return Estimate(value, 0.1, 50, "m", unit, time_step=step)


def test_sums_convert_and_refuse_products_combine():
    total = of(1.0, "per step", 0.1) + of(10.0, "per time")
    assert (total.value, total.unit) == (pytest.approx(2.0), "per step")
    assert total.stderr == pytest.approx(math.hypot(0.1, 0.01))
    assert (of(1.0, "per time", 0.1) - of(0.2, "per 2 steps", 0.1)).value == pytest.approx(0.0)
    for other in (of(1.0, "units of time"), of(1.0, "turns per step")):
        with pytest.raises(UnitError):
            of(1.0, "per step", 0.1) + other
        with pytest.raises(UnitError):
            of(1.0, "per step", 0.1).compare(other)
    with pytest.raises(UnitError, match="not known"):
        of(1.0, "per step") - of(1.0, "per time")
    speed, time = of(2.0, "per step", 0.1), of(3.0, "units of time", 0.1)
    assert (speed * time).unit == "units of time per step"
    assert (speed**2).unit == "per step^2"
    assert (speed / speed).unit == ""
    assert (1 / time).unit == "per time"
    assert (2 * time + 1).unit == "units of time"
    ratio = speed / of(20.0, "per time", 0.1)
    assert (ratio.value, ratio.unit) == (pytest.approx(1.0), "")
    assert (speed / of(20.0, "per time")).unit == ""
    assert (of(2.0, "per step") / of(20.0, "per time")).unit == "units of time per step"
    assert (speed * of(1.0, "")).unit == "per step"
    assert (of(0.3, "of the trajectories") * time).unit == "units of time"


def test_the_time_of_a_step_is_kept_where_it_is_one():
    one, other = of(1.0, "per step", 0.1), of(1.0, "per step", 0.2)
    assert (2 * one - one).time_step == 0.1
    assert (one * of(1.0, "")).time_step == 0.1
    assert (one - other).time_step is None
    assert (one * of(1.0, "per step")).time_step is None
    assert one.to("per time").value == pytest.approx(10)
    assert one.to("per time").to("per step").stderr == pytest.approx(one.stderr)
    assert (one.to("per time") - one).stderr == pytest.approx(0, abs=1e-12)
    with pytest.raises(UnitError):
        of(1.0, "per step").to("per time")


def test_a_prediction_is_compared_in_the_unit_of_the_estimate():
    measured = of(1.0, "per step", 0.1)
    found = measured.compare(Theory(11.0, truncation=0.5, unit="per time"))
    assert found.difference == pytest.approx(-0.1)
    assert found.theory.truncation == pytest.approx(0.05)
    assert found.theory.unit == "per step"
    assert measured.compare(Theory(1.0)).difference == 0  # no unit is stated
    assert of(1.0, "").compare(Theory(1.0, unit="per time")).difference == 0
    with pytest.raises(UnitError):
        measured.compare(Theory(1.0, unit="units of time"))


def test_a_velocity_of_the_chain_agrees_per_step_and_per_time():
    tilted = Landscape.from_loss(
        "cos(a)/2 - a/4 + s*a", coordinates="a", samples={"s": landscapes.Normal()}
    )
    sgd = simulate.SGD(learning_rate=0.5)
    operator = theory.transfer_operator(tilted, sgd, box=(-math.pi, math.pi), sides="periodic")
    run = simulate.run(tilted, sgd, steps=2000, trajectories=200, seed=1, save_every=100)
    for per in ("step", "time"):
        velocity = analysis.drift_velocity(run, "a", per=per)
        for other in ("step", "time"):
            assert velocity.compare(operator.drift_velocity("a", per=other)).verdict == "agrees"
            assert velocity.compare(analysis.drift_velocity(run, "a", per=other)).z == 0
        moved = analysis.displacement(run, "a")
        assert moved.unit == "per 2000 steps"
        whole = analysis.drift_velocity(run, "a", per=per, discard_steps=0)
        assert moved.compare(whole).verdict == "agrees"
        assert (moved - whole).stderr < 1e-12
    wrong = 2 * operator.drift_velocity("a").value
    assert analysis.drift_velocity(run, "a").compare(wrong).verdict == "rejected"


def test_an_sde_per_step_agrees_with_the_exact_velocity_per_time():
    """z was -11464, from units alone."""
    slope = Landscape.from_potential("y/4 + x**2/2", coordinates="x y", name="slope")
    ito = simulate.Ito(beta=2, dt=0.01)
    run = simulate.run(slope, ito, steps=4000, trajectories=100, seed=1, save_every=100)
    per_step = analysis.drift_velocity(run, "y")
    assert per_step.compare(Theory(-0.25, unit="per time")).verdict == "agrees"
    assert per_step.compare(Theory(-0.25)).verdict == "rejected"  # without a unit: as it is


@pytest.mark.slow
def test_theories_of_times_and_rates_state_their_unit():
    well = landscapes.quartic_well()
    fp = theory.fokker_planck(well, beta=5)
    assert fp.mean_first_passage_time("x > 0", start=-1).unit == "units of time"
    assert fp.first_passage_variance("x > 0", start=-1).unit == "units of time^2"
    flux = theory.flux_over_population(well, beta=5, start=-1, target=1)
    assert Unit.of(flux.unit) == Unit(time=-1)
    plane = landscapes.double_well(rotation=1.0)
    grid = theory.fokker_planck(plane, beta=1, shape=64)
    assert grid.torque().unit == theory.torque(plane).unit == "per time"
    assert Unit.of(grid.entropy_production().unit) == Unit(time=-1)
    assert Unit.of(theory.entropy_production(plane).unit) == Unit(time=-1)
    assert grid.circulation().flux.unit == "turns per unit of time"


def test_steps_of_two_lengths_are_compared_by_their_time():
    """The same path in 20 steps of 0.1 and in 200 steps of 0.01."""
    coarse, fine = of(3.0, "per 20 steps", 0.1), of(3.0, "per 200 steps", 0.01)
    assert (coarse - fine).value == pytest.approx(0)
    assert (coarse / fine).value == pytest.approx(1)
    per_step = of(3.0, "per step", 0.1) - of(1.0, "per step", 0.01)
    assert per_step.value == 2  # the same words: nothing is converted
