r"""Orders of E l(theta_T) in the learning rate, for every sampling.

    order d = (-eta)^d sum over trees of d nodes, partitions of the nodes: weight E[tree]/|Aut|

`trees` counts the diagrams, `sample_tensors` differentiates the loss, and this file contracts the
tensors of each diagram.  All orders are exact, up to the quadrature over the samples; their sizes,
sums of absolute values, give the truncation of a sum of the first few.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ...landscapes.landscape import Landscape
from ...simulate.dynamics.sgd import SGD
from ...typing import Float
from .sample_tensors import SampleTensors
from .trees import Partition, Sampling, Tree, trees, weights

_LETTERS = "abcdefghijklmnop"
HIGHEST = 6  #: highest order of the learning rate
_ZERO = 1e-12  # a mean below this share of the product of the tensors' sizes is a rounding error


class Order(NamedTuple):
    """One order in the learning rate: its value, and the sum of its diagrams' absolute values."""

    value: float
    size: float


def remainder(
    tensors: SampleTensors,
    rate: float,
    steps: int,
    sampling: Sampling,
    beyond: Callable[[], float],
) -> tuple[float, bool]:
    """Return the size of the terms beyond the second order, and whether the series is valid.

    Two orders are taken together, since every second one may vanish by symmetry; where the first
    few vanish altogether (at a degenerate point), higher ones count too.  Orders depend on one
    point only: `beyond` returns the mean deviation of the loss from its parabola in the range of
    the run.
    """
    last = _last_order(tensors, steps)
    sizes = [0.0]
    highest = 4 if tensors.known(4) else 3
    while len(sizes) <= min(highest, last):
        sizes.append(loss_order(tensors, rate, steps, sampling, len(sizes)).size)
        if len(sizes) > highest and not any(sizes[: highest - 1]):
            highest += 1
        if highest > HIGHEST or not tensors.known(highest):
            break
    rest = sum(sizes[3:])
    if len(sizes) > last or (rest == 0 and tensors.constant_curvature):
        return rest, True
    far = beyond()
    falling = sum(sizes[-2:]) <= sum(sizes[-4:-2]) / 2
    return max(rest, far), falling and far <= 2 * rest


def _last_order(tensors: SampleTensors, steps: int) -> float:
    """Return the order in the learning rate at which the series ends."""
    if tensors.degree is None:
        return math.inf
    reached = 0
    for _ in range(min(steps, HIGHEST)):
        reached = 1 + (tensors.degree - 1) * reached if tensors.degree > 1 else 1
    return tensors.degree * reached


def sampling_of(landscape: Landscape, sgd: SGD) -> Sampling:
    """Return how batches are drawn.

    Raises
    ------
    ValueError
        SGD goes through the rows in their own order.
    """
    sgd, kind = sgd.bound(landscape), sgd.sampling
    size = sgd.train_size or 0
    if landscape.data is None:
        return Sampling(kind, sgd.batch, size)
    if kind in ("fresh", "iid"):
        return Sampling("fresh", sgd.batch)
    if kind == "fixed" and sgd.batch < size:
        raise ValueError(
            "sampling='fixed' goes through the rows of a data set in their own order, and "
            "the result depends on that order; run it, or use sampling='reshuffled'."
        )
    kind = "without-replacement" if sgd.batch == size else kind
    return Sampling(kind, sgd.batch, size, rows=True)


def loss_order(
    tensors: SampleTensors, rate: float, steps: int, sampling: Sampling, order: int
) -> Order:
    """Return one order of E l(theta_steps)."""
    value = size = 0.0
    for tree, symmetries in trees(order).items():
        if _vanishes(tensors, tree):
            continue
        for partition, weight in weights(tree, steps, sampling).items():
            term = weight * _mean(tensors, tree, partition) / symmetries
            value += term
            size += abs(term)
    return Order((-rate) ** order * value, rate**order * size)


def _degrees(tree: Tree) -> list[int]:
    """Return the number of edges at the root and at each node."""
    return [tree.count(0), *(tree.count(k) + 1 for k in range(1, len(tree) + 1))]


def _vanishes(tensors: SampleTensors, tree: Tree) -> bool:
    root, *nodes = _degrees(tree)
    return tensors.mean(root) is None or any(tensors.each(n) is None for n in nodes)


def _mean(tensors: SampleTensors, tree: Tree, partition: Partition) -> float:
    """Contract a diagram: nodes of one part at the same sample, parts independent.

    An edge is an index; a part of several nodes has one more, its sample's.
    """
    shared = [part for part in range(max(partition) + 1) if partition.count(part) > 1]
    chance = tensors.samples[1]
    operands: list[Float] = []
    letters: list[str] = []
    scale = 1.0
    for node, rank in enumerate(_degrees(tree)):
        below = [_LETTERS[k] for k, parent in enumerate(tree) if parent == node]
        index = "".join(below if node == 0 else [_LETTERS[node - 1], *below])
        together = node > 0 and partition[node - 1] in shared
        tensor = tensors.each(rank) if together else tensors.mean(rank)
        if tensor is None:
            return 0.0
        if together:
            index = _LETTERS[-1 - shared.index(partition[node - 1])].upper() + index
            square = chance @ (tensor.reshape(len(chance), -1) ** 2).sum(axis=1)
        else:
            square = (tensor**2).sum()
        operands.append(tensor)
        letters.append(index)
        scale *= float(np.sqrt(square))
    for k, _ in enumerate(shared):
        operands.append(chance)
        letters.append(_LETTERS[-1 - k].upper())
    value = float(np.einsum(",".join(letters) + "->", *operands, optimize="greedy"))
    return value if abs(value) > _ZERO * scale else 0.0
