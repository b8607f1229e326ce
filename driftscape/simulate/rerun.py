"""`rerun`: the same bits from the description in a dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .backends import backend as find_backend
from .dataset.labels import numbers_of, order_of
from .dataset.read import read_points
from .dataset.splittings import read_splitting
from .dataset.variables import Shape, check_type, of_shape
from .first_passage import passages
from .keep import keep_argument
from .problem import Problem
from .progress import ProgressOption
from .provenance import check_version, descriptions, problems_of
from .record import record
from .splitting import splitting

if TYPE_CHECKING:
    import xarray as xr

    from .backends.engine import Backend


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
        Default: the one it was made with.  `"cpu"` and `"cupy"` give each other's bits.

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
    check_type(dataset)
    each = descriptions(dataset)[1]
    check_version(each)
    metadata = each[0]
    kind, chosen = metadata["kind"], metadata["backend"] if backend is None else backend
    if kind not in ("run", "first_passage", "splitting"):
        raise ValueError(
            f"the dataset was made by simulate.{kind}, which cannot be rerun; known: run, sweep, "
            "first_passage, splitting."
        )
    if kind == "splitting":
        (problem,) = problems_of(dataset, each)
        return splitting(
            *problem, seed=int(metadata["seed"]), generator=metadata["generator"], backend=chosen,
            threads=threads, progress=progress, **_of_splitting(dataset, metadata),
        )  # fmt: skip
    again = Problem.again(dataset, read_points(dataset, exact=True), find_backend(chosen))
    if kind == "first_passage":
        return passages(
            again, metadata["targets"], metadata["bridge"], max_steps=metadata["steps"],
            max_time=None, threads=threads, progress=progress, max_bytes=float("inf"),
        )  # fmt: skip
    return record(
        again, keep_argument(metadata["keep"]), steps=metadata["steps"], time=None, epochs=None,
        save_every=metadata["save_every"] or None, threads=threads, progress=progress,
        max_bytes=float("inf"),
    )  # fmt: skip


def _of_splitting(dataset: xr.Dataset, metadata: dict[str, Any]) -> dict[str, Any]:
    runs, each = read_splitting(dataset)[0].sizes["run"], ("run", "replica")
    if (runs, dataset.sizes.get("replica")) != (metadata["runs"], metadata["replicas"]):
        raise ValueError(
            f"the dataset has {runs} of {metadata['runs']} runs and {dataset.sizes.get('replica')} "
            f"of {metadata['replicas']} excursions of splitting, which depend on each other; pass "
            "the whole of it."
        )
    places = {
        "run": np.argsort(numbers_of(dataset, "run")),
        "coordinate": order_of(dataset, "coordinate", metadata["landscape"]["coordinates"]),
    }
    start = of_shape(dataset, "start", Shape((*each, "coordinate"), np.float64), exact=True)
    (target,) = metadata["targets"].values()
    names = ("reaction_coordinate", "home", "leave", "kill", "max_steps", "bridge")
    return {
        "start": start.isel(places).values.reshape(-1, len(places["coordinate"])),
        "runs": metadata["runs"],
        "replicas": metadata["replicas"],
        "target": target,
        **{name: metadata[name] for name in names},
    }
