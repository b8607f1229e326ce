"""The CuPy backend: the text that Numba compiles, compiled for a graphics card, with the same bits.

CuPy is imported when a card is first asked for, never by `import driftscape`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ...ensemble import Ensemble
from ...step import Step
from .. import cache
from ..codegen.kernel import WIDTH
from ..codegen.stepkey import StepKey
from ..engine import pack_tables, retire
from .device import CardError, CompileError, NoCard, card, compiling, out_of_memory, understood
from .part import Part, bytes_needed, carried

#: no contraction: every fused multiply-add is written out
OPTIONS = ("--fmad=false", "-std=c++14", "-w")

__all__ = ["CardError", "CompileError", "CupyBackend", "CupyEngine", "NoCard", "card", "text_of"]


@dataclass(frozen=True)
class CupyBackend:
    """Kernels on one NVIDIA card, chosen as CuPy's current device.

    Attributes
    ----------
    max_bytes
        Device memory that may be used; default: four fifths of what is free.  What does not fit is
        run in parts, with the same bits.
    precision
        `"float64"` (default), with the bits of the Numba backend; or `"float32"`: coordinates and
        their arithmetic in single precision, functions by CUDA's library, from the same random
        words, so that paths stay near those of `"float64"` for as long as the dynamics forgives
        rounding.  Uniform numbers then have 23 bits: heavy tails (`noise="stable"`) end at a
        probability of 6e-8.
    """

    max_bytes: float | None = None
    precision: str = "float64"

    def __post_init__(self) -> None:
        if self.precision not in ("float64", "float32"):
            raise ValueError(f"precision={self.precision!r}; allowed: 'float64', 'float32'.")
        if self.max_bytes is not None and not self.max_bytes > 0:
            raise ValueError(f"max_bytes={self.max_bytes}; give a number of bytes > 0, or None.")
        card()

    @property
    def name(self) -> str:
        """What a dataset records, and `backend=` takes."""
        return "cupy" if self.precision == "float64" else f"cupy-{self.precision}"

    def engine(self, step: Step, generator: str = "xoshiro") -> CupyEngine:
        """Compile the step, or load it from CuPy's cache."""
        kernel = _kernel(StepKey(step), generator, self.precision)
        return CupyEngine(step, kernel, self.max_bytes)


@lru_cache(maxsize=256)
def _kernel(key: StepKey, generator: str, precision: str) -> Any:
    """Return the compiled kernel of a step; CuPy keeps machine code by the hash of its text."""
    cupy, text = card(), text_of(key, generator, precision)
    with compiling(cupy, text):
        return cupy.RawModule(code=text, options=OPTIONS).get_function("kernel")


def text_of(key: StepKey, generator: str, precision: str = "float64") -> str:
    """Return the text of a kernel; one written before is found without lowering the step."""
    name = cache.digest(f"{cache.code_stamp()} C++ {generator} {precision} {key.text()}")
    text = cache.recall_text(name)
    if text is None:
        from ..cpp.source import source  # brings Numba along

        text = source(key.step, generator, precision)
        cache.keep_text(name, text)
    return text


class CupyEngine:
    """A step compiled for the card, and the ensemble that it holds there."""

    lanes = WIDTH

    def __init__(self, step: Step, kernel: Any, max_bytes: float | None) -> None:
        self.step, self.kernel, self.max_bytes = step, kernel, max_bytes
        self.cupy = card()
        with understood(self.cupy):
            # of earlier runs, whose windows had other sizes: it is kept by size, and never let go
            self.cupy.get_default_pinned_memory_pool().free_all_blocks()
            self.values = carried(self.cupy, step.values)
            self.table = carried(self.cupy, pack_tables(step))
        self.held: Part | None = None

    def advance(self, ensemble: Ensemble, start: int, stop: int, pool: Any = None) -> None:
        """Advance the live trajectories from `start` to `stop`; `bring` makes arrays current."""
        with understood(self.cupy):
            held = self._hold(ensemble)
            if held is not None:
                held.advance(start, stop)
                return
            low, most = 0, self._columns_at_once(ensemble)
            while low < ensemble.count:
                part, most = self._part(ensemble, low, most)
                part.advance(start, stop)
                part.bring()
                low += most

    def bring(self, ensemble: Ensemble) -> None:
        """Bring the arrays of an ensemble back from the card."""
        if self.held is not None and self.held.ensemble is ensemble:
            with understood(self.cupy):
                self.held.bring()

    def retire(self, ensemble: Ensemble, row: int) -> int:
        """Leave out what has ended or diverged; returns how many still run."""
        with understood(self.cupy):
            held = self._hold(ensemble)
            if held is not None:
                return held.retire(row)
        return retire(ensemble, row, self.lanes)

    def _hold(self, ensemble: Ensemble) -> Part | None:
        """Return the ensemble on the card, carried there if need be; None where it does not fit."""
        if self.held is not None and self.held.ensemble is ensemble:
            return self.held
        if self.held is not None:
            self.held.drop()
        self.held = None
        if self._columns_at_once(ensemble) >= ensemble.count:
            self.held = self._try(ensemble, 0, ensemble.count)
        return self.held

    def _part(self, ensemble: Ensemble, low: int, most: int) -> tuple[Part, int]:
        """Return the part of an ensemble that begins at `low`, smaller where memory is short."""
        while True:
            part = self._try(ensemble, low, min(low + most, ensemble.count))
            if part is not None:
                return part, most
            most = most // 2 // self.lanes * self.lanes
            if not most:
                raise self._too_small(ensemble)

    def _try(self, ensemble: Ensemble, low: int, high: int) -> Part | None:
        """Return columns of an ensemble on the card, or None where memory is short."""
        try:
            return Part(self, ensemble, low, high)
        except Exception as error:
            if not out_of_memory(self.cupy, error):
                raise
        # once the error is gone, which holds on to what the attempt had got
        self.cupy.get_default_memory_pool().free_all_blocks()
        return None

    def _columns_at_once(self, ensemble: Ensemble) -> int:
        """Return how many trajectories fit into the memory of the card, in whole blocks."""
        room = self.room() / (2 if ensemble.every else 1)  # the other half for snapshots
        most = int(room / bytes_needed(ensemble))
        if most >= ensemble.count:
            return most
        if most < self.lanes:
            raise self._too_small(ensemble)
        return most // self.lanes * self.lanes

    def room(self) -> float:
        """Return the device memory that may be used, in bytes."""
        free, pool = self.cupy.cuda.runtime.memGetInfo()[0], self.cupy.get_default_memory_pool()
        return self.max_bytes or 0.8 * (free + pool.free_bytes())

    def _too_small(self, ensemble: Ensemble) -> MemoryError:
        needed = self.lanes * bytes_needed(ensemble)
        return MemoryError(
            f"{self.lanes} trajectories need {needed / 1e6:.3g} MB on the card, and it has not "
            "that much left; use backend='numba'."
        )
