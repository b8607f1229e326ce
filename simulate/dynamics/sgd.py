"""Stochastic gradient descent, the discrete map itself."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from ...landscapes.landscape import Landscape
from ..step import TERM, Step, parameter
from .base import Dynamics, positive, whole
from .ito import Ito


@dataclass(frozen=True, kw_only=True)
class SGD(Dynamics):
    """Stochastic gradient descent with fresh samples.

        theta' = theta - (learning_rate/batch_size) sum_{k=1}^{batch_size} grad l(theta; x_k)

    with x_k drawn anew at every step (no training set).  This is the discrete map, not an SDE; to
    second order in the learning rate its noise is that of `as_sde()`, whose beta is
    2 batch_size/learning_rate.  On a landscape made by `from_potential` the gradients drawn are
    -b + B xi, Gaussian with covariance D.

    Parameters
    ----------
    learning_rate
        eta > 0; also the physical time of one step.
    batch_size
        Samples averaged per step.

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> sgd = SGD(learning_rate=0.1)
    >>> run = simulate.run(landscapes.archimedes(), sgd, steps=100, trajectories=64, seed=7)
    >>> run.final.shape
    (64, 3)
    """

    learning_rate: float
    batch_size: int = 1

    def __post_init__(self) -> None:
        positive("learning_rate", self.learning_rate)
        whole("batch_size", self.batch_size)

    @property
    def time_step(self) -> float:
        return self.learning_rate

    @property
    def beta(self) -> float:
        """Inverse temperature 2 batch_size/learning_rate of the matching SDE."""
        return 2 * self.batch_size / self.learning_rate

    def as_sde(self, *, substeps: int = 1) -> Ito:
        """Return the Ito SDE with the same mean and covariance per step.

            dtheta = -E grad l dt + sqrt(2 D/beta) dW,  beta = 2 batch_size/learning_rate

        integrated with dt = learning_rate/substeps; time is steps*learning_rate in both.
        """
        whole("substeps", substeps)
        return Ito(beta=self.beta, dt=self.learning_rate / substeps)

    def step(self, landscape: Landscape) -> Step:
        eta, batch = parameter("learning_rate"), parameter("batch_size")
        gradient = landscape.sampled_gradient(2 * batch / eta)
        used = set().union(*(e.free_symbols for e in gradient.entries))
        laws = {x: law.name for x, law in landscape.sample_laws.items() if x in used}
        parameters = {
            eta: self.learning_rate,
            batch: self.batch_size,
            **landscape.parameter_symbols,
        }
        entries, lets = gradient.entries, gradient.lets
        noise: dict[sp.Basic, str] = dict(laws)
        if self.batch_size > 1:
            drawn = {x: sp.IndexedBase(x.name, real=True) for x in laws}
            swaps = {x: base[TERM] for x, base in drawn.items()}
            entries = tuple(
                sp.Sum(e.xreplace(swaps), (TERM, 1, batch)) / batch if e.has(*laws) else e
                for e in entries
            )
            noise = {drawn[x]: law for x, law in laws.items()}
        return Step(
            state=landscape.symbols,
            update=tuple(s - eta * g for s, g in zip(landscape.symbols, entries, strict=True)),
            visible=landscape.dim,
            lets=lets,
            noise=noise,
            parameters=parameters,
            tables=gradient.tables,
        )
