"""The command line of the campaign."""

from ..calibration import command

WORDS = """
Each line repeats one calculation with estimates over many seeds and compares it with its true
value. *z* is (value - truth)/stated error: its mean should be 0 and its standard deviation 1.
*Coverage* is the fraction of the stated 95 % intervals that contain the true value, and must lie
between 91.5 and 98 %; at fewer than 200 trajectories the verdict *named* means that it is lower and
that the package warned of it. With *common noise* the estimates are of the same trajectories, as
the points of a sweep are by default, and without it of others. The lines of a *twin* take the
errors of common noise as independent: their coverage must be outside these bounds. The command
`python -m benchmarks coverage --save` writes the table; its numbers are in
`benchmarks/results/coverage.json`.
"""


def main(arguments: list[str]) -> int:
    """Run the campaign, print its tables; return 1 if an interval fails."""
    return command.main(arguments, "coverage", "The reliability of calculated error bars", WORDS)
