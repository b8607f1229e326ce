"""Code that takes the samples of a step from a training set, in the order that `TrainingSet` names.

The training sets of a block lie together, shape (variables, samples, lanes), so that a fixed order
reads whole rows.  Where the order is random, one lane loop turns words into positions and a second
one moves samples: it cannot become vector code (the compiler cannot know that two lanes never
meet), and costs a few cycles a sample.  Where all trajectories share one training set, a sample is
a row number, and the values are looked up in the step's tables.

A stretch of steps that is run again, to find out when a trajectory diverged, must begin with the
order as it was: the positions of the last `LOG` swaps are kept, and undone from the last to the
first.

In the text of a kernel a training set is called `deck`, a sample `card`, and the sets of a block
`hand`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...step import Step, TrainingSet
from .page import Page

LOG = 64
MANY = 4096  # samples of a training set: those of a block no longer fit the cache


class SampleRows:
    """The rows of the samples of one site; the counterpart of `Draws`, with nothing to draw."""

    def __init__(self, laws: Sequence[str]) -> None:
        self.turns, self.count = 1, len(laws)
        self.rows = [list(range(len(laws)))]
        self.calls: list[tuple[str, list[int]]] = []


class SampleText:
    """Writes the lines of a kernel that take samples from the training sets.

    Parameters
    ----------
    page
        The page that is written to.
    step
        A step whose noise comes from a training set.
    samples
        The training set of the step.
    batch
        Text of the number of samples a step.
    """

    def __init__(self, page: Page, step: Step, samples: TrainingSet, batch: str) -> None:
        self.page, self.samples, self.batch = page, samples, batch
        tables = list(step.tables)
        self.rows_at = [tables.index(base) for base in samples.rows]
        self.variables = 1 if samples.rows else len(step.noise)
        self.swaps = samples.shuffles

    def rows(self) -> dict[str, int]:
        """Return the scratch rows that the samples need."""
        return {"place": self.samples.order != "fixed", "swaps": LOG if self.swaps else 0}

    def prepare(self) -> None:
        """Write the numbers that are the same for the whole run."""
        put = self.page.put
        put(f"cards = int({self.page.names[self.samples.size]})")
        put(f"batch = int({self.batch})")
        put("batches = cards // batch")
        if self.swaps:
            put(f"stretch = max(1, {LOG} // batch)")

    def find(self) -> None:
        """Write where the training sets of a block begin."""
        page = self.page
        page.put(f"hand = live[base] // {page.width} * ({self.variables * page.width} * cards)")

    def limit(self) -> None:
        """Keep a stretch short enough for its swaps to be remembered."""
        if self.swaps:
            self.page.put("then = min(then, (now // stretch + 1) * stretch)")

    def take(self, target: str, turn: str, variables: Iterable[int]) -> None:
        """Write how the samples of one turn of step `now + k` come into the target's rows."""
        page = self.page
        wanted = {v: page.at(target, row) for row, v in enumerate(variables)}
        self._position(turn, "now + k")
        if self.samples.order == "fixed" and self.samples.rows:
            for v in wanted:  # the same for every lane
                page.put(f"x{v} = {self._shared_value(v, 'card')}")
        if self.samples.order == "fixed":
            page.lane_loop()
            for v, row in wanted.items():
                page.put(f"{row} = {f'x{v}' if self.samples.rows else self._own_value(v, 'card')}")
            page.close()
            return
        self._random_positions()
        if self.swaps:
            self._fetch()
            page.put(f"swap = min(k * batch + {turn}, {LOG - 1})")
        page.lane_loop()
        page.put(f"j = int({page.at('place')})")
        if self.swaps:
            page.put(f"{page.at('swaps', 0, 'swap')} = {page.at('place')}")
            targets = {0: page.at("place")} if self.samples.rows else wanted
            for v in range(self.variables):
                self._swap(v, targets.get(v))
            if self.samples.rows:
                page.close()
                page.lane_loop()
                page.put(f"j = int({page.at('place')})")
        if self.samples.rows or not self.swaps:
            value = self._shared_value if self.samples.rows else self._own_value
            for v, row in wanted.items():
                page.put(f"{row} = {value(v, 'j')}")
        page.close()

    def undo(self) -> None:
        """Write how the swaps of a stretch are undone."""
        if not self.swaps:
            return
        page = self.page
        page.open("for swap in range((then - now) * batch - 1, -1, -1):")
        self._position("swap % batch", "now + swap // batch")
        page.lane_loop()
        page.put(f"j = int({page.at('swaps', 0, 'swap')})")
        for v in range(self.variables):
            self._swap(v, None)
        page.close(2)

    def _position(self, turn: str, step: str) -> None:
        """Write the position of the sample that is next, or of the first that may still come."""
        if self.samples.order in ("fixed", "reshuffled"):
            self.page.put(f"card = (({step}) % batches) * batch + {turn}")
        elif self.samples.order == "without-replacement":
            self.page.put(f"card = {turn}")

    def _random_positions(self) -> None:
        """Write a lane loop in which a word gives a position, uniform over the samples left."""
        page = self.page
        page.printer.used |= {"uniform", "floor"}
        page.put("span = float(cards - card)" if self.swaps else "span = float(cards)")
        shift = " + float(card)" if self.swaps else ""
        page.lane_loop()
        page.take_words()
        page.next()
        page.put(f"{page.at('place')} = floor(uniform(w) * span){shift}")
        page.keep_words()
        page.close()

    def _fetch(self) -> None:
        """Write that the samples of all lanes are fetched at once, where they are not in the cache.

        A swap that misses the cache would hold up those behind it.
        """
        page = self.page
        page.open(f"if cards > {MANY}:")
        page.lane_loop()
        for v in range(self.variables):
            offset = f"{v} * cards + " if v else ""
            place = f"int({page.at('place')})"
            page.put(f"prefetch(deck, hand + ({offset}{place}) * {page.width} + l)")
        page.close(2)

    def _swap(self, variable: int, row: str | None) -> None:
        """Write the exchange of two samples of a training set; `row` gets the one drawn."""
        page, here, there = (
            self.page,
            self._own_value(variable, "card"),
            self._own_value(variable, "j"),
        )
        page.put(f"x = {there}")
        page.put(f"{there} = {here}")
        page.put(f"{here} = x")
        if row:
            page.put(f"{row} = x")

    def _own_value(self, variable: int, position: str) -> str:
        """Return the text of a number of the training set of a trajectory."""
        offset = f"{variable} * cards + " if variable else ""
        return f"deck[hand + ({offset}{position}) * {self.page.width} + l]"

    def _shared_value(self, variable: int, row: str) -> str:
        """Return the text of a number of the training set that all trajectories share."""
        return f"table[{self.rows_at[variable]} * columns + {row}]"
