"""One step as lane loops: what is computed once a step, the lanes, and the loops between them."""

from __future__ import annotations

import sympy as sp

from ...step import STEP as NUMBER
from .deal import Dealer, Deals
from .draws import Draws
from .lower import HELD, RUN, STEP, Loop, Place, Program, Sincos, lanes
from .page import Page


class StepText:
    """Writes the draws and the arithmetic of a program's step onto a page."""

    def __init__(self, program: Program, width: int, next_word: str) -> None:
        self.program, self.step = program, program.step
        noise = self.step.noise
        self.top = [(s, law) for s, law in noise.items() if isinstance(s, sp.Symbol)]
        self.bases = {s: law for s, law in noise.items() if not isinstance(s, sp.Symbol)}
        noisy_loops = any(item.base in self.bases for o in program.loops for item in o.items)
        # a loop's words lie between two steps' words, so those steps cannot share a pair
        self.draws = self._site([law for _, law in self.top], paired=not noisy_loops)
        self.page = Page(width, next_word, self._names())
        self.scratch = self._crossing()
        deck = self.step.deck
        self.dealer = Dealer(self, deck) if deck else None

    def sizes(self) -> dict[str, int]:
        """Return how many scratch rows each part needs."""
        loops = [self._site(self.laws(o), paired=True) for o in self.program.loops]
        sizes = {
            "noise": self.draws.count,
            "loop noise": max([0, *(d.count for d in loops)]),
            "scratch": len(self.scratch),
        }
        return sizes | (self.dealer.rows() if self.dealer else {})

    def laws(self, loop: Loop) -> list[str]:
        """Return the laws of the noise that a loop draws each turn."""
        return [self.bases[item.base] for item in self._noise_items(loop)]

    def constants(self) -> None:
        """Write what is computed once a run."""
        for i, symbol in enumerate(self.step.parameters):
            self.page.put(f"{self.page.names[symbol]} = values[{i}]")
        self._assignments(RUN)
        if self.dealer:
            self.dealer.prepare()

    def held(self) -> None:
        """Write what is computed once a trajectory and burst, from rows that never change."""
        if self.program.code.get(HELD):
            self.page.lane_loop()
            self._load(HELD, None)
            self._assignments(HELD)
            self.page.close()

    def stretch(self) -> None:
        """Write steps `now`..`then`, a chunk of noise at a time."""
        page, turns = self.page, self.draws.turns
        if turns == 1:
            page.open("for k in range(int32(then - now)):")
            if self.dealer and self.top:
                self.dealer.deal("noise", "0", range(len(self.top)))
            else:
                self._draw(self.draws, "noise")
            self._one_step(0, "now + k")
            page.close()
            return
        # counted from the start of the chunk that `now` lies in, so that counters stay small
        page.put(f"skipped = int32(now % {turns})")
        page.put("wanted = skipped + int32(then - now)")
        page.open(f"for k in range(0, wanted, {turns}):")
        page.open("if k + 1 == wanted:")  # a chunk that will be left unfinished
        page.copy("words", "chunk words", 4)
        page.close()
        self._draw(self.draws, "noise")
        for turn, test in enumerate(("k >= skipped", "k + 1 < wanted")):
            page.open(f"if {test}:")
            self._one_step(turn, f"now + (k + {turn} - skipped)")
            page.close()
        page.close()
        page.open(f"if wanted % {turns} != 0:")
        page.copy("chunk words", "words", 4)
        page.close()

    # -- names and rows -------------------------------------------------------------------------

    def _names(self) -> dict[sp.Symbol, str]:
        """Give every symbol a name of ours; what the user typed only follows a prefix."""
        step, names = self.step, {NUMBER: "number"}
        for prefix, symbols in (
            ("s", step.state),
            ("p", step.parameters),
            ("n", [s for s, _ in self.top]),
        ):
            for i, symbol in enumerate(symbols):
                tail = symbol.name.rsplit(".", 1)[-1]
                names[symbol] = f"{prefix}{i}" + (f"_{tail}" if tail.isascii() else "")
        for lines in self.program.code.values():
            for symbols, _ in lines:
                for symbol in symbols:
                    names.setdefault(symbol, f"t{len(names)}")
        for loop in self.program.loops:
            for symbol in [*loop.items.values(), *(s for s, _ in loop.sums)]:
                names[symbol] = f"t{len(names)}"
        return names

    def _crossing(self) -> dict[sp.Symbol, int]:
        """Give a scratch row to what one lane loop computes and another reads, and to every sum."""
        symbols: list[sp.Symbol] = []
        for place, lines in self.program.code.items():
            if place == HELD or (place >= lanes(0) and not place[2]):
                symbols += [
                    s for made, _ in lines for s in made if self.program.readers(s) - {place}
                ]
        symbols += [s for loop in self.program.loops for s, _ in loop.sums]
        return {symbol: row for row, symbol in enumerate(symbols)}

    # -- draws ----------------------------------------------------------------------------------

    def _site(self, laws: list[str], paired: bool) -> Draws | Deals:
        """Return how the numbers of one site come about: dealt from the deck, or drawn."""
        return Deals(laws) if self.step.deck else Draws(laws, paired)

    def _draw(self, draws: Draws | Deals, target: str) -> None:
        """One lane loop that turns words into numbers."""
        if not draws.calls:
            return
        page = self.page
        page.printer.used |= {function for function, _ in draws.calls}
        page.lane_loop()
        page.take_words()
        for function, rows in draws.calls:
            page.next()
            page.put(", ".join(page.at(target, row) for row in rows) + f" = {function}(w)")
        page.keep_words()
        page.close()

    def _noise_items(self, loop: Loop) -> list[sp.Indexed]:
        """Noise that a loop draws each turn, in the order the step declares it."""
        order = list(self.bases)
        drawn = [item for item in loop.items if item.base in self.bases]
        return sorted(drawn, key=lambda item: order.index(item.base))

    # -- the arithmetic -------------------------------------------------------------------------

    def _one_step(self, turn: int, number: str) -> None:
        page = self.page
        if self.program.readers_of_number():
            page.put(f"number = float({number})")
            self._assignments(STEP)
        for level in range(self.program.levels):
            last = level == self.program.levels - 1
            if last or self.program.code.get(lanes(level)):
                page.lane_loop()
                self._load(lanes(level), turn)
                self._assignments(lanes(level))
                if last:
                    self._update()
                page.close()
            for loop in self.program.loops:
                if loop.level == level:
                    self._loop(loop)

    def _update(self) -> None:
        """Compute every new value before any row is overwritten."""
        page = self.page
        rows = list(zip(self.step.state, self.program.update, strict=True))
        changed = [(i, e) for i, (s, e) in enumerate(rows) if e != s]
        for i, expression in changed:
            page.put(f"new{i} = {page.printer(expression)}")
        for i, _ in changed:
            page.put(f"{page.at('state', i)} = new{i}")

    def _loop(self, loop: Loop) -> None:
        """A counted loop whose turns are lane loops adding to scratch rows."""
        page, draws = self.page, self._site(self.laws(loop), paired=True)
        page.lane_loop()
        for symbol, _ in loop.sums:
            page.put(f"{page.at('scratch', self.scratch[symbol])} = 0.0")
        page.close()
        page.put(f"turns = int({page.printer(loop.count)})")
        page.open(f"for i in range(0, turns, {draws.turns}):")
        if self.dealer and draws.count:
            order = list(self.bases)
            wanted = [order.index(item.base) for item in self._noise_items(loop)]
            self.dealer.deal("loop noise", "i", wanted)
        else:
            self._draw(draws, "loop noise")
        for turn in range(draws.turns):
            if turn:
                page.open(f"if i + {turn} < turns:")
            self._turn(loop, draws, turn)
            if turn:
                page.close()
        page.close()

    def _turn(self, loop: Loop, draws: Draws | Deals, turn: int) -> None:
        page, tables = self.page, list(self.step.tables)
        for item, symbol in loop.items.items():
            if item.base not in self.bases:
                place = f"{tables.index(item.base)} * columns + i + {turn}"
                page.put(f"{page.names[symbol]} = table[{place}]")
        page.lane_loop()
        for position, item in enumerate(self._noise_items(loop)):
            row = page.at("loop noise", draws.rows[turn][position])
            page.put(f"{page.names[loop.items[item]]} = {row}")
        self._load(loop.place, None)
        self._assignments(loop.place)
        for symbol, term in loop.sums:
            row = page.at("scratch", self.scratch[symbol])
            page.put(f"{row} = {row} + {page.printer(term)}")
        page.close()

    def _load(self, place: Place, turn: int | None) -> None:
        """Read the state, noise and scratch rows that a place uses."""
        page = self.page
        for i, symbol in enumerate(self.step.state):
            if place in self.program.readers(symbol):
                page.put(f"{page.names[symbol]} = {page.at('state', i)}")
        if turn is not None:
            for position, (symbol, _) in enumerate(self.top):
                if place in self.program.readers(symbol):
                    row = page.at("noise", self.draws.rows[turn][position])
                    page.put(f"{page.names[symbol]} = {row}")
        for symbol, row in self.scratch.items():
            own = any(symbol in symbols for symbols, _ in self.program.code.get(place, []))
            if not own and place in self.program.readers(symbol):
                page.put(f"{page.names[symbol]} = {page.at('scratch', row)}")

    def _assignments(self, place: Place) -> None:
        page = self.page
        for symbols, value in self.program.code.get(place, []):
            if isinstance(value, Sincos):
                text = page.printer.call("sincos", page.printer(value.args[0]))
                page.put(", ".join(page.names[s] for s in symbols) + f" = {text}")
            else:
                page.put(f"{page.names[symbols[0]]} = {page.printer(value)}")
            for symbol in symbols:
                if symbol in self.scratch:
                    row = page.at("scratch", self.scratch[symbol])
                    page.put(f"{row} = {page.names[symbol]}")
