"""`derived`: a cached property that landscapes of the same formulas share.

Landscapes that differ in the values of their parameters alone have the same formulas, and what is
derived from one of them by symbols is right for all.  `Landscape.with_parameters` makes such
landscapes; a sweep of a parameter then derives its fields once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from functools import cached_property
from typing import Any, TypeVar, cast, overload

from .field import Field

T = TypeVar("T")

_SEEN = 10_000  # values of the parameters that were checked and are remembered


def shared(landscape: object) -> dict[str, Any]:
    """Return what landscapes of the same formulas keep together, one dictionary for all of them."""
    result: dict[str, Any] = vars(landscape).setdefault("_shared", {})
    return result


def at_values(landscape: T, parameters: Mapping[str, float]) -> T:
    """Return the landscape at other values of its parameters; values seen before are not checked.

    Raises
    ------
    ValueError
        The landscape is not valid at these values.
    """
    own: Any = landscape
    other: Any = object.__new__(type(own))
    kept = {field.name: getattr(own, field.name) for field in fields(own)}
    vars(other).update(kept, parameters=dict(parameters), _shared=shared(landscape))
    seen: set[tuple[float, ...]] = shared(landscape).setdefault("verified", set())
    values = tuple(parameters.values())
    if values not in seen:
        other.__post_init__()
        if len(seen) >= _SEEN:
            seen.clear()
        seen.add(values)
    return cast("T", other)


class derived(cached_property[T]):  # noqa: N801  a decorator, as `property` is
    """A property that is computed once for a landscape and for those of other parameter values.

    A field with tables (nodes of a quadrature, which is settled at the values) is computed for each
    landscape; of other fields the values of the parameters alone differ.
    """

    @overload
    def __get__(self, instance: None, owner: type[Any] | None = None) -> derived[T]: ...
    @overload
    def __get__(self, instance: object, owner: type[Any] | None = None) -> T: ...
    def __get__(self, instance: Any, owner: type[Any] | None = None) -> Any:
        if instance is None:
            return self
        own, name, kept = vars(instance), cast("str", self.attrname), shared(instance)
        if name in kept:
            value = kept[name]
            if isinstance(value, Field):
                value = replace(value, parameters=instance.parameter_symbols)
        else:
            value = self.func(instance)
            if not getattr(value, "tables", None):
                kept[name] = value
        own[name] = value
        return value
