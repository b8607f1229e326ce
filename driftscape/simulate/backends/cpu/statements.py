"""Translate statements of the kernels' subset of Python into LLVM's language.

A name that is assigned in one block only is a value; one that is assigned in a block and again
inside it (in a loop or a branch) lives in memory, which LLVM turns into values.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Mapping

from ..translator import not_of_kernels
from .copies import copies
from .expressions import TYPES, Expressions, Results, Typed


def shared_names(body: Iterable[ast.stmt]) -> set[str]:
    """Return the names that must live in memory.

    They are assigned in a block and again in one inside it, or read where no assignment in the same
    block or around it comes first.
    """
    assigned: set[str] = set()
    shared: set[str] = set()

    def walk(body: Iterable[ast.stmt], outside: frozenset[str]) -> None:
        known = set(outside)
        for line in body:
            for part in _outer_parts(line):
                for node in ast.walk(part):
                    if isinstance(node, ast.Name) and node.id not in known:
                        shared.add(node.id)
            for name in _targets(line):
                assigned.add(name)
                if name in outside:
                    shared.add(name)
                known.add(name)
            match line:
                case ast.For(target=ast.Name(id=index), body=inside):
                    walk(inside, frozenset(known | {index}))
                case ast.While(body=inside) | ast.If(body=inside):
                    walk(inside, frozenset(known))

    walk(body, frozenset())
    return shared & assigned


def _targets(line: ast.stmt) -> list[str]:
    """Return the names that a line assigns; the index of a loop is a value of its block."""
    match line:
        case ast.Assign(targets=[ast.Tuple(elts=targets)]) | ast.Assign(targets=targets):
            return [target.id for target in targets if isinstance(target, ast.Name)]
        case ast.AugAssign(target=ast.Name(id=name)):
            return [name]
    return []


def _outer_parts(line: ast.stmt) -> list[ast.expr]:
    """Return the expressions that a line reads before the blocks inside it."""
    match line:
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=value):
            return [value, *(t for t in targets if not isinstance(t, ast.Name))]
        case ast.Assign(targets=[target], value=value):
            return [value] if isinstance(target, ast.Name) else [value, target]
        case ast.AugAssign(target=target, value=value):
            return [value, target]
        case ast.If(test=test) | ast.While(test=test):
            return [test]
        case ast.For(iter=counted):
            return [counted]
        case ast.Expr(value=value):
            return [value]
    return []


def _is_parallel(loop: ast.For) -> bool:
    """Return whether a loop over lanes stores only in columns of the scratch array, each its own.

    To find out that no two turns meet takes LLVM a time that grows as the square of their number.
    """
    assert isinstance(loop.target, ast.Name)
    index = loop.target.id
    for node in ast.walk(loop):
        match node:
            case ast.Subscript(
                value=ast.Name(id="W"), slice=ast.Tuple(elts=[_, ast.Name(id=lane)])
            ):
                if lane != index:
                    return False
            case ast.Subscript(ctx=ast.Store()) | ast.For() | ast.While() if node is not loop:
                return False
    return True


class Statements(Expressions):
    """Writes statements; names in `shared` live in memory, in `places`."""

    def __init__(self, results: Results, shared: Collection[str] = ()) -> None:
        super().__init__(results)
        self.shared = shared
        self.places: dict[str, str] = {}  # name -> kind of the value that its place holds
        self.again: list[str] = []  # where `continue` leads, innermost loop last
        self.left = False  # whether the lines that follow cannot be reached
        self.rows, self.width = "%scratch", 0  # the array W, and the width of its rows
        self.sizes: Mapping[str, int] = {}  # of functions, in operations
        self.notes: list[str] = []  # on loops
        self.stack = 0  # how many numbers it has where it lies on the stack
        self.lanes: dict[str, str] = {}  # lane -> pointer to its number in the first row

    def body(self, lines: Iterable[ast.stmt]) -> None:
        """Write statements."""
        for line in lines:
            match line:
                case ast.Assign(targets=[target], value=value):
                    self._assign(target, value)
                case ast.AugAssign(target=target, op=op, value=value):
                    self._assign(target, ast.BinOp(target, op, value))
                case ast.If(orelse=[]):
                    self._if(line)
                case ast.While(orelse=[]):
                    self._while(line)
                case ast.For(orelse=[]):
                    self._for(line)
                case ast.Expr(value=ast.Call(func=ast.Name("prefetch"), args=[array, index])):
                    self._prefetch(array, index)
                case ast.Continue():
                    self._jump(self.again[-1])
                    self.left = True
                case _:
                    raise not_of_kernels(line)

    def name(self, name: str) -> Typed:
        if name in self.shared:
            kind = self.places[name]
            return self.put(f"load {TYPES[kind]}, ptr %at.{name}", kind)
        return super().name(name)

    def place(self, node: ast.Subscript) -> tuple[str, str]:
        """Return the kind and the pointer of an element; ``W[row, l]`` is in the scratch array."""
        if not isinstance(node.slice, ast.Tuple):
            return super().place(node)
        row, lane_node = node.slice.elts
        lane = self(lane_node).text
        if lane not in self.lanes:
            first = self.put(f"getelementptr inbounds double, ptr {self.rows}, i64 {lane}", "i")
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
            rows, self.width = ast.literal_eval(value.args[1])
            if ast.unparse(value.args[0]) == "stack":
                self.rows, self.stack = "%rows", rows * self.width
        else:
            self._store(target, self(value))

    def _store(self, target: ast.expr, value: Typed) -> None:
        if isinstance(target, ast.Subscript):
            kind, place = self.place(target)
            self.do(f"store {TYPES[kind]} {value.text}, ptr {place}, align 8{self.note}")
            return
        assert isinstance(target, ast.Name)
        if target.id not in self.shared:
            self.values[target.id] = value
            return
        if self.places.setdefault(target.id, value.kind) != value.kind:
            raise ValueError(f"{target.id} is of two kinds.")
        self.do(f"store {value}, ptr %at.{target.id}")

    def _prefetch(self, array: ast.expr, index: ast.expr) -> None:
        """Write that a number is about to be stored; it need not lie within its array."""
        assert isinstance(array, ast.Name)
        element = TYPES[self.pointers[array.id]]
        place = self.put(f"getelementptr {element}, ptr %{array.id}, {self(index)}", "i").text
        self.do(f"call void @llvm.prefetch.p0(ptr {place}, i32 1, i32 3, i32 1)")

    def _if(self, node: ast.If) -> None:
        yes, end = self.label("yes"), self.label("end")
        self.do(f"br {self(node.test)}, label %{yes}, label %{end}")
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
        outside, advice = self.note, self._advice(node)
        self.again.append(turn)
        self._block(inside, node.body, turn)
        self.again.pop()
        self.note = outside
        self._begin(turn)
        self.do(f"{following} = add nsw i64 {index}, {step}")
        self.do(f"br label %{head}{advice}")
        self._begin(end)

    def _advice(self, loop: ast.For) -> str:
        """Return what is attached to the end of a loop; what it reads and writes is marked."""
        over_lanes = ast.unparse(loop.iter) == f"range({self.width})"
        count = copies(loop, self.width, self.sizes) if over_lanes else None
        name, advice = f"!{len(self.notes)}", []
        self.notes.append("")
        if count is not None:
            advice.append(f'!{{!"llvm.loop.interleave.count", i32 {count}}}')
        if _is_parallel(loop):
            group = f"!{len(self.notes)}"
            self.notes.append(f"{group} = distinct !{{}}")
            advice.append(f'!{{!"llvm.loop.parallel_accesses", {group}}}')
            self.note = f", !llvm.access.group {group}"
        if not advice:
            self.notes.pop()
            return ""
        self.notes[int(name[1:])] = f"{name} = distinct !{{{', '.join([name, *advice])}}}"
        return f", !llvm.loop {name}"

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
