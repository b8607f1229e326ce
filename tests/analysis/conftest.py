"""Fixtures of the analysis tests."""

import numpy as np
import pytest


@pytest.fixture
def rng():
    """A generator with a fixed seed."""
    return np.random.default_rng(20201120)


@pytest.fixture
def passages_of():
    """Give a function that makes what `simulate.first_passage` would, of times of a known law."""
    import itertools
    import json

    import xarray as xr

    from driftscape import simulate
    from driftscape.landscapes import Landscape

    from ..sealed import sealed

    seeds = itertools.count()  # each made-up dataset has a noise of its own

    def build(time, target=0, *, max_time=np.inf, names=("out",), diverged=None, exits=None):
        time = np.asarray(time, float)
        censored = time > max_time
        landscape = Landscape.from_potential("x**2/2", coordinates="x", name="bowl")
        provenance = {
            "format": 2,
            "kind": "first_passage",
            "dynamics": simulate.GradientFlow(dt=0.01).to_dict(),
            "seed": str(next(seeds)),
            "generator": "xoshiro",
            "left": {},
            "landscape": landscape.to_dict(),
            "targets": dict.fromkeys(names, ""),
        }
        along = "trajectory"
        exits = np.zeros_like(time) if exits is None else np.asarray(exits, float)
        variables = {
            "passage_time": (along, np.minimum(time, max_time)),
            "target": (along, np.where(censored, -1, target)),
            "exit": ((along, "coordinate"), exits[:, None]),
            "censored": (along, censored),
            "diverged": (along, np.full(len(time), -1) if diverged is None else diverged),
            "start": ((along, "coordinate"), np.zeros((len(time), 1))),
        }
        coords = {
            "coordinate": ["x"],
            "provenance": json.dumps(provenance),
            "trajectory": np.arange(len(time)),
        }
        return sealed(xr.Dataset(variables, coords))

    return build
