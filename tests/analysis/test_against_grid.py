"""An ensemble against a grid on shipped landscapes; the wrong temperature is rejected."""

import numpy as np
import pytest

from driftscape import analysis, landscapes, simulate

CASES = {
    "double_well": (lambda: landscapes.double_well(rotation=1.5), 1.0, 0.005),
    "quartic_well": (landscapes.quartic_well, 3.0, 0.005),
    "maier_stein": (landscapes.maier_stein, 4.0, 0.005),
    "linear": (landscapes.linear, 1.0, 0.005),
    "mean_estimation": (landscapes.mean_estimation, 2.0, 0.01),
    "divergence_free": (landscapes.divergence_free_double_well, 1.0, 0.005),
}


def pair(name, beta=None, seed=1, count=8000):
    make, stated, dt = CASES[name]
    landscape = make()
    law = simulate.Ito(beta=beta or stated, dt=dt, scheme="weak-2")
    run = simulate.run(landscape, law, time=25, trajectories=count, seed=seed, keep="final")
    size = 256 if landscape.dim == 1 else 96
    return run, analysis.fokker_planck(landscape, beta=stated, shape=size)


@pytest.mark.parametrize("name", list(CASES))
def test_two_roads_agree(name):
    run, fp = pair(name)
    made = analysis.compare(run, fp)
    assert made.agrees, str(made)


def test_the_wrong_temperature_is_rejected():
    run, fp = pair("double_well", beta=1.1)
    assert not analysis.compare(run, fp).agrees


def test_z_scores_are_standard_normal():
    """Over seeds, one quantity of each kind (those of one run are correlated)."""
    _, fp = pair("mean_estimation", count=64)
    z = []
    for seed in range(60):
        run, _ = pair("mean_estimation", seed=seed, count=1000)
        z.append(analysis.compare(run, fp).z)
    z = np.array(z)
    for column in z.T:
        assert abs(column.mean()) < 4 / np.sqrt(60)
        assert 0.55 < (column**2).mean() < 1.65  # 4 standard deviations of chi-square/60, 0.18


def test_first_passages():
    well = landscapes.quartic_well()
    fp = analysis.fokker_planck(well, beta=5)
    hits = simulate.first_passage(
        well, simulate.Ito(beta=5, dt=0.005), start=-1, target="x > 0", trajectories=10_000,
        seed=2, max_time=400,
    )  # fmt: skip
    made = analysis.compare(hits, fp)
    assert made.agrees, str(made)
    wrong = analysis.fokker_planck(well, beta=5.3)
    assert not analysis.compare(hits, wrong).agrees
    with pytest.raises(ValueError, match="the grid x1, x2"):
        analysis.compare(hits, analysis.fokker_planck(landscapes.double_well(rotation=0), beta=1,
                                                      shape=32))  # fmt: skip
