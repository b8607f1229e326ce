"""The axes on which a function draws: those of the caller, or new ones in the package's style."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, cast

from ..validate import shown
from .style import in_style, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text
    from mpl_toolkits.mplot3d import Axes3D

_GAPS = 13  # points between the axes, the numbers, the label and a legend below
_LINE = 1.5  # height of a line of a legend, in units of its letters
_HANDLE = 36  # points of a legend's entry beside its text
_CYCLES = 20  # of the colours, before a picture of so many series runs out of them


@contextmanager
def drawing(ax: Axes | None, *, space: bool = False, square: bool = False) -> Iterator[Axes]:
    """Yield the axes to draw on: `ax`, or those of a new figure.

    Parameters
    ----------
    ax
        The caller's axes or None.
    space
        Whether they have three dimensions.
    square
        Whether a new figure is nearly as high as wide, for equal scales along both axes.

    Raises
    ------
    TypeError, ValueError
        `ax` is none, or of another number of dimensions.
    """
    if ax is not None:
        yield check_axes(ax, space)
        return
    from matplotlib import pyplot

    with nullcontext() if in_style() else style():
        width, height = pyplot.rcParams["figure.figsize"]
        if space or square:
            height = max(height, 0.82 * width)
        figure = pyplot.figure(figsize=(width, height), layout="constrained")
        own = figure.add_subplot(projection="3d") if space else figure.add_subplot()
        yield own
        settle(own)


def check_axes(ax: object, space: bool = False) -> Axes:
    """Return the axes that a caller gave; raise an error if they are none, or of another kind."""
    from matplotlib.axes import Axes

    if not isinstance(ax, Axes):
        raise TypeError(
            f"ax={shown(ax)}; give the Axes of a figure, fig, ax = plt.subplots(), or leave it out."
        )
    if space != (ax.name == "3d"):
        kind = "three" if space else "two"
        how = "; make them by fig.add_subplot(projection='3d')" if space else ""
        raise ValueError(f"ax={shown(ax)}; this picture needs Axes of {kind} dimensions{how}.")
    return ax


def settle(ax: Axes) -> None:
    """Make the first tick of each axis now: matplotlib would style it when it is first drawn."""
    axes = [ax.xaxis, ax.yaxis]
    if ax.name == "3d":
        axes.append(cast("Axes3D", ax).zaxis)
    for axis in axes:
        axis.get_major_ticks(1)
        axis.get_minor_ticks(1)


def legend_below(ax: Axes, own: bool) -> None:
    """Draw a legend below the axes, so that it hides nothing; a figure of our `own` grows for it.

    In a figure without a layout engine nothing would make room for it there: it lies on the axes.
    """
    from matplotlib.transforms import ScaledTranslation

    count = len(ax.get_legend_handles_labels()[1])
    if not count:
        return
    figure = figure_of(ax)
    if figure.get_layout_engine() is None:
        ax.legend(loc="best", frameon=True, framealpha=0.85, edgecolor="none")
        return
    texts = ax.xaxis.label, ax.xaxis.get_major_ticks(1)[0].label1
    below = sum(float(text.get_fontsize()) for text in texts) + _GAPS
    down = ScaledTranslation(0, -below / 72, figure.dpi_scale_trans)
    columns = _columns(ax)
    more = -(-count // columns) - 1
    if own and more:
        size = ax.xaxis.label.get_fontsize()
        figure.set_figheight(figure.get_figheight() + _LINE * more * float(size) / 72)
    ax.legend(
        loc="upper center", bbox_to_anchor=(0.5, 0), bbox_transform=ax.transAxes + down,
        ncols=columns, borderaxespad=0, columnspacing=1.2,
    )  # fmt: skip


def _columns(ax: Axes) -> int:
    """Return how many columns of a legend fit below the axes."""
    from matplotlib import rcParams
    from matplotlib.text import Text

    sample = Text(fontsize=rcParams["legend.fontsize"])
    texts = ax.get_legend_handles_labels()[1]
    widest = max(text_width(text, sample) for text in texts) + _HANDLE
    room = figure_of(ax).get_figwidth() * 72 * ax.get_position().width
    return max(1, min(len(texts), int(room / widest)))


def text_width(text: str, like: Text) -> float:
    """Return the width of a text in points; infinite where matplotlib cannot set a formula."""
    from matplotlib.textpath import TextPath

    try:
        path = TextPath((0, 0), text, size=float(like.get_fontsize()))
    except ValueError:
        return float("inf")
    return float(path.get_extents().width)


def colors() -> list[str]:
    """Return the colours of the current style, for artists that resolve "C0" only when drawn."""
    from matplotlib import rcParams
    from matplotlib.colors import to_hex

    listed = rcParams["axes.prop_cycle"].by_key().get("color", ["black"])
    return [to_hex(color) for color in listed] * _CYCLES


def figure_of(ax: Axes) -> Figure:
    """Return the figure on which axes lie, also if they are in a subfigure of it."""
    from matplotlib.figure import Figure

    figure = ax.get_figure()
    while not isinstance(figure, Figure):
        assert figure is not None
        figure = figure.figure
    return figure
