"""The folder of compiled kernels: private, checked, and never out of date."""

import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest

from driftscape import landscapes, simulate
from driftscape.simulate.backends import cache
from driftscape.simulate.backends.codegen.stepkey import StepKey
from driftscape.simulate.backends.cpu import backend as cpu
from driftscape.simulate.backends.gpu.backend import text_of

STEP = simulate.GD(learning_rate=0.1).step(landscapes.quartic_well())


@pytest.fixture
def folder(tmp_path, monkeypatch):
    path = tmp_path / "kernels"
    monkeypatch.setenv(cache.VARIABLE, str(path))
    cpu._compiled.cache_clear()
    yield path
    cpu._compiled.cache_clear()


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
    cpu._compiled.cache_clear()
    return cpu.compiled(STEP)


def test_a_kernel_is_compiled_once_and_then_linked(folder, compiled):
    again()
    again()
    assert len(compiled) == 1
    assert folder.stat().st_mode & 0o077 == 0
    assert {p.suffix for p in folder.iterdir()} == {".code", ".py"}


def parts(content):
    """Seal, header and body of a file."""
    line, _, body = content.partition(b"\n")
    slashes, seal, header = line.split(b" ", 2)
    assert slashes == b"//"
    return seal, json.loads(header), body


def with_header(content, change):
    """The same file with another header, and the hash that anyone can compute of it."""
    _, header, body = parts(content)
    sealed = json.dumps(change(header)).encode() + b"\n" + body
    return b"// " + hashlib.sha256(sealed).hexdigest().encode() + b" " + sealed


DAMAGES = {
    "truncated": lambda b: b[:-100],
    "cut in the header": lambda b: b[:60],
    "a byte": lambda b: b[:-1] + b"x",
    "empty": lambda b: b"",
    "an empty header": lambda b: b"{}\n",
    "a list": lambda b: b"[]\n" + parts(b)[2],
    "a list, hashed": lambda b: with_header(b, lambda header: []),
    "nested": lambda b: b"[" * 100_000,
    "not text": lambda b: bytes(range(256)),
    "fewer rows": lambda b: b.replace(b'"rows": ', b'"rows": -'),
    "one row, hashed": lambda b: with_header(b, lambda header: header | {"rows": 1}),
    "no rows, hashed": lambda b: with_header(b, lambda header: {}),
    "another symbol, hashed": lambda b: with_header(b, lambda header: header | {"symbol": "x"}),
    "another format, hashed": lambda b: with_header(b, lambda header: header | {"format": 1}),
    "the former format": lambda b: (
        json.dumps({"symbol": parts(b)[1]["symbol"], "rows": parts(b)[1]["rows"],
                    "sha256": hashlib.sha256(b"\x7fELF").hexdigest()}).encode() + b"\n\x7fELF"
    ),
}  # fmt: skip


@pytest.mark.fast_cases("a byte", "one row, hashed")
@pytest.mark.fast_cases("a list", "one row, hashed")
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_not_run_but_compiled_anew(folder, compiled, damage):
    again()
    (file,) = folder.glob("*.code")
    right = file.read_bytes()
    file.write_bytes(damage(right))
    again()
    assert len(compiled) == 2
    assert parts(file.read_bytes())[1]["rows"] == parts(right)[1]["rows"]
    again()
    assert len(compiled) == 2


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_not_read(folder, damage):
    """As above, without a compiler."""
    layout = {"lanes": 64, "generator": "xoshiro"}
    code = cache.MachineCode("kernel", 33, b"\x7fELF" + bytes(2000))
    cache.keep("a step", layout, code, "def kernel(): ...")
    (file,) = folder.glob("*.code")
    assert cache.recall("a step", layout) == code
    file.write_bytes(damage(file.read_bytes()))
    assert cache.recall("a step", layout) is None


def test_the_header_names_the_file_and_the_layout(folder):
    again()
    (file,) = folder.glob("*.code")
    _, header, body = parts(file.read_bytes())
    assert header.pop("rows") > 0
    assert header.pop("symbol")
    assert header == {"format": cache.FORMAT, "file": file.name, "lanes": 64,
                      "generator": "xoshiro"}  # fmt: skip
    assert body[:4] == b"\x7fELF"


def test_a_kernel_under_the_name_of_another_is_not_run(folder, compiled):
    again()
    (first,) = folder.glob("*.code")
    other = simulate.GD(learning_rate=0.1).step(landscapes.double_well())
    cpu.compiled(other)
    (second,) = set(folder.glob("*.code")) - {first}
    shutil.copy(second, first)
    again()
    assert len(compiled) == 3
    assert parts(first.read_bytes())[1]["file"] == first.name


def test_another_layout_is_another_kernel(folder):
    code = cache.MachineCode("kernel", 33, b"\x7fELF")
    cache.keep("a step", {"lanes": 64, "generator": "xoshiro"}, code, "")
    assert cache.recall("a step", {"lanes": 64, "generator": "xoshiro"}) == code
    assert cache.recall("a step", {"lanes": 8, "generator": "xoshiro"}) is None
    assert cache.recall("a step", {"lanes": 64, "generator": "philox"}) is None


def test_a_folder_in_place_of_a_file_costs_the_cache_and_not_the_run(folder, compiled):
    again()
    (file,) = folder.glob("*.code")
    file.unlink()
    file.mkdir()
    assert callable(again()[0])
    assert len(compiled) == 2


def test_an_object_file_that_does_not_link_is_compiled_anew(folder, compiled, monkeypatch):
    from driftscape.simulate.backends.cpu import link as module

    again()
    original, refused = module.link, []

    def once(code):
        if not refused:
            refused.append(code)
            raise RuntimeError("no object file for this machine")
        return original(code)

    monkeypatch.setattr(module, "link", once)
    assert callable(again()[0])
    assert len(compiled) == 2


@pytest.fixture
def texts(folder, monkeypatch):
    """Count how often the text of a kernel for a GPU is written."""
    from driftscape.simulate.backends.cpp import source as module

    seen, original = [], module.source
    monkeypatch.setattr(module, "source", lambda *a: seen.append(a) or original(*a))
    return seen


def test_the_text_for_a_gpu_is_written_once_and_is_cpp(folder, texts):
    text = text_of(StepKey(STEP), "xoshiro")
    assert text_of(StepKey(STEP), "xoshiro") == text
    assert len(texts) == 1
    (file,) = folder.glob("*.cu")
    first, _, rest = file.read_text().partition("\n")
    assert (first[:3], rest) == ("// ", text)


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_text_is_written_anew(folder, damage):
    cache.keep_text("a step", "int kernel;\n" * 50)
    (file,) = folder.glob("*.cu")
    content = file.read_bytes().replace(b'"}\n', b'", "symbol": "", "rows": 3}\n')
    file.write_bytes(damage(content))
    assert cache.recall_text("a step") is None
    cache.keep_text("another step", "int other;\n")
    cache.keep_text("a step", "int kernel;\n")
    assert cache.recall_text("a step") == "int kernel;\n"
    shutil.copy(cache.path_of("another step", ".cu"), cache.path_of("a step", ".cu"))
    assert cache.recall_text("a step") is None


def test_changed_code_or_another_processor_is_another_kernel(folder, compiled, monkeypatch):
    again()
    monkeypatch.setattr(cache, "code_stamp", lambda: "edited")
    again()
    monkeypatch.setenv("DRIFTSCAPE_CPU", "haswell")
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
