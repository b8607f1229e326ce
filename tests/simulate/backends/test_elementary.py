"""Elementary functions and random words: error bounds, limits, vector code, known answers."""

import ast
import inspect
import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import mpmath
import numpy as np
import pytest
from llvmlite import binding
from scipy import stats

from driftscape.simulate.backends.cache import MachineCode
from driftscape.simulate.backends.codegen.kernel import NUMBERS, POINTERS
from driftscape.simulate.backends.cpu.backend import _aligned
from driftscape.simulate.backends.cpu.compile import optimised
from driftscape.simulate.backends.cpu.link import link
from driftscape.simulate.backends.cpu.target import target_machine
from driftscape.simulate.backends.cpu.text import module, translated
from driftscape.simulate.backends.primitives.table import (
    ACCURACY,
    FUNCTIONS,
    INTRINSICS,
    closure,
    source,
)

INF, NAN = np.inf, np.nan
POINTS = 400  # of each range, in the accuracy tests

#: Parts of other functions, tested as such.
INNER = {"clamp", "shifted_back", "half_power_of_two", "exp_reduced", "half_exp", "atan_quadrant"}
INNER |= {"rotl", "sincos_eighth", "philox_round"}


# -- a compiled loop over lanes, as the kernels write it --------------------------------------


def compile_lanes(name, text):
    """Compile ``snapshots[:, i] = name(*state[:, i])``, 64 lanes at a time, from source `text`.

    The scratch array holds every row, so that the lane loop needs no scalar twin: whatever scalar
    arithmetic the machine code holds is then a loop that did not vectorise.  Rows are floats; words
    travel as their bit patterns.
    """
    kinds = inspect.get_annotations(FUNCTIONS[name])
    result = kinds.pop("return")
    inputs, outputs = list(kinds.values()), list(getattr(result, "__args__", [result]))
    rows, first = len(inputs) + len(outputs), len(inputs)
    read = [f"W[{i}, l]" if k is float else f"bits(W[{i}, l])" for i, k in enumerate(inputs)]
    write = [f"r{i}" if k is float else f"from_bits(r{i})" for i, k in enumerate(outputs)]
    results = ", ".join(f"r{i}" for i in range(len(outputs)))
    lines = [
        f"def kernel({', '.join([*POINTERS, *NUMBERS])}):",
        f"    W = carray(scratch, ({rows}, 64))",
        "    for block in range(first, last):",
        "        for l in range(64):",
        *[f"            W[{i}, l] = state[{i} * count + block * 64 + l]" for i in range(first)],
        "        for repeat in range(every):",
        "            for l in range(64):",
        f"                {results} = {name}({', '.join(read)})",
        *[f"                W[{first + i}, l] = {value}" for i, value in enumerate(write)],
        "        for l in range(64):",
        *[
            f"            snapshots[{i} * count + block * 64 + l] = W[{first + i}, l]"
            for i in range(len(outputs))
        ],
    ]
    machine = target_machine()
    compiled = optimised(module("\n".join(lines), translated(text)), machine)
    code = MachineCode("kernel", rows, machine.emit_object(compiled))
    return Lanes(link(code), str(machine.emit_assembly(compiled)), inputs, outputs, rows)


class Lanes(NamedTuple):
    """A compiled function: its kernel, machine code, kinds of arguments and results, rows."""

    kernel: Callable
    machine: str
    inputs: list
    outputs: list
    rows: int


compiled = lru_cache(maxsize=None)(lambda name: compile_lanes(name, source([name])))


def run(name, *arguments, lanes=None):
    """Values of the function on arrays; a tuple of arrays if it returns several."""
    kernel, _, inputs, outputs, rows = lanes or compiled(name)
    columns = [
        np.atleast_1d(np.asarray(a, dtype=float if kind is float else np.uint64))
        for a, kind in zip(arguments, inputs, strict=True)
    ]
    count = len(columns[0])
    x = np.zeros((len(inputs), -(-count // 64) * 64))
    for row, column in zip(x, columns, strict=True):
        row[:count] = column.view(np.float64)
    y, scratch = np.empty((len(outputs), x.shape[1])), _aligned(rows * 64)
    arrays = {"state": x, "snapshots": y, "scratch": scratch}
    numbers = {"count": x.shape[1], "every": 1, "last": x.shape[1] // 64}
    kernel(
        *[arrays[n].ctypes.data if n in arrays else None for n in POINTERS],
        *[numbers.get(n, 0) for n in NUMBERS],
    )
    results = [
        row[:count] if kind is float else row[:count].view(np.uint64)
        for row, kind in zip(y, outputs, strict=True)
    ]
    return results[0] if len(results) == 1 else tuple(results)


def test_the_subset_is_the_one_that_a_printer_can_translate():
    allowed = (
        *(ast.FunctionDef, ast.arguments, ast.arg, ast.Return, ast.Assign, ast.Expr, ast.Name),
        *(ast.Load, ast.Store, ast.Tuple, ast.Constant, ast.Call, ast.BinOp, ast.UnaryOp, ast.USub),
        *(ast.Compare, ast.IfExp, ast.Subscript, ast.operator, ast.cmpop, ast.Module),
    )
    known = set(INTRINSICS) | {"u64", "f64", "tuple"}
    for name, function in FUNCTIONS.items():
        tree = ast.parse(inspect.getsource(function))
        for node in ast.walk(tree):
            assert isinstance(node, allowed), (name, ast.dump(node))
            if isinstance(node, ast.Call):  # only what stands above: C wants that order
                assert node.func.id in known, (name, node.func.id)
        definition = tree.body[0]
        assert definition.returns is not None
        assert all(argument.annotation is not None for argument in definition.args.args)
        assert not definition.decorator_list
        known.add(name)


def test_closure_is_transitive_and_ordered_and_refuses_strangers():
    names = [function.__name__ for function in closure(["tan", "exp"])]
    assert names == [
        "clamp",
        "shift_to_whole",
        "shifted_back",
        "half_power_of_two",
        "exp_reduced",
        "half_exp",
        "exp",
        "sincos",
        "tan",
    ]
    assert closure(["exp", "tan"]) == closure(["tan", "exp"])
    assert source(["rotl"]).startswith("def rotl(")
    with pytest.raises(KeyError, match="sinc"):
        closure(["sinc"])


# -- accuracy ------------------------------------------------------------------------------------

HALF_PI = [float(n * mpmath.mpf("1.57079632679489661923132169163975144")) for n in range(-40, 41)]
FAR_PI = [float(mpmath.mpf(n) * mpmath.pi / 2) for n in (10**6 + 1, 6_366_197, 5_419_351, 122_925)]
ONE = [1.0, 1 - 2**-53, 1 + 2**-52]

#: name -> (mpmath function, ranges to draw from, points of their own)
REFERENCE = {
    "exp": (mpmath.exp, [(-707.7, 709.7), (-1, 1), (-1e-5, 1e-5)], [709.78, -707.7, 0.34657359]),
    "sinh": (mpmath.sinh, [(-710.1, 710.1), (-3, 3), (-1, 1), (0.99, 1.5)], [*ONE, 1e-300]),
    "cosh": (mpmath.cosh, [(-710.1, 710.1), (-3, 3), (-1, 1)], [*ONE, 1e-300]),
    "tanh": (mpmath.tanh, [(-20, 20), (-1, 1), (0.5, 0.7), (-0.1, 0.1)], [0.55, 22.0, 1e-300]),
    "log": (
        mpmath.log,
        [(0, 1), (0.6, 1.6), (0.99, 1.01), (0, 1e-307), (0, 1e308)],
        [*ONE, 5e-324],
    ),
    "log1p": (mpmath.log1p, [(-1, 1), (-1e-3, 1e-3), (1, 1e6)], [1e-300, -1 + 2**-53]),
    "minus_log": (
        lambda x: -mpmath.log(x),
        [(0, 1), (0.6, 1), (0.99, 1)],
        [1 - 2**-53, 2**-53, 2.0**-39],
    ),
    "sin": (mpmath.sin, [(-4, 4), (-100, 100), (-1e7, 1e7)], [*HALF_PI, *FAR_PI, 1e7]),
    "cos": (mpmath.cos, [(-4, 4), (-100, 100), (-1e7, 1e7)], [*HALF_PI, *FAR_PI, 1e7]),
    "tan": (mpmath.tan, [(-4, 4), (-100, 100), (-1e7, 1e7)], [*HALF_PI, *FAR_PI, 1e7]),
    "atan": (mpmath.atan, [(-0.5, 0.5), (0.49, 0.6), (-3, 3), (-1e3, 1e3)], [*ONE, 0.5, 1e300]),
    "asin": (mpmath.asin, [(-1, 1), (-0.1, 0.1), (0.4, 0.5), (0.99, 1)], [1.0, -1.0, 1 - 2**-53]),
    "acos": (mpmath.acos, [(-1, 1), (0.5, 0.6), (0.99, 1), (-1, -0.99)], [1.0, -1.0, 1 - 2**-53]),
    "erf": (mpmath.erf, [(-1, 1), (0.9, 2), (-6.5, 6.5)], [*ONE, 6.0, 5.9, 1e-300]),
    "pow": (mpmath.power, [], []),
    "atan2": (mpmath.atan2, [], []),
}


def arguments_of(name, rng):
    """Arrays of arguments on which `name` is measured."""
    if name == "atan2":
        y, x = rng.normal(size=(2, 4 * POINTS)) * 10.0 ** rng.uniform(-6, 6, (2, 4 * POINTS))
        return y, x
    if name == "pow":
        size = np.exp(np.concatenate([rng.uniform(-w, w, POINTS) for w in (700, 20, 0.35, 0.01)]))
        x = np.concatenate([size, -size[:POINTS], [1 + 2**-52, 1 - 2**-53, 5e-324, 1e308]])
        y = rng.uniform(-707, 709, len(x)) / np.log(np.abs(x))
        y[len(size) : len(size) + POINTS] = np.trunc(y[:POINTS])
        return x, y
    _, ranges, own = REFERENCE[name]
    return (np.concatenate([own, *[rng.uniform(low, high, POINTS) for low, high in ranges]]),)


def excess(name, rng, lanes=None):
    """Largest error over the bound of `ACCURACY`; 1 or less is a pass."""
    bound, arguments = ACCURACY[name], arguments_of(name, rng)
    values = run(name, *arguments, lanes=lanes)
    worst = 0.0
    with mpmath.workprec(160):
        for value, *point in zip(values.tolist(), *map(np.ndarray.tolist, arguments), strict=True):
            exact = REFERENCE[name][0](*map(mpmath.mpf, point))
            nearest = float(exact)
            allowed = bound.ulp * float(np.spacing(abs(nearest)))
            allowed += bound.shift * abs(point[0]) * (1 + nearest * nearest)
            worst = max(
                worst, abs(float(mpmath.mpf(value) - exact)) / allowed if value == value else INF
            )
    return worst


def test_every_bound_is_measured():
    assert set(REFERENCE) == set(ACCURACY)


@pytest.mark.fast_cases("minus_log", "log", "log1p")
@pytest.mark.parametrize("name", ACCURACY)
def test_error_stays_within_the_stated_bound(name, rng):
    assert excess(name, rng) <= 1


@pytest.mark.fast_cases("atan", "sin")
@pytest.mark.parametrize("name", ["exp", "sinh", "tanh", "log", "pow", "sin", "atan", "erf"])
def test_the_bound_rejects_a_last_coefficient_off_by_a_tenth(name, rng):
    text = source([name])
    start, end = [m.span(1) for m in re.finditer(r"(\S+),\n    \)", text)][-1]
    wrong = text[:start] + repr(1.1 * float(text[start:end])) + text[end:]
    assert excess(name, rng, lanes=compile_lanes(name, wrong)) > 1


# -- limits --------------------------------------------------------------------------------------

LIMITS = {
    "exp": [(-INF, 0), (INF, INF), (-745, 0), (709.79, INF), (0, 1), (-708.5, 0), (1e308, INF)],
    "sinh": [(-INF, -INF), (INF, INF), (0, 0), (-720, -INF), (720, INF)],
    "cosh": [(-INF, INF), (INF, INF), (0, 1), (-720, INF), (720, INF)],
    "tanh": [(-INF, -1), (INF, 1), (0, 0), (30, 1), (1e308, 1)],
    "log": [(0, -INF), (-0.0, -INF), (-1, NAN), (-5e-324, NAN), (-INF, NAN), (INF, INF), (1, 0)],
    "log1p": [(-1, -INF), (-1.1, NAN), (INF, INF), (0, 0), (1e-320, 1e-320)],
    "sin": [(INF, NAN), (-INF, NAN), (1.00001e7, NAN), (-2e7, NAN), (0, 0), (5e-324, 5e-324)],
    "cos": [(INF, NAN), (-INF, NAN), (1.00001e7, NAN), (-2e7, NAN), (0, 1)],
    "tan": [(INF, NAN), (-INF, NAN), (1.00001e7, NAN), (-2e7, NAN), (0, 0)],
    "atan": [(-INF, -np.pi / 2), (INF, np.pi / 2), (0, 0), (1e-320, 1e-320), (1, np.pi / 4)],
    "asin": [(1, np.pi / 2), (-1, -np.pi / 2), (1.1, NAN), (-1.1, NAN), (INF, NAN), (0, 0)],
    "acos": [(1, 0), (-1, np.pi), (1 + 2**-52, NAN), (-1.1, NAN), (-INF, NAN), (0, np.pi / 2)],
    "erf": [(-INF, -1), (INF, 1), (7, 1), (0, 0)],
    "sign": [(-INF, -1), (3, 1), (0, 0), (-0.0, 0), (5e-324, 1)],
    "heaviside": [(-INF, 0), (3, 1), (0, 0.5), (-0.0, 0.5), (5e-324, 1)],
}


@pytest.mark.parametrize("name", LIMITS)
def test_limits(name):
    x, expected = np.array(LIMITS[name]).T
    np.testing.assert_array_equal(run(name, x), expected)
    assert np.isnan(run(name, [NAN, -NAN])).all()


EDGES = np.array([NAN, INF, -INF, 0.0, -0.0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, 5e-324, 1e16, 1e300])


@pytest.mark.parametrize(
    ("name", "reference"),
    [("pow", np.power), ("atan2", np.arctan2), ("minimum", np.minimum), ("maximum", np.maximum)],
)
def test_two_arguments_treat_the_edges_as_numpy_does(name, reference):
    x, y = (a.ravel() for a in np.meshgrid(EDGES, EDGES))
    if name == "pow":  # (-inf)**0.5 is inf in C and NaN here; results below 2**-1021 are 0 here
        keep = ~((x == -INF) & (np.rint(y) != y)) & ~((np.abs(x) == 5e-324) & (np.abs(y) <= 1))
        x, y = x[keep], y[keep]
    if name == "atan2":
        keep = ~(np.isinf(x) & np.isinf(y))
        x, y = x[keep], y[keep]
    with np.errstate(all="ignore"):
        expected = reference(x, y)
    value = run(name, x, y)
    np.testing.assert_allclose(value, expected, rtol=1e-15, atol=0)
    if name in {"pow", "atan2"}:
        number = ~np.isnan(expected)
        np.testing.assert_array_equal(np.signbit(value[number]), np.signbit(expected[number]))


# -- vector code ---------------------------------------------------------------------------------


@pytest.mark.fast_cases("heaviside", "sign", "acos")
@pytest.mark.skipif(
    not {"avx2", "fma"} <= {k for k, on in binding.get_host_cpu_features().items() if on},
    reason="needs an x86 processor with AVX2 and FMA",
)
@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name not in INNER])
def test_the_lane_loop_is_vector_code(name):
    body = compiled(name).machine
    assert len(re.findall("[yz]mm", body)) > 16
    assert re.findall(r"\b\w*(?:add|sub|mul|div|sqrt)\d*sd\b", body) == []
    library = r"\b(exp|log|log1p|pow|sin|cos|tan|sinh|cosh|tanh|atan2?|erf|fma|rint|floor)\b"
    assert re.findall(rf"(?:call|jmp|movabs)\w*\s+\S*{library}", body) == []


# -- random words --------------------------------------------------------------------------------

WORDS = 600_000
ENDS = np.array([0, 2**64 - 1, 2**63, 2**63 - 1, 1, 2**26 - 1, 2**26], dtype=np.uint64)


@pytest.fixture
def words(rng):
    return rng.integers(0, 2**64, WORDS, dtype=np.uint64)


def test_xoshiro_gives_the_published_words():
    state, seen = [1, 2, 3, 4], []
    for _ in range(5):
        word, *state = (column[0] for column in run("xoshiro256", *state))
        seen.append(int(word))
    assert seen == [
        41943041,
        58720359,
        3588806011781223,
        3591011842654386,
        9228616714210784205,
    ]


def test_splitmix_gives_the_published_words():
    golden = 0x9E3779B97F4A7C15
    states = [(1234567 + i * golden) % 2**64 for i in range(2)]
    assert run("splitmix64", states).tolist() == [6457827717110365317, 3203168211198807973]


@pytest.mark.parametrize(
    ("counter", "key", "answer"),
    [
        (
            "00000000 00000000 00000000 00000000",
            "00000000 00000000",
            "6627e8d5e169c58d bc57ac4c9b00dbd8",
        ),
        (
            "ffffffff ffffffff ffffffff ffffffff",
            "ffffffff ffffffff",
            "408f276d41c83b0e a20bc7c66d5451fd",
        ),
        (
            "243f6a88 85a308d3 13198a2e 03707344",
            "a4093822 299f31d0",
            "d16cfe0994fdcceb 5001e42024126ea1",
        ),
    ],
)
def test_philox_gives_the_known_answers_of_random123(counter, key, answer):
    arguments = [int(word, 16) for word in (counter + " " + key).split()]
    assert [f"{out[0]:016x}" for out in run("philox4x32_10", *arguments)] == answer.split()


def moment_scores(normals):
    """Standard scores of the first four moments and the sixth against those of N(0, 1)."""
    exact = {1: (0, 1), 2: (1, 2), 3: (0, 15), 4: (3, 96), 6: (15, 10170)}  # mean, variance
    powers = {k: np.mean(normals**k) for k in exact}
    return np.array([(powers[k] - m) / np.sqrt(v / normals.size) for k, (m, v) in exact.items()])


def joint_score(first, second, law=stats.norm, cells=16):
    """Standard score of chi squared on a grid of equally likely cells."""
    index = [np.minimum(law.cdf(n) * cells, cells - 1).astype(int) for n in (first, second)]
    counts = np.bincount(index[0] * cells + index[1], minlength=cells**2)
    chi2 = stats.chisquare(counts).statistic
    return (chi2 - (cells**2 - 1)) / np.sqrt(2 * (cells**2 - 1))


def test_normals_are_normal_and_a_scale_off_by_a_hundredth_is_not(words):
    normals = np.concatenate(run("normal_pair", words))
    assert np.abs(moment_scores(normals)).max() < 4
    assert stats.kstest(normals, "norm", method="asymp").pvalue > 1e-3
    assert np.abs(moment_scores(1.01 * normals)).max() > 8
    assert stats.kstest(1.01 * normals, "norm", method="asymp").pvalue < 1e-5


def test_the_two_normals_of_a_word_are_independent_and_a_leak_of_a_fiftieth_is_not(words):
    first, second = run("normal_pair", words)
    scale = np.sqrt(WORDS)
    assert abs(np.mean(first * second)) * scale < 4
    assert abs(np.mean((first**2 - 1) * (second**2 - 1))) / 2 * scale < 4
    assert abs(joint_score(first, second)) < 4
    leaked = (0.02 * first + second) / np.hypot(1, 0.02)
    assert abs(np.mean(first * leaked)) * scale > 8
    assert joint_score(first, leaked) > 8


def test_no_word_gives_an_infinite_normal():
    normals = np.concatenate(run("normal_pair", ENDS))
    assert np.isfinite(normals).all()
    assert np.abs(normals).max() < 7.4


def test_uniforms_lie_strictly_inside(words):
    uniforms = run("uniform", words)
    assert stats.kstest(uniforms, "uniform", method="asymp").pvalue > 1e-3
    ends = run("uniform", ENDS)
    assert ends[0] == 2.0**-53
    assert ends[1] == 1 - 2.0**-53


def test_exponentials_are_positive_of_mean_one(words):
    draws = run("exponential", words)
    assert stats.kstest(draws, "expon", method="asymp").pvalue > 1e-3
    assert stats.kstest(1.01 * draws, "expon", method="asymp").pvalue < 1e-3
    ends = run("exponential", ENDS)
    assert (ends > 0).all()
    assert np.isfinite(ends).all()


def test_rademacher_takes_the_top_bit(words):
    signs = run("rademacher", words)
    np.testing.assert_array_equal(signs, np.where(words >> np.uint64(63), -1.0, 1.0))
    assert abs(signs.mean()) * np.sqrt(WORDS) < 4


def test_philox_words_can_be_reached_by_their_number():
    """Word k of stream b under key c is half k % 2 of the Philox pair number k // 2."""
    b, c = 0x0123456789ABCDEF, 0xFEDCBA9876543210
    halves = [b & 0xFFFFFFFF, b >> 32, c & 0xFFFFFFFF, c >> 32]
    for k in (0, 1, 6, 7, 2**33 + 1):
        counter = [[v] for v in (k // 2 & 0xFFFFFFFF, k // 2 >> 32, *halves)]
        pair = run("philox4x32_10", *(np.array(v, dtype=np.uint64) for v in counter))
        word, after, *_ = run(
            "philox_word", *(np.array([v], dtype=np.uint64) for v in (k, b, c, 0))
        )
        assert word[0] == pair[k % 2][0]
        assert after[0] == k + 1


def test_the_probability_of_no_crossing():
    t = np.concatenate([np.linspace(0, 50, 5001), 10.0 ** np.linspace(-20, 1.6, 500)])
    found, right = run("uncrossed", t), [float(-mpmath.expm1(-mpmath.mpf(v))) for v in t]
    assert np.abs(found - right).max() < 1.5 * 2.0**-53
    assert found[0] == 0
    assert found[5000] == 1


def test_a_shift_rounds_to_whole_numbers_and_holds_their_bits():
    x = np.concatenate([np.arange(-10, 10, 0.25), [2.0**48 + 0.25, -(2.0**48) - 0.75, np.nan]])
    shifted = run("shift_to_whole", x, np.full(len(x), 2.0))
    np.testing.assert_array_equal(run("shifted_back", shifted), np.rint(2 * x))
    low = (shifted[:-1].view(np.int64) << 13) >> 13  # the low 51 bits, with their sign
    np.testing.assert_array_equal(low, np.rint(2 * x[:-1]))


def test_nothing_is_left_untested():
    words = {"xoshiro256", "splitmix64", "philox4x32_10", "normal_pair", "uniform"}
    words |= {"exponential", "rademacher", "philox_word", "shift_to_whole"}
    words |= {"uncrossed"}
    assert set(FUNCTIONS) == (
        INNER | words | set(ACCURACY) | set(LIMITS) | {"minimum", "maximum", "sincos"}
    )
