"""Program -> source of one kernel: two-phase lanes over blocks of trajectories.

A block holds `width` trajectories as rows of one scratch array of literal shape, so that every lane
loop has a constant trip count and LLVM sees that no two rows overlap.  For each chunk (one step, or
two where a step uses an odd number of normals) one lane loop draws the noise and one lane loop a
step reads it.  Loops of the step (mini-batches, quadrature) run outside the lanes: their terms are
lane loops too.

The random words of a trajectory are used in order, chunk by chunk; a burst that ends inside a chunk
puts the generator back to the start of that chunk, so that bursts, snapshots and resumed runs leave
no trace in the bits.  Every 64 steps the lanes are tested for numbers that are not finite; when one
has gone, the segment is run again step by step to find out when, and the lane is frozen as NaN.
"""

from typing import NamedTuple

import sympy as sp

from ..step import Step
from .deal import Dealer, Deals
from .draws import Draws
from .lower import RUN, STEP, Loop, Place, Program, Sincos, lanes, lower
from .printer import Printer

CHECK_EVERY = 64


#: generator -> the function that gives a word and the state after it
NEXT_WORD = {"xoshiro": "xoshiro256", "philox": "philox_word"}


#: arguments of every kernel, in order; the first seven point to arrays, and where the step has a
#: deck an eighth, which follows them
ARGUMENTS = (
    "state", "words", "values", "table", "snapshots", "diverged", "scratch",
    "count", "columns", "every", "start", "stop", "first", "last",
)  # fmt: skip
POINTERS = 7


class Kernel(NamedTuple):
    """The text of a kernel function, the functions it calls, and its scratch rows."""

    text: str
    used: set[str]
    rows: int


def kernel_source(step: Step, width: int = 64, generator: str = "xoshiro") -> Kernel:
    """Write the kernel of a step.

    It advances blocks `first`..`last` of `count` trajectories from step `start` to `stop`; arrays
    are those of `Ensemble`, `table` has rows of `columns` numbers, `scratch` rows*width numbers.
    """
    return _Writer(lower(step), width, NEXT_WORD[generator]).write()


class _Writer:
    def __init__(self, program: Program, width: int, next_word: str) -> None:
        self.program, self.step, self.width = program, program.step, width
        self.next_word = next_word
        self.lines: list[str] = []
        self.indent = 0
        self.names: dict[sp.Symbol, str] = {}
        self.printer = Printer(self.names)
        self.scratch: dict[sp.Symbol, int] = {}
        self.offsets: dict[str, int] = {}
        self.noise = list(self.step.noise.items())
        self.top = [(s, law) for s, law in self.noise if isinstance(s, sp.Symbol)]
        self.bases = {s: law for s, law in self.noise if not isinstance(s, sp.Symbol)}
        noisy_loops = any(item.base in self.bases for o in program.loops for item in o.items)
        # a loop's words lie between two steps' words, so those steps cannot share a pair
        self.draws = self.site([law for _, law in self.top], paired=not noisy_loops)
        self.name_symbols()
        self.dealer = Dealer(self, self.step.deck) if self.step.deck else None

    def site(self, laws: list[str], paired: bool) -> "Draws | Deals":
        """Return how the numbers of one site come about: dealt from the deck, or drawn."""
        return Deals(laws) if self.step.deck else Draws(laws, paired)

    def name_symbols(self) -> None:
        """Give every symbol a name of ours; what the user typed only follows a prefix."""
        step = self.step
        for prefix, symbols in (
            ("s", step.state),
            ("p", step.parameters),
            ("n", [s for s, _ in self.top]),
        ):
            for i, symbol in enumerate(symbols):
                tail = symbol.name.rsplit(".", 1)[-1]
                self.names[symbol] = f"{prefix}{i}" + (f"_{tail}" if tail.isascii() else "")
        for lines in self.program.code.values():
            for symbols, _ in lines:
                for symbol in symbols:
                    self.names.setdefault(symbol, f"t{len(self.names)}")
        for loop in self.program.loops:
            for symbol in [*loop.items.values(), *(s for s, _ in loop.sums)]:
                self.names[symbol] = f"t{len(self.names)}"
        from ..step import STEP as NUMBER

        self.names[NUMBER] = "number"

    # -- text -----------------------------------------------------------------------------------

    def put(self, text: str = "") -> None:
        self.lines.append("    " * self.indent + text if text else "")

    def open(self, text: str) -> None:
        self.put(text)
        self.indent += 1

    def close(self, count: int = 1) -> None:
        self.indent -= count

    def at(self, name: str, row: int = 0) -> str:
        """Return the text of one row of the scratch array at the current lane."""
        return f"W[{self.offsets[name] + row}, l]"

    def lane_loop(self) -> None:
        self.open(f"for l in range({self.width}):")

    def write(self) -> Kernel:
        deck = ("deck",) if self.dealer else ()
        arguments = (*ARGUMENTS[:POINTERS], *deck, *ARGUMENTS[POINTERS:])
        self.put(f"def kernel({', '.join(arguments)}):")
        self.indent = 1
        rows = self.body()
        return Kernel(
            "\n".join(self.lines) + "\n", self.printer.used | {"bits", "from_bits", "NAN"}, rows
        )

    # -- the kernel -----------------------------------------------------------------------------

    def body(self) -> int:
        """Write the inside of the kernel function; returns the number of scratch rows."""
        width, rows = self.width, len(self.step.state)
        self.store_crossing_symbols()
        for i, symbol in enumerate(self.step.parameters):
            self.put(f"{self.names[symbol]} = values[{i}]")
        self.assignments(RUN)
        loops = [self.site(self.laws(o), paired=True) for o in self.program.loops]
        sizes = {
            "state": rows, "old state": rows, "gone": 1,
            "words": 4, "old words": 4, "chunk words": 4,
            "noise": self.draws.count, "loop noise": max([0, *(d.count for d in loops)]),
            "scratch": len(self.scratch),
        }  # fmt: skip
        if self.dealer:
            sizes |= self.dealer.rows()
            self.dealer.prepare()
        total = 0
        for name, size in sizes.items():
            self.offsets[name] = total
            total += size
        self.put(f"W = carray(scratch, ({total}, {width}))")
        self.open("for block in range(first, last):")
        self.put(f"base = block * {width}")
        self.put(f"size = min({width}, count - base)")
        if self.dealer:
            self.dealer.find()
        self.lane_loop()
        self.put("source = base + min(l, size - 1)")
        for i in range(rows):
            self.put(f"{self.at('state', i)} = state[{i} * count + source]")
        for i in range(4):
            self.put(f"{self.at('words', i)} = from_bits(words[{i} * count + source])")
        self.put(f"{self.at('gone')} = 1.0 if diverged[source] >= 0 or l >= size else 0.0")
        self.close()
        self.put("now = start")
        self.put("replay = start")
        self.open("while now < stop:")
        self.segment(rows)
        self.close()
        self.open("for l in range(size):")
        for i in range(rows):
            self.put(f"state[{i} * count + base + l] = {self.at('state', i)}")
        for i in range(4):
            self.put(f"words[{i} * count + base + l] = bits({self.at('words', i)})")
        self.close(2)
        return total

    def segment(self, rows: int) -> None:
        """One stretch up to the next check, snapshot or stop; then the test for divergence."""
        self.put(f"then = min(stop, (now // {CHECK_EVERY} + 1) * {CHECK_EVERY})")
        self.put("if every > 0: then = min(then, (now // every + 1) * every)")
        if self.dealer:
            self.dealer.limit()
        self.put("if now < replay: then = now + 1")
        self.copy("state", "old state", rows)
        self.copy("words", "old words", 4)
        self.chunks()
        self.put("lost = 0.0")
        self.lane_loop()
        state = [self.at("state", i) for i in range(rows)]
        finite = " + ".join(f"({row} - {row})" for row in state)
        self.put(f"lost += 0.0 if {finite} == 0.0 else 1.0 - {self.at('gone')}")
        self.close()
        self.open("if lost > 0.0:")
        self.open("if then > now + 1:")
        self.put("replay = then")
        self.copy("old state", "state", rows)
        self.copy("old words", "words", 4)
        if self.dealer:
            self.dealer.undo()
        self.put("continue")
        self.close()
        self.lane_loop()
        self.open(f"if {self.at('gone')} == 0.0 and not ({finite} == 0.0):")
        self.put(f"{self.at('gone')} = 1.0")
        self.put("diverged[base + l] = then")
        for i in range(rows):
            self.put(f"{self.at('state', i)} = NAN")
        self.close(3)
        self.put("now = then")
        self.open("if every > 0 and now % every == 0:")
        self.put("shot = now // every")
        self.open("for l in range(size):")
        for i in range(self.step.visible):
            place = f"(shot * {self.step.visible} + {i}) * count + base + l"
            self.put(f"snapshots[{place}] = {self.at('state', i)}")
        self.close(2)

    def copy(self, source: str, target: str, rows: int) -> None:
        self.lane_loop()
        for i in range(rows):
            self.put(f"{self.at(target, i)} = {self.at(source, i)}")
        self.close()

    def chunks(self) -> None:
        """Steps `now`..`then`, a chunk of noise at a time."""
        turns = self.draws.turns
        if turns == 1:
            self.open("for k in range(now, then):")
            if self.dealer and self.top:
                self.dealer.deal("noise", "0", range(len(self.top)))
            else:
                self.draw(self.draws, "noise")
            self.one_step(0, "k")
            self.close()
            return
        self.open(f"for k in range(now // {turns}, (then + {turns - 1}) // {turns}):")
        self.open(f"if (k + 1) * {turns} > then:")  # a chunk that will be left unfinished
        self.copy("words", "chunk words", 4)
        self.close()
        self.draw(self.draws, "noise")
        for turn in range(turns):
            self.open(f"if now <= k * {turns} + {turn} and k * {turns} + {turn} < then:")
            self.one_step(turn, f"(k * {turns} + {turn})")
            self.close()
        self.close()
        self.open(f"if then % {turns} != 0:")
        self.copy("chunk words", "words", 4)
        self.close()

    def draw(self, draws: "Draws | Deals", target: str) -> None:
        """One lane loop that turns words into numbers."""
        if not draws.calls:
            return
        self.printer.used |= {self.next_word, *(function for function, _ in draws.calls)}
        self.lane_loop()
        for i, letter in enumerate("abcd"):
            self.put(f"{letter} = bits({self.at('words', i)})")
        for function, rows in draws.calls:
            self.put(f"w, a, b, c, d = {self.next_word}(a, b, c, d)")
            self.put(", ".join(self.at(target, row) for row in rows) + f" = {function}(w)")
        for i, letter in enumerate("abcd"):
            self.put(f"{self.at('words', i)} = from_bits({letter})")
        self.close()

    # -- the step -------------------------------------------------------------------------------

    def one_step(self, turn: int, number: str) -> None:
        if self.program.readers_of_number():
            self.put(f"number = float({number})")
            self.assignments(STEP)
        for level in range(self.program.levels):
            last = level == self.program.levels - 1
            if last or self.program.code.get(lanes(level)):
                self.lane_loop()
                self.load(lanes(level), turn)
                self.assignments(lanes(level))
                if last:
                    self.update()
                self.close()
            for loop in self.program.loops:
                if loop.level == level:
                    self.loop(loop)

    def update(self) -> None:
        """Compute every new value before any row is overwritten."""
        rows = list(zip(self.step.state, self.program.update, strict=True))
        changed = [(i, e) for i, (s, e) in enumerate(rows) if e != s]
        for i, expression in changed:
            self.put(f"new{i} = {self.printer(expression)}")
        for i, _ in changed:
            self.put(f"{self.at('state', i)} = new{i}")

    def loop(self, loop: Loop) -> None:
        """A counted loop whose turns are lane loops adding to scratch rows."""
        draws = self.site(self.laws(loop), paired=True)
        self.lane_loop()
        for symbol, _ in loop.sums:
            self.put(f"{self.at('scratch', self.scratch[symbol])} = 0.0")
        self.close()
        count = self.printer(loop.count)
        self.put(f"turns = int({count})")
        self.open(f"for i in range(0, turns, {draws.turns}):")
        if self.dealer and draws.count:
            order = list(self.bases)
            wanted = [order.index(item.base) for item in self.noise_items(loop)]
            self.dealer.deal("loop noise", "i", wanted)
        else:
            self.draw(draws, "loop noise")
        for turn in range(draws.turns):
            if turn:
                self.open(f"if i + {turn} < turns:")
            self.turn(loop, draws, turn)
            if turn:
                self.close()
        self.close()

    def turn(self, loop: Loop, draws: "Draws | Deals", turn: int) -> None:
        tables = list(self.step.tables)
        noise = self.noise_items(loop)
        for item, symbol in loop.items.items():
            if item.base not in self.bases:
                self.put(
                    f"{self.names[symbol]} = "
                    f"table[{tables.index(item.base)} * columns + i + {turn}]"
                )
        self.lane_loop()
        for position, item in enumerate(noise):
            row = self.at("loop noise", draws.rows[turn][position])
            self.put(f"{self.names[loop.items[item]]} = {row}")
        self.load(loop.place, None)
        self.assignments(loop.place)
        for symbol, term in loop.sums:
            row = self.at("scratch", self.scratch[symbol])
            self.put(f"{row} = {row} + {self.printer(term)}")
        self.close()

    def noise_items(self, loop: Loop) -> list[sp.Indexed]:
        """Noise that a loop draws each turn, in the order the step declares it."""
        order = list(self.bases)
        drawn = [item for item in loop.items if item.base in self.bases]
        return sorted(drawn, key=lambda item: order.index(item.base))

    def laws(self, loop: Loop) -> list[str]:
        return [self.bases[item.base] for item in self.noise_items(loop)]

    # -- symbols that cross from one lane loop to another ----------------------------------------

    def store_crossing_symbols(self) -> None:
        """Give a scratch row to what one lane loop computes and another reads, and to every sum."""
        for place, lines in self.program.code.items():
            if place < lanes(0) or place[2]:
                continue
            for symbols, _ in lines:
                for symbol in symbols:
                    if self.program.readers(symbol) - {place}:
                        self.scratch[symbol] = len(self.scratch)
        for loop in self.program.loops:
            for symbol, _ in loop.sums:
                self.scratch[symbol] = len(self.scratch)

    def load(self, place: Place, turn: int | None) -> None:
        """Read the state, noise and scratch rows that a place uses."""
        for i, symbol in enumerate(self.step.state):
            if place in self.program.readers(symbol):
                self.put(f"{self.names[symbol]} = {self.at('state', i)}")
        if turn is not None:
            for position, (symbol, _) in enumerate(self.top):
                if place in self.program.readers(symbol):
                    row = self.at("noise", self.draws.rows[turn][position])
                    self.put(f"{self.names[symbol]} = {row}")
        for symbol, row in self.scratch.items():
            own = any(symbol in symbols for symbols, _ in self.program.code.get(place, []))
            if not own and place in self.program.readers(symbol):
                self.put(f"{self.names[symbol]} = {self.at('scratch', row)}")

    def assignments(self, place: Place) -> None:
        for symbols, value in self.program.code.get(place, []):
            if isinstance(value, Sincos):
                self.sincos(symbols, value.args[0])
            else:
                self.put(f"{self.names[symbols[0]]} = {self.printer(value)}")
            for symbol in symbols:
                if symbol in self.scratch:
                    row = self.at("scratch", self.scratch[symbol])
                    self.put(f"{row} = {self.names[symbol]}")

    def sincos(self, symbols: tuple[sp.Symbol, ...], argument: sp.Expr) -> None:
        text = self.printer.call("sincos", self.printer(argument))
        sine, cosine = (self.names[s] for s in symbols)
        self.put(f"{sine}, {cosine} = {text}")
