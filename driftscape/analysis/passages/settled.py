"""Find the time after which trajectories have settled and pass at a constant rate.

A trajectory that stays long in a well forgets its start: its position then follows the
quasi-stationary law, and passages come at a constant rate.  Unobserved passages can be extrapolated
from that time on, and only from then.
"""

from __future__ import annotations

import numpy as np

from ..run_data import MIN_TRAJECTORIES
from .exponentiality import Exponentiality, judge, off_grid
from .passage_data import PassageData

_SHARES = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5)  # of the passages that are left out before the tail
_LEVEL = 0.05  # of the test
_LATER = 2.0  # at the first time that the test accepts, a bias of one standard error is left


def settled(data: PassageData) -> tuple[float | None, Exponentiality | str]:
    """Return the time after which the passages are exponential, None if there is no such time.

    It is twice the first of a few quantiles of the passages after which `exponentiality` accepts.
    At least 16 passages must be later than that.

    Returns
    -------
    tuple
        The time, and the last test or the reason why there was none, for a message.
    """
    passed = data.code >= 0
    times = np.sort(data.time[passed])
    spread = off_grid(data.time, passed)
    tested: Exponentiality | str = "too few passages"
    for share in _SHARES:
        begin = float(times[int(share * len(times))]) if share else 0.0
        if np.sum(passed & (data.time > begin)) < MIN_TRAJECTORIES:
            break
        tested = judge(spread, passed, begin, _LEVEL)
        if tested:
            later = _LATER * begin
            if np.sum(times > later) >= MIN_TRAJECTORIES:
                return later, tested
            return None, f"{tested}, but too few passages came after {later:.4g} to be sure"
    return None, tested
