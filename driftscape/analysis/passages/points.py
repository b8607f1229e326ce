"""First passages at several points of parameters: a question is asked at each of them."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial, wraps
from itertools import product
from typing import Any, TypeVar

import numpy as np

Question = TypeVar("Question", bound=Callable[..., Any])

_NUMBERS = {"value": float, "stderr": float, "low": float, "high": float, "n_eff": float}


def swept(hits: Any) -> list[str]:
    """Return the parameters that `hits` still has several values of, [] for a single point."""
    if "passage_time" not in getattr(hits, "variables", ()):
        return []
    dims = hits["passage_time"].dims
    return [name for name in dims if name != "trajectory"] if len(dims) > 1 else []


def at_every_point(question: Question) -> Question:
    """Let a question that returns an `Estimate` take the whole of a sweep too.

    Of a sweep the answer is an `xarray.Dataset` with the swept parameters as dimensions: `value`,
    `stderr`, `low` and `high` (the interval at 95 %), `n_eff`, `method` and `unit`.  Errors and
    warnings of a point name it.
    """

    @wraps(question)
    def ask(hits: Any, *given: Any, **settings: Any) -> Any:
        names = swept(hits)
        if not names:
            return question(hits, *given, **settings)
        import xarray as xr

        shape = tuple(hits.sizes[name] for name in names)
        made = {name: np.empty(shape, kind) for name, kind in _NUMBERS.items()}
        made |= {name: np.empty(shape, object) for name in ("method", "unit")}
        for place in product(*map(range, shape)):
            chosen = dict(zip(names, place, strict=True))
            point = hits.isel(chosen)
            label = ", ".join(f"{name}={hits[name].values[i]:g}" for name, i in chosen.items())
            found = _asked(partial(question, point, *given, **settings), label)
            low, high = found.interval()
            numbers = found.value, found.stderr, low, high, found.n_eff, found.method, found.unit
            for name, number in zip(made, numbers, strict=True):
                made[name][place] = number
        variables = {
            name: (names, array.astype(str) if array.dtype == object else array)
            for name, array in made.items()
        }
        return xr.Dataset(variables, {name: hits[name].variable for name in names})

    return ask  # type: ignore[return-value]  # an Estimate of a point; a Dataset of several


def _asked(question: Callable[[], Any], label: str) -> Any:
    """Return the answer at one point; what is said on the way begins with its name."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            answer = question()
        except ValueError as error:
            error.args = (f"at {label}: {error}",)
            raise
    for warning in told:
        warnings.warn(f"at {label}: {warning.message}", warning.category, stacklevel=3)
    return answer
