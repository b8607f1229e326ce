"""The folder of compiled kernels: machine code under the hash of everything it depends on.

The identity of a kernel is the text of the step, the hash of the code that lowers and prints it and
of the primitives, the processor and the versions, so that no kernel can be out of date; its files
are named by the hash of that.  The first line of a file is

    // SEAL {"format": 2, "file": its name, "symbol": ..., "rows": ..., "lanes": ..., ...}

where the seal is a hash of the rest of the line and of all that follows, with the identity as its
key.  A file that was damaged, copied from another name, or made by anything else has no such seal;
it is not run, and the kernel is compiled anew.

Machine code that is read back is run without further tests; therefore the folder is used only if it
belongs to its user and nobody else can write to it.
"""

import hashlib
import json
import os
import stat
import tempfile
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

#: environment variable that names another folder
VARIABLE = "DRIFTSCAPE_CACHE"
#: of the files
FORMAT = 2

_HEAD = b"// "  # the text of a kernel for a GPU remains a C++ file

#: what a kernel was compiled for besides its step: lanes and generator
Layout: TypeAlias = dict[str, Any]


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
    """Return the hash of an identity, which names a kernel's files."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@cache
def code_stamp() -> str:
    """Return the hash of all code that turns a step into machine code or text."""
    here = Path(__file__).parent
    files = (*sorted(here.rglob("*.py")), here.parent / "step.py")
    parts = [path.read_bytes() for path in files]
    versions = " ".join(version(package) for package in ("sympy", "llvmlite"))
    return hashlib.sha256(b"\0".join([versions.encode(), *parts])).hexdigest()


def recall(identity: str, layout: Layout) -> MachineCode | None:
    """Return the machine code of an identity; None if there is none that can be trusted."""
    found = _read(identity, ".code")
    if found is None:
        return None
    header, body = found
    if any(header.get(key) != value for key, value in layout.items()):
        return None
    return MachineCode(header["symbol"], header["rows"], body)


def keep(identity: str, layout: Layout, code: MachineCode, source: str) -> None:
    """Store machine code, and beside it the text it was compiled from, for people to read."""
    _write(path_of(identity, ".py"), source.encode())
    _store(identity, ".code", {"symbol": code.symbol, "rows": code.rows, **layout}, code.object)


def recall_text(identity: str) -> str | None:
    """Return the text of a kernel for a GPU; None if there is none that can be trusted."""
    found = _read(identity, ".cu")
    return None if found is None else found[1].decode()


def keep_text(identity: str, text: str) -> None:
    """Store the text of a kernel for a GPU; CuPy stores the machine code."""
    _store(identity, ".cu", {}, text.encode())


def path_of(identity: str, suffix: str) -> Path:
    """Return the file of an identity."""
    return folder() / f"{digest(identity)}{suffix}"


def _store(identity: str, suffix: str, about: Layout, body: bytes) -> None:
    header = {"format": FORMAT, "file": digest(identity) + suffix, **about}
    sealed = json.dumps(header).encode() + b"\n" + body
    _write(path_of(identity, suffix), _HEAD + _seal(identity, sealed) + b" " + sealed)


def _read(identity: str, suffix: str) -> tuple[dict[str, Any], bytes] | None:
    """Return header and body of a file whose seal is unbroken and whose header names it."""
    try:
        content = path_of(identity, suffix).read_bytes()
    except OSError:
        return None
    seal, _, sealed = content.removeprefix(_HEAD).partition(b" ")
    if seal != _seal(identity, sealed):
        return None
    head, _, body = sealed.partition(b"\n")
    header: dict[str, Any] = json.loads(head)  # as it was written: the seal is unbroken
    named = (header["format"], header["file"]) == (FORMAT, digest(identity) + suffix)
    return (header, body) if named else None


def _seal(identity: str, content: bytes) -> bytes:
    key = hashlib.sha256(identity.encode()).digest()
    return hashlib.blake2b(content, digest_size=32, key=key).hexdigest().encode()


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; two processes may write the same one at once."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(temporary, path)
    except OSError:  # a full disk: the kernel runs all the same, and is compiled again next time
        Path(temporary).unlink(missing_ok=True)
