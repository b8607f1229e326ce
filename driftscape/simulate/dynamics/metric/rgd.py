"""Relativistic gradient descent: gradient descent in the diffusion metric g = I + epsilon D."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ....landscapes.landscape import Landscape
from ....validate import check_choice, check_positive
from ...ensemble import Ensemble
from ...step import Step, parameter
from ..base import Dynamics
from ..linear_solve import refuse_large
from ..runge_kutta import classical
from .diffusion_metric import Metric, warn_if_bound_passed

INVERSES = ("first-order", "exact")


def _check_inverse(inverse: object) -> None:
    """Raise an error if the inverse is unknown."""
    check_choice("inverse", inverse, INVERSES)


@dataclass(frozen=True, kw_only=True)
class RGD(Dynamics):
    """Gradient descent in the diffusion metric (RGD), a discrete map.

        theta' = theta - learning_rate (I - epsilon D) grad f          inverse="first-order"
        theta' = theta - learning_rate (I + epsilon D)^-1 grad f       inverse="exact"

    It has the critical points of GD and is slower along noisy directions; the two inverses differ
    by O(epsilon^2), and where D = 0 both are `GD`.  The first-order form descends only where
    epsilon lambda_max(D) < 1: the largest value along the path (an upper bound, exact for two
    coordinates or D of rank 1) is kept in a hidden row and read by `analysis.metric_bound`, and
    the run warns when it passes 1.

    Parameters
    ----------
    learning_rate
        eta > 0; also the physical time of one step.
    epsilon
        Weight of D in the metric, > 0, in units of 1/D.
    inverse
        `"first-order"` (the paper's equation 10), or `"exact"`, up to 8 coordinates.

    Raises
    ------
    TypeError, ValueError
        A number is not positive and finite, or `inverse` is unknown; in `step`: the landscape has
        more than 8 coordinates and the inverse is exact.
    NotAvailable
        In `step`: the landscape has no gradient (it was made by `from_drift`).

    Warns
    -----
    MetricWarning
        epsilon lambda_max(D) passed 1 under the first-order inverse.

    References
    ----------
    R. Fioresi, P. Chaudhari and S. Soatto, Entropy 22 (2020) 101.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> rgd = RGD(learning_rate=0.1, epsilon=0.2)
    >>> run = simulate.run(landscapes.gaussian_fit(), rgd, start=1.0, steps=400)
    >>> abs(run.final.item()) < 1e-6
    True
    """

    run_time: ClassVar[tuple[str, ...]] = ("learning_rate", "epsilon")

    learning_rate: float
    epsilon: float
    inverse: str = "first-order"

    def check(self) -> None:
        check_positive("learning_rate", self.learning_rate)
        check_positive("epsilon", self.epsilon)
        _check_inverse(self.inverse)

    @property
    def time_step(self) -> float:
        """Physical time of one step: `learning_rate`."""
        return self.learning_rate

    def report(self, step: Step, ensemble: Ensemble) -> None:
        """Warn when epsilon lambda_max passed 1 under the first-order inverse."""
        if self.inverse == "first-order":
            warn_if_bound_passed(step, ensemble.state, self.epsilon)

    def step(self, landscape: Landscape) -> Step:
        if self.inverse == "exact":
            refuse_large(landscape.dim)
        eta, epsilon = parameter("learning_rate"), parameter("epsilon")
        metric = Metric.of(landscape, epsilon)
        down = metric.descent(self.inverse)
        step = Step.of(
            landscape,
            [s - eta * y for s, y in zip(landscape.symbols, down, strict=True)],
            assignments=metric.assignments,
            parameters={eta: self.learning_rate, epsilon: self.epsilon},
            tables=metric.tables,
        )
        return metric.with_bound_row(step)


@dataclass(frozen=True, kw_only=True)
class RGDFlow(Dynamics):
    """The flow of RGD, by the classical Runge-Kutta method.

        dx/dt = -(I - epsilon D) grad f          inverse="first-order"
        dx/dt = -(I + epsilon D)^-1 grad f       inverse="exact"

    df/dt = -grad f . (I - epsilon D) grad f: the loss falls wherever epsilon lambda_max(D) < 1, and
    rises where epsilon lambda_max(D) > 1 and grad f lies along the top eigenvector of D.  With the
    exact inverse it falls at every epsilon.

    Parameters
    ----------
    dt
        Time step > 0.
    epsilon, inverse
        As in `RGD`.

    Raises
    ------
    TypeError, ValueError, NotAvailable
        As for `RGD`.

    Warns
    -----
    MetricWarning
        As for `RGD`.

    References
    ----------
    R. Fioresi, P. Chaudhari and S. Soatto, Entropy 22 (2020) 101.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> flow = RGDFlow(dt=0.1, epsilon=0.5)
    >>> run = simulate.run(landscapes.mean_estimation(), flow, start=1.0, time=2)
    >>> round(run.final.item(), 5)  # D = 1: exp(-t/2)
    0.36788
    """

    run_time: ClassVar[tuple[str, ...]] = ("dt", "epsilon")

    dt: float
    epsilon: float
    inverse: str = "first-order"

    order: ClassVar[int] = 4

    def check(self) -> None:
        check_positive("dt", self.dt)
        check_positive("epsilon", self.epsilon)
        _check_inverse(self.inverse)

    @property
    def time_step(self) -> float:
        """Physical time of one step: `dt`."""
        return self.dt

    def report(self, step: Step, ensemble: Ensemble) -> None:
        """Warn when epsilon lambda_max passed 1 under the first-order inverse."""
        if self.inverse == "first-order":
            warn_if_bound_passed(step, ensemble.state, self.epsilon)

    def step(self, landscape: Landscape) -> Step:
        if self.inverse == "exact":
            refuse_large(landscape.dim)
        dt, epsilon = parameter("dt"), parameter("epsilon")
        metric = Metric.of(landscape, epsilon)
        slope = [-y for y in metric.descent(self.inverse)]
        assignments, update = classical(landscape.symbols, slope, metric.assignments, dt)
        step = Step.of(
            landscape,
            update,
            assignments=assignments,
            parameters={dt: self.dt, epsilon: self.epsilon},
            tables=metric.tables,
        )
        return metric.with_bound_row(step)
