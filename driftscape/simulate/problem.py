"""`Problem`: what a run, a sweep or a first passage is asked for, read, checked and prepared.

A run is a sweep of one point, and a first passage is the same with an ending: each of them is one
object of points, seeds, trajectory numbers, starts, training sets and a random generator, either
new or as a dataset left them that is resumed.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..landscapes.landscape import Landscape
from ..typing import Float
from ..validate import shown
from .axes import at_point
from .backends import backend as find_backend
from .dataset.contents import Contents
from .dataset.read import in_order, read_points
from .dataset.variables import check_type
from .dynamics import Dynamics
from .points import Points, check_common
from .provenance import Metadata, check_version, descriptions
from .request import Numbers, count_steps, trajectory_numbers
from .start import Start, StartOption
from .streams import check_generator, check_seed

if TYPE_CHECKING:
    import xarray as xr

    from .backends.engine import Backend

Key = TypeVar("Key", bound=Hashable)

_TRAJECTORIES = {"first_passage": 1000}  # default number; 1 elsewhere


@dataclass(frozen=True, eq=False)
class Problem:
    """What is asked for.

    Attributes
    ----------
    kind
        Name of the function that was called: "run", "sweep", "first_passage", "splitting".
    points
        Landscape and dynamics of each point.
    numbers
        Numbers of the trajectories at a point.
    seed, seeds
        The seed, and that of each point.
    common
        Whether the points share their random numbers.
    start
        The argument `start=`, not yet checked.
    earlier
        The resumed dataset of each point; empty where nothing is resumed.
    described
        The description of each point of a dataset that is resumed or run again.
    totals
        Number of steps of each point in all; empty until it is known.
    """

    kind: str
    backend: Backend
    points: Points
    numbers: Numbers
    seed: int
    seeds: list[int]
    common: bool
    generator: str
    start: StartOption = None
    earlier: list[xr.Dataset] = field(default_factory=list)
    described: list[Metadata] = field(default_factory=list)
    totals: list[int] = field(default_factory=list)

    @classmethod
    def read(
        cls,
        kind: str,
        landscape: Landscape | None,
        dynamics: Dynamics | None,
        *,
        backend: str | Backend,
        resume: xr.Dataset | None = None,
        **asked: Any,
    ) -> Problem:
        """Check what is asked for, or read it from the dataset to resume.

        `asked` are the arguments that a resumed dataset brings: `seed`, `start`, `trajectories`,
        `generator`, `over`, `common`, and others that are not looked at.

        Raises
        ------
        ValueError, TypeError
            An argument is refused, or given although the dataset brings it.
        """
        chosen = find_backend(backend)
        if resume is not None:
            if any(value is not None for value in asked.values()):
                *first, last = asked
                raise ValueError(
                    f"resume= takes {', '.join(first)} and {last} from its dataset; leave them out."
                )
            return cls._resumed(kind, landscape, dynamics, chosen, resume)
        over, common = asked.get("over"), asked.get("common")
        if over is None and kind != "sweep":
            if common is not None:
                raise ValueError(
                    f"common={shown(common)} belongs to over=, the parameters to be swept."
                )
            points = Points.read(landscape, dynamics)
        else:
            points = Points.read(landscape, dynamics, {} if over is None else over)
        common, trajectories = check_common(common), asked.get("trajectories")
        numbers = trajectory_numbers(
            _TRAJECTORIES.get(kind, 1) if trajectories is None else trajectories
        )
        seed, generator = check_seed(asked.get("seed")), check_generator(asked.get("generator"))
        seeds = [seed if common else seed + i for i in range(len(points))]
        return cls(
            kind, chosen, points, numbers, seed, seeds, common, generator, asked.get("start")
        )

    @classmethod
    def _resumed(
        cls,
        kind: str,
        landscape: Landscape | None,
        dynamics: Dynamics | None,
        backend: Backend,
        dataset: xr.Dataset,
    ) -> Problem:
        check_type(dataset)
        over, each = descriptions(dataset)
        check_version(each)
        metadata = each[0]
        its = "sweep" if over and metadata["kind"] == "run" else metadata["kind"]
        if its != kind:
            raise ValueError(f"resume= is the result of simulate.{its}; continue with that.")
        if over and (landscape is not None or dynamics is not None):
            raise ValueError(
                f"resume= is a sweep over {', '.join(over)}; it takes landscape and dynamics "
                "from its dataset."
            )
        points = read_points(dataset, exact=True)
        its_landscape, its_dynamics = points[0].problems[0]
        if landscape is not None and landscape != its_landscape:
            raise ValueError(f"resume= is a run of {its_landscape}, not of {landscape}.")
        if dynamics is not None and dynamics.bound(its_landscape) != its_dynamics:
            raise ValueError(f"resume= is a run of {its_dynamics}, not of {dynamics}.")
        return replace(
            cls.again(dataset, points, backend), kind=kind, start=None, totals=[],
            earlier=[in_order(point) for point in points],
        )  # fmt: skip

    @classmethod
    def again(cls, dataset: xr.Dataset, points: list[Contents], backend: Backend) -> Problem:
        """Return what gave a dataset, from its dimensions and the contents of each point."""
        over, each = descriptions(dataset)
        seeds, kind = [int(description["seed"]) for description in each], points[0].kind
        starts = np.stack([point.array("start") for point in points])
        shape = (*(dataset.sizes[name] for name in over), *starts.shape[1:])
        return cls(
            "sweep" if over and kind == "run" else kind, backend,
            Points.of([point.problems[0] for point in points], {n: dataset[n] for n in over}),
            points[0].numbers.astype(np.uint64), seeds[0], seeds, len(set(seeds)) == 1,
            each[0]["generator"], starts.reshape(shape),
            described=each, totals=[int(description["steps"]) for description in each],
        )  # fmt: skip

    @property
    def landscape(self) -> Landscape:
        """The landscape, of a sweep that of the first point."""
        return self.points[0].landscape

    @property
    def dynamics(self) -> Dynamics:
        """The dynamics, of a sweep that of the first point."""
        return self.points[0].dynamics

    @property
    def metadata(self) -> Metadata:
        """Description of the first point of the dataset; empty for a new problem."""
        return self.described[0] if self.described else {}

    @property
    def dones(self) -> list[int]:
        """Number of steps of each point before it was resumed."""
        if not self.earlier:
            return [0] * len(self.points)
        return [int(description["steps"]) for description in self.described]

    @property
    def count(self) -> int:
        """Number of trajectories of all points."""
        return len(self.points) * len(self.numbers)

    @property
    def title(self) -> str:
        """A title for the progress bar."""
        first = {"first_passage": "first passage, ", "splitting": "splitting, "}.get(self.kind, "")
        last = f", {len(self.points)} points" if self.points.axes else ""
        kinds = ", ".join(dict.fromkeys(type(point.dynamics).__name__ for point in self.points))
        return f"{first}{kinds} on {self.landscape.name}{last}"

    def lasting(
        self,
        *,
        steps: int | None = None,
        time: float | None = None,
        epochs: int | None = None,
        prefix: str = "",
    ) -> Problem:
        """Return the problem with the number of steps of each point.

        `prefix` begins the names of `steps` and `time` in messages; with one they count from the
        start of the trajectories, and not from where a dataset is resumed.  Where nothing is asked
        for, each point of a resumed dataset goes on to the number that was.

        Raises
        ------
        ValueError, TypeError
            No number of steps; the message names the point.
        """
        given = {f"{prefix}steps": steps, f"{prefix}time": time, "epochs": epochs}
        if self.earlier and all(value is None for value in given.values()):
            return replace(self, totals=[int(each["requested"]) for each in self.described])
        totals = []
        for point, done in zip(self.points, self.dones, strict=True):
            with at_point(point.label):
                totals.append(count_steps(point.dynamics, given, prefix, done))
        return replace(self, totals=totals)

    def starts(self) -> list[Start]:
        """Check `start=`, and return that of each point; empty where a dataset is resumed."""
        if self.earlier:
            return []
        count = len(self.numbers)
        shape = (*self.points.shape, count, self.landscape.dim)
        if self.points.axes and _shape(self.start) == shape and all(shape):
            apart = np.asarray(self.start, dtype=float).reshape(-1, *shape[-2:])
            return [Start(p.landscape, s, count) for p, s in zip(self.points, apart, strict=True)]
        return self.points.of_landscapes(lambda landscape: Start(landscape, self.start, count))

    def place(self, starts: list[Start], seeds: Sequence[int]) -> Float:
        """Return the states at some starts, shape (coordinates, starts x trajectories)."""
        keys = list(zip(starts, seeds, strict=True))
        return side_by_side(
            keys, lambda key: key[0].place(self.backend, key[1], self.numbers, self.generator)
        )


def side_by_side(
    keys: Sequence[Key], make: Callable[[Key], NDArray[Any]], axis: int = -1
) -> NDArray[Any]:
    """Return what `make` makes of each key along an axis; equal keys share it."""
    arrays = {key: make(key) for key in dict.fromkeys(keys)}
    return arrays[keys[0]] if len(keys) == 1 else np.concatenate([arrays[k] for k in keys], axis)


def _shape(start: Any) -> tuple[int, ...] | None:
    """Return the shape of an array of numbers, None of anything else."""
    try:
        array = np.asarray(start)
    except (TypeError, ValueError):  # ragged, or no array at all
        return None
    return array.shape if array.dtype.kind in "iuf" else None
