"""Schemes: (drift, noise factor) -> one step, and the orders each is of.

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
from typing import Any

import sympy as sp

from ....landscapes.field import Field
from ....landscapes.landscape import Landscape
from ...step import Step
from .noise_class import NOISE_CLASSES, noise_class
from .updates import (
    Parts,
    euler_maruyama,
    heun,
    milstein,
    strong_one_and_a_half,
    weak_two,
)


@dataclass(frozen=True)
class Scheme:
    """One way to make a step, and how good it is.

    Attributes
    ----------
    calculus
        Which drift it wants: "ito" or "stratonovich".
    strong, weak
        Order for each of `NOISE_CLASSES`; None: refused.
    build
        (drift, factor) -> (assignments, new state, noise symbol -> law).
    instead
        What to use for noise that it refuses.
    """

    name: str
    calculus: str
    strong: tuple[float | None, ...]
    weak: tuple[float | None, ...]
    build: Callable[[Field, Field], Parts] = field(repr=False)
    reference: str
    instead: str = ""

    def order(self, kind: str) -> Mapping[str, float | None]:
        """Return noise class -> order, of kind "strong" or "weak"."""
        return dict(zip(NOISE_CLASSES, getattr(self, kind), strict=True))

    def check(self, landscape: Landscape) -> None:
        """Refuse noise for which the scheme has no order."""
        if None not in self.weak:
            return  # it takes any, and to tell the class of a long factor takes long
        kind = noise_class(landscape)
        if self.order("weak")[kind] is None:
            good = [c for c in NOISE_CLASSES if self.order("weak")[c] is not None]
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
    name: str, landscape: Landscape, drift: Field, values: Mapping[sp.Symbol, Any]
) -> Step:
    """Return one step of a scheme on a landscape, given the drift of the scheme's calculus."""
    factor = landscape.noise_factor
    assignments, update, noise = SCHEMES[name].build(drift, factor)
    return Step(
        state=landscape.symbols,
        update=tuple(update),
        visible=landscape.dim,
        assignments=assignments,
        noise=noise,
        parameters={**values, **drift.parameters},
        tables={**drift.tables, **factor.tables},
    )


def orders_table() -> str:
    """Return the orders of every scheme as a Markdown table: strong / weak, a dash where refused.

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
