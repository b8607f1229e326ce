"""The text of a kernel while it is written: lines, names, and the rows of its scratch array."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from .printer import Printer


class Page:
    """Lines of a kernel over `width` lanes; rows of the scratch array W are named before use."""

    def __init__(self, width: int, next_word: str, names: dict[sp.Symbol, str]) -> None:
        self.width, self.next_word, self.names = width, next_word, names
        self.printer = Printer(names)
        self.offsets: dict[str, int] = {}
        self.sizes: dict[str, int] = {}
        self.rows = 0
        self.lines: list[str] = []
        self.indent = 0

    def lay_out(self, sizes: Mapping[str, int]) -> None:
        """Give each name so many rows of the scratch array."""
        for name, size in sizes.items():
            self.offsets[name], self.sizes[name] = self.rows, int(size)
            self.rows += size

    def put(self, text: str) -> None:
        self.lines.append("    " * self.indent + text)

    def open(self, text: str) -> None:
        self.put(text)
        self.indent += 1

    def close(self, count: int = 1) -> None:
        self.indent -= count

    def at(self, name: str, row: int | str = 0) -> str:
        """Return the text of one row of the scratch array at the current lane."""
        place = (
            self.offsets[name] + row if isinstance(row, int) else f"{self.offsets[name]} + {row}"
        )
        return f"W[{place}, l]"

    def lane_loop(self, count: int | str | None = None) -> None:
        self.open(f"for l in range({self.width if count is None else count}):")

    def copy(self, source: str, target: str, rows: int) -> None:
        self.lane_loop()
        for i in range(rows):
            self.put(f"{self.at(target, i)} = {self.at(source, i)}")
        self.close()

    def take_words(self) -> None:
        """Inside a lane loop: the generator's state into four variables."""
        for i, letter in enumerate("abcd"):
            self.put(f"{letter} = bits({self.at('words', i)})")

    def next(self) -> None:
        """The next word, as `w`."""
        self.printer.used.add(self.next_word)
        self.put(f"w, a, b, c, d = {self.next_word}(a, b, c, d)")

    def keep_words(self) -> None:
        for i, letter in enumerate("abcd"):
            self.put(f"{self.at('words', i)} = from_bits({letter})")
