"""`python -m benchmarks digests`: the bits of every shipped landscape under every dynamics.

A change of structure must not change a number.  Each line of the table is the digest of one
dataset: the final states of a run, of a sweep over one parameter, or the passage times, targets and
exit points of a first passage; 10 trajectories, 50 steps.  Bits must not depend on the processor:
the table of one machine should hold on every other.

    python -m benchmarks digests --save     write benchmarks/results/digests.json
    python -m benchmarks digests            compare with that file; the status is 1 on a difference
"""

from __future__ import annotations

import argparse
import hashlib
import json
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from driftscape import landscapes, simulate

FILE = Path(__file__).parents[1] / "results" / "digests.json"
TRAJECTORIES, STEPS, SEED = 10, 50, 20180115

#: what each class is tried with; a landscape refuses what it cannot do
OPTIONS: dict[str, list[dict[str, Any]]] = {
    "GD": [{"learning_rate": 0.05}],
    "SGD": [
        {"learning_rate": 0.05, "batch_size": 2},
        {"learning_rate": "0.1/(2 + step/9)", "momentum": 0.5, "nesterov": True},
        {"learning_rate": 0.05, "sampling": "reshuffled", "train_size": 12, "batch_size": 3},
        {"learning_rate": 0.05, "sampling": "reshuffled", "batch_size": 2},
    ],
    "GradientFlow": [{"dt": 0.05, "beta": 5.0}],
    "Ito": [{"beta": 5.0, "dt": 0.01}, {"beta": 5.0, "dt": 0.01, "noise": "rademacher"}],
    "Stratonovich": [{"beta": 5.0, "dt": 0.01}],
    "Isothermal": [{"beta": 5.0, "dt": 0.01}],
    "AType": [{"beta": 5.0, "dt": 0.01}],
    "Underdamped": [{"friction": 1.0, "beta": 5.0, "dt": 0.05}],
    "RGD": [{"learning_rate": 0.05, "epsilon": 0.1}],
    "RGDFlow": [{"dt": 0.05, "epsilon": 0.1}],
    "Geodesic": [{"dt": 0.05, "epsilon": 0.1}],
    "NaturalGradient": [{"learning_rate": 0.05}],
    "NaturalGradientFlow": [{"dt": 0.05}],
    "GDC": [{"learning_rate": 0.05}, {"learning_rate": 0.05, "train_size": 6}],
}
SWEPT = {"learning_rate": (0.5, 1.0), "dt": (0.5, 1.0)}  # factors; the first of these that it has


def cases() -> Iterator[tuple[str, str, int, str]]:
    """Every (landscape, dynamics, number of its options, form)."""
    for landscape in landscapes.ZOO:
        for dynamics, several in OPTIONS.items():
            for number in range(len(several)):
                for form in ("run", "sweep", "first passage"):
                    yield landscape, dynamics, number, form


def digest(case: tuple[str, str, int, str]) -> tuple[str, str]:
    """Name and digest of one case, or "refused: " and the error where the package refuses it."""
    name, dynamics, number, form = case
    line = f"{name} | {dynamics} {number} | {form}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return line, _digest(name, dynamics, number, form)
        except (ValueError, TypeError) as refused:
            return line, f"refused: {type(refused).__name__}"


def _digest(name: str, dynamics: str, number: int, form: str) -> str:
    landscape = landscapes.ZOO[name]()
    options = dict(OPTIONS[dynamics][number])
    scale = 1e-3 if name == "mueller_brown" else 1.0
    for step in ("learning_rate", "dt"):
        if isinstance(options.get(step), float):
            options[step] *= scale
    law = getattr(simulate, dynamics)(**options)
    common: dict[str, Any] = {"trajectories": TRAJECTORIES, "seed": SEED, "progress": False}
    if form == "first passage":
        x, at = landscape.coordinates[0], float(landscape.start[0])
        passages = simulate.first_passage(
            landscape, law, target={"up": f"{x} > {at + 0.05}", "down": f"{x} < {at - 0.1}"},
            max_steps=STEPS, **common,
        )  # fmt: skip
        arrays = [passages.passage_time, passages.target, passages.exit]
    elif form == "run":
        arrays = [simulate.run(landscape, law, steps=STEPS, keep="final", **common).final]
    else:
        swept = next(s for s in SWEPT if s in options)
        if not isinstance(options[swept], float):
            raise ValueError("a schedule is no number to sweep")
        over = {swept: [factor * options[swept] for factor in SWEPT[swept]]}
        runs = simulate.sweep(landscape, law, over=over, steps=STEPS, keep="final", **common)
        arrays = [runs.final]
    raw = b"".join(np.ascontiguousarray(a.values).tobytes() for a in arrays)
    return hashlib.sha256(raw).hexdigest()[:16]


def main(arguments: list[str]) -> int:
    """Compute the table and write it, or compare it with the saved one."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks digests", description=__doc__)
    parser.add_argument("--save", action="store_true", help=f"write {FILE.name}")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args(arguments)
    with ProcessPoolExecutor(options.processes) as pool:
        table = dict(pool.map(digest, cases(), chunksize=9))
    refused = sum(value.startswith("refused") for value in table.values())
    print(f"{len(table) - refused} digests, {refused} combinations refused")
    if options.save:
        FILE.write_text(json.dumps(table, indent=0, sort_keys=True) + "\n", encoding="utf-8")
        return 0
    before = json.loads(FILE.read_text(encoding="utf-8"))
    different = sorted(k for k in before.keys() | table.keys() if before.get(k) != table.get(k))
    for line in different:
        print(f"{line}: {before.get(line)} before, {table.get(line)} now")
    print(f"{len(different)} of {len(table)} differ")
    return int(bool(different))
