"""Times too long to wait for: what splitting says, with an error from independent runs."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...simulate import provenance
from ...simulate.splitting import splitting
from ..ensemble import TooFewData
from ..estimate import Estimate
from ..sample_mean import sample_mean

_TOO_MANY = 6.0  # standard errors by which the walkers' hits may exceed what splitting expects


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

    Warns
    -----
    SkewnessWarning
        A few of the runs carry the mean: its interval may cover less than it says.

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
    if not p.any():
        raise TooFewData(
            f"none of {len(p)} runs of splitting has reached the target before home: with this "
            "reaction_coordinate= it is reached from home, if at all (see hill_mfpt).",
            Estimate(0.0, float("nan"), len(p), "splitting"),
        )
    return sample_mean(p, f"mean of {len(p)} independent runs of splitting")


def hill_mfpt(rare: Any) -> Estimate:
    r"""Return the mean first-passage time of a splitting dataset by the Hill relation.

        tau = T + S C/p

    p = a + (1 - a) b is the mean over the runs of the probability that a loop reaches the target,
    on the way out with a, on the way back with b; C is the mean time of a loop, and T and S the
    mean time before the settled loops and the share that has not reached the target until then.
    Exact where the walkers have forgotten their start; what is left is the dynamics' own step-size
    error.

    Parameters
    ----------
    rare
        A dataset of `simulate.splitting`.

    Returns
    -------
    Estimate
        In units of time: mean and standard error of the jackknife's pseudo-values, one for each
        of the independent runs.

    Raises
    ------
    TooFewData
        No run has reached the target, or one alone; or walkers have more often than splitting says
        they should.

    Warns
    -----
    SkewnessWarning
        A few of the runs carry the mean: its interval may cover less than it says.

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
    n = len(p)
    parts = n * tau(every) - (n - 1) * np.array([tau(own) for own in left_out])
    return sample_mean(parts, f"splitting, {n} independent runs, Hill relation", "of time")


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
    if provenance(rare).get("kind") != "splitting":
        raise ValueError("this dataset was not made by simulate.splitting.")
    if "probability_at_home" not in rare:
        raise ValueError(
            "this dataset of simulate.splitting is of an earlier version, which counted loops "
            "otherwise; make it anew."
        )
    p, runs = _of_a_loop(rare), rare.sizes["run"]
    if not p.any():
        raise TooFewData(
            f"none of {runs} runs of splitting has reached the target; give more replicas=, or a "
            "reaction_coordinate= that grows all the way to it.",
            Estimate(0.0, float("nan"), runs, "splitting"),
        )
    made, hits = runs * provenance(rare)["loops"], int(rare.hits.sum())
    expected, error = made * float(p.mean()), made * float(p.std(ddof=1)) / np.sqrt(runs)
    if hits - expected > _TOO_MANY * np.hypot(np.sqrt(max(expected, 1.0)), error):
        raise TooFewData(
            f"{hits} of {made} loops of the walkers reached the target, and splitting expects "
            f"{expected:.3g} ± {error:.2g}: it misses a way there. Give another "
            "reaction_coordinate=, or use first_passage.",
            Estimate(hits / made, float(np.sqrt(hits)) / made, hits, "share of the loops"),
        )
