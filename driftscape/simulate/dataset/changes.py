"""Whether the values of a dataset are still those that were simulated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...typing import Index
from ..provenance import table_of
from . import fingerprint
from .contents import Contents
from .variables import restored

if TYPE_CHECKING:
    import xarray as xr

_PLURAL = {"trajectory": "trajectories", "run": "runs"}

#: what every result of a kind has along its trajectories
NEEDED = {
    "run": ("start", "final", "diverged"),
    "first_passage": ("start", "exit", "passage_time", "target", "censored", "diverged"),
}


def check_unchanged(contents: Contents) -> None:
    """Raise an error where trajectories have another fingerprint than their values.

    Raises
    ------
    ValueError
        Arithmetic, a filled value, or another description or number than the trajectory's own; or
        values that were rounded, where every bit is needed.
    """
    metadata = contents.each[0]
    names = list(NEEDED[contents.kind])
    names += ["average"] if "expression" in contents.places else []
    if contents.exact:
        names += [name for name, size in metadata["left"].items() if size]
    data = metadata["landscape"].get("data")
    check_fingerprints(
        contents.dataset,
        ("trajectory",),
        contents.places,
        _texts(contents),
        contents.numbers,
        {name: contents.array(name) for name in names},
        None if data is None else table_of(contents.dataset, data),
        contents.exact,
    )
    if len(contents.steps):
        _check_ends(contents)


def _texts(contents: Contents) -> list[str]:
    """Return the description of all trajectories, or, in order, that of each."""
    (texts,) = contents.described.texts
    return texts if len(texts) == 1 else [texts[i] for i in contents.places["trajectory"].tolist()]


def check_fingerprints(
    dataset: xr.Dataset,
    dims: tuple[str, ...],
    places: Mapping[str, Index],
    texts: Sequence[str],
    numbers: Index,
    arrays: Mapping[str, NDArray[Any]],
    table: NDArray[Any] | None,
    exact: bool = False,
) -> None:
    """Raise an error unless these are the values of the fingerprints in a dataset.

    Parameters
    ----------
    dims, places
        Dimensions of the coordinate `fingerprint`, and the order along them.
    texts, numbers, arrays, table
        As for `fingerprint.fingerprints`.
    exact
        Whether values that were rounded to single precision are refused.
    """
    stored = _stored(dataset, dims, places)
    found = fingerprint.fingerprints(texts, numbers, arrays, table)
    same = fingerprint.same_rounded(stored, found)
    if not same.all():
        raise ValueError(
            f"{(~same).sum()} of {len(same)} {_PLURAL[dims[-1]]} are not as they were simulated: "
            "their fingerprint is that of other values, another number or another description. "
            "After arithmetic a dataset is no run any more, and xr.concat has to keep the "
            "provenance of each part (coords='different')."
        )
    if exact and not (stored == found).all():
        raise ValueError(
            "the values of the dataset are those of the run only to single precision, or its words "
            "were changed; the same bits need the dataset as it was returned (a file without "
            "encodings, no astype)."
        )


def _stored(
    dataset: xr.Dataset, dims: tuple[str, ...], places: Mapping[str, Index]
) -> NDArray[np.uint64]:
    """Return the fingerprints that the dataset has, in order, those of all points side by side."""
    name = fingerprint.COORDINATE
    if name not in dataset.coords:
        raise ValueError(
            "the dataset has lost its coordinate 'fingerprint', by which changed values are "
            "noticed; pass what was returned, without drop_vars, means or sums."
        )
    variable = restored(dataset, name, dims, True)
    if variable.dtype != np.uint64:
        raise ValueError(
            f"the coordinate 'fingerprint' is of type {variable.dtype}, not uint64: missing "
            "trajectories were filled in, as by xr.concat with join='outer' or reindex; use "
            "join='inner', or put together points of the same trajectories."
        )
    values: NDArray[np.uint64] = variable.isel({d: places[d] for d in dims if d in places}).values
    return values.ravel()


def _check_ends(contents: Contents) -> None:
    """Raise an error where the first or last snapshot is not the start or the end."""
    state = contents.array("state")
    done = int(contents.each[0]["steps"])
    for index, step, name in ((0, 0, "start"), (-1, done, "final")):
        if contents.steps[index] != step:
            continue
        if not _close(state[..., index, :], contents.array(name), contents.exact):
            raise ValueError(
                f"the snapshot of step {step} is not the {name!r} of the trajectories: snapshots "
                "were changed or mixed up; pass the dataset as it was returned."
            )


def _close(a: NDArray[Any], b: NDArray[Any], exact: bool) -> bool:
    with np.errstate(over="ignore"):
        if not exact:
            a, b = a.astype(np.float32), b.astype(np.float32)
    return bool(np.array_equal(a, b, equal_nan=True))
