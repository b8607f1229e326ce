"""Text -> SymPy through an explicit whitelist; nothing that was typed is ever evaluated as code.

Python's own grammar reads the text into a tree (`ast.parse` runs nothing) and only the node
types handled below survive.  Length, depth, size and exponents are bounded, so that a hostile or
mistyped text (`9**9**8`, ten thousand brackets) is answered at once.  Decimals become exact
rationals: `0.1` is 1/10 until a kernel is built.
"""

import ast
import difflib
import keyword
from collections.abc import Iterable, Mapping
from fractions import Fraction

import sympy as sp

from ...validate import plain
from .functions import TEXT_CONSTANTS, TEXT_FUNCTIONS

MAX_LENGTH = 20_000
MAX_DEPTH = 200
MAX_NODES = 5_000
MAX_EXPONENT = 100
MAX_DIGITS = 400
MAX_ARGUMENTS = 20  # of min and max: SymPy compares them pairwise

_COMPARISONS = {ast.Lt: sp.Lt, ast.LtE: sp.Le, ast.Gt: sp.Gt, ast.GtE: sp.Ge}
_CONDITIONAL = "where"  # where(condition, value, otherwise)


class FormulaError(ValueError):
    """A formula that is not accepted; the message quotes it and says what is allowed."""


def names(text: str | Iterable[str], what: str = "coordinates") -> tuple[str, ...]:
    """Split `"u v z"` (or `"u, v, z"`, or a sequence of text or symbols) into distinct names."""
    parts = text.replace(",", " ").split() if isinstance(text, str) else list(text)
    parts = [part.name if isinstance(part, sp.Symbol) else part for part in parts]
    if not parts:
        raise FormulaError(f"{what}={text!r} names nothing; give at least one name, e.g. 'x y'.")
    for name in parts:
        check_name(name, what)
    if len(set(parts)) < len(parts):
        raise FormulaError(f"{what}={parts} repeats a name; each must be distinct.")
    return tuple(parts)


def check_name(name: object, what: str) -> None:
    """Refuse what cannot be a symbol: no identifier, a keyword, or the name of a function."""
    usable = isinstance(name, str) and name.isascii() and name.isidentifier() and len(name) <= 60
    if not isinstance(name, str) or not usable:
        raise FormulaError(
            f"{name!r} cannot name one of the {what}; use letters a-z, digits and _: 'theta1'."
        )
    if keyword.iskeyword(name):
        raise FormulaError(f"{name!r} is a Python keyword; call it {name + '_'!r}, for example.")
    if name in TEXT_FUNCTIONS or name in (_CONDITIONAL, "pi"):
        raise FormulaError(f"{name!r} is a function of the formula language; use another name.")


def exact(value: object) -> sp.Expr:
    """Return a number as the exact rational that its shortest decimal writes: 0.1 -> 1/10."""
    value = plain(value)
    if isinstance(value, bool) or not isinstance(value, (int, float, Fraction, sp.Basic)):
        raise FormulaError(f"{value!r} is not a number.")
    if isinstance(value, sp.Float):
        return exact(float(value))
    if isinstance(value, sp.Basic):
        return value
    if isinstance(value, float) and (value != value or value in (float("inf"), -float("inf"))):
        raise FormulaError(f"{value!r} is not a finite number.")
    return sp.Rational(repr(float(value)) if isinstance(value, float) else value)


def parse_expression(formula: object, symbols: Mapping[str, sp.Symbol]) -> sp.Expr:
    """Parse a formula in the given symbols.

    Parameters
    ----------
    formula
        Text such as `"(x**2 - 1)**2/4"`, a number, or a SymPy expression of the same functions.
    symbols
        The names the formula may contain, and the symbol of each.

    Raises
    ------
    FormulaError
        Unknown name or function, anything but arithmetic, or past the bounds of this module.

    Examples
    --------
    >>> x = sp.Symbol("x", real=True)
    >>> parse_expression("0.5*x**2 + where(x > 0, tanh(x), 0)", {"x": x}).diff(x).subs(x, -1)
    -1
    """
    if isinstance(formula, sp.Basic):
        from .write import text_of  # which needs this module

        formula = text_of(formula)
    return _Reader(formula, symbols).read() if isinstance(formula, str) else exact(formula)


def parse_condition(formula: object, symbols: Mapping[str, sp.Symbol]) -> sp.Basic:
    """Parse a predicate such as `"x > 0 and (x-1)**2 + y**2 < 0.01"`."""
    reader = _Reader(str(formula), symbols)
    return reader.read(condition=True)


def quoted(formula: object) -> str:
    """Return the formula in quotes, its middle left out where it is long."""
    text = str(formula)
    return repr(text if len(text) <= 80 else text[:60] + " ... " + text[-12:])


def is_finite(expression: sp.Expr) -> bool:
    """Whether the expression can be real and its constant parts are finite real numbers."""
    if not expression.is_number:
        return _can_be_real(expression) and all(map(is_finite, expression.args))
    if expression.is_Rational:
        return bool(max(expression.p.bit_length(), expression.q.bit_length()) < 3.3 * MAX_DIGITS)
    value = expression.evalf(15)
    return bool(value.is_real and abs(value) < 1e300)


def plain_conditions(expression: sp.Basic) -> sp.Basic:
    """Undo SymPy's if-then-else of conditions, which it makes of `where` inside a condition."""
    return expression.replace(sp.ITE, lambda a, b, c: sp.Or(sp.And(a, b), sp.And(sp.Not(a), c)))


def _can_be_real(expression: sp.Basic) -> bool:
    return getattr(expression, "is_extended_real", None) is not False


def _unknown(name: str, text: str, symbols: Mapping[str, sp.Symbol]) -> FormulaError:
    near = difflib.get_close_matches(name, [*symbols, *TEXT_FUNCTIONS], n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    hint = f" The function {name} needs its argument: {name}(...)." if name in near else hint
    return FormulaError(
        f"unknown name {name!r} in {quoted(text)}; known: {', '.join(sorted(symbols)) or 'none'}."
        f"{hint} Declare it in coordinates=, samples= or parameters=."
    )


class _Reader:
    """One walk over the syntax tree of one text."""

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
            reason = "nested too deeply" if deep else getattr(error, "msg", None) or error
            raise FormulaError(f"{quoted(self.text)} is not a formula: {reason}.") from None
        result = self.condition(tree, 0) if condition else self.value(tree, 0)
        if not is_finite(result):
            raise self.refuse("not a finite real expression.")
        return plain_conditions(result)

    def refuse(self, reason: str) -> FormulaError:
        return FormulaError(f"{quoted(self.text)}: {reason}")

    def enter(self, depth: int) -> None:
        self.nodes += 1
        if depth > MAX_DEPTH or self.nodes > MAX_NODES:
            raise self.refuse(f"nested deeper than {MAX_DEPTH} or longer than {MAX_NODES} parts.")

    def real(self, node: ast.AST, depth: int) -> sp.Expr:
        """Value of an argument; SymPy must not meet `exp(exp(exp(99)))` or `abs(sqrt(-2))`."""
        result = self.value(node, depth)
        if not _can_be_real(result) or (result.is_number and not is_finite(result)):
            raise self.refuse(f"{ast.unparse(node)[:40]} is not a finite real number.")
        return result

    def value(self, node: ast.AST, depth: int) -> sp.Expr:
        self.enter(depth)
        if isinstance(node, ast.Constant):
            return self.number(node.value)
        if isinstance(node, ast.Name):
            if node.id in self.symbols:
                return self.symbols[node.id]
            if node.id in TEXT_CONSTANTS:
                return TEXT_CONSTANTS[node.id]
            raise _unknown(node.id, self.text, self.symbols)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
            inner = self.value(node.operand, depth + 1)
            return -inner if isinstance(node.op, ast.USub) else inner
        if isinstance(node, ast.BinOp):
            return self.arithmetic(node, depth)
        if isinstance(node, ast.Call):
            return self.call(node, depth)
        raise self.refuse(
            f"{type(node).__name__} is not part of the formula language "
            "(+ - * / ** , numbers, names, functions)."
        )

    def number(self, value: object) -> sp.Expr:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.refuse(f"{value!r} is not a real number.")
        return exact(value)

    def arithmetic(self, node: ast.BinOp, depth: int) -> sp.Expr:
        # a long sum is a left-leaning chain: walk down it instead of recursing
        chain: list[tuple[ast.operator, ast.AST]] = []
        head: ast.AST = node
        while isinstance(head, ast.BinOp) and not isinstance(head.op, ast.Pow):
            self.enter(depth)
            chain.append((head.op, head.right))
            head = head.left
        if not chain:
            return self.power(node, depth)
        result = self.value(head, depth + 1)
        terms: list[sp.Expr] = []  # of a running sum: adding one by one would be quadratic
        for operator, right in reversed(chain):
            operand = self.value(right, depth + 1)
            if isinstance(operator, (ast.Add, ast.Sub)):
                terms.append(result)
                result = operand if isinstance(operator, ast.Add) else -operand
                continue
            result, terms = sp.Add(*terms, result), []
            if isinstance(operator, ast.Mult):
                result = result * operand
            elif isinstance(operator, ast.Div):
                if operand.is_zero:
                    raise self.refuse("division by zero.")
                result = result / operand
            else:
                power = " Write ** for a power." if isinstance(operator, ast.BitXor) else ""
                raise self.refuse(f"operator {type(operator).__name__} is not allowed.{power}")
        return sp.Add(*terms, result)

    def power(self, node: ast.BinOp, depth: int) -> sp.Expr:
        base, exponent = self.real(node.left, depth + 1), self.real(node.right, depth + 1)
        if base.is_zero and exponent.is_number and exponent <= 0:
            raise self.refuse("zero to a power that is not positive.")
        if base.is_Rational and exponent.is_number:
            digits = max(len(str(abs(base.p))), len(str(base.q))) * abs(float(exponent.evalf(15)))
            if digits > MAX_DIGITS:
                raise self.refuse(f"a number of more than {MAX_DIGITS} digits.")
        self.bound(exponent)
        result = base**exponent
        self.bound(result.as_base_exp()[1])  # (x**100)**100 is x**10000
        return result

    def bound(self, exponent: sp.Expr) -> None:
        if exponent.is_number and abs(float(exponent.evalf(15))) > MAX_EXPONENT:
            raise self.refuse(f"exponents are bounded by {MAX_EXPONENT}.")

    def call(self, node: ast.Call, depth: int) -> sp.Expr:
        name = node.func.id if isinstance(node.func, ast.Name) else None
        if name == _CONDITIONAL and len(node.args) == 3 and not node.keywords:
            condition = self.condition(node.args[0], depth + 1)
            yes, no = (self.value(part, depth + 1) for part in node.args[1:])
            return sp.Piecewise((yes, condition), (no, True))
        if name == _CONDITIONAL:
            raise self.refuse(f"write {_CONDITIONAL}(condition, value, otherwise).")
        if name not in TEXT_FUNCTIONS or node.keywords:
            near = difflib.get_close_matches(name or "", [*TEXT_FUNCTIONS, _CONDITIONAL], n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise self.refuse(
                f"no function {name or ast.unparse(node.func)[:40]!r}; known: "
                f"{', '.join(TEXT_FUNCTIONS)}, {_CONDITIONAL}(condition, a, b).{hint}"
            )
        arguments = [self.real(argument, depth + 1) for argument in node.args]
        many = name.lower() in ("min", "max")
        if not 1 <= len(arguments) <= (MAX_ARGUMENTS if many else 1):
            wants = f"1 to {MAX_ARGUMENTS} arguments" if many else "one argument"
            raise self.refuse(f"{name} takes {wants}, got {len(arguments)}.")
        return TEXT_FUNCTIONS[name](*arguments)

    def condition(self, node: ast.AST, depth: int) -> sp.Basic:
        self.enter(depth)
        if isinstance(node, ast.BoolOp):
            parts = [self.condition(part, depth + 1) for part in node.values]
            return (sp.And if isinstance(node.op, ast.And) else sp.Or)(*parts)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return sp.Not(self.condition(node.operand, depth + 1))
        if isinstance(node, ast.Compare) and all(type(op) in _COMPARISONS for op in node.ops):
            sides = [self.real(side, depth + 1) for side in (node.left, *node.comparators)]
            tests = [
                _COMPARISONS[type(op)](a, b)
                for op, a, b in zip(node.ops, sides, sides[1:], strict=False)
            ]
            return sp.And(*tests)
        raise self.refuse("a condition compares values with < <= > >=, joined by and, or, not.")
