"""Estimates against the parameter that was swept, with the prediction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .canvas import drawing
from .series import (
    CurvesLike,
    SeriesLike,
    draw_curves,
    draw_series,
    legend,
    read_curves,
    read_series,
)
from .words import set_labels

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def estimates(
    points: SeriesLike,
    theory: CurvesLike | None = None,
    *,
    ax: Axes | None = None,
    over: str | None = None,
) -> Axes:
    """Draw estimates against the swept parameter, with error bars of one standard error.

    Parameters
    ----------
    points
        The dataset that an analysis of a sweep returned; or {x: estimate}, or [(x, estimate), ...];
        or label -> one of these, for several series.  A sweep over two parameters is a series for
        each value of the second.
    theory
        A function of the parameter that returns a `Theory` or a number, or points; or label -> one
        of these.  Predictions are black lines.
    ax
        Where to draw; default: the axes of a new figure.
    over
        The parameter along the horizontal axis; default: the first.

    Returns
    -------
    matplotlib.axes.Axes
        The axes that were drawn on.

    Raises
    ------
    TypeError, ValueError
        The points or the prediction are none of these.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, plot, simulate
    >>> bowl, ito = landscapes.mean_estimation(), simulate.Ito(beta=1, dt=0.01)
    >>> sweep = simulate.sweep(bowl, ito, over={"beta": [1, 2, 4]}, time=30, trajectories=100,
    ...                        seed=1, save_every=20)
    >>> ax = plot.estimates(analysis.moment(sweep, "theta**2"), lambda beta: 1 / beta)
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('inverse temperature $\\\\beta$', 'mean of theta**2 over 101 snapshots')
    """
    series = read_series("points", points, over)
    curves = read_curves("theory", theory, np.concatenate([each.x for each in series]))
    with drawing(ax) as ax:
        draw_curves(ax, curves)
        draw_series(ax, series)
        x, y = series[0].names
        set_labels(ax, x, y)
        legend(ax)
    return ax
