"""SymPy to LaTeX, in which names of several letters are words."""

import sympy as sp
from sympy.printing.conventions import split_super_sub
from sympy.printing.latex import LatexPrinter, translate


def symbol_latex(name: str) -> str:
    """Return a name as LaTeX: words upright, Greek letters and subscripts as such.

    Examples
    --------
    >>> print(symbol_latex("w0"), symbol_latex("theta"), symbol_latex("learning_rate"))
    w_{0} \\theta \\mathrm{learning}_{\\mathrm{rate}}
    """
    base, above, below = split_super_sub(name)
    text = _word(base)
    text += f"^{{{' '.join(map(_word, above))}}}" if above else ""
    return text + (f"_{{{' '.join(map(_word, below))}}}" if below else "")


def _word(text: str) -> str:
    written: str = translate(text)
    word = written == text and len(text) > 1 and text.isalpha()
    return rf"\mathrm{{{text}}}" if word else written


class _Writer(LatexPrinter):  # type: ignore[misc]
    def _print_Symbol(self, symbol: sp.Symbol, style: str = "plain") -> str:
        return symbol_latex(symbol.name)


def latex_of(expression: sp.Basic | sp.MatrixBase | sp.NDimArray) -> str:
    """Return an expression, matrix or array as LaTeX, products of words with a space."""
    written: str = _Writer({"mat_str": "pmatrix", "mat_delim": "", "mul_symbol": r" \, "}).doprint(
        expression
    )
    return written
