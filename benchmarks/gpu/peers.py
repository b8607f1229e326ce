"""Straightforward loops in JAX and PyTorch on the GPU, in double precision."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from ..peers import jax_loop
from ..timing import Contender, Unavailable
from ..workloads import WORKLOADS, Workload


class Loop:
    """The loop of another package: one call makes all its steps."""

    whole = True

    def __init__(self, contender: Contender) -> None:
        self.name, self.contender = contender.name, contender

    def prepare(self) -> None:
        """Do nothing: every call begins at the start."""

    def run(self, steps: int) -> None:
        """Make the fixed number of steps of the loop."""
        self.contender.run()

    def made(self, steps: int) -> float:
        """Return the steps of all trajectories."""
        return self.contender.work


def on_jax(work: Workload, trajectories: int, steps: int) -> Contender:
    """JAX: a compiled fori_loop over steps, threefry."""
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")  # leaves the GPU to others
    try:
        import jax
    except ImportError:
        raise Unavailable("not installed") from None
    if jax.default_backend() != "gpu":
        raise Unavailable("installed without its CUDA part")
    return jax_loop(work, trajectories, steps)


def on_torch(work: Workload, trajectories: int, steps: int) -> Contender:
    """PyTorch: a Python loop over steps of tensors on the GPU."""
    try:
        import torch
    except ImportError:
        raise Unavailable("not installed") from None
    if not torch.cuda.is_available():
        raise Unavailable("installed without its CUDA part")
    return torch_loop(torch, work, trajectories, steps, "cuda")


def torch_loop(torch: Any, work: Workload, trajectories: int, steps: int, device: str) -> Contender:
    """Return the loop on a device of PyTorch."""
    given = {"dtype": torch.float64, "device": device}

    def normal() -> Any:
        return torch.randn(trajectories, **given)

    def screw(u: Any, v: Any, z: Any) -> tuple[Any, ...]:
        cos, sin, r = torch.cos(z), torch.sin(z), normal() * 0.5**0.5
        p, q = cos * u + sin * v, cos * v - sin * u
        gu, gv = u + p * cos + r * (cos + sin), v + p * sin + r * (sin - cos)
        return u - 0.05 * gu, v - 0.05 * gv, z - 0.05 * (p * q + r * (p + q))

    def well(x: Any, y: Any) -> tuple[Any, ...]:
        turn = 1.5 * torch.exp((x * x - 1) ** 2 / 4 + y * y / 2 - (x * x + y * y) ** 2 / 4)
        return (
            x + 0.01 * (-x * (x * x - 1) - turn * y) + 0.02**0.5 * normal(),
            y + 0.01 * (-y + turn * x) + 0.02**0.5 * normal(),
        )

    def fit(h: Any) -> tuple[Any, ...]:
        return (h - 0.025 * (1 - normal() ** 2 * torch.exp(-h)),)

    step: Callable[..., Any] = {"W1": screw, "W2": well, "W4": fit}[work.name]

    def run() -> Any:
        with torch.no_grad():
            state = tuple(torch.full((trajectories,), x, **given) for x in work.start)
            for _ in range(steps):
                state = step(*state)
            return torch.stack(state).cpu().numpy()  # waits for the GPU

    return Contender("PyTorch", run, trajectories * steps)


#: name -> maker
PEERS: dict[str, Callable[[Workload, int, int], Contender]] = {"JAX": on_jax, "PyTorch": on_torch}

__all__ = ["PEERS", "WORKLOADS", "Loop"]
