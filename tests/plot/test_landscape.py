"""Curves, contours, minima and saddles, streamlines, nullclines and zeros."""

import numpy as np
import pytest
from matplotlib import pyplot

from driftscape import landscapes, plot, simulate
from driftscape.landscapes import Landscape


def marked(ax):
    """Label of every marked point -> its positions, sorted."""
    lines = [line for line in ax.lines if line.get_marker() not in ("None", "")]
    return {line.get_label(): sorted(map(tuple, line.get_xydata().round(3))) for line in lines}


def test_a_curve_is_the_potential_with_its_label_and_its_points():
    ax = plot.landscape(landscapes.quartic_well())
    x, phi = ax.lines[0].get_data()
    np.testing.assert_allclose(phi, (x**2 - 1) ** 2 / 4)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("$x$", r"potential $\Phi$")
    assert marked(ax) == {"minima": [(-1, 0), (1, 0)], "maximum": [(0, 0.25)]}
    assert r"\Phi = " in ax.get_title("left")


def test_points_that_the_facts_do_not_state_are_searched():
    found = marked(plot.landscape(landscapes.styblinski_tang()))
    assert {kind: len(points) for kind, points in found.items()} == {
        "minima": 4, "saddles": 4, "maximum": 1
    }  # fmt: skip
    assert len(landscapes.styblinski_tang().facts.minima) < 4


def test_a_landscape_of_ones_own_without_facts():
    own = Landscape.from_potential("(x**2 - 1)**2 + y**2", coordinates="x y", curl=0.5)
    found = marked(plot.landscape(own, box={"x": (-2, 2), "y": (-1, 1)}))
    assert found == {"minima": [(-1, 0), (1, 0)], "saddle": [(0, 0)]}


def test_points_outside_the_box_are_not_marked():
    ax = plot.landscape(landscapes.double_well(), box={"x1": (0.5, 2), "x2": (-1, 1)})
    assert marked(ax) == {"minimum": [(1, 0)]}
    assert marked(plot.landscape(landscapes.double_well(), marks=False)) == {}


def test_levels_and_the_colour_bar():
    ax = plot.landscape(landscapes.double_well(), levels=[0, 0.25, 1], colorbar=False)
    assert ax.collections[0].levels.tolist() == [0, 0.25, 1]
    assert len(ax.figure.axes) == 1
    assert len(plot.landscape(landscapes.double_well()).figure.axes) == 2


def test_a_window_of_three_coordinates_shows_the_valley():
    screw = landscapes.archimedes()
    ax = plot.landscape(screw, coordinates="u z")
    (valley,) = [line for line in ax.lines if line.get_label() == "valley"]
    assert not valley.get_xdata().any()
    off = plot.landscape(screw, coordinates="u z", at={"v": 0.5})
    assert not off.lines


def test_streamlines_follow_the_drift_of_the_dynamics():
    wells = landscapes.double_well(rotation=0)
    ax = plot.streams(wells, simulate.Ito(beta=2, dt=0.1), nullclines=True)
    assert marked(ax) == {"stable zeros": [(-1, 0), (1, 0)], "saddle": [(0, 0)]}
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert texts[:2] == [r"$\dot{x}_{1} = 0$", r"$\dot{x}_{2} = 0$"]
    assert "Ito" in ax.get_title("left")


@pytest.mark.parametrize("turn", [0.0, 1.0])
def test_nullclines_are_where_a_component_vanishes(turn):
    wells = landscapes.double_well(rotation=turn)
    drift = wells.drift(1)
    ax = plot.streams(wells, beta=1, nullclines=True, points=121)
    lines = [part for part in ax.collections if type(part).__name__ == "QuadContourSet"]
    assert len(lines) == 2
    for component, line in enumerate(lines):
        points = np.concatenate([path.vertices for path in line.get_paths()])
        assert np.abs(drift(points)[:, component]).max() < 0.02
        assert np.abs(drift(points)[:, 1 - component]).max() > 0.1


@pytest.mark.slow
def test_a_curve_of_zeros_is_the_valley_of_the_facts():
    ax = plot.streams(landscapes.linear_network())
    assert [line.get_label() for line in ax.lines] == ["valley", "saddle"]
    a, b = ax.lines[0].get_data()
    np.testing.assert_allclose(a * b, 1)


def test_a_drift_that_is_an_average_over_rows_has_the_zeros_of_the_facts():
    (minimum,) = landscapes.linear_regression().facts.minima
    found = marked(plot.streams(landscapes.linear_regression()))
    assert found == {"stable zero": [tuple(np.round(np.array(minimum, float), 3))]}


def test_the_streams_of_gradient_descent_leave_the_circulation_out():
    wells = landscapes.double_well(rotation=1)
    ax = plot.streams(wells, simulate.GD(learning_rate=0.1), nullclines=True)
    lines = [part for part in ax.collections if type(part).__name__ == "QuadContourSet"]
    points = np.concatenate([path.vertices for path in lines[1].get_paths()])
    assert np.abs(points[:, 1]).max() < 1e-9  # x2 = 0, which the circulation bends


def test_a_legend_lies_on_the_axes_where_nothing_makes_room_below():
    _, ax = pyplot.subplots()
    plot.landscape(landscapes.double_well(), ax=ax)
    assert ax.get_legend()._loc_real == 0  # "best"
