"""`.plot()` of every grid draws the first coordinate of the landscape along the horizontal axis."""

import matplotlib as mpl
import numpy as np
import pytest

from driftscape import analysis, landscapes, simulate, theory

WELL, ITO = landscapes.double_well(rotation=1.5), simulate.Ito(beta=1, dt=0.05)


@pytest.fixture(scope="module")
def fp():
    return theory.fokker_planck(WELL, beta=1, shape=(48, 64))


@pytest.fixture(scope="module")
def run():
    density = simulate.Density("x1 x2", bounds={"x1": (-2, 2), "x2": (-3, 3)}, bins=[8, 6], every=1)
    return simulate.run(
        WELL, ITO, steps=400, trajectories=400, seed=1, save_every=1, keep=[density, "snapshots"]
    )


@pytest.fixture
def axes():
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots()
    yield axes
    plt.close(figure)


GRIDS = {
    "steady state": lambda fp, run: fp.steady_state(),
    "current": lambda fp, run: fp.current().sel(coordinate="x2"),
    "evolution": lambda fp, run: fp.evolve((1, 0), [0, 1]).isel(time=1),
    "passage times": lambda fp, run: fp.mean_first_passage_times("x1 < 0"),
    "committor": lambda fp, run: fp.committor(source="x1 < -1", target="x1 > 1"),
    "survivors": lambda fp, run: fp.quasi_stationary("x1 < 0").density,
    "potential": lambda fp, run: theory.potential(fp),
    "parts": lambda fp, run: theory.decompose(fp).circulation.sel(coordinate="x1"),
    "step error": lambda fp, run: theory.step_error(fp, ITO),
    "counts": lambda fp, run: run.counts,
    "histogram": lambda fp, run: run.density,
    "measured potential": lambda fp, run: analysis.potential(run, bins=4).potential,
    "measured current": lambda fp, run: analysis.current(run, bins=(4)).current.sel(
        coordinate="x1"
    ),
}


@pytest.mark.parametrize("name", GRIDS)
def test_a_plot_is_upright(name, fp, run, axes):
    array = GRIDS[name](fp, run)
    array.plot(ax=axes)
    assert axes.get_xlabel().startswith("x1"), array.dims
    assert axes.get_ylabel().startswith("x2")
    turned = array.T  # the wrong twin
    axes.clear()
    turned.plot(ax=axes, add_colorbar=False)
    assert axes.get_xlabel().startswith("x2")


def test_the_wells_lie_left_and_right(fp, axes):
    """The picture itself: its brightest column is at x1 = +-1, its brightest row at x2 = 0."""
    mesh = fp.steady_state().plot(ax=axes)
    corners = mesh.get_coordinates()  # rows upwards, columns to the right
    values = np.asarray(mesh.get_array()).reshape(corners.shape[0] - 1, -1)
    row, column = np.unravel_index(values.argmax(), values.shape)
    x, y = corners[row : row + 2, column : column + 2].mean(axis=(0, 1))
    assert abs(abs(x) - 1) < 0.3
    assert abs(y) < 0.4
