"""Which target is reached first, and how often."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from ..ensemble import MIN_TRAJECTORIES, TooFewData
from .life_table import LifeTable, life_table
from .passage import CONSIDERABLE, Passages, TailWarning, passages
from .points import at_every_point
from .skewed import Proportion

_MEANINGLESS = 0.5


@at_every_point
def splitting_probability(hits: Any, target: str, *, diverged: str | None = None) -> Proportion:
    r"""Estimate the probability that this target is reached before the others.

    With all passages seen it is their share.  Of trajectories that are censored it is not known
    where they go, and late ones need not divide as early ones did: with F(t) the probability to
    have reached this target first by t (Aalen-Johansen, see `survival`) and S(t) that to have
    reached none, at the time T when the watch ends,

        F(T) <= P <= F(T) + S(T),

    and the interval holds both ends with their errors.  The value lies between them where the
    undecided would divide as the later half of the passages did; the error is that of the counts
    and of the undecided, were every division of them equally likely.

    Parameters
    ----------
    hits
        What `simulate.first_passage` returned, for two targets or more.
    target
        Name of one of them.
    diverged
        None refuses passages with diverged trajectories, "drop" leaves those out.

    Returns
    -------
    Proportion
        An `Estimate` whose `.interval()` is Wilson's, from below F(T) to above F(T) + S(T), and
        `.bounds` these two.
        With `over=` in `first_passage`: an `xarray.Dataset` of its dimensions, with `value`,
        `stderr`, `low`, `high` (at 95 %), `n_eff`, `method` and `unit`.

    Raises
    ------
    TooFewData
        Fewer than 16 passages, or S(T) > 1/2.  Carries what there is.
    Diverged
        See `diverged`.
    ValueError
        No such target, or only one.

    Warns
    -----
    TailWarning
        S(T) > 1/10.

    Notes
    -----
    In a deep well, which is left long after where it was entered is forgotten, the ways out divide
    as their rates do: see `escape_rate` with `target=` and `discard_time=`.

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
    >>> hits = simulate.first_passage(well, ito, start=0.2, **settings)
    >>> p = splitting_probability(hits, "right")
    >>> p.compare(theory.splitting_probability(well, beta=5, start=0.2, left=-1, right=1)).verdict
    'agrees'
    """
    data = passages(hits, diverged)
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
        return _proportion(reached / count, count, method)
    found = _bounded(data, life_table(data), k)
    assert found.bounds is not None
    least, most = (bound.value for bound in found.bounds)
    undecided = most - least
    unseen = (
        f"{100 * undecided:.3g} % of the trajectories had reached no target when the watch ended"
    )
    if undecided > _MEANINGLESS:
        raise TooFewData(f"{unseen}: where they go is not known. Raise max_time.", found)
    if undecided > CONSIDERABLE:
        warnings.warn(
            f"{unseen}: the probability lies between {least:.3g} and {most:.3g}, and"
            " nothing tells where. Raise max_time.",
            TailWarning,
            stacklevel=3,
        )
    return found


def _proportion(value: float, trials: float, method: str) -> Proportion:
    """Wrap a share; where none or all succeeded the error is that of one more trial failing."""
    spread = value * (1 - value)
    error = math.sqrt(spread / trials) if spread > 0 else 1 / (trials + 1)
    return Proportion(value, error, trials, method, "of the trajectories")


def _bounded(data: Passages, table: LifeTable, k: int) -> Proportion:
    """Return F(T) + S(T) q between its bounds, with errors by `life_table`."""
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
    return Proportion(
        reached + share * left,
        max(error, min(bound.stderr for bound in ends)),  # where none was seen counts have no error
        count,
        f"Aalen-Johansen to {table.horizon:.4g}; the {100 * left:.3g} % undecided as the later "
        f"passages; {100 * data.censored:.3g} % censored{data.note()}",
        "of the trajectories",
        ends,
    )


def _variance(table: LifeTable, k: int, part: float) -> float:
    """Variance of F(T) + `part` S(T)."""
    alive, curve = table.survival, table.incidence[:, k]
    value = curve[-1] + part * alive[-1]
    own, passed = table.events[:, k] / table.at_risk, table.passed / table.at_risk
    to_come = np.divide(value - curve, alive, out=np.zeros_like(alive), where=alive > 0)
    mean = own + (1 - passed) * to_come
    spread = own + (1 - passed) * to_come**2 - mean**2
    return float(np.sum(table.before**2 * spread / table.at_risk))
