"""Gradient descent on the expected loss."""

from dataclasses import dataclass
from typing import ClassVar

from ...landscapes.landscape import Landscape
from ...validate import check_positive
from ..step import Step, parameter
from .base import Dynamics


@dataclass(frozen=True, kw_only=True)
class GD(Dynamics):
    """Gradient descent on the expected loss.

        theta' = theta - learning_rate E grad l(theta; x)

    On a landscape made by `from_potential` it descends Phi.  It is noiseless: all trajectories
    with the same start are the same.

    Parameters
    ----------
    learning_rate
        eta > 0; also the physical time of one step.

    Raises
    ------
    TypeError, ValueError
        `learning_rate` is not a positive finite number.
    NotAvailable
        In `step`: the landscape has no gradient (it was made by `from_drift`).

    References
    ----------
    A. Cauchy, C. R. Acad. Sci. Paris 25 (1847) 536.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> run = simulate.run(landscapes.quartic_well(), GD(learning_rate=0.1), start=0.5, steps=200)
    >>> round(run.final.item(), 6)
    1.0
    """

    run_time: ClassVar[tuple[str, ...]] = ("learning_rate",)

    learning_rate: float

    def check(self) -> None:
        check_positive("learning_rate", self.learning_rate)

    @property
    def time_step(self) -> float:
        """Physical time of one step: `learning_rate`."""
        return self.learning_rate

    def step(self, landscape: Landscape) -> Step:
        eta, gradient = parameter("learning_rate"), landscape.gradient
        return Step.of(
            landscape,
            [s - eta * g for s, g in zip(landscape.symbols, gradient.entries, strict=True)],
            assignments=gradient.assignments,
            parameters={eta: self.learning_rate},
            tables=gradient.tables,
        )
