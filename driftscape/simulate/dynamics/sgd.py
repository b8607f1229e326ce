"""Stochastic gradient descent, the discrete map itself."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import sympy as sp

from ...landscapes.checks import check_landscape, has_current
from ...landscapes.field import Field
from ...landscapes.kinds.rows import ROWS
from ...landscapes.landscape import Landscape
from ...validate import check_flag, check_real, check_whole
from ..step import Step, parameter
from .assignments import field_at
from .base import Dynamics
from .learning_rate import LearningRate
from .sde.ito import Ito
from .training_set import EPOCHS, batch_mean, check_sampling, training_set_of, training_set_size


@dataclass(frozen=True, kw_only=True)
class SGD(Dynamics):
    """Stochastic gradient descent.

        v'     = momentum v - learning_rate (1/batch_size) sum_{k=1}^{batch_size} grad l(y; x_k)
        theta' = theta + v',       y = theta   (heavy ball), theta + momentum v   (Nesterov)

    This is the discrete map, not an SDE; with fresh samples its noise is, to second order in the
    learning rate, that of `as_sde()`.  On a landscape made by `from_potential` the gradients drawn
    are -b + B xi, Gaussian with covariance D.

    The source of the samples changes the dynamics:

    ======================  ====================================================================
    `"fresh"`               drawn anew at every step; there is no training set
    `"iid"`                 from the training set, with replacement
    `"without-replacement"` independent batches of distinct samples
    `"fixed"`               epochs: the training set in the same order over and over
    `"reshuffled"`          epochs, in a new order each
    ======================  ====================================================================

    A training set of `train_size` samples is drawn once a trajectory, from a stream of its own.
    Where the landscape is a data set, that is the training set of every trajectory and `train_size`
    its number of rows: `"fresh"` is then the same as `"iid"`, rows drawn independently, and
    `"fixed"` goes through the rows in the order in which they were given.

    Parameters
    ----------
    learning_rate
        eta > 0; or a formula of `step` = 0, 1, 2, ..., such as `"0.1/(1 + step/100)"`; or a matrix
        (d, d) whose symmetric part is positive definite.
    batch_size
        Samples averaged per step, or `"full"` for the whole training set.
    sampling
        One of the five above.
    train_size
        N, number of samples of the training set; a multiple of `batch_size` where there are epochs.
        Left out on a data set.
    momentum
        mu in [0, 1).
    nesterov
        Take the gradient at y = theta + momentum v instead of theta.

    Raises
    ------
    TypeError, ValueError
        A number is not allowed, or the arguments contradict each other; in `step`: `sampling` needs
        a training set and there is none, or `train_size` is not that of the landscape's data.
    NotAvailable
        In `step`: the landscape has no gradient (it was made by `from_drift`).

    References
    ----------
    H. Robbins, S. Monro, Ann. Math. Stat. 22 (1951) 400; B. Polyak, USSR Comput. Math. Math. Phys.
    4 (1964) 1 (momentum); Y. Nesterov, Soviet Math. Dokl. 27 (1983) 372 (look-ahead).

    Examples
    --------
    >>> from driftscape import landscapes, simulate
    >>> sgd = SGD(learning_rate=0.1)
    >>> run = simulate.run(landscapes.archimedes(), sgd, steps=100, trajectories=64, seed=7)
    >>> run.final.shape
    (64, 3)
    >>> epochs = SGD(learning_rate=0.1, sampling="reshuffled", train_size=10)
    >>> run = simulate.run(landscapes.archimedes(), epochs, epochs=3, trajectories=64, seed=7)
    >>> run.training.sizes["sample"]
    10
    """

    run_time: ClassVar[tuple[str, ...]] = ("learning_rate", "momentum")

    learning_rate: float | str | Sequence[Sequence[float]]
    batch_size: int | str = 1
    sampling: str = "fresh"
    train_size: int | None = None
    momentum: float = 0.0
    nesterov: bool = False

    def check(self) -> None:
        rate = LearningRate(self.learning_rate)
        object.__setattr__(self, "learning_rate", rate.given)
        check_sampling(self.sampling, self.batch_size, self.train_size)
        check_real("momentum", self.momentum, "a number in [0, 1)", lambda m: 0 <= m < 1)
        check_flag("nesterov", self.nesterov)
        if self.nesterov and not self.momentum:
            raise ValueError("nesterov=True looks ahead along the momentum; give momentum= > 0.")

    @property
    def batch(self) -> int:
        """Number of samples averaged per step."""
        if self.batch_size != "full":
            return int(self.batch_size)
        if self.train_size is None:
            raise ValueError(f"{self}: batch_size='full' is known once train_size= is given.")
        return int(self.train_size)

    @property
    def is_plain(self) -> bool:
        """Whether steps are independent: fresh samples, one constant rate, no momentum."""
        scalar = LearningRate(self.learning_rate).kind == "number"
        return scalar and self.sampling == "fresh" and not self.momentum

    @property
    def time_step(self) -> float:
        """`learning_rate`; 1 for a schedule or a matrix: their time counts updates."""
        rate = LearningRate(self.learning_rate)
        return float(rate.given) if rate.kind == "number" else 1.0

    @property
    def beta(self) -> float:
        """Inverse temperature 2 effective_batch (1 - momentum)/learning_rate of the matching SDE.

        Infinite where a batch is the whole training set: there is no noise then.

        Raises
        ------
        ValueError
            The rate is a schedule or a matrix, or there is no `effective_batch`.

        Examples
        --------
        >>> SGD(learning_rate=0.1, batch_size=2).beta
        40.0
        >>> some = SGD(learning_rate=0.1, batch_size=2, sampling="without-replacement")
        >>> from driftscape import landscapes
        >>> round(some.bound(landscapes.linear_regression()).beta, 3)  # 11 rows: 40 * 10/9
        44.444
        """
        rate = self._number("has no single temperature")
        return 2 * self.effective_batch * (1 - self.momentum) / rate

    @property
    def effective_batch(self) -> float:
        """Number of independent samples whose mean gradient has the covariance of a batch's.

            "fresh", "iid"           b
            "without-replacement"    b (N - 1)/(N - b),     infinite at b = N

        D is the covariance of one sample's gradient, over the training set of N samples where there
        is one.  On a landscape that is a data set N is the number of its rows, which only
        `sgd.bound(landscape)` knows.

        Raises
        ------
        ValueError
            N is not known; or samples come in epochs, whose batches are not independent: no
            temperature is that of their noise.
        """
        if self.sampling in EPOCHS:
            raise ValueError(
                f"{self}: the batches of an epoch share no sample, so that their noise is not "
                "independent and has no temperature; use sampling='iid' or 'without-replacement'."
            )
        if self.sampling == "without-replacement":
            if self.train_size is None:
                raise ValueError(
                    f"{self}: the noise of batches without replacement depends on the size of the "
                    "training set; give train_size=, or ask sgd.bound(landscape) on a data set."
                )
            rest = self.train_size - self.batch
            return self.batch * (self.train_size - 1) / rest if rest else math.inf
        return self.batch

    def _number(self, complaint: str) -> float:
        rate = LearningRate(self.learning_rate)
        if rate.kind != "number":
            raise ValueError(
                f"SGD with a {rate.kind} as learning_rate={self.learning_rate!r} {complaint}; "
                "give a number."
            )
        return float(rate.given)

    def as_sde(
        self, landscape: Landscape | None = None, *, order: int = 1, substeps: int | None = None
    ) -> Ito:
        """Return the Ito SDE with the same mean and covariance per step.

            order 1     dtheta = -E grad l dt + sqrt(2 D/beta) dW
            order 2     dtheta = -grad(f + learning_rate |grad f|**2/4) dt + sqrt(2 D/beta) dW
            f = E l,    beta = 2 effective_batch (1 - momentum)/learning_rate

        A step of SGD takes the time learning_rate/(1 - momentum), which is
        `time_step` where there is no momentum; the equation makes `substeps` steps of equal dt in
        it.  Averages over a fixed time follow those of SGD to `order` in the learning rate.  Order
        2 uses the scheme of weak order 2, since the error of Euler's scheme would be as large as
        the correction.

        Parameters
        ----------
        landscape
            A landscape that is a data set; needed where the samples come from a training set.
        order
            1 or 2.
        substeps
            Default: the smallest number for which dt <= learning_rate, which is one without
            momentum and 10 at momentum = 0.9; a step of learning_rate/(1 - momentum) could be
            unstable where SGD is stable.

        Raises
        ------
        ValueError
            The rate is a schedule or a matrix; samples come in epochs, or from a training set that
            differs from trajectory to trajectory, as its loss does; the batch is the training set,
            which leaves no noise.  Or `order` is 2 with momentum, whose second-order equation has
            more terms.
        """
        check_whole("order", order, 1, 2)
        if order == 2 and self.momentum:
            raise ValueError(
                f"order=2 with momentum={self.momentum}: that equation is not known here; use "
                "order=1 or momentum=0."
            )
        rate = self._number("has no SDE of constant temperature")
        if landscape is not None:
            check_landscape(landscape)
        if self.sampling != "fresh" and (landscape is None or landscape.data is None):
            raise ValueError(
                f"SGD with sampling={self.sampling!r} descends its training loss, another for "
                "each trajectory, and has no SDE on this landscape; use sampling='fresh', or give "
                "the data set: as_sde(landscape)."
            )
        beta = (self if landscape is None else self.bound(landscape)).beta
        if math.isinf(beta):
            raise ValueError(
                f"{self}: the batch is the training set, so that there is no noise; use GD."
            )
        slow = rate / (1 - self.momentum)  # time of a step
        if substeps is None:
            substeps = math.ceil(slow / rate - 1e-9)
        check_whole("substeps", substeps, most=1_000_000)
        if order == 2:
            return Ito(beta=beta, dt=rate / substeps, scheme="weak-2", modified=rate)
        return Ito(beta=beta, dt=slow / substeps)

    def bound(self, landscape: Landscape) -> SGD:
        """Return the dynamics with `train_size` set to the number of rows of a data set.

        Raises
        ------
        ValueError
            There is no training set to take samples from, or its size is not that of the data.
        """
        size = training_set_size(landscape, self.sampling, self.train_size)
        return self if size == self.train_size else replace(self, train_size=size)

    def check_steps(self, steps: int) -> None:
        LearningRate(self.learning_rate).check_steps(steps)

    def steps_of(self, epochs: int) -> int:
        if self.train_size is None:
            return super().steps_of(epochs)
        if epochs * self.train_size % self.batch:
            raise ValueError(
                f"epochs={epochs} of {self.train_size} samples are not a whole number of batches "
                f"of {self.batch}; give steps=."
            )
        return int(epochs * self.train_size // self.batch)

    def kind_of_step(self, landscape: Landscape) -> Hashable:
        kind = super().kind_of_step(landscape)
        return None if kind is None else (kind, has_current(landscape))

    def step(self, landscape: Landscape) -> Step:
        return self.bound(landscape)._step(landscape)

    def _step(self, landscape: Landscape) -> Step:
        batch, mu = parameter("batch_size"), parameter("momentum")
        rate = LearningRate(self.learning_rate)
        rates, eta = rate.parameters(landscape.dim), rate.expression(landscape.dim)
        gradient = self._gradient(landscape, eta, batch, mu)
        x = landscape.symbols
        velocity = [sp.Symbol(f"row.velocity.{s.name}", real=True) for s in x]
        assignments, entries = list(gradient.assignments), list(gradient.entries)
        if self.nesterov:
            ahead = [sp.Symbol(f"let.ahead{i}", real=True) for i in range(len(x))]
            assignments, entries = field_at(gradient, ahead, "ahead")
            moved = [s + mu * v for s, v in zip(x, velocity, strict=True)]
            assignments = [*zip(ahead, moved, strict=True), *assignments]
        # a training set is drawn whole: its loss may need the rest
        keep_all = self.sampling != "fresh" and landscape.data is None
        one = self.batch == 1
        noise, mean = batch_mean(landscape, entries, None if one else batch, keep_all)
        kicks = eta * sp.Matrix(mean) if rate.kind == "matrix" else [eta * g for g in mean]
        parameters: dict[sp.Symbol, float | sp.Expr] = {**rates, batch: self.batch}
        parameters |= landscape.parameter_symbols
        update = [s - k for s, k in zip(x, kicks, strict=True)]
        if self.momentum:
            parameters[mu] = self.momentum
            moving = [mu * v - k for v, k in zip(velocity, kicks, strict=True)]
            update = [*(s + m for s, m in zip(x, moving, strict=True)), *moving]
        training_set, tables = training_set_of(landscape, self.sampling, noise)
        if training_set is not None:
            parameters[training_set.size] = parameters.get(ROWS, self.train_size)
        return Step.of(
            landscape,
            update,
            hidden=velocity if self.momentum else (),
            assignments=assignments,
            noise=noise,
            parameters=parameters,
            tables={**gradient.tables, **tables},
            training_set=training_set,
        )

    def _gradient(
        self, landscape: Landscape, eta: sp.Expr, batch: sp.Symbol, mu: sp.Symbol
    ) -> Field:
        """Return the gradient at one sample, at the noise's temperature if it depends on it."""
        if landscape.kind != "potential" or landscape.formulas["current"] is None:
            return landscape.sampled_gradient()
        if LearningRate(self.learning_rate).kind == "matrix":
            if has_current(landscape):
                self._number("has no single temperature")
            return landscape.sampled_gradient(1)
        beta = 2 * batch / eta * (1 - mu if self.momentum else 1)
        if not has_current(landscape):  # at these values: the temperature has no effect
            return landscape.sampled_gradient(beta)
        if self.effective_batch == math.inf:  # raises an error for epochs
            raise ValueError(
                f"the current of {landscape.name} is given at a temperature, and {self} has no "
                "noise; use a smaller batch_size, or give the circulation as curl=."
            )
        if self.sampling == "without-replacement":
            size = parameter("train_size")
            beta *= (size - 1) / (size - batch)
        return landscape.sampled_gradient(beta)
