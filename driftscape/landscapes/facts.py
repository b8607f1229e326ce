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
class FixedPoint:
    """A zero of the drift and the characteristic polynomial of the Jacobian there.

    Attributes
    ----------
    at
        The point.
    characteristic
        Coefficients of det(lambda I - db/dx), the highest power first: a real formula even where
        the eigenvalues are complex.
    """

    at: tuple[Any, ...]
    characteristic: tuple[Any, ...]


@dataclass(frozen=True)
class Facts:
    """What is known exactly; a formula may contain the parameters, a float is rounded.

    Attributes
    ----------
    minima, saddles
        Points where the gradient vanishes.
    barrier
        Height of the first saddle over the first minimum, of the potential or the expected loss.
    valley
        A curve of minima, one formula of `s` for each coordinate; s = 0 is the first minimum, and
        the Hessian is degenerate along the curve and nowhere else.
    fixed_points
        Zeros of the drift (at beta = 1 where it depends on it).
    symmetries
        Maps coordinate -> formula of the coordinates and of `s`; the loss at every sample, or the
        potential, is the same at the image, whatever s is.
    conserved
        Formulas that the noiseless flow leaves as they are, for a loss that of every sample.
    tensors, moments
        Derivatives and cumulants at a point; means in the steady state.
    max_learning_rate
        Gradient descent is stable at the first minimum below it, and SGD mean-square stable where
        its noise there does not grow with the distance (where it does, a run finds its own limit).
    notes
        Further numbers, in words.
    """

    minima: tuple[tuple[Any, ...], ...] = ()
    saddles: tuple[tuple[Any, ...], ...] = ()
    barrier: Any = None
    valley: tuple[str, ...] = ()
    fixed_points: tuple[FixedPoint, ...] = ()
    symmetries: tuple[Mapping[str, str], ...] = ()
    conserved: tuple[str, ...] = ()
    tensors: tuple[Tensors, ...] = ()
    moments: tuple[StationaryMoment, ...] = ()
    max_learning_rate: Any = None
    notes: Mapping[str, str] = field(default_factory=dict)
