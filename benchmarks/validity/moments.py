"""Means under exp(-beta Phi) with distant, narrow, unequal or kinked wells, in 1 and 2 D.

The reference is a composite Gauss rule with panels around the known wells; a mixture of Gaussians
also has closed forms.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from driftscape import theory
from driftscape.landscapes import Landscape

from .case import Case

Float = NDArray[np.float64]

TITLE = "moment"
COUNT = 100

_NODES = 24  # a panel
_STEPS = np.concatenate(
    [np.arange(-12, 12.1, 0.5), 2.0 ** np.arange(4, 14), -(2.0 ** np.arange(4, 14))]
)


def case(rng: np.random.Generator) -> Case:
    """Generate a potential with known wells, an observable, a start, and sometimes a domain."""
    make = (_polynomial, _parabolas, _mixture, _polynomial, _plane_mixture, _plane_coupled)
    text, energy, wells, corners = make[rng.integers(len(make))](rng)
    dim = len(wells[0][0])
    names = ["x", "y"][:dim]
    beta = float(np.round(10 ** rng.uniform(-0.7, 0.7), 4))
    centre, width = wells[rng.integers(len(wells))]
    c, w = float(centre[0]), float(width[0])
    # a kink or a jump along one coordinate, on a panel's edge of the oracle
    choice = rng.integers(5)
    expression, observable = [
        ("x", lambda x: x), (f"(x - ({c!r}))**2", lambda x: (x - c) ** 2),
        (f"abs(x - ({c!r}))", lambda x: np.abs(x - c)),
        (f"where(x > {c!r}, 1, 0)", lambda x: (x > c) * 1.0),
        (f"cos((x - ({c!r}))/{w!r})", lambda x: np.cos((x - c) / w)),
    ][choice]  # fmt: skip
    low = np.min([p for p, _ in wells], axis=0) - 5 * np.max([s for _, s in wells], axis=0)
    high = np.max([p for p, _ in wells], axis=0) + 5 * np.max([s for _, s in wells], axis=0)
    domain = None
    if rng.random() < 0.5:
        domain = {n: (float(a), float(b)) for n, a, b in zip(names, low, high, strict=True)}
    start = [float(v) for v in rng.uniform(2 * low - high, 2 * high - low)]
    landscape = Landscape.from_potential(text, coordinates=names, start=start, domain=domain)
    return Case(
        f"{text}, E {expression}, beta {beta}, start {start}, domain {domain}",
        lambda: theory.moment(landscape, expression, beta=beta),
        lambda: _truth(energy, observable, wells, corners, beta),
    )


def _truth(
    energy: Callable[..., Any],
    observable: Callable[[Any], Any],
    wells: Any,
    corners: Any,
    beta: float,
) -> tuple[float, float]:
    """Integrate by composite Gauss rules of two orders."""
    dim = len(wells[0][0])
    edges = [
        np.unique(np.concatenate([
            *(p[k] + np.outer(_STEPS, [s[k], s[k] / np.sqrt(beta)]).ravel() for p, s in wells),
            corners if k == 0 else [],
        ]))
        for k in range(dim)
    ]  # fmt: skip
    found = []
    for nodes in (_NODES, _NODES // 2) if dim == 1 else (10, 7):
        t, weight = np.polynomial.legendre.leggauss(nodes)
        axes, weights = [], []
        for edge in edges:
            half = np.diff(edge) / 2
            axes.append((edge[:-1, None] + half[:, None] * (1 + t)).ravel())
            weights.append((half[:, None] * weight).ravel())
        if dim == 1:
            phi = energy(axes[0])
            density = np.exp(-beta * (phi - phi.min())) * weights[0]
            found.append((density @ observable(axes[0])) / density.sum())
            continue
        lowest = min(energy(np.full(len(axes[1]), x), axes[1]).min() for x in axes[0])
        marginal = np.array([
            np.exp(-beta * (energy(x, axes[1]) - lowest)) @ weights[1] for x in axes[0]
        ]) * weights[0]  # fmt: skip
        found.append((marginal @ observable(axes[0])) / marginal.sum())
    return float(found[0]), float(abs(found[0] - found[1]) + 1e-13 * abs(found[0]))


def _scale(rng: np.random.Generator) -> float:
    return float(10 ** rng.uniform(-2, 3))


def _centres(rng: np.random.Generator, count: int, scale: float) -> Float:
    """Return centres of some wells, at least a seventh of the scale apart, perhaps all distant."""
    while True:
        found = np.sort(rng.uniform(-3, 3, count)) * scale
        if count == 1 or np.diff(found).min() > scale / 7:
            return np.round(found + scale * rng.choice([0, 0, 30]) * rng.normal(), 6)


def _polynomial(rng: np.random.Generator) -> Any:
    """Wells at the double roots of a polynomial, tilted."""
    count, scale = int(rng.integers(1, 4)), _scale(rng)
    r = _centres(rng, count, scale)
    height = 10 ** rng.uniform(0, 2.5) / scale ** (2 * count)
    tilt = rng.normal() / scale
    parts = "*".join(f"(x - ({c!r}))**2" for c in map(float, r))
    text = f"{height!r}*{parts} + {tilt!r}*(x - ({float(r[0])!r}))"

    def energy(x: Any) -> Any:
        return height * np.prod([(x - c) ** 2 for c in r], axis=0) + tilt * (x - r[0])

    wells = []
    for c in r:
        curvature = 2 * height * np.prod([(c - o) ** 2 for o in r if o != c])
        wells.append(([c], [1 / np.sqrt(curvature)]))
    return text, energy, wells, []


def _parabolas(rng: np.random.Generator) -> Any:
    """The lowest of some parabolas: kinks where they cross."""
    count, scale = int(rng.integers(2, 5)), _scale(rng)
    r = _centres(rng, count, scale)
    k = 10 ** rng.uniform(0, 3, count) / scale**2
    h = rng.uniform(0, 4, count)
    text = "min(" + ", ".join(
        f"{float(a)!r}*(x - ({float(c)!r}))**2 + {float(b)!r}"
        for a, b, c in zip(k, h, r, strict=True)
    ) + ")"  # fmt: skip

    def energy(x: Any) -> Any:
        return np.min([a * (x - c) ** 2 + b for a, b, c in zip(k, h, r, strict=True)], axis=0)

    crossings = []
    for i in range(count):
        for j in range(i):
            roots = np.roots([k[i] - k[j], -2 * (k[i] * r[i] - k[j] * r[j]),
                              k[i] * r[i] ** 2 - k[j] * r[j] ** 2 + h[i] - h[j]])  # fmt: skip
            crossings.extend(roots[np.isreal(roots)].real.tolist())
    return text, energy, [([c], [1 / np.sqrt(2 * a)]) for a, c in zip(k, r, strict=True)], crossings


def _mixture(rng: np.random.Generator) -> Any:
    count, scale = int(rng.integers(2, 5)), _scale(rng)
    r = _centres(rng, count, scale)
    k = 10 ** rng.uniform(0, 3, count) / scale**2
    w = 10 ** rng.uniform(-1, 1, count)
    text = "-log(" + " + ".join(
        f"{float(a)!r}*exp(-{float(b)!r}*(x - ({float(c)!r}))**2)"
        for a, b, c in zip(w, k, r, strict=True)
    ) + ")"  # fmt: skip

    def energy(x: Any) -> Any:
        logs = [np.log(a) - b * (x - c) ** 2 for a, b, c in zip(w, k, r, strict=True)]
        return -np.logaddexp.reduce(logs)

    return text, energy, [([c], [1 / np.sqrt(2 * a)]) for a, c in zip(k, r, strict=True)], []


def _plane_mixture(rng: np.random.Generator) -> Any:
    count, scale = int(rng.integers(2, 4)), _scale(rng)
    r = np.stack(
        [_centres(rng, count, scale), rng.permutation(_centres(rng, count, scale))], axis=1
    )
    k = 10 ** rng.uniform(0, 1.5, (count, 2)) / scale**2
    w = 10 ** rng.uniform(-1, 1, count)
    text = "-log(" + " + ".join(
        f"{float(a)!r}*exp(-{float(b[0])!r}*(x - ({float(c[0])!r}))**2"
        f" - {float(b[1])!r}*(y - ({float(c[1])!r}))**2)" for a, b, c in zip(w, k, r, strict=True)
    ) + ")"  # fmt: skip

    def energy(x: Any, y: Any) -> Any:
        return -np.logaddexp.reduce([
            np.log(a) - b[0] * (x - c[0]) ** 2 - b[1] * (y - c[1]) ** 2
            for a, b, c in zip(w, k, r, strict=True)
        ])  # fmt: skip

    return text, energy, [(c, 1 / np.sqrt(2 * a)) for a, c in zip(k, r, strict=True)], []


def _plane_coupled(rng: np.random.Generator) -> Any:
    """Wells along x, and a parabola along y that follows x."""
    text, line, wells, corners = (_polynomial, _parabolas)[rng.integers(2)](rng)
    size = max(w[0] for _, w in wells)
    slope, k = float(np.round(rng.normal(), 3)), float(10 ** rng.uniform(-0.5, 1) / size**2)
    middle = float(wells[0][0][0])
    text = f"{text} + {k!r}*(y - {slope!r}*(x - ({middle!r})))**2"

    def energy(x: Any, y: Any) -> Any:
        return line(x) + k * (y - slope * (x - middle)) ** 2

    along = [([c[0], slope * (c[0] - middle)], [w[0], 1 / np.sqrt(2 * k)]) for c, w in wells]
    return text, energy, along, corners
