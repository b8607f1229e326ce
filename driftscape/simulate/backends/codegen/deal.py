"""Code that deals cards of a training set to the samples of a step (`Deck` says which).

The decks of a block lie together, shape (variables, samples, lanes), so that a fixed order reads
whole rows.  Where the order is random, one lane loop turns words into places and a second one moves
cards: it cannot become vector code (two lanes might meet, for all the compiler knows), and costs a
few cycles a card.  Where all trajectories share one training set a card is a row number, and the
values are looked up in the step's tables.

A stretch of steps that is run again, to find out when a trajectory diverged, must begin with the
deck as it was: the places of the last `LOG` swaps are kept, and undone from the last to the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ...step import Deck

if TYPE_CHECKING:
    from .step_text import StepText

LOG = 64


class Deals:
    """The rows of one site's samples; the counterpart of `Draws`, with nothing to draw."""

    def __init__(self, laws: Sequence[str]) -> None:
        self.turns, self.count = 1, len(laws)
        self.rows = [list(range(len(laws)))]
        self.calls: list[tuple[str, list[int]]] = []


class Dealer:
    """Writes the lines that deal into a kernel."""

    def __init__(self, text: StepText, deck: Deck) -> None:
        self.page, self.deck = text.page, deck
        tables = list(text.step.tables)
        self.rows_at = [tables.index(base) for base in deck.rows]
        self.variables = 1 if deck.rows else len(text.step.noise)
        self.swaps = deck.shuffles
        loops = [o for o in text.program.loops if text.laws(o)]
        if len(loops) + bool(text.top) > 1:
            raise ValueError("a step deals from its training set in one place only.")
        self.batch = self.page.printer(loops[0].count) if loops else "1"

    def rows(self) -> dict[str, int]:
        """Return the scratch rows that dealing needs."""
        return {"place": self.deck.order != "fixed", "swaps": LOG if self.swaps else 0}

    def prepare(self) -> None:
        """Write what is the same for the whole run."""
        put = self.page.put
        put(f"cards = int({self.page.names[self.deck.size]})")
        put(f"batch = int({self.batch})")
        put("batches = cards // batch")
        if self.swaps:
            put(f"stretch = max(1, {LOG} // batch)")

    def find(self) -> None:
        """Write where the decks of a block begin."""
        page = self.page
        page.put(f"hand = live[base] // {page.width} * ({self.variables * page.width} * cards)")

    def limit(self) -> None:
        """Keep a stretch short enough for its swaps to be remembered."""
        if self.swaps:
            self.page.put("then = min(then, (now // stretch + 1) * stretch)")

    def deal(self, target: str, turn: str, variables: Iterable[int]) -> None:
        """Write how the cards of one turn of step `now + k` come into the target's rows."""
        page = self.page
        wanted = {v: page.at(target, row) for row, v in enumerate(variables)}
        self._position(turn, "now + k")
        if self.deck.order == "fixed" and self.deck.rows:
            for v in wanted:  # the same for every lane
                page.put(f"x{v} = {self._value(v, 'card')}")
        if self.deck.order == "fixed":
            page.lane_loop()
            for v, row in wanted.items():
                page.put(f"{row} = {f'x{v}' if self.deck.rows else self._card(v, 'card')}")
            page.close()
            return
        self._places()
        if self.swaps:
            page.put(f"swap = min(k * batch + {turn}, {LOG - 1})")
        page.lane_loop()
        page.put(f"j = int({page.at('place')})")
        if self.swaps:
            page.put(f"{page.at('swaps', 'swap')} = {page.at('place')}")
            targets = {0: page.at("place")} if self.deck.rows else wanted
            for v in range(self.variables):
                self._swap(v, targets.get(v))
            if self.deck.rows:
                page.close()
                page.lane_loop()
                page.put(f"j = int({page.at('place')})")
        if self.deck.rows or not self.swaps:
            for v, row in wanted.items():
                page.put(f"{row} = {(self._value if self.deck.rows else self._card)(v, 'j')}")
        page.close()

    def undo(self) -> None:
        """Write how the swaps of a stretch are taken back."""
        if not self.swaps:
            return
        page = self.page
        page.open("for swap in range((then - now) * batch - 1, -1, -1):")
        self._position("swap % batch", "now + swap // batch")
        page.lane_loop()
        page.put(f"j = int({page.at('swaps', 'swap')})")
        for v in range(self.variables):
            self._swap(v, None)
        page.close(2)

    def _position(self, turn: str, step: str) -> None:
        """The card that is next, or the first that may still come."""
        if self.deck.order in ("fixed", "reshuffled"):
            self.page.put(f"card = (({step}) % batches) * batch + {turn}")
        elif self.deck.order == "without-replacement":
            self.page.put(f"card = {turn}")

    def _places(self) -> None:
        """One lane loop: a word each gives a place, uniform over those that may still come."""
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

    def _swap(self, variable: int, row: str | None) -> None:
        page, here, there = self.page, self._card(variable, "card"), self._card(variable, "j")
        page.put(f"x = {there}")
        page.put(f"{there} = {here}")
        page.put(f"{here} = x")
        if row:
            page.put(f"{row} = x")

    def _card(self, variable: int, card: str) -> str:
        offset = f"{variable} * cards + " if variable else ""
        return f"deck[hand + ({offset}{card}) * {self.page.width} + l]"

    def _value(self, variable: int, row: str) -> str:
        """A number of the training set that all trajectories share."""
        return f"table[{self.rows_at[variable]} * columns + {row}]"
