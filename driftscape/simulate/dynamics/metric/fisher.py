"""The Fisher matrix of a landscape whose loss is -log p, and the check that it is one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import sympy as sp

from ....landscapes.checks import probes
from ....landscapes.errors import NotAvailable
from ....landscapes.formulas.calculus import derivative
from ....landscapes.formulas.evaluate import evaluate
from ....landscapes.integration.expectation import SampleSpace
from ....landscapes.landscape import Landscape
from ....landscapes.samples import Law
from ....typing import Float

_TOLERANCE = 1e-6
_NEXT = "Use GD, or RGD, whose metric needs no likelihood."


def empirical_fisher(landscape: Landscape) -> tuple[sp.Matrix, Mapping[sp.IndexedBase, Float]]:
    """Return E[g g^T] = C + G G^T over the landscape's samples, and its tables.

    Raises
    ------
    NotAvailable
        No samples, no optimum near the start, or E hessian is not E[g g^T] there.
    """
    _require_loss(landscape)
    gradient, covariance = landscape.gradient, landscape.covariance
    fisher = covariance.matrix + gradient.matrix * gradient.matrix.T
    optimum = _optimum(landscape)
    hessian, information = landscape.hessian(optimum), covariance(optimum)
    if not _close(information, hessian):
        raise NotAvailable(
            f"{landscape.name} is not a likelihood: at its optimum {np.round(optimum, 6).tolist()} "
            f"E hessian = {np.round(hessian, 6).tolist()}, but E[g g^T] = "
            f"{np.round(information, 6).tolist()}; for a loss -log p they are equal. {_NEXT}"
        )
    return fisher, {**gradient.tables, **covariance.tables}


def model_fisher(
    landscape: Landscape, model: Mapping[str, Law]
) -> tuple[sp.Matrix, Mapping[sp.IndexedBase, Float]]:
    """Return E[g g^T] over the model's law of the samples at theta, and its tables.

    Raises
    ------
    NotAvailable
        The loss is not -log of the model's density, or the expectation has no closed form.
    ValueError
        The model does not name the landscape's samples.
    """
    _require_loss(landscape)
    names = list(landscape.sample_names)
    if set(model) != set(names):
        raise ValueError(
            f"model= names {', '.join(model) or 'no sample'}; the samples of {landscape.name} are "
            f"{', '.join(names)}."
        )
    loss = landscape.parse(landscape.formulas["loss"], *names)
    gradient = sp.Matrix([derivative(loss, s) for s in landscape.symbols])
    # samples are fixed while theta varies, and drawn from p(x; theta) afterwards
    swaps = {}
    for name, law in model.items():
        shift, scale = law.read(landscape.parse, landscape.parameter_symbols)
        x = sp.Symbol(name, real=True)
        swaps[x] = shift + scale * x
    space = SampleSpace({sp.Symbol(n, real=True): law.standard for n, law in model.items()})

    def mean(expression: sp.Expr) -> sp.Expr:
        return space.mean(sp.expand(expression.xreplace(swaps)))

    score = gradient.applyfunc(mean)
    fisher = _symmetric(landscape.dim, lambda i, j: mean(gradient[i] * gradient[j]))
    curvature = _symmetric(
        landscape.dim, lambda i, j: mean(derivative(gradient[i], landscape.symbols[j]))
    )
    points = probes(landscape, 16)
    values: dict[sp.Basic, Any] = {s: np.float64(v) for s, v in landscape.parameter_symbols.items()}
    values |= {s: points[:, i] for i, s in enumerate(landscape.symbols)}
    pairs = [("E g", score, sp.zeros(landscape.dim, 1)), ("E hessian", curvature, fisher)]
    for what, found, wanted in pairs:
        a, b = (
            np.array(np.broadcast_arrays(*evaluate(m, values), points[:, 0]))
            for m in (found, wanted)
        )
        if not _close(a, b):
            raise NotAvailable(
                f"the loss of {landscape.name} is not -log p of model={dict(model)!r}: under it "
                f"{what} differs from {'0' if what == 'E g' else 'E[g g^T]'} by up to "
                f"{np.abs(a - b).max():.3g}. Give the law of the samples at theta, or leave model= "
                "out."
            )
    return fisher, {}


def _symmetric(d: int, entry: Callable[[int, int], sp.Expr]) -> sp.Matrix:
    taken = {(i, j): entry(i, j) for i in range(d) for j in range(i + 1)}
    return sp.Matrix(d, d, lambda i, j: taken[max(i, j), min(i, j)])


def _require_loss(landscape: Landscape) -> None:
    if landscape.kind != "loss":
        raise NotAvailable(
            f"{landscape.name} ({landscape.kind} landscape) is not a likelihood: only a landscape "
            f"made by from_loss has samples. {_NEXT}"
        )


def _optimum(landscape: Landscape) -> Float:
    """Return a zero of the gradient, from the landscape's start."""
    from scipy.optimize import root  # 0.2 s to import

    start = np.array([float(s) for s in landscape.start])
    with np.errstate(all="ignore"):
        found = root(landscape.gradient, start, jac=landscape.hessian, tol=1e-13)
        rest = np.abs(landscape.gradient(found.x)).max()
    if not rest < 1e-8:
        raise NotAvailable(
            f"{landscape.name} cannot be checked to be a likelihood: no optimum was found from its "
            f"start {start.tolist()} (|gradient| stays at {rest:.3g}). Give start= near one, or "
            "model=."
        )
    return np.asarray(found.x)


def _close(a: Float, b: Float) -> bool:
    return bool(np.all(np.abs(a - b) <= _TOLERANCE * (1 + np.abs(b))))
