"""Training sets of 10 to 1e5 samples, data sets of as many rows, and batches of 1 to 1000."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from .curve import Curve, Point, Setting, fixed
from .ideal import Rate, Sets

if TYPE_CHECKING:
    from driftscape.landscapes import Landscape

SIZES = (10, 100, 1000, 10_000, 100_000)
BATCHES = (1, 2, 4, 10, 30, 100, 300, 1000)
WORDS = "work times the best rate of the curve; and 1 ms + 50 ns a trajectory"
#: samples of the training set from which batches are taken
TRAINED = 3000
#: samples that are stored for all trajectories together
STORED = 2e7


def curves(where: Setting) -> list[Curve]:
    """Return the curves of training sets, data sets and batches."""
    return [
        *(_own(where, order) for order in ("iid", "reshuffled")),
        *(_shared(where, order) for order in ("iid", "reshuffled")),
        *(_batch(where, order) for order in ("fresh", "iid", "reshuffled")),
    ]


def _own(where: Setting, order: str) -> Curve:
    """Return runs in which every trajectory has a training set of its own."""
    from driftscape import landscapes, simulate

    screw, points = landscapes.archimedes(), []
    for size in where.sizes(*SIZES):
        many = int(min(where.many, max(64, STORED / size)))
        steps = where.steps(many)
        sgd = simulate.SGD(learning_rate=0.05, sampling=order, train_size=size)
        call = partial(
            simulate.run, screw, sgd, steps=steps, trajectories=many, start=(0.5, 0.3, 0.1),
            keep="final", **where.given,
        )  # fmt: skip
        points.append(Point(size, call, many * steps, fixed(many), many * size))
    return Curve(
        f"training sets, sampling {order}", "samples",
        "a step of a trajectory, or a sample of its training set", points, Sets(),
        _alone(where, screw, order),
    )  # fmt: skip


def _shared(where: Setting, order: str) -> Curve:
    """Return runs on a landscape that is a data set."""
    from driftscape import simulate

    points = []
    for size in where.sizes(*SIZES):
        fit = _regression(size)
        steps = where.steps(where.many)
        call = partial(
            simulate.run, fit, simulate.SGD(learning_rate=0.05, sampling=order), steps=steps,
            trajectories=where.many, start=(0.0, 0.0), keep="final", **where.given,
        )  # fmt: skip
        kept = size if order == "reshuffled" else 0
        points.append(Point(size, call, where.many * steps, fixed(where.many), where.many * kept))
    unit = "a step of a trajectory"
    unit += "" if order == "iid" else ", or a row number in the order that the dataset keeps of it"
    if order == "iid":
        return Curve(f"data sets, sampling {order}", "rows", unit, points, Rate(WORDS))
    alone = _alone(where, _regression(where.sizes(*SIZES[:4])[-1]), order)
    return Curve(f"data sets, sampling {order}", "rows", unit, points, Sets(), alone)


def _regression(size: int) -> Landscape:
    """Return a line fitted to so many rows of data."""
    from driftscape import landscapes

    features = np.column_stack([np.ones(size), np.linspace(-1, 1, size)])
    answers = features @ [0.5, 1.0] + 0.3 * np.random.default_rng(1).standard_normal(size)
    return landscapes.linear_regression(features, answers)


def _alone(where: Setting, landscape: Landscape, order: str) -> dict[str, Point]:
    """Return a run of two steps, which does little but draw, store and return training sets."""
    from driftscape import simulate

    data = landscape.data
    size = where.sizes(*SIZES[:4])[-1]
    given = {} if data is not None else {"train_size": size}
    sgd = simulate.SGD(learning_rate=0.05, sampling=order, **given)
    call = partial(
        simulate.run, landscape, sgd, steps=2, trajectories=where.many, keep="final", **where.given
    )
    return {Sets().alone: Point(size, call, 2 * where.many, 0.0, where.many * size)}


def _batch(where: Setting, order: str) -> Curve:
    """Return runs whose gradients are means over a batch."""
    from driftscape import landscapes, simulate

    screw, points = landscapes.archimedes(), []
    for batch in where.sizes(*BATCHES):
        size: dict[str, Any] = {} if order == "fresh" else {"train_size": TRAINED}
        steps = where.steps(where.many * batch)
        sgd = simulate.SGD(learning_rate=0.05, sampling=order, batch_size=batch, **size)
        call = partial(
            simulate.run, screw, sgd, steps=steps, trajectories=where.many, start=(0.5, 0.3, 0.1),
            keep="final", **where.given,
        )  # fmt: skip
        drawn = size.get("train_size", 0)
        work = where.many * steps * batch
        points.append(Point(batch, call, work, fixed(where.many), where.many * drawn))
    unit = "a sample of a batch of a trajectory"
    title, axis = f"batches, sampling {order}", "samples of a batch"
    if order == "fresh":
        return Curve(title, axis, unit, points, Rate(WORDS))
    unit += f", or one of its training set of {TRAINED}"
    return Curve(title, axis, unit, points, Sets(), _alone(where, screw, order))
