"""`rerun`: the same bits from what a dataset says of itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .first_passage import first_passage
from .keep import Keep
from .provenance import first_of, same_version
from .run import run
from .splitting import splitting
from .sweep import sweep


def rerun(
    dataset: Any, *, threads: int | None = None, backend: Any = None, progress: Any = None
) -> Any:
    """Run again what made a dataset, by the verb that made it, and return the same bits.

    What was interrupted is run as far as it came; what was resumed, in one go.

    Parameters
    ----------
    dataset
        What `run`, `sweep`, `first_passage` or `splitting` returned, or what was read from its
        file.
    threads, progress
        As for `run`.
    backend
        Default: the one it was made with.  `"numba"` and `"cupy"` give each other's bits.

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
    kind = made["kind"]
    if kind not in _SETTINGS:
        raise ValueError(
            f"the dataset was made by simulate.{kind}, which cannot be rerun; known: "
            f"{', '.join(_SETTINGS)}."
        )
    again, settings = _SETTINGS[kind]
    return again(
        *first_of(dataset),
        seed=int(made["seed"]),
        threads=threads,
        backend=made["backend"] if backend is None else backend,
        generator=made["generator"],
        progress=progress,
        **settings(dataset, made),
    )


def _of_run(dataset: Any, made: dict[str, Any]) -> dict[str, Any]:
    return {
        "trajectories": dataset.trajectory.values,
        "start": dataset.start.values,
        "steps": made["steps"],
        "save_every": made["save_every"] or None,
        "keep": _keep_argument(Keep.from_list(made["keep"])),
        "max_bytes": float("inf"),
    }


def _of_sweep(dataset: Any, made: dict[str, Any]) -> dict[str, Any]:
    return _of_run(dataset, made) | _over(dataset, made)


def _over(dataset: Any, made: dict[str, Any]) -> dict[str, Any]:
    """Return what a sweep is asked for beside what its verb takes; nothing of a single point."""
    if "over" not in made:
        return {}
    names = tuple(made["over"])
    seeds = () if made["common"] else dataset["seed"].transpose(*names).values.ravel()
    if any(int(seed) != int(made["seed"]) + i for i, seed in enumerate(seeds)):
        raise ValueError(
            "the dataset is a part of a sweep with a seed for each point; rerun the whole of it, "
            "or one point."
        )
    return {
        "over": {name: dataset[name].values for name in names},
        "start": dataset.start.transpose(*names, "trajectory", "coordinate").values,
        "common": made["common"],
    }


def _of_first_passage(dataset: Any, made: dict[str, Any]) -> dict[str, Any]:
    return {
        "trajectories": dataset.trajectory.values,
        "start": dataset.start.values,
        "max_steps": made["steps"],
        "target": made["targets"],
        "bridge": made["bridge"],
        "max_bytes": float("inf"),
    } | _over(dataset, made)


def _of_splitting(dataset: Any, made: dict[str, Any]) -> dict[str, Any]:
    (target,) = made["targets"].values()
    names = ("reaction_coordinate", "home", "leave", "kill", "max_steps", "bridge")
    return {
        "start": dataset.start.values.reshape(-1, dataset.sizes["coordinate"]),
        "runs": dataset.sizes["run"],
        "replicas": dataset.sizes["replica"],
        "target": target,
        **{name: made[name] for name in names},
    }


def _keep_argument(keep: Keep) -> list[Any]:
    return [
        *(["snapshots"] if keep.snapshots else ["final"]),
        *([keep.average] if keep.average else []),
        *([keep.density] if keep.density else []),
    ]


_Settings = Callable[[Any, dict[str, Any]], dict[str, Any]]
#: verb -> its function, and its arguments from a dataset and what that says of itself
_SETTINGS: dict[str, tuple[Callable[..., Any], _Settings]] = {
    "run": (run, _of_run),
    "sweep": (sweep, _of_sweep),
    "first_passage": (first_passage, _of_first_passage),
    "splitting": (splitting, _of_splitting),
}
