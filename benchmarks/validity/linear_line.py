"""Linear equations in one dimension on a grid, against linear algebra."""

from __future__ import annotations

import numpy as np

from .case import Case
from .linear_systems import linear_case

TITLE = "linear equations in one dimension: `fokker_planck`"
COUNT = 100
MEDIAN = 1e-4


def case(rng: np.random.Generator) -> Case:
    """Generate one problem."""
    return linear_case(rng, 1)
