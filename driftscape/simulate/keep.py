"""What a run keeps, as `keep=` asks for it: snapshots, final states, time averages, densities."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from ..landscapes.landscape import Landscape
from ..validate import check_whole, shown
from .density import Density
from .step import Step

#: default limit for stored snapshots, in bytes
MAX_BYTES = 1e9
MAX_SNAPSHOTS = 1000


@dataclass(frozen=True)
class Average:
    """Time average of expressions of the state along each trajectory, in O(1) memory.

        average_i = (1/n) sum_k f_i(theta_k),   k = discard_steps, ..., steps - 1

    Parameters
    ----------
    *expressions
        Formulas of the coordinates and parameters, `"x1**2"`.
    discard_steps
        Steps left out at the beginning.

    Raises
    ------
    TypeError, ValueError
        No formulas, one that is no text, or one twice.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> moments = simulate.Average("theta", "theta**2", discard_steps=50)
    >>> run = simulate.run(landscapes.mean_estimation(), simulate.SGD(learning_rate=0.1), steps=100,
    ...                    trajectories=8, seed=1, keep=moments)
    >>> run.average.sizes["expression"]
    2
    """

    expressions: tuple[str, ...]
    discard_steps: int = 0

    def __init__(self, *expressions: str, discard_steps: int = 0) -> None:
        if not expressions or not all(isinstance(e, str) for e in expressions):
            raise TypeError(
                f"Average({shown(expressions)}); give formulas as text, Average('x', 'x**2')."
            )
        if len(set(expressions)) < len(expressions):
            raise ValueError(f"Average({shown(expressions)}) repeats a formula.")
        object.__setattr__(self, "expressions", tuple(expressions))
        object.__setattr__(self, "discard_steps", check_whole("discard_steps", discard_steps, 0))


#: what `keep=` accepts
KeepOption: TypeAlias = str | Average | Density | Iterable[str | Average | Density] | None


@dataclass(frozen=True)
class Keep:
    """The parts of `keep=`."""

    snapshots: bool
    average: Average | None
    density: Density | None = None

    @staticmethod
    def read(keep: KeepOption) -> Keep:
        """Read `keep=`: None, "snapshots", "final", an `Average`, a `Density`, or a list."""
        parts: Any = ["snapshots"] if keep is None else keep
        parts = list(parts) if isinstance(parts, (list, tuple)) else [parts]
        for part in parts:
            text = isinstance(part, str) and part in ("snapshots", "final")
            if not (text or isinstance(part, (Average, Density))):
                raise ValueError(
                    f"keep={shown(part)}; known: 'snapshots', 'final', "
                    "simulate.Average(...), simulate.Density(...)."
                )
        averages = [part for part in parts if isinstance(part, Average)]
        densities = [part for part in parts if isinstance(part, Density)]
        if len(averages) > 1:
            raise ValueError("keep= has two Averages; give all formulas to one.")
        if len(densities) > 1:
            raise ValueError("keep= has two Densities; run once for each.")
        average, density = next(iter(averages), None), next(iter(densities), None)
        return Keep("snapshots" in parts, average, density)

    def extend(self, step: Step, landscape: Landscape) -> Step:
        """Return the step with a running sum of each average, and rows that are counted."""
        if self.average is not None:
            formulas = [landscape.parse(e) for e in self.average.expressions]
            step = step.averaging(formulas, self.average.discard_steps)
        if self.density is not None:
            step = replace(step, counted=self.density.counted(landscape))
        return step

    @property
    def kind(self) -> Hashable:
        """What `extend` adds to a step depends on, besides the landscape; None where it is none."""
        added = self.average, self.density
        return None if added == (None, None) else added

    def to_list(self) -> list[Any]:
        """Return the parts for the description in a dataset; `keep_argument` reads them back."""
        parts: list[Any] = ["snapshots"] if self.snapshots else ["final"]
        if self.average:
            text, discard_steps = list(self.average.expressions), self.average.discard_steps
            parts.append({"average": text, "discard_steps": discard_steps})
        if self.density:
            parts.append({"density": self.density.to_dict()})
        return parts


def keep_argument(parts: list[Any]) -> list[str | Average | Density]:
    """Return the argument `keep=` from the list that `Keep.to_list` gave."""
    return [
        part
        if isinstance(part, str)
        else Average(*part["average"], discard_steps=part["discard_steps"])
        if "average" in part
        else Density(**part["density"])
        for part in parts
    ]


def spacing(
    save_every: int | None, keep: Keep, steps: int, bytes_each: int, max_bytes: float
) -> int:
    """Return the snapshot spacing in steps, 0 for none.

    Raises
    ------
    ValueError
        The snapshots asked for would take more than `max_bytes`.
    """
    if keep.density:
        if keep.snapshots and save_every not in (None, keep.density.every):
            raise ValueError(
                f"save_every={save_every}, but the density is sampled every {keep.density.every} "
                "steps; snapshots and density need one spacing, or two runs."
            )
        save_every = keep.density.every
        if not keep.snapshots:
            return int(save_every)
    if not keep.snapshots:
        if save_every is not None:
            raise ValueError("save_every= spaces snapshots, but keep= does not have 'snapshots'.")
        return 0
    if save_every is None:
        shots = int(min(MAX_SNAPSHOTS, steps + 1, max_bytes / max(1, bytes_each))) - 1
        return -(-steps // max(1, shots))
    check_whole("save_every", save_every)
    total = (steps // save_every + 1) * bytes_each
    if total > max_bytes:
        raise ValueError(
            f"save_every={save_every} asks for {steps // save_every + 1} snapshots, "
            f"{total / 1e9:.3g} GB; allowed are {max_bytes / 1e9:.3g} GB. Use a larger save_every, "
            "keep='final', keep=Average(...), or max_bytes=."
        )
    return int(save_every)
