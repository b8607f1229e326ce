"""Faults in what a user sees: plots, windows, labels and advice."""

from __future__ import annotations

from .mutation import Mutation

MUTATIONS = [
    Mutation(
        "driftscape/theory/operators/grid.py",
        "return array.transpose(*lead, *reversed(self.names))",
        "return array",
        ["tests/test_upright.py"],
        "grids lie on their side",
    ),
    Mutation(
        "driftscape/labels.py",
        "    return own | {str(data.name): cast",
        "    return {str(data.name): cast",
        ["tests/test_labels.py"],
        "the coordinates of an array have no labels",
    ),
    Mutation(
        "driftscape/landscapes/window.py",
        "_RISE = 4.0",
        "_RISE = 400.0",
        ["tests/landscapes/test_on_grid.py"],
        "a window shows little but its corners",
    ),
    Mutation(
        "driftscape/landscapes/latex.py",
        "given[1] = given[1] ** 2",
        "given[1] = given[1]",
        ["tests/landscapes/test_latex.py"],
        "the LaTeX of a normal law has its standard deviation for the variance",
    ),
    Mutation(
        "driftscape/simulate/advice.py",
        "    factor = 0.5**halvings\n",
        "    factor = 0.5 ** (halvings - 2)\n",
        ["tests/simulate/test_advice.py"],
        "the advice begins with larger steps",
    ),
    Mutation(
        "driftscape/simulate/advice.py",
        "if ((ensemble.diverged >= 0) & ~away).any():",
        "if False:",
        ["tests/simulate/test_advice.py"],
        "an advice is given without a trial",
    ),
]
