"""Estimates as a dataset, which selection and files keep, and the way back.

Every point has its contributions along `trajectory`, block after block, and a JSON text `sources`
of what a block states beside them.  The memory of a point is complete in itself.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...labels import NUMBER, TIME, Label, labelled
from ...theory.units import Unit
from ...validate import check_kind
from ..estimate import Block, Contributions, Estimate
from ..estimate.sources import covariance_of
from .points import Sweep

if TYPE_CHECKING:
    import xarray as xr

NUMBERS = ("value", "stderr", "low", "high", "n_eff", "skewness", "time_step")
TEXTS = ("method", "unit", "sources")
OTHER = "_other"
"""A dimension of a sweep with this ending is its second one in `covariance`."""

_LABELS = {
    "skewness": Label("skewness of the law of the estimate"),
    "time_step": Label("time of a step", TIME),
    "method": Label("how it was measured"),
    "unit": Label("unit of the value"),
    "sources": Label("noise and degrees of freedom of the contributions"),
    "contribution": Label("contribution of the trajectory to the error"),
    "covariance": Label("covariance of the errors of two points"),
}
_IN_UNITS = {"value": 1, "stderr": 1, "low": 1, "high": 1, "contribution": 1, "covariance": 2}
_OWN = {field.name for field in dataclasses.fields(Estimate)}
_MOST = 2000  # points of which the covariance is written


def of_estimates(sweep: Sweep, estimates: Sequence[Estimate | None]) -> xr.Dataset:
    """Return the estimates of all points, None for one without, as a dataset."""
    import xarray as xr

    numbers = {name: np.full(len(estimates), np.nan) for name in NUMBERS}
    texts = {name: np.full(len(estimates), "", dtype=object) for name in TEXTS}
    for i, estimate in enumerate(estimates):
        if estimate is not None:
            for name, value in _numbers(estimate).items():
                numbers[name][i] = value
            texts["method"][i], texts["unit"][i] = estimate.method, estimate.unit
            texts["sources"][i] = json.dumps(_sources(estimate))
    dims, shape = sweep.names, sweep.shape
    variables: dict[str, Any] = {n: (dims, v.reshape(shape)) for n, v in numbers.items()}
    variables |= {n: (dims, v.astype(str).reshape(shape)) for n, v in texts.items()}
    memory = [None if e is None else e.contributions for e in estimates]
    variables["contribution"], labels = _contributions(sweep, memory)
    coords: dict[str, Any] = {"trajectory": labels}
    if len(estimates) <= _MOST:
        present = [i for i, c in enumerate(memory) if c is not None]
        whole = np.full((len(memory), len(memory)), np.nan)
        whole[np.ix_(present, present)] = covariance_of([c for c in memory if c is not None])
        others = tuple(name + OTHER for name in dims)
        variables["covariance"] = ((*dims, *others), whole.reshape(*shape, *shape))
        coords |= {
            name + OTHER: (name + OTHER, sweep.coords[name].values)
            for name in dims if name in sweep.coords and sweep.coords[name].ndim == 1
        }  # fmt: skip
    methods = {e.method for e in estimates if e is not None} - {""}
    named = {"value": Label(methods.pop())} if len(methods) == 1 else {}
    dataset = labelled(xr.Dataset(variables, coords), {**_LABELS, **named})
    units = {e.unit for e in estimates if e is not None}
    for name, power in _IN_UNITS.items():
        if name in dataset and units != {""}:
            known = str(Unit.of(min(units)) ** power) if len(units) == 1 else "as in unit"
            if known != NUMBER:
                dataset[name].attrs["units"] = known
    return dataset


def estimate_of(point: xr.Dataset) -> Estimate:
    """Return the estimate of one point, with what its error is made of.

    Differences, ratios and other functions of the estimates of two points have the error of the
    trajectories of both, which may share their noise.

    Parameters
    ----------
    point
        One point of the dataset that an analysis of a sweep returned, e.g. `points.sel(beta=3)`.

    Returns
    -------
    Estimate
        Equal to the result of the analysis of this point alone.

    Raises
    ------
    ValueError
        The dataset has several points, or no estimates, or some trajectories were left out; or the
        point has no result, and the message is its `reason`.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate
    >>> well, ito = landscapes.quartic_well(), simulate.Ito(beta=2, dt=0.01)
    >>> sweep = simulate.sweep(well, ito, over={"beta": [2, 2.02]}, time=20, trajectories=400,
    ...                        seed=1, save_every=20)
    >>> points = analysis.moment(sweep, "x**2")
    >>> one, other = (analysis.estimate_of(points.isel(beta=i)) for i in (0, 1))
    >>> (other - one).stderr < 0.2 * one.stderr  # the points share their noise
    True
    """
    import xarray as xr

    check_kind("point", point, xr.Dataset, "a point of the estimates that an analysis returns")
    missing = [n for n in ("value", "stderr", "sources", "contribution") if n not in point]
    if missing:
        raise ValueError(
            f"the dataset has no {', '.join(missing)}; give a point of the estimates that an "
            "analysis of a sweep returns."
        )
    if point["value"].dims:
        first = point["value"].dims[0]
        raise ValueError(
            f"the dataset has several points of {', '.join(map(str, point['value'].dims))}; "
            f"select one, e.g. points.isel({first}=0)."
        )
    if not (text := str(point["sources"].item())):
        reason = str(point["reason"].item()) if "reason" in point else "the analysis failed."
        raise ValueError(f"this point has no estimate: {reason}")
    stated = json.loads(text)
    numbers = {name: float(point[name].item()) for name in NUMBERS if name in point}
    step = numbers.get("time_step", math.nan)
    return _kinds()[stated["kind"]](
        numbers["value"], numbers["stderr"], numbers["n_eff"], str(point["method"].item()),
        str(point["unit"].item()), skewness=numbers.get("skewness", 0.0),
        time_step=None if math.isnan(step) else step, contributions=_memory(point, stated),
        **{name: _read(value) for name, value in stated["extra"].items()},
    )  # fmt: skip


def _numbers(estimate: Estimate) -> dict[str, float]:
    low, high = estimate.interval()
    step = math.nan if estimate.time_step is None else estimate.time_step
    values = (estimate.value, estimate.stderr, low, high, estimate.n_eff, estimate.skewness, step)
    return dict(zip(NUMBERS, values, strict=True))


def _sources(estimate: Estimate) -> dict[str, Any]:
    """Return all that an estimate states beside its numbers and contributions."""
    memory = estimate.contributions
    return {
        "kind": type(estimate).__name__,
        "extra": {
            field.name: _written(getattr(estimate, field.name))
            for field in dataclasses.fields(estimate) if field.name not in _OWN
        },
        "curvature": memory.curvature,
        "blocks": [
            {
                "noise": b.noise, "count": len(b.numbers), "freedom": b.freedom,
                "weight": b.weight, "pieces": b.pieces, "cut": b.cut,
            }
            for b in memory.blocks
        ],
    }  # fmt: skip


def _written(value: object) -> Any:
    """Return a field of an estimate of a kind of its own, as JSON."""
    if isinstance(value, Estimate):
        own = {name: getattr(value, name) for name in _OWN - {"contributions"}}
        extra = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        more = {n: _written(v) for n, v in extra.items() if n not in _OWN}
        return {"kind": type(value).__name__, **own, **more}
    if isinstance(value, tuple):
        return [_written(entry) for entry in value]
    return value


def _read(value: Any) -> Any:
    if isinstance(value, dict):
        fields = {name: _read(entry) for name, entry in value.items() if name != "kind"}
        return _kinds()[value["kind"]](**fields)
    return tuple(map(_read, value)) if isinstance(value, list) else value


def _kinds() -> dict[str, type[Estimate]]:
    kinds: list[type[Estimate]] = [Estimate, *Estimate.__subclasses__()]
    return {kind.__name__: kind for kind in kinds}


def _contributions(
    sweep: Sweep, memory: Sequence[Contributions | None]
) -> tuple[tuple[tuple[str, ...], Any], tuple[tuple[str, ...], Any]]:
    """Return the contributions of all points, and the numbers of the trajectories."""
    none = np.array([], np.int64)
    labels = [
        none if c is None else np.concatenate([none, *(b.numbers for b in c.blocks)])
        for c in memory
    ]
    most = max(map(len, labels))
    values = np.full((len(memory), most), np.nan)
    numbers = np.full((len(memory), most), -1, np.int64)
    for i, (label, found) in enumerate(zip(labels, memory, strict=True)):
        numbers[i, : len(label)] = label
        if found is not None and len(label):
            values[i, : len(label)] = np.concatenate([b.values for b in found.blocks])
    dims = (*sweep.names, "trajectory")
    known = [label for label, c in zip(labels, memory, strict=True) if c is not None]
    if all(np.array_equal(label, known[0]) for label in known):
        return (dims, values.reshape(*sweep.shape, most)), (("trajectory",), known[0])
    return (dims, values.reshape(*sweep.shape, most)), (dims, numbers.reshape(*sweep.shape, most))


def _memory(point: xr.Dataset, stated: dict[str, Any]) -> Contributions:
    """Return the contributions of a point.

    Raises
    ------
    ValueError
        They are not as many as the blocks state.
    """
    values = np.asarray(point["contribution"].values, float)
    numbers = np.asarray(point["trajectory"].values, np.int64)
    counts = [block.pop("count") for block in stated["blocks"]]
    if sum(counts) > len(values) or not np.isnan(values[sum(counts) :]).all():
        raise ValueError(
            f"the point has {len(values)} contributions of {sum(counts)} trajectories; select "
            "points, and no trajectories."
        )
    ends = np.cumsum([0, *counts])
    blocks = tuple(
        Block(numbers=numbers[a:b], values=values[a:b], **block)
        for a, b, block in zip(ends, ends[1:], stated["blocks"], strict=False)
    )
    return Contributions(blocks, stated["curvature"])
