"""Other packages on the same systems, one thread, each as its documentation recommends.

A package that is not installed gives a row "not run".
"""

import os
import tempfile
from collections.abc import Callable
from typing import Any

import numpy as np

from .timing import Contender, Unavailable
from .workloads import Workload


def _need(*names: str) -> list[Any]:
    import importlib

    try:
        return [importlib.import_module(name) for name in names]
    except ImportError as error:
        raise Unavailable(f"{error.name or names[0]} is not installed") from None


def jax_loop(work: Workload, trajectories: int, steps: int) -> Contender:
    """JAX: a hand-written fori_loop over steps, float64, threefry."""
    jax, jnp = _need("jax", "jax.numpy")
    jax.config.update("jax_enable_x64", True)

    def screw(state: Any, x: Any) -> Any:
        u, v, z = state
        cos, sin, r = jnp.cos(z), jnp.sin(z), x[0] * 0.5**0.5
        p, q = cos * u + sin * v, cos * v - sin * u
        gu, gv, gz = (
            u + p * cos + r * (cos + sin),
            v + p * sin + r * (sin - cos),
            p * q + r * (p + q),
        )
        return u - 0.05 * gu, v - 0.05 * gv, z - 0.05 * gz

    def well(state: Any, x: Any) -> Any:
        b = _well_drift(jnp.exp, *state)
        return tuple(s + 0.01 * c + 0.02**0.5 * n for s, c, n in zip(state, b, x, strict=True))

    def fit(state: Any, x: Any) -> Any:
        return (state[0] - 0.025 * (1 - x[0] ** 2 * jnp.exp(-state[0])),)

    step, noises = {"W1": (screw, 1), "W2": (well, 2), "W4": (fit, 1)}[work.name]

    def body(_: Any, carry: Any) -> Any:
        key, state = carry
        key, sub = jax.random.split(key)
        return key, step(state, jax.random.normal(sub, (noises, trajectories), dtype=jnp.float64))

    @jax.jit
    def loop(key: Any) -> Any:
        state = tuple(jnp.full(trajectories, x) for x in work.start)
        return jnp.stack(jax.lax.fori_loop(0, steps, body, (key, state))[1])

    key = jax.random.key(0)
    return Contender("JAX", lambda: np.asarray(loop(key)), trajectories * steps)


def _well_drift(exp: Callable[[Any], Any], x: Any, y: Any) -> tuple[Any, Any]:
    turn = 1.5 * exp((x * x - 1) ** 2 / 4 + y * y / 2 - (x * x + y * y) ** 2 / 4)
    return -x * (x * x - 1) - turn * y, -y + turn * x


def diffrax(work: Workload, trajectories: int, steps: int) -> Contender:
    """Diffrax: Euler with UnsafeBrownianPath, its fastest noise."""
    jax, jnp, dfx, lineax = _need("jax", "jax.numpy", "diffrax", "lineax")
    jax.config.update("jax_enable_x64", True)

    def drift(t: Any, state: Any, args: Any) -> Any:
        return jnp.stack(_well_drift(jnp.exp, state[0], state[1]))

    def noise(t: Any, state: Any, args: Any) -> Any:
        return lineax.DiagonalLinearOperator(2**0.5 * jnp.ones(2))

    def solve(key: Any) -> Any:
        path = dfx.UnsafeBrownianPath(shape=(2,), key=key)
        terms = dfx.MultiTerm(dfx.ODETerm(drift), dfx.ControlTerm(noise, path))
        return dfx.diffeqsolve(
            terms, dfx.Euler(), 0.0, 0.01 * steps, dt0=0.01, y0=jnp.array(work.start),
            saveat=dfx.SaveAt(t1=True), max_steps=steps + 5, adjoint=dfx.DirectAdjoint(),
        ).ys[0]  # fmt: skip

    keys = jax.random.split(jax.random.key(0), trajectories)
    solver = jax.jit(jax.vmap(solve))
    return Contender("diffrax", lambda: np.asarray(solver(keys)).T, trajectories * steps)


def torchsde(work: Workload, trajectories: int, steps: int) -> Contender:
    """Torchsde: sdeint with the Euler method."""
    torch, torchsde_ = _need("torch", "torchsde")
    torch.set_num_threads(1)

    class Well(torch.nn.Module):
        noise_type, sde_type = "diagonal", "ito"

        def f(self, t: Any, state: Any) -> Any:
            return torch.stack(_well_drift(torch.exp, state[:, 0], state[:, 1]), 1)

        def g(self, t: Any, state: Any) -> Any:
            return torch.full_like(state, 2**0.5)

    begin = torch.tensor(work.start, dtype=torch.float64).repeat(trajectories, 1)
    times = torch.tensor([0.0, 0.01 * steps], dtype=torch.float64)

    def run() -> np.ndarray:
        with torch.no_grad():
            return torchsde_.sdeint(Well(), begin, times, dt=0.01, method="euler")[-1].numpy().T

    return Contender("torchsde", run, trajectories * steps)


def jitcsde(work: Workload, trajectories: int, steps: int) -> Contender:
    """Jitcsde: compiled C, one trajectory; adaptive, so its tolerances are opened to dt = 0.01."""
    module, se = _need("jitcsde", "symengine")
    b = _well_drift(se.exp, module.y(0), module.y(1))
    solver = module.jitcsde(list(b), [2**0.5] * 2, verbose=False)
    solver.set_initial_value(np.array(work.start), 0.0)
    here = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:  # its build would read a setup.cfg lying around
        os.chdir(folder)
        try:
            solver.compile_C()
        finally:
            os.chdir(here)
    solver.set_seed(1)
    solver.set_integration_parameters(
        first_step=0.01, max_step=0.01, min_step=1e-12, atol=1e9, rtol=1e9
    )

    def run() -> None:
        solver.integrate(solver.t + 0.01 * steps * trajectories)

    return Contender("jitcsde", run, trajectories * steps)


def sdeint(work: Workload, trajectories: int, steps: int) -> Contender:
    """Sdeint: itoEuler, one trajectory after the other."""
    (module,) = _need("sdeint")
    times, factor = 0.01 * np.arange(steps + 1), 2**0.5 * np.eye(2)
    rng = np.random.default_rng(1)

    def drift(state: Any, t: float) -> Any:
        return np.array(_well_drift(np.exp, *state))

    def run() -> np.ndarray:
        ends = [
            module.itoEuler(drift, lambda s, t: factor, np.array(work.start), times, generator=rng)[
                -1
            ]
            for _ in range(trajectories)
        ]
        return np.array(ends).T

    return Contender("sdeint", run, trajectories * steps)


def deeptime(trajectories: int, steps: int) -> tuple[Contender, Contender]:
    """Deeptime's C++ double_well_2d, and this package on a well of the same shape and step."""
    (data,) = _need("deeptime.data")
    from driftscape import simulate
    from driftscape.landscapes import Landscape

    system = data.double_well_2d(n_steps=steps)
    begin = np.tile([1.0, 0.1], (trajectories, 1))
    well = Landscape.from_potential("(x**2 - 1)**2 + y**2", coordinates="x y", name="deeptime_well")
    dynamics = simulate.Ito(beta=2.2, dt=1e-3)

    def ours() -> Any:
        return simulate.run(
            well, dynamics, steps=100 * steps, trajectories=trajectories, seed=1, start=(1.0, 0.1),
            keep="final", threads=1, progress=False,
        )  # fmt: skip

    theirs = Contender("deeptime", lambda: system(begin, seed=1, n_jobs=1), trajectories * steps)
    return theirs, Contender("driftscape", ours, 100 * trajectories * steps)


#: name -> (maker, workloads with must and goal, trajectories, steps, the same in a quick run)
PEERS: dict[str, tuple[Any, dict[str, tuple[float, float]], tuple[int, int], tuple[int, int]]] = {
    "JAX fori_loop": (
        jax_loop,
        {"W1": (17, 25), "W2": (8, 12), "W4": (8, 12)},
        (1024, 2000),
        (1024, 500),
    ),
    "diffrax": (diffrax, {"W2": (25, 37)}, (1024, 1000), (1024, 500)),
    "torchsde": (torchsde, {"W2": (150, 200)}, (1024, 300), (1024, 300)),
    "jitcsde": (jitcsde, {"W2": (250, 314)}, (1, 20_000), (1, 500)),
    "sdeint": (sdeint, {"W2": (1200, 1560)}, (10, 500), (1, 50)),
}
