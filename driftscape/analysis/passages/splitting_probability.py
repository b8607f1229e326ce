"""Estimate the probability that one target is reached before the others."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ...typing import Float
from ..estimate import Contributions
from ..noise import noise_of_values
from ..run_data import MIN_TRAJECTORIES, TooFewData
from ..sweeps.each_point import each_point
from ..warn import warn
from .life_table import LifeTable, life_table
from .passage_data import CONSIDERABLE, PassageData, TailWarning, read_passages
from .skewed import Proportion

if TYPE_CHECKING:
    import xarray as xr

_MEANINGLESS = 0.5  # undecided share above which no probability is returned


@each_point
def splitting_probability(
    passages: xr.Dataset, target: str, *, diverged: str | None = None
) -> Proportion:
    r"""Estimate the probability P that this target is reached before the others.

    If all passages were observed, it is the share of passages to this target.  The target that a
    censored trajectory would reach is not known, and late passages need not divide as early ones
    do.  Let F(t) be the probability that this target is reached first and before t (Aalen-Johansen,
    see `survival`), and S(t) the probability that none is reached before t.  With T, the time at
    which the observation ends,

        F(T) <= P <= F(T) + S(T),

    The interval contains both bounds with their errors.  The value assumes that the undecided
    trajectories divide as the later half of the passages did; the error is that of the counts,
    plus that of the undecided ones if every division of them is equally likely.

    Parameters
    ----------
    passages
        What `simulate.first_passage` returned for two targets or more.
    target
        The name of one of them.
    diverged
        None refuses passages with diverged trajectories, "drop" leaves those out.

    Returns
    -------
    Proportion
        An `Estimate` whose `.interval()` is Wilson's, from below F(T) to above F(T) + S(T); its
        `.bounds` are F(T) and F(T) + S(T).

    Raises
    ------
    TooFewData
        Fewer than 16 passages, or S(T) > 1/2.  Its `.estimate` is the partial result.
    Diverged
        Some trajectories diverged and `diverged` is None.
    ValueError
        No such target, or only one.

    Warns
    -----
    TailWarning
        S(T) > 1/10.

    Notes
    -----
    In a deep well a trajectory has forgotten its start long before it escapes, and the
    probabilities of the ways out are in the ratio of their rates: see `escape_rate` with `target=`
    and `discard_time=`.

    References
    ----------
    E. Wilson, J. Am. Stat. Assoc. 22 (1927) 209; O. Aalen, S. Johansen, Scand. J. Stat. 5 (1978)
    141.

    Examples
    --------
    >>> from driftscape import landscapes, simulate, theory
    >>> well, ito = landscapes.quartic_well(), simulate.Ito(beta=5, dt=1e-2)
    >>> ends = {"left": "x < -1", "right": "x > 1"}
    >>> settings = {"target": ends, "trajectories": 2000, "max_time": 1e3, "seed": 1}
    >>> passages = simulate.first_passage(well, ito, start=0.2, **settings)
    >>> p = splitting_probability(passages, "right")
    >>> p.compare(theory.splitting_probability(well, beta=5, start=0.2, left=-1, right=1)).verdict
    'agrees'
    """
    data = read_passages(passages, diverged)
    k = data.index(target)
    if len(data.targets) < 2:
        raise ValueError(
            f"there is one target, {target!r}; name a second one in first_passage to compete "
            "with it, or see analysis.survival for how many reach it in time."
        )
    count, reached = int((data.code >= 0).sum()), int((data.code == k).sum())
    if count < MIN_TRAJECTORIES:
        raise TooFewData(
            f"{count} passages are too few, at least {MIN_TRAJECTORIES} are needed: raise max_time "
            "or trajectories.",
            _proportion(reached / max(count, 1), max(count, 1), "share of the passages seen"),
        )
    if not data.censored:
        method = f"{reached} of {count} trajectories reached {target!r} first{data.note()}"
        share = _proportion(reached / count, count, method)
        shares = ((data.code == k) - share.value) / count
        return replace(share, contributions=data.contributions(shares, count))
    found = _bounded(data, life_table(data), k)
    assert found.bounds is not None
    least, most = (bound.value for bound in found.bounds)
    undecided = most - least
    unseen = f"{100 * undecided:.3g} % of the trajectories had reached no target at the end"
    if undecided > _MEANINGLESS:
        raise TooFewData(
            f"{unseen}: the targets that they would reach are not known. Raise max_time.", found
        )
    if undecided > CONSIDERABLE:
        warn(
            f"{unseen}: the probability lies between {least:.3g} and {most:.3g}, and"
            " these passages cannot narrow it. Raise max_time.",
            TailWarning,
        )
    return found


def _proportion(value: float, trials: float, method: str) -> Proportion:
    """Return a share with its error, for a share of 0 or 1 that of one more, opposite trial."""
    spread = value * (1 - value)
    error = math.sqrt(spread / trials) if spread > 0 else 1 / (trials + 1)
    return Proportion(value, error, trials, method, "of the trajectories")


def _bounded(data: PassageData, table: LifeTable, k: int) -> Proportion:
    """Return F(T) + S(T) q, q the share among the later passages, with its bounds and errors."""
    seen = data.code >= 0
    later = seen & (data.time >= np.median(data.time[seen]))
    share = (float((data.code[later] == k).sum()) + 1) / (int(later.sum()) + 2)
    reached, left = float(table.incidence[-1, k]), float(table.survival[-1])
    others = float(table.incidence[-1].sum()) - reached
    count = int(seen.sum())

    def end(value: float, part: float) -> Proportion:
        variance = _variance(table, k, part) if 0 < value < 1 else 0.0
        trials = value * (1 - value) / variance if variance > 0 else float(count)
        return _proportion(value, trials, "share")

    ends = end(reached, 0.0), end(1 - others, 1.0)
    error = math.sqrt(_variance(table, k, share) + left**2 * (share**2 - share + 1 / 3))
    error = max(error, min(bound.stderr for bound in ends))  # without counts there is no error
    return Proportion(
        reached + share * left,
        error,
        count,
        f"Aalen-Johansen to {table.horizon:.4g}; the {100 * left:.3g} % undecided as the later "
        f"passages; {100 * data.censored:.3g} % censored{data.note()}",
        "of the trajectories",
        ends,
        contributions=_with_rest(data, table, k, share, error),
    )


def _with_rest(
    data: PassageData, table: LifeTable, k: int, part: float, error: float
) -> Contributions:
    """Return the contributions to F(T) + `part` S(T); the undecided are a source of their own."""
    rewards = np.zeros(table.events.shape[1])
    rewards[k] = 1.0
    shares = table.contributions(rewards, _to_come(table, k, part))
    counted = data.contributions(shares, int((data.code >= 0).sum()))
    rest = np.array([math.sqrt(max(0.0, error**2 - counted.variance))])
    name = f"undecided between {k} and others, {noise_of_values(data.time)}"
    undecided = Contributions.of(rest, name, [0], freedom=math.inf, weight=0.0)
    return Contributions(counted.blocks + undecided.blocks)


def _to_come(table: LifeTable, k: int, part: float) -> Float:
    """Return the probability of reaching the target after each time, for one that survives it."""
    alive, curve = table.survival, table.incidence[:, k]
    value = curve[-1] + part * alive[-1]
    later: Float = np.divide(value - curve, alive, out=np.zeros_like(alive), where=alive > 0)
    return later


def _variance(table: LifeTable, k: int, part: float) -> float:
    """Return the variance of F(T) + `part` S(T)."""
    own, passed = table.events[:, k] / table.at_risk, table.passed / table.at_risk
    to_come = _to_come(table, k, part)
    mean = own + (1 - passed) * to_come
    spread = own + (1 - passed) * to_come**2 - mean**2
    return float(np.sum(table.before**2 * spread / table.at_risk))
