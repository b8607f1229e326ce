"""The threads that kernels run on."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from ..validate import check_whole

_LANES = 64  # a thread with less than a block to do would have nothing to share


def check_threads(threads: Any) -> None:
    """Refuse a number of threads that is none."""
    if threads is not None:
        check_whole("threads", threads)


def workers(
    threads: int | None, trajectories: int
) -> AbstractContextManager[ThreadPoolExecutor | None]:
    """Return a pool of so many threads, or of as many as the work and this process allow."""
    count = min(threads or cores(), -(-trajectories // _LANES))
    return ThreadPoolExecutor(count) if count > 1 else nullcontext(None)


def cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
