"""The advice in a warning of divergence is right: who follows it has finite trajectories."""

import re
import sys
import warnings

import numpy as np
import pytest

from driftscape import landscapes, simulate
from driftscape.landscapes import Landscape
from driftscape.simulate.advice import depends_on_beta, smaller

from ..tiers import tiered

TURNING = landscapes.double_well(rotation=1.5)
CUBIC = Landscape.from_potential("x**3/3 - x**5/20", coordinates="x", name="cubic")
FEW = {"trajectories": 64, "seed": 1, "keep": "final"}


def run(landscape, dynamics, **changes):
    """Return the dataset, and the messages of the warnings of divergence."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = simulate.run(landscape, dynamics, **(FEW | changes))
    messages = [str(w.message) for w in caught if w.category is simulate.DivergenceWarning]
    return result, messages


def lost(result):
    return int((result.diverged >= 0).sum())


def left(messages):
    """The message about trajectories that left the finite numbers."""
    (message,) = (m for m in messages if "left the finite" in m)
    return message


CASES = {
    "quartic, Euler": (landscapes.quartic_well(), simulate.Ito(beta=1, dt=0.5), {}),
    "quartic, SGD": (landscapes.quartic_well(), simulate.SGD(learning_rate=0.9), {"start": 3.0}),
    "quartic, BAOAB": (
        landscapes.quartic_well(), simulate.Underdamped(friction=0.1, beta=1, dt=2.0), {},
    ),
    "turning": (TURNING, simulate.Ito(beta=1, dt=0.3), {}),
    "turning, cold": (TURNING, simulate.Ito(beta=4, dt=0.01), {}),
    "divergence-free": (
        landscapes.divergence_free_double_well(), simulate.SGD(learning_rate=0.5), {},
    ),
    "mueller": (landscapes.mueller_brown(), simulate.Ito(beta=0.1, dt=0.01), {}),
    "network": (landscapes.linear_network(), simulate.SGD(learning_rate=0.5), {}),
    "screw": (landscapes.archimedes(), simulate.SGD(learning_rate=1.5), {}),
    "cosh": (landscapes.cosh(), simulate.SGD(learning_rate=1.5), {}),
    "van der pol": (landscapes.van_der_pol(), simulate.Ito(beta=1, dt=0.5), {}),
    "maier": (landscapes.maier_stein(), simulate.Ito(beta=1, dt=0.2), {}),
    "descent": (landscapes.styblinski_tang(), simulate.GD(learning_rate=0.2), {"start": (3, 3)}),
    "training set": (
        landscapes.archimedes(), simulate.SGD(learning_rate=1.5, sampling="fixed", train_size=8),
        {},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", tiered(list(CASES), ("quartic, Euler", "screw", "turning, cold")))
def test_who_follows_a_smaller_step_has_finite_trajectories(name):
    landscape, dynamics, changes = CASES[name]
    result, messages = run(landscape, dynamics, steps=200, **changes)
    assert lost(result)
    size, value = re.search(r"Use (dt|learning_rate)=([\d.e-]+): the \d+", left(messages)).groups()
    followed = type(dynamics)(**{**vars(dynamics), size: float(value)})
    ratio = getattr(dynamics, size) / float(value)
    assert ratio > 3.5
    assert "in the same time" in left(messages)
    again, messages = run(landscape, followed, steps=int(200 * ratio), **changes)
    assert lost(again) == 0
    assert not [m for m in messages if "left the finite" in m]


@pytest.mark.slow
def test_a_schedule_and_a_matrix_are_multiplied():
    well, rates = landscapes.quartic_well(), "0.9/(1 + step/1000)"
    _, messages = run(well, simulate.SGD(learning_rate=rates), start=3.0, steps=200)
    schedule = re.search(r"Use learning_rate='([^']+)'", left(messages)).group(1)
    assert schedule.startswith(f"({rates})*0.")
    again, _ = run(well, simulate.SGD(learning_rate=schedule), start=3.0, steps=1600)
    assert lost(again) == 0
    tang, matrix = landscapes.styblinski_tang(), [[0.3, 0], [0, 0.2]]
    _, messages = run(tang, simulate.SGD(learning_rate=matrix), start=(3, 3), steps=200)
    found = re.search(r"Use learning_rate=\(\(([\d.]+), 0.0\), \(0.0, ([\d.]+)\)\)", left(messages))
    rates = [[float(found[1]), 0], [0, float(found[2])]]
    assert lost(run(tang, simulate.SGD(learning_rate=rates), start=(3, 3), steps=1600)[0]) == 0


@pytest.mark.parametrize("changes", [{}, {"batch_size": 16}, {"learning_rate": 0.5}])
def test_where_the_temperature_follows_the_learning_rate_an_equation_is_named(changes):
    """beta = 2 batch_size/learning_rate: a smaller rate and a larger batch make it worse."""
    sgd = simulate.SGD(**({"learning_rate": 0.05} | changes))
    result, messages = run(TURNING, sgd, steps=200)
    assert lost(result) == 64
    message = left(messages)
    assert "A smaller learning_rate does not help (tried down to" in message
    assert f"beta = {sgd.beta:.4g}, 2 batch_size/learning_rate, grows" in message
    for worse in (smaller(sgd, 1), smaller(sgd, 4)):  # what was advised before
        assert lost(run(TURNING, worse, steps=400)[0]) == 64
    beta, dt = map(float, re.search(r"under Ito\(beta=([\d.]+), dt=([\d.]+)\)", message).groups())
    steps = round(200 * sgd.learning_rate / dt)
    assert lost(run(TURNING, simulate.Ito(beta=beta, dt=dt), steps=steps)[0]) == 0


@pytest.mark.slow
def test_a_schedule_has_no_beta_to_name():
    sgd = simulate.SGD(learning_rate="0.05/(1 + step/1000)")
    result, messages = run(TURNING, sgd, steps=200)
    assert lost(result) == 64
    assert "J exp(beta Phi), which explodes where beta Phi is large" in left(messages)
    assert lost(run(TURNING, simulate.Ito(beta=1, dt=0.01), steps=1000)[0]) == 0


def test_a_beta_that_is_free_is_turned_down():
    result, messages = run(TURNING, simulate.Ito(beta=40, dt=0.01), steps=200)
    assert lost(result) == 64
    beta = float(
        re.search(r"J exp\(beta Phi\), and beta = 40\. Use beta=([\d.]+)", left(messages))[1]
    )
    assert beta < 40
    assert lost(run(TURNING, simulate.Ito(beta=beta, dt=0.01), steps=200)[0]) == 0
    assert lost(run(TURNING, simulate.Ito(beta=80, dt=0.01), steps=200)[0]) == 64


@pytest.mark.slow
@pytest.mark.parametrize(
    ("landscape", "dynamics", "changes"),
    [
        (CUBIC, simulate.Ito(beta=2, dt=0.1), {"start": 0.5, "steps": 400}),
        (landscapes.cubic_chi(), simulate.SGD(learning_rate=0.1), {"steps": 2000}),
        (Landscape.from_drift("x**3", coordinates="x"), simulate.Ito(beta=2, dt=0.1),
         {"start": 1.0, "steps": 100}),
    ],
)  # fmt: skip
def test_where_the_equation_explodes_no_step_is_recommended(landscape, dynamics, changes):
    result, messages = run(landscape, dynamics, **changes)
    assert lost(result)
    assert "the equation itself leaves the finite numbers" in left(messages)
    assert "Use dt" not in left(messages)
    for halvings in (2, 5):
        longer = {**changes, "steps": changes["steps"] * 2**halvings}
        assert lost(run(landscape, smaller(dynamics, halvings), **longer)[0])


@pytest.mark.slow
def test_passages_that_end_at_a_target_do_not_count_as_lost():
    """Beyond y = 9 the drift explodes; a trajectory that stops at y = 8 is no concern."""
    stream = Landscape.from_drift(["x - x**3", "where(y > 9, y**5, 1)"], coordinates="x y")

    def passages(dt):
        return simulate.first_passage(
            stream, simulate.Ito(beta=1, dt=dt), target="y > 8", max_steps=round(150 / dt),
            trajectories=64, seed=1, start=(1, 0),
        )  # fmt: skip

    with pytest.warns(simulate.DivergenceWarning, match="Use dt=") as caught:
        assert lost(passages(0.5))
    messages = next(str(w.message) for w in caught if "left the finite" in str(w.message))
    assert lost(passages(float(re.search(r"Use dt=([\d.]+):", messages)[1]))) == 0
    _, messages = run(stream, simulate.Ito(beta=1, dt=0.5), steps=300)  # the wrong twin: no target
    assert "the equation itself" in left(messages)


@pytest.mark.slow
def test_a_sweep_names_the_point_that_was_tried():
    with pytest.warns(simulate.DivergenceWarning, match=r"\(Tried at beta=8\.\)") as caught:
        simulate.sweep(TURNING, simulate.Ito(beta=1, dt=0.01), over={"beta": [1, 8]}, steps=400,
                       trajectories=50, seed=1)  # fmt: skip
    assert "at beta=8" in str(caught[0].message)


@pytest.mark.slow
def test_a_refinement_is_advised_too():
    with pytest.warns(simulate.DivergenceWarning, match="Use dt=0.0625"):
        simulate.refine(landscapes.quartic_well(), simulate.Ito(beta=1, dt=0.5), steps=300,
                        trajectories=50, seed=1)  # fmt: skip


def test_the_reference_backend_advises_alike():
    _, messages = run(landscapes.quartic_well(), simulate.Ito(beta=1, dt=0.5), steps=100,
                  backend="numpy")  # fmt: skip
    assert re.search(r"Use dt=0\.\d+", left(messages))


LIMITS = [
    (landscapes.archimedes(), simulate.SGD(learning_rate=1.5)),
    (landscapes.linear_network(), simulate.SGD(learning_rate=0.5)),
    (landscapes.mueller_brown(), simulate.Ito(beta=0.1, dt=0.002)),
    (landscapes.styblinski_tang(), simulate.GD(learning_rate=0.2)),
    (landscapes.quartic_well(), simulate.Underdamped(friction=0.1, beta=1, dt=2.0)),
]


@pytest.mark.slow
@pytest.mark.parametrize(("landscape", "dynamics"), LIMITS)
def test_below_the_stated_limit_there_is_no_warning(landscape, dynamics):
    """Of stability at a minimum: started there, the trajectories stay finite as well."""
    _, messages = run(landscape, dynamics, steps=50)
    size, limit = next(
        re.search(r"Use (dt|learning_rate) < ([\d.e-]+)\.", m).groups()
        for m in messages
        if "stability limit" in m
    )
    for factor, warned in ((0.95, False), (1.05, True)):
        near = type(dynamics)(**{**vars(dynamics), size: factor * float(limit)})
        _, messages = run(landscape, near, steps=2)
        assert any("stability limit" in m for m in messages) == warned


def test_what_takes_too_long_is_not_tried(monkeypatch):
    well, euler = landscapes.quartic_well(), simulate.Ito(beta=1, dt=0.5)
    module = sys.modules["driftscape.simulate.advice"]
    monkeypatch.setattr(module, "_COST", 1000)
    assert "A smaller dt may help; to try it would" in left(run(well, euler, steps=200)[1])
    monkeypatch.setattr(module, "_COST", 64 * 1000)  # less than 0.0625 takes
    message = left(run(well, euler, steps=200)[1])
    assert "the equation itself" not in message
    assert re.search(r"Use dt=0\.125:|to try smaller ones would take too long", message)


@pytest.mark.slow
def test_a_dynamics_of_the_users_own_is_warned_of_as_well():
    class Doubling(simulate.Dynamics):
        @property
        def time_step(self):
            return 1.0

        def step(self, landscape):
            (x,) = landscape.symbols
            return simulate.Step.of(landscape, [1e30 * x])

    result, messages = run(landscapes.quartic_well(), Doubling(), steps=50)
    assert lost(result)
    assert "Use a smaller step" in left(messages)


def test_which_drift_depends_on_beta():
    assert depends_on_beta(TURNING)
    assert not depends_on_beta(landscapes.double_well(rotation=0))
    assert not depends_on_beta(landscapes.divergence_free_double_well())
    assert not depends_on_beta(landscapes.archimedes())
    assert np.isclose(smaller(simulate.SGD(learning_rate=0.1), 2).learning_rate, 0.025)
