"""`rerun`: the same bits from the description in a dataset."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .first_passage import first_passage
from .keep import keep_argument
from .progress import ProgressOption
from .provenance import first_of, same_version
from .run import run, sweep
from .splitting import splitting

if TYPE_CHECKING:
    import xarray as xr

    from .backends.engine import Backend

#: kind of a dataset -> the function that made it
_FUNCTIONS: dict[str, Callable[..., xr.Dataset]] = {
    "run": run, "sweep": sweep, "first_passage": first_passage, "splitting": splitting,
}  # fmt: skip


def rerun(
    dataset: xr.Dataset,
    *,
    threads: int | None = None,
    backend: str | Backend | None = None,
    progress: ProgressOption = None,
) -> xr.Dataset:
    """Run again what made a dataset, by the function that made it, and return the same bits.

    An interrupted run is repeated as far as it came; a resumed one, without the interruption.

    Parameters
    ----------
    dataset
        The result of `run`, `sweep`, `first_passage` or `splitting`, or one read from its file.
    threads, progress
        As for `run`.
    backend
        Default: the one it was made with.  `"numba"` and `"cupy"` give each other's bits.

    Returns
    -------
    xarray.Dataset
        Identical to `dataset`, with the same version on the same backend.

    Raises
    ------
    ValueError
        The dataset was made by another version or has a start that is not finite.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> ito = simulate.Ito(beta=5, dt=0.01)
    >>> first = simulate.run(landscapes.quartic_well(), ito, steps=50, seed=3)
    >>> bool((simulate.rerun(first).state == first.state).all())
    True
    """
    metadata = same_version(dataset)
    kind = metadata["kind"]
    if kind not in _FUNCTIONS:
        raise ValueError(
            f"the dataset was made by simulate.{kind}, which cannot be rerun; known: "
            f"{', '.join(_FUNCTIONS)}."
        )
    return _FUNCTIONS[kind](
        *first_of(dataset),
        seed=int(metadata["seed"]),
        threads=threads,
        backend=metadata["backend"] if backend is None else backend,
        generator=metadata["generator"],
        progress=progress,
        **(_of_splitting if kind == "splitting" else _of_trajectories)(dataset, metadata),
    )


def _of_trajectories(dataset: xr.Dataset, metadata: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of `run`, `sweep` or `first_passage` that belong to the dataset."""
    arguments = {
        "trajectories": dataset["trajectory"].values,
        "start": dataset["start"].values,
        "max_bytes": float("inf"),
    }
    if metadata["kind"] == "first_passage":
        arguments |= {
            "max_steps": metadata["steps"],
            "target": metadata["targets"],
            "bridge": metadata["bridge"],
        }
    else:
        arguments |= {
            "steps": metadata["steps"], "save_every": metadata["save_every"] or None,
            "keep": keep_argument(metadata["keep"]),
        }  # fmt: skip
    if "over" in metadata:
        names = tuple(metadata["over"])
        seeds = () if metadata["common"] else dataset["seed"].transpose(*names).values.ravel()
        if any(int(seed) != int(metadata["seed"]) + i for i, seed in enumerate(seeds)):
            raise ValueError(
                "the dataset is a part of a sweep with a seed for each point; rerun the whole of "
                "it, or one point."
            )
        arguments |= {
            "over": {name: dataset[name].values for name in names},
            "start": dataset["start"].transpose(*names, "trajectory", "coordinate").values,
            "common": metadata["common"],
        }
    return arguments


def _of_splitting(dataset: xr.Dataset, metadata: dict[str, Any]) -> dict[str, Any]:
    (target,) = metadata["targets"].values()
    names = ("reaction_coordinate", "home", "leave", "kill", "max_steps", "bridge")
    return {
        "start": dataset["start"].values.reshape(-1, dataset.sizes["coordinate"]),
        "runs": dataset.sizes["run"],
        "replicas": dataset.sizes["replica"],
        "target": target,
        **{name: metadata[name] for name in names},
    }
