"""Code that counts states in the cells of a histogram.

The bin of a coordinate is the last one whose lower edge, low + i*width, is not above it, as a
search among the edges would find it.  A product gives it up to one, since bins are far wider than
the distance of neighbouring numbers (`histogram.RESOLVED`), and two comparisons with edges, which
are computed as `histogram.edges_of` does, give it exactly.  All lanes find their cells in vector
code; then they are counted one after the other, since two of them may meet in a cell.

A stretch in which a trajectory left the finite numbers is made three times: it is counted when that
is not yet known, a second time to take its counts back, and then step by step, to stay.
"""

from __future__ import annotations

from ...step import Step
from .page import Page


class CountText:
    """Writes the lines of a kernel that count."""

    def __init__(self, page: Page, step: Step) -> None:
        self.page = page
        self.counted = [step.state.index(symbol) for symbol in step.counted]

    def rows(self) -> dict[str, int]:
        """Return the scratch rows that counting needs."""
        return {"home": 1, "cell": 1}

    def constants(self) -> None:
        """Write the numbers that are the same for the whole run."""
        put = self.page.put
        for i in range(len(self.counted)):
            for j, name in enumerate(("low", "high", "width", "rate", "number")):
                put(f"{name}{i} = bins[{5 * i + j}]")
        put("nowhere = " + " * ".join(f"number{i}" for i in range(len(self.counted))))

    def find(self, slot: str) -> None:
        """Write, inside a lane loop, where the counts of a trajectory's point begin."""
        self.page.put(
            f"{self.page.at('home')} = float((column + {slot}) // each) * (nowhere + 1.0)"
        )

    def begin(self) -> None:
        """Write that counts are added."""
        self.page.put("sign = 1")

    def add(self, number: str) -> None:
        """Write how the states after step `number` are counted."""
        page = self.page
        page.printer.used.add("floor")
        page.open(f"if {number} > after:")
        page.lane_loop()
        page.put(f"inside = {page.at('unfit')} == 0.0")
        for i, row in enumerate(self.counted):
            page.put(f"x = {page.at('state', row)}")
            page.put(f"inside = inside & (x >= low{i}) & (x < high{i})")
            page.put(f"bin = floor((x - low{i}) * rate{i})")
            page.put(f"bin = bin - 1.0 if bin * width{i} + low{i} > x else bin")
            page.put(f"bin = bin + 1.0 if (bin + 1.0) * width{i} + low{i} <= x else bin")
            page.put(f"bin = bin if bin < number{i} - 1.0 else number{i} - 1.0")
            page.put(f"cell = cell * number{i} + bin" if i else "cell = bin")
        page.put(f"{page.at('cell')} = {page.at('home')} + (cell if inside else nowhere)")
        page.close()
        page.lane_loop("size")
        page.put(f"counts[int({page.at('cell')})] += sign")
        page.close(2)

    def take_back(self) -> None:
        """Write what comes after a stretch with a divergence: take back, then step by step."""
        self.page.put("sign = -sign")
        self.page.put("if sign > 0: replay = then")
