"""What holds while a kernel is compiled: no fork, no Ctrl-C, and one kernel at a time.

A process that is forked while another thread compiles gets the compiler's locks closed, and nobody
in it to open them: its first compilation would wait for ever.  A fork therefore waits for the
compilation.  Ctrl-C is raised when the kernel is compiled and stored, since a compiler swallows
exceptions that are raised in its callbacks; pressed twice, it is raised at once.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ..interrupt import deferred_interrupt

_LOCK = threading.RLock()

if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(
        before=_LOCK.acquire, after_in_parent=_LOCK.release, after_in_child=_LOCK.release
    )


@contextmanager
def undisturbed() -> Iterator[None]:
    """Compile in this block.

    Raises
    ------
    KeyboardInterrupt
        After the block, where Ctrl-C was pressed in it.
    """
    with deferred_interrupt() as pressed, _LOCK:
        yield
    if pressed:
        raise KeyboardInterrupt("interrupted while a kernel was compiled, before the first step.")
