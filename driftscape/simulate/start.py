"""Where trajectories start: a point, an array of points, or a probability law per coordinate."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from ..landscapes.errors import FormulaError
from ..landscapes.field import coordinates_of
from ..landscapes.formulas.parse import parse_expression
from ..landscapes.landscape import Landscape
from ..landscapes.samples import Law
from ..typing import Float
from ..validate import read_numbers, real, shown
from .backends.engine import make
from .ensemble import Ensemble
from .step import Step
from .streams import stream_words

if TYPE_CHECKING:
    from .backends.engine import Backend

#: what `start=` accepts
StartOption: TypeAlias = ArrayLike | Law | Sequence[float | Law] | Mapping[str, float | Law] | None


class Start:
    """A checked `start=`; `place` returns the states, laws drawn from the start stream."""

    def __init__(self, landscape: Landscape, start: StartOption, count: int) -> None:
        self.landscape, self.count = landscape, count
        self.laws: list[Any] | None = None
        self.points: Float | None = None
        if start is None:
            start = [float(s) for s in landscape.start]
        parts: Any = list(start.values()) if isinstance(start, Mapping) else start
        if isinstance(parts, Law):
            parts = start = [parts]
        if isinstance(parts, (list, tuple)) and any(isinstance(p, Law) for p in parts):
            self.laws = self._laws(start)
        else:
            self.points = self._points(start)

    def _laws(self, start: Any) -> list[Any]:
        names = self.landscape.coordinates
        if isinstance(start, Mapping):
            if set(start) != set(names):
                raise ValueError(
                    f"start= must name {', '.join(names)}; got {', '.join(map(str, start))}."
                )
            start = [start[n] for n in names]
        if len(start) != len(names):
            raise ValueError(
                f"start= has {len(start)} entries; {self.landscape.name} has the {len(names)} "
                f"coordinates {', '.join(names)}."
            )
        for name, part in zip(names, start, strict=True):
            if isinstance(part, Law):
                self._read(part)
                continue
            number = real(part)
            if number is None or not math.isfinite(number):
                raise ValueError(
                    f"start: {name}={shown(part)}; give a probability law or a finite number."
                )
        return [p if isinstance(p, Law) else float(p) for p in start]

    def _read(self, law: Law) -> tuple[sp.Expr, sp.Expr]:
        """Return shift and scale of a law, as formulas of the landscape's parameters."""
        values = self.landscape.parameter_symbols
        known = {symbol.name: symbol for symbol in values}
        try:
            return law.read(lambda formula: parse_expression(formula, known), values)
        except FormulaError as error:
            raise ValueError(f"start: {error}") from None

    def _points(self, start: Any) -> Float:
        d, names = self.landscape.dim, ", ".join(self.landscape.coordinates)
        if isinstance(start, Mapping):
            start = [float(v) for v in coordinates_of(start, self.landscape.symbols)]
        example = f"a point, an array (trajectories, {d}) or a law for each coordinate"
        points = read_numbers("start", start, example)
        if points.ndim == 0 and d == 1:
            points = points.reshape(1)
        if points.shape not in ((d,), (self.count, d)):
            raise ValueError(
                f"start= of shape {points.shape}; allowed: ({d},) or ({self.count}, {d}), the "
                f"coordinates being {names}."
            )
        if not np.isfinite(points).all():
            bad = np.argwhere(~np.isfinite(points))[0].tolist()
            raise ValueError(f"start= has a number that is not finite, at index {bad}.")
        return points

    def place(
        self, backend: Backend, seed: int, numbers: NDArray[np.uint64], generator: str
    ) -> Float:
        """Return the states, shape (coordinates, trajectories)."""
        if self.points is not None:
            states = np.empty((self.landscape.dim, self.count))
            states[:] = np.atleast_2d(self.points).T
            return states
        assert self.laws is not None
        words = stream_words(seed, numbers, "start", generator=generator)
        draw = self._draw()
        ensemble = Ensemble.fresh(draw, np.zeros((self.landscape.dim, self.count)), words)
        make(backend.engine(draw, generator), ensemble, 1)
        return ensemble.state

    def _draw(self) -> Step:
        """Return the step whose result is a draw from the laws."""
        assert self.laws is not None
        noise, update = {}, []
        for symbol, law in zip(self.landscape.symbols, self.laws, strict=True):
            if not isinstance(law, Law):
                update.append(sp.Float(law) if law else sp.S.Zero)
                continue
            xi = sp.Symbol(f"start.{symbol.name}", real=True)
            noise[xi] = law.standard.name
            shift, scale = self._read(law)
            update.append(shift + scale * xi)
        return Step(
            self.landscape.symbols, tuple(update), self.landscape.dim, noise=noise,
            parameters=self.landscape.parameter_symbols,
        )  # fmt: skip
