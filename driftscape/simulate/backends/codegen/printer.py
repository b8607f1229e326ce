"""Print a SymPy expression as source text, with explicit fused multiply-adds.

`Printer` writes Python that `cpu` translates for LLVM, and `cpp` for a GPU.  Every bit of
the result is determined here, once: the order of sums and products, the fused operations, the form
of divisions.
"""

from collections.abc import Mapping

import sympy as sp

#: SymPy class -> function of `elementary` (or of `intrinsics`)
FUNCTIONS: dict[type[sp.Basic], str] = {
    sp.exp: "exp",
    sp.log: "log",
    sp.sin: "sin",
    sp.cos: "cos",
    sp.tan: "tan",
    sp.asin: "asin",
    sp.acos: "acos",
    sp.atan: "atan",
    sp.sinh: "sinh",
    sp.cosh: "cosh",
    sp.tanh: "tanh",
    sp.erf: "erf",
    sp.Abs: "absolute",
    sp.sign: "sign",
}

_COMPARE = {
    sp.StrictLessThan: "<",
    sp.LessThan: "<=",
    sp.StrictGreaterThan: ">",
    sp.GreaterThan: ">=",
    sp.Equality: "==",
    sp.Unequality: "!=",
}


class Printer:
    """Prints expressions with the given names of symbols; `used` collects the functions called."""

    def __init__(self, names: Mapping[sp.Symbol, str]) -> None:
        self.names = names
        self.used: set[str] = set()

    def number(self, value: float) -> str:
        """Return the text of a number."""
        return "NAN" if value != value else repr(value)

    def call(self, function: str, *arguments: str) -> str:
        """Return the text of a call, and note the function as used."""
        self.used.add(function)
        return f"{function}({', '.join(arguments)})"

    def select(self, condition: str, yes: str, no: str) -> str:
        """Return the text of a choice between two values."""
        return f"({yes} if {condition} else {no})"

    def both(self, a: str, b: str) -> str:
        """Return the text of a conjunction."""
        return f"({a} & {b})"

    def either(self, a: str, b: str) -> str:
        """Return the text of a disjunction."""
        return f"({a} | {b})"

    def __call__(self, node: sp.Basic) -> str:
        if isinstance(node, sp.Symbol):
            return self.names[node]
        if node.is_number:
            return self.number(float(node.evalf(30)))
        if isinstance(node, sp.Add):
            return self.sum(node)
        if isinstance(node, sp.Mul):
            return self.product(node)
        if isinstance(node, sp.Pow):
            return self.power(*node.args)
        if isinstance(node, sp.Piecewise):
            return self.piecewise(node)
        if isinstance(node, (sp.Min, sp.Max)):
            name = "minimum" if isinstance(node, sp.Min) else "maximum"
            first, *rest = sorted(node.args, key=sp.default_sort_key)
            text = self(first)
            for other in rest:
                text = self.call(name, text, self(other))
            return text
        if type(node) in FUNCTIONS:
            return self.call(FUNCTIONS[type(node)], *map(self, node.args))
        if hasattr(node, "_imp_"):  # a function of this package, named like its compiled form
            return self.call(node.func.__name__, *map(self, node.args))
        raise ValueError(f"{type(node).__name__} of {node} has no compiled form.")

    def sum(self, node: sp.Add) -> str:
        """Return the text of a sum: the plain terms, then each product as fma(a, b, rest)."""
        plain = [t for t in node.args if not _is_product(t)]
        products = [t for t in node.args if _is_product(t)]
        plain.sort(key=_is_negated)  # b - a rather than -a + b
        if not plain:
            plain, products = products[:1], products[1:]
        text = self(plain[0])
        for term in plain[1:]:
            text = f"({text} - {self(-term)})" if _is_negated(term) else f"({text} + {self(term)})"
        for term in products:
            *left, right = _factors(term)
            text = self.call("fma", self.factors(left), self(right), text)
        return text

    def product(self, node: sp.Mul) -> str:
        """Return the text of a product, with at most one division."""
        below = [f for f in node.args if _is_reciprocal(f)]
        above = [f for f in node.args if not _is_reciprocal(f)]
        text = self.factors(above) if above else self.number(1.0)
        if below:
            inverse = [sp.Pow(f.base, -f.exp) for f in below]
            text = f"({text} / {self.factors(inverse)})"
        return text

    def factors(self, factors: list[sp.Expr]) -> str:
        """Return the text of a product of factors; numbers become one, and -1 becomes a sign."""
        number = sp.Mul(*(f for f in factors if f.is_number))
        texts = [self(f) for f in factors if not f.is_number]
        if not texts:
            return self(number)
        text = texts[0] if len(texts) == 1 else "(" + " * ".join(texts) + ")"
        if number == 1:
            return text
        return f"(-{text})" if number == -1 else f"({self(number)} * {text})"

    def power(self, base: sp.Expr, exponent: sp.Expr) -> str:
        """Return the text of a power."""
        if exponent == 2:
            text = self(base)
            return f"({text} * {text})"
        if exponent == -1:
            return f"({self.number(1.0)} / {self(base)})"
        if exponent == -2:
            return f"({self.number(1.0)} / {self.power(base, sp.Integer(2))})"
        if exponent == sp.S.Half:
            return self.call("sqrt", self(base))
        if exponent == -sp.S.Half:
            return f"({self.number(1.0)} / {self.call('sqrt', self(base))})"
        return self.call("pow", self(base), self(exponent))

    def piecewise(self, node: sp.Piecewise) -> str:
        """Return the text of nested choices."""
        *cases, (last, condition) = node.args
        text = self(last)
        if condition is not sp.true:
            text = self.select(self.condition(condition), text, self.number(float("nan")))
        for value, test in reversed(cases):
            text = self.select(self.condition(test), self(value), text)
        return text

    def condition(self, node: sp.Basic) -> str:
        """Return the text of a condition."""
        if isinstance(node, sp.Not):
            node = sp.to_nnf(node)
        for kind, join in ((sp.And, self.both), (sp.Or, self.either)):
            if isinstance(node, kind):
                first, *rest = sorted(node.args, key=sp.default_sort_key)
                text = self.condition(first)
                for other in rest:
                    text = join(text, self.condition(other))
                return text
        if type(node) in _COMPARE:
            return f"({self(node.lhs)} {_COMPARE[type(node)]} {self(node.rhs)})"
        if node in (sp.true, sp.false):
            return "True" if node == sp.true else "False"
        raise ValueError(f"{node} is not a condition.")


def _is_negated(term: sp.Expr) -> bool:
    return isinstance(term, sp.Mul) and len(term.args) == 2 and -1 in term.args


def _factors(term: sp.Expr) -> list[sp.Expr]:
    """Return the factors of a product; a square is its base twice, a number comes first."""
    if isinstance(term, sp.Pow):
        return [term.base, term.base]
    numbers = [f for f in term.args if f.is_number]
    others = [f for f in term.args if not f.is_number]
    return [*numbers, *others]


def _is_product(term: sp.Expr) -> bool:
    """Return whether a term can be fused: a product without quotient, or a symbol's square."""
    if isinstance(term, sp.Mul):
        return not _is_negated(term) and not any(_is_reciprocal(f) for f in term.args)
    return isinstance(term, sp.Pow) and term.exp == 2 and term.base.is_Symbol


def _is_reciprocal(factor: sp.Expr) -> bool:
    return isinstance(factor, sp.Pow) and factor.exp in (-1, -2, -sp.S.Half)
