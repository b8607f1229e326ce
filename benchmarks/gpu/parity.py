"""Compare the bits of GPU and processor for every shipped landscape and dynamics.

A number agrees when all its bits do; a NaN agrees with any NaN, whose bits carry no meaning.
Small ensembles over everything the package accepts, then large ones that fill a GPU, stream their
snapshots and are cut into parts.
"""

from __future__ import annotations

import re
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from multiprocessing import active_children, get_context
from typing import Any, NamedTuple

import numpy as np

from .cases import SEED, Case, cases, problem_of, run_case
from .plan import Plan
from .systems import SYSTEMS

#: verdicts that are no failure
REFUSED, LEFT = "refused by the package", "left out: no time"
#: what became of a comparison by name: None where bits agree
Verdict = tuple[str, "str | None"]

#: errors after which a process has lost the GPU: what it says of later cases is not theirs
_LOST = re.compile("GPUError|cudaError|CUDA_ERROR|BrokenProcessPool")
_GRACE = 60.0  # seconds for cases that have begun when time is up


def difference(case: Case) -> str | None:
    """Return None if GPU and processor agree, else the differences; never raises."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            landscape, dynamics = problem_of(case)
            dynamics.step(landscape)
    except (ValueError, TypeError):
        return REFUSED
    return outcome_of(lambda: compare(lambda b: run_case(case.form, landscape, dynamics, b)))


def outcome_of(differs: Callable[[], str | None]) -> str | None:
    """Return the result of a comparison, or its error."""
    try:
        return differs()
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:300]}"


def left() -> str:
    """Return the verdict of a comparison that was left out for lack of time."""
    return LEFT


def compare(make: Callable[[Any], Any], backend: Any = "cupy") -> str | None:
    """Return which variables of two datasets differ, None if none does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted, got = make("cpu"), make(backend)
    if set(wanted.data_vars) != set(got.data_vars):
        return "other variables"
    wrong = [
        f"{name} ({unequal} of {wanted[name].size})"
        for name in wanted.data_vars
        if (unequal := _unequal(wanted[name].values, got[name].values))
    ]
    return ", ".join(wrong) or None


def _unequal(a: Any, b: Any) -> int:
    if a.shape != b.shape or a.dtype != b.dtype:
        return max(a.size, b.size, 1)
    if a.dtype != np.float64:
        return int(np.count_nonzero(a != b))
    same = np.ascontiguousarray(a).view(np.uint64) == np.ascontiguousarray(b).view(np.uint64)
    return int(np.count_nonzero(~same & ~(np.isnan(a) & np.isnan(b))))


def large(plan: Plan) -> Iterator[tuple[str, Callable[[], str | None]]]:
    """Yield comparisons that fill a GPU, each by name."""
    from driftscape import simulate
    from driftscape.simulate.backends.gpu.backend import CupyBackend

    count = plan.large
    given: dict[str, Any] = {"trajectories": count, "seed": SEED, "progress": False}
    for system in map(SYSTEMS.get, plan.systems):
        assert system is not None
        problem = system.landscape(), system.dynamics()
        last = given | {"start": system.start, "steps": 131, "keep": "final"}
        yield (
            f"run, {system.name}, {count} trajectories",
            lambda n=problem, g=last: compare(lambda b: simulate.run(*n, backend=b, **g)),
        )
    first = SYSTEMS[plan.systems[0]]
    screw = first.landscape(), first.dynamics()
    shots = given | {"steps": 100, "save_every": 1}  # more than the GPU holds at once
    yield (
        f"snapshots that stream, {count} trajectories",
        lambda: compare(lambda b: simulate.run(*screw, backend=b, **shots)),
    )
    few = max(2e4, 40 * count)  # bytes: less than half of what is needed
    yield (
        f"an ensemble in parts, {count} trajectories",
        lambda: compare(
            lambda b: simulate.run(*screw, backend=b, **given, steps=20, save_every=5),
            CupyBackend(max_bytes=few),
        ),
    )
    if "W3" not in plan.systems:
        return
    quartic = SYSTEMS["W3"].landscape(), SYSTEMS["W3"].dynamics()
    goal = given | {"start": -1, "target": "x > 0", "max_time": 20}
    yield (
        f"first passage with bridges, W3, {count} trajectories",
        lambda: compare(lambda b: simulate.first_passage(*quartic, backend=b, **goal)),
    )


class Outcome(NamedTuple):
    """The numbers of comparisons, of refused and omitted ones, and the differences."""

    compared: int
    refused: int
    left_out: int
    failures: list[str]


def outcome(verdicts: list[Verdict]) -> Outcome:
    """Return the outcome of comparisons."""
    words = [wrong for _, wrong in verdicts]
    refused, left_out = words.count(REFUSED), words.count(LEFT)
    failures = [
        f"{name}: {wrong}" for name, wrong in verdicts if wrong not in (None, REFUSED, LEFT)
    ]
    return Outcome(len(words) - refused - left_out, refused, left_out, failures)


def small(plan: Plan, deadline: float, processes: int) -> Iterator[Verdict]:
    """Yield each case with its verdict, until `deadline` (by `time.monotonic`).

    Compiling for the processor is spread over processes.  A kernel that fails takes the GPU from
    its process, whose later cases fail too: all of them are tried again, each in a process of its
    own.
    """
    todo, lost = cases(plan.landscapes), []
    if not processes:
        for case in todo:
            yield str(case), difference(case) if time.monotonic() < deadline else LEFT
        return
    for case, verdict in _pooled(processes, todo, deadline):
        if verdict is not None and _LOST.search(verdict):
            lost.append((case, verdict))
        else:
            yield str(case), verdict
    for case, verdict in lost:
        ((_, alone),) = _pooled(1, [case], deadline)
        yield str(case), verdict if alone == LEFT else alone


def _pooled(processes: int, todo: list[Case], deadline: float) -> Iterator[tuple[Case, str | None]]:
    pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"))
    pending = {}
    try:
        if time.monotonic() < deadline:
            pending = {pool.submit(difference, case): case for case in todo}
        else:
            yield from ((case, LEFT) for case in todo)
        while pending:
            late = time.monotonic() - deadline
            for future in [f for f in pending if late > 0 and f.cancel()]:
                yield pending.pop(future), LEFT
            if late > _GRACE:
                yield from ((case, f"no end within {_GRACE:g} s") for case in pending.values())
                break
            done, _ = wait(pending, timeout=1.0, return_when=FIRST_COMPLETED)
            for future in done:
                error = future.exception()  # of a process that died
                case = pending.pop(future)
                yield case, f"{type(error).__name__}: {error}" if error else future.result()
    finally:
        pool.shutdown(wait=not pending, cancel_futures=True)
        for child in active_children() if pending else []:
            child.kill()  # one that hangs would be waited for at the end
