"""Turn many calls of one function in a lane loop into a loop over rows of the scratch array.

A step of many coordinates may call one function hundreds of times.  Each call is compiled in line,
so that the code, and the time to compile it, would grow with their number.  Instead, a lane loop
stores the arguments in consecutive rows, and a loop over these rows, with the lanes inside, calls
the function:

    for part in range(50):
        for l in range(64):
            W[230 + part, l] = exp(W[230 + part, l])

The lines of the lane loop fall into stages, with such loops between them.  Every operation has the
operands that it had; hence the bits are the same.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..primitives.table import FUNCTIONS

#: number of calls of one function from which on they become a loop; fewer are compiled in a second,
#: and their results need not go through memory
MANY = 128

#: number of lines from which on a lane loop is divided: registers are given out in a time that
#: grows faster than their number
LONG = 256

#: functions of a few operations, which are better left where they are
_SHORT = {"sign", "heaviside", "minimum", "maximum"}
_CALL = re.compile(r"\b(" + "|".join(sorted(FUNCTIONS.keys() - _SHORT)) + r")\(")


def frequent(lines: Iterable[str]) -> set[str]:
    """Return the functions that lines call often enough."""
    found = Counter(name for line in lines for name in _CALL.findall(line))
    return {name for name, number in found.items() if number >= MANY}


@dataclass
class Batch:
    """Calls of one function in one stage; each has names for its results, and arguments."""

    function: str
    calls: list[tuple[list[str], list[str]]] = field(default_factory=list)
    first: int = 0

    @property
    def blocks(self) -> int:
        """Number of blocks of rows: result i takes the block of argument i."""
        results, arguments = self.calls[0]
        return max(len(results), len(arguments))

    def row(self, block: int, part: int) -> str:
        """Return the row of an argument or result of one call."""
        return f"W[{self.first + block * len(self.calls) + part}, l]"

    def line(self) -> str:
        """Return the call of one part, inside a loop over the lanes."""
        rows = [f"W[{self.first + i * len(self.calls)} + part, l]" for i in range(self.blocks)]
        results, arguments = self.calls[0]
        given = f"{self.function}({', '.join(rows[: len(arguments)])})"
        return f"{', '.join(rows[: len(results)])} = {given}"


@dataclass
class Stage:
    """Lines of one lane loop, and the batches of calls that follow it."""

    lines: list[tuple[str, str, set[str]]] = field(default_factory=list)  # target, value, names
    batches: dict[str, Batch] = field(default_factory=dict)

    def needs(self) -> set[str]:
        """Return the names that are read."""
        return {name for _, _, names in self.lines for name in names}

    def own(self) -> set[str]:
        """Return the names that are assigned."""
        return {name for target, _, _ in self.lines for name in target.split(", ")}

    def divided(self) -> list[Stage]:
        """Return stages of at most `LONG` lines, the last of which is followed by the batches."""
        cuts = range(0, max(1, len(self.lines)), LONG)
        parts = [Stage(self.lines[cut : cut + LONG]) for cut in cuts]
        parts[-1].batches = self.batches
        return parts


class Stages:
    """Splits the lines of a lane loop at the calls of some functions.

    Parameters
    ----------
    lines
        Assignments, one a line, each of names of its own; elements of arrays are assigned after
        the last line that reads them.
    functions
        Names of the functions.
    first
        Number of the first row of the scratch array that may be used.
    """

    def __init__(self, lines: Iterable[str], functions: set[str], first: int) -> None:
        self.functions, self.end = functions, first
        self.lifted = 0
        self.stages = [Stage()]
        self.known: dict[str, int] = {}  # name -> first stage in which it can be read
        self.loads: dict[str, str] = {}  # name -> the element of an array that it stands for
        self.rows: dict[str, str] = {}  # name -> the row that keeps it for later stages
        self.stores: list[tuple[str, str, set[str]]] = []
        for line in lines:
            (node,) = ast.parse(line).body
            assert isinstance(node, ast.Assign)
            self._enter(node.targets[0], node.value)
        self.stages[-1].lines += self.stores
        self._place()

    def texts(self) -> list[tuple[list[str], list[Batch]]]:
        """Return the lines of every stage, and the batches that follow it."""
        return [(self._text(stage), list(stage.batches.values())) for stage in self.stages]

    def _enter(self, target: ast.expr, value: ast.expr) -> None:
        """Add a line to the first stage in which all that it reads is known."""
        targets = target.elts if isinstance(target, ast.Tuple) else [target]
        names = [t.id for t in targets if isinstance(t, ast.Name)]
        if isinstance(value, ast.Call) and self._is_frequent(value) and names:
            self._call(names, value)
            return
        if isinstance(value, ast.Subscript) and names:
            self.loads[names[0]] = ast.unparse(value)
            self.known[names[0]] = 0
            return
        value = self._lifted(value)
        read = _names(value)
        line = (ast.unparse(target).strip("()"), ast.unparse(value), read)
        if not names:
            self.stores.append(line)
            return
        number = self._stage(read)
        self.known |= dict.fromkeys(names, number)
        self.stages[number].lines.append(line)

    def _is_frequent(self, node: ast.AST) -> bool:
        return (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in self.functions
        )

    def _lifted(self, value: ast.expr) -> ast.expr:
        """Return an expression in which a name stands for every frequent call."""

        class Lift(ast.NodeTransformer):
            def visit_Call(lift, node: ast.Call) -> ast.expr:  # noqa: N805
                if not self._is_frequent(node):
                    lift.generic_visit(node)
                    return node
                self.lifted += 1
                name = f"h{self.lifted}"
                self._call([name], node)
                return ast.Name(name)

        lifted = Lift().visit(value)
        assert isinstance(lifted, ast.expr)
        return lifted

    def _call(self, names: list[str], node: ast.Call) -> None:
        """Add a call to the batch of its function and stage."""
        assert isinstance(node.func, ast.Name)
        arguments = [self._lifted(a) for a in node.args]
        number = self._stage(set().union(*map(_names, arguments)))
        batches = self.stages[number].batches
        batch = batches.setdefault(node.func.id, Batch(node.func.id))
        batch.calls.append((names, [ast.unparse(a) for a in arguments]))
        self.known |= dict.fromkeys(names, number + 1)
        if number + 1 == len(self.stages):
            self.stages.append(Stage())

    def _stage(self, names: set[str]) -> int:
        return max((self.known.get(name, 0) for name in names), default=0)

    def _place(self) -> None:
        """Give rows to the arguments and results of calls, and to names that are read later."""
        for stage in self.stages:
            for batch in stage.batches.values():
                batch.first = self.end
                self.end += batch.blocks * len(batch.calls)
                for part, (names, arguments) in enumerate(batch.calls):
                    for block, argument in enumerate(arguments):
                        read = _names(ast.parse(argument, mode="eval").body)
                        stage.lines.append((batch.row(block, part), argument, read))
                    self.rows |= {n: batch.row(i, part) for i, n in enumerate(names)}
        self.stages = [part for stage in self.stages for part in stage.divided()]
        known: set[str] = set()
        for stage in self.stages:
            for name in sorted(stage.needs() & known - self.rows.keys()):
                self.rows[name] = f"W[{self.end}, l]"
                self.end += 1
            known |= stage.own()

    def _text(self, stage: Stage) -> list[str]:
        """Return the lines of a stage: what it reads from rows first, what it keeps after it."""
        read = sorted(stage.needs() - stage.own())
        sources = {name: self.loads.get(name) or self.rows.get(name) for name in read}
        lines = [f"{name} = {source}" for name, source in sources.items() if source]
        for target, value, _ in stage.lines:
            lines.append(f"{target} = {value}")
            for name in target.split(", "):
                if name in self.rows:
                    lines.append(f"{self.rows[name]} = {name}")
        return lines


def _names(node: ast.expr) -> set[str]:
    """Return the names that an expression reads, those of functions and of the lane left out."""
    called = {id(n.func) for n in ast.walk(node) if isinstance(n, ast.Call)}
    names = [n for n in ast.walk(node) if isinstance(n, ast.Name) and id(n) not in called]
    return {n.id for n in names} - {"l", "W"}
