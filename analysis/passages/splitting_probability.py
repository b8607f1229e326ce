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
from .settled import settled
from .skewed import Proportion

_MEANINGLESS = 0.5


@at_every_point
def splitting_probability(hits: Any, target: str, *, diverged: str | None = None) -> Proportion:
    r"""Estimate the probability that this target is reached before the others.

    With all passages seen it is their share.  Censored trajectories are taken to divide as the
    late passages did, because those that stay long forget where they started:

        P = F(a) + S(a) q,    q = share of this target among the passages after a,

    F and S by Aalen-Johansen and Kaplan-Meier (see `survival`), a the time after which
    `exponentiality` accepts a constant rate of passages to this target and to the others.  Where
    it does not but a tenth at most is censored, a is the median passage, and the error holds how
    far their division may be off: by as much as it changed so far.

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
        An `Estimate` whose `.interval()` is Wilson's; `n_eff` is the number of trials that would
        give the same error.
        With `over=` in `first_passage`: an `xarray.Dataset` of its dimensions, with `value`,
        `stderr`, `low`, `high` (at 95 %), `n_eff`, `method` and `unit`.

    Raises
    ------
    TooFewData
        Fewer than 16 passages; more than half of the trajectories censored, or more than a tenth
        and passages that keep their memory to the end.  Carries what there is.
    Diverged
        See `diverged`.
    ValueError
        No such target, or only one.

    Warns
    -----
    TailWarning
        More than a tenth of the trajectories are censored.

    Notes
    -----
    Some memory escapes the test where passages are few: with half of 500 trajectories censored, on
    their way between two close ends, the value was off by 1.5 standard errors, with a tenth by 0.3.

    References
    ----------
    E. Wilson, J. Am. Stat. Assoc. 22 (1927) 209; O. Aalen, S. Johansen, Scand. J. Stat. 5 (1978)
    141.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate
    >>> well, ito = landscapes.quartic_well(), simulate.Ito(beta=5, dt=1e-2)
    >>> ends = {"left": "x < -1", "right": "x > 1"}
    >>> settings = {"target": ends, "trajectories": 2000, "max_time": 1e3, "seed": 1}
    >>> hits = simulate.first_passage(well, ito, start=0.2, **settings)
    >>> p = splitting_probability(hits, "right")
    >>> p.compare(analysis.exact_splitting(well, beta=5, start=0.2, left=-1, right=1)).verdict
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
    begin, tested = settled(data, target)
    found = _divided(data, life_table(data), k, begin)
    unseen = f"{100 * data.censored:.3g} % of the trajectories are censored"
    if data.censored > (CONSIDERABLE if begin is None else _MEANINGLESS):
        raise TooFewData(
            f"{unseen}: where they go cannot be told ({tested}). Raise max_time.", found
        )
    if data.censored > CONSIDERABLE:
        warnings.warn(
            f"{unseen}; they are taken to divide as the late passages did; {tested}.",
            TailWarning,
            stacklevel=3,
        )
    return found


def _proportion(value: float, trials: float, method: str) -> Proportion:
    """Wrap a share; where none or all succeeded the error is that of one more trial failing."""
    spread = value * (1 - value)
    error = math.sqrt(spread / trials) if spread > 0 else 1 / (trials + 1)
    return Proportion(value, error, trials, method, "of the trajectories")


def _divided(data: Passages, table: LifeTable, k: int, begin: float | None) -> Proportion:
    """Return F(a) + S(a) q and its error, by the step-wise variance of `life_table`."""
    known = begin is not None
    if begin is None:
        begin = float(np.median(data.time[data.code >= 0]))
    later = (data.code >= 0) & (data.time > begin)
    share = float((data.code[later] == k).mean()) if later.any() else 0.5
    inside = table.time <= begin
    alive, curve = table.survival[inside], table.incidence[inside, k]
    left, came = (float(alive[-1]), float(curve[-1])) if inside.any() else (1.0, 0.0)
    value = came + left * share
    own = (table.events[:, k] / table.at_risk)[inside]
    passed = (table.passed / table.at_risk)[inside]
    to_come = np.divide(value - curve, alive, out=np.zeros_like(alive), where=alive > 0)
    mean = own + (1 - passed) * to_come
    spread = own + (1 - passed) * to_come**2 - mean**2
    variance = float(np.sum(table.before[inside] ** 2 * spread / table.at_risk[inside]))
    variance += left**2 * share * (1 - share) / max(int(later.sum()), 1)
    if not known:
        drift = share - float((data.code[data.code >= 0] == k).mean())
        variance += (float(table.survival[-1]) * drift) ** 2
    trials = value * (1 - value) / variance if variance > 0 else float(later.sum())
    return _proportion(
        value, trials,
        f"Aalen-Johansen to {begin:.4g}, then the share of the {int(later.sum())} later passages; "
        f"{100 * data.censored:.3g} % censored{data.note()}",
    )  # fmt: skip
