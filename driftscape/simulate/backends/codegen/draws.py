"""Draw the noise of a step from 64-bit words: the order of the draws, and the rows they fill."""

from collections.abc import Sequence
from itertools import groupby

#: number of draws by one function from which on they become a loop, and how many a turn makes
MANY, TOGETHER = 16, 4


class Draws:
    """The draws of one site (a step, or a turn of a loop), from 64-bit words.

    A site with an odd number of normals is drawn for two turns at once, so that both halves of
    every Box-Muller pair are used.  `rows[turn][item]` is the scratch row of an item.
    """

    def __init__(self, laws: Sequence[str], paired: bool) -> None:
        normals = [i for i, law in enumerate(laws) if law == "normal"]
        self.turns = 2 if paired and len(normals) % 2 else 1
        self.rows = [[0] * len(laws) for _ in range(self.turns)]
        self.calls: list[tuple[str, list[int]]] = []  # (function, rows it fills)
        self.count = 0
        slots = [(turn, i) for turn in range(self.turns) for i in normals]
        for k in range(0, len(slots), 2):
            self._draw("normal_pair", slots[k : k + 2], 2)
        for turn in range(self.turns):
            for i, law in enumerate(laws):
                if law != "normal":
                    self._draw(law, [(turn, i)], 1)  # the primitive has the name of the law

    def _draw(self, function: str, slots: list[tuple[int, int]], numbers: int) -> None:
        rows = list(range(self.count, self.count + numbers))
        for (turn, i), row in zip(slots, rows, strict=False):
            self.rows[turn][i] = row
        self.calls.append((function, rows))
        self.count += numbers


def runs(calls: Sequence[tuple[str, list[int]]]) -> list[tuple[int, int]]:
    """Return the position and length of every run of draws by one function."""
    found, begin = [], 0
    for _, run in groupby(function for function, _ in calls):
        count = len(list(run))
        found.append((begin, count))
        begin += count
    return found
