"""Schemes of SDEs: each makes one step from a drift and a noise factor, with stated orders.

    dx = a(x) dt + s B(x) dW,      s = sqrt(2/beta)

A scheme is written for one calculus: `a` is the Ito drift, or the Stratonovich drift for "heun".
Its orders depend on how B depends on the state:

    additive      not at all
    diagonal      B is diagonal, B_ii a function of x_i alone
    commutative   (B_k . grad) B_l = (B_l . grad) B_k for every two columns; one column always is
    general       anything else

Strong / weak order; a dash where the scheme is refused (printed by `orders_table`):

| scheme | additive noise | diagonal noise | commutative noise | general noise |
| --- | --- | --- | --- | --- |
| euler-maruyama | 1 / 1 | 1/2 / 1 | 1/2 / 1 | 1/2 / 1 |
| heun | 1 / 2 | 1 / 1 | 1 / 1 | 1/2 / 1 |
| milstein | 1 / 1 | 1 / 1 | 1 / 1 | - |
| strong-1.5 | 3/2 / 2 | - | - | - |
| weak-2 | 1 / 2 | 1 / 2 | 1 / 2 | 1/2 / 2 |

References: P. Kloeden, E. Platen, Numerical Solution of SDEs (1992), sections 10.2, 10.3, 15.1;
A. Roessler, SIAM J. Numer. Anal. 48 (2010) 922 (SRA1); W. Ruemelin, SIAM J. Numer. Anal. 19 (1982)
604 (Heun).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import sympy as sp

from ....landscapes.checks import probes
from ....landscapes.field import Field
from ....landscapes.landscape import Landscape
from ...step import Step
from ..assignments import merge_assignments
from .interpretation import Number, transport
from .updates import (
    Parts,
    euler_maruyama,
    heun,
    milstein,
    strong_one_and_a_half,
    weak_two,
)

#: how B may depend on the state, from special to general
NOISE_CLASSES = ("additive", "diagonal", "commutative", "general")


def noise_class(landscape: Landscape) -> str:
    """Return which of `NOISE_CLASSES` the recorded noise factor B is of.

    Dependence on the state is read from the formulas; that columns commute is tested at 64 points.
    """
    factor = landscape.noise_factor
    (d, m), states = factor.shape, set(landscape.symbols)
    moving = set(states)
    for symbol, expression in factor.assignments:
        if expression.free_symbols & moving:
            moving.add(symbol)
    if not any(e.free_symbols & moving for e in factor.entries):
        return "additive"
    b = factor.matrix
    own = all(
        b[i, j] == 0 if i != j else b[i, i].free_symbols & moving <= {landscape.symbols[i]}
        for i in range(d)
        for j in range(m)
    )
    if own and d == m:
        return "diagonal"
    assignments, table = transport(factor)
    pairs = [(k, c) for k in range(m) for c in range(k)]
    terms = [table[k][i][c] for k, c in pairs for i in range(d)]
    twins = [table[c][i][k] for k, c in pairs for i in range(d)]
    if not terms:
        return "commutative"
    with np.errstate(all="ignore"):
        values = landscape.field(
            "commutators",
            sp.Matrix(terms + twins),
            merge_assignments(factor.assignments, assignments),
            factor.tables,
        )(probes(landscape))
    one, other = values[:, : len(terms)], values[:, len(terms) :]
    scale = np.abs(values).max(axis=1, keepdims=True)
    return "commutative" if (np.abs(one - other) <= 1e-9 * scale).all() else "general"


@dataclass(frozen=True)
class Scheme:
    """A rule for one step of an SDE, with its orders of convergence.

    Attributes
    ----------
    name
        The name that `scheme=` accepts.
    calculus
        The drift that the rule is written for: "ito" or "stratonovich".
    strong, weak
        Order for each of `NOISE_CLASSES`; None where the scheme is refused.
    build
        (drift, factor) -> (assignments, new state, noise symbol -> law).
    reference
        Source of the rule.
    instead
        Advice for noise that is refused.
    """

    name: str
    calculus: str
    strong: tuple[float | None, ...]
    weak: tuple[float | None, ...]
    build: Callable[[Field, Field], Parts] = field(repr=False)
    reference: str
    instead: str = ""

    @property
    def strong_orders(self) -> dict[str, float | None]:
        """Noise class -> strong order."""
        return dict(zip(NOISE_CLASSES, self.strong, strict=True))

    @property
    def weak_orders(self) -> dict[str, float | None]:
        """Noise class -> weak order."""
        return dict(zip(NOISE_CLASSES, self.weak, strict=True))

    def check(self, landscape: Landscape) -> None:
        """Raise an error if the scheme has no order for the landscape's noise."""
        if None not in self.weak:
            return  # every class is accepted, and to find that of a long factor takes long
        kind = noise_class(landscape)
        if self.weak_orders[kind] is None:
            good = [c for c, order in self.weak_orders.items() if order is not None]
            raise ValueError(
                f"scheme={self.name!r} is for {' or '.join(good)} noise, and the noise factor of "
                f"{landscape.name} is {kind}; use {self.instead}."
            )


#: every scheme by name
SCHEMES = {
    scheme.name: scheme
    for scheme in (
        Scheme("euler-maruyama", "ito", (1.0, 0.5, 0.5, 0.5), (1.0, 1.0, 1.0, 1.0),
               euler_maruyama, "Kloeden and Platen 10.2"),
        Scheme("heun", "stratonovich", (1.0, 1.0, 1.0, 0.5), (2.0, 1.0, 1.0, 1.0), heun,
               "Ruemelin 1982"),
        Scheme("milstein", "ito", (1.0, 1.0, 1.0, None), (1.0, 1.0, 1.0, None), milstein,
               "Kloeden and Platen 10.3",
               "scheme='heun' or 'euler-maruyama' (strong order 1/2), or 'weak-2' for averages"),
        Scheme("strong-1.5", "ito", (1.5, None, None, None), (2.0, None, None, None),
               strong_one_and_a_half, "Roessler 2010, SRA1",
               "scheme='milstein' (commutative noise), 'heun', or 'weak-2' for averages"),
        Scheme("weak-2", "ito", (1.0, 1.0, 1.0, 0.5), (2.0, 2.0, 2.0, 2.0), weak_two,
               "Kloeden and Platen 15.1"),
    )
}  # fmt: skip


def scheme_step(
    name: str, landscape: Landscape, drift: Field, values: Mapping[sp.Symbol, Number]
) -> Step:
    """Return one step of a scheme on a landscape, given the drift of the scheme's calculus."""
    factor = landscape.noise_factor
    assignments, update, noise = SCHEMES[name].build(drift, factor)
    return Step.of(
        landscape,
        update,
        assignments=assignments,
        noise=noise,
        parameters={**values, **drift.parameters},
        tables={**drift.tables, **factor.tables},
    )


def orders_table() -> str:
    """Return the orders of every scheme as a Markdown table.

    A cell is strong / weak, or a dash where the scheme is refused.

    Examples
    --------
    >>> print(orders_table().splitlines()[2])
    | euler-maruyama | 1 / 1 | 1/2 / 1 | 1/2 / 1 | 1/2 / 1 |
    """
    words = {None: "-", 0.5: "1/2", 1.0: "1", 1.5: "3/2", 2.0: "2"}
    head = ["scheme", *(f"{kind} noise" for kind in NOISE_CLASSES)]
    rows = [head, ["---"] * len(head)]
    for scheme in SCHEMES.values():
        cells = [
            "-" if weak is None else f"{words[strong]} / {words[weak]}"
            for strong, weak in zip(scheme.strong, scheme.weak, strict=True)
        ]
        rows.append([scheme.name, *cells])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
