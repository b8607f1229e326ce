"""One start of a program in a session of its own, and one signal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from ..campaign import ROOT

_PATIENCE = 5.0  # seconds after which nothing may be left
LATE = 2.0  # seconds: a program that works as long after a signal, and ends well, did not notice


@dataclass(frozen=True)
class Ended:
    """How a program ended.

    Attributes
    ----------
    status
        Its exit status; None where it had to be killed.
    left
        Command lines of its processes that were left five seconds after the signal.
    seconds
        From the signal, or from the beginning of its work, to its end.
    said
        What it printed.
    """

    status: int | None
    left: tuple[str, ...]
    seconds: float
    said: str


def start(arguments: list[str]) -> subprocess.Popen[str]:
    """Start Python on a module of this checkout, in a session of its own; returns with its work.

    A program prints a line when it begins.  Before that it imports what it needs, and a signal does
    what the imported do with it.
    """
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", *arguments], cwd=ROOT, env=environment, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()
    return process


def whole(arguments: list[str]) -> Ended:
    """Let a program come to its end."""
    process, begun = start(arguments), time.monotonic()
    said, _ = process.communicate()
    return Ended(process.returncode, (), time.monotonic() - begun, said)


def ended(arguments: list[str], number: signal.Signals, moment: float) -> Ended:
    """Send a signal to the first process of a program, so many seconds after it began its work."""
    process = start(arguments)
    try:
        process.wait(moment)
    except subprocess.TimeoutExpired:
        process.send_signal(number)
    sent = time.monotonic()
    while members(process.pid) and time.monotonic() - sent < _PATIENCE:
        process.poll()  # a process that nobody waits for stays in the list
        time.sleep(0.05)
    seconds, left = time.monotonic() - sent, members(process.pid)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    said, _ = process.communicate()
    return Ended(
        None if process.pid in left else process.returncode, tuple(left.values()), seconds, said
    )


def members(session: int) -> dict[int, str]:
    """Return the processes of a session, with their command lines; Linux only."""
    found = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            state, _, _, its_session = (folder / "stat").read_text().rpartition(")")[2].split()[:4]
            if int(its_session) == session and state != "Z":
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
                found[int(folder.name)] = command.decode(errors="replace")
        except (OSError, ValueError):  # it has just ended
            continue
    return found
