"""Training sets of SGD: checks of the arguments, and the source of a step's samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sympy as sp

from ...landscapes.checks import check_landscape
from ...landscapes.landscape import Landscape
from ...typing import Float
from ...validate import check_choice, check_whole, shown
from ..step import ORDERS, TERM, TrainingSet, parameter

#: sources of the samples of a batch
SAMPLING = ("fresh", "iid", "without-replacement", "fixed", "reshuffled")
#: those that use the whole training set before a sample comes again
EPOCHS = ("fixed", "reshuffled")


def check_sampling(sampling: str, batch_size: int | str, train_size: int | None) -> None:
    """Raise an error if the arguments contradict each other on every landscape.

    A `train_size` of None may be determined by the landscape's data.
    """
    check_choice("sampling", sampling, SAMPLING)
    if not isinstance(batch_size, str) or batch_size != "full":
        check_whole("batch_size", batch_size)
    if sampling == "fresh":
        if train_size is not None:
            raise ValueError(
                f"train_size={shown(train_size)} with sampling='fresh', which has no training "
                "set; give sampling='reshuffled' (or 'fixed', 'iid', 'without-replacement')."
            )
        if batch_size == "full":
            raise ValueError(
                "batch_size='full' needs a training set: give train_size= and "
                "sampling='fixed', or use GD for the expected loss."
            )
    if train_size is not None:
        check_whole("train_size", train_size)
    if train_size is None or isinstance(batch_size, str):
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


def training_set_size(landscape: Landscape, sampling: str, train_size: int | None) -> int | None:
    """Return the size of the training set on a landscape, None where there is none.

    Raises
    ------
    ValueError
        There is nothing to sample from, or the size is not that of the landscape's data.
    """
    data = check_landscape(landscape).data
    if data is None:
        if sampling != "fresh" and train_size is None:
            raise ValueError(
                f"sampling={sampling!r} draws from a training set; give train_size= (only a "
                f"landscape made with data= brings one, and {landscape.name} is not)."
            )
        return train_size
    rows = len(next(iter(data.values())))
    if train_size not in (None, rows):
        raise ValueError(
            f"train_size={train_size}, but {landscape.name} has {rows} rows of data, which are "
            "the training set; leave train_size= out, or make another landscape."
        )
    return None if sampling == "fresh" else rows


def training_set_of(
    landscape: Landscape, sampling: str, laws: Mapping[sp.Basic, str]
) -> tuple[TrainingSet | None, dict[sp.IndexedBase, Float]]:
    """Return the source of the samples, and the tables of a set that all trajectories share.

    Fresh samples of a data set are rows drawn independently.
    """
    size = parameter("train_size")
    if landscape.data is None:
        return (TrainingSet(sampling, size) if sampling in ORDERS else None), {}
    names = {symbol.name for symbol in laws}
    columns = zip(landscape.sample_laws, landscape.tables.items(), strict=True)
    tables = {base: column for x, (base, column) in columns if x.name in names}
    return TrainingSet("iid" if sampling == "fresh" else sampling, size, tuple(tables)), tables


def batch_mean(
    landscape: Landscape, entries: Sequence[sp.Expr], batch: sp.Symbol | None, keep_all: bool
) -> tuple[dict[sp.Basic, str], list[sp.Expr]]:
    """Return the noise of a step, and the mean of the per-sample entries over the batch.

    Parameters
    ----------
    entries
        Expressions of one sample.
    batch
        Symbol of the number of samples; None for one sample, which needs no sum.
    keep_all
        Whether samples that the entries do not depend on are drawn too.
    """
    used = set().union(*(e.free_symbols for e in entries))
    laws: dict[sp.Basic, str] = {
        x: law.name for x, law in landscape.sample_laws.items() if keep_all or x in used
    }
    if batch is None:
        return laws, list(entries)
    drawn = {x: sp.IndexedBase(x.name, real=True) for x in laws}
    swaps = {x: base[TERM] for x, base in drawn.items()}
    mean = [
        sp.Sum(e.xreplace(swaps), (TERM, 1, batch)) / batch if e.has(*laws) else e for e in entries
    ]
    return {drawn[x]: law for x, law in laws.items()}, mean
