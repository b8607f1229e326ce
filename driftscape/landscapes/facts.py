"""Exact results about a landscape as data, which one parametrised test checks for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .formulas.language import Formula, Nested


@dataclass(frozen=True)
class Tensors:
    """Exact derivatives and cumulants at one point.

    Attributes
    ----------
    at
        The point, one formula for each coordinate.
    values
        Name of a field, such as `"hessian"`, -> its value there as nested lists of formulas.

    Examples
    --------
    >>> from driftscape import landscapes
    >>> landscapes.cubic_chi().facts.tensors[0].values["third_cumulant"]
    [[[-8]]]
    """

    at: tuple[Formula, ...]
    values: Mapping[str, Nested]


@dataclass(frozen=True)
class StationaryMoment:
    """An exact mean in the steady state of a dynamics, E[expression] = value.

    Attributes
    ----------
    dynamics
        `"sgd"` (fresh samples) or `"ito"` (in the limit dt -> 0).
    expression
        Formula of the coordinates whose mean is given.
    value
        Formula of the parameters and of `learning_rate`, `batch_size` (sgd) or `beta` (ito).

    Examples
    --------
    >>> from driftscape import landscapes
    >>> landscapes.mean_estimation().facts.moments[1]
    StationaryMoment(dynamics='ito', expression='theta**2', value='noise**2/(beta*curvature)')
    """

    dynamics: str
    expression: str
    value: str


@dataclass(frozen=True)
class FixedPoint:
    """A zero of the drift and the characteristic polynomial of the Jacobian there.

        det(lambda I - db/dx) = c_0 lambda^d + c_1 lambda^(d - 1) + ... + c_d

    Attributes
    ----------
    at
        The point, one formula for each coordinate.
    characteristic
        The coefficients c_0, c_1, ..., c_d: real formulas even where the eigenvalues are complex.
    """

    at: tuple[Formula, ...]
    characteristic: tuple[Formula, ...]


@dataclass(frozen=True)
class Facts:
    """Exact results about a landscape, as formulas that may contain its parameters.

    A number that is a float is rounded; every other number is exact.

    Attributes
    ----------
    minima, saddles
        Points where the gradient vanishes.
    barrier
        Height of the first saddle above the first minimum, of Phi or of the expected loss.
    valley
        A curve of minima, one formula of `s` for each coordinate.  s = 0 is the first minimum, and
        the Hessian is singular along the curve and in no other direction.
    fixed_points
        Zeros of the drift (at beta = 1 where it depends on beta).
    symmetries
        Maps coordinate -> formula of the coordinates and of `s`, which leave the loss of every
        sample, or Phi, unchanged for every s.
    conserved
        Formulas that are constant along the noiseless flow; for a loss, along that of every sample.
    tensors, moments
        Derivatives and cumulants at a point; means in the steady state.
    max_learning_rate
        Limit of stability of gradient descent at the first minimum.  Below it SGD is mean-square
        stable where its noise there does not grow with the distance from the minimum.
    window
        Coordinate -> (low, high): the box that `on_grid` shows by default; where it is not given,
        it is derived from the points above.
    notes
        Further numbers, in words.

    Examples
    --------
    >>> from driftscape import landscapes
    >>> facts = landscapes.quartic_well().facts
    >>> facts.minima, facts.saddles, facts.barrier
    (((-1,), (1,)), ((0,),), '1/4')
    """

    minima: tuple[tuple[Formula, ...], ...] = ()
    saddles: tuple[tuple[Formula, ...], ...] = ()
    barrier: Formula | None = None
    valley: tuple[str, ...] = ()
    fixed_points: tuple[FixedPoint, ...] = ()
    symmetries: tuple[Mapping[str, str], ...] = ()
    conserved: tuple[str, ...] = ()
    tensors: tuple[Tensors, ...] = ()
    moments: tuple[StationaryMoment, ...] = ()
    max_learning_rate: Formula | None = None
    window: Mapping[str, tuple[Formula, Formula]] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
