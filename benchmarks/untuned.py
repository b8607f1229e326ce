"""Two systems for which nothing was tuned, against C++ that clang compiles from the same text.

The C++ has the same rules of rounding (no contraction, no fast-math), so that the bits are equal.
It is written in two forms, of which the faster one counts: loops over the lanes of a block, which
a compiler can turn into vector code, and one trajectory after the other.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from .compilers import library
from .timing import Contender

if TYPE_CHECKING:
    from driftscape.simulate.backends.codegen.kernel import Kernel
    from driftscape.simulate.backends.codegen.stepkey import StepKey
    from driftscape.simulate.backends.cpu.backend import CpuEngine
    from driftscape.simulate.step import Step

    from .curves.curve import System

TRAJECTORIES = 1024
#: nothing here changes a rounding
OPTIONS = (
    "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math", "-mprefer-vector-width=512",
)  # fmt: skip


def loss() -> System:
    """Return a loss of 3 coordinates and two samples, with tanh and log, and its SGD."""
    from driftscape import simulate
    from driftscape.landscapes import Landscape, Normal

    landscape = Landscape.from_loss(
        "(tanh(x*a + y) - z*b)**2/2 + log(1 + (x - a)**2 + y**2)**2/4 + (x**2 + y**2 + z**2)/20",
        coordinates="x y z", samples={"a": Normal(0, 1), "b": Normal(1, 0.5)}, name="untuned loss",
    )  # fmt: skip
    return landscape, simulate.SGD(learning_rate=0.05)


def potential() -> System:
    """Return a potential of 6 coordinates whose diffusion depends on them, and its dynamics."""
    from driftscape import simulate
    from driftscape.landscapes import Landscape

    landscape = Landscape.from_potential(
        "(p**2 - 1)**2/4 + (q**2 - 1)**2/4 + (r**2 + s**2 + u**2)/2 + v**4/4"
        " + (p*q + q*r + r*s + s*u + u*v)/4 + exp(-p**2 - v**2)/2",
        coordinates="p q r s u v",
        diffusion=[
            "1 + p**2/4",
            "1 + q**2/4",
            "1/(1 + r**2)",
            "1 + s**2*u**2/8",
            "1",
            "2 + sin(v)",
        ],
        name="untuned potential",
    )
    return landscape, simulate.Ito(beta=2, dt=0.005)


SYSTEMS = {"loss of 3 coordinates": loss, "potential of 6 coordinates": potential}


@dataclass(frozen=True)
class CppBackend:
    """A backend of kernels in C++, with loops over `lanes`, or for one lane after the other."""

    lanes: int | None
    name: str = "cpu"  # what a dataset records

    def engine(
        self, step: Step, generator: str = "xoshiro", trajectories: int | None = None
    ) -> CpuEngine:
        """Compile the step."""
        from driftscape.simulate.backends.codegen.stepkey import StepKey
        from driftscape.simulate.backends.cpu.backend import CpuEngine

        return CpuEngine(step, *_compiled(StepKey(step), self.lanes, generator))


@lru_cache(maxsize=8)
def _compiled(
    key: StepKey, lanes: int | None, generator: str
) -> tuple[Callable[..., None], int, int]:
    """Return the kernel of a step, the rows of its scratch array and the lanes of a block."""
    from driftscape.simulate.backends.codegen.kernel import WIDTH, kernel_source
    from driftscape.simulate.backends.cpp import source
    from driftscape.simulate.backends.cpu.link import PROTOTYPE

    if lanes is None:
        text, rows = source.source(key.step, generator), 0
    else:
        kernel = kernel_source(key.step, lanes, generator)
        text, rows = blocks(kernel), kernel.rows
    return PROTOTYPE(("kernel", library(text, *OPTIONS))), rows, lanes or WIDTH


def blocks(kernel: Kernel) -> str:
    """Return the C++ of a kernel with its loops over lanes."""
    from driftscape.simulate.backends.codegen.kernel import NUMBERS, POINTERS
    from driftscape.simulate.backends.cpp import source
    from driftscape.simulate.backends.cpp.expressions import Expressions, Typed
    from driftscape.simulate.backends.cpp.prelude import prelude
    from driftscape.simulate.backends.cpp.text import Statements

    class Rows(Expressions):
        """Expressions in which ``W[row, l]`` is a number of the scratch array."""

        def _subscript(self, node: ast.Subscript) -> Typed:
            if not isinstance(node.slice, ast.Tuple):
                return super()._subscript(node)
            row, lane = (self(part).text for part in node.slice.elts)
            return Typed(f"W[{row}][{lane}]", "r")

    class Blocks(Statements):
        expressions = Rows
        width = 0

        def _assign(self, node: ast.Assign) -> None:
            if ast.unparse(node.targets[0]) != "W":
                super()._assign(node)
            elif isinstance(node.value, ast.Call):
                self.width = ast.literal_eval(node.value.args[1])[1]

    (node,) = ast.parse(kernel.text).body
    assert isinstance(node, ast.FunctionDef)
    known = {name: function.results for name, function in source._library(False).items()}
    text = Blocks(known)
    text.kinds |= {n: {"f": "r", "u": "w", "i": "i"}[kind[0]] for n, kind in POINTERS.items()}
    text.kinds |= dict.fromkeys(NUMBERS, "i")
    text.body(node.body)
    pointers = [f"{source._TYPES[kind]} *__restrict__ {name}" for name, kind in POINTERS.items()]
    given = ", ".join([*pointers, *(f"whole_t {name}" for name in NUMBERS)])
    body = f"    auto W = (double (*)[{text.width}])scratch;\n{text.whole()}"
    entry = f'extern "C" void kernel({given}) {{\n{body}}}\n'
    return source.with_constants([prelude(), *source.functions(kernel.used), entry])


def contenders(make: Callable[[], System], quick: bool) -> list[Contender]:
    """Return this package's run of a system, and that of both forms of C++; one thread."""
    from driftscape import simulate

    (landscape, dynamics), steps = make(), 500 if quick else 20_000

    def contender(name: str, backend: str | CppBackend) -> Contender:
        def run() -> np.ndarray:
            result = simulate.run(
                landscape, dynamics, steps=steps, trajectories=TRAJECTORIES, seed=1, keep="final",
                threads=1, progress=False, backend=backend,
            )  # fmt: skip
            return result["final"].values.T

        return Contender(name, run, TRAJECTORIES * steps)

    return [
        contender("driftscape", "cpu"),
        contender("C++ with loops over lanes", CppBackend(64)),
        contender("C++, one trajectory after the other", CppBackend(None)),
    ]
