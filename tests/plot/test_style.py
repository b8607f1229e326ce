"""The style: sizes, the width of new figures, and whose settings hold on whose axes."""

import subprocess
import sys

import matplotlib
import pytest
from matplotlib import pyplot

from driftscape import landscapes, plot
from driftscape.plot.canvas import drawing

WELL = landscapes.quartic_well()
BLUE = "#0072B2"


@pytest.mark.parametrize(("width", "letters"), [(3.4, 7.5), (7, 10), (13, 10), (2, 7.5)])
def test_letters_shrink_with_the_width_down_to_a_column(width, letters):
    with plot.style(width=width):
        assert matplotlib.rcParams["font.size"] == pytest.approx(letters)
        assert matplotlib.rcParams["figure.figsize"] == [width, pytest.approx(0.62 * width)]


def test_the_settings_are_restored_after_an_error():
    before = dict(matplotlib.rcParams)
    with pytest.raises(KeyError), plot.style(width=3.4, height=3):
        raise KeyError
    assert dict(matplotlib.rcParams) == before


def test_new_axes_are_in_the_style_and_given_ones_in_that_of_the_caller():
    own = plot.landscape(WELL)
    assert not own.spines["top"].get_visible()
    _, given = pyplot.subplots()
    assert plot.landscape(WELL, ax=given) is given
    assert given.spines["top"].get_visible()


def test_ticks_that_are_made_later_have_the_style_of_the_context():
    with plot.style(width=3.4):
        ax = plot.landscape(WELL)
    ax.figure.canvas.draw()
    sizes = {tick.label1.get_fontsize() for tick in ax.xaxis.get_major_ticks()}
    assert sizes == {9 * 0.75}


def test_axes_in_space_are_made_and_asked_for():
    with drawing(None, space=True) as ax:
        assert ax.name == "3d"
    with pytest.raises(ValueError, match="three dimensions; make them by"):
        with drawing(pyplot.figure().add_subplot(), space=True):
            pass
    with pytest.raises(ValueError, match="two dimensions"):
        plot.landscape(WELL, ax=ax)


def test_importing_the_room_imports_no_matplotlib():
    code = "import sys, driftscape.plot; print([m for m in sys.modules if m == 'matplotlib'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
