"""Where compiled kernels are kept: one generated file each, named by the hash of its content.

A kernel's file holds everything it depends on, so a changed formula, primitive or version is another
file and nothing can go stale.  Numba stores machine code beside it, which is run without question:
the folder must belong to its user and be closed to everyone else, or it is not used.
"""

import hashlib
import os
import stat
import sys
import tempfile
from functools import cache
from pathlib import Path
from types import ModuleType

#: environment variable that names another folder
VARIABLE = "DRIFTSCAPE_CACHE"


class CacheError(RuntimeError):
    """The folder of compiled kernels cannot be trusted; the message says what to do."""


def folder() -> Path:
    """Return the private folder of compiled kernels, made if need be.

    Raises
    ------
    CacheError
        It belongs to someone else, is a link, or others may write to it.
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
    """Return a folder of this process alone, where the home cannot be written."""
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


def load(source: str) -> ModuleType:
    """Import generated source as a module that Numba can cache.

    What is executed is `source` itself; the file tells Numba where to keep the machine code and
    gives stack traces their lines.
    """
    name = f"driftscape_kernel_{hashlib.sha256(source.encode()).hexdigest()[:24]}"
    if name in sys.modules:
        return sys.modules[name]
    path = folder() / f"{name}.py"
    if not path.is_file() or path.read_text(encoding="utf-8") != source:
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(source)
        os.replace(temporary, path)  # two processes may write it at once: both write the same
    module = ModuleType(name)
    module.__file__ = str(path)
    sys.modules[name] = module  # before it runs: Numba looks the module up by name
    try:
        exec(compile(source, str(path), "exec"), module.__dict__)  # noqa: S102  our own generated text
    except BaseException:
        del sys.modules[name]
        raise
    return module
