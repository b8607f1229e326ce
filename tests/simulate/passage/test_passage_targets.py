"""What may be written as a target, against the same predicates in Python on the states of a run."""

import numpy as np
import pytest

from driftscape import landscapes, simulate
from driftscape.landscapes import Landscape

SPACE = Landscape.from_drift(
    ["-x", "-y", "-z"], coordinates="x y z", parameters={"a": 1.5}, name="space", start=(0, 0, 0)
)
ITO = simulate.Ito(beta=2, dt=0.1)
a = 1.5
TARGETS = {
    "sphere": ("x**2 + y**2 + z**2 > a**2", lambda x, y, z: x**2 + y**2 + z**2 > a**2),
    "chain": ("1.2 < x + y < 1.3", lambda x, y, z: (x + y > 1.2) & (x + y < 1.3)),
    "nested": (
        "(x > 0.9 or y > 0.9) and not (z > 0 or x*y < -0.2)",
        lambda x, y, z: ((x > 0.9) | (y > 0.9)) & ~((z > 0) | (x * y < -0.2)),
    ),
    "where": (
        "where(x > 0 and y > 0, x*y, -2*x) > a",
        lambda x, y, z: np.where((x > 0) & (y > 0), x * y, -2 * x) > a,
    ),
    "logarithm": ("log(x - y) > 0.6", lambda x, y, z: np.log(np.maximum(x - y, 1e-9)) > 0.6),
    "functions": (
        "max(abs(y), tanh(z), exp(-3*x)/40) >= 1.1",
        lambda x, y, z: np.max([abs(y), np.tanh(z), np.exp(-3 * x) / 40], axis=0) >= 1.1,
    ),
    "quotient": ("1/(1 - z) > 20", lambda x, y, z: 1 / (1 - z) > 20),
    "beyond": ("sign(z)*z > 1.05", lambda x, y, z: abs(z) > 1.05),
}


def passage(**changes):
    settings = {"trajectories": 400, "seed": 4, "max_steps": 120}
    settings["target"] = {name: text for name, (text, _) in TARGETS.items()}
    return simulate.first_passage(SPACE, ITO, **(settings | changes))


@pytest.mark.slow
def test_eight_targets_against_python_on_the_paths():
    """Without bridges: the first step whose end lies in one, and the first of them in order."""
    passages, steps = passage(bridge=False), 120
    run = simulate.run(SPACE, ITO, trajectories=400, seed=4, steps=steps, save_every=1)
    path = run.state.transpose("coordinate", "trajectory", "time").values
    met = np.array([test(*path) for _, test in TARGETS.values()])  # target, trajectory, time
    last = np.where(met.any(axis=(0, 2)), met.any(axis=0).argmax(axis=1), steps)
    here = met[:, np.arange(400), last]
    target = np.where(here.any(axis=0), here.argmax(axis=0), -1)
    assert (passages.target.values == target).all()
    assert (np.round(passages.passage_time / ITO.dt) == last).all()
    assert (passages.exit.values.T == path[:, np.arange(400), last]).all()
    assert (np.bincount(target, minlength=8) > 0).all()  # each is reached by some


@pytest.mark.slow
def test_bridges_end_earlier_and_lose_nobody():
    """A path that meets no target inside its steps runs on as it would.

    Undefined levels, log(x - y) where x < y, must not turn a margin into NaN.
    """
    target = {name: TARGETS[name][0] for name in ("nested", "where", "logarithm")}
    bridged, plain = passage(target=target), passage(target=target, bridge=False)
    assert (bridged.diverged == -1).all()
    assert (bridged.passage_time <= plain.passage_time).all()
    assert bridged.passage_time.mean() < 0.95 * plain.passage_time.mean()
    assert (np.bincount(bridged.target) > 0).all()
    both = (bridged.censored & plain.censored).values
    assert (bridged.exit.values[both] == plain.exit.values[both]).all()


def test_two_ways_to_write_a_target_are_one():
    """The distance from the origin has no gradient there, where the paths start."""
    plane = Landscape.from_drift(["0", "0"], coordinates="x y", name="plane")
    dynamics = simulate.Ito(beta=2, dt=0.01)
    times = [
        simulate.first_passage(
            plane, dynamics, start=[0, 0], target=target, trajectories=300, seed=1, max_time=100
        ).passage_time
        for target in ("sqrt(x**2 + y**2) > 1", "x**2 + y**2 > 1")
    ]
    assert np.isfinite(times[0]).all()
    assert abs(times[0] - times[1]).mean() < 0.01


def test_a_target_smaller_than_a_step_keeps_its_exit_points_near():
    """A path may meet a tiny disc anywhere: projecting its middle onto the rim must not throw it.

    The step is five times the disc.
    """
    plane = Landscape.from_drift(["-x", "-y"], coordinates="x y", name="plane")
    passages = simulate.first_passage(
        plane, simulate.Ito(beta=2, dt=0.01), start=[0.3, 0], target="x**2 + y**2 < 0.0004",
        trajectories=500, seed=1, max_time=200,
    )  # fmt: skip
    assert np.hypot(*passages.exit.values[~passages.censored.values].T).max() < 0.05


@pytest.mark.slow
def test_the_screw_is_climbed():
    """Three coordinates and the discrete map: up and down are distinguished."""
    passages = simulate.first_passage(
        landscapes.archimedes(), simulate.SGD(learning_rate=0.1), trajectories=200, seed=1,
        target={"up": "z > 0.2", "down": "z < -0.2"}, max_time=1000,
    )  # fmt: skip
    z = passages.exit.sel(coordinate="z").values
    assert (z[passages.target == 0] > 0.2).all()
    assert (z[passages.target == 1] < -0.2).all()
    assert passages.target.attrs["flag_meanings"] == "up down"
    assert passages.target.mean() < 0.5  # it moves upwards
