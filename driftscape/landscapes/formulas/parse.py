"""Text to SymPy through a whitelist; the text of a user is never executed as code.

Python's grammar turns the text into a syntax tree (`ast.parse` executes nothing), and only the node
types below are accepted.  Length, depth, size and exponents are limited, so that a hostile or
mistyped text (`9**9**8`, ten thousand brackets) is refused at once.  Decimals become exact
rationals: `0.1` is 1/10 until a kernel is built.
"""

import ast
import difflib
from collections.abc import Mapping

import sympy as sp

from ..errors import FormulaError
from .functions import TEXT_CONSTANTS, TEXT_FUNCTIONS
from .language import (
    CONDITIONAL,
    MAX_DIGITS,
    can_be_real,
    exact,
    is_finite,
    not_finite,
    plain_conditions,
    quoted,
)
from .write import text_of

MAX_LENGTH = 20_000
MAX_DEPTH = 200
MAX_NODES = 5_000
MAX_EXPONENT = 100
MAX_ARGUMENTS = 20  # of min and max: SymPy compares them pairwise

_COMPARISONS = {ast.Lt: sp.Lt, ast.LtE: sp.Le, ast.Gt: sp.Gt, ast.GtE: sp.Ge}


def parse_expression(formula: object, symbols: Mapping[str, sp.Symbol]) -> sp.Expr:
    """Parse a formula in the given symbols.

    Parameters
    ----------
    formula
        Text such as `"(x**2 - 1)**2/4"`, a number, or a SymPy expression of the same functions.
    symbols
        Name that the formula may contain -> its symbol.

    Raises
    ------
    FormulaError
        A name or function is unknown, a part is not arithmetic, or a limit is exceeded.

    Examples
    --------
    >>> x = sp.Symbol("x", real=True)
    >>> parse_expression("0.5*x**2 + where(x > 0, tanh(x), 0)", {"x": x}).diff(x).subs(x, -1)
    -1
    """
    if isinstance(formula, sp.Basic):
        formula = text_of(formula)
    return _Reader(formula, symbols).read() if isinstance(formula, str) else exact(formula)


def parse_condition(formula: object, symbols: Mapping[str, sp.Symbol]) -> sp.Basic:
    """Parse a condition such as `"x > 0 and (x-1)**2 + y**2 < 0.01"`.

    Raises
    ------
    FormulaError
        As `parse_expression`, or the text is not a condition.
    """
    reader = _Reader(str(formula), symbols)
    return reader.read(condition=True)


def _unknown(name: str, text: str, symbols: Mapping[str, sp.Symbol]) -> FormulaError:
    near = difflib.get_close_matches(name, [*symbols, *TEXT_FUNCTIONS], n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    hint = f" The function {name} needs its argument: {name}(...)." if name in near else hint
    return FormulaError(
        f"unknown name {name!r} in {quoted(text)}; known: {', '.join(sorted(symbols)) or 'none'}."
        f"{hint} Declare it in coordinates=, samples= or parameters=."
    )


class _Reader:
    """Translates the syntax tree of one text."""

    def __init__(self, text: str, symbols: Mapping[str, sp.Symbol]) -> None:
        self.text, self.symbols, self.nodes = text, symbols, 0

    def read(self, condition: bool = False) -> sp.Expr:
        if len(self.text) > MAX_LENGTH:
            raise FormulaError(
                f"a formula of {len(self.text)} characters; at most {MAX_LENGTH} are read."
            )
        try:
            tree = ast.parse(self.text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            deep = isinstance(error, (RecursionError, MemoryError))
            message = error.msg if isinstance(error, SyntaxError) else error
            reason = "nested too deeply" if deep else message
            raise FormulaError(f"{quoted(self.text)} is not a formula: {reason}.") from None
        result = self._condition(tree, 0) if condition else self._value(tree, 0)
        if (part := not_finite(result)) is not None:
            size = str(sp.N(part, 3)).lower() if part.is_Rational else quoted(part)
            raise self._refuse(
                f"it contains {size}, which is no real number between 2.2e-308 and 1.8e308 in size."
            )
        return plain_conditions(result)

    def _refuse(self, reason: str) -> FormulaError:
        return FormulaError(f"{quoted(self.text)}: {reason}")

    def _enter(self, depth: int) -> None:
        self.nodes += 1
        if depth > MAX_DEPTH or self.nodes > MAX_NODES:
            raise self._refuse(f"nested deeper than {MAX_DEPTH} or longer than {MAX_NODES} parts.")

    def _real(self, node: ast.AST, depth: int) -> sp.Expr:
        """Return the value of an argument, before SymPy is given `exp(exp(exp(99)))`."""
        result = self._value(node, depth)
        if not can_be_real(result) or (result.is_number and not is_finite(result)):
            raise self._refuse(f"{ast.unparse(node)[:40]} is not a finite real number.")
        return result

    def _value(self, node: ast.AST, depth: int) -> sp.Expr:
        self._enter(depth)
        if isinstance(node, ast.Constant):
            return self._number(node.value)
        if isinstance(node, ast.Name):
            if node.id in self.symbols:
                return self.symbols[node.id]
            if node.id in TEXT_CONSTANTS:
                return TEXT_CONSTANTS[node.id]
            raise _unknown(node.id, self.text, self.symbols)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
            inner = self._value(node.operand, depth + 1)
            return -inner if isinstance(node.op, ast.USub) else inner
        if isinstance(node, ast.BinOp):
            return self._arithmetic(node, depth)
        if isinstance(node, ast.Call):
            return self._call(node, depth)
        raise self._refuse(
            f"{type(node).__name__} is not part of the formula language "
            "(+ - * / ** , numbers, names, functions)."
        )

    def _number(self, value: object) -> sp.Expr:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self._refuse(f"{value!r} is not a real number.")
        if value in (float("inf"), 0) and value:
            raise self._refuse("it contains a number beyond 1.8e308, which no double can be.")
        return exact(value)

    def _arithmetic(self, node: ast.BinOp, depth: int) -> sp.Expr:
        # a long sum is a left-leaning chain: loop over it instead of recursing
        chain: list[tuple[ast.operator, ast.AST]] = []
        head: ast.AST = node
        while isinstance(head, ast.BinOp) and not isinstance(head.op, ast.Pow):
            self._enter(depth)
            chain.append((head.op, head.right))
            head = head.left
        if not chain:
            return self._power(node, depth)
        result = self._value(head, depth + 1)
        terms: list[sp.Expr] = []  # of the sum so far: adding one by one takes quadratic time
        for operator, right in reversed(chain):
            operand = self._value(right, depth + 1)
            if isinstance(operator, (ast.Add, ast.Sub)):
                terms.append(result)
                result = operand if isinstance(operator, ast.Add) else -operand
                continue
            result, terms = sp.Add(*terms, result), []
            if isinstance(operator, ast.Mult):
                result = result * operand
            elif isinstance(operator, ast.Div):
                if operand.is_zero:
                    raise self._refuse("division by zero.")
                result = result / operand
            else:
                power = " Write ** for a power." if isinstance(operator, ast.BitXor) else ""
                raise self._refuse(f"operator {type(operator).__name__} is not allowed.{power}")
        return sp.Add(*terms, result)

    def _power(self, node: ast.BinOp, depth: int) -> sp.Expr:
        base, exponent = self._real(node.left, depth + 1), self._real(node.right, depth + 1)
        if base.is_zero and exponent.is_number and exponent <= 0:
            raise self._refuse("zero to a power that is not positive.")
        if base.is_Rational and exponent.is_number:
            digits = max(len(str(abs(base.p))), len(str(base.q))) * abs(float(exponent.evalf(15)))
            if digits > MAX_DIGITS:
                raise self._refuse(f"a number of more than {MAX_DIGITS} digits.")
        if base.is_number and base.is_negative and exponent.is_integer is not True:
            raise self._refuse(
                f"the negative number {base} to the power {quoted(exponent)} is not real; write "
                "the power of a positive number, or cos(pi*x) for (-1)**x."
            )
        self._bound(exponent)
        result = base**exponent
        self._bound(result.as_base_exp()[1])  # (x**100)**100 is x**10000
        return result

    def _bound(self, exponent: sp.Expr) -> None:
        if exponent.is_number and abs(float(exponent.evalf(15))) > MAX_EXPONENT:
            raise self._refuse(f"exponents are bounded by {MAX_EXPONENT}.")

    def _call(self, node: ast.Call, depth: int) -> sp.Expr:
        name = node.func.id if isinstance(node.func, ast.Name) else None
        if name == CONDITIONAL and len(node.args) == 3 and not node.keywords:
            condition = self._condition(node.args[0], depth + 1)
            yes, no = (self._value(part, depth + 1) for part in node.args[1:])
            return sp.Piecewise((yes, condition), (no, True))
        if name == CONDITIONAL:
            raise self._refuse(f"write {CONDITIONAL}(condition, value, otherwise).")
        if name not in TEXT_FUNCTIONS or node.keywords:
            near = difflib.get_close_matches(name or "", [*TEXT_FUNCTIONS, CONDITIONAL], n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise self._refuse(
                f"no function {name or ast.unparse(node.func)[:40]!r}; known: "
                f"{', '.join(TEXT_FUNCTIONS)}, {CONDITIONAL}(condition, a, b).{hint}"
            )
        arguments = [self._real(argument, depth + 1) for argument in node.args]
        many = name.lower() in ("min", "max")
        if not 1 <= len(arguments) <= (MAX_ARGUMENTS if many else 1):
            wants = f"1 to {MAX_ARGUMENTS} arguments" if many else "one argument"
            raise self._refuse(f"{name} takes {wants}, got {len(arguments)}.")
        return TEXT_FUNCTIONS[name](*arguments)

    def _condition(self, node: ast.AST, depth: int) -> sp.Basic:
        self._enter(depth)
        if isinstance(node, ast.BoolOp):
            parts = [self._condition(part, depth + 1) for part in node.values]
            return (sp.And if isinstance(node.op, ast.And) else sp.Or)(*parts)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return sp.Not(self._condition(node.operand, depth + 1))
        if isinstance(node, ast.Compare) and all(type(op) in _COMPARISONS for op in node.ops):
            sides = [self._real(side, depth + 1) for side in (node.left, *node.comparators)]
            tests = [
                _COMPARISONS[type(op)](a, b)
                for op, a, b in zip(node.ops, sides, sides[1:], strict=False)
            ]
            return sp.And(*tests)
        raise self._refuse("a condition compares values with < <= > >=, joined by and, or, not.")
