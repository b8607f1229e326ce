"""The style of every picture: theory is black lines, simulation is coloured points with bars."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from importlib.resources import as_file, files
from typing import Any, cast

from ..validate import check_positive, check_real

_GOLDEN = 0.62  # height of a figure in units of its width
_FULL = 7.0  # inches: from this width on, sizes are those of the style sheet
_LEAST = 0.75  # of these sizes, for a column of 3.4 inches and below: 7.5 points
_SMALLEST = 1.0  # inches: nothing can be read below
_SCALED = (
    "font.size", "axes.titlesize", "axes.labelsize", "xtick.labelsize", "ytick.labelsize",
    "legend.fontsize", "axes.titlepad", "lines.markersize", "lines.linewidth",
)  # fmt: skip

_active: ContextVar[bool] = ContextVar("driftscape_style", default=False)


def style(width: float = _FULL, height: float | None = None) -> AbstractContextManager[None]:
    """Return a context in which matplotlib draws in the style of this package.

        with plot.style(width=3.4): ...

    Theory is black lines, simulation is coloured points with error bars, in the colours of Okabe
    and Ito, which every common colour blindness leaves distinct.  New figures have this width;
    letters and points shrink with it, down to three quarters at a column of 3.4 inches.  Every
    function of `plot` that makes a figure of its own is in this style, with a width of 7 inches
    unless such a context says another; on axes that are given it draws in the style of the caller.

    Parameters
    ----------
    width
        Width of a new figure in inches.
    height
        Its height in inches; default: 0.62 of the width.

    Returns
    -------
    context manager
        It restores the settings of matplotlib at its end.

    Raises
    ------
    TypeError, ValueError
        `width` is no number >= 1, or `height` is not positive.

    References
    ----------
    M. Okabe, K. Ito, Color Universal Design (2008).

    Examples
    --------
    >>> from driftscape import landscapes, plot
    >>> with plot.style(width=3.4):
    ...     ax = plot.landscape(landscapes.quartic_well())
    >>> ax.figure.get_size_inches().round(2).tolist()
    [3.4, 2.11]
    """
    width = check_real("width", width, "a number of inches from 1 to 100", _is_width)
    height = _GOLDEN * width if height is None else check_positive("height", height)
    return _context(width, height)


@contextmanager
def _context(width: float, height: float) -> Iterator[None]:
    import matplotlib

    with as_file(files(__package__) / "style.mplstyle") as path, matplotlib.rc_context(fname=path):
        share = max(_LEAST, min(1.0, _LEAST + (1 - _LEAST) * (width - 3.4) / (_FULL - 3.4)))
        settings: MutableMapping[str, Any] = cast("MutableMapping[str, Any]", matplotlib.rcParams)
        settings.update({name: share * settings[name] for name in _SCALED})
        settings.update({"figure.figsize": (width, height), "figure.constrained_layout.use": True})
        before = _active.set(True)
        try:
            yield
        finally:
            _active.reset(before)


def in_style() -> bool:
    """Return whether the caller is inside `with plot.style():`."""
    return _active.get()


def _is_width(value: float) -> bool:
    return _SMALLEST <= value <= 100
