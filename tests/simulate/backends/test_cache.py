"""The folder of compiled kernels: private, checked, and never out of date."""

import os
import shutil
from pathlib import Path

import pytest

from driftscape import landscapes, simulate
from driftscape.simulate.backends import cache
from driftscape.simulate.backends.cpu import backend as numba

STEP = simulate.GD(learning_rate=0.1).step(landscapes.quartic_well())


@pytest.fixture
def folder(tmp_path, monkeypatch):
    path = tmp_path / "kernels"
    monkeypatch.setenv(cache.VARIABLE, str(path))
    numba._compiled.cache_clear()
    yield path
    numba._compiled.cache_clear()


@pytest.fixture
def compiled(monkeypatch):
    """Count how often something is compiled."""
    from driftscape.simulate.backends.cpu import compile as module

    seen, original = [], module.compile_step

    def counted(*arguments):
        seen.append(arguments)
        return original(*arguments)

    monkeypatch.setattr(module, "compile_step", counted)
    return seen


def again():
    numba._compiled.cache_clear()
    return numba.compiled(STEP)


def test_a_kernel_is_compiled_once_and_then_linked(folder, compiled):
    again()
    again()
    assert len(compiled) == 1
    assert folder.stat().st_mode & 0o077 == 0
    assert {p.suffix for p in folder.iterdir()} == {".code", ".py"}


@pytest.mark.fast_cases("<lambda>3", "<lambda>1")
@pytest.mark.parametrize(
    "damage", [lambda b: b[:-100], lambda b: b[:-1] + b"x", lambda b: b"", lambda b: b"{}\n"]
)
def test_a_damaged_file_is_not_run_but_compiled_anew(folder, compiled, damage):
    again()
    (file,) = folder.glob("*.code")
    file.write_bytes(damage(file.read_bytes()))
    again()
    assert len(compiled) == 2


def test_changed_code_or_another_processor_is_another_kernel(folder, compiled, monkeypatch):
    again()
    monkeypatch.setattr(cache, "code_stamp", lambda: "edited")
    again()
    monkeypatch.setenv("NUMBA_CPU_NAME", "haswell")
    again()
    assert len(compiled) == 3


@pytest.mark.parametrize("file", ["codegen/lower.py", "primitives/elementary.py", "engine.py"])
def test_the_stamp_reads_the_code_of_every_subfolder(tmp_path, monkeypatch, file):
    here = Path(cache.__file__).parent
    shutil.copytree(here, tmp_path / "backends")
    shutil.copy(here.parent / "step.py", tmp_path)
    monkeypatch.setattr(cache, "__file__", str(tmp_path / "backends" / "cache.py"))
    before = cache.code_stamp.__wrapped__()
    with (tmp_path / "backends" / file).open("a") as source:
        source.write("\n# edited\n")
    assert cache.code_stamp.__wrapped__() != before


def test_a_folder_that_others_may_write_to_is_refused(folder):
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    with pytest.raises(cache.CacheError, match="may be written by others"):
        again()


def test_a_link_is_refused(folder, tmp_path):
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(cache.CacheError, match="is a link"):
        again()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs a second user")
def test_a_folder_of_another_user_is_refused(folder):
    folder.mkdir(mode=0o700)
    os.chown(folder, 12345, 12345)
    with pytest.raises(cache.CacheError, match="belongs to user 12345"):
        again()


def test_a_folder_that_cannot_be_made_is_named(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "file" / "kernels"))
    with pytest.raises(cache.CacheError, match="cannot be written"):
        again()


def test_a_full_disk_costs_the_cache_and_not_the_run(folder, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache.os, "replace", full)
    kernel, rows = again()
    assert callable(kernel)
    assert rows > 0
    assert not list(folder.glob("*.tmp"))
