"""Training sets: drawn once a trajectory, laid out for the kernels, read back for the dataset."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from .ensemble import Ensemble
from .step import Step
from .streams import stream_words

Cards = NDArray[np.float64]


def draw_training_sets(
    step: Step, backend: Any, seed: int, numbers: NDArray[np.uint64], generator: str, limit: float
) -> Cards:
    """Draw the training set of each trajectory from its own stream.

    A training set is the path of a step whose state is a sample: kernels draw it like any noise.

    Returns
    -------
    Array
        Standard samples, shape (trajectories, samples, variables).

    Raises
    ------
    ValueError
        The sets would take more than `limit` bytes.
    """
    assert step.deck is not None
    # numbered, not named: landscapes with the same laws share one kernel
    symbols = [sp.Symbol(f"sample.x{i}", real=True) for i in range(len(step.noise))]
    size, count = int(step.parameters[step.deck.size]), len(numbers)
    needed = 8 * (size + 1) * len(symbols) * count
    if needed > limit:
        raise ValueError(
            f"training sets of {size} samples for {count} trajectories take {needed / 1e9:.3g} GB; "
            f"allowed are {limit / 1e9:.3g} GB. Use fewer trajectories at a time "
            "(trajectories=range(a, b)), a smaller train_size, or max_bytes=."
        )
    states = [sp.Symbol(f"card.x{i}", real=True) for i in range(len(step.noise))]
    draw = Step(
        tuple(states), tuple(symbols), len(symbols),
        noise=dict(zip(symbols, step.noise.values(), strict=True)),
    )  # fmt: skip
    ensemble = Ensemble(
        state=np.zeros((len(symbols), count)),
        words=stream_words(seed, numbers, "training set", generator=generator),
        diverged=np.full(count, -1, dtype=np.int64),
        snapshots=np.empty((size + 1, len(symbols), count)),
        every=1,
    )
    backend.engine(draw, generator).advance(ensemble, 0, size, None)
    return np.ascontiguousarray(ensemble.snapshots[1:].transpose(2, 0, 1))


def lay_out(cards: Cards, lanes: int) -> Cards:
    """Return (trajectories, samples, variables) as (blocks, variables, samples, lanes)."""
    count, size, variables = cards.shape
    blocks = -(-count // lanes)
    padded = np.zeros((blocks * lanes, size, variables))
    padded[:count] = cards
    parts = padded.reshape(blocks, lanes, size, variables)
    return np.ascontiguousarray(parts.transpose(0, 3, 2, 1))


def collect(deck: Cards, count: int) -> Cards:
    """Undo `lay_out` for the first `count` trajectories."""
    blocks, variables, size, lanes = deck.shape
    cards = deck.transpose(0, 3, 2, 1).reshape(blocks * lanes, size, variables)[:count]
    return np.ascontiguousarray(cards)
