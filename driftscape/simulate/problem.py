"""`Problem`: what a run, a sweep or a first passage is asked for, read, checked and prepared.

A run is a sweep of one point, and a first passage is the same with an ending: each of them is one
object of points, seeds, trajectory numbers, starts, training sets and a random generator, either
new or as a dataset left them that is resumed.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..landscapes.landscape import Landscape
from ..typing import Bools, Float, Index
from .advice import DivergedRun
from .backends import backend as find_backend
from .dataset.contents import Contents
from .dataset.read import check_type, in_order, read
from .divergence import warn_unstable
from .dynamics import Dynamics
from .ensemble import Ensemble
from .points import Points, check_common
from .provenance import check_version, descriptions, fold
from .request import Numbers, check_arguments, check_memory, count_steps, trajectory_numbers
from .sampling import draw_training_sets, lay_out, left_in
from .start import Start, StartOption
from .step import Step
from .streams import check_generator, check_seed, stream_words

if TYPE_CHECKING:
    import xarray as xr

    from .backends.engine import Backend, Engine

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
        Landscape, dynamics and step of each point.
    numbers
        Numbers of the trajectories at a point.
    seed, seeds
        The seed, and that of each point.
    common
        Whether the points share their random numbers.
    start
        The argument `start=`, not yet checked.
    earlier
        The resumed dataset, trajectories of all points side by side, if any.
    metadata
        Its description; empty where nothing is resumed.
    total
        Number of steps in all, of which the resumed dataset has `done`.
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
    earlier: xr.Dataset | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    total: int = 0

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
        landscape, dynamics = check_arguments(landscape, dynamics)
        over, common = asked.get("over"), asked.get("common")
        if over is None and kind != "sweep":
            if common is not None:
                raise ValueError(f"common={common!r} belongs to over=, the parameters to be swept.")
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
        contents = read(dataset, exact=True)
        its_landscape, its_dynamics = contents.problems[0]
        if landscape is not None and landscape != its_landscape:
            raise ValueError(f"resume= is a run of {its_landscape}, not of {landscape}.")
        if dynamics is not None and dynamics.bound(its_landscape) != its_dynamics:
            raise ValueError(f"resume= is a run of {its_dynamics}, not of {dynamics}.")
        return replace(
            cls.again(contents, backend), kind=kind, start=None,
            earlier=fold(in_order(contents), over), metadata=metadata,
        )  # fmt: skip

    @classmethod
    def again(cls, contents: Contents, backend: Backend) -> Problem:
        """Return what gave a dataset, from its dimensions and the description of each point."""
        over, each, dataset = contents.over, contents.each, contents.dataset
        points = Points.of(contents.problems, {name: dataset[name].values for name in over})
        seeds = [int(description["seed"]) for description in each]
        kind = contents.kind
        return cls(
            "sweep" if over and kind == "run" else kind, backend, points,
            contents.numbers.astype(np.uint64), seeds[0], seeds, len(set(seeds)) == 1,
            each[0]["generator"], contents.array("start"),
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
    def done(self) -> int:
        """Number of steps before the dataset was resumed."""
        return int(self.metadata.get("steps", 0))

    @property
    def count(self) -> int:
        """Number of trajectories of all points."""
        return len(self.points) * len(self.numbers)

    @property
    def rows(self) -> int:
        """Number of state rows without the swept parameters, which come last."""
        return len(self.points.steps[0].state)

    @cached_property
    def step(self) -> Step:
        """The step of all points, in which a swept parameter is a row."""
        return self.points.steps[0].with_constant_rows(self.points.swept)

    @property
    def title(self) -> str:
        """A title for the progress bar."""
        first = {"first_passage": "first passage, ", "splitting": "splitting, "}.get(self.kind, "")
        last = f", {len(self.points)} points" if self.points.axes else ""
        return f"{first}{type(self.dynamics).__name__} on {self.landscape.name}{last}"

    def lasting(
        self,
        extend: Callable[[Step, int], Step],
        *,
        steps: int | None,
        time: float | None,
        epochs: int | None = None,
        prefix: str = "",
    ) -> Problem:
        """Return the problem with its number of steps, and with rows added to each point's step.

        `prefix` begins the names of `steps` and `time` in messages; with one they count from the
        start of the trajectories, and not from where a dataset is resumed.

        Raises
        ------
        ValueError, TypeError
            No number of steps, or not the same at each point; or the points cannot share a kernel.
        """
        given = {f"{prefix}steps": steps, f"{prefix}time": time, "epochs": epochs}
        totals = [
            count_steps(point.dynamics, given, prefix, self.done, self.metadata.get("requested", 0))
            for point in self.points
        ]
        for point, total in zip(self.points, totals, strict=True):
            if total != totals[0]:
                raise ValueError(
                    f"{prefix}time={time} is {totals[0]} steps at {self.points[0].label} and "
                    f"{total} at {point.label}; give {prefix}steps=, the same for every point."
                )
        return replace(self, points=replace(self.points, extend=extend), total=totals[0])

    def starts(self) -> list[Start]:
        """Check `start=`, and return that of each point; empty where a dataset is resumed."""
        if self.earlier is not None:
            return []
        count = len(self.numbers)
        shape = (*self.points.shape, count, self.landscape.dim)
        if self.points.axes and _shape(self.start) == shape and all(shape):
            apart = np.asarray(self.start, dtype=float).reshape(-1, *shape[-2:])
            return [Start(p.landscape, s, count) for p, s in zip(self.points, apart, strict=True)]
        return self.points.of_landscapes(lambda landscape: Start(landscape, self.start, count))

    def place(self, starts: list[Start], seeds: Sequence[int]) -> Float:
        """Return the starting states, shape (coordinates, points x trajectories)."""
        keys = list(zip(starts, seeds, strict=True))
        return side_by_side(
            keys, lambda key: key[0].place(self.backend, key[1], self.numbers, self.generator)
        )

    def ensemble(
        self, starts: list[Start], shots: int = 0, every: int = 0
    ) -> tuple[Ensemble, Float]:
        """Return the trajectories, at their starts or as they were left, and where they started.

        A warning is given where the step is not stable.
        """
        check_memory(self.count, len(self.step.state))
        hidden = np.repeat(self.points.hidden, len(self.numbers), axis=1)
        earlier, generator = self.earlier, self.generator
        if earlier is None:
            states = self.place(starts, self.seeds)
            warn_unstable(self.points, states)
            purpose = "order" if self.step.training_set else "noise"
            words = side_by_side(
                self.seeds,
                lambda seed: stream_words(seed, self.numbers, purpose, generator=generator),
            )
            return Ensemble.fresh(self.step, states, words, shots, every, hidden), states
        left = earlier["exit" if "exit" in earlier else "final"].values.T
        if "hidden" in earlier:
            hidden[: earlier.sizes["row"]] = earlier["hidden"].values.T
        words = np.array(earlier["words"].values.T, order="C")  # a copy: kernels write to it
        ensemble = Ensemble.fresh(self.step, left, words, shots, every, hidden)
        ensemble.diverged[:] = earlier["diverged"].values
        return ensemble, np.ascontiguousarray(earlier["start"].values.T)

    def begun(
        self,
        start: Float,
        number: int,
        diverged: Index,
        ended: Callable[[Float], Bools] | None = None,
    ) -> DivergedRun:
        """Return what the trajectories of a point were begun with, and where they diverged."""
        point, count = self.points[number], len(self.numbers)
        return DivergedRun(
            point.landscape, point.dynamics, start[:, number * count : (number + 1) * count],
            self.numbers, self.seeds[number], self.generator, self.backend, diverged, self.total,
            ended,
        )  # fmt: skip

    def engine(self, ensemble: Ensemble, max_bytes: float) -> Engine:
        """Compile the step, and give the ensemble its training sets, if it has any."""
        engine = self.backend.engine(self.step, self.generator)
        if self.step.training_set:
            share = max_bytes / len(self.points)
            sets = (
                left_in(self.earlier)
                if self.earlier is not None
                else side_by_side(
                    self.seeds,
                    lambda seed: draw_training_sets(
                        self.step, self.backend, seed, self.numbers, self.generator, share
                    ),
                    axis=0,
                )
            )
            ensemble.training_sets = lay_out(sets, engine.lanes)
        return engine


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
    except ValueError:  # ragged
        return None
    return array.shape if array.dtype.kind in "iuf" else None
