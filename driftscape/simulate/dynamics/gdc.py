"""Gradient descent on the loss corrected by trace C, which imitates SGD over one epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import sympy as sp

from ...landscapes.errors import NotAvailable
from ...landscapes.formulas.calculus import derivative
from ...landscapes.landscape import Landscape
from ...typing import Assignment
from ...validate import check_choice, check_positive, check_whole
from ..step import TERM, Step, TrainingSet, parameter
from .base import Dynamics

COVARIANCES = ("exact", "unbiased")


@dataclass(frozen=True, kw_only=True)
class GDC(Dynamics):
    """Gradient descent on the loss corrected by the trace of the gradient covariance.

        theta' = theta - eta grad( l_N + eta (N - 1)/(4 N) tr C )

    with l_N the mean loss over a training set of N samples, drawn once a trajectory.  After N steps
    it is at the same point, to second order in eta, as SGD with batch_size 1 after one epoch (and
    as SGD with fresh samples after N steps).  Plain GD on l_N is off by

        E[theta_GD - theta_SGD] = ((N - 1)/4) eta^2 grad tr C + O(eta^3)

    because GD meets every sample again after a step along that sample's own gradient.

    C is that of the landscape (`"exact"`), or estimated from the training set (`"unbiased"`):
    the mean over all ways to halve the set of (N/4) |g_A - g_B|^2, which is the sample covariance

        tr C = (1/(N-1)) sum_k |g_k - g_mean|^2.

    Without `train_size` the landscape's samples must be a finite data set, of equally likely
    points: then l is the mean over the data, C the covariance over it divided by the number of
    points, the factor is eta/4, and the map is noiseless.  It imitates SGD without replacement,
    averaged over the orders of the epoch.

    Parameters
    ----------
    learning_rate
        eta > 0; also the physical time of one step.
    train_size
        N >= 2; None where the landscape's samples are the data.
    covariance
        `"exact"` or `"unbiased"`.

    Raises
    ------
    TypeError, ValueError
        `learning_rate`, `train_size` or `covariance` is not allowed; in `step`: the landscape is a
        data set, and `train_size` is given.
    NotAvailable
        In `step`: the landscape has no samples, or without `train_size` they are no finite data
        set.

    References
    ----------
    S. Tenka (2020), Corollary 4; S. Smith et al., ICLR 2021 (the same term for general batches).

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> from driftscape.landscapes import Landscape, Rademacher
    >>> two = Landscape.from_loss("(h + (1 + r/2)**2*exp(-h))/2", coordinates="h",
    ...                           samples={"r": Rademacher()}, name="two_points")
    >>> run = simulate.run(two, GDC(learning_rate=0.1), start=0.5, steps=2)
    >>> round(run.final.item(), 5)
    0.47719
    >>> gdc = GDC(learning_rate=0.1, train_size=10, covariance="unbiased")
    >>> run = simulate.run(landscapes.gaussian_fit(), gdc, steps=10, trajectories=64, seed=7)
    >>> run.training.sizes["sample"]
    10
    """

    run_time: ClassVar[tuple[str, ...]] = ("learning_rate",)

    learning_rate: float
    train_size: int | None = None
    covariance: str = "exact"

    def check(self) -> None:
        check_positive("learning_rate", self.learning_rate)
        check_choice("covariance", self.covariance, COVARIANCES)
        if self.train_size is None:
            if self.covariance == "unbiased":
                raise ValueError(
                    "covariance='unbiased' is estimated from a training set; give train_size=."
                )
            return
        check_whole("train_size", self.train_size)
        if self.train_size < 2:
            raise ValueError(
                f"train_size={self.train_size}; a training set of one sample has no covariance to "
                "correct for. Use at least 2, or GD."
            )

    @property
    def time_step(self) -> float:
        """Physical time of one step: `learning_rate`."""
        return self.learning_rate

    def steps_of(self, epochs: int) -> int:
        """Return epochs * train_size: as many steps as SGD with batch_size 1 makes."""
        return super().steps_of(epochs) if self.train_size is None else epochs * self.train_size

    def step(self, landscape: Landscape) -> Step:
        if landscape.kind != "loss":
            raise NotAvailable(
                f"{landscape.name} ({landscape.kind} landscape) has no samples, and GDC corrects "
                "for a training set of them. Use GD, or a landscape made by from_loss."
            )
        if landscape.data is not None and self.train_size is not None:
            raise ValueError(
                f"train_size={self.train_size}, but {landscape.name} is a data set, which is the "
                "training set; leave train_size= and covariance= out."
            )
        if self.train_size is None:
            return self._on_data(landscape)
        return self._on_training_sets(landscape, self.train_size)

    def _on_data(self, landscape: Landscape) -> Step:
        """Return the noiseless map on a landscape whose samples are the data."""
        endless = [x.name for x, law in landscape.sample_laws.items() if law.support is None]
        if endless and landscape.data is None:
            raise NotAvailable(
                f"{landscape.name} is not a finite data set: {', '.join(endless)} never repeats, "
                "and with fresh samples SGD follows plain GD to this order. Give train_size= to "
                "draw a training set for each trajectory, or use GD."
            )
        gradient, covariance = landscape.gradient, landscape.covariance
        eta = parameter("learning_rate")
        slope = _slope_of_trace(landscape)
        return Step.of(
            landscape,
            [
                s - eta * (g + eta / 4 * c)
                for s, g, c in zip(landscape.symbols, gradient.entries, slope, strict=True)
            ],
            assignments=(*gradient.assignments, *covariance.assignments),
            parameters={eta: self.learning_rate},
            tables={**gradient.tables, **covariance.tables},
        )

    def _on_training_sets(self, landscape: Landscape, train_size: int) -> Step:
        """Return the map on a training set of each trajectory, read whole at every step."""
        eta, size = parameter("learning_rate"), parameter("train_size")
        gradient, x = landscape.sample_gradient, landscape.symbols
        bases = {s: sp.IndexedBase(s.name, real=True) for s in landscape.sample_laws}
        samples = {s: base[TERM] for s, base in bases.items()}

        def mean(expression: sp.Expr) -> sp.Expr:
            if not expression.has(*bases):
                return expression
            return sp.Sum(expression.xreplace(samples), (TERM, 1, size)) / size

        g = gradient.entries
        assignments: list[Assignment] = list(gradient.assignments)
        tables: dict[Any, Any] = dict(gradient.tables)
        means = [mean(e) for e in g]
        if self.covariance == "exact":
            slope = _slope_of_trace(landscape)
            assignments += landscape.covariance.assignments
            tables |= landscape.covariance.tables
        else:
            slope = []
            for s in x:
                h = [derivative(e, s) for e in g]
                both = mean(sp.Add(*(a * b for a, b in zip(h, g, strict=True))))
                apart = sp.Add(*(mean(a) * b for a, b in zip(h, means, strict=True)))
                slope.append(2 * size / (size - 1) * (both - apart))
        weight = eta * (size - 1) / (4 * size)
        return Step.of(
            landscape,
            [s - eta * (m + weight * c) for s, m, c in zip(x, means, slope, strict=True)],
            assignments=assignments,
            noise={bases[s]: law.name for s, law in landscape.sample_laws.items()},
            parameters={eta: self.learning_rate, size: train_size},
            tables=tables,
            training_set=TrainingSet("fixed", size),
        )


def _slope_of_trace(landscape: Landscape) -> list[sp.Expr]:
    """Return the gradient of tr C."""
    trace = sp.trace(landscape.covariance.matrix)
    return [derivative(trace, s) for s in landscape.symbols]
