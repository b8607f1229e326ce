"""The command line: ``driftscape reproduce``, ``driftscape list``, ``driftscape info``.

Everything heavy is imported by the command that needs it: ``driftscape --help`` is instant.
"""

import argparse
import sys
from collections.abc import Sequence

from . import __version__


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    top = argparse.ArgumentParser(
        prog="driftscape",
        description="Stochastic dynamics of gradient descent on toy loss landscapes.",
        epilog="driftscape COMMAND --help says more about a command.",
    )
    top.add_argument("--version", action="version", version=f"driftscape {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)

    reproduce = commands.add_parser(
        "reproduce",
        help="redraw figures of papers and check every number",
        description="Redraw figures of papers from simulation. Prints measured ± stderr, theory, z "
        "and verdict for every check; writes pictures, report.json and report.html.",
        epilog="Exit status: 0 when every check came out as expected, 1 when one did not or a "
        "figure crashed, 2 for a wrong command line, 130 after Ctrl-C and 143 after SIGTERM, which "
        "keep what was finished.",
    )
    reproduce.add_argument(
        "figures", nargs="*", metavar="FIGURE", help="name from `driftscape list` (default: all)"
    )
    reproduce.add_argument(
        "--full", action="store_true", help="the papers' sizes, minutes instead of seconds"
    )
    reproduce.add_argument(
        "--out",
        default="driftscape-report",
        metavar="DIR",
        help="folder for pictures and reports (default: %(default)s)",
    )
    reproduce.add_argument(
        "--jobs",
        type=_count,
        metavar="N",
        help="figures drawn at a time (default: one a processor)",
    )
    commands.add_parser(
        "list",
        help="name the figures, landscapes and dynamics",
        description="Name the figures, landscapes and dynamics, one line each.",
    )
    commands.add_parser(
        "info",
        help="versions, processor, threads, GPU, kernel cache",
        description="Say what this machine offers; put it into a bug report.",
    )
    return top


def _reproduce(arguments: argparse.Namespace) -> int:
    from .gallery.report.catalogue import choose, names

    choose(arguments.figures, names())  # a misspelt name is refused before anything heavy loads
    from .gallery.report.reproduce import reproduce
    from .simulate.advance import cores

    jobs = arguments.jobs or cores()
    return reproduce(arguments.figures, full=arguments.full, out=arguments.out, jobs=jobs)


def _count(text: str) -> int:
    """Read a whole number >= 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}; it must be a whole number >= 1")
    return int(text)


def _list(arguments: argparse.Namespace) -> int:
    from .gallery.report import catalogue
    from .landscapes import ZOO
    from .simulate.dynamics import DYNAMICS

    for heading, entries in (
        ("figures", {name: catalogue.title(name) for name in catalogue.names()}),
        ("landscapes", {name: _first_line(it) for name, it in ZOO.items()}),
        ("dynamics", {name: _first_line(it) for name, it in DYNAMICS.items()}),
    ):
        print(f"{heading}:")
        width = max(map(len, entries), default=0)
        for name, line in entries.items():
            print(f"  {name:{width}}  {line}")
    return 0


def _first_line(documented: object) -> str:
    return (documented.__doc__ or "").strip().partition("\n")[0]


def _info(arguments: argparse.Namespace) -> int:
    from .machine import facts

    for name, value in facts():
        print(f"{name:13} {value}", flush=True)
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; a wrong command line or folder is one line on stderr and exit status 2."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without '±' gets a '?', not a crash
    parsed = parser().parse_args(arguments)
    run = {"reproduce": _reproduce, "list": _list, "info": _info}[parsed.command]
    try:
        return run(parsed)
    except (ValueError, OSError) as error:
        print(f"driftscape {parsed.command}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"driftscape {parsed.command}: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
