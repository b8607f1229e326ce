"""The CuPy backend on a stand-in for CuPy: copies to the GPU and back, and failures."""

import signal
import subprocess
import sys

import numpy as np
import pytest

from driftscape import analysis, landscapes, simulate
from driftscape.simulate.backends.gpu import backend as cupy
from driftscape.simulate.backends.gpu import part as part_module
from driftscape.simulate.backends.gpu.backend import CupyBackend
from driftscape.simulate.backends.gpu.device import CompileError, GPUError, GPUNotAvailable, explain

from . import fake_cupy, hostile
from .host_cpp import COMPILER

pytestmark = pytest.mark.skipif(COMPILER is None, reason="needs g++ or clang++")

#: one that draws pairs of normals across chunks, decks of three kinds, a loop with words of its own
NAMES = (
    "screw sgd", "screw reshuffled", "laws without replacement", "rows reshuffled",
    "quartic batch 4", "quadrature ito",
)  # fmt: skip


@pytest.fixture
def gpu(monkeypatch):
    """Put a stand-in in place of CuPy; returns a function that chooses another one."""

    def choose(**facts):
        monkeypatch.setitem(sys.modules, "cupy", fake_cupy.make(**facts))
        cupy._kernel.cache_clear()

    choose()
    yield choose
    cupy._kernel.cache_clear()


def assert_same(a, b):
    """Every bit of every variable."""
    assert set(a.data_vars) == set(b.data_vars)
    for name in a.data_vars:
        x, y = a[name].values, b[name].values
        if x.dtype == float:
            x, y = x.view(np.uint64), y.view(np.uint64)
        assert np.array_equal(x, y), name


def keeps(landscape):
    first = landscape.coordinates[0]
    return (
        None,
        "final",
        simulate.Density(first, bounds={first: (-3, 3)}, every=2),
        ["snapshots", simulate.Average(first)],
    )


@pytest.mark.parametrize("method", ["advance", "retire"])
def test_an_array_of_another_type_does_not_reach_the_gpu(gpu, method):
    engine, ensemble = hostile.fresh("screw batch 3", "cupy")
    ensemble.words = ensemble.words.astype(float)
    with pytest.raises(TypeError, match="'words' is of float64"):
        getattr(engine, method)(ensemble, *((0, 12) if method == "advance" else (0,)))
    assert engine.resident is None


@pytest.mark.fast_cases("rows reshuffled-200000.0", "quartic batch 4-200000.0")
@pytest.mark.parametrize("max_bytes", [None, 2e5])
@pytest.mark.parametrize("name", NAMES)
def test_bits_are_those_of_the_cpu_whole_or_in_parts(gpu, pairs, name, max_bytes):
    make, dynamics = pairs[name]
    landscape = make()
    for keep in keeps(landscape):
        given = dict(steps=67, trajectories=200, seed=5, keep=keep)
        run = simulate.run(landscape, dynamics, backend=CupyBackend(max_bytes), **given)
        assert_same(simulate.run(landscape, dynamics, **given), run)


def test_parts_are_really_parts(gpu, monkeypatch):
    result, carry = [], part_module.Part.__init__

    def noted(self, engine, ensemble, low, high):
        result.append((low, high))
        carry(self, engine, ensemble, low, high)

    monkeypatch.setattr(part_module.Part, "__init__", noted)
    screw, sgd = landscapes.archimedes(), simulate.SGD(learning_rate=0.1)
    given = dict(steps=3, trajectories=300, keep="final", seed=1)
    simulate.run(screw, sgd, backend=CupyBackend(150 * 8 * 9), **given)
    assert result == [(0, 128), (128, 256), (256, 300)]


def test_memory_that_runs_out_splits_the_work(gpu):
    """The GPU reports much free memory, and an array of 100 trajectories is too large for it."""
    gpu(most=100 * 8 * 4)
    screw, sgd = landscapes.archimedes(), simulate.SGD(learning_rate=0.1)
    given = dict(steps=5, trajectories=300, keep="final", seed=1)
    assert_same(
        simulate.run(screw, sgd, **given), simulate.run(screw, sgd, backend="cupy", **given)
    )


def test_memory_too_small_for_a_block_says_how_much_is_needed(gpu):
    screw, sgd = landscapes.archimedes(), simulate.SGD(learning_rate=0.1)
    given = dict(steps=5, trajectories=300, keep="final", seed=1)
    with pytest.raises(MemoryError, match=r"64 trajectories need 0\.00461 MB"):
        simulate.run(screw, sgd, backend=CupyBackend(1000), **given)
    gpu(most=100)
    with pytest.raises(MemoryError, match="64 trajectories need"):
        simulate.run(screw, sgd, backend="cupy", **given)


@pytest.mark.parametrize("max_bytes", [None, 2e5])
def test_counts_of_each_point_whole_or_in_parts(gpu, max_bytes):
    """A part begins in the middle of a point."""
    well, ito = landscapes.double_well(rotation=1.5), simulate.Ito(beta=1, dt=0.01)
    bounds = {"x1": (-2, 2), "x2": (-1, 1)}
    keep = simulate.Density("x1 x2", bounds=bounds, bins=6, every=2, discard_steps=5)
    given = dict(over={"beta": [1, 2, 3]}, steps=50, trajectories=150, seed=2, keep=keep)
    wanted = simulate.sweep(well, ito, **given)
    assert_same(wanted, simulate.sweep(well, ito, backend=CupyBackend(max_bytes), **given))
    max_bytes = 8 * 6 * 6 * 3 + 150 * 8 * 12
    assert_same(wanted, simulate.sweep(well, ito, backend=CupyBackend(max_bytes), **given))


def test_snapshots_pass_through_a_window(gpu, monkeypatch):
    """Windows of one snapshot, of two, and of many give the same."""
    well, ito = landscapes.double_well(rotation=1.5), simulate.Ito(beta=1, dt=0.01)
    given = dict(steps=50, trajectories=100, seed=2, save_every=3)
    wanted = simulate.run(well, ito, **given)
    for size in (1, 2 * 8 * 2 * 100, 1e9):
        monkeypatch.setattr(part_module, "_WINDOW", size)
        assert_same(wanted, simulate.run(well, ito, backend="cupy", **given))


@pytest.mark.fast_cases("decks-30000.0", "bridged-30000.0")
@pytest.mark.parametrize("max_bytes", [None, 3e4])
@pytest.mark.parametrize(
    "dynamics",
    [
        simulate.Ito(beta=5, dt=0.01),
        simulate.SGD(learning_rate=0.05, sampling="reshuffled", train_size=10),
    ],
    ids=["bridged", "decks"],
)
def test_first_passages_are_those_of_the_cpu(gpu, dynamics, max_bytes):
    given = dict(start=-1, target="x > 0", trajectories=300, seed=3, max_time=15)
    well = landscapes.quartic_well()
    wanted = simulate.first_passage(well, dynamics, **given)
    passages = simulate.first_passage(well, dynamics, backend=CupyBackend(max_bytes), **given)
    assert 0 < wanted.censored.sum() < 300
    assert_same(wanted, passages)


@pytest.mark.slow
def test_splitting_is_that_of_the_cpu(gpu):
    given = dict(start=-1, target="x > 0.5", reaction_coordinate="x", replicas=64, runs=3, seed=3)
    well, ito = landscapes.quartic_well(), simulate.Ito(beta=20, dt=0.01)
    wanted = simulate.splitting(well, ito, **given)
    assert_same(wanted, simulate.splitting(well, ito, backend="cupy", **given))


def test_a_diverged_trajectory_is_found_at_its_step(gpu):
    well, ito = landscapes.quartic_well(), simulate.GD(learning_rate=0.5)
    start = np.linspace(0.5, 3, 100)[:, None]
    given = dict(steps=80, trajectories=100, start=start, seed=1)
    with pytest.warns(simulate.DivergenceWarning):
        wanted = simulate.run(well, ito, **given)
    with pytest.warns(simulate.DivergenceWarning):
        assert_same(wanted, simulate.run(well, ito, backend="cupy", **given))
    assert 0 < (wanted.diverged >= 0).sum() < 100


def test_an_interrupted_run_brings_back_what_was_made_and_goes_on(gpu):
    screw, sgd = landscapes.archimedes(), simulate.SGD(learning_rate=0.1)
    given = dict(trajectories=70, seed=4, save_every=1)

    def press(done, total):
        if done > 10:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(simulate.Interrupted) as stopped:
        simulate.run(screw, sgd, steps=100_000, backend="cupy", progress=press, **given)
    part = stopped.value.dataset
    result = part.sizes["time"] - 1
    assert 10 < result < 100_000
    assert_same(simulate.run(screw, sgd, steps=result, **given), part)
    again = simulate.run(resume=part, steps=7, backend="cupy")
    assert_same(simulate.run(screw, sgd, steps=result + 7, **given), again)


def test_a_failed_compile_shows_its_line(gpu, monkeypatch):
    source = cupy.text_of
    broken = lambda *given: source(*given).replace("new0 = ", "new0 = oops + ", 1)  # noqa: E731
    monkeypatch.setattr(cupy, "text_of", broken)
    with pytest.raises(CompileError, match="oops") as error:
        simulate.run(
            landscapes.mean_estimation(), simulate.GD(learning_rate=0.1), steps=1, backend="cupy"
        )
    assert "the kernel did not compile" in str(error.value)


def test_nvrtc_complaints_are_shown_with_their_lines():
    text = "line one\n  new0 = oops + own_fma(t1, s0_x, t2);\n"
    message = '/tmp/x.cubin.cu(2): error: identifier "oops" is undefined\n\n1 error detected'
    assert explain(text, message) == (
        'the kernel did not compile: identifier "oops" is undefined, in: '
        "new0 = oops + own_fma(t1, s0_x, t2);"
    )
    assert explain(text, "libnvrtc is sick") == "the kernel did not compile: libnvrtc is sick"


def test_what_is_missing_is_said_before_anything_compiles(gpu, monkeypatch):
    screw, sgd = landscapes.archimedes(), simulate.SGD(learning_rate=0.1)
    gpu(gpus=0)
    with pytest.raises(GPUNotAvailable, match="cudaErrorInsufficientDriver.*cpu"):
        simulate.run(screw, sgd, steps=1, backend="cupy")
    monkeypatch.setitem(sys.modules, "cupy", None)
    with pytest.raises(GPUNotAvailable, match=r"needs CuPy.*pip install 'driftscape\[gpu\]'"):
        simulate.first_passage(screw, sgd, target="z > 1", backend="cupy")


def test_pinned_memory_that_is_short_is_replaced_by_any(gpu):
    """And memory of either kind that fails for another reason is not."""
    well, ito = landscapes.double_well(rotation=1.5), simulate.Ito(beta=1, dt=0.01)
    given = dict(steps=50, trajectories=100, seed=2, save_every=3)
    gpu(pinned=1000)
    assert_same(simulate.run(well, ito, **given), simulate.run(well, ito, backend="cupy", **given))
    sys.modules["cupy"].cuda.alloc_pinned_memory = refuse(fake_cupy.CUDARuntimeError(700))
    with pytest.raises(GPUError, match="cudaErrorIllegalAddress"):
        simulate.run(well, ito, backend="cupy", **given)


def test_pinned_memory_of_earlier_runs_is_let_go(gpu):
    well, ito = landscapes.double_well(rotation=1.5), simulate.Ito(beta=1, dt=0.01)
    result, kept = sys.modules["cupy"], []

    class Pool:
        def free_all_blocks(self):
            kept.clear()

    def alloc_pinned_memory(size):
        kept.append(size)
        return bytearray(size)

    result.get_default_pinned_memory_pool = Pool
    result.cuda.alloc_pinned_memory = alloc_pinned_memory
    for trajectories in (64, 100, 130):
        simulate.run(well, ito, steps=6, trajectories=trajectories, seed=2, backend="cupy")
        assert kept == [7 * 2 * trajectories * 8] * 2


def refuse(error):
    def always(*given, **more):
        raise error

    return always


def test_a_memory_error_holds_on_to_nothing(gpu):
    gpu(most=100)
    screw, sgd = landscapes.archimedes(), simulate.SGD(learning_rate=0.1)
    with pytest.raises(MemoryError, match="64 trajectories need") as caught:
        simulate.run(screw, sgd, steps=1, trajectories=300, keep="final", seed=1, backend="cupy")
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_a_kernel_that_fails_says_what_to_do(gpu, monkeypatch):
    screw, sgd = landscapes.archimedes(), simulate.SGD(learning_rate=0.1)
    given = dict(steps=9, trajectories=5, seed=1, backend="cupy")
    good = simulate.run(screw, sgd, **given)
    with monkeypatch.context() as broken:
        broken.setattr(fake_cupy.Stream, "fault", fake_cupy.CUDARuntimeError(700))
        message = "a kernel failed.*illegal memory access.*start Python again.*backend='cpu'"
        with pytest.raises(GPUError, match=message):
            simulate.run(screw, sgd, **given)
    assert_same(good, simulate.run(screw, sgd, **given))


@pytest.mark.parametrize(
    ("number", "kind", "message"),
    [
        (2, MemoryError, r"no memory left beside the arrays.*max_bytes"),
        (222, GPUError, "UNSUPPORTED_PTX.*older than the compiler.*update the driver"),
    ],
)
def test_errors_of_the_driver_are_explained(gpu, monkeypatch, number, kind, message):
    """At a launch, and when machine code is loaded."""
    screw, sgd = landscapes.archimedes(), simulate.SGD(learning_rate=0.1)
    given = dict(steps=9, trajectories=5, seed=1, backend="cupy")
    error = fake_cupy.CUDADriverError(number)
    for place, name in ((part_module.Part, "_launch"), (fake_cupy.RawModule, "get_function")):
        gpu()
        with monkeypatch.context() as broken:
            broken.setattr(place, name, refuse(error))
            with pytest.raises(kind, match=message):
                simulate.run(screw, sgd, **given)


def test_ctrl_c_in_the_middle_waits_for_copies(gpu, monkeypatch):
    """Where it cannot be held back: what a copy still writes to must not be given to others."""
    well, ito = landscapes.double_well(rotation=1.5), simulate.Ito(beta=1, dt=0.01)
    given = dict(steps=50, trajectories=100, seed=2, save_every=3, backend="cupy")
    good, waited = simulate.run(well, ito, **given), []

    class Patient(fake_cupy.Stream):
        def synchronize(self):
            waited.append(self.non_blocking)

    monkeypatch.setattr(part_module, "_WINDOW", 1)  # one snapshot at a time
    sys.modules["cupy"].cuda.Stream = Patient
    with monkeypatch.context() as pressed:
        pressed.setattr(fake_cupy.Event, "synchronize", refuse(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            simulate.run(well, ito, **given)
    assert waited == [True]
    assert_same(good, simulate.run(well, ito, **given))


def test_masks_are_made_on_the_host_where_cupy_cannot(gpu, monkeypatch):
    """CuPy's own kernels need memory, and headers of CUDA that fit its compiler."""
    given = dict(start=-1, target="x > 0", trajectories=300, seed=3, max_time=15)
    well, ito = landscapes.quartic_well(), simulate.Ito(beta=5, dt=0.01)
    wanted = simulate.first_passage(well, ito, **given)
    for error in (
        fake_cupy.OutOfMemoryError(8, -1),
        fake_cupy.CompileException("cuda_fp16.h(7): error: no", "", "", ()),
    ):
        sys.modules["cupy"].flatnonzero = refuse(error)
        assert_same(wanted, simulate.first_passage(well, ito, backend="cupy", **given))
    sys.modules["cupy"].flatnonzero = refuse(ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        simulate.first_passage(well, ito, backend="cupy", **given)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (RuntimeError("CuPy failed to load libnvrtc.so.12: OSError: no"), "NVRTC.*pip install"),
        (RuntimeError("Failed to find CUDA headers. Please install"), "headers.*pip install"),
    ],
)
def test_a_missing_compiler_is_said(gpu, monkeypatch, error, message):
    monkeypatch.setattr(fake_cupy.RawModule, "get_function", refuse(error))
    screw, sgd = landscapes.archimedes(), simulate.SGD(learning_rate=0.1)
    with pytest.raises(GPUNotAvailable, match=message):
        simulate.run(screw, sgd, steps=1, backend="cupy")
    other = RuntimeError("something else")
    monkeypatch.setattr(fake_cupy.RawModule, "get_function", refuse(other))
    with pytest.raises(RuntimeError, match="something else") as caught:
        simulate.run(screw, sgd, steps=1, backend="cupy")
    assert caught.type is RuntimeError


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            ImportError(
                "\n=====\nFailed to import CuPy.\n\nOriginal error:\n"
                "  ImportError: libcuda.so.1: cannot open\n=====\n"
            ),
            r"needs CuPy \(ImportError: libcuda.so.1: cannot open\); pip install",
        ),
        (PermissionError(13, "Permission denied", "/home/me/.cupy"), "CUPY_CACHE_DIR"),
    ],
)
def test_a_cupy_that_cannot_be_imported_gives_the_reason(monkeypatch, error, message):
    class Finder:
        def find_spec(self, name, path=None, target=None):
            if name == "cupy":
                raise error

    monkeypatch.delitem(sys.modules, "cupy", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Finder(), *sys.meta_path])
    with pytest.raises(GPUNotAvailable, match=message):
        CupyBackend()


def test_bad_memory_is_refused(gpu):
    with pytest.raises(ValueError, match="max_bytes=-1"):
        CupyBackend(-1)


def test_importing_the_package_does_not_import_cupy():
    code = "import sys, driftscape; from driftscape import simulate; print('cupy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.fast_cases("quartic batch 4", "rows reshuffled")
@pytest.mark.parametrize("name", [*NAMES, "well ito", "quartic underdamped", "fit sgd"])
def test_single_precision_follows_the_same_noise(gpu, pairs, name):
    """To a few roundings of 6e-8 a step; another seed's noise would be off by the noise itself."""
    make, dynamics = pairs[name]
    landscape, given = make(), dict(steps=51, trajectories=70, seed=5)
    wide = simulate.run(landscape, dynamics, **given)
    single = simulate.run(landscape, dynamics, backend="cupy-float32", **given)
    size = np.abs(wide.final.values).max()
    difference = np.abs(single.final.values - wide.final.values).max()
    assert 0 < difference < 3e-6 * size
    other = simulate.run(landscape, dynamics, **(given | {"seed": 6}))
    assert np.abs(other.final.values - wide.final.values).max() > 1e-3 * size
    assert simulate.provenance(single)["backend"] == "cupy-float32"


def test_single_precision_keeps_sums_and_ages_wide(gpu):
    """A count of steps in single precision would stand still at 2**24."""
    steps = 2**24 + 1000
    run = simulate.run(
        landscapes.mean_estimation(), simulate.GD(learning_rate=0.1), steps=steps, start=1,
        backend="cupy-float32", keep=simulate.Average("1"),
    )  # fmt: skip
    assert run.average.item() == 1.0


def test_single_precision_escapes_at_the_same_rate(gpu):
    well, ito = landscapes.quartic_well(), simulate.Ito(beta=5, dt=0.01)
    given = dict(start=-1, target="x > 0", trajectories=2000, max_time=500)
    wide = analysis.mean_first_passage_time(simulate.first_passage(well, ito, seed=3, **given))
    passages = simulate.first_passage(well, ito, seed=4, backend="cupy-float32", **given)
    assert analysis.mean_first_passage_time(passages).compare(wide).verdict == "agrees"


def test_an_unknown_precision_is_refused(gpu):
    with pytest.raises(ValueError, match="precision='half'"):
        CupyBackend(precision="half")


def test_a_run_of_a_card_is_rerun_without_one(gpu):
    screw, sgd = landscapes.archimedes(), simulate.SGD(learning_rate=0.1)
    run = simulate.run(screw, sgd, steps=9, trajectories=5, seed=1, backend="cupy")
    gpu(gpus=0)
    with pytest.raises(GPUNotAvailable):
        simulate.rerun(run)
    again = simulate.rerun(run, backend="cpu")
    assert_same(run, again)
    assert simulate.provenance(again)["backend"] == "cpu"
