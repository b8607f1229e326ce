"""`TransferOperator`: the law of discrete SGD on a grid, and the questions it answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ....simulate.dynamics import SGD
from ....simulate.target import Target
from ....typing import Float
from ...observable import Observable
from ...theory import Theory
from ..grid import Grid
from .box import check_loss
from .chain import Chain
from .circle import check_same_round
from .evolution import Evolution
from .flow import Flow
from .interpolation import low_pass
from .kernel import Kernel, one_step_kernel
from .passage import FirstPassages
from .rule import FEWER, Rule
from .solve import leading, potential
from .survival import Survival

if TYPE_CHECKING:
    import xarray as xr


_ROUNDING = 1e-12
_GRIDS = {1: 8, 2: 4}  # of other spacings, where samples have a finite support
_RULES = 4  # for samples beside the scanned one, where its density has edges
_SURE = 3.0  # standard errors


@dataclass(frozen=True, eq=False, repr=False)
class TransferOperator(FirstPassages, Survival, Flow, Evolution):
    """The one-step kernel of SGD on a grid; made by `theory.transfer_operator`.

    Attributes
    ----------
    landscape, dynamics
        Of which it is the law.
    chain
        The map of one step.
    grid
        Names, box, shape, spacing and centres of the cells.
    rule
        Nodes of the samples of a step.
    nodes
        Of the interpolation along each axis.
    allowed
        Probability that a stationary step may leave the box with.
    """

    landscape: Any
    dynamics: SGD
    chain: Chain
    grid: Grid
    rule: Rule
    nodes: int
    allowed: float

    @cached_property
    def kernel(self) -> Kernel:
        """The step without targets."""
        return self.kernel_of(())

    def kernel_of(self, targets: tuple[Target, ...]) -> Kernel:
        """Build the step that ends in none of some targets."""
        return one_step_kernel(self.chain, self.rule, self.grid, self.nodes, targets)

    @cached_property
    def _leading(self) -> tuple[float, Float]:
        value, mass = leading(self.kernel.matrix)
        check_loss(self.chain, self.grid.box, value, self.kernel.beyond @ mass, self.allowed)
        return value, mass

    @property
    def steady_mass(self) -> Float:
        """Stationary weights of the nodes, shape (cells,), of sum 1."""
        return self._leading[1]

    @property
    def lost(self) -> float:
        """Probability that a stationary step leaves the box."""
        return max(0.0, 1 - self._leading[0])

    def steady_state(self) -> xr.DataArray:
        """Return the stationary density at the centres; its sum times the cell volume is 1.

        It is read through a low-pass that keeps every moment: waves of less than six cells, which
        the nodes of the samples do not see, are left out.  Where samples have a finite support the
        law may have no density: this is then what has its moments, and may be negative in places.

        Raises
        ------
        NoSteadyState, BoxTooSmall
            (ValueErrors) The law is not unique; a step leaves the box.

        Examples
        --------
        >>> from driftscape import landscapes, simulate, theory
        >>> sgd = simulate.SGD(learning_rate=0.5)
        >>> rho = theory.transfer_operator(landscapes.mean_estimation(), sgd).steady_state()
        >>> print(f"{float((rho * rho.theta**2).integrate('theta')):.8f}")
        0.33333333
        """
        mass = self.steady_mass
        if self.rule.scanned is not None:
            mass = low_pass(mass.reshape(self.grid.shape))
        return self.wrap(mass / self.grid.volume, "density", "1/volume")

    def expectation(self, expression: str) -> Theory:
        """Return the stationary mean of an expression of the coordinates, such as `"x**2"`.

        Its truncation is what a grid and panels half as fine change, and what would come of the
        mass that is lost beyond the box.

        Examples
        --------
        >>> from driftscape import landscapes, simulate, theory
        >>> sgd = simulate.SGD(learning_rate=0.2)
        >>> op = theory.transfer_operator(landscapes.gaussian_fit(), sgd)
        >>> print(f"{op.expectation('exp(-h)').value:.6f}")  # a steady state has E gradient = 0
        1.000000
        """
        observable = Observable.of(self.landscape, expression)
        self.chain.check_free(observable.expression, expression)
        check_same_round(self.grid, self.chain.full, observable, expression)

        def on_nodes(level: TransferOperator) -> Float:
            with np.errstate(all="ignore"):
                values = observable(level.chain.full(level.grid.points))
            if not np.isfinite(values).all():
                raise ValueError(
                    f"{expression!r} is not a finite number everywhere on {self.box_text()}; its "
                    "mean is not known."
                )
            return values

        theory = self.compared(lambda level: float(level.steady_mass @ on_nodes(level)))
        values = on_nodes(self)
        size = float(np.abs(self.steady_mass) @ np.abs(values))  # of what cancels in the mean
        error = theory.truncation + _ROUNDING * size + self._lost_from(values)
        return replace(theory, truncation=error)

    def _lost_from(self, values: Float) -> float:
        """Return what the mass that a stationary step loses would have added to a mean.

        From the side where it left, over all steps to come: Poisson's equation; twice that, for it
        lands beyond the side.
        """
        beyond = self.kernel.beyond @ np.abs(self.steady_mass)
        if not beyond.any():
            return 0.0
        to_come = np.abs(potential(self.kernel.matrix, self.steady_mass, values))
        sides = [cells for axis in range(self.grid.dim) for cells in self.grid.ends(axis)]
        parts = (p * to_come[cells].max() for p, cells in zip(beyond, sides, strict=True))
        return 2 * float(sum(parts))

    def halved(self) -> TransferOperator:
        """Return the same on the same box with half as many cells an axis, and fewer nodes."""
        rule = Rule.of(self.chain, max(2, self.rule.panels // 2), FEWER)
        return replace(self, grid=self.grid.halved(), rule=rule, allowed=1.0)

    @cached_property
    def _halved(self) -> TransferOperator:
        return self.halved()

    def compared(
        self, quantity: Callable[[TransferOperator], float], jumps: bool = False
    ) -> Theory:
        """Evaluate a number here and on the grid half as fine; their difference is the error.

        Where functions may have `jumps` (at targets, and where samples have a finite support at all
        that leads there) the error depends on where these lie between nodes, in part as if at
        random: it is then the mean over other nodes, and three standard errors of it are added.
        """
        fine, coarse = (
            np.array([quantity(grid) for grid in (level, *(level._others if jumps else ()))])
            for level in (self, self._halved)
        )
        value, error = float(fine.mean()), abs(float(fine.mean() - coarse.mean()))
        source = "transfer operator on grids h and 2h"
        if len(fine) > 1:
            error += _SURE * float(fine.std(ddof=1)) / np.sqrt(len(fine))
            source += f", {len(fine)} of each"
        return Theory(
            value,
            truncation=error + _ROUNDING * abs(value),
            regime="exact chain, on a grid",
            source=source,
        )

    @cached_property
    def _others(self) -> list[TransferOperator]:
        """The same with other nodes, where a kernel is not smooth; see `compared`."""
        if self.rule.has_edges:
            numbers = (self.rule.others - k for k in range(1, _RULES))
            rules = (Rule.of(self.chain, self.rule.panels, number) for number in numbers)
            return [replace(self, rule=rule) for rule in rules]
        if self.rule.scanned is not None:
            return []
        shares = [1 - k / 16 for k in range(1, _GRIDS[self.grid.dim])]
        shapes = [tuple(2 * max(8, round(n * s / 2)) for n in self.grid.shape) for s in shares]
        return [replace(self, grid=replace(self.grid, shape=shape)) for shape in shapes]

    def wrap(self, values: Any, name: str, unit: str, *lead: str, **more: Any) -> xr.DataArray:
        """Wrap values of all cells as an `xarray.DataArray` that says what made it."""
        array = self.grid.array(values, name, *lead, **more)
        made = {
            "format": 1,
            "verb": "transfer_operator",
            "landscape": self.landscape.to_dict(),
            "dynamics": self.dynamics.to_dict(),
            "box": [list(ends) for ends in self.grid.box],
        }
        if any(self.grid.periodic):
            made["sides"] = {n: "periodic" for n in self.grid.names if self._closes(n)}
        if self.chain.frame is not None:
            frame = self.chain.frame
            made["frame"] = {self.landscape.coordinates[frame.axis]: frame.value}
        return array.assign_attrs(
            {"driftscape": json.dumps(made)} | ({"units": unit} if unit else {})
        )

    def _closes(self, name: str) -> bool:
        return self.grid.periodic[self.grid.names.index(name)]

    def box_text(self) -> str:
        """Say where the grid is."""
        ends = zip(self.grid.names, self.grid.box, strict=True)
        return ", ".join(f"{name} in [{low:.4g}, {high:.4g}]" for name, (low, high) in ends)

    def __repr__(self) -> str:
        sgd, grid, rule = self.dynamics, self.grid, self.rule
        lines = [
            f"Transfer operator of {self.landscape.name}, SGD, learning_rate = "
            f"{sgd.learning_rate:g}, batch_size = {sgd.batch_size}"
        ]
        for name, (low, high), n in zip(grid.names, grid.box, grid.shape, strict=True):
            sides = ", periodic" if self._closes(name) else ""
            lines.append(f"  {name} in [{low:.4g}, {high:.4g}], {n} nodes{sides}")
        if self.chain.frame is not None:
            frame = self.chain.frame
            lines.append(f"  {self.landscape.coordinates[frame.axis]} held at {frame.value:g}")
        kind = "outcomes, exact" if rule.scanned is None else "nodes"
        lines.append(f"  samples of a step: {rule.size} {kind}")
        if "_leading" in self.__dict__:
            lines.append(f"  lost beyond the box by a stationary step: {self.lost:.1e}")
        return "\n".join(lines)
