"""One figure at one seed: the numbers of its checks."""

from __future__ import annotations

import warnings
from typing import Any

APART = 1000
"""Distance between the first seeds of two draws; a figure uses fewer seeds."""


def draw(figure: str, repeat: int) -> dict[str, Any]:
    """Draw a figure at its quick size from another seed; repeat 0 is the default seed."""
    from driftscape.gallery.report import catalogue

    module, error = catalogue.load(figure), ""
    checks: Any = ()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            checks = module.draw(seed=module.SEED + APART * repeat).checks
        except Exception as crash:  # a seed that a figure cannot be drawn from is a result
            error = f"{type(crash).__name__}: {crash}"
    return {
        "figure": figure,
        "repeat": repeat,
        "error": error,
        "warned": sorted({f"{w.category.__name__}: {w.message}"[:300] for w in caught}),
        "checks": [_numbers(check) for check in checks],
    }


def _numbers(check: Any) -> dict[str, Any]:
    found = check.comparison
    return {
        "hypothesis": check.hypothesis,
        "expect": check.expect,
        "passed": check.passed,
        "value": float(check.measured.value),
        "error": float(found.stderr),
        "theory": float(found.theory.value),
        "truncation": float(found.theory.truncation),
        "tolerance": float(check.tolerance),
    }
