"""Right runs are rejected as often as the level says, however few and skewed; wrong ones are."""

import numpy as np
import pytest
from scipy import stats

from driftscape import analysis, landscapes, simulate, theory

SEEDS, LEVELS = 200, (0.02, 0.09)
FIT, WELL = landscapes.gaussian_fit(), landscapes.double_well(rotation=1.5)
SGD = simulate.SGD(learning_rate=0.2)

# landscape, dynamics, what is kept, operator
CASES = {
    "states of one coordinate, skewed": (
        FIT, simulate.Ito(beta=20, dt=0.005), {"time": 10, "keep": "final"},
        lambda: theory.fokker_planck(FIT, beta=20, shape=256),
    ),
    "states and displacements in the plane": (
        WELL, simulate.Ito(beta=1, dt=0.02, scheme="heun"), {"time": 20, "save_every": 10},
        lambda: theory.fokker_planck(WELL, beta=1, shape=64),
    ),
    "a chain, five steps between snapshots": (
        FIT, SGD, {"steps": 100, "save_every": 5}, lambda: theory.transfer_operator(FIT, SGD),
    ),
}  # fmt: skip


def p_values(compare, data, operator, count):
    """Return the p-value of each part of `count` trajectories."""
    parts = range(0, data.sizes["trajectory"], count)
    return np.array([
        compare(data.isel(trajectory=slice(k, k + count)), operator).p_value for k in parts
    ])  # fmt: skip


def holds(p):
    return LEVELS[0] <= np.mean(p < 0.05) <= LEVELS[1] and stats.kstest(p, "uniform").pvalue > 1e-3


@pytest.mark.slow
@pytest.mark.parametrize("name", list(CASES))
def test_of_right_runs_of_fifty_trajectories_one_in_twenty_is_rejected(name):
    landscape, dynamics, kept, operator = CASES[name]
    run = simulate.run(landscape, dynamics, trajectories=50 * SEEDS, seed=11, **kept)
    p = p_values(analysis.compare, run, operator(), 50)
    assert holds(p), (np.mean(p < 0.05), stats.kstest(p, "uniform").pvalue)


@pytest.mark.fast_cases("1000.0")
@pytest.mark.filterwarnings("ignore::driftscape.simulate.CensoredWarning")
@pytest.mark.parametrize("watched", [8.0, 1000.0])
def test_passages_too_and_where_half_are_not_seen(watched):
    well, count = landscapes.quartic_well(), 50
    operator = theory.fokker_planck(well, beta=5, shape=128)
    passages = simulate.first_passage(
        well, simulate.Ito(beta=5, dt=0.005), start=-1, target="x > 0", max_time=watched,
        trajectories=count * SEEDS, seed=3,
    )  # fmt: skip
    p = p_values(analysis.compare_passages, passages, operator, count)
    assert holds(p), (np.mean(p < 0.05), stats.kstest(p, "uniform").pvalue)
    result = analysis.compare_passages(passages, operator)
    assert result.names[0] == ("mean first-passage time" if watched > 8 else "mean of min(T, 8)")
    assert result.agrees, str(result)
    colder = theory.fokker_planck(well, beta=5.5, shape=128)
    assert not analysis.compare_passages(passages, colder).agrees


@pytest.mark.slow
def test_passages_of_a_chain_beside_its_operator():
    well = landscapes.Landscape.from_loss(
        "(x**2 - 1)**2/4 + s*x", coordinates="x", samples={"s": landscapes.Normal()}, start=(-1,)
    )
    op = theory.transfer_operator(well, SGD, shape=128)
    asked = {"target": "x > 0", "start": -1, "max_time": 1e4}
    passages = simulate.first_passage(well, SGD, trajectories=4000, seed=2, **asked)
    result = analysis.compare_passages(passages, op)
    assert result.trustworthy, str(result)
    assert result.agrees, str(result)
    for wrong in (simulate.SGD(learning_rate=0.25), SGD.as_sde(substeps=20)):
        other = simulate.first_passage(well, wrong, trajectories=4000, seed=2, **asked)
        assert not analysis.compare_passages(other, op).agrees
    with pytest.raises(ValueError, match="SGD has none"):
        analysis.compare_passages(passages, op, coarser=passages)
