"""The order of things, the time limit, the exit status."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ..table import RESULTS
from ..timing import Unavailable
from . import limit, parity, peers, stepping
from .card import facts, stem
from .passage import KINDS, Passage
from .picture import draw
from .plan import FULL, QUICK, Plan
from .rate import rates
from .results import Measured, Results
from .systems import SYSTEMS

PARTS = ("parity", "throughput", "limit", "peers")
#: part of the time limit after which nothing more of a kind begins
SHARES = {"curves": 0.45, "passages": 0.57, "peers": 0.64, "parity": 0.97}


def main(arguments: list[str] | None = None, plan: Plan | None = None) -> int:
    """Measure, print, save; 0, or 1 when a promise is broken, or 2 without a card."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks gpu")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: does it run?")
    parser.add_argument("--only", choices=PARTS, help="one part of it")
    parser.add_argument(
        "--out", type=Path, default=RESULTS, metavar="FOLDER", help="default: benchmarks/results"
    )
    options = parser.parse_args(arguments)
    from driftscape.simulate.backends.cupy import NoCard, card

    try:
        cupy = card()
    except NoCard as error:
        print(f"The benchmark of a card was not run: {error}", file=sys.stderr)
        return 2
    plan = plan or (QUICK if options.quick else FULL)
    results = Results(facts(cupy), plan.verdict, options.quick)
    path = options.out / stem(results.where, options.quick)
    bench = _Bench(cupy, plan, results, path)
    chosen = PARTS if options.only is None else (options.only,)
    bench.curves("throughput" in chosen, "limit" in chosen, "peers" in chosen)
    if "throughput" in chosen:
        bench.passages()
        bench.whole_calls()
    if "peers" in chosen:
        bench.loops()
    if "parity" in chosen:
        bench.bits()
    print(results.page())
    if any(s.card for s in results.systems.values()):
        print(f"written: {draw(results, path)}")
    print(f"written: {results.save(path)}")
    return int(results.missed())


class _Bench:
    """The parts, each of which adds to the results and writes the page anew."""

    def __init__(self, cupy: Any, plan: Plan, results: Results, path: Path) -> None:
        from driftscape.simulate.backends.cupy import CupyBackend

        self.cupy, self.plan, self.results, self.path = cupy, plan, results, path
        self.backend, self.began = CupyBackend(), time.monotonic()
        self.most = max(*plan.sizes, *plan.passages, plan.processor)

    def deadline(self, kind: str) -> float:
        """Return when nothing more of a kind may begin, by `time.monotonic`."""
        return self.began + SHARES[kind] * self.plan.limit

    def part(self, label: str, kind: str, notes: list[str], work: Callable[[], None]) -> None:
        """Do a part if there is time; one that fails is noted, and the others are still done."""
        print(f"... {label} ({time.monotonic() - self.began:.0f} s)", file=sys.stderr, flush=True)
        try:
            if time.monotonic() > self.deadline(kind):
                raise Unavailable("no time was left")
            work()
        except Unavailable as error:
            notes.append(f"{label}: {error}")
        except Exception as error:  # a benchmark tells what it has, whatever breaks
            notes.append(f"{label}: {type(error).__name__}: {str(error)[:300]}")
        with suppress(Exception):  # a card that has failed fails again
            self.cupy.get_default_memory_pool().free_all_blocks()
        self.results.save(self.path)

    def curves(self, all_sizes: bool, by_hand: bool, loops: bool) -> None:
        """Measure plain steps: at every size, or at the verdict's where only a ratio is wanted."""
        plan, hand = self.plan, set()
        for name in plan.systems:
            by_us = (by_hand and name in limit.NAMES) or (loops and name in peers.WORKLOADS)
            if all_sizes or by_us:
                self.results.systems[name] = Measured(SYSTEMS[name].title)

        def check(name: str) -> None:
            wrong = limit.disagreement(self.cupy, self.backend, name)
            if not wrong < 1e-9:
                raise Unavailable(f"it computes something else: {wrong:.2g} apart")
            hand.add(name)

        for name in [n for n in limit.NAMES if by_hand and n in plan.systems]:
            notes = self.results.systems[name].notes
            self.part(f"{name}, CUDA by hand", "curves", notes, partial(check, name))
        # the verdict's size first, in case time runs out
        sizes = sorted(plan.sizes, key=lambda n: (n != plan.verdict, n))
        for count in sizes if all_sizes else [plan.verdict]:
            for name, found in self.results.systems.items():
                beside = all_sizes and count == plan.verdict
                work = partial(self._point, found, name, count, name in hand, beside)
                self.part(f"{name}, {count} trajectories", "curves", found.notes, work)

    def _point(self, found: Measured, name: str, count: int, hand: bool, beside: bool) -> None:
        """Measure one number of trajectories, all contenders in turn."""
        from driftscape.simulate.backends.cupy import CupyBackend
        from driftscape.simulate.backends.numba import NumbaBackend

        plan, system = self.plan, SYSTEMS[name]
        card = stepping.Stepping("card", system, self.backend, self.most, count)
        field: list[Any] = [card]
        if hand:
            field.append(self._fastest(system, count))
        if beside:
            threads = len(os.sched_getaffinity(0))
            label = f"processor, {threads} threads"
            field.append(
                stepping.Stepping(label, system, NumbaBackend(), self.most, plan.processor, threads)
            )
            narrow = CupyBackend(precision="float32")
            field.append(stepping.Stepping("float32", system, narrow, self.most, count))
        measured = rates(field, plan.seconds, plan.rounds, self.deadline("curves"))
        found.card[count] = measured.pop("card")
        if hand:
            found.hand[count] = measured.pop(field[1].name)
        found.beside |= measured

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

    def passages(self) -> None:
        """Measure first passages of W3, without and with bridges."""
        if "W3" not in self.plan.systems:
            return
        found, verdict = self.results.systems["W3"], self.plan.verdict

        def work(kind: str, count: int) -> None:
            system, given = SYSTEMS["W3"], (self.backend, self.most, count)
            plain = stepping.Stepping("plain", system, *given)
            field: list[Any] = [plain, Passage(kind, system, *given)]
            plan, deadline = self.plan, self.deadline("passages")
            measured = rates(field, plan.seconds, plan.rounds, deadline)
            found.passages.setdefault(kind, {})[count] = measured[kind]
            found.shares.setdefault(kind, {})[count] = measured[kind] / measured["plain"]

        for count in sorted(self.plan.passages, key=lambda n: (n != verdict, n)):
            for kind in KINDS:
                label = f"W3, first passage, {kind}, {count} trajectories"
                self.part(label, "passages", found.notes, partial(work, kind, count))

    def whole_calls(self) -> None:
        """Measure what a user waits for: one call, from its arguments to its dataset."""
        count = self.plan.verdict

        def work(name: str, steps: int) -> None:
            whole = stepping.whole_run(SYSTEMS[name], "cupy", count, steps)
            label = f"a whole simulate.run of {steps} steps"
            self.results.systems[name].beside[label] = np.array([whole])

        for name, found in self.results.systems.items():
            if (rate := found.card.get(count)) is not None:
                steps = max(2, int(rate[0] * 3 * self.plan.seconds / count) // 2 * 2)
                label = f"{name}, a whole call"
                self.part(label, "passages", found.notes, partial(work, name, steps))

    def loops(self) -> None:
        """Measure what one would write with JAX and with PyTorch."""

        def work(name: str, peer: str) -> None:
            plan, make = self.plan, peers.PEERS[peer]
            loop = peers.Loop(make(peers.WORKLOADS[name], plan.verdict, plan.peer_steps))
            measured = rates([loop], 0, plan.rounds, self.deadline("peers"))
            self.results.systems[name].beside[peer] = measured[loop.name]

        for name in filter(peers.WORKLOADS.get, self.plan.systems):
            for peer in peers.PEERS:
                notes = self.results.systems[name].notes
                self.part(f"{name}, {peer}", "peers", notes, partial(work, name, peer))

    def bits(self) -> None:
        """Compare the card's bits with the processor's."""

        def work() -> None:
            self.results.parity = parity.measure(self.plan, self.deadline("parity"))

        self.part("bits", "parity", self.results.notes, work)
