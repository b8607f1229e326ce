"""Which cases of a parametrised test belong to the fast tier."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import pytest


def tiered(cases: Iterable[Any] | Mapping[str, Any], fast: Collection[str]) -> list[Any]:
    """Mark every case `slow` that is not named in `fast`.

    A case is its own name, or has a `label`; a mapping gives names to its values.
    """
    named = cases if isinstance(cases, Mapping) else {getattr(c, "label", c): c for c in cases}
    unknown = set(fast) - set(named)
    assert not unknown, f"no such cases: {', '.join(sorted(unknown))}"
    return [
        pytest.param(value, id=str(name), marks=() if name in fast else pytest.mark.slow)
        for name, value in named.items()
    ]
