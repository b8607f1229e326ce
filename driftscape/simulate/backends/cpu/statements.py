"""Translate statements of the kernels' subset of Python into LLVM's language.

A name that is assigned at one level of nesting only is a value; one that is assigned at a level and
again inside it (in a loop or a branch) lives in memory, which LLVM turns into values.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator

from .expressions import TYPES, Expressions, Results, Typed

Level = tuple[int, ...]


def shared_names(body: Iterable[ast.stmt]) -> set[str]:
    """Return the names that are assigned at one level of nesting and again inside it."""
    levels: dict[str, set[Level]] = {}
    for name, level in _assigned(body, ()):
        levels.setdefault(name, set()).add(level)
    return {
        name
        for name, found in levels.items()
        if any(level[:n] in found for level in found for n in range(len(level)))
    }


def _assigned(body: Iterable[ast.stmt], level: Level) -> Iterator[tuple[str, Level]]:
    for number, line in enumerate(body):
        inside = (*level, number)
        match line:
            case ast.Assign(targets=[ast.Tuple(elts=targets)]) | ast.Assign(targets=targets):
                yield from ((t.id, level) for t in targets if isinstance(t, ast.Name))
            case ast.AugAssign(target=ast.Name(id=name)):
                yield name, level
            case ast.For(target=ast.Name(id=name)):
                yield name, inside
                yield from _assigned(line.body, inside)
            case ast.While() | ast.If():
                yield from _assigned(line.body, inside)


class Statements(Expressions):
    """Writes statements; names in `shared` live in memory, in `places`."""

    def __init__(self, results: Results, shared: Collection[str] = ()) -> None:
        super().__init__(results)
        self.shared = shared
        self.places: dict[str, str] = {}  # name -> kind of the value that its place holds
        self.again: list[str] = []  # where `continue` leads, innermost loop last
        self.left = False  # whether the lines that follow cannot be reached
        self.width = 0  # of a row of the scratch array
        self.lanes: dict[str, str] = {}  # lane -> pointer to its number in the first row

    def body(self, lines: Iterable[ast.stmt]) -> None:
        """Write statements."""
        for line in lines:
            match line:
                case ast.Assign(targets=[target], value=value):
                    self._assign(target, value)
                case ast.AugAssign(target=ast.Name() as target, op=op, value=value):
                    self._assign(target, ast.BinOp(ast.Name(target.id), op, value))
                case ast.If(orelse=[]):
                    self._if(line)
                case ast.While(orelse=[]):
                    self._while(line)
                case ast.For(orelse=[]):
                    self._for(line)
                case ast.Continue():
                    self._jump(self.again[-1])
                    self.left = True
                case _:
                    raise ValueError(f"{ast.unparse(line)!r} is outside the subset of kernels.")

    def name(self, name: str) -> Typed:
        if name in self.shared:
            kind = self.places[name]
            return self.put(f"load {TYPES[kind]}, ptr %at.{name}", kind)
        return super().name(name)

    def place(self, node: ast.Subscript) -> tuple[str, str]:
        """Return the kind and the pointer of an element; ``W[row, lane]`` is one of `scratch`."""
        if not isinstance(node.slice, ast.Tuple):
            return super().place(node)
        row, lane_node = node.slice.elts
        lane = self(lane_node).text
        if lane not in self.lanes:
            first = self.put(f"getelementptr inbounds double, ptr %scratch, i64 {lane}", "i")
            self.lanes[lane] = first.text
        if isinstance(row, ast.Constant):
            assert isinstance(row.value, int)
            offset = str(row.value * self.width)
        else:
            offset = self.put(f"mul nsw {self(row)}, {self.width}", "i").text
        base = f"getelementptr inbounds double, ptr {self.lanes[lane]}"
        return "r", self.put(f"{base}, i64 {offset}", "i").text

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Tuple):
            assert isinstance(value, ast.Call)
            for part, result in zip(target.elts, self.several(value), strict=True):
                self._store(part, result)
        elif isinstance(target, ast.Name) and target.id == "W":  # its rows' literal width
            assert isinstance(value, ast.Call)
            self.width = ast.literal_eval(value.args[1])[1]
        else:
            self._store(target, self(value))

    def _store(self, target: ast.expr, value: Typed) -> None:
        if isinstance(target, ast.Subscript):
            kind, place = self.place(target)
            self.do(f"store {TYPES[kind]} {value.text}, ptr {place}, align 8")
            return
        assert isinstance(target, ast.Name)
        if target.id not in self.shared:
            self.values[target.id] = value
            return
        if self.places.setdefault(target.id, value.kind) != value.kind:
            raise ValueError(f"{target.id} is of two kinds.")
        self.do(f"store {value}, ptr %at.{target.id}")

    def _if(self, node: ast.If) -> None:
        both = isinstance(node.test, ast.BoolOp) and isinstance(node.test.op, ast.And)
        *tests, last = node.test.values if both else [node.test]
        end = self.label("end")
        for test in tests:  # the next one may divide by what this one excludes
            following = self.label("and")
            self.do(f"br {self(test)}, label %{following}, label %{end}")
            self._begin(following)
        yes = self.label("yes")
        self.do(f"br {self(last)}, label %{yes}, label %{end}")
        self._block(yes, node.body, end)
        self._begin(end)

    def _while(self, node: ast.While) -> None:
        head, inside, end = self.label("while"), self.label("inside"), self.label("end")
        self._jump(head)
        self._begin(head)
        self.do(f"br {self(node.test)}, label %{inside}, label %{end}")
        self.again.append(head)
        self._block(inside, node.body, head)
        self.again.pop()
        self._begin(end)

    def _for(self, node: ast.For) -> None:
        assert isinstance(node.iter, ast.Call)
        assert isinstance(node.target, ast.Name)
        bounds = [self(a).text for a in node.iter.args]
        low, high = ("0", bounds[0]) if len(bounds) == 1 else bounds[:2]
        step = ast.literal_eval(node.iter.args[2]) if len(bounds) == 3 else 1
        before, head, inside, turn, end = map(
            self.label, ("before", "for", "inside", "turn", "end")
        )
        index, following = self.fresh(), self.fresh()
        self._jump(before)
        self._begin(before)
        self._jump(head)
        self._begin(head)
        self.do(f"{index} = phi i64 [ {low}, %{before} ], [ {following}, %{turn} ]")
        test = self.put(f"icmp {'slt' if step > 0 else 'sgt'} i64 {index}, {high}", "b")
        self.do(f"br {test}, label %{inside}, label %{end}")
        self.values[node.target.id] = Typed(index, "i")
        self.again.append(turn)
        self._block(inside, node.body, turn)
        self.again.pop()
        self._begin(turn)
        self.do(f"{following} = add nsw i64 {index}, {step}")
        self._jump(head)
        self._begin(end)

    def _block(self, name: str, body: Iterable[ast.stmt], end: str) -> None:
        """Write a block; names that are assigned in it alone are not known after it."""
        self._begin(name)
        outside, lanes = self.values, self.lanes
        self.values, self.lanes = dict(outside), dict(lanes)
        self.body(body)
        self.values, self.lanes = outside, lanes
        if not self.left:
            self._jump(end)

    def label(self, kind: str) -> str:
        """Return a new name of a block."""
        return kind + self.fresh()[1:]

    def _begin(self, name: str) -> None:
        self.lines.append(f"{name}:")
        self.left = False

    def _jump(self, name: str) -> None:
        self.do(f"br label %{name}")
