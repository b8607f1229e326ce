"""Noise drawn ahead: the numbers of many turns at once, which are then read one by one.

Where few lanes run, drawing the noise of each turn just before it is used leaves the vector units
idle.  `Ahead` draws the numbers of up to `SPAN` turns of a site (steps, or turns of a loop) in two
phases: first the words, one after the other, since a generator has an order; then all numbers of
all lanes from these words, in one loop that becomes vector code however few lanes there are.
`Draws` decides which word gives which number, as in a block of many lanes: the bits are the same.
"""

from __future__ import annotations

from .draws import Draws
from .page import Page

#: turns drawn at once: the steps between two checks, so that a stretch that is run again finds
#: its noise; even, so that no pair of normals lies in two spans
SPAN = 64
_VECTOR = 8  # numbers in the widest vector


class Ahead:
    """Writes how the numbers of one site are drawn ahead, and how they are read.

    Parameters
    ----------
    page
        The page that is written to.
    draws
        What the site draws for each group of `draws.turns` turns.
    name
        Name of the site's numbers in the stock.
    """

    def __init__(self, page: Page, draws: Draws, name: str) -> None:
        self.page, self.draws, self.name, self.words = page, draws, name, f"{name} words"
        self.groups = SPAN // draws.turns

    def sizes(self) -> dict[str, int]:
        """Return how many numbers of the stock the site needs for each lane."""
        words = len(self.draws.calls) * self.groups
        return {self.words: words, self.name: self.draws.count * self.groups}

    def numbers(self, turn: str) -> list[str]:
        """Return the text of the numbers of one turn, a variable that counts from the first."""
        if self.draws.turns == 1:
            return [self._of_group(self.name, row, turn) for row in self.draws.rows[0]]
        found = []
        for first, second in zip(*self.draws.rows, strict=True):
            step = (second - first) * self.groups
            found.append(self._of_group(self.name, first, f"({turn} & 1) * {step} + ({turn} >> 1)"))
        return found

    def draw(self, turns: str, keep_all: bool) -> None:
        """Write how the numbers of so many turns, at most `SPAN`, are drawn.

        Unless `keep_all`, a group that these turns leave unfinished leaves the generator where it
        was.
        """
        page, per = self.page, self.draws.turns
        page.printer.used |= {function for function, _ in self.draws.calls}
        unfinished = per > 1 and not keep_all
        page.put(f"groups = ({turns} + {0 if unfinished else per - 1}) // {per}")
        page.open("for g in range(groups):")
        self._draw_words("g", keep=True)
        page.close()
        if unfinished:
            page.open(f"if {turns} % {per} != 0:")
            self._draw_words("groups", keep=False)
            page.put("groups += 1")
            page.close()
        # in whole vectors: what is beyond the words is computed and never read
        page.open(
            f"for m in range((groups * {page.width} + {_VECTOR - 1}) // {_VECTOR} * {_VECTOR}):"
        )
        for call, (function, rows) in enumerate(self.draws.calls):
            numbers = [page.stock(self.name, row * self.groups, "m") for row in rows]
            word = page.stock(self.words, call * self.groups, "m")
            page.put(f"{', '.join(numbers)} = {function}(bits({word}))")
        page.close()

    def _draw_words(self, group: str, keep: bool) -> None:
        """Write a lane loop that draws the words of one group."""
        page = self.page
        page.lane_loop()
        page.take_words()
        for call in range(len(self.draws.calls)):
            page.next()
            page.put(f"{self._of_group(self.words, call, group)} = from_bits(w)")
        if keep:
            page.keep_words()
        page.close()

    def _of_group(self, name: str, row: int, group: str) -> str:
        """Return the text of the number of one group at the current lane."""
        width = self.page.width
        lane = group if width == 1 else f"({group}) * {width} + l"
        return self.page.stock(name, row * self.groups, lane)
