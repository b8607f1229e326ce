"""The states of a run that a picture shows: trajectories, times, coordinates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, SupportsIndex, TypeAlias, cast

import numpy as np

from ..analysis.run_data import RunData, read_run
from ..landscapes import Landscape
from ..landscapes.formulas.language import names as parse_names
from ..simulate import Dynamics
from ..typing import Float, Index
from ..validate import shown, whole

if TYPE_CHECKING:
    import xarray as xr

#: which trajectories are shown: the first so many, or their numbers
Trajectories: TypeAlias = "SupportsIndex | Sequence[int] | Index"
#: which states are shown: "final", "start", or a step of a snapshot
When: TypeAlias = "str | SupportsIndex"


@dataclass(frozen=True)
class States:
    """A run, read, as a picture shows it.

    Attributes
    ----------
    data
        The run.
    rows
        Places of the trajectories that are shown.
    names, columns
        The coordinates that are shown, and their places.
    """

    data: RunData
    rows: Index
    names: tuple[str, ...]
    columns: tuple[int, ...]

    @classmethod
    def of(
        cls,
        run: xr.Dataset,
        trajectories: Trajectories | None,
        coordinates: str | Iterable[str] | None,
        diverged: str | None,
        most: int = 3,
    ) -> States:
        """Read a run; `most`: the number of coordinates that the picture can show.

        Raises
        ------
        TypeError, ValueError
            It is no run, or has no such trajectories or coordinates.
        """
        data = read_run(run, diverged)
        names = shown_coordinates(data.landscape, coordinates, most)
        columns = tuple(data.landscape.coordinates.index(name) for name in names)
        return cls(data, _rows(data, trajectories), names, columns)

    @property
    def landscape(self) -> Landscape:
        """The landscape of the run."""
        return self.data.landscape

    @property
    def dynamics(self) -> Dynamics:
        """The dynamics of the run."""
        return self.data.dynamics

    @property
    def numbers(self) -> list[int]:
        """Numbers of the trajectories that are shown."""
        return [int(number) for number in self.data.numbers[self.rows]]

    @property
    def count(self) -> int:
        """Number of coordinates that are shown."""
        return len(self.names)

    def snapshots(self) -> tuple[Float, Float]:
        """Return times (n,) and states (trajectories, n, coordinates); refuse a run without."""
        self.data.first_snapshot(0)
        time: Float = self.data.snapshots.astype(float) * float(self.dynamics.time_step)
        return time, self.data.state[self.rows][:, :, list(self.columns)]

    def at(self, when: When) -> tuple[float, Float]:
        """Return the time and the states (trajectories, coordinates) at a step.

        Raises
        ------
        ValueError
            It is neither "final", "start" nor a step of which the run has a snapshot.
        """
        step = {"start": 0, "final": self.data.steps}.get(when) if isinstance(when, str) else None
        if step is None and (step := whole(when)) is None:
            raise ValueError(f'at={shown(when)}; give "final", "start" or a step.')
        time = step * float(self.dynamics.time_step)
        if step == 0 and "start" in self.data.contents:
            return time, self._of(self.data.start)
        if step == self.data.steps:
            return time, self._of(self.data.final)
        place = np.flatnonzero(self.data.snapshots == step)
        if not len(place):
            raise ValueError(f"at={step}; {self._nearest(step)}")
        return time, self._of(self.data.state[:, int(place[0])])

    def _of(self, states: Float) -> Float:
        return states[self.rows][:, list(self.columns)]

    def _nearest(self, step: int) -> str:
        steps = self.data.snapshots
        if not len(steps):
            return f"the run has no snapshots, only steps 0 and {self.data.steps}."
        near = steps[np.argsort(abs(steps - step), kind="stable")[:2]]
        listed = " and ".join(str(each) for each in sorted(near.tolist()))
        return f"the snapshots nearest to this step are those of the steps {listed}."


def shown_coordinates(
    landscape: Landscape, given: str | Iterable[str] | None, most: int
) -> tuple[str, ...]:
    """Return the coordinates along the axes: those given, or the first ones.

    Raises
    ------
    TypeError, ValueError
        They are no names, too many, or none of the landscape.
    """
    known = landscape.coordinates
    if given is None:
        return known[:most]
    names = parse_names(given)
    if not set(names) <= set(known) or len(names) > most:
        raise ValueError(f"coordinates={shown(given)}; give one to {most} of {', '.join(known)}.")
    return names


def _rows(data: RunData, given: Trajectories | None) -> Index:
    """Return the places of trajectories: all, the first so many, or those of some numbers."""
    total = len(data.numbers)
    if given is None:
        return np.arange(total)
    count = whole(given)
    if count is not None:
        if count < 1:
            raise ValueError(f"trajectories={count}; give a whole number >= 1, or their numbers.")
        return np.arange(min(count, total))
    try:
        numbers = [whole(each) for each in cast("Sequence[int]", given)]
    except TypeError:
        numbers = [None]
    if isinstance(given, str) or None in numbers or not numbers:
        raise TypeError(
            f"trajectories={shown(given)}; give how many, or the numbers of some, [0, 3]."
        )
    places = {int(number): place for place, number in enumerate(data.numbers)}
    missing = [number for number in numbers if number not in places]
    if missing:
        raise ValueError(
            f"trajectories={shown(given)}; the run has no trajectory {missing[0]}; its numbers "
            f"are {data.numbers.min()} to {data.numbers.max()}."
        )
    return np.array([places[cast(int, number)] for number in numbers], dtype=np.int64)
