"""Kernels count each state in the bin in which a search among the edges finds it."""

import numpy as np
import pytest
import sympy as sp

from driftscape import landscapes, simulate
from driftscape.simulate import Density
from driftscape.simulate.backends import backend
from driftscape.simulate.backends.codegen.stepkey import StepKey
from driftscape.simulate.backends.cpu.backend import CpuBackend, CpuEngine
from driftscape.simulate.backends.gpu.backend import text_of
from driftscape.simulate.ensemble import Ensemble
from driftscape.simulate.histogram import Histogram, edges_of, resolved
from driftscape.simulate.step import Step

from .backends.host_cpp import COMPILER, HostCpp, compiled
from .test_snapshots import leaving

pytestmark = pytest.mark.filterwarnings("ignore:.*:driftscape.simulate.DivergenceWarning")

BOUNDS = [
    (-2.5, 2.5, 50), (0.1, 0.7, 37), (-3.0, 3.0, 1), (-1e-3, 2.0, 999), (1e9, 1e9 + 1, 7),
    (-1e300, 1e300, 11), (0.0, 1e-300, 13), (0.0, 1.0, 9_999_999),
]  # fmt: skip


def values_about(low: float, high: float, bins: int) -> np.ndarray:
    """Values on edges, next to them, between them, and where there is no bin."""
    edges = edges_of(low, high, bins)
    some = np.unique(np.r_[edges[:40], edges[:: max(1, bins // 500)], edges[-40:]])
    special = [0.0, -0.0, 5e-324, -5e-324, 2e-310, np.inf, -np.inf, np.nan, 1.7e308, -1.7e308]
    between = np.random.default_rng(1).uniform(2 * low - high, 2 * high - low, 500) \
        if np.isfinite(2 * high - low) else []  # fmt: skip
    near = [np.nextafter(some, -np.inf), np.nextafter(some, np.inf)]
    return np.concatenate([some, *near, special, between])


def resting(states: np.ndarray) -> tuple[Step, Ensemble]:
    """A step that leaves states as they are and counts all of them, and an ensemble of states."""
    rows = tuple(sp.symbols(f"x:{len(states)}", real=True))
    step = Step(state=rows, update=rows, visible=len(rows), counted=rows)
    words = np.zeros((4, states.shape[1]), dtype=np.uint64)
    return step, Ensemble.fresh(step, states, words, every=1)


def counted(states: np.ndarray, bounds, bins, engine=None, points: int = 1) -> np.ndarray:
    step, ensemble = resting(states)
    ensemble.histogram = Histogram.empty(bounds, bins, points=points)
    (engine or CpuBackend()).engine(step).advance(ensemble, 0, 3)
    return ensemble.histogram.counts


def searched(states: np.ndarray, bounds, bins) -> np.ndarray:
    """Counts of three steps by a search among NumPy's own edges."""
    found = [
        np.searchsorted(np.linspace(*ends, n + 1), x, side="right") - 1
        for x, ends, n in zip(states, bounds, bins, strict=True)
    ]
    inside = np.all([(i >= 0) & (i < n) for i, n in zip(found, bins, strict=True)], axis=0)
    inside &= np.isfinite(states).all(axis=0)
    cells = np.ravel_multi_index([np.clip(i, 0, n - 1) for i, n in zip(found, bins, strict=True)],
                                 bins)  # fmt: skip
    size = int(np.prod(bins))
    return 3 * np.bincount(np.where(inside, cells, size), minlength=size + 1)


@pytest.mark.parametrize(("low", "high", "bins"), BOUNDS)
def test_edges_are_those_of_numpy(low, high, bins):
    assert resolved(low, high, bins)
    assert (edges_of(low, high, bins) == np.linspace(low, high, bins + 1)).all()


ENGINES = [CpuBackend(), CpuBackend(lanes=16), CpuBackend(lanes=1), backend("numpy")]


@pytest.mark.parametrize("engine", ENGINES, ids=["cpu", "16 lanes", "1 lane", "numpy"])
def test_every_value_is_counted_where_a_search_finds_it(engine):
    for low, high, bins in BOUNDS:
        states = values_about(low, high, bins)[None]
        wanted = searched(states, [(low, high)], [bins])
        assert (counted(states, [(low, high)], [bins], engine)[0] == wanted).all()


@pytest.mark.slow
@pytest.mark.skipif(COMPILER is None, reason="no C++ compiler")
def test_the_text_for_a_gpu_counts_alike():
    for low, high, bins in BOUNDS:
        states = values_about(low, high, bins)[None]
        wanted = searched(states, [(low, high)], [bins])
        assert (counted(states, [(low, high)], [bins], HostCpp())[0] == wanted).all()


@pytest.mark.slow
@pytest.mark.skipif(COMPILER is None, reason="no C++ compiler")
def test_single_precision_counts_its_states_by_edges_in_double_precision():
    step = resting(np.zeros((1, 1)))[0]
    kernel = compiled(text_of(StepKey(step), "xoshiro", "float32"))
    for low, high, bins in BOUNDS:
        with np.errstate(over="ignore"):
            states = values_about(low, high, bins).astype(np.float32).astype(float)[None]
        ensemble = resting(states)[1]
        ensemble.histogram = Histogram.empty([(low, high)], [bins])
        CpuEngine(step, kernel, 0, 64).advance(ensemble, 0, 3)
        assert (ensemble.histogram.counts[0] == searched(states, [(low, high)], [bins])).all()


def test_a_product_alone_would_count_some_of_them_in_another_bin():
    """The wrong twin: without the two comparisons."""
    wrong = 0
    for low, high, bins in BOUNDS:
        x, edges = values_about(low, high, bins), edges_of(low, high, bins)
        x = x[(x >= low) & (x < high)]
        with np.errstate(over="ignore"):
            guess = np.floor((x - low) * (1 / ((high - low) / bins)))
        right = np.searchsorted(edges, x, side="right") - 1
        assert abs(guess - right).max() <= 1
        wrong += int((guess != right).sum())
    assert wrong > 100


@pytest.mark.parametrize("dim", [pytest.param(2, marks=pytest.mark.slow), 3])
def test_cells_of_several_coordinates_and_points(dim):
    bounds, bins = [(-1.0, 1.0), (0.0, 2.0), (-0.3, 0.1)][:dim], [5, 3, 7][:dim]
    states = np.random.default_rng(2).uniform(-1.3, 2.2, (dim, 300))
    states[0, :40] = edges_of(*bounds[0], bins[0])[np.arange(40) % 6]
    states[dim - 1, 7] = np.nan
    counts = counted(states, bounds, bins, points=3)
    for point, part in enumerate(np.split(states, 3, axis=1)):  # a block has two points' states
        assert (counts[point] == searched(part, bounds, bins)).all()


@pytest.mark.parametrize(("low", "high", "bins"), [
    (1e15, 1e15 + 1, 50), (0.0, 5e-324, 1), (-1e308, 1e308, 3), (0.0, 1e-306, 100),
])  # fmt: skip
def test_bins_that_numbers_do_not_resolve_are_refused(low, high, bins):
    with pytest.raises(ValueError, match=r"not resolved by floating-point numbers; use fewer"):
        Density("x", bounds={"x": (low, high)}, bins=bins, every=1)


def density(every: int = 1, discard_steps: int = 0) -> Density:
    bounds = {"x1": (-2.0, 2.0), "x2": (-3.0, 3.0)}
    return Density("x1 x2", bounds=bounds, bins=[9, 7], every=every, discard_steps=discard_steps)


@pytest.mark.parametrize(("every", "discard_steps"), [(1, 0), (7, 130)])
def test_what_diverges_in_the_middle_of_a_stretch_is_counted_once(every, discard_steps):
    keep = density(every, discard_steps)
    run = leaving(keep=[keep, "snapshots"])
    assert len(set(run.diverged.values % 64)) > 20
    late = run.state.values[:, run.step > max(0, discard_steps)].reshape(-1, 2)
    wanted, *_ = np.histogram2d(*late[np.isfinite(late).all(axis=1)].T, bins=[9, 7],
                                range=[(-2, 2), (-3, 3)])  # fmt: skip
    assert (run.counts.values == wanted.T).all()
    assert run.counts.sum() + run.counts.outside == len(late)
    backends = [CpuBackend(lanes=lanes) for lanes in (1, 16, 64)]
    for changes in ({}, {"threads": 2}, *({"backend": each} for each in backends)):
        assert leaving(keep=keep, **changes).counts.identical(run.counts)


def test_a_trajectory_that_one_row_has_left_is_in_no_bin_and_does_not_come_back():
    """The other row is finite when that happens, and both would be finite again after it."""
    x, y = rows = tuple(sp.symbols("x y", real=True))
    again = sp.Piecewise((x * sp.Float(1e100), x > 0), (sp.Rational(1, 2), True))
    onwards = sp.Piecewise((y + 1, y >= 0), (0, True))
    step = Step(state=rows, update=(again, onwards), visible=2, counted=(y,))
    states = np.array([[1e250, 1e150, -1.0, 0.0] * 20, [0.0] * 80])
    words = np.zeros((4, 80), dtype=np.uint64)
    ensemble = Ensemble.fresh(step, states, words, 71, every=1)
    ensemble.histogram = Histogram.empty([(0.0, 10.0)], [10])
    CpuBackend().engine(step).advance(ensemble, 0, 70)
    assert ensemble.diverged[:4].tolist() == [1, 2, 5, 5]
    gone = ensemble.diverged <= np.arange(1, 71)[:, None]
    assert (np.isnan(ensemble.snapshots[1:]) == gone[:, None]).all()
    assert ensemble.histogram.counts.tolist() == [[0, 60, 40, 40, 40, *[0] * 5, 80 * 70 - 180]]


@pytest.mark.slow
def test_orders_of_samples_are_put_back_before_a_stretch_is_made_again():
    quartic = landscapes.Landscape.from_loss(
        "theta**4/4 - x*theta", coordinates="theta", samples={"x": landscapes.Normal()}
    )
    sgd = simulate.SGD(learning_rate=0.1, sampling="reshuffled", train_size=9, batch_size=3)
    start = np.linspace(-6, 6, 90)[:, None]  # |theta| > sqrt(2/eta) leaves for good
    axis = Density("theta", bounds={"theta": (-3.0, 3.0)}, bins=20, every=1)
    given = dict(steps=40, trajectories=90, seed=1, start=start)
    run = simulate.run(quartic, sgd, keep=[axis, "snapshots"], **given)
    assert 10 < (run.diverged >= 0).sum() < 80
    late = run.state.values[:, 1:, 0].ravel()
    wanted, _ = np.histogram(late[np.isfinite(late)], bins=20, range=(-3, 3))
    assert (run.counts.values == wanted).all()
    final = simulate.run(quartic, sgd, keep="final", **given)
    assert np.array_equal(run.training.values, final.training.values)
    assert np.array_equal(run.final.values, final.final.values, equal_nan=True)


def test_each_point_of_a_sweep_has_its_counts(monkeypatch):
    well, ito = landscapes.double_well(rotation=1.0), simulate.Ito(beta=1, dt=0.02)
    given = dict(steps=100, trajectories=70, seed=3, keep=density(3, 10))
    sweep = simulate.sweep(well, ito, over={"beta": [1, 2, 4]}, threads=2, **given)
    run = simulate.run(well, simulate.Ito(beta=2, dt=0.02), **given)
    point = sweep.sel(beta=2)
    assert (point.counts.values == run.counts.values).all()
    assert int(point.outside) == run.counts.outside
    monkeypatch.setattr("driftscape.simulate.backends.cpu.backend._COUNTS", 1.0)  # one array
    again = simulate.sweep(well, ito, over={"beta": [1, 2, 4]}, threads=2, **given)
    assert again.identical(sweep)
