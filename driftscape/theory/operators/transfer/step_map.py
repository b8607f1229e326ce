"""One step of SGD as a map of the state and its samples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import sympy as sp

from ....landscapes import Landscape
from ....landscapes.field import Field
from ....landscapes.formulas.evaluate import evaluate
from ....landscapes.samples import STANDARD_NORMAL, STANDARD_ROW, StandardLaw
from ....simulate.dynamics import SGD
from ....typing import Float
from ...one_step import inverse_temperature
from .statistic import single_statistic
from .symmetry_frame import SymmetryFrame


@dataclass(frozen=True, eq=False)
class StepMap:
    """theta' = theta - learning_rate (1/copies) sum_k g(theta; x_k).

    Attributes
    ----------
    gradient
        g at one sample, in the landscape's coordinates and in `draws`.
    draws, laws
        Samples of the gradient, in standard form, and their probability laws.
    scale
        Factor of the samples: the mean of b normals is a normal over sqrt(b).
    copies
        Number of samples averaged.
    rows
        Columns of a data set, by the symbols of `draws`; None where samples have probability laws.
    frame
        The coordinate that a symmetry eliminates, or None.
    statistic
        phi(x) where the gradient is a function of the batch mean of phi, `draws[0]` being x and
        `draws[1]` that mean; a step then takes two samples, the sum of phi over all but one, and
        that one.
    """

    landscape: Landscape
    learning_rate: float
    gradient: Field
    draws: tuple[sp.Symbol, ...]
    laws: tuple[StandardLaw, ...]
    scale: float = 1.0
    copies: int = 1
    rows: dict[sp.Symbol, Float] | None = None
    frame: SymmetryFrame | None = None
    statistic: sp.Expr | None = None

    @classmethod
    def of(cls, landscape: Landscape, sgd: SGD, frame: SymmetryFrame | None) -> StepMap:
        """Take the gradient at one sample; a batch of Gaussian gradients is one of them."""
        gradient = landscape.sampled_gradient(inverse_temperature(sgd))
        laws = dict(landscape.sample_laws)
        rate, rows = float(sgd.learning_rate), None  # type: ignore[arg-type]
        if landscape.data is not None:
            rows = {sp.Symbol(k, real=True): v for k, v in landscape.data.items()}
            laws = dict.fromkeys(rows, STANDARD_ROW)
        if not laws:
            raise ValueError(
                f"SGD on {landscape.name} has no noise, so that its density remains a point: use "
                "simulate.run."
            )
        step = cls(landscape, rate, gradient, tuple(laws), tuple(laws.values()), 1.0, sgd.batch,
                    rows, frame)  # fmt: skip
        if step.is_gaussian:
            return step._gaussian(sgd)
        return step._by_statistic() if sgd.batch > 1 and rows is None else step

    @property
    def is_gaussian(self) -> bool:
        """Whether the gradient is linear in samples that are all normal."""
        pairs = [(x, y) for i, x in enumerate(self.draws) for y in self.draws[i:]]
        return all(law is STANDARD_NORMAL for law in self.laws) and all(
            sp.expand(sp.diff(entry, x, y)) == 0
            for entry in self.gradient.entries
            for x, y in pairs
        )

    def _gaussian(self, sgd: SGD) -> StepMap:
        """Return the same with one draw, of not more normals than there are coordinates."""
        landscape, scale = self.landscape, 1 / math.sqrt(self.copies)
        if len(self.draws) <= landscape.dim:
            return replace(self, scale=scale, copies=1)
        drift, factor = landscape.drift(inverse_temperature(sgd)), landscape.noise_factor
        normals = sp.symbols(f"noise.xi:{factor.matrix.cols}", real=True)
        entries = factor.matrix * sp.Matrix(normals) - drift.matrix
        tables = {**drift.tables, **factor.tables}
        gradient = landscape.field("gradient at one sample", entries, factor.assignments, tables)
        laws = (STANDARD_NORMAL,) * len(normals)
        return replace(self, gradient=gradient, draws=normals, laws=laws, scale=scale, copies=1)

    def _by_statistic(self) -> StepMap:
        """Return the same as a function of the mean of one statistic, where there is one."""
        if len(self.draws) > 1 or self.laws[0].support is not None:
            return self
        (x,) = self.draws
        phi = single_statistic(self.gradient.entries, x)
        if phi is None:
            return self
        mean = sp.Symbol("batch.mean", real=True)
        entries = tuple(sp.expand(e).subs(phi, mean) for e in self.gradient.entries)
        if any(e.has(x) for e in entries):
            return self
        gradient = replace(self.gradient, entries=entries)
        return replace(self, gradient=gradient, draws=(x, mean), statistic=phi)

    @property
    def kept(self) -> tuple[int, ...]:
        """Numbers of the coordinates that are on the grid."""
        fixed = None if self.frame is None else self.frame.axis
        return tuple(i for i in range(self.landscape.dim) if i != fixed)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the coordinates that are on the grid."""
        return tuple(self.landscape.coordinates[i] for i in self.kept)

    def check_free(self, formula: sp.Basic, text: str) -> None:
        """Refuse a formula that mentions the coordinate of the frame."""
        if self.frame is not None and formula.has(self.landscape.symbols[self.frame.axis]):
            name = self.landscape.coordinates[self.frame.axis]
            raise ValueError(
                f"{text!r} mentions {name}, which this frame fixes at {self.frame.value:g}; write "
                f"it in {', '.join(self.names)} of the frame."
            )

    def full(self, points: Float) -> Float:
        """Return points of the grid with the frame's coordinate, shape (..., landscape.dim)."""
        if self.frame is None:
            return points
        return np.insert(points, self.frame.axis, self.frame.value, axis=-1)

    def slopes(self, points: Float, samples: Sequence[Float]) -> Float:
        """Return g at points (..., dim) and samples that broadcast with them, shape (..., dim)."""
        full = self.full(points)
        values: dict[sp.Basic, Float | np.float64] = {
            s: np.float64(v) for s, v in self.gradient.parameters.items()
        }
        values |= {s: full[..., i] for i, s in enumerate(self.gradient.symbols)}
        values |= {x: self.scale * v for x, v in zip(self.draws, samples, strict=True)}
        shape = np.broadcast_shapes(full.shape[:-1], *(np.shape(v) for v in samples))
        with np.errstate(all="ignore"):
            parts = evaluate(
                self.gradient.entries, values, self.gradient.assignments, self.gradient.tables
            )
        return np.stack([np.broadcast_to(p, shape) for p in parts], axis=-1)

    def apply(self, points: Float, samples: Sequence[Float]) -> Float:
        """Return the next states; `samples` are those of each copy, one after the other."""
        if self.statistic is not None:
            others, x = samples
            (last,) = evaluate([self.statistic], {self.draws[0]: x})
            return self.moved(points, self.slopes(points, [x, (others + last) / self.copies]))
        count = len(self.draws)
        total: Float | float = 0.0
        for k in range(self.copies):
            total = total + self.slopes(points, samples[k * count : (k + 1) * count])
        return self.moved(points, np.asarray(total / self.copies))

    def moved(self, points: Float, slope: Float) -> Float:
        """Return theta - learning_rate slope, brought back into the frame."""
        with np.errstate(all="ignore"):
            new = self.full(points) - self.learning_rate * slope
            return new if self.frame is None else self.frame.back(new)
