"""CuPy itself, where it is installed, has what its stand-in offers: no GPU is needed to compare.

The other tests run all that the package does with CuPy on the stand-in, which offers nothing else.
What CuPy compiled from Cython tells its parameters in the first line of its docstring; the few that
tell nothing are listed.  Nothing installs CuPy for these tests: it is some 100 MB.
"""

import ctypes
import importlib
import inspect
import re
import sys
import types
import warnings
from pathlib import Path

import numpy as np
import pytest

from driftscape import landscapes, simulate
from driftscape.simulate.backends.codegen.stepkey import StepKey
from driftscape.simulate.backends.gpu import device
from driftscape.simulate.backends.gpu.backend import OPTIONS, text_of

from . import fake_cupy
from .host_cpp import COMPILER

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def real():
    """Return CuPy itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import cupy
        except (ImportError, OSError) as error:
            pytest.skip(f"needs CuPy, with or without a GPU ({error})")
    return cupy


# ---- signatures ----


def parameters(function):
    """Return the names of what a function takes (positionally or not), and whether any more."""
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        found = _embedded(function)
    kinds = inspect.Parameter
    named = [p for p in found if p.kind not in (kinds.VAR_POSITIONAL, kinds.VAR_KEYWORD)]
    places = [p.name for p in named if p.kind != kinds.KEYWORD_ONLY]
    return places, {p.name for p in named}, len(named) < len(list(found))


def _embedded(function):
    """Read `name(type a, b=1, *, c=()) -> type`, the first line of a docstring of Cython's."""
    first = (getattr(function, "__doc__", None) or "").splitlines()[:1]
    match = re.match(r"[\w.]+\((.*)\)(?: -> .*)?$", first[0]) if first else None
    if match is None:
        raise LookupError("its parameters are documented nowhere")
    kind, found = inspect.Parameter.POSITIONAL_OR_KEYWORD, []
    for text in re.findall(r"(?:[^,()]|\([^()]*\))+", match[1]):
        name = text.split("=")[0].split()[-1].replace("\\", "")
        if name == "*":
            kind = inspect.Parameter.KEYWORD_ONLY
        elif name.startswith("**"):
            found.append(inspect.Parameter(name[2:], inspect.Parameter.VAR_KEYWORD))
        else:
            found.append(inspect.Parameter(name, kind))
    return found


def clash(ours, theirs):
    """Return what the stand-in's function takes and the real one does not, None for nothing."""
    (places, names, _), (there, taken, more) = parameters(ours), parameters(theirs)
    if missing := [] if more else sorted(names - taken - {"self"}):
        return f"takes no {', '.join(missing)}"
    places, there = ([n for n in names if n != "self"] for names in (places, there))
    # every place of ours is named alike in theirs, in the same order
    if not more and [n for n in there if n in places] != places:
        return f"takes {', '.join(there)} in this order, not {', '.join(places)}"
    return None


def members(offered):
    """Yield name and value of what a module, a class or a namespace of the stand-in offers."""
    for name, value in vars(offered).items():
        if not name.startswith("_"):
            yield name, value


#: what the stand-in has for itself, and what has no parameters of its own
ITS_OWN = {"RawModule.any_function", "cuda.Stream.fault", "cuda.Stream.non_blocking"} | {
    f"cuda.{name}.names" for name in ("runtime.CUDARuntimeError", "driver.CUDADriverError")
}
#: nothing tells their parameters
UNTOLD = {"cuda.MemoryPool"}


def differences(offered, real, where=""):
    """Yield what the stand-in offers that the real one has not, or takes otherwise."""
    for name, ours in members(offered):
        label = f"{where}{name}"
        if label in ITS_OWN:
            continue
        try:
            theirs = getattr(real, name)
        except AttributeError:
            yield f"{label}: there is none"
            continue
        if isinstance(ours, types.SimpleNamespace | types.ModuleType):
            yield from differences(ours, theirs, f"{label}.")
        elif isinstance(ours, type) and not isinstance(theirs, type):
            if not callable(theirs):
                yield f"{label}: no class"
        elif callable(ours):
            if label not in UNTOLD:
                try:
                    wrong = clash(ours, theirs)
                except LookupError as error:
                    wrong = str(error)
                if wrong:
                    yield f"{label}: {wrong}"
            if isinstance(ours, type):
                yield from differences(ours, theirs, f"{label}.")


def test_cupy_has_all_that_its_stand_in_offers(real):
    stand_in = fake_cupy.make()
    assert list(differences(stand_in, real)) == []
    for name in fake_cupy.OFFERED:
        assert hasattr(real.ndarray, name), name
    assert isinstance(stand_in.get_default_memory_pool(), stand_in.cuda.MemoryPool)
    assert callable(real.get_default_memory_pool)


def test_what_cupy_has_not_is_noticed(real):
    """Wrong twins: an unknown name, an unknown keyword, another order, one name too many."""
    wrong = fake_cupy.make()
    wrong.cuda.alloc_pinned = lambda size: None
    wrong.cuda.get_current_stream = lambda device: None
    wrong.flatnonzero = lambda a, order: None
    wrong.arange = lambda step, start: None
    wrong.cuda.runtime.memGetInfo = lambda device: None
    wrong.ndarray = type("Array", (), {"get": lambda self, blocking, out: None, "on_host": None})
    found = {line.split(":")[0] for line in differences(wrong, real)}
    assert found == {
        "cuda.alloc_pinned", "cuda.get_current_stream", "flatnonzero", "arange",
        "cuda.runtime.memGetInfo", "ndarray.get", "ndarray.on_host",
    }  # fmt: skip


def test_a_kernel_is_called_as_in_cupy(real):
    launch, _, more = parameters(real.RawKernel.__call__)
    assert launch[:4] == ["self", "grid", "block", "args"] or more
    assert parameters(real.RawModule.get_function)[0] == ["self", "name"]
    assert hasattr(real.cuda.MemoryPointer, "ptr")  # what `array.data` is


def test_the_stand_in_offers_nothing_else_of_arrays():
    array = fake_cupy.make().empty(3)
    for name in ("tobytes", "astype", "copy", "tolist", "ctypes"):
        with pytest.raises(AttributeError):
            getattr(array, name)


# ---- errors ----


def test_errors_are_of_the_kinds_that_are_caught(real):
    stand_in = fake_cupy.make()
    for where, name in (
        ("memory", "OutOfMemoryError"), ("runtime", "CUDARuntimeError"),
        ("driver", "CUDADriverError"), ("compiler", "CompileException"),
    ):  # fmt: skip
        ours = getattr(getattr(stand_in.cuda, where), name)
        theirs = getattr(getattr(real.cuda, where), name)
        for kind in (MemoryError, RuntimeError, ImportError, OSError):
            assert issubclass(ours, kind) == issubclass(theirs, kind), name
    with pytest.raises(real.cuda.runtime.CUDARuntimeError) as caught:
        raise real.cuda.runtime.CUDARuntimeError(2)
    assert caught.value.status == 2


def test_numbers_of_errors_are_those_of_cuda(real):
    def name(number):
        return str(real.cuda.runtime.CUDARuntimeError(number)).split(":")[0][len("cudaError") :]

    assert name(device._NO_MEMORY) == "MemoryAllocation"
    assert {name(number) for number in device._MEANINGS} == {
        "InitializationError", "InsufficientDriver", "DevicesUnavailable", "NoDevice",
        "InvalidKernelImage", "NoKernelImageForDevice", "UnsupportedPtxVersion",
        "LaunchOutOfResources",
    }  # fmt: skip
    fatal = {name(number) for number in device._FATAL if number != 721}  # 721: since CUDA 12.8
    assert fatal == {
        "ECCUncorrectable", "IllegalAddress", "LaunchTimeout", "ContextIsDestroyed", "Assert",
        "HardwareStackError", "IllegalInstruction", "MisalignedAddress", "InvalidAddressSpace",
        "InvalidPc", "LaunchFailure", "Unknown",
    }  # fmt: skip
    for number, message in fake_cupy.CUDARuntimeError.names.items():
        assert str(real.cuda.runtime.CUDARuntimeError(number)) == message


def test_without_a_card_cupy_itself_is_explained(real, monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", real)
    try:
        there = real.cuda.runtime.getDeviceCount()
    except RuntimeError:
        there = 0
    if there:
        pytest.skip("there is a GPU")
    with pytest.raises(device.GPUNotAvailable, match=r"there is none: \w+.*backend='cpu'"):
        simulate.CupyBackend()


# ---- compiling ----


def compiled(real, text, options):
    """Compile as CuPy does for a GPU of compute capability 9.0; returns machine code."""
    try:
        from cupy._core.core import assemble_cupy_compiler_options
        from cupy.cuda.compiler import _NVRTCProgram

        whole = assemble_cupy_compiler_options(options)
        program = _NVRTCProgram(text, "/tmp/0123.cubin.cu", method="cubin")
    except (ImportError, RuntimeError) as error:  # its own way inside, or NVRTC, or headers
        pytest.skip(f"CuPy cannot compile here: {error}")
    added = ("-ftz=true", "-arch=sm_90", "--device-as-default-execution-space")
    return program.compile(whole + added)[0]


def kernel_text(precision):
    well, ito = landscapes.double_well(rotation=1.5), simulate.Ito(beta=1, dt=0.01)
    return text_of(StepKey(ito.bound(well).step(well)), "xoshiro", precision)


@pytest.mark.skipif(COMPILER is None, reason="helpers need g++ or clang++")
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_kernels_compile_with_the_options_that_cupy_adds(real, precision):
    assert compiled(real, kernel_text(precision), OPTIONS)[:4] == b"\x7fELF"


def test_the_kernel_by_hand_compiles_with_the_options_that_cupy_adds(real):
    source = (ROOT / "benchmarks" / "gpu" / "limit.cu").read_text()
    assert compiled(real, source, ("--fmad=true", "-std=c++14"))[:4] == b"\x7fELF"


def test_a_complaint_of_the_compiler_is_shown_with_its_line(real):
    text = kernel_text("float64").replace("new0 = ", "new0 = oops + ", 1)
    with pytest.raises(real.cuda.compiler.CompileException) as caught:
        compiled(real, text, OPTIONS)
    message = device.explain(text, str(caught.value))
    assert message.startswith(
        'the kernel did not compile: identifier "oops" is undefined, in: new0 ='
    )


def test_scalars_reach_a_kernel_as_their_bits(real):
    """Pointers may lie above 2**63 after a shift; CuPy packs arguments by their NumPy type."""
    if int(real.__version__.split(".")[0]) != 14:
        pytest.skip("looks into CuPy 14")
    for value in (np.uint64(2**64 - 8), np.uint64(0), np.int64(-5), np.int64(2**40)):
        packed = importlib.import_module("cupy._core._scalar").CScalar(value)
        assert ctypes.string_at(packed.ptr, 8) == value.tobytes()
