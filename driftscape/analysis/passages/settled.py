"""When trajectories have settled: from where on their passages are without memory.

Whoever stays long forgets where it started (one quasi-stationary law): passages then come at a
constant rate.  What was not seen can be told from there on, and only from there.
"""

from __future__ import annotations

import numpy as np

from ..ensemble import MIN_TRAJECTORIES
from .exponentiality import Exponentiality, judge, off_grid
from .passage import Passages

_SHARES = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5)  # of the passages, left out before the tail
_LEVEL = 0.05  # of the test
_LATER = 2.0  # where the test only just accepts a bias of one standard error is left


def settled(data: Passages) -> tuple[float | None, Exponentiality | str]:
    """Return the time from which on the passages are exponential, None where there is none.

    It is twice the first of a few quantiles of the passages after which `exponentiality` accepts,
    and 16 passages must come later than that.

    Returns
    -------
    tuple
        The time, and the last test made, or why there was none: both for a message.
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
