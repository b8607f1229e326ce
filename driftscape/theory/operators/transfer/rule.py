"""Nodes and weights for the samples of a step.

Samples of finite support: every outcome with its probability; for a batch every multiset of
outcomes with its multinomial probability, exactly.  Otherwise one continuous sample is *scanned*:
its range is divided into panels of Gauss-Legendre nodes, so that panels can end at a jump (a
target, the edge of the box).  Gauss rules represent the other samples, which only smooth the
result.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np

from ....landscapes.formulas.evaluate import evaluate
from ....landscapes.samples import (
    STANDARD_EXPONENTIAL,
    STANDARD_NORMAL,
    STANDARD_UNIFORM,
    StandardLaw,
)
from ....typing import Float
from .statistic import rule_of_sum
from .step_map import StepMap

PANEL_NODES = 8

#: range of a continuous sample, by the name of its standard law
_LINES = {STANDARD_NORMAL.name: (-9.0, 9.0), STANDARD_UNIFORM.name: (0.0, 1.0),
          STANDARD_EXPONENTIAL.name: (0.0, 40.0)}  # fmt: skip
OTHERS = 20
"""Nodes of a sample, or of a sum of samples, that is not scanned."""
FEWER = 14
"""The same on a coarse grid."""
_STATISTIC_NODES = 60  # of a sample of which a statistic is taken
_MOST = 6000  # nodes of a step in all
_FEWEST_PANELS = 6  # of the scanned sample
_NEGLIGIBLE = 1e-19  # probability of a combination that is left out


@dataclass(frozen=True)
class Rule:
    """Nodes of the samples of one step.

    Attributes
    ----------
    fixed
        Samples that are not scanned, shape (combinations, samples); of finite support: the
        frequency of each atom in the batch, shape (combinations, atoms).
    weights
        Probabilities of the combinations, shape (combinations,).
    atoms
        Outcomes of one sample, shape (atoms, draws), where the support is finite, else None.
    scanned
        Column of `fixed` that panels replace; None where the support is finite.
    law
        Probability law of the scanned sample.
    panels
        Number of panels.
    others
        Nodes of each sample, or of the sum of those, that is not scanned.
    """

    fixed: Float
    weights: Float
    atoms: Float | None = None
    scanned: int | None = None
    law: StandardLaw | None = None
    panels: int = 1
    others: int = OTHERS

    @property
    def edges(self) -> Float:
        """Ends of the panels, shape (panels + 1,)."""
        assert self.law is not None
        return np.linspace(*_LINES[self.law.name], self.panels + 1)

    @property
    def has_edges(self) -> bool:
        """Whether the density of the scanned sample has an edge that the other samples move.

        A probability is then a function of the others with a kink, which their nodes do not
        resolve.
        """
        law = self.law
        return law is not None and law.name != STANDARD_NORMAL.name and len(self.weights) > 1

    @property
    def size(self) -> int:
        """Nodes of a step in all."""
        return len(self.weights) * (1 if self.scanned is None else self.panels * PANEL_NODES)

    def density(self, x: Float) -> Float:
        """Density of the scanned sample."""
        assert self.law is not None
        if self.law.name == STANDARD_NORMAL.name:
            return np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
        return np.exp(-x) if self.law.name == STANDARD_EXPONENTIAL.name else np.ones_like(x)

    @classmethod
    def of(cls, step: StepMap, panels: int, others: int = OTHERS) -> Rule:
        """Choose nodes for the samples of a step; `others` for each of those not scanned.

        Raises
        ------
        ValueError
            They would be too many.
        """
        if step.rows is not None:
            table = np.stack(list(step.rows.values()), axis=1)
            return cls._finite(step, table, np.full(len(table), 1 / len(table)))
        if all(law.support is not None for law in step.laws):
            outcomes = list(itertools.product(*(law.support or () for law in step.laws)))
            table = np.array(outcomes, dtype=float).reshape(len(outcomes), len(step.laws))
            return cls._finite(step, table, np.full(len(table), 1 / len(table)))
        if step.statistic is not None:
            return cls._of_statistic(step, panels, others)
        laws = step.laws * step.copies
        scanned = next(k for k, law in enumerate(laws) if law.support is None)
        one = np.zeros(1), np.ones(1)
        rules = [one if k == scanned else _gauss(law, others) for k, law in enumerate(laws)]
        count = math.prod(len(nodes) for nodes, _ in rules)
        room = _MOST // (PANEL_NODES * count)
        allowed = _MOST // (PANEL_NODES * _FEWEST_PANELS)
        if room < _FEWEST_PANELS:
            raise ValueError(
                f"a step has {step.copies} samples of {len(step.laws)} variable(s), {count:.3g} "
                f"combinations of nodes beside the first; {allowed} are "
                "allowed.  Batches are exact at any size where normal samples enter the gradient "
                "linearly, the gradient is A + B phi(x) or the support is finite; else give a "
                "smaller batch_size."
            )
        panels = min(panels, room)
        fixed = np.stack(np.meshgrid(*(r[0] for r in rules), indexing="ij"), -1)
        weights = np.stack(np.meshgrid(*(r[1] for r in rules), indexing="ij"), -1).prod(-1).ravel()
        keep = weights > _NEGLIGIBLE
        fixed = fixed.reshape(count, len(laws))[keep]
        return cls(fixed, weights[keep], None, scanned, laws[scanned], panels, others)

    @classmethod
    def _of_statistic(cls, step: StepMap, panels: int, others: int) -> Rule:
        x, w = _gauss(step.laws[0], _STATISTIC_NODES)
        (values,) = evaluate([step.statistic], {step.draws[0]: x})
        sums, weights = rule_of_sum((np.asarray(values, float), w), step.copies - 1, others)
        fixed = np.stack([sums, np.zeros_like(sums)], axis=1)
        panels = min(panels, _MOST // (PANEL_NODES * others))
        return cls(fixed, weights, None, 1, step.laws[0], panels, others)

    @classmethod
    def _finite(cls, step: StepMap, atoms: Float, weights: Float) -> Rule:
        size, batch = len(atoms), step.copies
        count = math.comb(size + batch - 1, batch)
        if count > _MOST:
            raise ValueError(
                f"batches of {batch} out of {size} outcomes make {count:.3g} combinations; {_MOST} "
                "are allowed: give a smaller batch_size or fewer rows."
            )
        shares, probabilities = np.zeros((count, size)), np.zeros(count)
        logs = np.log(weights)
        for row, chosen in enumerate(itertools.combinations_with_replacement(range(size), batch)):
            times = np.bincount(chosen, minlength=size)
            ways = math.lgamma(batch + 1) - sum(math.lgamma(t + 1) for t in times if t > 1)
            shares[row] = times / batch
            probabilities[row] = math.exp(ways + float(times @ logs))
        return cls(shares, probabilities / probabilities.sum(), atoms)


def _gauss(law: StandardLaw, count: int) -> tuple[Float, Float]:
    """Gauss's nodes and probabilities of a standard law; its atoms where the support is finite."""
    if law.support is not None:
        return np.array(law.support, float), np.full(len(law.support), 1 / len(law.support))
    if law.name == STANDARD_NORMAL.name:
        x, w = np.polynomial.hermite_e.hermegauss(count)
    elif law.name == STANDARD_EXPONENTIAL.name:
        x, w = np.polynomial.laguerre.laggauss(count)
    else:
        x, w = np.polynomial.legendre.leggauss(count)
        x = (x + 1) / 2
    return x, w / w.sum()
