"""How fast a stationary chain moves: round its circles, and along the coordinate of its frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from ...one_step import inverse_temperature
from ...theory import Theory
from .chain import Chain

if TYPE_CHECKING:
    from ..grid import Grid


class Flow:
    """Velocities of a stationary chain; base of `TransferOperator`."""

    landscape: Any
    dynamics: Any
    chain: Chain
    grid: Grid

    if TYPE_CHECKING:

        def compared(self, quantity: Callable[[Any], float]) -> Theory:
            """Evaluate on two grids; see `TransferOperator`."""

    def drift_velocity(self, coordinate: str, *, per: Literal["step", "time"] = "step") -> Theory:
        """Return the mean velocity of a periodic coordinate, or of the one that the frame holds.

            v = E[theta'_i - theta_i] = -learning_rate E[d f/d theta_i]     per step

        in the stationary law, turns included: what `analysis.drift_velocity` measures.  Divided by
        the period it is the mean number of turns of a step.

        Parameters
        ----------
        coordinate
            Its name.
        per
            Per step, or per unit of time (steps * learning_rate).

        Raises
        ------
        ValueError
            An open coordinate: it has a stationary law, and so no velocity.

        Examples
        --------
        >>> import math
        >>> from driftscape import simulate, theory
        >>> from driftscape.landscapes import Landscape, Normal
        >>> tilted = Landscape.from_loss("cos(a)/2 - a/4 + s*a", coordinates="a",
        ...                              samples={"s": Normal()})
        >>> op = theory.transfer_operator(tilted, simulate.SGD(learning_rate=0.5),
        ...                                 box=(-math.pi, math.pi), sides="periodic")
        >>> v = op.drift_velocity("a")
        >>> print(f"{v.value:.6f}, {2 * math.pi / v.value:.1f} steps a turn")
        0.044272, 141.9 steps a turn
        """
        if per not in ("step", "time"):
            raise ValueError(f'per={per!r}; pass "step" or "time".')
        axis = self._moving(coordinate)
        drift = self.landscape.drift(inverse_temperature(self.dynamics))
        unit = self.chain.learning_rate if per == "step" else 1.0

        def velocity(level: Any) -> float:
            slopes = drift(level.chain.full(level.grid.points))[..., axis]
            return unit * float(level.steady_mass @ slopes)

        return self.compared(velocity)

    def _moving(self, coordinate: str) -> int:
        names, frame = list(self.landscape.coordinates), self.chain.frame
        round_ = [n for n, p in zip(self.grid.names, self.grid.periodic, strict=True) if p]
        held = [] if frame is None else [names[frame.axis]]
        if coordinate not in names:
            raise ValueError(
                f"no coordinate {coordinate!r}; the coordinates are {', '.join(names)}."
            )
        if coordinate not in round_ + held:
            known = ", ".join(round_ + held) or "none here"
            raise ValueError(
                f"{coordinate} is open and has a stationary law, so that its mean velocity is 0; "
                f'coordinates that go on for ever are periodic (sides="periodic" and their period '
                f"as box=) or held by frame=: {known}."
            )
        return names.index(coordinate)
