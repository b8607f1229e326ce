"""Time series of expressions along the snapshots of a run, cut into independent pieces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..theory.observable import Observable
from ..typing import Float
from ..validate import check_whole
from .estimate import Estimate
from .run_data import MIN_TRAJECTORIES, TooFewData, read_run

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Series:
    """Several expressions along independent pieces of trajectories.

    Attributes
    ----------
    names
        The expressions, as text.
    values
        Shape (expressions, pieces, n), minus the mean over all pieces and times.
    spacing
        Time between two values.
    method
        How they were obtained, in words.
    """

    names: tuple[str, ...]
    values: Float
    spacing: float
    method: str

    def average(self, per_piece: NDArray[Any]) -> tuple[NDArray[Any], Float]:
        """Return the mean and the standard error over the pieces, which are the first axis."""
        count = len(per_piece)
        spread = (
            per_piece.std(axis=0, ddof=1) if count > 1 else np.full(per_piece.shape[1:], np.inf)
        )
        return per_piece.mean(axis=0), spread / np.sqrt(count)


def series(
    run: xr.Dataset,
    expressions: tuple[str, ...],
    *,
    discard_steps: int | None,
    pieces: int,
    diverged: str | None,
) -> Series:
    """Read expressions along the snapshots of a run, cut into pieces.

    Raises
    ------
    ValueError
        No snapshots, or `pieces` is not a whole number >= 1.
    TooFewData
        Fewer than 16 pieces, or pieces of fewer than 8 snapshots.
    """
    data = read_run(run, diverged)
    pieces = check_whole("pieces", pieces)
    first = data.first_snapshot(discard_steps)
    n = (len(data.snapshots) - first) // pieces
    read = [Observable.of(data.landscape, e)(data.state[:, first:]) for e in expressions]
    count = pieces * len(data.state)
    if n < 8 or count < MIN_TRAJECTORIES:
        raise TooFewData(
            f"{count} pieces of {max(n, 0)} snapshots; at least {MIN_TRAJECTORIES} pieces of 8 are "
            "needed. Run more trajectories or longer, save more often (save_every=), or cut long "
            "trajectories with pieces=.",
            Estimate(float("nan"), float("inf"), count, "snapshots"),
        )
    cut = np.array([values[:, : n * pieces].reshape(count, n) for values in read])
    cut -= cut.mean(axis=(1, 2), keepdims=True)
    spacing = data.interval(first) * float(data.dynamics.time_step)
    method = f"{len(data.state)} trajectories"
    method += f", each cut into {pieces} pieces taken as independent" if pieces > 1 else ""
    return Series(expressions, cut, spacing, method)
