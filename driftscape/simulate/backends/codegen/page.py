"""The text of a kernel while it is written: lines, names, and the rows of its scratch array."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from .printer import Printer


class Page:
    """Lines of a kernel over `width` lanes; rows of the scratch array W are named before use.

    A block of one lane keeps its rows in variables, except those that are looked up by a number
    known at run time only.  The stock is a second array, of numbers that are drawn ahead.
    """

    def __init__(self, width: int, next_word: str, names: dict[sp.Symbol, str]) -> None:
        self.width, self.next_word, self.names = width, next_word, names
        self.printer = Printer(names)
        self.offsets: dict[str, int] = {}
        self.sizes: dict[str, int] = {}
        self.rows = self.stock_rows = self.declared = 0
        self.stocked: dict[str, int] = {}
        self.lines: list[str] = []
        self.indent = 0

    def lay_out(self, sizes: Mapping[str, int]) -> None:
        """Give each name so many rows of the scratch array."""
        for name, size in sizes.items():
            self.offsets[name], self.sizes[name] = self.rows, int(size)
            self.rows += size

    def fill_stock(self, sizes: Mapping[str, int]) -> None:
        """Give each name so many rows of the stock."""
        for name, size in sizes.items():
            self.stocked[name] = self.stock_rows
            self.stock_rows += size

    def arrays(self) -> None:
        """Write where the rows lie: on the stack if there is a stock, which they cannot overlap."""
        self.declared = len(self.lines)
        self.put(self._declaration())
        if self.width == 1:
            self.put("l = 0")

    def _declaration(self) -> str:
        place = "stack" if self.stocked else "scratch"
        return f"W = carray({place}, ({self.rows}, {self.width}))"

    def reserve(self, name: str, size: int) -> None:
        """Give a name that comes last at least so many rows, after the declaration."""
        more = size - self.sizes.setdefault(name, 0)
        if more > 0:
            before, self.sizes[name] = self._declaration(), size
            self.rows += more
            line = self.lines[self.declared]
            self.lines[self.declared] = line.replace(before, self._declaration())

    def put(self, text: str) -> None:
        """Write a line."""
        self.lines.append("    " * self.indent + text)

    def open(self, text: str) -> None:
        """Write the head of an indented block."""
        self.put(text)
        self.indent += 1

    def close(self, count: int = 1) -> None:
        """End so many indented blocks."""
        self.indent -= count

    def at(self, name: str, row: int = 0, offset: str = "") -> str:
        """Return the text of one row of the scratch array at the current lane.

        `offset` is the text of a number of rows to go further.
        """
        first = self.offsets[name] + row
        if offset:
            return f"W[{first} + {offset}, l]"
        return f"row{first}" if self.width == 1 else f"W[{first}, l]"

    def stock(self, name: str, row: int, number: str) -> str:
        """Return the text of a number of the stock, counted from the beginning of a row."""
        return f"scratch[{(self.stocked[name] + row) * self.width} + {number}]"

    def lane_loop(self, count: int | str | None = None) -> None:
        """Write the head of a loop over the lanes, or over the first `count` of them."""
        if self.width == 1:
            self.open("if True:")
        else:
            self.open(f"for l in range({self.width if count is None else count}):")

    def copy(self, source: str, target: str, rows: int) -> None:
        """Write a lane loop that copies rows."""
        self.lane_loop()
        for i in range(rows):
            self.put(f"{self.at(target, i)} = {self.at(source, i)}")
        self.close()

    def take_words(self) -> None:
        """Write, inside a lane loop, how the generator's state is read into four variables."""
        for i, letter in enumerate("abcd"):
            self.put(f"{letter} = bits({self.at('words', i)})")

    def next(self) -> None:
        """Write how the next word is drawn, as `w`."""
        self.printer.used.add(self.next_word)
        self.put(f"w, a, b, c, d = {self.next_word}(a, b, c, d)")

    def keep_words(self) -> None:
        """Write how the generator's state is stored."""
        for i, letter in enumerate("abcd"):
            self.put(f"{self.at('words', i)} = from_bits({letter})")
