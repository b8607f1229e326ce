"""What to turn after trajectories have diverged: every advice was tried on these trajectories.

The diverged trajectories are made again, from their starts and with their random numbers, for the
same time with other values: a smaller step first and, where the drift depends on the temperature,
a smaller beta.  An advice is the smaller of two values in turn under which all of them stay finite.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..landscapes.landscape import Landscape
from ..typing import Bools, Float, Index
from .dynamics import Dynamics
from .dynamics.learning_rate import LearningRate
from .dynamics.sde.ito import Ito
from .ensemble import Ensemble
from .request import Numbers
from .sampling import check_sets, draw_training_sets
from .step import Step
from .streams import stream_words

if TYPE_CHECKING:
    from .backends.engine import Backend

_CONVINCING = 6  # halvings without effect, after which smaller steps are no remedy
_TRAJECTORIES = 64  # at most, that are made again
_EXPONENTS = range(1, 13)  # powers of 1/2 by which a step, and beta, are multiplied
_UNTRIED = "Use a smaller step, or a landscape that is bounded below."
_COST = 10_000_000  # steps of all trajectories that one trial may make
_SLOW = {"numpy": 200_000}  # the same, by backend
_GRAIN = 8  # steps after which trajectories that have reached a target are left out
_BYTES = 1e8  # of training sets


@dataclass(frozen=True)
class DivergedRun:
    """A run in which trajectories diverged.

    Attributes
    ----------
    landscape, dynamics
        Of the run.
    starts
        Starting points, shape (coordinates, trajectories).
    numbers, seed, generator
        Numbers of the trajectories, the seed and the generator.
    backend
        The backend.
    diverged
        Step at which each trajectory diverged, or -1.
    steps
        Steps of the run.
    ended
        Whether states, shape (coordinates, trajectories), lie in a target, if there is one.
    """

    landscape: Landscape
    dynamics: Dynamics
    starts: Float
    numbers: Numbers
    seed: int
    generator: str
    backend: Backend
    diverged: Index
    steps: int
    ended: Callable[[Float], Bools] | None = None

    @property
    def chosen(self) -> Index:
        """The trajectories that are made again: those that diverged, the first ones first."""
        order = np.argsort(np.where(self.diverged < 0, self.steps, self.diverged), kind="stable")
        return np.sort(order[:_TRAJECTORIES])

    def stay_finite(self, dynamics: Dynamics, longer: float) -> bool | None:
        """Return whether the trajectories stay finite for the same time, `longer` times the steps.

        None where that takes too long.
        """
        chosen = self.chosen
        step = dynamics.bound(self.landscape).step(self.landscape)
        cost = _SLOW.get(self.backend.name, _COST) // (len(chosen) * _terms(step))
        last = int(self.diverged[chosen].max())
        steps = int(np.ceil(min(self.steps * longer, cost)))
        if steps < 2 * last * longer and steps < self.steps * longer:
            return None
        purpose = "order" if step.training_set else "noise"
        numbers = self.numbers[chosen]
        words = stream_words(self.seed, numbers, purpose, generator=self.generator)
        ensemble = Ensemble.fresh(step, np.ascontiguousarray(self.starts[:, chosen]), words)
        engine = self.backend.engine(step, self.generator, ensemble.count)
        if step.training_set:
            check_sets([(step, len(numbers))], _BYTES)
            ensemble.training_sets = draw_training_sets(
                step, self.backend, [self.seed], numbers, self.generator, engine.lanes
            )
        away = np.zeros(len(chosen), dtype=bool)
        burst = _GRAIN if self.ended else max(_GRAIN, steps // 16 // 2 * 2)
        for done in range(0, steps, burst):
            engine.advance(ensemble, done, min(steps, done + burst))
            engine.bring(ensemble)
            if ((ensemble.diverged >= 0) & ~away).any():
                return False
            if self.ended is not None:
                away |= self.ended(ensemble.state[: self.landscape.dim])
                if away.all():
                    break
        return True


def _terms(step: Step) -> int:
    """Return how many terms a step sums: of a batch, of rows of data, or of quadrature nodes."""
    batch = next((int(v) for s, v in step.parameters.items() if s.name.endswith("batch_size")), 1)
    return max(1, batch, *(len(table) for table in step.tables.values()))


def advice(run: DivergedRun) -> str:
    """Return one or two sentences that say what to turn which way, or that nothing helps."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return _advice(run)
    except (AttributeError, TypeError, ValueError):  # a dynamics of the user's own
        return _UNTRIED


def _advice(run: DivergedRun) -> str:
    name = size_of(run.dynamics)
    if name is None:
        return _UNTRIED
    found, tried, cut = _search(run, ((smaller(run.dynamics, k), 2.0**k) for k in _EXPONENTS))
    if found is not None:
        return f"Use {name}={_written(found, name)}: {_finite(run, 2.0**tried)}."
    if tried == 0:
        return f"A smaller {name} may help; to try it would take too long."
    least = _written(smaller(run.dynamics, tried), name)
    nothing = f"A smaller {name} does not help (tried down to {least})"
    if depends_on_beta(run.landscape):
        colder = _warmer(run, name)
        if colder:
            return f"{nothing}: {colder}"
        return (
            f"{nothing}: the drift contains J exp(beta Phi), which explodes where beta Phi is "
            "large. Use an equation whose beta is free, such as Ito, and a smaller beta."
        )
    if cut and tried < _CONVINCING:
        return f"{nothing}; to try smaller ones would take too long."
    return (
        f"{nothing}: the equation itself leaves the finite numbers, as it does where a loss is not "
        "bounded below or a drift grows faster than the distance. Use another landscape, another "
        "start or a shorter time."
    )


def _search(
    run: DivergedRun, candidates: Iterable[tuple[Dynamics, float]]
) -> tuple[Dynamics | None, int, bool]:
    """Find the second of two candidates in turn that stay finite.

    Return it, or the last one where the next takes too long; how many were tried, and whether the
    search ended because the next takes too long.
    """
    good: Dynamics | None = None
    tried = 0
    for dynamics, longer in candidates:
        finite = run.stay_finite(dynamics, longer)
        if finite is None:
            return good, tried, True
        tried += 1
        if finite and good is not None:
            return dynamics, tried, False
        good = dynamics if finite else None
    return None, tried, False


def _warmer(run: DivergedRun, name: str) -> str:
    """Return an advice for a drift with J exp(beta Phi), in which beta is what matters."""
    dynamics, beta = run.dynamics, _beta(run.dynamics)
    has_beta = "beta" in {each.name for each in fields(dynamics)}
    why = f"the drift contains J exp(beta Phi), and beta = {beta:.4g}"
    if not (0 < beta < np.inf):
        return ""
    for k in range(0, 7, 2):  # smaller steps, too
        longer = 2.0**k

        def at(halvings: int, k: int = k) -> Dynamics:
            value = _rounded(beta / 2**halvings)
            if has_beta:
                return replace(smaller(dynamics, k), beta=value)  # type: ignore[call-arg]
            return Ito(beta=value, dt=_rounded(dynamics.time_step / 2**k))

        found, *_ = _search(run, ((at(i), longer) for i in _EXPONENTS))
        if found is None:
            continue
        if has_beta:
            step = f", {name}={_written(found, name)}" if k else ""
            return f"{why}. Use beta={_written(found, 'beta')}{step}: {_finite(run, longer)}."
        return (
            f"{why}, 2 batch_size/{name}, grows as {name} falls. Use an equation whose beta is "
            f"free: under {type(found).__name__}(beta={_written(found, 'beta')}, "
            f"dt={_written(found, 'dt')}) {_finite(run, longer)}."
        )
    return ""


def _beta(dynamics: Dynamics) -> float:
    """Return the inverse temperature, NaN where it is no number (of a schedule)."""
    try:
        return float(getattr(dynamics, "beta", np.nan))
    except (TypeError, ValueError):
        return np.nan


def _finite(run: DivergedRun, longer: float) -> str:
    count = len(run.chosen)
    times = f" ({longer:g} times as many steps)" if longer > 1 else ""
    return f"the {count} trajectories that were tried with it stay finite in the same time{times}"


def depends_on_beta(landscape: Landscape) -> bool:
    """Return whether the drift of a landscape depends on beta: it has a current J that is not 0."""
    if landscape.formulas.get("current") is None:
        return False
    values = {**landscape.parameter_symbols}
    return any(entry.subs(values) != 0 for entry in landscape.current.entries)


def size_of(dynamics: Dynamics) -> str | None:
    """Return the name of the field that is the size of a step, "dt" or "learning_rate"."""
    names = {each.name for each in fields(_inner(dynamics))}
    return next((name for name in ("dt", "learning_rate") if name in names), None)


def smaller(dynamics: Dynamics, halvings: int) -> Dynamics:
    """Return a dynamics with a smaller step; a schedule and a matrix are multiplied, too."""
    inner, name = _inner(dynamics), size_of(dynamics)
    assert name is not None
    if inner is not dynamics:
        return replace(dynamics, dynamics=smaller(inner, halvings))  # type: ignore[call-arg]
    given: Any = getattr(dynamics, name)
    factor = 0.5**halvings
    kind = LearningRate(given).kind if name == "learning_rate" else "number"
    if kind == "schedule":
        value: Any = f"({given})*{factor:.6g}"
    elif kind == "matrix":
        value = (np.asarray(given, dtype=float) * factor).tolist()
    else:
        value = _rounded(float(given) * factor)
    return replace(dynamics, **{name: value})


def _inner(dynamics: Dynamics) -> Dynamics:
    """Return the dynamics whose step is refined, else the dynamics itself."""
    inner = getattr(dynamics, "dynamics", dynamics)
    return inner if isinstance(inner, Dynamics) else dynamics


def _rounded(value: float) -> float:
    """Return a value with six digits, so that the one that is named is the one that was tried."""
    return float(f"{value:.6g}")


def _written(dynamics: Dynamics, name: str) -> str:
    value = getattr(_inner(dynamics), name)
    return f"{value:g}" if isinstance(value, (int, float)) else repr(value)
