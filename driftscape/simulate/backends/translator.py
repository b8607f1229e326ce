"""`Translator`: which method translates which kind of expression of the kernels' text.

The text is a small subset of Python: arithmetic, comparisons, tests, choices, elements of arrays
and calls.  `cpu` translates it into LLVM's language, `cpp` into C++.
"""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from typing import Generic, TypeVar

T = TypeVar("T")


class Translator(ABC, Generic[T]):
    """Translates expressions; a subclass has a method for each kind."""

    def __call__(self, node: ast.expr) -> T:
        match node:
            case ast.Name():
                return self._name(node)
            case ast.Constant():
                return self._constant(node)
            case ast.UnaryOp():
                return self._unaryop(node)
            case ast.BinOp():
                return self._binop(node)
            case ast.Compare():
                return self._compare(node)
            case ast.BoolOp():
                return self._boolop(node)
            case ast.IfExp():
                return self._ifexp(node)
            case ast.Subscript():
                return self._subscript(node)
            case ast.Call():
                return self._call(node)
        raise not_of_kernels(node)

    @abstractmethod
    def _name(self, node: ast.Name) -> T: ...

    @abstractmethod
    def _constant(self, node: ast.Constant) -> T: ...

    @abstractmethod
    def _unaryop(self, node: ast.UnaryOp) -> T: ...

    @abstractmethod
    def _binop(self, node: ast.BinOp) -> T: ...

    @abstractmethod
    def _compare(self, node: ast.Compare) -> T: ...

    @abstractmethod
    def _boolop(self, node: ast.BoolOp) -> T: ...

    @abstractmethod
    def _ifexp(self, node: ast.IfExp) -> T: ...

    @abstractmethod
    def _subscript(self, node: ast.Subscript) -> T: ...

    @abstractmethod
    def _call(self, node: ast.Call) -> T: ...


def not_of_kernels(node: ast.AST) -> ValueError:
    """Return the error about text that is no kernel's."""
    return ValueError(f"{ast.unparse(node)!r} is outside the subset of kernels.")
