"""Times too long to wait for: what splitting says, with an error from independent runs."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...simulate.dataset import provenance
from ...simulate.splitting import splitting
from ..ensemble import TooFewData
from ..estimate import Estimate


def crossing_probability(rare: Any) -> Estimate:
    """Return the probability to reach the target before home, from where home is left.

    Parameters
    ----------
    rare
        A dataset of `simulate.splitting`.

    Returns
    -------
    Estimate
        Mean of the runs, each unbiased, and the standard error of that mean.

    Raises
    ------
    TooFewData
        No run has reached the target.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> rare = simulate.splitting(landscapes.quartic_well(), simulate.Ito(beta=20, dt=0.01),
    ...                           start=-1, target="x > 0", reaction_coordinate="x", runs=4,
    ...                           replicas=100, seed=1)
    >>> 0 < crossing_probability(rare).value < 0.02
    True
    """
    _check(rare)
    p = rare.probability.values
    return Estimate(
        float(p.mean()),
        float(p.std(ddof=1) / np.sqrt(len(p))),
        len(p),
        f"mean of {len(p)} independent runs of splitting",
    )


def hill_mfpt(rare: Any) -> Estimate:
    r"""Return the mean first-passage time of a splitting dataset by the Hill relation.

        tau = T_0 + (1/p - 1) L + R

    p is the mean probability over the runs, L the mean time of a loop home and out again, T_0 that
    of the first way out and R that of a way into the target.  Exact where entrances forget what was
    before; what is left is the dynamics' own step-size error.

    Parameters
    ----------
    rare
        A dataset of `simulate.splitting`.

    Returns
    -------
    Estimate
        In units of time; the standard error is the jackknife's over independent runs.

    Raises
    ------
    TooFewData
        No run has reached the target.

    References
    ----------
    F. Cerou, A. Guyader, T. Lelievre, D. Pommier, J. Chem. Phys. 134 (2011) 054108.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> rare = simulate.splitting(landscapes.quartic_well(), simulate.Ito(beta=20, dt=0.01),
    ...                           start=-1, target="x > 0", reaction_coordinate="x", runs=8,
    ...                           replicas=200, seed=1)
    >>> hill_mfpt(rare).compare(361.9).verdict
    'agrees'
    """
    _check(rare)
    first, left, loop = (rare[name].values for name in ("first_time", "survival", "loop_time"))
    p = _of_a_loop(rare)

    def tau(own: Any) -> float:
        return float(first[own].mean() + left[own].mean() * loop[own].mean() / p[own].mean())

    every = np.arange(len(p))
    left_out = [every[every != m] for m in every]
    if any(not p[own].any() for own in left_out):
        raise TooFewData(
            "a single run of splitting has reached the target; give more replicas= or runs=.",
            Estimate(tau(every), float("nan"), 1, "splitting, one run"),
        )
    parts = np.array([tau(own) for own in left_out])
    n = len(parts)
    stderr = np.sqrt((n - 1) / n * ((parts - parts.mean()) ** 2).sum())
    return Estimate(
        tau(every), float(stderr), n, f"splitting, {n} independent runs, Hill relation", "of time"
    )


def splitting_mfpt(
    landscape: Any,
    dynamics: Any,
    *,
    start: Any,
    target: str,
    reaction_coordinate: Any,
    seed: int | None = None,
    **options: Any,
) -> Estimate:
    """Measure a mean first-passage time by splitting: `hill_mfpt(simulate.splitting(...))`.

    Parameters
    ----------
    landscape, dynamics, start, target, reaction_coordinate, seed, **options
        As for `simulate.splitting`.

    Returns
    -------
    Estimate
        In units of time.

    Raises
    ------
    ValueError, TypeError
        An input is refused.
    TooFewData
        No run has reached the target.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> tau = splitting_mfpt(landscapes.quartic_well(), simulate.Ito(beta=40, dt=0.01), start=-1,
    ...                      target="x > 0", reaction_coordinate="x", seed=1, replicas=200)
    >>> tau.compare(51051).verdict
    'agrees'
    """
    return hill_mfpt(
        splitting(
            landscape,
            dynamics,
            start=start,
            target=target,
            reaction_coordinate=reaction_coordinate,
            seed=seed,
            **options,
        )  # fmt: skip
    )


def _of_a_loop(rare: Any) -> Any:
    """Return the probability that a loop reaches the target, of each run."""
    out, home = rare.probability.values, rare.probability_at_home.values
    return out + (1 - out) * home


def _check(rare: Any) -> None:
    if provenance(rare).get("verb") != "splitting":
        raise ValueError("this dataset was not made by simulate.splitting.")
    if not _of_a_loop(rare).any():
        raise TooFewData(
            f"none of {rare.sizes['run']} runs of splitting has reached the target; give more "
            "replicas=, or a reaction_coordinate= that grows all the way to it.",
            Estimate(0.0, float("nan"), rare.sizes["run"], "splitting"),
        )
