"""Write the source of one kernel from a program: two-phase lanes over blocks of trajectories.

A block holds `width` trajectories as rows of one scratch array of literal shape, so that every lane
loop has a constant trip count and LLVM sees that no two rows overlap.  For each chunk (one step, or
two where a step uses an odd number of normals) one lane loop draws the noise and one lane loop a
step reads it.  Loops of the step (mini-batches, quadrature) run outside the lanes: their terms are
lane loops too.  A block narrower than `WIDTH` draws the noise of many steps at once (`ahead`), and
one of a single lane has no lane loops: it is a scalar loop over the steps.

Which trajectory a lane works on is looked up in `live`: those that have ended are left out of it,
and the others move together.  The random words of a trajectory are used in order, chunk by chunk; a
burst that ends inside a chunk puts the generator back to the start of that chunk, so that bursts
and resumed runs leave no trace in the bits.  A snapshot is stored, and states are counted, right
after their step, between two lane loops.  Every 64 steps the lanes are tested for numbers that are
not finite; when one has gone, the segment is run again step by step to find out when, and the lane
is frozen as NaN.  A block whose lanes have all ended is left.
"""

from typing import NamedTuple

from ...step import Step
from .count_text import CountText
from .lower import lower
from .step_text import StepText

CHECK_EVERY = 64
#: numbers in a line of the cache
LINE = 8
#: how many snapshots ahead lines are fetched, so that stores need not wait for them
AHEAD = 4
#: default number of lanes in a block
WIDTH = 64

#: generator -> the function that gives a word and the state after it
NEXT_WORD = {"xoshiro": "xoshiro256", "philox": "philox_word"}

#: arguments of every kernel that point to an array, with the types of its elements, in order
POINTERS = {
    "state": "float64", "words": "uint64", "values": "float64", "table": "float64",
    "snapshots": "float64", "diverged": "int64", "live": "int64", "deck": "float64",
    "bins": "float64", "counts": "int64", "scratch": "float64",
}  # fmt: skip
#: arguments that are whole numbers
NUMBERS = (
    "count", "alive", "columns", "every", "shots", "each", "column", "after",
    "start", "stop", "first", "last",
)  # fmt: skip


class Kernel(NamedTuple):
    """The text of a kernel function, the functions it calls, and the names of its scratch rows.

    Numbers that are drawn ahead need `stock` more rows.
    """

    text: str
    used: set[str]
    layout: dict[str, int]
    stock: int

    @property
    def rows(self) -> int:
        """Number of scratch rows."""
        return sum(self.layout.values()) + self.stock


def kernel_source(step: Step, width: int = WIDTH, generator: str = "xoshiro") -> Kernel:
    """Write the kernel of a step.

    It advances blocks `first`..`last` of the `alive` trajectories that `live` lists, of `count` in
    all, from step `start` to `stop`; arrays are those of `Ensemble`, `table` has rows of `columns`
    numbers, `scratch` rows*width numbers.  There is room for `shots` snapshots.  A counting kernel
    adds to the counts of the point that a trajectory belongs to: `each` trajectories are of one
    point, and the first one is number `column` of the ensemble.
    """
    text = StepText(lower(step), width, NEXT_WORD[generator], ahead=width < WIDTH)
    return _Frame(text).write()


class _Frame:
    """Writes the code around the steps: blocks, segments, divergence, snapshots."""

    def __init__(self, inner: StepText) -> None:
        self.inner, self.step, self.page = inner, inner.step, inner.page
        self.rows = len(self.step.state)
        self.count = CountText(self.page, self.step) if self.step.counted else None

    def write(self) -> Kernel:
        page, inner = self.page, self.inner
        page.open(f"def kernel({', '.join([*POINTERS, *NUMBERS])}):")
        inner.constants()
        if self.count:
            self.count.constants()
        page.lay_out(
            {
                "state": self.rows, "old state": self.rows, "gone": 1, "unfit": 1,
                "words": 4, "old words": 4, "chunk words": 4,
            }
            | inner.sizes()
            | (self.count.rows() if self.count else {})
        )  # fmt: skip
        page.fill_stock(inner.stock())
        page.arrays()
        page.open("for block in range(first, last):")
        self._fetch()
        inner.trajectory_constants()
        page.put("now = start")
        page.put("replay = start")
        inner.begin()
        if self.count:
            self.count.begin()
        page.open("while now < stop:")
        self._segment()
        page.close()
        self._store()
        used = page.printer.used | {"bits", "from_bits", "NAN"}
        return Kernel("\n".join(page.lines) + "\n", used, page.sizes, page.stock_rows)

    def _fetch(self) -> None:
        """Write how a block's trajectories are loaded; lanes left over repeat the last one."""
        page = self.page
        page.put(f"base = block * {page.width}")
        page.put(f"size = min({page.width}, alive - base)")
        if self.inner.samples:
            self.inner.samples.find()
        page.lane_loop()
        page.put("slot = live[base + min(l, size - 1)]")
        for i in range(self.rows):
            page.put(f"{page.at('state', i)} = state[{i} * count + slot]")
        for i in range(4):
            page.put(f"{page.at('words', i)} = from_bits(words[{i} * count + slot])")
        page.put(f"{page.at('gone')} = 1.0 if diverged[slot] >= 0 or l >= size else 0.0")
        if self.count:
            self.count.find("slot")
        page.close()

    def _store(self) -> None:
        """Write how a block's trajectories are stored."""
        page = self.page
        page.lane_loop("size")
        page.put("slot = live[base + l]")
        for i in range(self.rows):
            page.put(f"state[{i} * count + slot] = {self._stored(i)}")
        for i in range(4):
            page.put(f"words[{i} * count + slot] = bits({page.at('words', i)})")
        page.close(2)

    def _stored(self, row: int) -> str:
        """Return the text of a row as it is stored: always the same NaN once it has diverged.

        The bits of a computed NaN differ between processors.
        """
        page = self.page
        return f"{page.at('state', row)} if {page.at('gone')} == 0.0 else NAN"

    def _segment(self) -> None:
        """Write a stretch up to the next check or stop, and the test for divergence."""
        page, samples = self.page, self.inner.samples
        page.put(f"then = min(stop, (now // {CHECK_EVERY} + 1) * {CHECK_EVERY})")
        if samples:
            samples.limit()
        page.put("if now < replay: then = now + 1")
        page.put("shot = now // every + 1 if every > 0 else 0")
        page.put("due = shot * every")
        page.copy("state", "old state", self.rows)
        if self.inner.rewinds:
            page.copy("words", "old words", 4)
        self.inner.stretch(self._record)
        self._find_lost()
        page.put("now = then")
        if self.step.ended is not None:
            self._leave()

    def _record(self, number: str) -> None:
        """Write how states are stored and counted, if that is due after step `number`.

        Trajectories whose snapshots are stored lie side by side.  Stores of two rows in turn would
        not be put together in whole lines of the cache: a row comes after the other.  What was
        stored of a trajectory that had diverged is stored again when the stretch is run step by
        step.
        """
        page, visible = self.page, self.step.visible
        page.open(f"if {number} + 1 == due:")
        page.lane_loop()
        page.put(f"{page.at('unfit')} = {page.at('gone')} + {self._finite()}")
        page.close()
        page.open("if shots > 0:")
        many = page.width > 1  # one lane keeps its rows in variables
        if many:
            page.open(f"for row in range({visible}):")
        for row in ["row"] if many else range(visible):
            page.put(f"at = (shot * {visible} + {row}) * count + live[base]")
            if many:
                page.open(f"for l in range(0, size, {LINE}):")
                page.put(f"prefetch(snapshots, at + {AHEAD * visible} * count + l)")
                page.close()
            page.lane_loop("size")
            value = page.at("state", 0, "row") if many else page.at("state", int(row))
            page.put(f"snapshots[at + l] = {value} if {page.at('unfit')} == 0.0 else NAN")
            page.close()
        page.close(2 if many else 1)
        if self.count:
            self.count.add("due")
        page.put("shot += 1")
        page.put("due += every")
        page.close()

    def _finite(self) -> str:
        """Return the text of a number that is 0 where every row of a lane is finite, else NaN."""
        rows = [self.page.at("state", i) for i in range(self.rows)]
        return "(" + " + ".join(f"({row} - {row})" for row in rows) + ")"

    def _find_lost(self) -> None:
        """Write the test for numbers that are not finite, and the search for their step.

        The stretch is run again, step by step.
        """
        page = self.page
        finite = self._finite()
        page.put("lost = 0.0")
        page.lane_loop()
        page.put(f"lost += 0.0 if {finite} == 0.0 else 1.0 - {page.at('gone')}")
        page.close()
        page.open("if lost > 0.0:")
        page.open("if then > now + 1:")
        if self.count:
            self.count.take_back()
        else:
            page.put("replay = then")
        page.copy("old state", "state", self.rows)
        if self.inner.rewinds:
            page.copy("old words", "words", 4)
        if self.inner.samples:
            self.inner.samples.undo()
        page.put("continue")
        page.close()
        page.lane_loop()
        page.open(f"if {page.at('gone')} == 0.0 and not ({finite} == 0.0):")
        page.put(f"{page.at('gone')} = 1.0")
        page.put("diverged[live[base + l]] = then")
        for i in range(self.rows):
            page.put(f"{page.at('state', i)} = NAN")
        page.close(3)

    def _leave(self) -> None:
        """Write how the block is left when every lane has ended or diverged."""
        page = self.page
        row = page.at("state", self.step.state.index(self.step.ended))
        page.put("running = 0.0")
        page.lane_loop()
        page.put(f"running += 1.0 - {page.at('gone')} if {row} == 0.0 else 0.0")
        page.close()
        used_up = " and now == drawn" if self.inner.ahead else ""
        page.put(f"if running == 0.0{used_up}: now = stop")
