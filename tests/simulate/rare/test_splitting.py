"""Splitting: the same bits always, no bias whatever the coordinate, and clear answers."""

import signal
import sys
import time
from functools import cache
from threading import Event

import numpy as np
import pytest
import xarray as xr

from driftscape import analysis, landscapes, simulate
from driftscape.landscapes import Landscape
from driftscape.simulate.backends.cpu.backend import CpuBackend
from driftscape.simulate.rare import cloning

module = sys.modules["driftscape.simulate.splitting"]  # the module; the name is the function's
WELL = landscapes.quartic_well()
ITO = simulate.Ito(beta=20, dt=0.01)
SMALL = dict(start=-1, target="x > 0", reaction_coordinate="x", runs=4, replicas=100, seed=7)


@pytest.mark.slow
def test_same_bits_for_threads_and_lanes():
    one = simulate.splitting(WELL, ITO, threads=1, **SMALL)
    for other in (
        simulate.splitting(WELL, ITO, threads=2, **SMALL),
        simulate.splitting(WELL, ITO, backend=CpuBackend(lanes=16), **SMALL),
    ):
        for name in ("probability", "loop_time", "duration", "exit"):
            np.testing.assert_array_equal(other[name].values, one[name].values)


def test_rerun_from_a_file(tmp_path):
    estimate = simulate.splitting(WELL, ITO, **SMALL)
    estimate.to_netcdf(tmp_path / "rare.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "rare.nc", engine="h5netcdf") as read:
        again = simulate.rerun(read.load())
    for name in estimate:
        np.testing.assert_array_equal(again[name].values, estimate[name].values)


def test_runs_are_independent():
    estimate = simulate.splitting(WELL, ITO, **SMALL)
    again = simulate.splitting(WELL, ITO, **{**SMALL, "seed": 8})
    for name in ("loop_time", "first_time"):
        assert len({*estimate[name].values, *again[name].values}) == 8


def test_default_levels_belong_to_the_problem():
    """Levels drawn anew for each seed make another probability of each run of the same problem."""
    result = [
        simulate.provenance(simulate.splitting(WELL, ITO, **{**SMALL, "seed": seed, "runs": runs}))
        for seed, runs in ((7, 4), (8, 2))
    ]
    assert result[0]["home"] == result[1]["home"]
    assert result[0]["leave"] == result[1]["leave"]


def direct(beta, home, leave, count=200_000):
    """Probability to reach 0 before home from where `leave` is exceeded, without splitting."""
    ito = simulate.Ito(beta=beta, dt=0.01)
    out = simulate.first_passage(
        WELL, ito, start=home - 0.05, target=f"x > {leave}", trajectories=count, seed=100,
        max_time=1000, bridge=False,
    )  # fmt: skip
    way = simulate.first_passage(
        WELL, ito, start=out.exit.values, seed=101, trajectories=count, max_time=1000,
        target={"far": "x > 0", "home": f"x < {home}"}, bridge=False,
    )  # fmt: skip
    p = float((way.target == 0).mean())
    return p, np.sqrt(p * (1 - p) / count)


@pytest.fixture(scope="module")
def known():
    return direct(10, -0.95, -0.8)


def split_wells(seed):
    return simulate.splitting(
        WELL, simulate.Ito(beta=10, dt=0.01), **{**SMALL, "runs": 20, "replicas": 500},
        home=-0.95, leave=-0.8, bridge=False,
    ).probability.values  # fmt: skip


def test_unbiased_against_brute_force(known):
    p, error = known
    runs = split_wells(1)
    spread = np.hypot(runs.std(ddof=1) / np.sqrt(20), error)
    assert abs(runs.mean() - p) < 4 * spread


def test_clones_that_repeat_their_parents_are_rejected(known, monkeypatch):
    """The wrong twin: a clone with its parent's stream copies the parent's fate."""
    used, splitting = {}, Event()

    def same_stream(self, ids, generation, seed=None):
        if splitting.is_set():
            used.setdefault("first", generation)
            generation = min(generation, used["first"] + 2)
        return fresh(self, ids, generation, seed)

    def way_out(*given):
        splitting.set()
        return split(*given)

    fresh = cloning.Excursions.streams
    split = module.split
    monkeypatch.setattr(cloning.Excursions, "streams", same_stream)
    monkeypatch.setattr(module, "split", way_out)
    p, error = known
    runs = split_wells(1)
    spread = np.hypot(runs.std(ddof=1) / np.sqrt(20), error)
    assert abs(runs.mean() - p) > 4 * spread


PLANE = Landscape.from_potential("(x**2 - 1)**2/4 + y**2/2 + x*y/4", coordinates="x y")


@cache
def time_in_the_plane(xi):
    estimate = simulate.splitting(
        PLANE, simulate.Ito(beta=12, dt=0.02), start=[-1, 0.25], target="x > 0.2",
        reaction_coordinate=committor() if xi == "committor" else xi, runs=12, replicas=300, seed=3,
    )  # fmt: skip
    return analysis.mean_first_passage_time_by_splitting(estimate)


@pytest.mark.slow
def test_coordinates_of_the_plane_agree():
    result = [time_in_the_plane(xi) for xi in ("x", "x + 0.1*y", "x + 0.3*sin(3*y)")]
    values, errors = np.array([(e.value, e.stderr) for e in result]).T
    mean = np.average(values, weights=errors**-2)
    assert (abs(values - mean) < 4 * errors).all()


def committor():
    """The committor of the plane between two disks, by finite differences."""
    from scipy.sparse import lil_matrix
    from scipy.sparse.linalg import spsolve

    x, y = np.linspace(-1.6, 1.6, 65), np.linspace(-1.4, 1.4, 57)
    h, k, beta = x[1] - x[0], y[1] - y[0], 12.0
    phi = PLANE.potential(np.stack(np.meshgrid(x, y, indexing="ij"), -1))
    size = phi.size
    index = np.arange(size).reshape(phi.shape)
    matrix, right = lil_matrix((size, size)), np.zeros(size)
    for i, a in enumerate(x):
        for j in range(len(y)):
            n = index[i, j]
            if a < -0.9 or a > 0.9:
                matrix[n, n], right[n] = 1.0, float(a > 0)
                continue
            for di, dj, step in ((1, 0, h), (-1, 0, h), (0, 1, k), (0, -1, k)):
                if 0 <= j + dj < len(y):
                    rate = np.exp(-beta * (phi[i + di, j + dj] - phi[i, j]) / 2) / step**2
                    matrix[n, index[i + di, j + dj]] += rate
                    matrix[n, n] -= rate
    q = spsolve(matrix.tocsr(), right).reshape(phi.shape)
    return xr.DataArray(q, {"x": x, "y": y}, ("x", "y"))


@pytest.mark.slow
def test_a_committor_is_taken_as_coordinate():
    plain, best = map(time_in_the_plane, ("x", "committor"))
    assert plain.compare(best).verdict == "agrees"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (dict(runs=1), "runs=1; .* >= 2"),
        (dict(kill=100), "kill=100; .*from 1 to 99"),
        (dict(replicas=0), "replicas=0"),
        (dict(target={"a": "x > 0"}), "one predicate as text"),
        (dict(target="x > -2"), "start outside it"),
        (dict(reaction_coordinate="1"), "none of the coordinates"),
        (dict(reaction_coordinate=3), "give a formula"),
        (dict(reaction_coordinate="z"), "unknown name 'z'"),
        (dict(home=0.0, leave=-0.5), "home must be the lower level"),
        (dict(seed=-1), "seed=-1"),
        (dict(bridge="yes"), "bridge='yes'"),
    ],
)
def test_bad_input_is_answered(change, says, monkeypatch):
    monkeypatch.setattr(CpuBackend, "engine", lambda *_: pytest.fail("something was compiled"))
    with pytest.raises((ValueError, TypeError), match=says):
        simulate.splitting(WELL, ITO, **{**SMALL, **change})


def test_a_clock_is_refused():
    screw = landscapes.archimedes()
    for sgd, says in (
        (simulate.SGD(learning_rate="0.1/(1 + step)"), "number of the step"),
        (simulate.SGD(learning_rate=0.1, sampling="iid", train_size=10), "training set"),
    ):
        with pytest.raises(ValueError, match=says):
            simulate.splitting(screw, sgd, target="z > 1", reaction_coordinate="z", seed=1)


def test_nothing_rare_is_said():
    with pytest.raises(ValueError, match="nothing is rare"):
        simulate.splitting(WELL, simulate.Ito(beta=0.3, dt=0.01), **SMALL)


def test_excursions_that_do_not_end():
    with pytest.raises(ValueError, match="still under way after 100"):
        simulate.splitting(WELL, ITO, **SMALL, home=-0.99, leave=-0.1, max_steps=100)


def test_ctrl_c_ends_an_excursion_that_does_not():
    """Nothing comes home: without a look at Ctrl-C between bursts this would take minutes."""
    from threading import Timer

    Timer(0.5, signal.raise_signal, [signal.SIGINT]).start()
    began = time.perf_counter()
    with pytest.raises(KeyboardInterrupt, match="nothing is kept"):
        simulate.splitting(
            WELL, simulate.Ito(beta=400, dt=0.01), **SMALL, home=-2.5, leave=-1.3,
            max_steps=1_000_000_000,
        )  # fmt: skip
    assert time.perf_counter() - began < 30


def test_interrupted_between_rounds():
    def press(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate.splitting(WELL, ITO, progress=press, **SMALL)
