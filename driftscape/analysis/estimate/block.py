"""Contributions of the trajectories of one noise, and how those of two estimates are paired."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...typing import Bools, Float, Index

_ROUNDING = 8 * float(np.finfo(float).eps)  # of the summands: a smaller sum is zero


#: name of the noise of an estimate, or of each of its trajectories, shape (n,)
Noise: TypeAlias = str | NDArray[np.str_] | None


def noise_where(noise: Noise, chosen: Bools) -> Noise:
    """Return the noise of some of the trajectories."""
    return noise if noise is None or isinstance(noise, str) else noise[chosen]


class Unpaired(ValueError):
    """Two estimates depend on unlike pieces of the same trajectories."""


@dataclass(frozen=True, eq=False)
class Block:
    """Contributions of trajectories that one noise drives.

    Attributes
    ----------
    noise
        The noise: seed and generator of the trajectories, or a name of its own.
    numbers
        Which trajectories, ascending, shape (n,): their numbers, or `number * pieces + piece` where
        each of them is cut into pieces.
    values
        Their contributions, shape (n,).
    freedom
        Degrees of freedom of sum(values**2); infinite for an error that is known.
    weight
        weight * sum(values**3) is the third cumulant.
    pieces
        Number of pieces of each trajectory; 1 for whole trajectories.
    cut
        Where the pieces begin and end, in words.
    """

    noise: str
    numbers: Index
    values: Float
    freedom: float
    weight: float
    pieces: int = 1
    cut: str = ""

    @property
    def variance(self) -> float:
        """The part of the squared standard error that comes from here."""
        return float(self.values @ self.values)

    @property
    def third(self) -> float:
        """The part of the third cumulant that comes from here."""
        return self.weight * float(np.sum(self.values**3)) if self.weight else 0.0

    def part(self, chosen: Index) -> Block:
        """Return the block of some of the trajectories, by index; the freedom is divided."""
        share = len(chosen) / len(self.numbers)
        return replace(
            self, numbers=self.numbers[chosen], values=self.values[chosen],
            freedom=self.freedom * share,
        )  # fmt: skip

    def scaled(self, factor: float) -> Block:
        """Return the block with every contribution times a factor."""
        return replace(self, values=factor * self.values if factor else np.zeros(len(self.values)))

    def shared(self, other: Block) -> tuple[Index, Index]:
        """Return the indices, here and there, of the trajectories in both.

        Raises
        ------
        Unpaired
            Both have trajectories in common that they cut into unlike pieces.
        """
        nothing = np.array([], np.int64)
        if self.noise != other.noise:
            return nothing, nothing
        if (self.pieces, self.cut) != (other.pieces, other.cut):
            common = np.intersect1d(self.numbers // self.pieces, other.numbers // other.pieces)
            if len(common):
                raise Unpaired(
                    f"two estimates share {len(common)} trajectories of {self.noise}, one by "
                    f"{_pieces(self)} and one by {_pieces(other)}, so that the correlation of "
                    "their errors is not known; measure both with the same pieces=."
                )
            return nothing, nothing
        if np.array_equal(self.numbers, other.numbers):
            every = np.arange(len(self.numbers), dtype=np.int64)
            return every, every
        _, here, there = np.intersect1d(
            self.numbers, other.numbers, assume_unique=True, return_indices=True
        )
        return here, there


def merged(blocks: Sequence[Block], added: Block) -> Iterator[Block]:
    """Add a block to disjoint ones: what is common to both is a block, and so are the rests."""
    for block in blocks:
        here, there = block.shared(added)
        if not len(here):
            yield block
            continue
        if len(here) < len(block.numbers):
            yield block.part(_others(len(block.numbers), here))
        yield _sum(block.part(here), added.part(there))
        added = added.part(_others(len(added.numbers), there))
    if len(added.numbers):
        yield added


def _sum(one: Block, other: Block) -> Block:
    """Add the contributions of the same trajectories; what is only rounding is zero."""
    with np.errstate(invalid="ignore"):  # infinite errors may cancel
        values = one.values + other.values
    size = np.maximum(np.abs(one.values), np.abs(other.values))
    values[np.abs(values) <= _ROUNDING * size] = 0.0
    return replace(
        one, values=values, freedom=min(one.freedom, other.freedom),
        weight=(one.weight + other.weight) / 2,
    )  # fmt: skip


def _others(count: int, chosen: Index) -> Index:
    """Return the indices below `count` that are not chosen."""
    left = np.ones(count, bool)
    left[chosen] = False
    return np.flatnonzero(left)


def _pieces(block: Block) -> str:
    if block.pieces == 1 and not block.cut:
        return "whole trajectories"
    return f"{block.pieces} pieces of each" + (f" ({block.cut})" if block.cut else "")
