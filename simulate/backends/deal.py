"""Code that deals cards of a training set to the samples of a step (`Deck` says which).

The decks of a block lie together, shape (variables, samples, lanes), so that a fixed order reads
whole rows.  Where the order is random, one lane loop turns words into places and a second one moves
cards: it cannot become vector code (two lanes might meet, for all the compiler knows), and costs a
few cycles a card.

A stretch of steps that is run again, to find out when a trajectory diverged, must begin with the
deck as it was: the places of the last `LOG` swaps are kept, and undone from the last to the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ..step import Deck

if TYPE_CHECKING:
    from .kernel import _Writer

LOG = 64


class Deals:
    """The rows of one site's samples; the counterpart of `Draws`, with nothing to draw."""

    def __init__(self, laws: Sequence[str]) -> None:
        self.turns, self.count = 1, len(laws)
        self.rows = [list(range(len(laws)))]
        self.calls: list[tuple[str, list[int]]] = []


class Dealer:
    """Writes the lines that deal into a kernel."""

    def __init__(self, writer: _Writer, deck: Deck) -> None:
        self.writer, self.deck = writer, deck
        self.variables = len(writer.noise)
        self.swaps = deck.order in ("reshuffled", "without-replacement")
        loops = [o for o in writer.program.loops if writer.laws(o)]
        if len(loops) + bool(writer.top) > 1:
            raise ValueError("a step deals from its training set in one place only.")
        self.batch = writer.printer(loops[0].count) if loops else "1"

    def rows(self) -> dict[str, int]:
        """Return the scratch rows that dealing needs."""
        return {"place": self.deck.order != "fixed", "swaps": LOG if self.swaps else 0}

    def prepare(self) -> None:
        """Write what is the same for the whole run."""
        put = self.writer.put
        put(f"cards = int({self.writer.names[self.deck.size]})")
        put(f"batch = int({self.batch})")
        put("batches = cards // batch")
        if self.swaps:
            put(f"stretch = max(1, {LOG} // batch)")

    def find(self) -> None:
        """Write where the decks of a block begin."""
        self.writer.put(f"hand = block * ({self.variables * self.writer.width} * cards)")

    def limit(self) -> None:
        """Keep a stretch short enough for its swaps to be remembered."""
        if self.swaps:
            self.writer.put("then = min(then, (now // stretch + 1) * stretch)")

    def deal(self, target: str, turn: str, variables: Iterable[int]) -> None:
        """Write how the cards of one turn of step `k` come into the target's rows."""
        w = self.writer
        wanted = {v: w.at(target, row) for row, v in enumerate(variables)}
        self._position(turn, "k")
        if self.deck.order == "fixed":
            w.lane_loop()
            for v, row in wanted.items():
                w.put(f"{row} = {self._card(v, 'card')}")
            w.close()
            return
        self._places()
        if self.swaps:
            w.put(f"swap = min((k - now) * batch + {turn}, {LOG - 1})")
        w.lane_loop()
        w.put(f"j = int({w.at('place')})")
        if self.swaps:
            w.put(f"W[{w.offsets['swaps']} + swap, l] = {w.at('place')}")
            for v in range(self.variables):
                self._swap(v, wanted.get(v))
        else:
            for v, row in wanted.items():
                w.put(f"{row} = {self._card(v, 'j')}")
        w.close()

    def undo(self) -> None:
        """Write how the swaps of a stretch are taken back."""
        if not self.swaps:
            return
        w = self.writer
        w.open("for swap in range((then - now) * batch - 1, -1, -1):")
        w.put("k = now + swap // batch")
        self._position("swap % batch", "k")
        w.lane_loop()
        w.put(f"j = int(W[{w.offsets['swaps']} + swap, l])")
        for v in range(self.variables):
            self._swap(v, None)
        w.close(2)

    def _position(self, turn: str, step: str) -> None:
        """The card that is next, or the first that may still come."""
        if self.deck.order in ("fixed", "reshuffled"):
            self.writer.put(f"card = ({step} % batches) * batch + {turn}")
        elif self.deck.order == "without-replacement":
            self.writer.put(f"card = {turn}")

    def _places(self) -> None:
        """One lane loop: a word each gives a place, uniform over those that may still come."""
        w = self.writer
        w.printer.used |= {w.next_word, "uniform", "floor"}
        w.put("span = float(cards - card)" if self.swaps else "span = float(cards)")
        shift = " + float(card)" if self.swaps else ""
        w.lane_loop()
        for i, letter in enumerate("abcd"):
            w.put(f"{letter} = bits({w.at('words', i)})")
        w.put(f"w, a, b, c, d = {w.next_word}(a, b, c, d)")
        w.put(f"{w.at('place')} = floor(uniform(w) * span){shift}")
        for i, letter in enumerate("abcd"):
            w.put(f"{w.at('words', i)} = from_bits({letter})")
        w.close()

    def _swap(self, variable: int, row: str | None) -> None:
        w, here, there = self.writer, self._card(variable, "card"), self._card(variable, "j")
        w.put(f"x = {there}")
        w.put(f"{there} = {here}")
        w.put(f"{here} = x")
        if row:
            w.put(f"{row} = x")

    def _card(self, variable: int, card: str) -> str:
        offset = f"{variable} * cards + " if variable else ""
        return f"deck[hand + ({offset}{card}) * {self.writer.width} + l]"
