"""`compare`: an ensemble and a grid, two independent roads to one law, number by number."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..simulate.dataset import provenance
from .ensemble import ensemble
from .estimate import Comparison, Estimate, Theory
from .passages.mfpt import mean_first_passage_time

Float = NDArray[np.float64]

_BINS = 8  # of equal probability, for each marginal


@dataclass(frozen=True)
class Agreement:
    """What an ensemble and a grid say of the same quantities.

    Attributes
    ----------
    names
        Of the quantities.
    measured, expected
        `Estimate` of the ensemble and `Theory` of the grid, one a quantity.
    """

    names: tuple[str, ...]
    measured: tuple[Estimate, ...]
    expected: tuple[Theory, ...]

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """Verdict of each."""
        return tuple(m.compare(t) for m, t in zip(self.measured, self.expected, strict=True))

    @property
    def z(self) -> Float:
        """Differences in standard errors, the grid's own error left out; normal where both hold."""
        return np.array([c.z for c in self.comparisons])

    @property
    def agrees(self) -> bool:
        """Whether none is rejected."""
        return all(c.verdict != "rejected" for c in self.comparisons)

    def __str__(self) -> str:
        width = max(map(len, self.names))
        rows = zip(self.names, self.measured, self.expected, self.comparisons, strict=True)
        return "\n".join(
            f"{name:{width}}  {measured}  |  {expected.value:.6g}  |  z = {c.z:+.1f}  {c.verdict}"
            for name, measured, expected, c in rows
        )


def compare(data: Any, operator: Any, *, diverged: str | None = None) -> Agreement:
    """Compare a stationary run, or first passages, with the Fokker-Planck equation on a grid.

    Of a run: means and second moments of the coordinates, the marginals in eight bins of equal
    probability, and in the plane the torque of the current; from the final states, which are
    independent.  Of a first passage (one target, one starting point): the mean time.

    Parameters
    ----------
    data
        What `simulate.run` or `simulate.first_passage` returned.
    operator
        `analysis.fokker_planck(...)` of the same landscape, at any beta.
    diverged
        As in `analysis.moment`.

    Returns
    -------
    Agreement
        Prints a table.  An SDE's run is off by its step-size error: where that is not far below
        the standard errors, make dt smaller or take scheme="weak-2".

    Raises
    ------
    ValueError
        Other coordinates than the grid's, several targets, or different starting points.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate
    >>> well = landscapes.double_well(rotation=1.5)
    >>> law = simulate.Ito(beta=1, dt=0.01, scheme="weak-2")
    >>> run = simulate.run(well, law, time=30, trajectories=4000, seed=1, keep="final")
    >>> analysis.compare(run, analysis.fokker_planck(well, beta=1, shape=128)).agrees
    True
    """
    names = list(operator.grid.names)
    if list(data.coordinate.values) != names:
        raise ValueError(
            f"the run has the coordinates {', '.join(map(str, data.coordinate.values))}, the grid "
            f"{', '.join(names)}."
        )
    if provenance(data).get("verb") == "first_passage":
        return _of_passages(data, operator, diverged)
    read = ensemble(data, diverged)
    x = read.final
    found: list[tuple[str, Estimate, Theory]] = []
    for i, name in enumerate(names):
        found.append((f"E {name}", read.mean(x[:, i], "final states"), operator.expectation(name)))
    for i, j in itertools.combinations_with_replacement(range(len(names)), 2):
        text = f"{names[i]}*{names[j]}"
        measured = read.mean(x[:, i] * x[:, j], "final states")
        found.append((f"E {text}", measured, operator.expectation(text)))
    rho = operator.steady_state()
    for i, name in enumerate(names):
        found += _marginal(name, x[:, i], rho, operator.grid.axes[i])
    if len(names) == 2:
        found.append(("torque", _torque(read), operator.torque()))
    return Agreement(*(tuple(column) for column in zip(*found, strict=True)))


def _torque(read: Any) -> Estimate:
    """From the final states, as all the rest."""
    x, law = read.final, read.dynamics
    b = law.ito_drift(read.landscape, law.beta)(x)
    return read.mean(x[:, 0] * b[:, 1] - x[:, 1] * b[:, 0], "final states")


def _marginal(name: str, x: Float, rho: Any, axis: Float) -> list[tuple[str, Estimate, Theory]]:
    """Fractions in bins whose ends are faces of the grid."""
    along = rho.sum([d for d in rho.dims if d != name]).values
    along = along / along.sum()
    total = np.concatenate([[0.0], np.cumsum(along)])
    width = axis[1] - axis[0]
    faces = np.concatenate([[axis[0] - width / 2], axis + width / 2])
    cuts = [int(np.abs(total - q).argmin()) for q in np.linspace(0, 1, _BINS + 1)[1:-1]]
    ends = [0, *sorted(set(cuts)), len(along)]
    made = []
    for a, b in itertools.pairwise(ends):
        low, high = (-np.inf if a == 0 else faces[a]), (np.inf if b == len(along) else faces[b])
        p, n = float(total[b] - total[a]), len(x)
        if not 0 < p < 1:
            continue
        share = float(((x >= low) & (x < high)).mean())
        error = float(np.sqrt(p * (1 - p) / n))
        made.append((f"P({low:.3g} < {name} < {high:.3g})", Estimate(share, error, n, "fraction"),
                     Theory(p, truncation=float(width**2 * p))))  # fmt: skip
    return made


def _of_passages(hits: Any, operator: Any, diverged: str | None) -> Agreement:
    targets = provenance(hits)["targets"]
    start = np.unique(hits.start.values, axis=0)
    if len(targets) != 1 or len(start) != 1:
        raise ValueError(
            f"{len(targets)} targets and {len(start)} starting points; one of each is compared."
        )
    (text,) = targets.values()
    return Agreement(
        ("mean first-passage time",),
        (mean_first_passage_time(hits, diverged=diverged),),
        (operator.mean_first_passage_time(text, start=list(start[0])),),
    )
