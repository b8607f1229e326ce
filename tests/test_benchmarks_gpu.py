"""`python -m benchmarks gpu` on a stand-in for CuPy, and the kernel written by hand as host C++."""

import importlib.util
import json
import subprocess
import sys
import time
from concurrent.futures import Future
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks import __main__ as entry
from benchmarks import gpu
from benchmarks.curves.curve import Setting
from benchmarks.gpu import (
    bench,
    cases,
    command,
    device,
    limit,
    parity,
    parts,
    peers,
    rate,
    results,
    stepping,
)
from benchmarks.gpu.plan import Plan
from benchmarks.gpu.systems import SYSTEMS
from benchmarks.timing import Unavailable
from benchmarks.workloads import WORKLOADS, same_physics
from driftscape import landscapes, simulate
from driftscape.simulate.backends.gpu import backend as room
from driftscape.simulate.dynamics import DYNAMICS

from .simulate.backends import fake_cupy, nvrtc
from .simulate.backends.host_cpp import COMPILER

ROOT = Path(__file__).resolve().parents[1]

needs_compiler = pytest.mark.skipif(COMPILER is None, reason="needs g++ or clang++")
TINY = Plan(
    systems=("W1", "W3"), sizes=(64, 200), verdict=200, passages=(200,), processor=128, rounds=2,
    seconds=1e-3, large=300, landscapes=0, processes=0, peer_steps=5, limit=1000,
    costs=Setting("cupy", many=64, seconds=1e-4, most=2, copied=1e10),
)  # fmt: skip


@pytest.fixture
def stand_in(monkeypatch):
    """Put a stand-in in place of CuPy, and return it."""
    module = fake_cupy.make()
    monkeypatch.setitem(sys.modules, "cupy", module)
    room._kernel.cache_clear()
    yield module
    room._kernel.cache_clear()


@pytest.fixture
def few(monkeypatch):
    """One small comparison of bits, and one that the package refuses."""
    some = [cases.Case("archimedes", "GD"), cases.Case("archimedes", "Underdamped")]
    monkeypatch.setattr(parity, "cases", lambda landscapes: some)


# ---- the whole command ----


@pytest.mark.slow
@needs_compiler
def test_the_whole_command_writes_a_table_and_a_picture(stand_in, few, tmp_path, capsys):
    # quick: a stand-in's speed is no verdict
    assert gpu.main(["--quick", "--out", str(tmp_path)], TINY) == 0
    (page,) = tmp_path.glob("gpu-stand-in-*-quick.md")
    text = page.read_text()
    assert text.startswith("# Stand-in, ")
    assert "results whose bits differ from the processor's | 0; 6 compared, 1 refused" in text
    for line in (
        "| W1: driftscape / CUDA by hand, 2e+02 trajectories |",
        "| W3: useful step of a first passage / plain step, 2e+02 trajectories |",
        "| trajectories | 64 | 2e+02 |", "| W1, CUDA by hand |", "| W1, processor, ",
        "## Cost curves", "### small ensembles, ARCHIMEDES", "### snapshots, quartic well",
        "| W1, float32 |", "| W3, a whole simulate.run of ", "| W3, first passage, bridge |",
    ):  # fmt: skip
        assert line in text, line
    assert text in capsys.readouterr().out
    assert page.with_suffix(".png").read_bytes()[:4] == b"\x89PNG"
    kept = json.loads(page.with_suffix(".json").read_text())
    assert [len(kept["systems"]["W1"][c]["200"]) for c in ("gpu", "hand")] == [2, 2]
    assert kept["machine"]["driver"]
    assert kept["machine"]["CuPy"] == "0.0"
    for name in ("jax", "torch"):
        if importlib.util.find_spec(name) is None:
            label = {"jax": "JAX", "torch": "PyTorch"}[name]
            assert f"- W1, {label}: not installed" in text


@needs_compiler
def test_a_bit_that_differs_is_a_line_and_an_exit_status(stand_in, few, monkeypatch, tmp_path):
    """The wrong twin: a GPU whose learning rate is larger by one part in 1e15."""
    source = room.text_of
    monkeypatch.setattr(
        room, "text_of", lambda *given: source(*given).replace("values[0]", "(values[0]*(1+1e-15))")
    )
    monkeypatch.setattr(parity, "large", lambda plan: iter(()))
    assert gpu.main(["--quick", "--only", "parity", "--out", str(tmp_path)], TINY) == 1
    (page,) = tmp_path.glob("*.md")
    assert "- run, archimedes, GD: " in page.read_text()
    assert "state (" in page.read_text()
    assert "1; 1 compared" in page.read_text()


def test_what_time_does_not_allow_is_said(stand_in, few, tmp_path):
    plan = Plan(**{**vars(TINY), "limit": -1.0})
    assert gpu.main(["--quick", "--out", str(tmp_path)], plan) == 0
    (page,) = tmp_path.glob("*.md")
    assert "- W1, 200 trajectories: no time was left" in page.read_text()
    assert not list(tmp_path.glob("*.png"))


def test_what_breaks_is_noted_and_the_rest_goes_on(stand_in, monkeypatch, tmp_path, capsys):
    def broken(*given):
        raise fake_cupy.OutOfMemoryError(8, -1)

    monkeypatch.setattr(stepping, "words", broken)
    assert gpu.main(["--quick", "--only", "limit", "--out", str(tmp_path)], TINY) == 0
    (page,) = tmp_path.glob("*-limit.md")
    said = "- W1, 200 trajectories: OutOfMemoryError: Out of memory allocating 8 bytes"
    assert said in page.read_text()
    assert "in broken" in capsys.readouterr().err  # where it happened


@pytest.mark.slow
@needs_compiler
def test_what_matters_most_comes_first(stand_in, few, monkeypatch, tmp_path, capsys):
    """And what there is no time for is the rest."""
    monkeypatch.setitem(parts.SHARES, "all bits", -1.0)
    monkeypatch.setitem(parts.SHARES, "costs", -1.0)
    monkeypatch.setitem(parts.SHARES, "curves", -1.0)
    assert gpu.main(["--quick", "--out", str(tmp_path)], TINY) == 0
    messages = [line for line in capsys.readouterr().err.splitlines() if line.startswith("... ")]
    marks = (
        "bits: run, W1,", "bits: an ensemble in parts", "W1, CUDA by hand", "W1, 200 trajectories",
        "W3, first passage, bridge, 200", "W1, a whole call", "drawn:", "bits of everything else",
        "small ensembles, quartic well", "W1, 64 trajectories", "W1, JAX",
    )  # fmt: skip
    places = [next(i for i, line in enumerate(messages) if mark in line) for mark in marks]
    assert places == sorted(places)
    (page,) = tmp_path.glob("*.md")
    assert "5 compared, 0 refused by the package, 2 left out: no time" in page.read_text()
    assert "- W1, 64 trajectories: no time was left" in page.read_text()


@needs_compiler
def test_ctrl_c_keeps_what_was_measured(stand_in, few, monkeypatch, tmp_path):
    monkeypatch.setattr(bench.Bench, "whole_calls", interrupted)
    assert gpu.main(["--quick", "--out", str(tmp_path)], TINY) == 1
    (page,) = tmp_path.glob("*.md")
    assert "- what would have followed: interrupted" in page.read_text()
    assert "| W3: useful step of a first passage / plain step" in page.read_text()


@needs_compiler
def test_a_card_that_is_lost_leaves_what_other_processes_do(stand_in, few, monkeypatch, tmp_path):
    """Every part of this process fails then, and bits are still compared in others."""

    def lost(*given, **more):
        raise fake_cupy.CUDARuntimeError(700)

    monkeypatch.setattr(fake_cupy.Stream, "synchronize", lost)
    stand_in.cuda.runtime.memGetInfo = lost
    asked = []

    def pooled(processes, todo, deadline):
        asked.append(processes)
        yield from ((case, None) for case in todo)

    monkeypatch.setattr(parity, "_pooled", pooled)
    plan = Plan(**{**vars(TINY), "processes": 8})
    assert gpu.main(["--quick", "--out", str(tmp_path)], plan) == 1  # the large comparisons failed
    (page,) = tmp_path.glob("*.md")
    text = page.read_text()
    assert "7 compared, 0 refused" in text
    assert "- W1, 200 trajectories: GPUError: a kernel failed on the GPU" in text
    assert asked == [1]


def test_powers_of_ten_come_before_what_lies_between():
    sizes = (1000, 3162, 10_000, 31_623, 20, 100)
    assert sorted(sizes, key=lambda n: (bench._between(n), n)) == [
        100, 1000, 10_000, 20, 3162, 31_623,
    ]  # fmt: skip


def interrupted(*given):
    raise KeyboardInterrupt


def test_a_time_limit_is_given_in_minutes(stand_in, monkeypatch, tmp_path, capsys):
    found = []
    monkeypatch.setattr(command, "_measure", lambda bench, chosen: found.append(bench.plan.limit))
    for given in ([], ["--minutes", "2.5"]):
        gpu.main(["--quick", "--out", str(tmp_path), *given], TINY)
    assert found == [1000, 150]
    for wrong in ("-1", "0", "nan"):
        with pytest.raises(SystemExit):
            gpu.main(["--minutes", wrong])
    assert "give a number > 0" in capsys.readouterr().err


def test_a_full_disk_does_not_end_it(stand_in, few, monkeypatch, tmp_path, capsys):
    def full(self, stem):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(results.Results, "save", full)
    plan = Plan(**{**vars(TINY), "limit": -1.0})
    assert gpu.main(["--quick", "--only", "limit", "--out", str(tmp_path)], plan) == 0
    shown = capsys.readouterr()
    assert "nothing could be written: [Errno 28] No space left" in shown.err
    assert "W1, 200 trajectories: no time was left" in shown.out


@pytest.mark.parametrize(("cupy", "why"), [(None, "needs CuPy"), ("no GPU", "there is none")])
def test_without_a_card_it_says_what_is_missing(monkeypatch, capsys, tmp_path, cupy, why):
    monkeypatch.setitem(sys.modules, "cupy", cupy and fake_cupy.make(gpus=0))
    assert entry.main(["gpu", "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert why in said
    assert said.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_an_unknown_part_is_refused(capsys):
    with pytest.raises(SystemExit) as left:
        entry.main(["gpu", "--only", "everything"])
    assert left.value.code == 2
    assert "invalid choice: 'everything'" in capsys.readouterr().err


def test_it_is_found_from_the_command_line():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "gpu", "--help"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "{parity,throughput,limit,costs,peers}" in done.stdout


def test_a_cliff_on_the_gpu_is_an_exit_status():
    one = {"curve": "made up", "axis": "things", "size": 10.0, "ratio": 3.0, "verdict": "MISSED"}
    found = results.Results({"GPU": "any", "date": "today"}, 1, False)
    assert not found.missed()
    found.costs.append(one)
    assert found.missed()


# ---- the kernel written by hand ----


@needs_compiler
@pytest.mark.parametrize("name", limit.NAMES)
def test_the_kernel_by_hand_makes_the_trajectories_of_the_package(stand_in, name):
    assert limit.disagreement(stand_in, room.CupyBackend(), name) < 1e-12


@needs_compiler
@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("W1", "r * (cosine + sine)", "r * (cosine - sine)"),
        ("W2", "1.5 * exponential", "1.4999 * exponential"),
        ("W2", "fused(e, 0.375, 0.5)", "0.5"),  # a root right to 11 digits only
        ("W1", "x >> (64 - k)", "x >> (63 - k)"),
    ],
)
def test_a_wrong_kernel_by_hand_is_found_out(stand_in, monkeypatch, name, right, wrong):
    assert limit.TEXT.count(right) == 1
    monkeypatch.setattr(limit, "TEXT", limit.TEXT.replace(right, wrong))
    limit._kernel.cache_clear()
    try:
        assert limit.disagreement(stand_in, room.CupyBackend(), name) > 1e-12
    finally:
        limit._kernel.cache_clear()


@needs_compiler
@pytest.mark.parametrize("name", limit.NAMES)
def test_the_kernel_by_hand_has_the_moments_of_the_package(stand_in, name):
    work, count, steps = WORKLOADS[name], 2000, 1000
    hand = limit.Handwritten(stand_in, SYSTEMS[name], count, count, 128)
    hand.run(400)
    hand.run(steps - 400)  # goes on where it ended
    ours = simulate.run(
        work.landscape(), work.dynamics(), steps=steps, trajectories=count, seed=2,
        start=work.start, keep="final",
    )  # fmt: skip
    assert same_physics(work, ours["final"].values.T, hand.final()) is None
    twice = 1.2 * hand.final()
    assert "computes something else" in same_physics(work, ours["final"].values.T, twice)


@pytest.mark.skipif(bool(nvrtc.missing()), reason=nvrtc.missing() or "there")
@pytest.mark.parametrize("architecture", ["sm_80", "sm_90"])
def test_the_kernel_by_hand_compiles_for_a_card_without_spills(architecture):
    made = nvrtc.compile_program(
        limit.TEXT,
        (*limit.OPTIONS, f"--gpu-architecture={architecture}", "--ptxas-options=-v"),
    )
    assert made.ok, made.log
    assert set(made.kernels) == set(limit.NAMES)
    for kernel in made.kernels.values():
        assert (kernel.stack, kernel.spill_stores, kernel.spill_loads) == (0, 0, 0)
        assert kernel.registers <= 64  # so that a multiprocessor holds 1024 threads
    assert "fma.rn.f64" in made.ptx
    assert "div.rn.f64" not in made.ptx


# ---- comparing bits ----


def test_every_shipped_landscape_and_dynamics_is_compared():
    assert set(cases.OPTIONS) == set(DYNAMICS)
    everything = cases.cases()
    assert {(c.landscape, c.dynamics) for c in everything} == {
        (name, kind) for name in landscapes.ZOO for kind in DYNAMICS
    }
    assert len(set(everything)) == len(everything)


@pytest.mark.parametrize("number", range(len(cases.EXTRAS)))
def test_no_extra_is_refused_by_the_package(number):
    name, kind, _ = cases.EXTRAS[number]
    landscape, dynamics = cases.problem_of(cases.Case(name, kind, number))
    assert dynamics.step(landscape)


@pytest.mark.slow
def test_each_dynamics_is_accepted_somewhere():
    others = {
        "AType": "double_well", "NaturalGradient": "gaussian_fit", "SGD": "gaussian_fit",
        "NaturalGradientFlow": "gaussian_fit", "GDC": "linear_regression", "RGD": "gaussian_fit",
        "RGDFlow": "gaussian_fit", "Geodesic": "gaussian_fit",
    }  # fmt: skip
    for kind in cases.OPTIONS:
        landscape, dynamics = cases.problem_of(cases.Case(others.get(kind, "quartic_well"), kind))
        assert dynamics.step(landscape), kind


def test_one_bit_is_told_and_a_nan_is_a_nan():
    run = simulate.run(landscapes.archimedes(), simulate.GD(learning_rate=0.1), steps=2)
    values = run["final"].values.copy()
    values[0, 0] = np.nextafter(values[0, 0], 1)
    one_off = {"cpu": run, "cupy": run.assign(final=(run["final"].dims, values))}
    assert parity.compare(one_off.get) == "final (1 of 3)"
    assert parity.compare(lambda backend: run) is None
    signs = {"cpu": np.nan, "cupy": -np.nan}
    assert parity.compare(lambda backend: run * 0 + signs[backend]) is None
    zeros = {"cpu": 0.0, "cupy": -0.0}
    zero = {k: run[["final"]].assign(final=run.final * 0 + z) for k, z in zeros.items()}
    zero["cupy"]["final"].values[...] = -0.0
    assert parity.compare(zero.get) == "final (3 of 3)"


def test_an_error_in_a_comparison_is_a_failure(monkeypatch):
    def broken(*given):
        raise RuntimeError("illegal memory access")

    monkeypatch.setattr(parity, "compare", broken)
    wrong = parity.difference(cases.Case("archimedes", "GD"))
    assert wrong == "RuntimeError: illegal memory access"
    assert parity.difference(cases.Case("archimedes", "Underdamped")) == parity.REFUSED


def test_a_case_that_takes_the_card_from_its_process_is_not_held_against_others(monkeypatch):
    """One of three really fails; the next of its process fail with it, and are tried alone."""
    guilty, innocent, wrong = some = [
        cases.Case("archimedes", kind) for kind in ("GD", "SGD", "Ito")
    ]
    said = "GPUError: a kernel failed on the GPU: cudaErrorIllegalAddress"
    asked = []

    def pooled(processes, todo, deadline):
        asked.append((processes, len(todo)))
        for case in todo:
            lost = case == guilty or (case == innocent and len(todo) > 1)
            yield case, said if lost else "state (3 of 9)" if case == wrong else None

    monkeypatch.setattr(parity, "_pooled", pooled)
    monkeypatch.setattr(parity, "cases", lambda landscapes: some)
    found = dict(parity.small(TINY, np.inf, 8))
    assert found == {str(guilty): said, str(innocent): None, str(wrong): "state (3 of 9)"}
    assert asked == [(8, 3), (1, 1), (1, 1)]


def test_a_comparison_that_never_ends_is_given_up(monkeypatch):
    class Executor:
        """One task runs for ever, the others wait."""

        def __init__(self, processes, mp_context):
            self.futures = []

        def submit(self, function, case):
            self.futures.append(Future())
            if len(self.futures) == 1:
                self.futures[0].set_running_or_notify_cancel()
            return self.futures[-1]

        def shutdown(self, wait, cancel_futures):
            assert not wait

    monkeypatch.setattr(parity, "ProcessPoolExecutor", Executor)
    monkeypatch.setattr(parity, "_GRACE", 0.1)
    some = [cases.Case("archimedes", kind) for kind in ("GD", "SGD", "Ito")]
    found = dict(parity._pooled(2, some, time.monotonic() + 0.1))
    assert found == {some[0]: "no end within 0.1 s", some[1]: parity.LEFT, some[2]: parity.LEFT}


# ---- rates and verdicts ----


class Clocked:
    """Steps that take a nanosecond each on a clock of their own."""

    name, whole, now = "clocked", False, 0.0

    def prepare(self):
        self.now += 100.0  # not timed

    def run(self, steps):
        self.now += 1e-9 * steps * 50

    def made(self, steps):
        return 50.0 * steps


def test_rates_are_steps_over_seconds(monkeypatch):
    runner = Clocked()
    monkeypatch.setattr(time, "perf_counter", lambda: runner.now)
    steps = rate.calibrated(runner, 0.3)
    assert steps % 2 == 0
    assert steps * 50e-9 == pytest.approx(0.3, rel=0.01)
    (found,) = rate.rates([runner], 0.3, 4).values()
    assert found == pytest.approx(np.full(4, 1e9), rel=1e-4)
    assert len(rate.rates([runner], 0.3, 4, deadline=-1.0)["clocked"]) == 1


@pytest.mark.parametrize(("share", "missed"), [(0.79, True), (0.81, False)])
def test_a_promise_is_kept_or_missed(share, missed):
    found = results.Results({"GPU": "A", "date": "today"}, 1_000_000, False)
    found.systems["W1"] = results.Measured("screw")
    found.systems["W1"].hand[1_000_000] = np.array([1.0, 2.0, 3.0])
    found.systems["W1"].gpu[1_000_000] = share * np.array([1.0, 2.0, 3.0])
    assert found.missed() is missed
    assert ("| MISSED |" in found.page()) is missed
    found.quick = True
    assert not found.missed()


@pytest.mark.parametrize(("share", "missed"), [(0.49, True), (0.51, False)])
def test_a_first_passage_keeps_half_of_the_plain_rate(share, missed):
    found = results.Results({"GPU": "A", "date": "today"}, 1_000_000, False)
    found.systems["W3"] = results.Measured("well", shares={"no bridge": {1_000_000: [share]}})
    assert found.missed() is missed


@needs_compiler
def test_useful_steps_are_those_made_before_the_end(stand_in):
    from benchmarks.gpu.passage import DT, Passage

    made = Passage("no bridge", SYSTEMS["W3"], room.CupyBackend(), 100, 100)
    made.prepare()
    made.run(0)
    hits = simulate.first_passage(
        landscapes.quartic_well(), SYSTEMS["W3"].dynamics(), start=-1, target="x > 0",
        trajectories=100, seed=1, bridge=False, max_time=3080,
    )  # fmt: skip
    assert made.made(0) == pytest.approx(float(hits.passage_time.sum()) / DT, rel=1e-12)


# ---- what the numbers depend on ----


def test_files_are_named_after_the_card_and_the_day(tmp_path):
    where = {"GPU": "NVIDIA A100 (80 GB)", "date": "2026-11-21"}
    name = "gpu-nvidia-a100-80-gb-2026-11-21"
    assert device.stem(tmp_path, where, quick=False) == tmp_path / name
    assert device.stem(tmp_path, where, True, "peers").name == f"{name}-quick-peers"


def test_results_of_an_earlier_run_are_left_alone(tmp_path):
    where = {"GPU": "A 1.5", "date": "2026-11-21"}
    names = []
    for _ in range(3):
        path = device.stem(tmp_path, where, quick=False)
        names.append(path.name)
        results.Results(where, 1, False).save(path)
    assert names == ["gpu-a-1-5-2026-11-21" + end for end in ("", "-2", "-3")]
    assert len(list(tmp_path.glob("*.json"))) == 3


def test_a_peer_without_a_card_is_not_measured(monkeypatch):
    for name in ("jax", "torch"):
        monkeypatch.setitem(sys.modules, name, None)
    for make in peers.PEERS.values():
        with pytest.raises(Unavailable, match="not installed"):
            make(WORKLOADS["W1"], 10, 10)


@pytest.mark.parametrize("name", WORKLOADS)
def test_the_pytorch_loop_computes_the_same(name, rng):
    """Its tensors by NumPy: the formulas are tested, not PyTorch."""

    class Tensor(np.ndarray):
        def cpu(self):
            return self

        def numpy(self):
            return self.view(np.ndarray)

    torch = SimpleNamespace(
        float64="double", no_grad=nullcontext, cos=np.cos, sin=np.sin, exp=np.exp,
        randn=lambda count, **given: rng.standard_normal(count),
        full=lambda shape, value, **given: np.full(shape, value),
        stack=lambda rows: np.array(rows).view(Tensor),
    )  # fmt: skip
    work = WORKLOADS[name]
    loop = peers.torch_loop(torch, work, 1000, 500, "cuda")
    ours = simulate.run(
        work.landscape(), work.dynamics(), steps=500, trajectories=1000, seed=1, start=work.start,
        keep="final",
    )  # fmt: skip
    assert loop.work == 500_000
    assert same_physics(work, ours["final"].values.T, loop.run()) is None
