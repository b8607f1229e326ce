"""A landscape as LaTeX and HTML: all that determines it, with the values of its parameters."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from dataclasses import fields as arguments

import sympy as sp

from .fields import Fields
from .formulas.latex import latex_of, symbol_latex
from .samples import Exponential, Law, Normal, Rademacher, Uniform

_LAWS: Mapping[type[Law], str] = {
    Normal: r"\mathcal{{N}}\left({0},\, {1}\right)",
    Uniform: r"\mathcal{{U}}\left({0},\, {1}\right)",
    Rademacher: r"\text{{Rademacher (}} \pm 1 \text{{ with equal probability)}}",
    Exponential: r"\mathrm{{Exponential}}\left(\text{{mean }} {0}\right)",
}
_EQUATIONS = {
    "loss": r"b = -\nabla\, \mathbb{E}\,\ell, \quad D = \mathrm{Cov}\left(\nabla \ell\right)",
    "potential": r"b = -D\, \nabla\Phi",
    "curl": r"b = -\left(D + Q\right) \nabla\Phi",
    "current": r"b = -D\, \nabla\Phi + J\, e^{\beta \Phi}",
    "drift": r"dx = b\, dt + \sqrt{2 D/\beta}\, dW",
}


def lines(landscape: Fields) -> list[str]:
    """Return the definition of a landscape as lines of LaTeX, `left &= right`."""
    write = {"loss": _loss, "potential": _potential, "drift": _drift}[landscape.kind]
    values = [
        f"{symbol_latex(name)} &= {_number(value)}" for name, value in landscape.parameters.items()
    ]
    return [*write(landscape), *values]


def latex(landscape: Fields) -> str:
    """Return the definition of a landscape as LaTeX, ready for a notebook."""
    whole = r" \\ ".join(lines(landscape))
    return rf"$\displaystyle \begin{{aligned}} {whole} \end{{aligned}}$"


def as_html(landscape: Fields) -> str:
    """Return the name of a landscape and its definition as HTML, in which a notebook sets LaTeX."""
    title = f"<b>{html.escape(landscape.name)}</b> ({landscape.kind} landscape)"
    return f"<div>{title}<p>{html.escape(latex(landscape), quote=False)}</p></div>"


def _number(value: float) -> str:
    mantissa, _, power = f"{value:.6g}".partition("e")
    return rf"{mantissa} \cdot 10^{{{int(power)}}}" if power else mantissa


def _of(names: Iterable[str]) -> str:
    return ", ".join(map(symbol_latex, names))


def _matrix(matrix: sp.MatrixBase) -> str:
    """Return a matrix; a multiple of the identity as such."""
    if matrix.rows == matrix.cols > 1 and matrix == matrix[0] * sp.eye(matrix.rows):
        factor = matrix[0]
        if factor == 1:
            return "I"
        return (
            rf"{latex_of(factor)}\, I" if factor.is_Atom else rf"\left({latex_of(factor)}\right) I"
        )
    return latex_of(matrix[0]) if matrix.shape == (1, 1) else latex_of(matrix)


def _loss(landscape: Fields) -> list[str]:
    names = landscape.sample_names
    left = rf"\ell\left({_of(landscape.coordinates)};\, {_of(names)}\right)"
    loss = landscape.parse(landscape.formulas["loss"], *names)
    found = [f"{left} &= {latex_of(loss)}"]
    if landscape.data is not None:
        rows = len(next(iter(landscape.data.values())))
        found.append(rf"\left({_of(names)}\right) &\in \text{{{rows} equally likely rows of data}}")
    laws: Mapping[str, Law] = getattr(landscape, "samples", {})
    found += [rf"{symbol_latex(name)} &\sim {_law(landscape, law)}" for name, law in laws.items()]
    return [*found, _EQUATIONS["loss"].replace("=", "&=", 1)]


def _law(landscape: Fields, law: Law) -> str:
    given = [landscape.parse(getattr(law, each.name)) for each in arguments(law)]
    if isinstance(law, Normal):
        given[1] = given[1] ** 2
    pattern = _LAWS.get(type(law))
    if pattern is None:
        return rf"\mathrm{{{type(law).__name__}}}\left({', '.join(map(latex_of, given))}\right)"
    return pattern.format(*map(latex_of, given))


def _potential(landscape: Fields) -> list[str]:
    phi = landscape.parse(landscape.formulas["potential"])
    found = [
        rf"\Phi\left({_of(landscape.coordinates)}\right) &= {latex_of(phi)}",
        f"D &= {_matrix(landscape.diffusion.matrix)}",
    ]
    kind = "potential"
    if landscape.formulas["curl"] is not None:
        kind = "curl"
        found.append(f"Q &= {_matrix(landscape.curl.matrix)}")
    if landscape.formulas["current"] is not None:
        kind = "current"
        found.append(f"J &= {_matrix(landscape.current.matrix)}")
    return [*found, _EQUATIONS[kind].replace("=", "&=", 1)]


def _drift(landscape: Fields) -> list[str]:
    left = rf"b\left({_of(landscape.coordinates)}\right)"
    found = [f"{left} &= {_matrix(landscape.drift().matrix)}"]
    if landscape.formulas["noise_factor"] is not None:
        found.append(rf"B &= {_matrix(landscape.noise_factor.matrix)}, \quad D = B B^{{\top}}")
    else:
        found.append(f"D &= {_matrix(landscape.diffusion.matrix)}")
    return [*found, _EQUATIONS["drift"].replace("=", "&=", 1)]
