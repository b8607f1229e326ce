"""`run` and `sweep`: ensembles of trajectories, at one point of parameters or at many.

A run is a sweep of one point; both are read by `Problem` and carried out by `record`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..landscapes.landscape import Landscape
from ..typing import Index
from ..validate import whole
from .axes import OverOption
from .dynamics import Dynamics
from .keep import MAX_BYTES, KeepOption
from .problem import Problem
from .progress import ProgressOption
from .record import record
from .start import StartOption

if TYPE_CHECKING:
    import xarray as xr

    from .backends.engine import Backend


def run(
    landscape: Landscape | None = None,
    dynamics: Dynamics | None = None,
    *,
    steps: int | None = None,
    time: float | None = None,
    epochs: int | None = None,
    trajectories: int | range | Index = 1,
    seed: int | None = None,
    start: StartOption = None,
    save_every: int | None = None,
    keep: KeepOption = None,
    threads: int | None = None,
    backend: str | Backend = "cpu",
    generator: str | None = None,
    progress: ProgressOption = None,
    resume: xr.Dataset | None = None,
    max_bytes: float = MAX_BYTES,
) -> xr.Dataset:
    """Run an ensemble of independent trajectories.

    A trajectory depends on the landscape, the dynamics, its start, the seed and its number, and on
    nothing else: threads, blocks, bursts, snapshots, shards and resuming leave every bit as it is.

    Parameters
    ----------
    landscape
        The landscape that is descended.
    dynamics
        `GD`, `SGD`, `GradientFlow`, `Ito`, ...
    steps
        Number of updates; or give `time` or `epochs`.
    time
        Physical time, a whole number of `dt` (of `learning_rate` for SGD) to 1e-9.
    epochs
        Passes through the training set of an SGD that has one: epochs*train_size/batch_size steps.
    trajectories
        Number of trajectories; or a range of trajectory numbers, so that `range(0, 500)` and
        `range(500, 1000)` are the two halves of `1000`.
    seed
        Any whole number >= 0; None draws one, which the result records.
    start
        A point, an array (trajectories, coordinates), or a probability law (`Normal(...)`) per
        coordinate; default: the landscape's own.

    Other Parameters
    ----------------
    save_every
        Steps between snapshots; by default at most 1000 snapshots and `max_bytes`.
    keep
        `"snapshots"` (default), `"final"`, `Average(...)`, `Density(...)`, or a list of these.
    threads
        Number of threads; default: as many as this process may use.
    backend
        `"cpu"`; `"cupy"` for an NVIDIA GPU, with the same bits (`simulate.CupyBackend` for its
        options); or `"numpy"` for the slow reference.
    generator
        `"xoshiro"` (default), or `"philox"`, slower, whose words can be reached by their number.
    progress
        None shows a bar on runs over a second where the error stream is a terminal; True, False, or
        a function of (steps done, steps in all).
    resume
        A dataset of an earlier run to continue: by `steps` more (or, for an interrupted one, by the
        steps that are left, if any).  The result is that of a run that was never stopped.
    max_bytes
        Limit for stored snapshots and for training sets, in bytes.

    Returns
    -------
    xarray.Dataset
        `state` (trajectory, time, coordinate), `final` and `start` (trajectory, coordinate),
        `diverged` (trajectory), `words` (trajectory, word), what `keep` asks for, and where there
        is a training set `training` (trajectory, sample, variable); for a landscape made of data
        its `data` (sample, variable) and, where it is shuffled, the `order` of its rows.

    Raises
    ------
    ValueError, TypeError
        An input is refused, before anything is compiled.
    Interrupted
        On Ctrl-C, with what was finished as `.dataset`.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> sgd = simulate.SGD(learning_rate=0.1)
    >>> screw = simulate.run(landscapes.archimedes(), sgd, steps=200, trajectories=100, seed=7)
    >>> dict(screw.state.sizes)
    {'trajectory': 100, 'time': 201, 'coordinate': 3}
    """
    problem = Problem.read(
        "run", landscape, dynamics, backend=backend, resume=resume, seed=seed, start=start,
        save_every=save_every, keep=keep, generator=generator,
        trajectories=None if whole(trajectories) == 1 else trajectories,
    )  # fmt: skip
    return record(
        problem, keep, steps=steps, time=time, epochs=epochs, save_every=save_every,
        threads=threads, progress=progress, max_bytes=max_bytes,
    )  # fmt: skip


def sweep(
    landscape: Landscape | None = None,
    dynamics: Dynamics | None = None,
    *,
    over: OverOption | None = None,
    steps: int | None = None,
    time: float | None = None,
    epochs: int | None = None,
    trajectories: int | range | Index = 1,
    seed: int | None = None,
    common: bool | None = None,
    start: StartOption = None,
    save_every: int | None = None,
    keep: KeepOption = None,
    threads: int | None = None,
    backend: str | Backend = "cpu",
    generator: str | None = None,
    progress: ProgressOption = None,
    resume: xr.Dataset | None = None,
    max_bytes: float = MAX_BYTES,
) -> xr.Dataset:
    """Run an ensemble at every point of a grid: of parameters, of dynamics, of landscapes.

        over={"a": [a1, a2, ...], "b": [b1, ...]}     every (a_i, b_j), `trajectories` at each

    Trajectory n of a point is, bit for bit, trajectory n of a `run` with that point's landscape and
    dynamics and the same seed (on the NumPy reference, and in single precision: to rounding).

    Points whose steps differ in numbers alone (`learning_rate`, `beta`, most parameters of a
    landscape) advance together in one kernel, in which a swept parameter has a value per
    trajectory.  Points whose steps differ otherwise (`batch_size`, `momentum` from 0, a scheme) are
    compiled apart and advance one kernel after the other.

    By default the points share their random numbers: trajectory n begins alike and sees the same
    noise everywhere, so that differences between points have a far smaller error than either
    point, and the errors of different points are *not* independent.  `common=False` gives every
    point noise of its own.

    Parameters
    ----------
    landscape, dynamics
        As for `run`.
    over
        Name -> values.  The name is any field of the dynamics (`learning_rate`, `batch_size`,
        `sampling`, `scheme`, ...) or parameter of the landscape; one that both have is written
        `"landscape.a"` or `"dynamics.a"`.  `"dynamics"` and `"landscape"` are swept as a whole,
        `over={"dynamics": [GD(...), SGD(...)]}`; the argument of that name is then left out, and
        all landscapes have the same coordinates.  A mapping gives the values labels of its own:
        `over={"dynamics": {"small": SGD(...), "large": SGD(...)}}`.
    steps, time, epochs
        As for `run`.  A time, or a number of epochs, may be other numbers of steps at other points;
        snapshots are then of the same steps everywhere, and NaN behind the last step of a point.
    trajectories
        Number of trajectories at each point, or a range of trajectory numbers.
    seed
        As for `run`.
    start
        As for `run`, for every point; or an array (*values, trajectories, coordinates).

    Other Parameters
    ----------------
    common
        True (default): the same random numbers at every point.  False: point i, counted with the
        last name in `over` fastest, has the seed `seed` + i, recorded in the coordinate `seed`.
    save_every, keep, threads, backend, generator, progress
        As for `run`.
    resume
        A dataset of an earlier sweep to continue, as for `run`.
    max_bytes
        Limit for the snapshots of all points together, and for their training sets, in bytes.

    Returns
    -------
    xarray.Dataset
        What `run` returns with a leading dimension for each name in `over`, whose coordinate is the
        values: numbers, truth values, or text.  Where the time of a step differs between points,
        `time` has their dimensions too; `step` is common to all.  `hidden`, `training` and `order`
        have room for the largest point; the rest is NaN (-1 in `order`).
        `.sel(learning_rate=0.02)` is the dataset of a run: analyses, `landscape_of`, `dynamics_of`,
        `rerun` and `run(resume=...)` take it as one.  Conversely, runs that `xarray.concat` puts
        together along a new dimension are a sweep, which `sweep(resume=...)` continues.

    Raises
    ------
    ValueError, TypeError
        An input is refused, before anything is compiled; the message names the point.
    Interrupted
        On Ctrl-C, with what was finished as `.dataset`: points of kernels that had not begun are at
        their start, and `resume=` brings each to the number of steps that was asked for.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate
    >>> screw, sgd = landscapes.archimedes(), simulate.SGD(learning_rate=0.1)
    >>> rates = {"learning_rate": [0.01, 0.02, 0.05]}
    >>> runs = simulate.sweep(screw, sgd, over=rates, steps=1000, trajectories=500, seed=1)
    >>> dict(runs.final.sizes)
    {'learning_rate': 3, 'trajectory': 500, 'coordinate': 3}
    >>> slow = runs.sel(learning_rate=0.05)
    >>> simulate.dynamics_of(slow).learning_rate
    0.05
    >>> analysis.drift_velocity(slow, "z", discard_steps=200).n_eff
    500

    Batch sizes with and without momentum:

    >>> over = {"batch_size": [1, 4], "momentum": [0, 0.9]}
    >>> batches = simulate.sweep(screw, sgd, over=over, steps=200, trajectories=100, seed=1)
    >>> round(simulate.dynamics_of(batches.sel(batch_size=4, momentum=0.9)).beta, 6)
    8.0
    >>> whole = {"dynamics": [simulate.GD(learning_rate=0.1), sgd]}
    >>> simulate.sweep(screw, over=whole, steps=5, seed=1).dynamics.values.tolist()
    ['GD', 'SGD']
    """
    problem = Problem.read(
        "sweep", landscape, dynamics, backend=backend, resume=resume, over=over, seed=seed,
        common=common, start=start, save_every=save_every, keep=keep, generator=generator,
        trajectories=None if whole(trajectories) == 1 else trajectories,
    )  # fmt: skip
    return record(
        problem, keep, steps=steps, time=time, epochs=epochs, save_every=save_every,
        threads=threads, progress=progress, max_bytes=max_bytes,
    )  # fmt: skip
