"""The covariance of the errors of several estimates, source of chance by source of chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...typing import Float, Index
from .block import Block
from .contributions import Contributions


@dataclass(frozen=True, eq=False)
class Source:
    """The part of a covariance that one noise causes.

    Attributes
    ----------
    noise
        Its name.
    points
        Indices of the estimates that depend on this noise, shape (k,).
    covariance
        Of their errors by this noise, shape (k, k).
    freedom
        Degrees of freedom of this covariance.
    """

    noise: str
    points: Index
    covariance: Float
    freedom: float


def sources(contributions: Sequence[Contributions]) -> list[Source]:
    """Return the covariance of some estimates by each noise; their sum is that of the errors.

    Raises
    ------
    Unpaired
        Two of them depend on unlike pieces of the same trajectories.
    """
    of_noise: dict[str, list[tuple[int, Block]]] = {}
    for number, found in enumerate(contributions):
        for block in found.blocks:
            of_noise.setdefault(block.noise, []).append((number, block))
    return [_source(blocks) for blocks in of_noise.values()]


def covariance_of(contributions: Sequence[Contributions]) -> Float:
    """Return the covariance matrix of errors that are made of these contributions."""
    total = np.zeros((len(contributions), len(contributions)))
    for source in sources(contributions):
        total[np.ix_(source.points, source.points)] += source.covariance
    return total


def _source(numbered: Sequence[tuple[int, Block]]) -> Source:
    which = np.array([number for number, _ in numbered], dtype=np.int64)
    blocks = [block for _, block in numbered]
    first = blocks[0]
    alike = all(
        (b.pieces, b.cut) == (first.pieces, first.cut) and np.array_equal(b.numbers, first.numbers)
        for b in blocks
    )
    if alike:
        values = np.stack([block.values for block in blocks])
        products = values @ values.T
    else:
        products = np.array([[_product(a, b) for b in blocks] for a in blocks])
    points, place = np.unique(which, return_inverse=True)
    whole = np.zeros((len(points), len(points)))
    np.add.at(whole, (place[:, None], place[None, :]), products)
    return Source(first.noise, points, whole, min(block.freedom for block in blocks))


def _product(one: Block, other: Block) -> float:
    here, there = one.shared(other)
    return float(one.values[here] @ other.values[there])
