r"""The potential behind a stationary run, Phi = -log(rho_ss)/beta, from a histogram."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..theory.one_step import inverse_temperature
from .run_data import read_run

_FEWEST = 10  # counts in a bin whose logarithm means anything


def potential(run: Any, *, bins: int = 40, diverged: str | None = None) -> Any:
    r"""Return Phi from the final states of a run that has become stationary.

        Phi = -(psi(n + 1) - psi(N + 1) - log(volume))/beta       for n of N states in a bin,

    whose mean is -log(density)/beta of the bin, up to exp(-n): psi, the digamma function, has what
    log(n) lacks.

    Parameters
    ----------
    run
        What `simulate.run` returned; its trajectories are independent.
    bins
        Along each of one or two coordinates, over the range of the states.
    diverged
        As in `analysis.moment`.

    Returns
    -------
    xarray.Dataset
        `potential` and its standard error `stderr`, over the coordinates; NaN in bins of fewer than
        10 states.  Its constant is such that exp(-beta Phi) has the integral 1: its lowest bin is a
        bin that is high by chance, so that 0 is not put there, as `potential` puts it on a grid.
        Bins that expect about 10 states are shown where they have more, hence are low.

    Raises
    ------
    ValueError
        More than two coordinates, or a dynamics without a temperature.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate
    >>> well, ito = landscapes.quartic_well(), simulate.Ito(beta=5, dt=0.01)
    >>> run = simulate.run(well, ito, time=50, trajectories=2000, seed=1, keep="final")
    >>> made = analysis.potential(run, bins=20)
    >>> sorted(made.data_vars)
    ['potential', 'stderr']
    """
    import xarray as xr
    from scipy.special import digamma

    data = read_run(run, diverged)
    beta = inverse_temperature(data.dynamics)
    if beta is None:
        raise ValueError(f"{data.dynamics} has no temperature: exp(-beta Phi) is not its law.")
    names, x = list(data.landscape.coordinates), data.final
    if len(names) > 2:
        raise ValueError(f"histograms cover 1 and 2 coordinates; this run has {len(names)}.")
    counts, edges = np.histogramdd(x, bins=bins)
    volume, total = np.prod([e[1] - e[0] for e in edges]), counts.sum()
    phi = -(digamma(counts + 1) - digamma(total + 1) - np.log(volume)) / float(beta)
    few = counts < _FEWEST
    error = np.sqrt((1 - counts / total) / np.maximum(counts, 1)) / float(beta)
    phi[few], error[few] = np.nan, np.nan
    centres = {n: (e[1:] + e[:-1]) / 2 for n, e in zip(names, edges, strict=True)}
    return xr.Dataset(
        {"potential": (names, phi), "stderr": (names, error)}, centres,
        {"method": f"histogram of {len(x)} final states"},
    )  # fmt: skip
