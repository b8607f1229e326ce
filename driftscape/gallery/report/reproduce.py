"""Draw figures, print the table of their checks, and save pictures and reports."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING

from ...validate import check_flag, check_mapping, check_whole, shown
from . import catalogue, reports
from .drawing import Loaders, draw_all, in_one_process, keep
from .outcome import HEADINGS, Outcome, row
from .stopping import stoppable

if TYPE_CHECKING:
    from rich.console import Console

INTERRUPTED, TERMINATED = 130, 143
"""Exit status after Ctrl-C and after SIGTERM, as in a shell."""


def reproduce(
    figures: Sequence[str] = (),
    *,
    full: bool = False,
    out: str | Path = "driftscape-report",
    jobs: int = 1,
    gallery: Loaders | None = None,
    console: Console | None = None,
) -> int:
    """Draw figures and check them.

    After each figure its picture (PNG, SVG), ``report.json`` and ``report.html`` are written, so
    that Ctrl-C and SIGTERM keep the finished figures.  A figure that crashes is reported, and the
    others are drawn.

    Parameters
    ----------
    figures
        Names of figures; all by default.
    full
        The papers' sizes instead of quick ones.
    out
        Folder for pictures and reports; created if it is missing.
    jobs
        Number of figures drawn at the same time; if it is more than 1, each is drawn in a process
        of its own, and a script needs the guard ``if __name__ == "__main__":``.
    gallery
        Figure name -> function that loads its module; default: the modules of `gallery.figures`.
    console
        The console to print on; default: the terminal.

    Returns
    -------
    int
        0 if every check has the expected verdict, 1 if one has not or a figure crashed, 130 after
        Ctrl-C, 143 after SIGTERM.

    Raises
    ------
    ValueError
        If a figure is unknown (the known ones are listed) or `jobs` is below 1.
    """
    check_whole("jobs", jobs)
    check_flag("full", full)
    if gallery is not None:
        check_mapping("gallery", gallery, "name of a figure -> function that loads its module")
    chosen = catalogue.choose(figures, catalogue.names() if gallery is None else tuple(gallery))
    if not isinstance(out, (str, Path)):
        raise TypeError(f"out={shown(out)}; give the path of a folder.")
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    if console is not None and not callable(getattr(console, "print", None)):
        raise TypeError(f"console={shown(console)}; give one that prints, or nothing.")
    console = _console() if console is None else console
    outcomes = {name: Outcome(name, full=full) for name in chosen}

    def missing() -> list[str]:
        return [name for name, outcome in outcomes.items() if outcome.status == "not drawn"]

    def keep_all() -> tuple[Path, Path]:
        for outcome in outcomes.values():
            keep(outcome)
        return reports.write(list(outcomes.values()), folder)

    def announce() -> None:
        for name in missing()[:1]:
            where = f"{chosen.index(name) + 1} of {len(chosen)}"
            console.print(f"\n[bold]{name}[/bold] ({where}) ...")

    with stoppable(deferred=not in_one_process(chosen, jobs, gallery)) as stop:
        drawn = draw_all(chosen, folder, full=full, jobs=jobs, gallery=gallery, stop=stop)
        interrupted = False
        try:
            announce()
            for outcome in drawn:
                outcomes[outcome.name] = outcome
                keep_all()
                _print(console, outcome)
                announce()
        except KeyboardInterrupt:
            interrupted = True
        pages = keep_all()  # again, if the interrupt came at the first time
        drawn.close()
    if interrupted or stop:
        console.print(
            f"\ninterrupted; not drawn: {', '.join(missing()) or 'none'}. Finished figures are in "
            f"{folder}",
            style="red",
        )
        return TERMINATED if stop.number == signal.SIGTERM else INTERRUPTED
    good = sum(outcome.status == "passed" for outcome in outcomes.values())
    console.print(f"\n{good} of {len(outcomes)} figures as expected")
    console.print(f"report: {pages[1]} and {pages[0].name}", soft_wrap=True)
    return 0 if good == len(outcomes) else 1


def _console() -> Console:
    from rich.console import Console

    console = Console(highlight=False)
    # A file or a pipe has no width; in eighty columns every hypothesis would take several lines.
    return console if console.is_terminal else Console(highlight=False, width=160)


def _print(console: Console, outcome: Outcome) -> None:
    from rich.table import Table
    from rich.text import Text

    if outcome.figure is None:
        console.print(Text(f"crashed: {outcome.error}", style="bold red"))
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in HEADINGS:
        number = heading in ("measured ± stderr", "theory", "z")
        table.add_column(
            heading,
            ratio=1 if heading == "hypothesis" else None,
            justify="right" if number else "left",
            no_wrap=heading != "hypothesis",
        )
    for check in outcome.figure.checks:
        *cells, verdict = (Text(text) for text in astuple(row(check)))
        verdict.stylize("green" if check.passed else "bold red")
        table.add_row(*cells, verdict)
    console.print(table)
    console.print(f"{outcome.score}, {outcome.runtime:.1f} s", style="dim")
