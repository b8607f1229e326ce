"""The folder of compiled kernels: machine code under the hash of everything it depends on.

The name of a kernel is the hash of the step, the code that lowers and prints it, the primitives,
the processor and the versions, so that no kernel can be out of date.  Machine code that is read
back is run without further tests; therefore the folder is used only if it belongs to its user and
nobody else can write to it.
"""

import hashlib
import json
import os
import stat
import tempfile
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

#: environment variable that names another folder
VARIABLE = "DRIFTSCAPE_CACHE"


class CacheError(RuntimeError):
    """Error: the folder of compiled kernels cannot be trusted; the message says what to do."""


class MachineCode(NamedTuple):
    """An object file, the symbol to call, and the scratch rows it needs."""

    symbol: str
    rows: int
    object: bytes


def folder() -> Path:
    """Return the private folder of compiled kernels, created if necessary.

    Raises
    ------
    CacheError
        The folder belongs to someone else, is a link, or others may write to it.
    """
    named = os.environ.get(VARIABLE)
    if named:
        path = Path(named).expanduser()
    else:
        from platformdirs import user_cache_path

        path = user_cache_path("driftscape", appauthor=False) / "kernels"
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        if named:
            raise CacheError(f"{VARIABLE}={named} cannot be written: {error.strerror}.") from error
        return _own_temporary()
    _check_private(path)
    return path


@cache
def _own_temporary() -> Path:
    """Return a folder of this process alone, for a home that cannot be written."""
    return Path(tempfile.mkdtemp(prefix="driftscape-"))


def _check_private(path: Path) -> None:
    if not hasattr(os, "getuid"):  # Windows: the user's own profile folder
        return
    facts = path.lstat()
    problem = None
    if not stat.S_ISDIR(facts.st_mode):
        problem = "is a link"
    elif facts.st_uid != os.getuid():
        problem = f"belongs to user {facts.st_uid}"
    elif facts.st_mode & 0o022:
        problem = f"may be written by others (mode {stat.S_IMODE(facts.st_mode):o})"
    if problem:
        raise CacheError(
            f"the kernel folder {path} {problem}, and compiled code from it would be run; "
            f"remove it, or set {VARIABLE} to a folder of your own."
        )


def digest(text: str) -> str:
    """Return the hash that names a kernel's files."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@cache
def code_stamp() -> str:
    """Return the hash of all code that turns a step into machine code or text."""
    here = Path(__file__).parent
    files = (*sorted(here.rglob("*.py")), here.parent / "step.py")
    parts = [path.read_bytes() for path in files]
    versions = " ".join(version(package) for package in ("sympy", "numba", "llvmlite"))
    return hashlib.sha256(b"\0".join([versions.encode(), *parts])).hexdigest()


def recall(name: str) -> MachineCode | None:
    """Return the machine code stored under a name; None if there is none, or if it is damaged."""
    try:
        head, body = (folder() / f"{name}.code").read_bytes().split(b"\n", 1)
        about = json.loads(head)
        if about["sha256"] != hashlib.sha256(body).hexdigest():
            return None
        return MachineCode(about["symbol"], about["rows"], body)
    except (OSError, ValueError, KeyError):
        return None


def keep(name: str, code: MachineCode, source: str) -> None:
    """Store machine code, and beside it the text it was compiled from, for people to read."""
    about = {
        "symbol": code.symbol,
        "rows": code.rows,
        "sha256": hashlib.sha256(code.object).hexdigest(),
    }
    _write(folder() / f"{name}.py", source.encode())
    _write(folder() / f"{name}.code", json.dumps(about).encode() + b"\n" + code.object)


def recall_text(name: str) -> str | None:
    """Return the text of a kernel stored under a name; None if there is none."""
    try:
        return (folder() / f"{name}.cu").read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None


def keep_text(name: str, text: str) -> None:
    """Store the text of a kernel for a GPU; CuPy stores the machine code."""
    _write(folder() / f"{name}.cu", text.encode())


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; two processes may write the same one at once."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(temporary, path)
    except OSError:  # a full disk: the kernel runs all the same, and is compiled again next time
        Path(temporary).unlink(missing_ok=True)
