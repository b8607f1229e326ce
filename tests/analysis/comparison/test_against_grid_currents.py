"""Currents against a grid: from states, from displacements, and as a field."""

import numpy as np
import pytest

from driftscape import analysis, landscapes, simulate, theory

WELL = landscapes.double_well(rotation=1.5)


@pytest.fixture(scope="module")
def fp():
    return theory.fokker_planck(WELL, beta=1, shape=96)


@pytest.fixture(scope="module")
def run():
    ito = simulate.Ito(beta=1, dt=0.005, scheme="heun")
    return simulate.run(WELL, ito, time=30, trajectories=200, seed=4, save_every=2)


def test_a_current_that_leaves_the_density_as_it_is_is_told_apart(fp):
    """All rotations of the double well have one density: only currents differ."""
    ito = simulate.Ito(beta=1, dt=0.02, scheme="heun")
    other = landscapes.double_well(rotation=1.2)
    run = simulate.run(other, ito, time=15, trajectories=8000, seed=1, keep="final")
    result = analysis.compare(run, fp)
    verdicts = dict(zip(result.names, (c.verdict for c in result.comparisons), strict=True))
    assert {v for name, v in verdicts.items() if name[0] in "EP"} == {"agrees"}
    assert verdicts["torque"] == "rejected"
    assert not result.agrees
    assert result.p_value < 1e-6


@pytest.mark.slow
def test_displacements_measure_the_current_without_knowing_the_drift(fp, run):
    result = analysis.compare(run, fp)
    assert result.agrees, str(result)
    rows = [k for k, name in enumerate(result.names) if name.endswith("displaced")]
    assert len(rows) == 18
    flows = np.array([result.measured[k].value / result.measured[k].stderr for k in rows])
    assert np.abs(flows).max() > 25  # it measures something
    # the other way round; densities are the same
    ito = simulate.Ito(beta=1, dt=0.005, scheme="heun")
    other = landscapes.double_well(rotation=-1.5)
    back = simulate.run(other, ito, time=30, trajectories=200, seed=4, save_every=2)
    z = analysis.compare(back, fp).z[rows]
    assert np.abs(z).max() > 25


def averaged(field, edges):
    """Means of a field on the grid over coarse cells whose edges are faces of it."""
    names = list(edges)
    for name, e in edges.items():
        field = field.groupby_bins(name, e, labels=(e[1:] + e[:-1]) / 2).mean()
        field = field.rename({f"{name}_bins": name})
    return field.transpose("coordinate", *names)


def test_the_field_is_that_of_the_grid_cell_by_cell(fp, run):
    """Chords for paths: extrapolated to no time between snapshots."""
    low_high = fp.grid.box
    edges = {
        name: np.linspace(low, high, 97)[24:73:6]
        for name, (low, high) in zip(fp.grid.names, low_high, strict=True)
    }
    J = analysis.current(run, bins=edges)
    expected = averaged(fp.current(), edges)
    seen = J.density > 1e-2
    z = ((J.current - expected) / J.stderr).where(seen)
    assert int(seen.sum()) > 30
    assert float(abs(z).max()) < 4.5  # of some 80
    assert 0.6 < float((z**2).mean()) < 1.5
    assert float(((J.current + expected) / J.stderr).where(seen).max()) > 20  # the wrong way round


def test_the_field_has_no_current_where_there_is_none():
    bowl = landscapes.Landscape.from_potential("x**2/2 + y**2", coordinates="x y")
    ito = simulate.Ito(beta=1, dt=0.02, scheme="heun")
    run = simulate.run(bowl, ito, time=40, trajectories=100, seed=1, save_every=5)
    J = analysis.current(run, bins={"x": np.linspace(-2, 2, 5), "y": np.linspace(-1, 1, 5)})
    z = (J.current / J.stderr).values
    assert np.abs(z).max() < 4
    assert float((J.density * 0.5).sum()) == pytest.approx(0.8043, abs=0.03)  # erf(sqrt 2) erf(1)


def test_the_field_goes_round_a_circle():
    """Drift 1 on a circle of length 2: J = 1/2 everywhere."""
    ring = landscapes.Landscape.from_drift("1", coordinates="x")
    run = simulate.run(ring, simulate.Ito(beta=1, dt=0.01), time=40, trajectories=100, seed=1,
                       save_every=1)  # fmt: skip
    J = analysis.current(run, bins=4, periodic={"x": (0, 2)})
    assert J.current.values[0] == pytest.approx(np.full(4, 0.5), abs=4 * float(J.stderr.max()))
    assert float(J.stderr.max()) < 0.02
    assert J.density.values.sum() * 0.5 == pytest.approx(1)


def test_wrong_requests_are_refused(run):
    with pytest.raises(ValueError, match="edges must be ascending"):
        analysis.current(run, bins={"x1": [1, 0], "x2": [0, 1]})
    with pytest.raises(ValueError, match="for each of x1, x2"):
        analysis.current(run, bins={"x1": [0, 1]})
    with pytest.raises(ValueError, match="bins=0; it must be a whole number"):
        analysis.current(run, bins=0)
    with pytest.raises(ValueError, match="the coordinates are x1, x2"):
        analysis.current(run, periodic={"theta": (0, 1)})
    with pytest.raises(analysis.TooFewData, match="of 5"):
        analysis.current(run, discard_steps=5996)
    short = simulate.run(WELL, simulate.Ito(beta=1, dt=0.01), time=1, trajectories=20, seed=1,
                         keep="final")  # fmt: skip
    with pytest.raises(ValueError, match="no snapshots"):
        analysis.current(short)
