"""`refine`: one SDE at several step sizes under one Brownian path."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from ..labels import Label, labelled
from ..landscapes.landscape import Landscape
from .dataset.fingerprint import COORDINATE as FINGERPRINT
from .dataset.fingerprint import fingerprints
from .dataset.variables import CALL
from .dynamics import Dynamics
from .dynamics.refined import Refined
from .progress import ProgressOption
from .provenance import COORDINATE, provenance
from .run import run
from .start import StartOption

if TYPE_CHECKING:
    import xarray as xr

    from .backends.engine import Backend


def refine(
    landscape: Landscape,
    dynamics: Dynamics,
    *,
    levels: int = 3,
    observables: tuple[str, ...] | str = (),
    discard_steps: int = 0,
    steps: int | None = None,
    time: float | None = None,
    trajectories: int | range = 1000,
    seed: int | None = None,
    start: StartOption = None,
    threads: int | None = None,
    backend: str | Backend = "cpu",
    progress: ProgressOption = None,
) -> xr.Dataset:
    """Run a dynamics at dt, dt/2, ..., dt/2**(levels-1) under one Brownian path.

    The effect of the step size on an observable is then a mean of differences between trajectories
    with the same noise, whose error is far smaller than that of two separate runs;
    `analysis.step_bias` measures it.

    Parameters
    ----------
    landscape, dynamics
        An SDE with Gaussian noise; its dt is the coarsest.
    levels
        Number of step sizes, 2 to 5.
    steps, time
        As for `run`; steps are those of the coarsest size.
    trajectories, seed, start
        As for `run`; default: 1000 trajectories.

    Other Parameters
    ----------------
    observables
        Formulas whose average along the path is taken, over steps of the coarsest size from
        `discard_steps` on.
    discard_steps
        Steps of the coarsest size left out at the beginning.
    threads, backend, progress
        As for `run`.

    Returns
    -------
    xarray.Dataset
        `final` (level, trajectory, coordinate), `average` (level, trajectory, expression), with
        `dt` along `level`.

    Raises
    ------
    ValueError
        The dynamics has no dt, or noise that is not made of the increments of one path.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> well, ito = landscapes.quartic_well(), simulate.Ito(beta=4, dt=0.1)
    >>> runs = simulate.refine(well, ito, observables="x**2", time=20, trajectories=200, seed=1)
    >>> runs.dt.values.tolist()
    [0.1, 0.05, 0.025]
    """
    formulas = (observables,) if isinstance(observables, str) else observables
    refined = Refined(
        dynamics=dynamics, levels=levels, observables=formulas, discard_steps=discard_steps
    )
    result = run(
        landscape, refined, steps=steps, time=time, trajectories=trajectories, seed=seed,
        start=start, keep="final", threads=threads, backend=backend, progress=progress,
    )  # fmt: skip
    return _levels(result, landscape, refined)


def _levels(result: xr.Dataset, landscape: Landscape, refined: Refined) -> xr.Dataset:
    """Unpack the hidden rows: gaps of the coarser levels, then sums by formula and level."""
    import xarray as xr

    d, levels = landscape.dim, refined.levels
    rows = len(refined.dynamics.step(landscape).state)
    hidden = result["hidden"].values
    hidden = hidden[:, rows - d :] if rows > d else hidden
    finest = result["final"].values
    count = len(finest)
    gaps = hidden[:, : (levels - 1) * rows].reshape(count, levels - 1, rows)[:, :, :d]
    final = np.concatenate([finest[None] + gaps.transpose(1, 0, 2), finest[None]])
    data: dict[str, Any] = {
        "final": (("level", "trajectory", "coordinate"), final, result["final"].attrs),
        "diverged": result["diverged"].variable,
    }
    coords: dict[str, Any] = {
        "level": np.arange(levels),
        "dt": ("level", refined.time_step / 2.0 ** np.arange(levels)),
        "trajectory": result["trajectory"].values,
        "coordinate": list(landscape.coordinates),
    }
    if refined.observables:
        steps = provenance(result)["steps"] - refined.discard_steps
        sums = hidden[:, (levels - 1) * rows :].reshape(count, len(refined.observables), levels)
        sums = sums.transpose(2, 0, 1) / steps
        average = np.concatenate([sums[:-1] + sums[-1:], sums[-1:]])
        data["average"] = (("level", "trajectory", "expression"), average)
        coords["expression"] = list(refined.observables)
    text = json.dumps(provenance(result) | {"kind": "refine"})
    coords[COORDINATE] = (CALL,), [text]
    arrays: dict[str, Any] = {name: data[name][1] for name in ("final", "average") if name in data}
    arrays["diverged"] = np.tile(result["diverged"].values, (levels, 1))
    coords[FINGERPRINT] = (
        ("level", "trajectory", CALL),
        fingerprints(
            [f"{text} {level}" for level in range(levels)],
            np.tile(coords["trajectory"], levels),
            {name: values.reshape(levels * count, -1) for name, values in arrays.items()},
        ).reshape(levels, count, 1),
    )
    label = Label("average along the trajectory", formula="(1/n) sum_k f(theta_k)")
    return labelled(xr.Dataset(data, coords, result.attrs), {"average": label})
