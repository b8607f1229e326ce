"""Draw figures, print `measured ± stderr | theory | z | verdict`, and save what came out."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from . import catalogue, reports
from .drawing import Loaders, draw_all
from .outcome import Outcome, shown

if TYPE_CHECKING:
    from rich.console import Console

INTERRUPTED = 130
"""Exit status after Ctrl-C, as a shell has it."""


def reproduce(
    figures: Sequence[str] = (),
    *,
    full: bool = False,
    out: str | Path = "driftscape-report",
    jobs: int = 1,
    gallery: Loaders | None = None,
    console: "Console | None" = None,
) -> int:
    """Draw figures and check them.

    After each figure the picture (PNG, SVG), ``report.json`` and ``report.html`` are written, so
    that an interrupt keeps what is done.  A figure that crashes is reported and the others go on.

    Parameters
    ----------
    figures
        Names of figures; all by default.
    full
        The papers' sizes instead of quick ones.
    out
        Folder for pictures and reports; made when it is missing.
    jobs
        How many figures are drawn at a time, each in a process of its own where it is more than 1.
        (A script that asks for more must have the guard `if __name__ == "__main__":`.)
    gallery
        Figure name -> function that loads its module; default: the modules of this package.
    console
        Where to print.

    Returns
    -------
    int
        0 when every check came out as expected, 1 when one did not or a figure crashed, 130 after
        an interrupt.

    Raises
    ------
    ValueError
        An unknown figure; the known ones are listed.
    """
    if jobs < 1:
        raise ValueError(f"jobs={jobs}; give a whole number >= 1.")
    chosen = catalogue.choose(figures, catalogue.names() if gallery is None else tuple(gallery))
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    console = console or _console()
    outcomes = [Outcome(name, full=full) for name in chosen]
    drawn = draw_all(chosen, folder, full=full, jobs=jobs, gallery=gallery)
    try:
        for number, name in enumerate(chosen):
            console.print(f"\n[bold]{name}[/bold] ({number + 1} of {len(chosen)}) ...")
            outcomes[number] = next(drawn)
            pages = reports.write(outcomes, folder)
            _print(console, outcomes[number])
    except KeyboardInterrupt:
        missing = [outcome.name for outcome in outcomes if outcome.status == "not drawn"]
        reports.write(outcomes, folder)
        console.print(
            f"\ninterrupted; not drawn: {', '.join(missing)}. What was finished is in {folder}",
            style="red",
        )
        return INTERRUPTED
    good = sum(outcome.status == "passed" for outcome in outcomes)
    console.print(f"\n{good} of {len(outcomes)} figures as expected")
    console.print(f"report: {pages[1]} and {pages[0].name}", soft_wrap=True)
    return 0 if good == len(outcomes) else 1


def _console() -> "Console":
    from rich.console import Console

    console = Console(highlight=False)
    # A file or a pipe has no width; eighty columns would fold every claim into a ribbon.
    return console if console.is_terminal else Console(highlight=False, width=132)


def _print(console: "Console", outcome: Outcome) -> None:
    from rich.table import Table
    from rich.text import Text

    if outcome.figure is None:
        console.print(Text(f"crashed: {outcome.error}", style="bold red"))
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("claim", ratio=1)
    for heading in ("measured ± stderr", "theory", "z"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("verdict")
    for check in outcome.figure.checks:
        *numbers, verdict = (Text(text) for text in shown(check))
        verdict.stylize("green" if check.passed else "bold red")
        table.add_row(Text(check.claim), *numbers, verdict)
    console.print(table)
    console.print(f"{outcome.score}, {outcome.runtime:.1f} s", style="dim")
