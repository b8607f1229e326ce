"""`python -m benchmarks`: prints ratio, measured, must, goal, verdict."""

import argparse
import os
import sys
from importlib import import_module
from statistics import median

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")  # before NumPy is imported
os.environ.setdefault(
    "XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
)

from . import (  # noqa: E402
    chosen,
    limit,
    loop,
    machine_code,
    naive,
    narrow,
    ours,
    passage,
    peers,
    startup,
    threads,
    training,
    untuned,
)
from .table import Row, machine, save, text  # noqa: E402
from .timing import Contender, Unavailable, interleave, pin, ratio  # noqa: E402
from .workloads import STEPS, TRAJECTORIES, WORKLOADS, Workload, same_physics  # noqa: E402

# driftscape over the limit at most; the others over driftscape at least: (must, goal)
LIMIT = {"W1": (1.2, 1.1), "W2": (1.2, 1.1), "W4": (1.2, 1.1)}
NAIVE = {"W1": (18, 22), "W2": (18, 22), "W4": (18, 22)}
CAMPAIGNS = (
    "gpu",
    "calibration",
    "coverage",
    "validity",
    "mutations",
    "gallery",
    "digests",
    "signals",
    "curves",
)
LOOP = {"W1": (17, 25), "W2": (10, 13), "W4": (7, 9)}


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, save; the exit status is 1 if a "must" is not met."""
    given = sys.argv[1:] if arguments is None else arguments
    if given and given[0] in CAMPAIGNS:
        command = import_module(f".{given[0]}.command", __package__)
        return int(command.main(given[1:]))
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="tiny sizes: does it run? (no verdict)"
    )
    parser.add_argument("--rounds", type=int, help="interleaved repeats (default 9; quick 2)")
    parser.add_argument(
        "--save", action="store_true", help="write benchmarks/results/DATE.json and .md"
    )
    parser.add_argument(
        "--only", nargs="+", metavar="WORD", help="rows whose name holds a word: W1 peers"
    )
    options = parser.parse_args(given)
    rounds = (2 if options.quick else 9) if options.rounds is None else options.rounds
    if rounds < 1:
        parser.error(f"--rounds {rounds}: give 1 or more")
    where = machine()
    cores = sorted(os.sched_getaffinity(0))[:2]
    pin()
    rows: list[Row] = []
    for name, group in groups(options.quick, rounds, cores).items():
        if options.only and not any(word.lower() in name.lower() for word in options.only):
            continue
        print(f"... {name}", file=sys.stderr, flush=True)
        rows += group()
    where |= chosen.chosen()
    print(", ".join(f"{key} {value}" for key, value in where.items()))
    print(text(rows, options.quick))
    if options.save:
        print(f"\nwritten: {save(rows, where, options.quick)}")
    return int(not options.quick and any(row.verdict == "MISSED" for row in rows))


def groups(quick: bool, rounds: int, cores: list[int]) -> dict:
    """Return name -> function that measures a group of rows."""
    result = {
        f"{work.name} ({work.title})": lambda w=work: contest(w, rounds, quick)
        for work in WORKLOADS.values()
    }
    result["AVX2"] = lambda: narrow_vectors(rounds, quick)
    result |= {
        f"untuned: {name}": lambda n=name: against_generated(n, rounds, quick)
        for name in untuned.SYSTEMS
    }
    result |= {
        f"peers: {name}": lambda n=name: against_peer(n, rounds, quick) for name in peers.PEERS
    }
    result["peers: deeptime"] = lambda: against_deeptime(rounds, quick)
    result["first passage"] = lambda: first_passage(rounds, quick)
    result["training sets"] = lambda: training_sets(rounds, quick)
    result["threads"] = lambda: [two_threads(name, rounds, quick, cores) for name in WORKLOADS]
    result["start-up"] = lambda: [first_result(rounds)]
    result["machine code"] = lambda: [math_calls()]
    return result


def contest(work: Workload, rounds: int, quick: bool) -> list[Row]:
    """Measure driftscape, the C++ limit, naive Numba and a NumPy loop on one workload."""
    whole = STEPS // 100 if quick else STEPS
    us = ours.contender(work, TRAJECTORIES, whole)
    others: dict[str, tuple[Contender | None, str]] = {}
    # what is slow makes fewer steps; all are counted per step
    for make, steps in ((limit, whole), (naive, 1000), (loop, 500)):
        try:
            others[make.__name__] = make.contender(work, TRAJECTORIES, steps), ""
        except Unavailable as error:
            others[make.__name__] = None, str(error)
    field = [us, *(c for c, _ in others.values() if c is not None)]
    final = us.run()
    wrong = {c.name: same_physics(work, final, c.run()) for c in field[1:]}
    times = interleave(field, rounds)
    rows = []
    for key, promises, label in (
        (limit, LIMIT, "driftscape / C++ limit"),
        (naive, NAIVE, "naive Numba / driftscape"),
        (loop, LOOP, "NumPy loop / driftscape"),
    ):
        contender, note = others[key.__name__]
        at_most, numbers = key is limit, (None, None, None)
        if contender is not None:
            pair = (times[us.name], times[contender.name])
            numbers = ratio(*(pair if at_most else pair[::-1]))
            note = (
                wrong[contender.name]
                or f"ours {1e9 * sorted(times[us.name])[rounds // 2]:.3g} ns a step"
            )
        rows.append(_row(f"{work.name}: {label}", promises[work.name], at_most, numbers, note))
    return rows


def narrow_vectors(rounds: int, quick: bool) -> list[Row]:
    """Measure AVX2 code against the C++ limit in AVX2."""
    promise, label = (1.3, 1.1), "AVX2 code, driftscape / C++ limit"
    try:
        found = narrow.measure(rounds, quick)
    except Unavailable as error:
        return [_row(label, promise, True, (None, None, None), str(error))]
    return [
        _row(f"{name}: {label}", promise, True, tuple(numbers), note)
        for name, (*numbers, note) in found.items()
    ]


def against_generated(name: str, rounds: int, quick: bool) -> list[Row]:
    """Measure a system that nothing was tuned for against C++ of the same text."""
    promise, label = (1.3, 1.0), f"untuned {name}: driftscape / C++ of the same text"
    try:
        us, *others = untuned.contenders(untuned.SYSTEMS[name], quick)
        final = us.run()
        differ = [c.name for c in others if (c.run() != final).any()]
    except Unavailable as error:
        return [_row(label, promise, True, (None, None, None), str(error))]
    times = interleave([us, *others], rounds)
    best = min((times[c.name] for c in others), key=median)
    note = f"ours {1e9 * median(times[us.name]):.3g} ns a step"
    if differ:
        return [Row(label, *promise, True, float("inf"), note=f"other bits: {', '.join(differ)}")]
    return [_row(label, promise, True, ratio(times[us.name], best), note)]


def against_peer(name: str, rounds: int, quick: bool) -> list[Row]:
    """Measure one peer on each of its workloads."""
    make, promises, full, small = peers.PEERS[name]
    trajectories, steps = small if quick else full
    rows = []
    for work_name, promise in promises.items():
        work, label = WORKLOADS[work_name], f"{work_name}: {name} / driftscape"
        try:
            peer = make(work, trajectories, steps)
        except Unavailable as error:
            rows.append(_row(label, promise, False, (None, None, None), str(error)))
            continue
        us = ours.contender(work, TRAJECTORIES, STEPS // 100 if quick else STEPS // 10)
        theirs = peer.run()  # compiles
        wrong = None
        if theirs is not None and theirs.shape[1] > 30:
            wrong = same_physics(work, us.run(), theirs)
        times = interleave([peer, us], rounds)
        rows.append(
            _row(label, promise, False, ratio(times[peer.name], times[us.name]), wrong or "")
        )
    return rows


def against_deeptime(rounds: int, quick: bool) -> list[Row]:
    """Measure deeptime on its own double well."""
    label = "own well: deeptime C++ / driftscape"
    try:
        theirs, us = peers.deeptime(1024, 20 if quick else 500)
    except Unavailable as error:
        return [_row(label, (24, 31), False, (None, None, None), str(error))]
    times = interleave([theirs, us], rounds)
    return [_row(label, (24, 31), False, ratio(times[theirs.name], times[us.name]), "")]


def first_passage(rounds: int, quick: bool) -> list[Row]:
    """Measure what a useful step of a first passage costs."""
    plain, *passages = passage.contenders(quick)
    times = interleave([plain, *passages], rounds)
    promises = {"no bridge": (1.6, 1.3), "bridge": (3.0, 2.0)}
    return [
        _row(
            f"W3: first passage, {each.name} / plain step", promises[each.name], True,
            ratio(times[each.name], times[plain.name]),
            f"{1e9 * sorted(times[each.name])[rounds // 2]:.3g} ns a useful step",
        )
        for each in passages
    ]  # fmt: skip


def training_sets(rounds: int, quick: bool) -> list[Row]:
    """Measure what a gradient over a training set of 100 costs."""
    rows = []
    for batch in (1, 10):
        fresh, *orders = training.contenders(batch, quick)
        times = interleave([fresh, *orders], rounds)
        rows += [
            _row(
                f"training set of 100, batch {batch}: {each.name} / fresh", (2.0, 1.5), True,
                ratio(times[each.name], times[fresh.name]), "",
            )
            for each in orders
        ]  # fmt: skip
    return rows


def two_threads(name: str, rounds: int, quick: bool, cores: list[int]) -> Row:
    """Measure the speed-up of a second thread."""
    label = f"{name}: one thread / two threads"
    try:
        return _row(label, (1.85, 1.95), False, threads.measure(name, rounds, quick, cores), "")
    except Unavailable as error:
        return _row(label, (1.85, 1.95), False, (None, None, None), str(error))


def first_result(rounds: int) -> Row:
    """Measure the start-up of a second process."""
    label = "first result of a second process / import llvmlite, sympy, xarray"
    return _row(label, (1.5, 1.2), True, startup.measure(rounds), "")


def math_calls() -> Row:
    """Count scalar math calls in the machine code of every shipped kernel."""
    label = "kernels with a scalar math call"
    try:
        count, found = machine_code.measure()
    except Unavailable as error:
        return Row(label, 0, 0, True, note=str(error))
    note = "; ".join(found) or f"{count} kernels read"
    return Row(label, 0, 0, True, float(len(found)), note=note)


def _row(label: str, promise: tuple[float, float], at_most: bool, numbers: tuple, note: str) -> Row:
    middle, low, high = numbers
    return Row(label, *promise, at_most, middle, low, high, note)


if __name__ == "__main__":
    sys.exit(main())
