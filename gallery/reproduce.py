"""Draw figures, print `measured ± stderr | theory | z | verdict`, and save what came out."""

import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from . import catalogue, report
from .catalogue import FigureModule
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
    gallery: Mapping[str, Callable[[], FigureModule]] | None = None,
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
    if gallery is None:
        gallery = {name: _loader(name) for name in catalogue.names()}
    chosen = catalogue.choose(figures, tuple(gallery))
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    console = console or _console()
    outcomes = [Outcome(name, full=full) for name in chosen]
    try:
        for number, name in enumerate(chosen):
            console.print(f"\n[bold]{name}[/bold] ({number + 1} of {len(chosen)}) ...")
            outcomes[number] = _draw(name, gallery[name], full, folder)
            pages = report.write(outcomes, folder)
            _print(console, outcomes[number])
    except KeyboardInterrupt:
        missing = [outcome.name for outcome in outcomes if outcome.status == "not drawn"]
        report.write(outcomes, folder)
        console.print(
            f"\ninterrupted; not drawn: {', '.join(missing)}. What was finished is in {folder}",
            style="red",
        )
        return INTERRUPTED
    good = sum(outcome.status == "passed" for outcome in outcomes)
    console.print(f"\n{good} of {len(outcomes)} figures as expected")
    console.print(f"report: {pages[1]} and {pages[0].name}", soft_wrap=True)
    return 0 if good == len(outcomes) else 1


def _loader(name: str) -> Callable[[], FigureModule]:
    return lambda: catalogue.load(name)


def _draw(name: str, load: Callable[[], FigureModule], full: bool, folder: Path) -> Outcome:
    about = None
    begin = time.perf_counter()
    try:
        module = load()
        about = module.ABOUT
        figure = module.draw(full=full)
        picture = folder / f"{name}.png"
        figure.save(picture)
        figure.save(picture.with_suffix(".svg"))
    except Exception as error:  # one broken figure must not cost the others
        return Outcome(
            name,
            about,
            error=f"{type(error).__name__}: {error}",
            traceback=traceback.format_exc(),
            runtime=time.perf_counter() - begin,
            full=full,
        )
    return Outcome(name, about, figure, picture, runtime=time.perf_counter() - begin, full=full)


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
