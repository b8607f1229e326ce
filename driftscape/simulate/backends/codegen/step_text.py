"""One step as text: the assignments of each scope, the lane loops, and the loops between them."""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp

from . import batches
from . import draws as draw_numbers
from .ahead import SPAN, Ahead
from .batches import Stages, frequent
from .draws import TOGETHER, Draws
from .lower import PER_RUN, PER_STEP, PER_TRAJECTORY, Loop, Program, Scope, per_lane
from .names import crossing, names_of
from .page import Page
from .samples import SampleRows, SampleText
from .trigonometry import Sincos


class StepText:
    """Writes the draws and the arithmetic of a program's step onto a page.

    `ahead` says that noise is drawn for many turns at once, where its order allows it.
    """

    def __init__(self, program: Program, width: int, next_word: str, ahead: bool = False) -> None:
        self.program, self.step = program, program.step
        noise = self.step.noise
        self.top = [(s, law) for s, law in noise.items() if isinstance(s, sp.Symbol)]
        self.bases = {s: law for s, law in noise.items() if not isinstance(s, sp.Symbol)}
        noisy_loops = any(item.base in self.bases for o in program.loops for item in o.items)
        # a loop's words lie between two steps' words, so those steps cannot share a pair
        self.draws = self._site([law for _, law in self.top], paired=not noisy_loops)
        self.page = Page(width, next_word, names_of(program, [s for s, _ in self.top]))
        ahead = ahead and self.step.training_set is None
        self.ahead = self._ahead(self.draws, "noise") if ahead and not noisy_loops else None
        self.loops_ahead = {
            o.scope: self._ahead(self._site(self.laws(o), paired=True), f"noise of loop {i}")
            for i, o in enumerate(program.loops)
            if ahead
        }
        #: whether the words of a stretch must be put back where it is run again
        self.rewinds = self.ahead is None
        self.scratch = crossing(program)
        self.samples = self._sample_text()

    def sizes(self) -> dict[str, int]:
        """Return how many scratch rows each part needs."""
        loops = [self._site(self.laws(o), paired=True) for o in self.program.loops]
        sizes = {
            "noise": self.draws.count,
            "loop noise": max([0, *(d.count for d in loops)]),
            "scratch": len(self.scratch),
        }
        return sizes | (self.samples.rows() if self.samples else {})

    def stock(self) -> dict[str, int]:
        """Return how many rows of numbers are drawn ahead."""
        sizes: dict[str, int] = {}
        for site in (self.ahead, *self.loops_ahead.values()):
            sizes |= site.sizes() if site else {}
        return sizes

    def laws(self, loop: Loop) -> list[str]:
        """Return the laws of the noise that a loop draws each turn."""
        return [self.bases[item.base] for item in self._noise_items(loop)]

    def constants(self) -> None:
        """Write the assignments that are computed once a run."""
        for i, symbol in enumerate(self.step.parameters):
            self.page.put(f"{self.page.names[symbol]} = values[{i}]")
        self._assignments(PER_RUN)
        if self.samples:
            self.samples.prepare()

    def trajectory_constants(self) -> None:
        """Write the assignments that are computed once a trajectory, from constant rows."""
        if self.program.code.get(PER_TRAJECTORY):
            self.page.lane_loop()
            self._load(PER_TRAJECTORY, None)
            self._assignments(PER_TRAJECTORY)
            self.page.close()

    def begin(self) -> None:
        """Write that no noise has been drawn ahead."""
        if self.ahead:
            self.page.put("drawn = start")
            self.page.put(f"origin = start - start % {self.draws.turns}")

    def stretch(self, after_step: Callable[[str], None]) -> None:
        """Write steps `now`..`then`, a chunk of noise at a time.

        `after_step` writes what follows a step, from the text of the step's number.
        """
        page, turns = self.page, self.draws.turns
        if self.ahead:
            page.open("if now == drawn:")
            page.put(f"if now % {SPAN} == 0: origin = now")
            page.put(f"drawn = min(stop, (now // {SPAN} + 1) * {SPAN})")
            page.put("coming = drawn - origin")
            self.ahead.draw("coming", keep_all=False)
            page.close()
            page.open("for k in range(now - origin, then - origin):")
            self._one_step(self.ahead.numbers("k"), "origin + k")
            after_step("origin + k")
            page.close()
            return
        if turns == 1:
            page.open("for k in range(int32(then - now)):")
            if self.samples and self.top:
                self.samples.take("noise", "0", range(len(self.top)))
            else:
                self._draw(self.draws, "noise")
            self._one_step(self._drawn(0), "now + k")
            after_step("now + k")
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
            self._one_step(self._drawn(turn), f"now + (k + {turn} - skipped)")
            after_step(f"now + (k + {turn} - skipped)")
            page.close()
        page.close()
        page.open(f"if wanted % {turns} != 0:")
        page.copy("chunk words", "words", 4)
        page.close()

    # -- draws ----------------------------------------------------------------------------------

    def _site(self, laws: list[str], paired: bool) -> Draws | SampleRows:
        """Return the rows of the numbers of one site: from the training set, or drawn."""
        return SampleRows(laws) if self.step.training_set else Draws(laws, paired)

    def _sample_text(self) -> SampleText | None:
        """Return the writer of the samples, where the noise comes from a training set."""
        if self.step.training_set is None:
            return None
        loops = [o for o in self.program.loops if self.laws(o)]
        if len(loops) + bool(self.top) > 1:
            raise ValueError("a step takes samples of its training set in one loop only.")
        batch = self.page.printer(loops[0].count) if loops else "1"
        return SampleText(self.page, self.step, self.step.training_set, batch)

    def _draw(self, draws: Draws | SampleRows, target: str) -> None:
        """Write a lane loop that turns words into numbers."""
        if not draws.calls:
            return
        page = self.page
        page.printer.used |= {function for function, _ in draws.calls}
        runs = draw_numbers.runs(draws.calls)
        if page.width == 1 or max(count for _, count in runs) < draw_numbers.MANY:
            self._draw_calls(draws.calls, target)
            return
        for begin, count in runs:
            calls = draws.calls[begin : begin + count]
            looped = count - count % TOGETHER if count >= draw_numbers.MANY else 0
            if looped:
                page.open(f"for part in range(0, {looped}, {TOGETHER}):")
                self._draw_calls(calls[:TOGETHER], target, "part")
                page.close()
            if calls[looped:]:
                self._draw_calls(calls[looped:], target)

    def _draw_calls(
        self, calls: list[tuple[str, list[int]]], target: str, part: str | None = None
    ) -> None:
        """Write a lane loop that makes some draws, or as many that lie `part` draws further on."""
        page = self.page
        page.lane_loop()
        page.take_words()
        for function, rows in calls:
            page.next()
            places = [page.at(target, r, f"{len(rows)} * {part}" if part else "") for r in rows]
            page.put(", ".join(places) + f" = {function}(w)")
        page.keep_words()
        page.close()

    def _noise_items(self, loop: Loop) -> list[sp.Indexed]:
        """Return the noise that a loop draws each turn, in the order of the step."""
        order = list(self.bases)
        drawn = [item for item in loop.items if item.base in self.bases]
        return sorted(drawn, key=lambda item: order.index(item.base))

    def _drawn(self, turn: int) -> list[str]:
        """Return the text of the numbers of one step of a chunk."""
        return [self.page.at("noise", row) for row in self.draws.rows[turn]]

    def _ahead(self, draws: Draws | SampleRows, name: str) -> Ahead | None:
        """Return the writer of the noise of a site that is drawn ahead, if it has any."""
        return Ahead(self.page, draws, name) if isinstance(draws, Draws) and draws.calls else None

    # -- the arithmetic -------------------------------------------------------------------------

    def _one_step(self, numbers: list[str], number: str) -> None:
        page = self.page
        if self.program.depends_on_number():
            page.put(f"number = float({number})")
            self._assignments(PER_STEP)
        for level in range(self.program.levels):
            last = level == self.program.levels - 1
            if last or self.program.code.get(per_lane(level)):
                begin = len(page.lines)
                page.lane_loop()
                self._load(per_lane(level), numbers)
                self._assignments(per_lane(level))
                if last:
                    self._update()
                page.close()
                self._divide(begin)
            for loop in self.program.loops:
                if loop.level == level:
                    self._loop(loop)

    def _divide(self, begin: int) -> None:
        """Divide the lane loop at line `begin`, if it is long or calls a function many times."""
        page = self.page
        lines = [line.strip() for line in page.lines[begin + 1 :]]
        functions = frequent(lines)
        if page.stocked or page.width == 1 or not (functions or len(lines) > batches.LONG):
            return
        del page.lines[begin:]
        first = page.rows - page.sizes.get("batches", 0)
        stages = Stages(lines, functions, first)
        page.reserve("batches", stages.end - first)
        for text, calls in stages.texts():
            page.lane_loop()
            for line in text:
                page.put(line)
            page.close()
            for batch in calls:
                page.open(f"for part in range({len(batch.calls)}):")
                page.lane_loop()
                page.put(batch.line())
                page.close(2)

    def _update(self) -> None:
        """Write every new value before any row is overwritten."""
        page = self.page
        rows = list(zip(self.step.state, self.program.update, strict=True))
        changed = [(i, e) for i, (s, e) in enumerate(rows) if e != s]
        for i, expression in changed:
            page.put(f"new{i} = {page.printer(expression)}")
        for i, _ in changed:
            page.put(f"{page.at('state', i)} = new{i}")

    def _loop(self, loop: Loop) -> None:
        """Write a counted loop whose turns are lane loops that add to scratch rows."""
        page, draws = self.page, self._site(self.laws(loop), paired=True)
        page.lane_loop()
        for symbol, _ in loop.sums:
            page.put(f"{page.at('scratch', self.scratch[symbol])} = 0.0")
        page.close()
        page.put(f"turns = int({page.printer(loop.count)})")
        ahead = self.loops_ahead.get(loop.scope)
        if ahead:
            page.open(f"for begun in range(0, turns, {SPAN}):")
            page.put(f"coming = min({SPAN}, turns - begun)")
            ahead.draw("coming", keep_all=True)
            page.open("for i in range(coming):")
            self._turn(loop, ahead.numbers("i"), "begun + i")
            page.close(2)
            return
        page.open(f"for i in range(0, turns, {draws.turns}):")
        if self.samples and draws.count:
            order = list(self.bases)
            wanted = [order.index(item.base) for item in self._noise_items(loop)]
            self.samples.take("loop noise", "i", wanted)
        else:
            self._draw(draws, "loop noise")
        for turn in range(draws.turns):
            if turn:
                page.open(f"if i + {turn} < turns:")
            numbers = [page.at("loop noise", row) for row in draws.rows[turn]]
            self._turn(loop, numbers, f"i + {turn}")
            if turn:
                page.close()
        page.close()

    def _turn(self, loop: Loop, numbers: list[str], turn: str) -> None:
        """Write one turn of a loop: look up the tables, then add the terms in a lane loop."""
        page, tables = self.page, list(self.step.tables)
        for item, symbol in loop.items.items():
            if item.base not in self.bases:
                position = f"{tables.index(item.base)} * columns + {turn}"
                page.put(f"{page.names[symbol]} = table[{position}]")
        page.lane_loop()
        for number, item in zip(numbers, self._noise_items(loop), strict=True):
            page.put(f"{page.names[loop.items[item]]} = {number}")
        self._load(loop.scope, None)
        self._assignments(loop.scope)
        for symbol, term in loop.sums:
            row = page.at("scratch", self.scratch[symbol])
            page.put(f"{row} = {row} + {page.printer(term)}")
        page.close()

    def _load(self, scope: Scope, numbers: list[str] | None) -> None:
        """Write how the state, noise and scratch rows that a scope uses are read."""
        page = self.page
        for i, symbol in enumerate(self.step.state):
            if scope in self.program.readers(symbol):
                page.put(f"{page.names[symbol]} = {page.at('state', i)}")
        if numbers is not None:
            for number, (symbol, _) in zip(numbers, self.top, strict=True):
                if scope in self.program.readers(symbol):
                    page.put(f"{page.names[symbol]} = {number}")
        for symbol, row in self.scratch.items():
            own = any(symbol in symbols for symbols, _ in self.program.code.get(scope, []))
            if not own and scope in self.program.readers(symbol):
                page.put(f"{page.names[symbol]} = {page.at('scratch', row)}")

    def _assignments(self, scope: Scope) -> None:
        """Write the assignments of a scope, and store those that another lane loop reads."""
        page = self.page
        for symbols, value in self.program.code.get(scope, []):
            if isinstance(value, Sincos):
                text = page.printer.call("sincos", page.printer(value.argument))
                page.put(", ".join(page.names[s] for s in symbols) + f" = {text}")
            else:
                page.put(f"{page.names[symbols[0]]} = {page.printer(value)}")
            for symbol in symbols:
                if symbol in self.scratch:
                    row = page.at("scratch", self.scratch[symbol])
                    page.put(f"{row} = {page.names[symbol]}")
