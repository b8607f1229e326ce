"""The CuPy backend: the text that LLVM compiles for the CPU, for a GPU, with the same bits.

CuPy is imported when a GPU is first needed, never by `import driftscape`.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

from ....validate import check_choice, check_limit
from ...ensemble import Ensemble
from ...step import Step
from .. import cache
from ..codegen.kernel import WIDTH
from ..codegen.stepkey import StepKey
from ..compiling import undisturbed
from ..engine import pack_tables, retire
from ..inspection import Inspection
from .device import DeviceArray, compiling, explained_errors, out_of_memory, require_gpu
from .part import Part, bytes_needed, to_device

#: no contraction: every fused multiply-add is written out
OPTIONS = ("--fmad=false", "-std=c++14", "-w")


@dataclass(frozen=True)
class CupyBackend:
    """A backend that runs kernels on one NVIDIA GPU, CuPy's current device.

        simulate.run(landscape, dynamics, ..., backend=CupyBackend())

    `backend="cupy"` is the same as `CupyBackend()`, and `backend="cupy-float32"` the same as
    `CupyBackend(precision="float32")`.

    Parameters
    ----------
    max_bytes
        Device memory that may be used, in bytes; default: four fifths of the free memory.
        Trajectories that do not fit are run in parts, with the same bits.
    precision
        `"float64"` (default) gives the bits of the CPU backend.  `"float32"` computes coordinates
        in single precision, with the functions of CUDA's library and the same random words, so that
        paths stay near those of `"float64"` as long as the dynamics does not amplify rounding.
        Uniform numbers then have 23 bits: heavy tails (`noise="stable"`) end at a probability of
        6e-8.

    Raises
    ------
    GPUNotAvailable
        CuPy, a GPU or its driver is missing.
    ValueError
        `max_bytes` is not positive, or `precision` is unknown.
    """

    max_bytes: float | None = None
    precision: str = "float64"

    def __post_init__(self) -> None:
        check_choice("precision", self.precision, ("float64", "float32"))
        if self.max_bytes is not None:
            check_limit("max_bytes", self.max_bytes)
        require_gpu()

    @property
    def name(self) -> str:
        """The name that `backend=` accepts and that a dataset records."""
        return "cupy" if self.precision == "float64" else f"cupy-{self.precision}"

    def engine(
        self, step: Step, generator: str = "xoshiro", trajectories: int | None = None
    ) -> CupyEngine:
        """Compile the step, or load it from CuPy's cache."""
        kernel = _kernel(StepKey(step), generator, self.precision)
        return CupyEngine(step, kernel, self.max_bytes)


@lru_cache(maxsize=256)
def _kernel(key: StepKey, generator: str, precision: str) -> Callable[..., None]:
    """Return the compiled kernel of a step; CuPy keeps machine code by the hash of its text."""
    cupy = require_gpu()
    with undisturbed():
        text = text_of(key, generator, precision)
        with compiling(cupy, text):
            module = cupy.RawModule(code=text, options=OPTIONS)
            kernel: Callable[..., None] = module.get_function("kernel")
    return kernel


def text_of(key: StepKey, generator: str, precision: str = "float64") -> str:
    """Return the text of a kernel; one written before is found without lowering the step."""
    identity = f"{cache.code_stamp()} C++ {generator} {precision} {key.text()}"
    text = cache.recall_text(identity)
    if text is None:
        from ..cpp.source import source  # brings SymPy along

        text = source(key.step, generator, precision)
        cache.keep_text(identity, text)
    return text


class CupyEngine:
    """A step compiled for the GPU, and the ensemble that is resident there."""

    lanes = WIDTH

    def __init__(self, step: Step, kernel: Callable[..., None], max_bytes: float | None) -> None:
        self.step, self.kernel, self.max_bytes = step, kernel, max_bytes
        self.inspection = Inspection(step, self.lanes)
        self.cupy = require_gpu()
        with explained_errors(self.cupy):
            # pinned memory of earlier runs is kept by size, and would never be freed: their
            # windows had other sizes
            self.cupy.get_default_pinned_memory_pool().free_all_blocks()
            self.values: DeviceArray = to_device(self.cupy, step.values)
            tables = pack_tables(step)
            self.table: DeviceArray = to_device(self.cupy, tables)
            self.table_columns = tables.shape[1]
        self.resident: Part | None = None

    def advance(
        self, ensemble: Ensemble, start: int, stop: int, pool: ThreadPoolExecutor | None = None
    ) -> None:
        """Advance the live trajectories from `start` to `stop`; `bring` makes arrays current."""
        self.inspection(ensemble, start, stop)
        with explained_errors(self.cupy):
            resident = self._make_resident(ensemble)
            if resident is not None:
                resident.advance(start, stop)
                return
            low, most = 0, self._columns_at_once(ensemble)
            while low < ensemble.count:
                part, most = self._part(ensemble, low, most)
                part.advance(start, stop)
                part.bring()
                low += most

    def bring(self, ensemble: Ensemble) -> None:
        """Copy the arrays of an ensemble back from the GPU."""
        if self.resident is not None and self.resident.ensemble is ensemble:
            with explained_errors(self.cupy):
                self.resident.bring()

    def retire(self, ensemble: Ensemble, row: int) -> int:
        """Leave out the trajectories that have ended or diverged; return how many still run."""
        self.inspection.arrays(ensemble)
        with explained_errors(self.cupy):
            resident = self._make_resident(ensemble)
            if resident is not None:
                return resident.retire(row)
        return retire(ensemble, row, self.lanes)

    def _make_resident(self, ensemble: Ensemble) -> Part | None:
        """Return the ensemble on the GPU, copied there if need be; None where it does not fit."""
        if self.resident is not None and self.resident.ensemble is ensemble:
            return self.resident
        if self.resident is not None:
            self.resident.drop()
        self.resident = None
        if self._columns_at_once(ensemble) >= ensemble.count:
            self.resident = self._try(ensemble, 0, ensemble.count)
        return self.resident

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
        """Return columns of an ensemble on the GPU, or None where memory is short."""
        try:
            return Part(self, ensemble, low, high)
        except Exception as error:
            if not out_of_memory(self.cupy, error):
                raise
        # here the error is gone, and with it the references to the memory of the attempt
        self.cupy.get_default_memory_pool().free_all_blocks()
        return None

    def _columns_at_once(self, ensemble: Ensemble) -> int:
        """Return how many trajectories fit into the memory of the GPU, in whole blocks."""
        room = self.room() - ensemble.histogram.counts.nbytes
        room /= 2 if len(ensemble.snapshots) else 1  # the other half for snapshots
        most = max(0, int(room / bytes_needed(ensemble)))
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
            f"{self.lanes} trajectories need {needed / 1e6:.3g} MB on the GPU, which has less "
            "left; use backend='cpu'."
        )
