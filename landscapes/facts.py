"""What is known exactly about a landscape, as data that one parametrised test checks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Tensors:
    """Exact derivatives and cumulants at a point: field name -> nested lists of formulas."""

    at: tuple[Any, ...]
    values: Mapping[str, Any]


@dataclass(frozen=True)
class StationaryMoment:
    """An exact mean in the steady state of a dynamics.

    Attributes
    ----------
    dynamics
        `"sgd"` (fresh samples) or `"ito"` (in the limit dt -> 0).
    expression
        Formula of the coordinates whose mean is given.
    value
        Formula of the parameters and of `learning_rate`, `batch_size` (sgd) or `beta` (ito).
    """

    dynamics: str
    expression: str
    value: str


@dataclass(frozen=True)
class Facts:
    """Critical points, barrier, tensors and steady-state moments; formulas of the parameters.

    `barrier` is the height of the first saddle over the first minimum, of the potential or of the
    expected loss.  `flat` names the directions in which the minimum is degenerate by symmetry.
    Gradient descent and SGD are mean-square stable at the minimum below `max_learning_rate`.
    """

    minima: tuple[tuple[Any, ...], ...] = ()
    saddles: tuple[tuple[Any, ...], ...] = ()
    barrier: Any = None
    flat: tuple[str, ...] = ()
    tensors: tuple[Tensors, ...] = ()
    moments: tuple[StationaryMoment, ...] = ()
    max_learning_rate: Any = None
    notes: Mapping[str, str] = field(default_factory=dict)
