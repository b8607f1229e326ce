"""Estimates, escape times, spectra and currents: points with bars, theory as black lines."""

import numpy as np
import pytest
import xarray as xr
from matplotlib import pyplot

from driftscape import analysis, landscapes, plot, simulate, theory
from driftscape.analysis import Estimate
from driftscape.plot.spectrum import banded
from driftscape.theory import Theory

WELL = landscapes.quartic_well()
USUAL = {"seed": 1, "backend": "numpy"}


def bars(ax):
    """x, value and standard error of each series."""
    found = []
    for each in ax.containers:
        x, y = each.lines[0].get_data()
        ends = np.array([path[:, 1] for path in each.lines[2][0].get_segments()])
        found.append((x, y, (ends[:, 1] - ends[:, 0]) / 2))
    return found


@pytest.fixture(scope="module")
def points():
    sweep = simulate.sweep(
        WELL, simulate.Ito(beta=1, dt=0.05), over={"beta": [1, 2], "dt": [0.05, 0.1]}, steps=300,
        trajectories=20, save_every=10, **USUAL,
    )  # fmt: skip
    return analysis.moment(sweep, "x**2", discard_steps=50)


def test_a_sweep_over_two_parameters_is_a_series_for_each_value_of_the_second(points):
    ax = plot.estimates(points)
    assert len(bars(ax)) == 2
    for number, (x, y, error) in enumerate(bars(ax)):
        np.testing.assert_array_equal(x, [1, 2])
        np.testing.assert_array_equal(y, points.value.isel(dt=number))
        np.testing.assert_allclose(error, points.stderr.isel(dt=number))
    assert ax.get_xlabel() == r"inverse temperature $\beta$"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "$dt$ = 0.05", "$dt$ = 0.1"
    ]  # fmt: skip
    assert plot.estimates(points, over="dt").get_xlabel() == "step size dt (units of time)"


def test_a_point_without_a_result_is_left_out(points):
    ax = plot.estimates(points.where(points.beta > 1).isel(dt=0))
    assert bars(ax)[0][0].tolist() == [2]


def test_theory_is_black_and_every_line_another():
    ax = plot.estimates(
        {1: Estimate(1.0, 0.1, 9, ""), 4: 2.0},
        {"root": np.sqrt, "points": {1: Theory(1.0), 4: Theory(2.0)}},
    )
    first, second = ax.lines[:2]
    np.testing.assert_allclose(first.get_ydata(), np.sqrt(first.get_xdata()))
    assert {first.get_color(), second.get_color()} == {"black"}
    assert first.get_linestyle() != second.get_linestyle()
    plot.estimates({2: 1.0}, lambda x: x, ax=ax)  # a second call goes on where the first ended
    colors = [each.lines[0].get_color() for each in ax.containers]
    assert len(set(colors)) == 2
    assert ax.lines[-2].get_linestyle() == ":"


def test_names_along_the_axis_are_ticks():
    data = xr.Dataset({"value": ("scheme", [1.0, 2]), "stderr": ("scheme", [0.1, 0.1])},
                      {"scheme": ["heun", "milstein"]})  # fmt: skip
    ax = plot.estimates(data)
    assert [text.get_text() for text in ax.get_xticklabels()] == ["heun", "milstein"]


def test_escape_times_are_logarithms_with_relative_errors():
    ax = plot.escape({2.0: Estimate(10.0, 1.0, 99, ""), 4.0: Estimate(100.0, 5.0, 99, "")},
                     lambda b: 2 * np.exp(b))  # fmt: skip
    ((x, y, error),) = bars(ax)
    np.testing.assert_allclose(y, np.log([10, 100]))
    np.testing.assert_allclose(error, [0.1, 0.05])
    line = ax.lines[0].get_data()
    np.testing.assert_allclose(line[1], np.log(2) + line[0])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("$1/D$", r"$\ln\,\tau$")


@pytest.mark.parametrize("over", [{"learning_rate": [0.3, 0.4]}, {"batch_size": [1, 2]}])
@pytest.mark.filterwarnings("ignore::driftscape.analysis.SkewnessWarning")
def test_passages_of_sgd_are_drawn_against_the_batch_size_over_the_learning_rate(over):
    passages = simulate.first_passage(
        WELL, simulate.SGD(learning_rate=0.4), over=over, start=-1, target="x > 0",
        trajectories=60, max_time=2400, **USUAL,
    )  # fmt: skip
    ax = plot.escape(passages)
    times = analysis.mean_first_passage_time(passages)
    x = sorted([2.5, 1 / 0.3] if "learning_rate" in over else [2.5, 5.0])
    np.testing.assert_allclose(bars(ax)[0][0], x)
    np.testing.assert_allclose(sorted(bars(ax)[0][1]), sorted(np.log(times.value)))
    assert ax.get_xlabel() == r"$b/\eta$"


def test_bands_of_a_spectrum_have_the_error_of_their_mean():
    f = np.arange(1.0, 401)
    at, mean, error = banded(f, 0 * f + 2, 0 * f + 0.1, 20)
    np.testing.assert_allclose(mean, 2)
    assert (np.diff(error[4:]) < 0).all()
    np.testing.assert_allclose(error[-1], 0.1 * (1 + 2 * (4 / 9 + 1 / 36)) ** 0.5 / 101**0.5, 0.02)
    assert at[0] > 8


def test_a_spectrum_on_logarithmic_axes(line):
    measured = analysis.power_spectrum(line, "x", discard_steps=0)
    ax = plot.spectrum(measured, bands=None, null=True)
    ((x, y, error),) = bars(ax)
    np.testing.assert_array_equal(y, measured.power)
    np.testing.assert_allclose(error, measured.stderr)
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert ax.get_xlabel() == "frequency (cycles per time)"
    assert "units of time" in ax.get_ylabel()
    null = ax.lines[0]
    np.testing.assert_array_equal(null.get_ydata(), measured.null)


def test_a_cross_spectrum_shows_its_imaginary_part(plane):
    measured = analysis.cross_spectrum(plane, "x1", "x2", discard_steps=0)
    ax = plot.spectrum(measured, bands=None)
    np.testing.assert_array_equal(bars(ax)[0][1], measured.imaginary)
    assert ax.get_yscale() == "linear"
    with pytest.raises(ValueError, match="null=True needs"):
        plot.spectrum(measured, null=True)


def arrows(ax):
    """Colour -> arrows of it, shape (n, 2)."""
    return {
        tuple(each.get_facecolor()[0].round(1)): np.stack([each.U, each.V], -1)
        for each in ax.collections if type(each).__name__ == "Quiver"
    }  # fmt: skip


BLACK, GREY = (0, 0, 0, 1), (0.7, 0.7, 0.7, 1)


def test_arrows_of_an_operator_turn_with_its_current():
    fp = theory.fokker_planck(landscapes.double_well(rotation=1.5), beta=1, shape=48)
    ax = plot.current(fp)
    (quiver,) = [each for each in ax.collections if type(each).__name__ == "Quiver"]
    turning = quiver.X * quiver.V - quiver.Y * quiver.U
    assert turning.sum() > 0.99 * np.abs(turning).sum()
    assert ax.get_title("left") == "probability current (per area per time)"


def test_unresolved_arrows_are_grey():
    x = np.array([0.0, 1.0])
    flow = np.array([[[1, 1], [1, 1]], [[0, 0], [0, 0]]], float)
    error = np.array([[[0.1, 0.9], [0.1, 0.1]], [[0, 0], [0, 0]]], float)
    data = xr.Dataset(
        {"current": (("coordinate", "y", "x"), flow), "stderr": (("coordinate", "y", "x"), error)},
        {"coordinate": ["x", "y"], "x": x, "y": x},
    )
    found = arrows(plot.current(data))
    assert (len(found[BLACK]), len(found[GREY])) == (3, 1)
    assert GREY not in arrows(plot.current(data, resolved=0))
    assert len(arrows(plot.current(data.current))[BLACK]) == 4


def test_one_figure_takes_several_pictures():
    _, (left, right) = pyplot.subplots(1, 2)
    plot.estimates({1: 1.0}, ax=left)
    plot.estimates({1: 1.0}, ax=right)
    assert len(left.containers) == len(right.containers) == 1
