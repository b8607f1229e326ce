"""Passage times as `simulate.first_passage` returns them: read, checked, ready to be counted.

A trajectory that is watched to the end without reaching a target is *censored*: its passage time
is longer than what is recorded.  Leaving such trajectories out, or taking their times at face
value, makes every mean too short; the estimators of this room count them for as long as they were
watched.

The arrays are plain: `hits.passage_time.values` and `~hits.censored.values` are what lifelines,
scikit-survival and R call durations and events, and
`scipy.stats.CensoredData.right_censored(hits.passage_time.values, hits.censored.values)` is what
`scipy.stats.ecdf` and the `fit` of scipy's distributions take.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...typing import Float
from ..ensemble import Diverged
from .points import swept

CONSIDERABLE = 0.1
"""Censored share beyond which an estimate that leans on the unseen tail warns."""

_NEEDED = ("passage_time", "target", "exit", "censored", "diverged")


class TailWarning(UserWarning):
    """The estimate leans on passages that were not seen."""


@dataclass(frozen=True)
class Passages:
    """First passages, checked and stripped of diverged trajectories.

    Attributes
    ----------
    time
        Passage time, or how long a censored trajectory was watched, shape (n,).
    code
        Index of the target reached, -1 where censored, shape (n,).
    exit
        Where, shape (n, dim).
    targets
        Names, in the order of their indices.
    dropped
        Number of diverged trajectories left out.
    """

    time: Float
    code: NDArray[np.int64]
    exit: Float
    targets: tuple[str, ...]
    dropped: int

    @property
    def censored(self) -> float:
        """Share of the trajectories that reached no target."""
        return float((self.code < 0).mean())

    def reached(self, target: str | None = None) -> NDArray[np.bool_]:
        """Return which trajectories reached this target, or any, shape (n,)."""
        return self.code >= 0 if target is None else self.code == self.index(target)

    def index(self, target: str) -> int:
        """Return the index of a target."""
        if target not in self.targets:
            known = ", ".join(map(repr, self.targets))
            raise ValueError(f"no target {target!r}; these passages have {known}.")
        return self.targets.index(target)

    def note(self) -> str:
        """Return what the method of an estimate has to say about diverged trajectories."""
        return f"; {self.dropped} diverged trajectories dropped" if self.dropped else ""


def passages(hits: Any, diverged: str | None = None) -> Passages:
    """Check a dataset of `simulate.first_passage` and read it.

    Parameters
    ----------
    hits
        What `simulate.first_passage` returned.
    diverged
        None refuses passages with diverged trajectories, "drop" leaves those out.

    Raises
    ------
    Diverged
        Trajectories diverged and `diverged` is None.
    ValueError
        Not such a dataset, one of several points, no trajectories, or another value of `diverged`.
    """
    if diverged not in (None, "drop"):
        raise ValueError(f'diverged={diverged!r}; pass None (refuse) or "drop".')
    missing = [name for name in _NEEDED if name not in getattr(hits, "variables", ())]
    if missing:
        raise ValueError(
            f"there is no {', '.join(missing)} in it; pass what simulate.first_passage returned."
        )
    if several := swept(hits):
        raise ValueError(
            f"these are first passages at several points of {', '.join(several)}; select one, e.g. "
            f"hits.sel({several[0]}={hits[several[0]].values[0]:g})."
        )
    when = np.asarray(hits["diverged"].values)
    keep = when < 0
    if diverged is None and not keep.all():
        raise Diverged(int((~keep).sum()), len(keep), int(when[~keep].min()))
    time = np.asarray(hits["passage_time"].values, float)[keep]
    code = np.where(hits["censored"].values, -1, hits["target"].values).astype(np.int64)[keep]
    if not len(time):
        raise ValueError(f"no trajectory is left of {len(keep)}: there is nothing to count.")
    if not (np.isfinite(time).all() and (time >= 0).all()):
        raise ValueError("passage times must be finite and >= 0 for all that did not diverge.")
    names = _targets(hits)
    reached = hits["target"].values[keep]
    if ((reached < 0) != (code < 0)).any() or reached.max() >= len(names):
        raise ValueError(
            f"the variables target and censored contradict each other, or a target is not one "
            f"of the {len(names)} that are named."
        )
    exits = hits["exit"].transpose("trajectory", "coordinate").values[keep]
    return Passages(time, code, np.asarray(exits, float), names, int((~keep).sum()))


def _targets(hits: Any) -> tuple[str, ...]:
    """Names of the targets: from the provenance, where a name may hold blanks, or the flags."""
    made = json.loads(hits.attrs.get("driftscape", "{}"))
    return tuple(made.get("targets", ())) or tuple(hits["target"].attrs["flag_meanings"].split())
