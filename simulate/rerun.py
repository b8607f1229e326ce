"""`rerun`: the same bits from what a dataset says of itself."""

from __future__ import annotations

from typing import Any

from .dataset import dynamics_of, landscape_of
from .keep import Keep
from .resume import same_version
from .run import run


def rerun(dataset: Any, *, threads: int | None = None, progress: Any = None) -> Any:
    """Run again what made a dataset, and return the same bits.

    Raises
    ------
    ValueError
        The dataset was made by another version or holds a start that is not finite.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> ito = simulate.Ito(beta=5, dt=0.01)
    >>> first = simulate.run(landscapes.quartic_well(), ito, steps=50, seed=3)
    >>> bool((simulate.rerun(first).state == first.state).all())
    True
    """
    made = same_version(dataset)
    numbers = dataset.trajectory.values
    return run(
        landscape_of(dataset),
        dynamics_of(dataset),
        steps=made["steps"],
        trajectories=numbers,
        seed=int(made["seed"]),
        start=dataset.start.values,
        save_every=made["save_every"] or None,
        keep=_keep_argument(Keep.from_list(made["keep"])),
        threads=threads,
        backend=made["backend"],
        generator=made["generator"],
        progress=progress,
        max_bytes=float("inf"),
    )


def _keep_argument(keep: Keep) -> list[Any]:
    return [
        *(["snapshots"] if keep.snapshots else ["final"]),
        *([keep.average] if keep.average else []),
        *([keep.density] if keep.density else []),
    ]
