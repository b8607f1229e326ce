"""`change_coordinates`: the same loss in other coordinates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import sympy as sp

from ..validate import check_mapping
from .checks import check_landscape
from .errors import FormulaError, NotAvailable
from .facts import Facts
from .formulas.language import Domain, Formula, Point, exact
from .formulas.language import names as parse_names
from .formulas.parse import parse_expression
from .kinds.loss import LossLandscape
from .landscape import Landscape


def change_coordinates(
    landscape: Landscape,
    *,
    new: str | Iterable[str | sp.Symbol],
    old: Mapping[str, Formula],
    start: Point | None = None,
    domain: Domain | None = None,
    name: str | None = None,
    facts: Facts | None = None,
) -> Landscape:
    """Return the landscape of the same loss in new coordinates.

        theta = theta(phi),      l'(phi; x) = l(theta(phi); x)

    At corresponding points every sample has the same loss, and its gradient becomes J^T grad l with
    J = d theta/d phi.  At a minimum the Hessian becomes J^T H J: sharpness depends on the
    coordinates, so that a sharp minimum can be made flat, or a flat one sharp.  SGD is not
    covariant, and runs differently.

    Parameters
    ----------
    landscape
        A landscape made by `Landscape.from_loss`.
    new
        Names of the new coordinates, as many as the old ones; a name may be kept.
    old
        Each old coordinate as a formula of the new ones and of the landscape's parameters.
    start
        Default start in the new coordinates.  If not given, it is the old start or the origin,
        provided that its image under theta(phi) is the old start.
    domain
        New coordinate -> (low, high); needed only where an expectation has no closed form.
    name
        Name of the new landscape.
    facts
        Exact results in the new coordinates.

    Raises
    ------
    NotAvailable
        The landscape is not a loss: D and Q would have to be transformed too.
    FormulaError
        A coordinate is missing, the change is singular at the start, or the start is not evident.

    References
    ----------
    L. Dinh, R. Pascanu, S. Bengio and Y. Bengio, "Sharp minima can generalize for deep nets" (ICML
    2017).

    Examples
    --------
    >>> from driftscape.landscapes import mean_estimation
    >>> flat = change_coordinates(mean_estimation(), new="phi", old={"theta": "phi/10"})
    >>> flat.hessian.expression
    [[curvature/100]]
    """
    if not isinstance(landscape, LossLandscape):
        check_landscape(landscape)
        raise NotAvailable(
            f"{landscape.name} is a {landscape.kind} landscape; coordinates are changed for losses "
            "only (from_loss), since D and Q would have to change with them."
        )
    labels = parse_names(new)
    check_mapping("old", old, "old coordinate -> formula of the new ones")
    if set(old) != set(landscape.coordinates) or len(labels) != landscape.dim:
        raise FormulaError(
            f"old= must give {', '.join(landscape.coordinates)} as formulas of {landscape.dim} new "
            f"coordinates; got {', '.join(map(str, old))} of {', '.join(labels)}."
        )
    symbols = {n: sp.Symbol(n, real=True) for n in labels}
    known = symbols | {s.name: s for s in landscape.parameter_symbols}
    change = {s: parse_expression(old[s.name], known) for s in landscape.symbols}
    loss = landscape.parse(landscape.formulas["loss"], *landscape.sample_names).xreplace(change)
    twin = Landscape.from_loss(
        loss,
        coordinates=labels,
        samples=None if landscape.data else landscape.samples,
        data=landscape.data,
        parameters=landscape.parameters,
        name=name if name is not None else f"{landscape.name}_in_{'_'.join(labels)}",
        start=_matching(landscape, change, tuple(symbols.values())) if start is None else start,
        domain=domain,
        facts=facts,
    )
    jacobian = sp.Matrix(list(change.values())).jacobian(list(symbols.values()))
    at = np.array([float(c) for c in twin.start])
    size = np.linalg.det(twin.field("jacobian", jacobian, matrix=True)(at))
    if not (np.isfinite(size) and size != 0):
        raise FormulaError(
            f"the change of coordinates is singular at the start {at.tolist()} "
            f"(determinant {size:g}); give another start=, or another change."
        )
    return twin


def _matching(
    landscape: LossLandscape, change: Mapping[sp.Symbol, sp.Expr], symbols: tuple[sp.Symbol, ...]
) -> tuple[sp.Expr, ...]:
    """Return the old start or the origin, whichever corresponds to the old start."""
    values = {s: exact(v) for s, v in landscape.parameter_symbols.items()}
    for point in (landscape.start, (sp.S.Zero,) * landscape.dim):
        new = values | dict(zip(symbols, point, strict=True))
        images = (e.subs(new) - s for e, s in zip(change.values(), landscape.start, strict=True))
        if all(sp.simplify(e) == 0 for e in images):
            return tuple(point)
    image = zip(landscape.coordinates, landscape.start, strict=True)
    raise FormulaError(
        "the start in the new coordinates is not evident; give start=, the point whose image is "
        f"{', '.join(f'{name} = {value}' for name, value in image)}."
    )
