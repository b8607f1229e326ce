"""The measurements, and their table and page, which is written after every part."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..curves.measure import Row as CostRow
from ..curves.measure import failures, summary
from ..curves.measure import table as costs_table
from ..table import Row, text
from ..timing import ratio
from .parity import Outcome

Rates = NDArray[np.float64]


@dataclass
class Measured:
    """Steps a second of one of W1 to W4, by round.

    Attributes
    ----------
    gpu, hand
        Trajectories -> rates of the package on the GPU, and of the kernel written by hand.
    beside
        Name -> rates of what was measured at one number of trajectories only.
    passages
        Kind -> trajectories -> useful steps a second of a first passage.
    shares
        The same over the plain steps a second of the same round.
    notes
        What was not measured, and why.
    """

    title: str
    gpu: dict[int, Rates] = field(default_factory=dict)
    hand: dict[int, Rates] = field(default_factory=dict)
    beside: dict[str, Rates] = field(default_factory=dict)
    passages: dict[str, dict[int, Rates]] = field(default_factory=dict)
    shares: dict[str, dict[int, Rates]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass
class Results:
    """All results of one command.

    Attributes
    ----------
    where
        What the numbers depend on.
    verdict
        Number of trajectories at which ratios are stated.
    quick
        Whether the sizes were too small for verdicts.
    costs
        Rows of the cost curves.
    """

    where: dict[str, str]
    verdict: int
    quick: bool
    systems: dict[str, Measured] = field(default_factory=dict)
    parity: Outcome | None = None
    costs: list[CostRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def rows(self) -> list[Row]:
        """Return the promises, each with its measurement."""
        found, n = [], self.verdict
        if self.parity is not None:
            compared, refused, left, failures = self.parity
            note = f"{compared} compared, {refused} refused by the package"
            note += f", {left} left out: no time" if left else ""
            label = "results whose bits differ from the processor's"
            found.append(Row(label, 0, 0, True, float(len(failures)), note=note))
        for name, system in self.systems.items():
            if n in system.hand and n in system.gpu:
                label = f"{name}: driftscape / CUDA by hand, {n:.0e} trajectories"
                found.append(Row(label, 0.8, 0.9, False, *ratio(system.gpu[n], system.hand[n])))
            share = system.shares.get("no bridge", {}).get(n)
            if share is not None:
                label = f"{name}: useful step of a first passage / plain step, {n:.0e} trajectories"
                low, middle, high = map(float, np.percentile(share, [25, 50, 75]))
                found.append(Row(label, 0.5, 0.7, False, middle, low, high))
        return found

    def missed(self) -> bool:
        """Return whether a promise is missed; in a quick run only equal bits count."""
        if self.parity is not None and self.parity.failures:
            return True
        if failures(self.costs):
            return True
        return not self.quick and any(row.verdict == "MISSED" for row in self.rows())

    def page(self) -> str:
        """Return the page, in Markdown."""
        where = ", ".join(f"{key} {value}" for key, value in self.where.items())
        parts = [f"# {self.where['GPU']}, {self.where['date']}", where]
        if self.quick:
            parts.append("A quick run: sizes are too small for verdicts.")
        if rows := self.rows():
            parts.append(text(rows, self.quick))
        if any(system.gpu or system.hand for system in self.systems.values()):
            parts += [
                "## Trajectory-steps a second",
                "Median over interleaved rounds.",
                self._rates(),
            ]
        if any(system.beside for system in self.systems.values()):
            parts += ["## Beside them", self._beside()]
        if self.costs:
            parts += ["## Cost curves", summary(self.costs), costs_table(self.costs)]
        if self.parity is not None and self.parity.failures:
            differ = "\n".join(f"- {line}" for line in self.parity.failures)
            parts += ["## Bits that differ", differ]
        notes = [note for system in self.systems.values() for note in system.notes] + self.notes
        if notes:
            parts += ["## Not measured", "\n".join(f"- {note}" for note in notes)]
        return "\n\n".join(parts) + "\n"

    def _rates(self) -> str:
        lines: list[tuple[str, dict[int, Rates]]] = []
        for name, system in self.systems.items():
            lines += [(f"{name} ({system.title})", system.gpu)] if system.gpu else []
            lines += [(f"{name}, CUDA by hand", system.hand)] if system.hand else []
            lines += [
                (f"{name}, first passage, {kind}", curve) for kind, curve in system.passages.items()
            ]
        sizes = sorted({size for _, curve in lines for size in curve})
        head = "| trajectories | " + " | ".join(f"{size:.2g}" for size in sizes) + " |"
        rule = "|---" * (len(sizes) + 1) + "|"
        body = [
            f"| {label} | "
            + " | ".join(number(np.median(curve[n])) if n in curve else "" for n in sizes)
            + " |"
            for label, curve in lines
        ]
        return "\n".join([head, rule, *body])

    def _beside(self) -> str:
        lines = ["| what | steps a second | the GPU over it |", "|---|---|---|"]
        for name, system in self.systems.items():
            gpu = system.gpu.get(self.verdict)
            for what, rate in system.beside.items():
                over = "" if gpu is None else f"{np.median(gpu) / np.median(rate):.3g}"
                lines.append(f"| {name}, {what} | {number(np.median(rate))} | {over} |")
        return "\n".join(lines)

    def save(self, stem: Path) -> Path:
        """Write the page and the numbers of every round; return the path of the page."""
        stem.parent.mkdir(parents=True, exist_ok=True)
        data: dict[str, Any] = {
            "machine": self.where, "verdict": self.verdict, "quick": self.quick,
            "rows": [asdict(row) | {"verdict": row.verdict} for row in self.rows()],
            "systems": {name: asdict(system) for name, system in self.systems.items()},
            "parity": self.parity and self.parity._asdict(), "costs": self.costs,
            "notes": self.notes,
        }  # fmt: skip
        plain = json.dumps(data, indent=1, default=lambda array: array.tolist())
        page = stem.with_name(stem.name + ".md")
        stem.with_name(stem.name + ".json").write_text(plain + "\n", encoding="utf-8")
        page.write_text(self.page(), encoding="utf-8")
        return page


def number(value: float) -> str:
    """Return a number as 1.23e9."""
    digits, power = f"{value:.2e}".split("e")
    return f"{digits}e{int(power)}"
