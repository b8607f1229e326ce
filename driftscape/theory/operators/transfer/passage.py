"""First passages of the chain: methods on targets.

With K the step that ends in no target, taken at all nodes,

    tau = 1 + K tau  (steps),        q = P(step into the target) + K q

so that tau inside the target is the mean time of return, and both are smooth where a target begins.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....simulate.target import Target
from ....typing import Float
from ...theory import Theory
from .chain import Chain
from .interpolation import interpolation
from .kernel import Kernel
from .solve import resolvent
from .targets import LOST, check_hit, check_lost, members, read_reachable

if TYPE_CHECKING:
    import xarray as xr

    from .operator import TransferOperator


class FirstPassages:
    """What a transfer operator says of targets; base of `TransferOperator`."""

    landscape: Any
    chain: Chain

    if TYPE_CHECKING:

        def wrap(self, values: Any, name: str, unit: str, *lead: str, **more: Any) -> xr.DataArray:
            """Wrap values of all cells; see `TransferOperator`."""

        def compared(
            self, quantity: Callable[[TransferOperator], float], jumps: bool = False
        ) -> Theory:
            """Evaluate on two grids; see `TransferOperator`."""

    def mean_first_passage_time(self, target: str, *, start: Any = None) -> xr.DataArray | Theory:
        """Return the mean time, steps * learning_rate, until a step ends in the target.

        It is that of `simulate.first_passage`: only the ends of steps count.

        Parameters
        ----------
        target
            A predicate on the coordinates, `"x > 0"`.
        start
            A point; then the time from there alone, its truncation from a grid half as fine.

        Returns
        -------
        xarray.DataArray or Theory
            The time from every node, zero inside the target, NaN where more than 1e-6 leaves the
            box first; or from `start`.

        Raises
        ------
        BoxTooSmall
            (a ValueError) From `start`, or else from everywhere, more than 1e-6 leaves the box
            before it reaches the target.
        ValueError
            Not a predicate, no node or every node in it, or it is never reached.

        Examples
        --------
        >>> from driftscape import simulate, theory
        >>> from driftscape.landscapes import Landscape, Normal
        >>> well = Landscape.from_loss("(x**2 - 1)**2/4 + s*x", coordinates="x",
        ...                            samples={"s": Normal()}, start=(-1,))
        >>> op = theory.transfer_operator(well, simulate.SGD(learning_rate=0.2))
        >>> print(f"{op.mean_first_passage_time('x > 0', start=-1).value:.3f}")
        35.777
        """
        name = "mean first-passage time"
        found: xr.DataArray | Theory = self._answer(
            {"target": target}, start, _mean_time, name, "time"
        )
        return found

    def committor(self, *, source: str, target: str, start: Any = None) -> xr.DataArray | Theory:
        """Return the probability that a step ends in the target before one ends in the source.

        Parameters
        ----------
        source, target
            Predicates; where both hold, the source counts.
        start
            A point; then its probability alone, its truncation from a grid half as fine.

        Examples
        --------
        >>> from driftscape import simulate, theory
        >>> from driftscape.landscapes import Landscape, Normal
        >>> well = Landscape.from_loss("(x**2 - 1)**2/4 + s*x", coordinates="x",
        ...                            samples={"s": Normal()}, start=(-1,))
        >>> op = theory.transfer_operator(well, simulate.SGD(learning_rate=0.2))
        >>> half = op.committor(source="x < -1", target="x > 1", start=0)
        >>> print(f"{half.value:.6f}")
        0.500000
        """
        named = {"source": source, "target": target}
        found: xr.DataArray | Theory = self._answer(named, start, _reached_second, "committor", "")
        return found

    def _answer(
        self,
        named: dict[str, str],
        start: Any,
        quantity: Callable[[Any, Kernel], tuple[Float, Float]],
        name: str,
        unit: str,
    ) -> Any:
        targets = read_reachable(self, named)
        if start is None:
            values, lost, member = _solved(self, targets, quantity)
            check_lost(float(lost[member < 0].min(initial=1.0)), "anywhere")
            values[lost > LOST] = np.nan
            inside = {"mean first-passage time": 0.0}.get(name)
            for number in range(len(targets)):
                values[member == number] = float(number) if inside is None else inside
            return self.wrap(values, name, unit)

        def there(level: Any) -> float:
            point = level.point(start)
            for number, target in enumerate(targets):
                if target.contains(self.landscape, level.chain.full(point).T).all():
                    return 0.0 if name != "committor" else float(number)
            values, lost, _ = _solved(level, targets, quantity)
            cells, weights = interpolation(level.grid, point, level.nodes)
            check_lost(float(lost[cells[0]] @ weights[0]), f"{start}")
            return float(values[cells[0]] @ weights[0])

        return self.compared(there, jumps=True)


def _solved(
    level: Any, targets: tuple[Target, ...], quantity: Callable[[Any, Kernel], tuple[Float, Float]]
) -> tuple[Float, Float, NDArray[np.int64]]:
    """Return the values at all nodes, the probability to be lost first, and who is inside."""
    member = members(level, targets)
    kernel = level.kernel_of(targets)
    check_hit(level, targets, kernel)
    source, scale = quantity(level, kernel)
    solution = resolvent(kernel.matrix, np.stack([source, kernel.lost], axis=1))
    return solution[:, 0] * scale, solution[:, 1], member


def _mean_time(level: Any, kernel: Kernel) -> tuple[Float, Any]:
    return np.ones(level.grid.size), level.chain.learning_rate


def _reached_second(level: Any, kernel: Kernel) -> tuple[Float, Any]:
    return kernel.hit[1], 1.0
