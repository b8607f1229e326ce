"""W1 to W4: a landscape, dynamics and a start each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..passage import BETA, DT
from ..workloads import WORKLOADS


@dataclass(frozen=True)
class System:
    """A system; its functions are called late, so that importing this module is fast."""

    name: str
    title: str
    start: tuple[float, ...]
    landscape: Callable[[], Any]
    dynamics: Callable[[], Any]


def _well() -> Any:
    from driftscape import landscapes

    return landscapes.quartic_well()


def _ito() -> Any:
    from driftscape import simulate

    return simulate.Ito(beta=BETA, dt=DT)


SYSTEMS = {
    work.name: System(work.name, work.title, work.start, work.landscape, work.dynamics)
    for work in WORKLOADS.values()
}
SYSTEMS["W3"] = System("W3", "quartic well, Ito", (-1.0,), _well, _ito)
SYSTEMS = dict(sorted(SYSTEMS.items()))
