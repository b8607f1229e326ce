"""The comparisons and measurements, part by part."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from ..campaign import chosen
from ..curves.curve import Curve
from ..curves.measure import rows
from ..timing import Unavailable
from . import limit, parity, peers, stepping
from .parts import Parts
from .passage import KINDS, Passage
from .rate import rates
from .results import Measured
from .systems import SYSTEMS

#: device memory that a process which compares bits may take
_PROCESS = 1.5e9


class Bench(Parts):
    """One run of the command."""

    def __init__(self, *given: Any) -> None:
        from driftscape.simulate.backends.gpu.backend import CupyBackend

        super().__init__(*given)
        self.backend = CupyBackend()
        self.most = max(*self.plan.sizes, *self.plan.passages, self.plan.processor)
        self.all_sizes, self.hand = False, set[str]()
        self.verdicts: list[parity.Verdict] = []

    # ---- bits ----

    def large_bits(self) -> None:
        """Compare the GPU's bits with the processor's on few ensembles that fill a GPU."""

        def work(name: str, differs: Callable[[], str | None]) -> None:
            self._verdict(name, parity.outcome_of(differs))

        deadline = self.deadline("large bits")
        for name, differs in parity.large(self.plan):
            if time.monotonic() > deadline:
                differs = parity.left
            self.part(f"bits: {name}", None, self.results.notes, partial(work, name, differs))

    def all_bits(self) -> None:
        """Compare them on everything the package accepts, in several processes at once."""

        def work() -> None:
            processes = min(self.plan.processes, self._processes())
            saved = time.monotonic()
            for name, verdict in parity.small(self.plan, self.deadline("all bits"), processes):
                self._verdict(name, verdict)
                if time.monotonic() > saved + 5:
                    self.say(f"{len(self.verdicts)} comparisons")
                    self.save()
                    saved = time.monotonic()

        self.part("bits of everything else", None, self.results.notes, work)

    def _processes(self) -> int:
        """Return how many processes fit on the GPU; one if this process has lost it."""
        try:
            return max(1, int(self.cupy.cuda.runtime.memGetInfo()[0] / _PROCESS))
        except RuntimeError:
            return 1

    def _verdict(self, name: str, verdict: str | None) -> None:
        self.verdicts.append((name, verdict))
        self.results.parity = parity.outcome(self.verdicts)
        if verdict not in (None, parity.REFUSED, parity.LEFT):
            self.say(f"DIFFERS: {name}: {verdict}")

    # ---- steps a second ----

    def choose(self, all_sizes: bool, by_hand: bool, loops: bool) -> None:
        """Choose the systems: all, or those of a ratio; check the kernels written by hand."""
        self.all_sizes = all_sizes
        for name in self.plan.systems:
            by_us = (by_hand and name in limit.NAMES) or (loops and name in peers.WORKLOADS)
            if all_sizes or by_us:
                self.results.systems[name] = Measured(SYSTEMS[name].title)

        def check(name: str) -> None:
            wrong = limit.disagreement(self.cupy, self.backend, name)
            if not wrong < 1e-9:
                raise Unavailable(f"it computes something else: {wrong:.2g} apart")
            self.hand.add(name)

        for name in [n for n in limit.NAMES if by_hand and n in self.plan.systems]:
            notes = self.results.systems[name].notes
            self.part(f"{name}, CUDA by hand", "verdicts", notes, partial(check, name))

    def points(self, first: bool) -> None:
        """Measure plain steps, first at the size of the verdicts and then at all others."""
        kind, verdict = "verdicts" if first else "curves", self.plan.verdict
        others = sorted(set(self.plan.sizes) - {verdict}, key=lambda n: (_between(n), n))
        for count in [verdict] if first else others:
            for name, found in self.results.systems.items():
                work = partial(self._point, found, name, count, kind)
                self.part(f"{name}, {count} trajectories", kind, found.notes, work)

    def _point(self, found: Measured, name: str, count: int, kind: str) -> None:
        """Measure one number of trajectories, all contenders in turn."""
        plan, system, hand = self.plan, SYSTEMS[name], name in self.hand
        field: list[Any] = [stepping.Stepping("gpu", system, self.backend, self.most, count)]
        if hand:
            field.append(self._fastest(system, count))
        if self.all_sizes and count == plan.verdict:
            field += self._beside(system, count)
        measured = rates(field, plan.seconds, plan.rounds, self.deadline(kind))
        found.gpu[count] = measured.pop("gpu")
        if hand:
            found.hand[count] = measured.pop(field[1].name)
        found.beside |= measured

    def _beside(self, system: Any, count: int) -> Iterator[Any]:
        from driftscape.simulate.backends.cpu.backend import CpuBackend
        from driftscape.simulate.backends.gpu.backend import CupyBackend

        threads, few = len(os.sched_getaffinity(0)), self.plan.processor
        label = f"processor, {threads} threads"
        yield stepping.Stepping(label, system, CpuBackend(), self.most, few, threads)
        narrow = CupyBackend(precision="float32")
        yield stepping.Stepping("float32", system, narrow, self.most, count)

    def _fastest(self, system: Any, count: int) -> limit.Handwritten:
        """Return the hand-written kernel with the launch that is fastest at this size."""
        best, fastest = None, 0.0
        for threads in limit.THREADS:
            each = limit.Handwritten(self.cupy, system, self.most, count, threads)
            (rate,) = rates([each], self.plan.seconds / 3, 1)[each.name]
            if rate > fastest:
                best, fastest = each, float(rate)
        assert best is not None
        return best

    def passages(self, first: bool) -> None:
        """Measure first passages of W3, without and with bridges, at the first or other sizes."""
        if "W3" not in self.plan.systems:
            return
        found, verdict = self.results.systems["W3"], self.plan.verdict
        kind = "whole calls" if first else "curves"

        def work(bridge: str, count: int) -> None:
            system, given = SYSTEMS["W3"], (self.backend, self.most, count)
            plain = stepping.Stepping("plain", system, *given)
            field: list[Any] = [plain, Passage(bridge, system, *given)]
            measured = rates(field, self.plan.seconds, self.plan.rounds, self.deadline(kind))
            found.passages.setdefault(bridge, {})[count] = measured[bridge]
            found.shares.setdefault(bridge, {})[count] = measured[bridge] / measured["plain"]

        for count in [n for n in self.plan.passages if (n == verdict) == first]:
            for bridge in KINDS:
                label = f"W3, first passage, {bridge}, {count} trajectories"
                self.part(label, kind, found.notes, partial(work, bridge, count))

    def whole_calls(self) -> None:
        """Measure one whole call, from its arguments to its dataset."""
        count = self.plan.verdict

        def work(name: str, steps: int) -> None:
            whole = stepping.whole_run(SYSTEMS[name], "cupy", count, steps)
            label = f"a whole simulate.run of {steps} steps"
            self.results.systems[name].beside[label] = np.array([whole])

        for name, found in self.results.systems.items():
            if (rate := found.gpu.get(count)) is not None:
                steps = max(2, int(rate[0] * 3 * self.plan.seconds / count) // 2 * 2)
                label = f"{name}, a whole call"
                self.part(label, "whole calls", found.notes, partial(work, name, steps))

    def costs(self) -> None:
        """Measure the cost curves of ensembles, snapshots and densities, as on the processor."""

        def work(name: str, curve: Curve) -> None:
            self.results.costs += rows(name, curve, self.plan.rounds, self.results.quick)

        for name in ("ensembles", "snapshots", "densities"):
            for curve in chosen("curves", [name])[name].curves(self.plan.costs):
                notes = self.results.notes
                self.part(curve.title, "costs", notes, partial(work, name, curve))

    def loops(self) -> None:
        """Measure straightforward loops in JAX and PyTorch."""

        def work(name: str, peer: str) -> None:
            plan, make = self.plan, peers.PEERS[peer]
            loop = peers.Loop(make(peers.WORKLOADS[name], plan.verdict, plan.peer_steps))
            measured = rates([loop], 0, plan.rounds, self.deadline("peers"))
            self.results.systems[name].beside[peer] = measured[loop.name]

        for name in filter(peers.WORKLOADS.get, self.plan.systems):
            for peer in peers.PEERS:
                notes = self.results.systems[name].notes
                self.part(f"{name}, {peer}", "peers", notes, partial(work, name, peer))


def _between(count: int) -> bool:
    """Return whether a number lies between powers of ten, which are measured first."""
    return str(count).rstrip("0") != "1"
