"""Training sets: drawn once per trajectory, laid out for the kernels, read back for the dataset.

A landscape made of data is itself the training set of all trajectories: kernels look up its rows,
and a trajectory has only the order in which it goes through them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp
from numpy.typing import DTypeLike, NDArray

from ..labels import Label
from ..landscapes.landscape import Landscape
from ..typing import Bools, Float
from .ensemble import Ensemble, Variables, described
from .problem import side_by_side
from .step import Step
from .streams import stream_words

if TYPE_CHECKING:
    import xarray as xr

    from .backends.engine import Backend

_TILE = 64  # samples that are copied at a time
_BUFFER = 1_000_000  # bytes of the samples that are drawn at a time


def draw_training_sets(
    step: Step,
    backend: Backend,
    seeds: Sequence[int],
    numbers: NDArray[np.uint64],
    generator: str,
    lanes: int,
) -> Float:
    """Draw the training set of each trajectory from its own stream.

    A training set is the path of a step whose state is a sample: kernels draw it like any noise,
    few samples at a time, which are put where they belong while they are in the cache.

    Returns
    -------
    Array
        Standard samples of the trajectories of all seeds, laid out; row numbers, with one variable,
        where the rows are shared and shuffled; empty where they are shared and in no order.
    """
    assert step.training_set is not None
    size, count = int(step.parameters[step.training_set.size]), len(seeds) * len(numbers)
    if step.training_set.rows:
        size = size if step.training_set.shuffles else 0
        rows = np.arange(size, dtype=float)[:, None]
        return lay_out(np.broadcast_to(rows, (count, size, min(size, 1))), lanes)
    # numbered, not named: landscapes with the same laws share one kernel
    symbols = [sp.Symbol(f"sample.x{i}", real=True) for i in range(len(step.noise))]
    states = [sp.Symbol(f"card.x{i}", real=True) for i in range(len(step.noise))]
    draw = Step(
        tuple(states), tuple(symbols), len(symbols),
        noise=dict(zip(symbols, step.noise.values(), strict=True)),
    )  # fmt: skip
    words = side_by_side(
        seeds, lambda seed: stream_words(seed, numbers, "training set", generator=generator)
    )
    few = min(size, max(2 * _TILE, _BUFFER // (8 * len(symbols) * count) // 2 * 2))
    ensemble = Ensemble.fresh(draw, np.zeros((len(symbols), count)), words, few + 1, every=1)
    engine = backend.engine(draw, generator)
    laid = _room(count, size, len(symbols), lanes)
    for first in range(0, size, few):
        then = min(size, first + few)
        ensemble = replace(ensemble, first_shot=first)
        engine.advance(ensemble, first, then)
        engine.bring(ensemble)
        drawn = ensemble.snapshots[1 : then - first + 1].transpose(2, 0, 1)
        for ours, theirs in _blocks(laid[:, :, first:then], drawn):
            _copy(theirs, ours)
    return laid


def check_sets(ensembles: Sequence[tuple[Step, int]], limit: float) -> None:
    """Raise an error if training sets of steps and numbers of trajectories exceed `limit` bytes."""
    needed = 0
    for step, count in ensembles:
        samples = step.training_set
        if samples is None or (samples.rows and not samples.shuffles):
            continue
        size, shared = int(step.parameters[samples.size]), bool(samples.rows)
        needed += 8 * count * (size if shared else (size + 1) * len(step.noise))
        if needed > limit:
            what, instead = (
                (f"orders of {size} rows", "sampling='iid'")
                if shared
                else (f"training sets of {size} samples", "a smaller train_size")
            )
            raise ValueError(
                f"{what} for {sum(count for _, count in ensembles)} trajectories take "
                f"{needed / 1e9:.3g} GB; allowed are {limit / 1e9:.3g} GB. Use fewer trajectories "
                f"at a time (trajectories=range(a, b)), {instead}, or max_bytes=."
            )


def lay_out(sets: Float, lanes: int) -> Float:
    """Return (trajectories, samples, variables) as (blocks, variables, samples, lanes)."""
    count, size, variables = sets.shape
    laid = _room(count, size, variables, lanes)
    for ours, theirs in _blocks(laid, sets):
        _copy(theirs, ours)
    return laid


def _room(count: int, size: int, variables: int, lanes: int) -> Float:
    """Return an array for training sets, zero in the lanes that no trajectory has."""
    laid = np.empty((-(-count // lanes), variables, size, lanes))
    if count % lanes:
        laid[-1, ..., count % lanes :] = 0.0
    return laid


def collect(laid: Float, count: int, dtype: DTypeLike = float) -> NDArray[Any]:
    """Undo `lay_out` for the first `count` trajectories."""
    _, variables, size, _ = laid.shape
    sets = np.empty((count, size, variables), dtype)
    for theirs, ours in _blocks(laid, sets):
        _copy(theirs, ours)
    return sets


def _blocks(laid: Float, sets: NDArray[Any]) -> Iterator[tuple[Float, NDArray[Any]]]:
    """Yield views of both of equal shape: of all full blocks, and of what is left over."""
    lanes, (count, size, variables) = laid.shape[3], sets.shape
    full = count // lanes
    for place, part, width in (
        (laid[:full], sets[: full * lanes], lanes),
        (laid[full:], sets[full * lanes :], count % lanes),
    ):
        if len(part):
            yield (
                place[..., :width],
                part.reshape(len(place), width, size, variables).transpose(0, 3, 2, 1),
            )


def _copy(source: NDArray[Any], target: NDArray[Any]) -> None:
    """Copy (blocks, variables, samples, lanes), few samples at a time.

    In one of the two, neighbours in memory are lanes, in the other samples: so many of both stay
    in the cache.
    """
    for first in range(0, source.shape[2], _TILE):
        part = np.s_[:, :, first : first + _TILE]
        target[part] = source[part]


def variables_of(landscape: Landscape, ensemble: Ensemble, ended: Bools | None = None) -> Variables:
    """Return the training sets as variables of a dataset.

    Those of trajectories that have `ended` are sorted: they are shuffled on while others of their
    block still run, and for how long is no result.
    """
    sets, count = ensemble.training_sets, ensemble.count
    if not sets.size:
        return {}
    dtype = float if landscape.data is None else np.int64
    samples = _sorted(collect(sets, count, dtype), ended)
    if landscape.data is not None:
        label = Label("rows of data in the order that they were left in")
        order = samples[..., 0]
        return described({"order": (("trajectory", "sample"), order, label)})
    label = Label(
        "training set in the order that it was left in, as standard samples: "
        "mean 0 and width 1 for Normal, (0, 1) for Uniform"
    )
    return described({"training": (("trajectory", "sample", "variable"), samples, label)})


def _sorted(sets: NDArray[Any], ended: Bools | None) -> NDArray[Any]:
    """Put the samples of some trajectories in ascending order, in place."""
    if ended is not None:
        order = np.lexsort(np.moveaxis(sets[ended], -1, 0)[::-1], axis=-1)
        sets[ended] = np.take_along_axis(sets[ended], order[..., None], axis=1)
    return sets


def left_in(dataset: xr.Dataset, step: Step) -> Float:
    """Return the training sets, or the orders of the rows, as the run of a step left them."""
    assert step.training_set is not None
    if not step.training_set.rows:
        sets: Float = dataset["training"].transpose("trajectory", "sample", "variable").values
        return sets
    if step.training_set.shuffles:
        order: Float = dataset["order"].transpose("trajectory", "sample").values.astype(float)
        return order[..., None]
    return np.empty((dataset.sizes["trajectory"], 0, 0))
