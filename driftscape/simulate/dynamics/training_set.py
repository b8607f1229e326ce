"""Training sets of a dynamics: what is sensible, and where samples are dealt from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from ...landscapes.landscape import Landscape
from ...validate import check_whole
from ..step import ORDERS, TrainingSet, parameter

#: where the samples of a batch come from
SAMPLING = ("fresh", "iid", "without-replacement", "fixed", "reshuffled")
#: those that go through the whole training set before a sample comes again
EPOCHS = ("fixed", "reshuffled")


def check_sampling(sampling: Any, batch_size: Any, train_size: Any) -> None:
    """Refuse what no landscape makes sensible; `train_size` None may be settled by its data."""
    if sampling not in SAMPLING:
        raise ValueError(f"sampling={sampling!r}; known: {', '.join(map(repr, SAMPLING))}.")
    if sampling == "fresh":
        if train_size is not None:
            raise ValueError(
                f"train_size={train_size} with sampling='fresh', which has no training "
                "set; give sampling='reshuffled' (or 'fixed', 'iid', 'without-replacement')."
            )
        if batch_size == "full":
            raise ValueError(
                "batch_size='full' needs a training set: give train_size= and "
                "sampling='fixed', or use GD for the expected loss."
            )
    if train_size is not None:
        check_whole("train_size", train_size)
    if batch_size != "full":
        check_whole("batch_size", batch_size)
    if train_size is None or batch_size == "full":
        return
    if batch_size > train_size and sampling != "iid":
        raise ValueError(
            f"batch_size={batch_size} is more than train_size={train_size}; use batch_size='full'."
        )
    if sampling in EPOCHS and train_size % batch_size:
        raise ValueError(
            f"train_size={train_size} is not a multiple of batch_size={batch_size}: "
            "an epoch would end inside a batch. Change one, or use "
            "sampling='without-replacement'."
        )


def settled_size(landscape: Landscape, sampling: str, train_size: int | None) -> int | None:
    """Return the size of the training set on a landscape, None where there is none.

    Raises
    ------
    ValueError
        There is nothing to sample from, or the size is not that of the landscape's data.
    """
    if landscape.data is None:
        if sampling != "fresh" and train_size is None:
            raise ValueError(
                f"sampling={sampling!r} draws from a training set; give train_size= (only a "
                f"landscape made with data= brings one, and {landscape.name} is not)."
            )
        return train_size
    rows = len(next(iter(landscape.data.values())))
    if train_size not in (None, rows):
        raise ValueError(
            f"train_size={train_size}, but {landscape.name} has {rows} rows of data, which are "
            "the training set; leave train_size= out, or make another landscape."
        )
    return None if sampling == "fresh" else rows


def training_set_of(
    landscape: Landscape, sampling: str, laws: Mapping[Any, str]
) -> tuple[TrainingSet | None, dict[sp.IndexedBase, Any]]:
    """Return where samples are dealt from, and the rows where all trajectories share them.

    Fresh samples of a data set are rows drawn independently.
    """
    size = parameter("train_size")
    if landscape.data is None:
        return (TrainingSet(sampling, size) if sampling in ORDERS else None), {}
    names = {symbol.name for symbol in laws}
    columns = zip(landscape.sample_laws, landscape.tables.items(), strict=True)
    tables = {base: column for x, (base, column) in columns if x.name in names}
    return TrainingSet("iid" if sampling == "fresh" else sampling, size, tuple(tables)), tables
