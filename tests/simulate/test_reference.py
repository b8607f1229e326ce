"""The compiled kernels against the NumPy reference, which shares neither printer nor primitives."""

import numpy as np
import pytest

from driftscape import simulate


def start_for(landscape, count):
    rng = np.random.default_rng(5)
    centre = np.array([float(s) for s in landscape.start])
    return centre + 0.3 * rng.standard_normal((count, landscape.dim))


@pytest.mark.fast_cases(
    "well ito",
    "laws without replacement",
    "screw matrix",
    "rows ito",
    "curled geodesic",
    "screw rgd flow",
)
def test_one_step_from_the_same_states_agrees_to_rounding(pair):
    landscape, dynamics = pair
    start = start_for(landscape, 200)
    runs = [
        simulate.run(
            landscape, dynamics, steps=1, trajectories=200, seed=11, start=start, backend=b
        )
        for b in ("cpu", "numpy")
    ]
    scale = 1 + np.abs(runs[1].final.values)
    assert np.max(np.abs(runs[0].final.values - runs[1].final.values) / scale) < 1e-13


def test_both_draw_the_same_words_in_the_same_order(pair):
    landscape, dynamics = pair
    runs = [
        simulate.run(landscape, dynamics, steps=13, trajectories=9, seed=2, backend=b)
        for b in ("cpu", "numpy")
    ]
    assert (runs[0].words == runs[1].words).all()
    assert np.allclose(runs[0].final, runs[1].final, rtol=1e-9, atol=1e-11)


@pytest.mark.fast_cases("well ito", "laws batch 5")
@pytest.mark.parametrize("name", ["screw sgd", "laws batch 5", "well ito", "quadrature flow"])
def test_running_averages_agree_with_the_snapshots(pairs, name):
    make, dynamics = pairs[name]
    landscape = make()
    first = landscape.coordinates[0]
    keep = ["snapshots", simulate.Average(first, f"{first}**2", discard_steps=7)]
    run = simulate.run(
        landscape, dynamics, steps=40, trajectories=5, seed=4, save_every=1, keep=keep
    )
    path = run.state.values[:, 7:40, 0]
    assert np.allclose(
        run.average.values, np.stack([path.mean(1), (path**2).mean(1)], 1), rtol=1e-12
    )
