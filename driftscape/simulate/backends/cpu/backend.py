"""The CPU backend: one kernel for each step, run over ranges of blocks by a pool of threads.

A kernel that was compiled before is linked from the cache.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....typing import Float, Index
from ...ensemble import Ensemble
from ...progress import saying
from ...step import Step
from .. import cache
from ..codegen.kernel import WIDTH
from ..codegen.stepkey import StepKey
from ..compiling import undisturbed
from ..engine import HostEngine, pack_tables
from ..inspection import Inspection

_LANES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_TASKS_PER_THREAD = 4  # so that one slow core does not hold up a burst
_ALIGNMENT = 64  # bytes of the widest vector
_COUNTS = 256e6  # bytes of counts that threads have for themselves


@dataclass(frozen=True)
class CpuBackend:
    """A backend that runs kernels compiled by LLVM on the CPU.

    Attributes
    ----------
    lanes
        Number of trajectories in a block; results do not depend on it.  None, the default, takes
        the power of two that a small ensemble fills, and 64 for a large one.
    name
        The name that `backend=` accepts and that a dataset records.
    """

    lanes: int | None = None
    name: str = "cpu"

    def __post_init__(self) -> None:
        if self.lanes not in (None, *_LANES):
            allowed = ", ".join(map(str, _LANES))
            raise ValueError(f"lanes={self.lanes}; allowed: {allowed}, or None to choose.")

    def engine(
        self, step: Step, generator: str = "xoshiro", trajectories: int | None = None
    ) -> CpuEngine:
        """Compile the step, or load it from the cache."""
        lanes = self.lanes or lanes_for(trajectories)
        return CpuEngine(step, *compiled(step, lanes, generator), lanes)


class CpuEngine(HostEngine):
    """A step compiled for the CPU."""

    def __init__(self, step: Step, kernel: Callable[..., None], rows: int, lanes: int) -> None:
        self.step, self.kernel, self.rows, self.lanes = step, kernel, rows, lanes
        self.inspection = Inspection(step, lanes)
        self.table = pack_tables(step)
        self.values = step.values

    def advance(
        self, ensemble: Ensemble, start: int, stop: int, pool: ThreadPoolExecutor | None = None
    ) -> None:
        """Advance the live trajectories from `start` to `stop`."""
        self.inspection(ensemble, start, stop)
        alive = len(ensemble.live)
        if not alive:
            return
        blocks = -(-alive // self.lanes)
        workers = pool._max_workers if pool is not None else 1
        tasks = min(blocks, _TASKS_PER_THREAD * workers) if workers > 1 else 1
        edges = [blocks * i // tasks for i in range(tasks + 1)]
        histogram = ensemble.histogram
        arrays = (
            ensemble.state, ensemble.words, self.values, self.table, ensemble.snapshots,
            ensemble.diverged, ensemble.live, ensemble.training_sets, histogram.bins,
        )  # fmt: skip
        pointers = [_pointer(a) for a in arrays]
        # the kernel writes snapshot k at index k: entry 0 of the array is number `first_shot`
        pointers[4] -= ensemble.first_shot * ensemble.snapshots[:1].nbytes
        each = ensemble.count // max(1, len(histogram.counts))
        sizes = (
            ensemble.count, alive, self.table.shape[1], ensemble.every, len(ensemble.snapshots),
            each, 0, histogram.after, start, stop,
        )  # fmt: skip
        shares = _Shares(histogram.counts, min(tasks, workers))

        spans: SimpleQueue[tuple[int, int]] = SimpleQueue()
        for span in zip(edges, edges[1:], strict=False):
            spans.put(span)

        def work() -> None:
            scratch = _aligned(self.rows * self.lanes)
            with shares.one() as counts, suppress(Empty):
                while True:
                    span = spans.get_nowait()
                    self.kernel(*pointers, _pointer(counts), _pointer(scratch), *sizes, *span)

        # this thread works too: were it only to wait, the system would often start two threads on
        # its processor and leave another one idle
        helpers = [pool.submit(work) for _ in range(min(tasks, workers) - 1)] if pool else []
        try:
            work()
            wait(helpers)
        finally:
            wait(helpers)  # kernels cannot be stopped half-way: every block ends at `stop`
            shares.add_up()
        for helper in helpers:
            helper.result()


class _Shares:
    """Counts of which each thread has an array to itself; fewer of them where they are large."""

    def __init__(self, total: Index, threads: int) -> None:
        self.total = total
        most = max(1, min(threads, int(_COUNTS // max(1, total.nbytes))))
        self.others = [np.zeros(total.shape, dtype=total.dtype) for _ in range(most - 1)]
        self.free: SimpleQueue[Index] = SimpleQueue()
        for counts in (total, *self.others):
            self.free.put(counts)

    @contextmanager
    def one(self) -> Iterator[Index]:
        """Give an array that nobody else adds to, when there is one."""
        counts = self.free.get()
        try:
            yield counts
        finally:
            self.free.put(counts)

    def add_up(self) -> None:
        """Add all arrays to the first."""
        for counts in self.others:
            self.total += counts


def lanes_for(trajectories: int | None) -> int:
    """Return the number of lanes in which so many trajectories are advanced fastest.

    A block of few lanes draws its noise ahead and costs less than a block of 64 of which most lanes
    are idle.  One of 64 costs least for each trajectory.

    Examples
    --------
    >>> [lanes_for(n) for n in (1, 3, 16, 1000)]
    [1, 4, 16, 64]
    """
    if trajectories is None or trajectories > WIDTH // 2:
        return WIDTH
    return 1 << (trajectories - 1).bit_length()


def _pointer(array: NDArray[Any]) -> int:
    return int(array.ctypes.data)


def _aligned(count: int) -> Float:
    """Return a scratch array that begins at a vector's boundary."""
    raw = np.empty(count + _ALIGNMENT // 8)
    skip = -raw.ctypes.data % _ALIGNMENT // 8
    return raw[skip : skip + count]


def compiled(
    step: Step, lanes: int = WIDTH, generator: str = "xoshiro"
) -> tuple[Callable[..., None], int]:
    """Return the kernel of a step and its scratch rows.

    A kernel compiled before, by this process or another, is found without lowering the step.
    """
    return _compiled(StepKey(step), lanes, generator)


@lru_cache(maxsize=256)
def _compiled(key: StepKey, lanes: int, generator: str) -> tuple[Callable[..., None], int]:
    with undisturbed():
        import xarray  # noqa: F401  needed by every run's end; forks wait for this import too

        from . import target
        from .link import link

        identity = f"{cache.code_stamp()} {target.identity()} {lanes} {generator} {key.text()}"
        layout = {"lanes": lanes, "generator": generator}
        code = cache.recall(identity, layout)
        if code is not None:
            with suppress(RuntimeError):  # no object file for this machine
                return link(code), code.rows
        from .compile import compile_step

        about = f"compiling a kernel of {key.step.visible} coordinates; it is kept for later runs"
        with saying(about):
            code, source = compile_step(key.step, lanes, generator)
        cache.keep(identity, layout, code, source)
        return link(code), code.rows
