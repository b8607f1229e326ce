"""Estimate rare passages from the result of `simulate.splitting`, with errors over its runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...simulate.dataset.splittings import read_splitting
from ...typing import Float, Index
from ..estimate import Estimate
from ..noise import noise_of
from ..run_data import TooFewData
from ..sample_mean import sample_mean
from ..sweeps.each_point import each_point

if TYPE_CHECKING:
    import xarray as xr

# standard errors by which the passages of the walkers may exceed the number that splitting expects
_TOO_MANY = 6.0


@each_point
def crossing_probability(splitting: xr.Dataset) -> Estimate:
    """Return the probability a that an excursion reaches the target before it returns home.

        a = mean over the independent runs of splitting

    Parameters
    ----------
    splitting
        What `simulate.splitting` returned.

    Returns
    -------
    Estimate
        The mean of the runs, each of which is unbiased, and the standard error of that mean.

    Raises
    ------
    TooFewData
        No run has reached the target, or the walkers of the runs reached it much more often than
        splitting expects.
    ValueError
        The dataset is not from `simulate.splitting`.

    Warns
    -----
    SkewnessWarning
        A few of the runs determine the mean: its interval may cover the true value less often than
        stated.

    References
    ----------
    F. Cerou, A. Guyader, Stoch. Anal. Appl. 25 (2007) 417.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> splitting = simulate.splitting(
    ...     landscapes.quartic_well(), simulate.Ito(beta=20, dt=0.01), start=-1, target="x > 0",
    ...     reaction_coordinate="x", runs=4, replicas=100, seed=1)
    >>> 0 < crossing_probability(splitting).value < 0.02
    True
    """
    runs = _checked(splitting)
    p = runs.probability.values
    if not p.any():
        raise TooFewData(
            f"none of {len(p)} runs of splitting has reached the target before home: with this "
            "reaction_coordinate= it is reached from home, if at all (see "
            "analysis.mean_first_passage_time_by_splitting).",
            Estimate(0.0, float("nan"), len(p), "splitting"),
        )
    return sample_mean(
        p,
        f"mean of {len(p)} independent runs of splitting",
        noise=_noise(splitting),
        numbers=runs.run.values,
    )


@each_point
def mean_first_passage_time_by_splitting(splitting: xr.Dataset) -> Estimate:
    r"""Return the mean first-passage time tau by the Hill relation.

        tau = T + S C/p,        p = a + (1 - a) b

    p is the probability that a loop from home and back reaches the target: with probability a on
    the way out, with probability b on the way back.  C is the mean time of a loop.  T is the mean
    time before the settled loops begin, and S the share that has not reached the target by then.
    All of them are means over the independent runs.  The relation is exact if the walkers have
    forgotten their start; the step-size error of the dynamics remains.

    Parameters
    ----------
    splitting
        What `simulate.splitting` returned.

    Returns
    -------
    Estimate
        In units of time: the mean and standard error of the jackknife's pseudo-values, one for each
        of the independent runs.

    Raises
    ------
    TooFewData
        No run or only one has reached the target; or the walkers of the runs reached it much more
        often than splitting expects.
    ValueError
        The dataset is not from `simulate.splitting`.

    Warns
    -----
    SkewnessWarning
        A few of the runs determine the mean: its interval may cover the true value less often than
        stated.

    References
    ----------
    F. Cerou, A. Guyader, T. Lelievre, D. Pommier, J. Chem. Phys. 134 (2011) 054108.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> splitting = simulate.splitting(
    ...     landscapes.quartic_well(), simulate.Ito(beta=20, dt=0.01), start=-1, target="x > 0",
    ...     reaction_coordinate="x", runs=8, replicas=200, seed=1)
    >>> mean_first_passage_time_by_splitting(splitting).compare(361.9).verdict
    'agrees'
    """
    runs = _checked(splitting)
    names = ("first_time", "survival", "loop_time")
    first, left, loop = (runs[name].values for name in names)
    p = _of_a_loop(runs)

    def tau(own: Index) -> float:
        return float(first[own].mean() + left[own].mean() * loop[own].mean() / p[own].mean())

    every = np.arange(len(p))
    left_out = [every[every != m] for m in every]
    if any(not p[own].any() for own in left_out):
        raise TooFewData(
            "a single run of splitting has reached the target; give more replicas= or runs=.",
            Estimate(tau(every), float("nan"), 1, "splitting, one run"),
        )
    n = len(p)
    parts = n * tau(every) - (n - 1) * np.array([tau(own) for own in left_out])
    return sample_mean(
        parts, f"splitting, {n} independent runs, Hill relation", "units of time",
        noise=_noise(splitting), numbers=runs.run.values,
    )  # fmt: skip


def _noise(splitting: xr.Dataset) -> str | None:
    """Return the name of the noise of the runs, which are numbered apart from trajectories."""
    noise = noise_of(splitting)
    return None if noise is None else f"splitting by {noise}"


def _of_a_loop(splitting: xr.Dataset) -> Float:
    """Return the probability that a loop reaches the target, of each run, shape (runs,)."""
    out, home = splitting.probability.values, splitting.probability_at_home.values
    return np.asarray(out + (1 - out) * home)


def _checked(splitting: xr.Dataset) -> xr.Dataset:
    """Read the runs; refuse other datasets, and runs that miss a way to the target."""
    found, metadata = read_splitting(splitting)
    p, runs = _of_a_loop(found), found.sizes["run"]
    if not p.any():
        raise TooFewData(
            f"none of {runs} runs of splitting has reached the target; give more replicas=, or a "
            "reaction_coordinate= that grows all the way to it.",
            Estimate(0.0, float("nan"), runs, "splitting"),
        )
    loops, passed = runs * metadata["loops"], int(found.reached_loops.sum())
    expected, error = loops * float(p.mean()), loops * float(p.std(ddof=1)) / np.sqrt(runs)
    if passed - expected > _TOO_MANY * np.hypot(np.sqrt(max(expected, 1.0)), error):
        raise TooFewData(
            f"{passed} of {loops} loops of the walkers reached the target, and splitting expects "
            f"{expected:.3g} ± {error:.2g}: it misses a way there. Give another "
            "reaction_coordinate=, or use first_passage.",
            Estimate(passed / loops, float(np.sqrt(passed)) / loops, passed, "share of the loops"),
        )
    return found
