"""Count scalar math calls in the assembly of every shipped kernel.

A single call of libm inside a vectorised loop makes the loop scalar and costs a factor of four.
The test is stricter than the promise: the whole kernel may contain no such call and no call of a
compiled function that was not inlined, and it must use vector registers everywhere.
"""

import re
from typing import Any

from .timing import Unavailable

_VECTOR = re.compile(r"%[yz]mm\d+")
_FEWEST_VECTORS = 100  # scalar kernels hold about 10, the smallest of ours 700

# every function of the formula language at once
EVERYTHING = (
    "x**2/2 + ("
    + " + ".join(
        "exp(-x**2) log(1+x**2) sin(x) cos(2*x) tan(x/9) tanh(x) sqrt(1+x**2) (1+x**2)**1.3 "
        "(1+x**2)**2.5 "
        "atan(x) erf(x) abs(x) sign(x) min(x,1) max(x,0) where(x>0,x,0)".split()
    )
    + ")/100"
)


def kernels() -> dict[str, Any]:
    """Return the steps of all shipped landscapes, and of one with every function."""
    from driftscape import landscapes, simulate

    dynamics = {
        "SGD": simulate.SGD(learning_rate=0.05),
        "SGD, batch of 3": simulate.SGD(learning_rate=0.05, batch_size=3),
        "Ito": simulate.Ito(beta=1, dt=0.01),
        "gradient flow": simulate.GradientFlow(dt=0.01, beta=1),
    }
    everything = landscapes.Landscape.from_potential(
        EVERYTHING, coordinates="x", name="every function"
    )
    steps = {}
    for landscape in [*(maker() for maker in landscapes.ZOO.values()), everything]:
        for name, how in dynamics.items():
            try:
                steps[f"{landscape.name}, {name}"] = how.step(landscape)
            except ValueError:
                continue  # this landscape has no such dynamics: SGD where the drift needs beta
    return steps


def measure() -> tuple[int, list[str]]:
    """Return the number of kernels and the calls found in them."""
    from driftscape.simulate.backends.cpu.compile import assembly, outside_calls

    if not {"exp", "log"} <= outside_calls(_naive_assembly()):
        raise Unavailable(
            "on this machine the search does not see naive Numba's calls of exp and log"
        )
    found = []
    steps = kernels()
    for name, step in steps.items():
        text = assembly(step)
        if calls := outside_calls(text):
            found.append(f"{name}: calls {', '.join(sorted(calls))}")
        vectors = len(_VECTOR.findall(text))
        if vectors < _FEWEST_VECTORS:
            found.append(f"{name}: {vectors} uses of vector registers")
    return len(steps), found


def _naive_assembly() -> str:
    """Return machine code with a call of libm, to test the search."""
    import numpy as np

    from .naive import _fit

    _fit(np.empty((1, 1)), 1, np.zeros(1))
    return "".join(_fit.inspect_asm().values())
