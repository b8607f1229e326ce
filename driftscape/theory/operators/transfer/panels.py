"""Images of grid points after a step, with weights, under the nodes of a rule.

A function that jumps at the boundary of a region is integrated panel by panel: where the images of
a panel lie in more than one region, the crossing is found by bisection and the parts are integrated
separately.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from ....typing import Float, Index
from .rule import PANEL_NODES, Rule
from .step_map import StepMap

#: region of each state
Labels: TypeAlias = Index
Region: TypeAlias = Callable[[Float], Labels]
#: rows, states, weights and labels
Images: TypeAlias = tuple[Index, Float, Float, Labels]

_PART_NODES = 4  # of a part of a panel
_BISECTIONS = 45
_SHORTEST = 1e-15  # part of a panel, in units of the sample


def images(step: StepMap, rule: Rule, points: Float, region: Region) -> Images:
    """Return (rows, states, weights, labels) of all images of `points` (n, dim) after a step."""
    if rule.scanned is None:
        return _of_atoms(step, rule, points, region)
    x, w = np.polynomial.legendre.leggauss(PANEL_NODES)
    edges = rule.edges
    half = np.diff(edges)[:, None] / 2
    nodes = edges[:-1, None] + half * (x + 1)  # (panels, nodes)
    weights = rule.weights[:, None, None] * (half * w * rule.density(nodes))
    count = len(points), len(rule.weights), rule.panels

    def moved(x: Float) -> Float:
        samples = [column[:, None] for column in rule.fixed.T]
        samples[rule.scanned] = x.ravel()[None, :]  # type: ignore[index]
        states = step.apply(points[:, None, None, :], samples)
        return states.reshape(*count[:2], *x.shape, states.shape[-1])

    states = moved(nodes)
    labels = region(states)
    ends = region(moved(edges))
    inside = np.concatenate([ends[..., :-1, None], labels, ends[..., 1:, None]], axis=-1)
    cut = (inside != inside[..., :1]).any(axis=-1)  # (points, combinations, panels)
    rows = np.broadcast_to(np.arange(count[0])[:, None, None, None], labels.shape)
    whole = np.broadcast_to(~cut[..., None], labels.shape)
    weights = np.broadcast_to(weights, labels.shape)
    found: Images = (rows[whole], states[whole], weights[whole], labels[whole])
    if not cut.any():
        return found
    parts = _of_parts(step, rule, points, region, np.nonzero(cut), nodes, inside[cut])
    return tuple(np.concatenate(pair) for pair in zip(found, parts, strict=True))  # type: ignore[return-value]


def _of_atoms(step: StepMap, rule: Rule, points: Float, region: Region) -> Images:
    assert rule.atoms is not None
    slopes = step.slopes(points[:, None, :], [column[None, :] for column in rule.atoms.T])
    slopes = np.einsum("ra,nad->nrd", rule.fixed, slopes)
    states = step.moved(points[:, None, :], slopes)
    rows = np.repeat(np.arange(len(points)), len(rule.weights))
    states = states.reshape(-1, states.shape[-1])
    return rows, states, np.tile(rule.weights, len(points)), region(states)


def _of_parts(
    step: StepMap,
    rule: Rule,
    points: Float,
    region: Region,
    cut: tuple[Index, ...],
    nodes: Float,
    inside: Labels,
) -> Images:
    """Return the same on panels that a boundary cuts, given by row, combination and number."""
    row, combination, panel = cut
    edges = rule.edges
    line = np.concatenate([edges[:-1, None], nodes, edges[1:, None]], axis=1)[panel]
    start, end = line[:, :-1].ravel(), line[:, 1:].ravel()
    before, after = inside[:, :-1].ravel(), inside[:, 1:].ravel()
    gaps = line.shape[1] - 1
    row, combination = np.repeat(row, gaps), np.repeat(combination, gaps)

    def moved(which: Index | slice, x: Float) -> Float:
        samples = list(rule.fixed[combination[which]].T[:, :, None])
        samples[rule.scanned] = x  # type: ignore[index]
        return step.apply(points[row[which]][:, None, :], samples)

    split = np.flatnonzero(before != after)
    low, high = start[split].copy(), end[split].copy()
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        same = region(moved(split, middle[:, None]))[:, 0] == before[split]
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    # an interval between nodes without a crossing is kept; one with a crossing becomes two
    which = np.concatenate([np.arange(len(start)), split])
    a, b = np.concatenate([start, high]), np.concatenate([end, end[split]])
    b[split] = low
    long = b - a > _SHORTEST
    which, a, b = which[long], a[long], b[long]
    x, w = np.polynomial.legendre.leggauss(_PART_NODES)
    half = (b - a)[:, None] / 2
    x = a[:, None] + half * (x + 1)
    states = moved(which, x)
    weights = rule.weights[combination[which]][:, None] * half * w * rule.density(x)
    rows = np.repeat(row[which], _PART_NODES)
    return rows, states.reshape(-1, states.shape[-1]), weights.ravel(), region(states).ravel()
