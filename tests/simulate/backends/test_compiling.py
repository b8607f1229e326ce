"""A compilation is disturbed by nothing: neither by Ctrl-C nor by a fork in another thread."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from driftscape.simulate import progress
from driftscape.simulate.backends.compiling import undisturbed


def program(text: str, tmp_path, seconds: float = 120) -> subprocess.CompletedProcess:
    """Run a program with an empty kernel cache."""
    environment = os.environ | {"DRIFTSCAPE_CACHE": str(tmp_path / "kernels")}
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(text)],
        capture_output=True, text=True, env=environment, timeout=seconds,
    )  # fmt: skip


def compiling(presses: int, done: list[int]) -> None:
    """Compile, and press Ctrl-C so many times."""
    with undisturbed():
        for press in range(presses):
            signal.raise_signal(signal.SIGINT)
            done.append(press)


@pytest.mark.parametrize("presses", [1, 2])
def test_ctrl_c_is_raised_when_the_kernel_is_compiled_and_pressed_twice_at_once(presses):
    done: list[int] = []
    with pytest.raises(KeyboardInterrupt, match="while a kernel was" if presses == 1 else "^$"):
        compiling(presses, done)
    assert done == [0]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_during_a_compilation_is_not_lost_and_the_kernel_is_kept(tmp_path):
    """It is pressed where the compiler swallows exceptions, and where it would fail."""
    done = program(
        """
        import signal
        from driftscape import landscapes, simulate
        from driftscape.simulate.backends.cpu import compile as module

        original = module.compile_step

        def pressed(*given):
            try:
                signal.raise_signal(signal.SIGINT)
            except BaseException:
                print("swallowed")
            return original(*given)

        module.compile_step = pressed
        well, gd = landscapes.quartic_well(), simulate.GD(learning_rate=0.1)
        try:
            simulate.run(well, gd, steps=3, seed=1)
        except KeyboardInterrupt as error:
            print(error)
        module.compile_step = None  # it is not compiled again
        print(simulate.run(well, gd, steps=3, seed=1).sizes["time"])
        """,
        tmp_path,
    )
    assert done.stdout.splitlines() == [
        "interrupted while a kernel was compiled, before the first step.", "4",
    ], done.stderr  # fmt: skip


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_fork_waits_for_a_compilation():
    """In the child every lock that the compilation had is open again."""
    entered, leave = threading.Event(), threading.Event()

    def compile_():
        with undisturbed():
            entered.set()
            leave.wait(30)

    thread = threading.Thread(target=compile_)
    thread.start()
    entered.wait(30)
    threading.Timer(0.3, leave.set).start()
    begun = time.monotonic()
    child = os.fork()
    if child == 0:
        os._exit(0 if leave.is_set() else 1)
    assert time.monotonic() - begun > 0.2
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    thread.join()
    with undisturbed():
        pass


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_child_of_a_process_that_compiles_in_a_thread_can_compile(tmp_path):
    """Five forks, a tenth of a second apart."""
    done = program(
        """
        import os, sys, threading, time
        from driftscape import landscapes, simulate

        gd = simulate.GD(learning_rate=0.1)

        def go():
            simulate.run(landscapes.archimedes(), gd, steps=3, seed=1)

        threads = [threading.Thread(target=go) for _ in range(2)]
        for thread in threads:
            thread.start()
        children = []
        for i in range(5):
            time.sleep(0.1)
            child = os.fork()
            if child == 0:
                simulate.run(landscapes.double_well(rotation=1.0), gd, steps=3, seed=1)
                os._exit(0)
            children.append(child)
        for thread in threads:
            thread.join()
        ends = time.monotonic() + 60
        left = set(children)
        while left and time.monotonic() < ends:
            left -= {c for c in left if os.waitpid(c, os.WNOHANG)[0]}
            time.sleep(0.05)
        for child in left:
            os.kill(child, 9)
        print("hanging:", len(left))
        """,
        tmp_path,
        180,
    )
    assert done.stdout == "hanging: 0\n", done.stderr


@pytest.mark.parametrize(("show", "said"), [(True, True), (False, False), (None, False)])
def test_a_long_compilation_says_so_where_somebody_watches(show, said, monkeypatch, capsys):
    monkeypatch.setattr(progress, "_LONG", 0.01)
    progress.check_progress(show)
    try:
        with progress.saying("compiling"):
            time.sleep(0.1)
    finally:
        progress.check_progress(None)
    assert capsys.readouterr().err == ("compiling\r\x1b[K" if said else "")


def test_a_short_one_says_nothing(capsys):
    progress.check_progress(True)
    try:
        with progress.saying("compiling"):
            pass
    finally:
        progress.check_progress(None)
    assert capsys.readouterr().err == ""
