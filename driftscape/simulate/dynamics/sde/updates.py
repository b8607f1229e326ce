"""The update rules of the schemes, from a drift and a noise factor to a new state."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from ....landscapes.field import Field
from ....typing import Assignments
from ...step import parameter
from ..assignments import field_at, merge_assignments
from .interpretation import transport

BETA, DT = parameter("beta"), parameter("dt")
#: the noise of a step is KICK B xi, xi standard normal
KICK = sp.sqrt(2 * DT / BETA)

Parts = tuple[Assignments, Sequence[sp.Expr], dict[sp.Basic, str]]


class _Writer:
    """Collects assignments; evaluates the drift and the factor at named points."""

    def __init__(self, drift: Field, factor: Field) -> None:
        self.drift, self.factor = drift, factor
        self.x = drift.symbols
        self.columns = range(factor.shape[1])
        self.assignments: Assignments = merge_assignments(drift.assignments, factor.assignments)
        self.noise: dict[sp.Basic, str] = {}
        self.a = sp.Matrix(drift.entries)
        self.b = factor.matrix

    def normals(self, name: str) -> sp.Matrix:
        """Return one standard normal for each column of B, as a column."""
        xi = [sp.Symbol(f"noise.{name}{k}", real=True) for k in self.columns]
        self.noise |= dict.fromkeys(xi, "normal")
        return sp.Matrix(len(xi), 1, xi)

    def kick(self, factor: sp.Matrix, xi: sp.Matrix) -> sp.Matrix:
        """Return B xi; zero where there is no noise."""
        return factor * xi if len(xi) else sp.zeros(len(self.x), 1)

    def point(self, tag: str, expressions: sp.Matrix) -> list[sp.Symbol]:
        """Give symbols to the coordinates of a point."""
        names = [sp.Symbol(f"let.{tag}.{i}", real=True) for i in range(len(self.x))]
        self.assignments = merge_assignments(
            self.assignments, tuple(zip(names, expressions, strict=True))
        )
        return names

    def at(self, of: Field, point: list[sp.Symbol], tag: str) -> sp.Matrix:
        """Evaluate a field at a named point, as a matrix."""
        more, entries = field_at(of, point, tag)
        self.assignments = merge_assignments(self.assignments, tuple(more))
        return sp.Matrix(*(of.shape + (1,))[:2], entries)

    def parts(self, step: sp.Matrix) -> Parts:
        """Return the parts of x' = x + step."""
        return self.assignments, [s + e for s, e in zip(self.x, step, strict=True)], self.noise


def euler_maruyama(drift: Field, factor: Field) -> Parts:
    """x' = x + a dt + s B dW."""
    w = _Writer(drift, factor)
    return w.parts(DT * w.a + KICK * w.kick(w.b, w.normals("xi")))


def heun(drift: Field, factor: Field) -> Parts:
    """y = x + a dt + s B dW;  x' = x + (a + a(y)) dt/2 + s (B + B(y)) dW/2."""
    w = _Writer(drift, factor)
    xi = w.normals("xi")
    y = w.point("y", sp.Matrix(w.x) + DT * w.a + KICK * w.kick(w.b, xi))
    a, b = w.at(drift, y, "y"), w.at(factor, y, "y")
    return w.parts(DT / 2 * (w.a + a) + KICK * w.kick((w.b + b) / 2, xi))


def milstein(drift: Field, factor: Field) -> Parts:
    """x' = x + a dt + s B dW + (s**2/2) sum_kl (B_k . grad) B_l (dW_k dW_l - dt delta_kl)."""
    w = _Writer(drift, factor)
    xi = w.normals("xi")
    assignments, table = transport(factor)
    w.assignments = merge_assignments(w.assignments, assignments)
    second = sp.Matrix(
        [
            sp.Add(
                *(
                    table[k][i][c] * (xi[k] * xi[c] - (1 if k == c else 0))
                    for k in w.columns
                    for c in w.columns
                )
            )
            for i in range(len(w.x))
        ]
    )
    return w.parts(DT * w.a + KICK * w.kick(w.b, xi) + DT / BETA * second)


def strong_one_and_a_half(drift: Field, factor: Field) -> Parts:
    """y = x + 3/4 a dt + 3/2 s B dZ/dt;  x' = x + (a + 2 a(y)) dt/3 + s B dW.

    dZ is the integral of W - W(0) over the step: dt**(3/2) (xi + eta/sqrt(3))/2.
    """
    w = _Writer(drift, factor)
    xi, eta = w.normals("xi"), w.normals("eta")
    mean = (xi + eta / sp.sqrt(3)) / 2
    reach = sp.Rational(3, 4) * DT * w.a + sp.Rational(3, 2) * KICK * w.kick(w.b, mean)
    y = w.point("y", sp.Matrix(w.x) + reach)
    return w.parts(DT / 3 * (w.a + 2 * w.at(drift, y, "y")) + KICK * w.kick(w.b, xi))


def weak_two(drift: Field, factor: Field) -> Parts:
    """Platen's explicit scheme of weak order 2 (Kloeden and Platen, section 15.1).

    With y = x + a dt + s B dW, r_j+- = x + a dt +- s B_j sqrt(dt), u_j+- = x +- s B_j sqrt(dt):
    the drift is averaged over x and y, column j of B over r_j and every u_k, and their differences
    multiply dW_j**2 - dt and dW_j dW_k + V_kj, V_kj = -V_jk = +-dt at random.
    """
    w = _Writer(drift, factor)
    xi = w.normals("xi")
    x, base = sp.Matrix(w.x), sp.Matrix(w.x) + DT * w.a
    y = w.point("y", base + KICK * w.kick(w.b, xi))
    total = DT / 2 * (w.a + w.at(drift, y, "y"))
    shifted = {}
    for j in w.columns:
        for sign, mark in ((1, "p"), (-1, "m")):
            for letter, origin in (("r", base), ("u", x)):
                if letter == "u" and len(xi) == 1:
                    continue
                tag = f"{letter}{mark}{j}"
                point = w.point(tag, origin + sign * KICK * w.b[:, j])
                shifted[letter, mark, j] = w.at(factor, point, tag)
    signs = {}
    for k in w.columns:
        for j in range(k):
            signs[j, k] = sp.Symbol(f"noise.v{j}.{k}", real=True)
            w.noise[signs[j, k]] = "rademacher"
    for j in w.columns:
        high, low = (shifted["r", mark, j][:, j] for mark in "pm")
        mean, spread = high + low + 2 * w.b[:, j], (high - low) * (xi[j] ** 2 - 1)
        for k in w.columns:
            if k == j:
                continue
            high, low = (shifted["u", mark, k][:, j] for mark in "pm")
            v = signs[k, j] if k < j else -signs[j, k]
            mean += high + low - 2 * w.b[:, j]
            spread += (high - low) * (xi[j] * xi[k] + v)
        total += KICK / 4 * (mean * xi[j] + spread)
    return w.parts(total)
