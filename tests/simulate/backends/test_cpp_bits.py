"""The C++ of every kernel, compiled for the host, gives the bits of the CPU kernel."""

import ctypes
import gc
import inspect
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from driftscape import landscapes, simulate
from driftscape.simulate.backends.cache import MachineCode
from driftscape.simulate.backends.codegen.kernel import NUMBERS, POINTERS
from driftscape.simulate.backends.codegen.stepkey import StepKey
from driftscape.simulate.backends.cpp import expressions as cpp
from driftscape.simulate.backends.cpp import source as cpp_source
from driftscape.simulate.backends.cpp.source import WIDTH, source
from driftscape.simulate.backends.cpu import compile as cpu_compile
from driftscape.simulate.backends.cpu import text as llvm_text
from driftscape.simulate.backends.cpu.backend import CpuEngine
from driftscape.simulate.backends.cpu.compile import optimised
from driftscape.simulate.backends.cpu.link import link
from driftscape.simulate.backends.cpu.target import target_machine
from driftscape.simulate.backends.primitives.table import FUNCTIONS
from driftscape.simulate.dynamics import DYNAMICS

from . import host_cpp
from .cases import (
    COUNT,
    LANDSCAPES,
    MECHANISMS,
    SEED,
    STEPS,
    cases_of,
    dynamics_of,
    group_of,
    keeps,
    landscape_named,
    schedule,
    starts,
    targets,
    unset_options,
)
from .host_cpp import COMPILER, HostCpp, compiled
from .pairwise import covering, value_pairs

pytestmark = [
    pytest.mark.skipif(COMPILER is None, reason="no C++ compiler: neither g++ nor clang++"),
    pytest.mark.filterwarnings("ignore"),  # diverged, inside, censored: all of it is wanted here
]


def bits(values):
    """Return an array's bits, those of its NaNs too."""
    values = np.array(values)
    return values.view(np.uint64) if values.dtype.kind == "f" else values


def differing(one, other) -> list[str]:
    """Return the variables that two datasets do not have alike, bit by bit."""
    names = sorted({*one.variables, *other.variables})
    return [n for n in names if not (n in one and n in other and alike(one[n], other[n]))]


def alike(one, other) -> bool:
    one, other = bits(one), bits(other)
    return one.dtype == other.dtype and np.array_equal(one, other)


_TEXTS: dict = {}
_MADE: dict = {}


@pytest.fixture(autouse=True)
def _once(monkeypatch):
    """Derive and lower each step once, not once for each backend and each way of keeping."""
    lowered = cpp_source.kernel_source

    def kernel_source(step, *settings):
        key = StepKey(step), settings
        if key not in _TEXTS:
            _TEXTS[key] = lowered(step, *settings)
        return _TEXTS[key]

    def remembered(make):
        def step(self, landscape):
            key = make, self, id(landscape)
            if key not in _MADE:
                _MADE[key] = make(self, landscape), landscape  # keeps the id in use
            return _MADE[key][0]

        return step

    for module in (cpu_compile, cpp_source):
        monkeypatch.setattr(module, "kernel_source", kernel_source)
    for kind in DYNAMICS.values():
        monkeypatch.setattr(kind, "step", remembered(kind.step))
    gc.disable()  # a fifth of the time of compiling, with so many expressions alive
    yield
    gc.enable()


# -- every landscape, every dynamics, every way of keeping -----------------------------------------


def results(case, backend, halves=False):
    """Run a case in every way that its kernel serves; in `halves`, the first one is resumed."""
    landscape = landscape_named(case.landscape)
    dynamics = dynamics_of(case.mechanism, landscape)
    settings = {"start": starts(case.landscape), "trajectories": COUNT, "seed": SEED}
    settings |= {"generator": case.generator}
    machine = {"backend": backend, "threads": 1}
    if case.kind == "first_passage":
        settings |= {"target": targets(case.landscape), "bridge": case.form == "bridged passage"}
        return [simulate.first_passage(landscape, dynamics, max_steps=STEPS, **settings, **machine)]
    if case.swept:
        points = group_of(case.landscape, case.mechanism).problem.points
        settings |= {"over": {axis.name: axis.values for axis in points.axes}, "steps": STEPS}
        keep = keeps(case.landscape, case.form)[-1]
        return [simulate.sweep(landscape, dynamics, **settings, **keep, **machine)]
    outcome = []
    for keep in keeps(case.landscape, case.form):
        first = 31 if halves and not outcome else STEPS
        run = simulate.run(landscape, dynamics, steps=first, **settings, **keep, **machine)
        if first < STEPS:
            run = simulate.run(resume=run, steps=STEPS - first, **machine)
        outcome.append(run)
    return outcome


@pytest.mark.slow
@pytest.mark.parametrize("landscape", LANDSCAPES)
def test_every_variable_has_the_bits_of_the_cpu(landscape):
    seen = Counter()
    for case in cases_of(landscape):
        pairs = zip(results(case, "cpu"), results(case, HostCpp(), halves=True), strict=True)
        for cpu, host in pairs:
            assert not differing(cpu, host), case
            seen["diverged"] += int((cpu.diverged >= 0).sum())
            if case.kind == "first_passage":
                seen["inside"] += int((cpu.passage_time == 0).sum())
                seen["reached"] += int((cpu.passage_time > 0).sum())
                seen["censored"] += int(cpu.censored.sum())
            else:
                finite = np.isfinite(cpu.final).all("coordinate")
                seen["stayed"] += int(finite.sum())
                seen["left"] += int((~finite).sum())
    # what was compared is not empty: most stay finite, targets are started in and reached
    assert seen["stayed"] > seen["left"], seen
    assert min(seen["inside"], seen["reached"]) > 0, seen


@pytest.mark.fast_cases(
    "quartic_well-dynamics0-xoshiro-options0", "quartic_well-dynamics2-xoshiro-options2"
)
@pytest.mark.parametrize(
    ("make", "dynamics", "generator", "options"),
    [
        (landscapes.quartic_well, simulate.Ito(beta=4.0, dt=0.02), "xoshiro", {}),
        (landscapes.quartic_well, simulate.Ito(beta=4.0, dt=0.02), "philox", {"bridge": False}),
        (landscapes.quartic_well, simulate.SGD(learning_rate=0.4, batch_size=3), "xoshiro", {}),
        (landscapes.double_well, simulate.Stratonovich(beta=4.0, dt=0.02), "philox", {}),
    ],
)
def test_splitting_has_the_bits_of_the_cpu(make, dynamics, generator, options):
    landscape = make()
    x = landscape.coordinates[0]
    settings = {
        "start": [-1.0, *[0.0] * (landscape.dim - 1)], "target": f"{x} > 0",
        "reaction_coordinate": x, "home": -0.95, "leave": -0.85, "runs": 2, "replicas": 35,
        "seed": SEED, "generator": generator, "threads": 1,
    }  # fmt: skip
    cpu = simulate.splitting(landscape, dynamics, **settings, **options)
    host = simulate.splitting(landscape, dynamics, backend=HostCpp(), **settings, **options)
    assert not differing(cpu, host)
    assert (cpu.rounds > 1).all()
    assert cpu.reached.any()


# -- the functions that kernels call ---------------------------------------------------------------

FLOATS = np.array([
    0.0, 5e-324, 1e-310, 2.2250738585072014e-308, 1e-300, 2.0**-53, 1e-8, 0.25, 0.5, 0.55, 0.7,
    1 - 2.0**-53, 1.0, 1 + 2.0**-52, 1.5, np.pi / 4, np.pi / 2, 2.0, 3.0, np.pi, 7.0, 22.0, 707.7,
    709.78, 710.13, 745.0, 1e7, np.nextafter(1e7, 2e7), 4503599627370497.0, 1e16, 1e300, 8.9e307,
    np.finfo(float).max, np.inf, np.nan,
])  # fmt: skip


def _inputs():
    """Floats (3, n) and words (6, n): every two special values, and random ones of every size."""
    rng = np.random.default_rng(SEED)
    special = np.concatenate([FLOATS, -FLOATS])
    x, y = (part.ravel() for part in np.meshgrid(special, special))
    z = rng.permutation(x)
    size = 20_000
    drawn = np.concatenate(
        [
            rng.standard_normal((3, size)),
            rng.choice([-1, 1], (3, size)) * 10.0 ** rng.uniform(-320, 308, (3, size)),
            rng.uniform(-720, 720, (3, size)),
            rng.integers(0, 2**64, (3, size), dtype=np.uint64).view(float),
        ],
        axis=1,
    )
    floats = np.ascontiguousarray(np.concatenate([np.stack([x, y, z]), drawn], axis=1))
    words = rng.integers(0, 2**64, (6, floats.shape[1]), dtype=np.uint64)
    words[:, :2] = 0, 2**64 - 1
    return floats, words


def _calls():
    """Each function as (name, its arguments as text, the kinds of its results)."""
    for name, function in FUNCTIONS.items():
        kinds = inspect.get_annotations(function)
        result = kinds.pop("return")
        floats, words = iter("xyz"), iter("abcdef")
        given = [next(floats) if kind is float else next(words) for kind in kinds.values()]
        if name == "rotl":  # by 1 to 63 bits: nothing else is defined in C
            given[1] = "k"
        kinds = getattr(result, "__args__", (result,))
        yield name, given, ["r" if kind is float else "w" for kind in kinds]


def _by_cpp(floats, words, change=lambda text: text):
    """Every function's results as words, (results, n), by the C++ compiler."""
    lines, rows = [], 0
    for name, given, kinds in _calls():
        typed = [f"{cpp.NAMES[kind]} r{rows + i};" for i, kind in enumerate(kinds)]
        results = [f"r{rows + i}" for i in range(len(kinds))]
        called = (
            f"{cpp.called(name)}({', '.join([*given, *(results if len(results) > 1 else [])])});"
        )
        lines += [*typed, called if len(results) > 1 else f"{results[0]} = {called}"]
        lines += [
            f"out[{rows + i} * n + i] = {f'own_bits({r})' if kind == 'r' else r};"
            for i, (r, kind) in enumerate(zip(results, kinds, strict=True))
        ]
        rows += len(kinds)
    columns = [f"double {v} = floats[{i} * n + i];" for i, v in enumerate("xyz")]
    columns += [f"word_t {v} = words[{i} * n + i];" for i, v in enumerate("abcdef")]
    parameters = "double *floats, word_t *words, word_t *out" + "".join(
        [*(f", void *p{i}" for i in range(len(POINTERS) - 3)), ", whole_t n"]
        + [f", whole_t n{i}" for i in range(len(NUMBERS) - 1)]
    )
    body = "\n".join([*columns, "word_t k = (b & 31) + 1;", *lines])
    loop = f"for (whole_t i = 0; i < n; i++) {{\n{body}\n}}"
    entry = f'extern "C" void kernel({parameters}) {{\n{loop}\n}}\n'
    functions = cpp_source.functions(set(FUNCTIONS))
    text = cpp_source.with_constants([cpp_source.prelude(), *functions, entry])
    out = np.empty((rows, floats.shape[1]), dtype=np.uint64)
    pointers = [a.ctypes.data for a in (floats, words, out)] + [None] * (len(POINTERS) - 3)
    compiled(change(text))(*pointers, floats.shape[1], *[0] * (len(NUMBERS) - 1))
    return out


def _by_llvm(floats, words):
    """The same as kernels are compiled."""
    columns = {v: f"state[{i} * count + i]" for i, v in enumerate("xyz")}
    columns |= {v: f"words[{i} * count + i]" for i, v in enumerate("abcdef")}
    columns["k"] = "(b & u64(31)) + u64(1)"
    lines, rows = [f"def kernel({', '.join([*POINTERS, *NUMBERS])}):"], 0
    for name, given, kinds in _calls():
        lines.append("    for i in range(count):")
        lines += [f"        {v} = {columns[v]}" for v in dict.fromkeys(["b", *given])]
        outcome = [f"r{i}" for i in range(len(kinds))]
        lines.append(f"        {', '.join(outcome)} = {name}({', '.join(given)})")
        lines += [
            f"        snapshots[{rows + i} * count + i] = {r if kind == 'r' else f'from_bits({r})'}"
            for i, (r, kind) in enumerate(zip(outcome, kinds, strict=True))
        ]
        rows += len(kinds)
    text = "\n".join(lines)
    machine = target_machine()
    module = optimised(llvm_text.module(text, llvm_text.elementary(FUNCTIONS)), machine)
    out = np.empty((rows, floats.shape[1]), dtype=np.uint64)
    arrays = {"state": floats, "words": words, "snapshots": out}
    link(MachineCode("kernel", 0, machine.emit_object(module)))(
        *[arrays[n].ctypes.data if n in arrays else None for n in POINTERS],
        *[floats.shape[1] if n == "count" else 0 for n in NUMBERS],
    )
    return out


def _rows_that_differ(one, other):
    """Names of the functions whose results differ, all NaNs alike."""
    names = [(name, kind) for name, _, kinds in _calls() for kind in kinds]
    found = set()
    for (name, kind), a, b in zip(names, one, other, strict=True):
        if kind == "r":  # which NaN comes of NaNs is left to the processor; kernels keep one
            nan = np.array([np.nan]).view(np.uint64)
            a, b = (np.where(np.isnan(x.view(float)), nan, x) for x in (a, b))
        if not np.array_equal(a, b):
            found.add(name)
    return found


def test_every_elementary_function_has_the_same_bits_by_both_compilers():
    floats, words = _inputs()
    ours = _by_llvm(floats, words)
    assert not _rows_that_differ(ours, _by_cpp(floats, words))

    def off(text):
        return text.replace("0.1666666666666663", "0.1666666666666653")

    assert _rows_that_differ(ours, _by_cpp(floats, words, off)) == {"sincos", "sin", "cos", "tan"}


def _refined(error, change=lambda text: text):
    """Quotients and roots of the random draws as a GPU makes them, from seeds right to 20 bits."""
    entry = """
    extern "C" void kernel(double *f, double *u, double *seeds, double *out, whole_t n) {
        for (whole_t i = 0; i < n; i++) {
            out[i] = refined_quotient(f[i], f[i] + 2.0, seeds[i]);
            out[n + i] = refined_root(u[i], seeds[n + i]);
        }
    }"""
    file = host_cpp.library(change(cpp_source.prelude()) + entry)
    rng = np.random.default_rng(SEED)
    size = 400_000
    f = rng.uniform(np.sqrt(0.5) - 1, np.sqrt(2) - 1, size)
    f[: size // 2] *= 2.0 ** -rng.integers(0, 53, size // 2)
    f[0] = 0.0
    u = -np.log(rng.uniform(size=size))
    u[: size // 2] *= 2.0 ** -rng.integers(0, 40, size // 2)
    start = np.stack([1 / (f + 2), 1 / np.sqrt(u)])
    start *= 1 + error * rng.uniform(-1, 1, start.shape)
    out = np.empty((2, size))
    pointers = [ctypes.c_void_p(a.ctypes.data) for a in (f, u, start, out)]
    file.kernel(*pointers, ctypes.c_longlong(size))
    return out, np.stack([f / (f + 2), np.sqrt(u)])


def test_refined_quotients_and_roots_are_rounded_as_ieee_wants():
    for error in (0.0, 2.0**-52, 2.0**-21, 2.0**-20):
        outcome, right = _refined(error)
        assert np.array_equal(bits(outcome), bits(right)), error
    short = {"return wide_fma(y, wide_fma(-b, q, a), q);": "return q;"}
    short["return wide_fma(wide_fma(g, -g, x), 0.5 * y, g);"] = "return g;"
    for whole, part in short.items():
        outcome, right = _refined(0.0, lambda text, pair=(whole, part): text.replace(*pair))
        assert (outcome != right).any(1).sum() == 1


# -- what the comparison would notice --------------------------------------------------------------


class Altered(HostCpp):
    """The host's kernels from altered text or other options."""

    def __init__(self, change=lambda text: text, options=host_cpp.OPTIONS):
        super().__init__()
        self.__dict__.update(change=change, options=options)  # the base is frozen

    def engine(self, step, generator="xoshiro", trajectories=None):
        text = self.change(source(step, generator))
        return CpuEngine(step, compiled(text, self.options), 0, WIDTH)


def _run(backend, landscape, dynamics):
    settings = {"steps": STEPS, "trajectories": COUNT, "seed": SEED, "threads": 1}
    return simulate.run(landscape, dynamics, backend=backend, **settings)


def test_a_constant_off_by_a_few_bits_is_noticed():
    case = landscapes.quartic_well(), simulate.Ito(beta=5, dt=0.01, noise="stable", alpha=1.5)
    constant, wrong = "0.1666666666666663", "0.1666666666666653"  # of a sine
    cpu = _run("cpu", *case)
    assert not differing(cpu, _run(Altered(), *case))
    altered = Altered(lambda text: text.replace(constant, wrong))
    assert "state" in differing(cpu, _run(altered, *case))


def test_contracted_arithmetic_is_noticed():
    """Nearly all products are fused in the text itself; what is left are sums over a batch."""
    facts = Path("/proc/cpuinfo")
    if not facts.exists() or " fma " not in facts.read_text().replace("\n", " "):
        pytest.skip("this processor has no fused multiply-add that is known of")
    case = landscapes.logistic_regression(), simulate.SGD(learning_rate=0.1, batch_size=3)
    kept = [o for o in host_cpp.OPTIONS if not o.startswith(("-O", "-ffp"))]
    fused = Altered(options=("-O2", "-mfma", "-ffp-contract=fast", *kept))
    assert "state" in differing(_run("cpu", *case), _run(fused, *case))


# -- the list of cases -----------------------------------------------------------------------------


def test_every_dynamics_has_a_case_for_each_of_its_options():
    for name, options in unset_options().items():
        pytest.fail(
            f"{name} is a dynamics without a case that sets {', '.join(sorted(options)) or 'it'}; "
            "give it constructor arguments in OPTIONS of cases.py."
        )


@pytest.mark.slow
def test_every_pair_occurs_or_is_refused_by_the_package():
    outcome = schedule()
    assert not outcome.covered & outcome.impossible
    seen = Counter(pair[::2] for pair in outcome.covered)
    refused = Counter(pair[::2] for pair in outcome.impossible)
    print(f"{len(outcome.chosen)} cases; pairs: {dict(seen)}, refused: {dict(refused)}")
    count = {
        "landscape": len(LANDSCAPES), "dynamics": len(DYNAMICS), "mechanism": len(MECHANISMS),
        "form": 5, "kind": 2, "generator": 2,
    }  # fmt: skip
    for a, b in {**seen, **refused}:
        shipped = {"landscape": len(landscapes.ZOO)} if (a, b) == ("landscape", "dynamics") else {}
        assert seen[a, b] + refused[a, b] == (count | shipped)[a] * count[b], (a, b)
    # what is refused is refused by a landscape, and bridges and jumps by a dynamics: nothing else
    assert {pair[::2] for pair in outcome.impossible} <= {
        ("landscape", "dynamics"), ("dynamics", "form"), ("mechanism", "kind"),
        ("mechanism", "generator"),
    }  # fmt: skip
    for a, one, _, other in outcome.impossible:
        if a == "dynamics":
            assert other == "bridged passage"
        if a == "mechanism":
            kind, options = MECHANISMS[one]
            assert "stable" in options.values()
            with pytest.raises(ValueError, match="stable"):
                kind(**options)


def test_a_covering_holds_every_pair_that_is_allowed():
    values = {"a": range(5), "b": range(4), "c": range(3)}
    combos = [(f"a{i}", f"b{j}", f"c{k}") for i in range(5) for j in range(4) for k in range(3)]

    def pairs_of(combo):
        return value_pairs(dict(zip(values, combo, strict=True)))

    def allowed(combo):
        return combo[:2] != ("a0", "b0") and combo != ("a1", "b1", "c1")

    outcome = covering(combos, pairs_of, allowed)
    wanted = set().union(*(pairs_of(combo) for combo in combos if allowed(combo)))
    assert outcome.covered == wanted
    assert set().union(*map(pairs_of, outcome.chosen)) == wanted
    assert outcome.impossible == {("a", "a0", "b", "b0")}
    assert all(map(allowed, outcome.chosen))
    assert len(outcome.chosen) <= 24  # of 60; no fewer than 19
