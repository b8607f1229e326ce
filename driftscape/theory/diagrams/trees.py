r"""The diagrams of SGD, and their weights under each way of sampling.

    E l(theta_T) = sum over rooted trees of (-eta)^d/|Aut| sum over times of E[tree],

d the number of nodes besides the root.  The root carries a derivative of the expected loss, every
other node one of the loss at a sample; a child is earlier than its parent.  A partition of the
nodes groups those that see the same sample.  The sampling determines the weight of each partition:
the number of choices of times that give it, weighted with probability (S. Tenka 2020, theorem 1,
which leaves this count to the reader).

A tree is the tuple of its nodes' parents (0 the root, nodes from 1); a partition is the tuple of
its nodes' parts, numbered as they first occur.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import permutations
from math import comb, factorial, perm, prod
from typing import NamedTuple

import numpy as np

Tree = tuple[int, ...]
Partition = tuple[int, ...]


class Sampling(NamedTuple):
    """How batches are drawn.

    Attributes
    ----------
    kind
        As in `SGD`.
    batch
        Samples of a batch.
    size
        Number of samples of the training set, 0 without one.
    rows
        Whether the training set is given, row by row, and not drawn from a law.
    """

    kind: str
    batch: int
    size: int = 0
    rows: bool = False


@cache
def trees(nodes: int) -> dict[Tree, int]:
    """Return the rooted trees with this number of nodes besides the root, and |Aut| of each.

    Examples
    --------
    >>> trees(2)
    {(0, 0): 2, (0, 1): 1}
    """
    found: dict[object, tuple[Tree, int]] = {}

    def grow(parents: Tree) -> None:
        if len(parents) == nodes:
            shape, symmetries = _shape(parents, 0)
            found.setdefault(shape, (parents, symmetries))
            return
        for parent in range(len(parents) + 1):
            grow((*parents, parent))

    grow(())
    return dict(found.values())


def _shape(parents: Tree, node: int) -> tuple[tuple[object, ...], int]:
    """Return the shape of a branch, independent of numbering, and its number of symmetries."""
    below = [_shape(parents, k + 1) for k, parent in enumerate(parents) if parent == node]
    shapes = sorted((shape for shape, _ in below), key=repr)
    alike = prod(factorial(n) for n in Counter(shapes).values())
    return tuple(shapes), alike * prod(symmetries for _, symmetries in below)


@cache
def partitions(count: int) -> tuple[Partition, ...]:
    """Return the partitions of a number of nodes.

    Examples
    --------
    >>> partitions(2)
    ((0, 0), (0, 1))
    """

    def grow(parts: Partition) -> Iterator[Partition]:
        if len(parts) == count:
            yield parts
            return
        for part in range(max(parts, default=-1) + 2):
            yield from grow((*parts, part))

    return tuple(grow(()))


def coarser(fine: Partition) -> Iterator[tuple[Partition, Partition]]:
    """Yield each partition that joins parts of `fine`, and how it joins them."""
    for joined in partitions(max(fine) + 1):
        yield tuple(joined[part] for part in fine), joined


@cache
def weights(tree: Tree, steps: int, sampling: Sampling) -> dict[Partition, float]:
    """Return partition -> weight: a diagram's value is the sum of weights times means.

    In a mean the nodes of one part see the same sample, and the parts independent ones.  The weight
    is the sum over all times of the probability that the nodes see these samples.  Given rows are
    distinct but not independent: a mean over distinct ones is, by Moebius inversion, a sum over the
    ways in which they may coincide.

    Parameters
    ----------
    tree
        The times respect its order.
    steps
        T.
    sampling
        Fresh samples of given rows are rows drawn independently, `Sampling("fresh", batch)`.

    Examples
    --------
    >>> weights((0, 1), 3, Sampling("iid", 1, 4))  # three pairs of steps, one in four the same
    {(0, 0): 0.75, (0, 1): 2.25}
    """
    total: dict[Partition, float] = defaultdict(float)
    for (moments, epochs), count in _layouts(tree, steps, sampling).items():
        for partition, chance in _chances(moments, epochs, sampling).items():
            total[partition] += count * chance
    if not sampling.rows:
        return dict(total)
    found: dict[Partition, float] = defaultdict(float)
    for fine, weight in total.items():
        for joined, how in coarser(fine):
            sizes = Counter(how).values()
            sign = prod((-1) ** (n - 1) * factorial(n - 1) for n in sizes)
            found[joined] += weight * sign * sampling.size ** len(sizes)
    largest = max(map(abs, found.values()), default=0.0)
    # in a batch of all rows the noise cancels, up to rounding
    return {part: weight for part, weight in found.items() if abs(weight) > 1e-12 * largest}


@cache
def _layouts(
    tree: Tree, steps: int, sampling: Sampling
) -> dict[tuple[Partition, Partition], float]:
    """Count times by (nodes at one step, nodes between which no sample comes twice).

    In one fixed order the first is the nodes at one position of the epoch, whatever the epoch.
    """
    found: dict[tuple[Partition, Partition], float] = defaultdict(float)
    if sampling.kind == "fixed":
        for positions in partitions(len(tree)):
            if count := _positions(tree, positions, steps, sampling.size // sampling.batch):
                found[positions, (0,) * len(tree)] += count
        return dict(found)
    epoch = sampling.size // sampling.batch if sampling.kind == "reshuffled" else 1
    whole, rest = divmod(steps, epoch)
    for moments in partitions(len(tree)):
        blocks = max(moments) + 1
        for order in permutations(range(blocks)):
            if not _in_order(tree, moments, order):
                continue
            # consecutive steps fall into epochs: cut the sequence in every way
            for cut in partitions(blocks):
                if any(b < a for a, b in zip(cut, cut[1:], strict=False)):
                    continue
                sizes = list(Counter(cut).values())
                chosen = prod(comb(epoch, n) for n in sizes[:-1])
                count = comb(whole, len(sizes)) * chosen * comb(epoch, sizes[-1])
                count += comb(whole, len(sizes) - 1) * chosen * comb(rest, sizes[-1])
                if count:
                    epochs = [cut[order[moment]] for moment in moments]
                    found[moments, _renamed(epochs)] += count
    return dict(found)


def _in_order(tree: Tree, moments: Partition, order: tuple[int, ...]) -> bool:
    """Return whether children come before their parents; moment m is the order[m]-th."""
    return all(
        parent == 0 or order[moments[k]] < order[moments[parent - 1]]
        for k, parent in enumerate(tree)
    )


def _positions(tree: Tree, positions: Partition, steps: int, epoch: int) -> float:
    """Count times whose positions in their epochs coincide exactly as in `positions`.

    For each order of the positions: epochs of the nodes are counted from the leaves upwards.
    """
    whole, rest = divmod(steps, epoch)
    blocks, total = max(positions) + 1, 0.0
    for order in permutations(range(blocks)):
        for early in range(blocks + 1):  # this number of positions has one epoch more
            ways = comb(rest, early) * comb(epoch - rest, blocks - early)
            if not ways:
                continue
            epochs = [whole + (order[position] < early) for position in positions]
            reached = [np.ones(n) for n in epochs]
            done = 1.0
            for node in range(len(tree), 0, -1):  # a parent has a smaller number
                ends = reached[node - 1]
                if tree[node - 1] == 0:
                    done *= float(ends.sum())
                    continue
                above = tree[node - 1] - 1
                same = order[positions[node - 1]] < order[positions[above]]
                before = np.concatenate([[0.0], np.cumsum(ends)])
                at = np.arange(len(reached[above])) + same
                reached[above] = reached[above] * before[np.minimum(at, len(ends))]
            total += ways * done
    return total


@cache
def _chances(moments: Partition, epochs: Partition, sampling: Sampling) -> dict[Partition, float]:
    """Return partition -> probability that exactly these nodes share samples, at given times.

    For given rows it is the probability of each choice of rows.  Nodes at one step choose entries
    of its batch; the entries of one epoch are distinct samples.
    """
    kind, b, size, _ = sampling
    found: dict[Partition, float] = defaultdict(float)
    for drawn in partitions(len(moments)):
        # nodes that see one entry of one batch: a finer partition than the steps
        parts = [[k for k, d in enumerate(drawn) if d == part] for part in range(max(drawn) + 1)]
        if any(len({moments[k] for k in part}) > 1 for part in parts):
            continue
        entries = Counter(moments[part[0]] for part in parts)
        chance = prod(perm(b, n) for n in entries.values()) / b ** len(moments)
        if not chance:
            continue
        if kind in ("fresh", "fixed"):
            found[drawn] += chance
            continue
        for joined, how in coarser(drawn):
            groups = Counter(epochs[part[0]] for part in parts)
            if kind == "iid":
                groups = Counter(range(len(parts)))
            else:
                pairs = {(how[k], epochs[part[0]]) for k, part in enumerate(parts)}
                if len(pairs) < len(parts):  # one sample twice in an epoch
                    continue
            dealt = prod(perm(size, n) for n in groups.values())
            choices = 1 if sampling.rows else perm(size, max(how) + 1)
            found[_renamed(joined)] += chance * choices / dealt
    return {partition: chance for partition, chance in found.items() if chance}


def _renamed(parts: list[int] | Partition) -> Partition:
    """Return the same partition with its parts numbered as they first occur."""
    names: dict[int, int] = {}
    return tuple(names.setdefault(part, len(names)) for part in parts)
