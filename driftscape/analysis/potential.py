r"""The potential Phi = -log(rho_ss)/beta of a stationary run, from a histogram."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..labels import Label, labelled
from ..theory.one_step import inverse_temperature
from ..validate import check_whole
from .run_data import read_run
from .sweeps.each_point import each_point

if TYPE_CHECKING:
    import xarray as xr

_LABELS = {
    "potential": Label("potential of the steady state", formula="Phi = -log(rho_ss)/beta"),
    "stderr": Label("standard error of the potential"),
}
_MOST_BINS = 10_000  # along an axis
_FEWEST = 10  # states in a bin for which a potential is returned


@each_point
def potential(run: xr.Dataset, *, bins: int = 40, diverged: str | None = None) -> xr.Dataset:
    r"""Return the potential Phi of the final states of a stationary run.

        Phi = -(psi(n + 1) - psi(N + 1) - log(volume))/beta       for n of N states in a bin

    psi is the digamma function.  The mean of this expression is -log(density)/beta of the bin up to
    exp(-n), whereas log(n) has a bias of order 1/n.

    Parameters
    ----------
    run
        What `simulate.run` returned; its final states are independent.
    bins
        Number of bins along each of one or two coordinates, over the range of the states.
    diverged
        None refuses a run with diverged trajectories, "drop" leaves those out.

    Returns
    -------
    xarray.Dataset
        `potential` and its standard error `stderr`, functions of the coordinates; NaN in bins of
        fewer than 10 states.  The constant is such that the integral of exp(-beta Phi) is 1, and
        not such that the lowest value is 0, as it is for `theory.potential`: the lowest value of a
        histogram is low by chance.  Where about 10 states are expected, Phi is biased to low
        values, because bins of fewer states are left out.

    Raises
    ------
    ValueError
        More than two coordinates, or a dynamics without a temperature.
    Diverged
        (a ValueError) Some trajectories diverged and `diverged` is None.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate
    >>> well, ito = landscapes.quartic_well(), simulate.Ito(beta=5, dt=0.01)
    >>> run = simulate.run(well, ito, time=50, trajectories=2000, seed=1, keep="final")
    >>> measured = analysis.potential(run, bins=20)
    >>> sorted(measured.data_vars)
    ['potential', 'stderr']
    """
    import xarray as xr
    from scipy.special import digamma

    data = read_run(run, diverged)
    beta = inverse_temperature(data.dynamics)
    if beta is None:
        raise ValueError(
            f"{data.dynamics} has no temperature: exp(-beta Phi) is not its steady state."
        )
    names, x = list(data.landscape.coordinates), data.final
    if len(names) > 2:
        raise ValueError(f"histograms cover 1 and 2 coordinates; this run has {len(names)}.")
    counts, edges = np.histogramdd(x, bins=check_whole("bins", bins, most=_MOST_BINS))
    volume, total = np.prod([e[1] - e[0] for e in edges]), counts.sum()
    phi = -(digamma(counts + 1) - digamma(total + 1) - np.log(volume)) / float(beta)
    few = counts < _FEWEST
    error = np.sqrt((1 - counts / total) / np.maximum(counts, 1)) / float(beta)
    phi[few], error[few] = np.nan, np.nan
    centres = {n: (e[1:] + e[:-1]) / 2 for n, e in zip(names, edges, strict=True)}
    result = xr.Dataset(
        {"potential": (names, phi), "stderr": (names, error)}, centres,
        {"method": f"histogram of {len(x)} final states"},
    )  # fmt: skip
    return labelled(result.transpose(*reversed(names)), _LABELS)
