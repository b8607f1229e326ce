"""Faults in the reading of datasets that were rearranged, changed or put together."""

from __future__ import annotations

from .mutation import Mutation

TOGETHER = "tests/misuse/test_put_together.py"
REARRANGED = "tests/misuse/test_rearranged.py::test_a_rearranged_run"
HASHES = "tests/simulate/test_fingerprint.py"

MUTATIONS = [
    Mutation(
        "driftscape/simulate/dataset/changes.py",
        "    if not same.all():\n",
        "    if False:\n",
        [f"{REARRANGED}[times two-moment]"],
        "arithmetic on a run is not noticed",
    ),
    Mutation(
        "driftscape/simulate/dataset/changes.py",
        "    if exact and not (stored == found).all():\n",
        "    if False:\n",
        [f"{REARRANGED}[through a file in single precision-resume]"],
        "a run goes on from rounded states",
    ),
    Mutation(
        "driftscape/simulate/dataset/labels.py",
        "    if again.any():\n",
        "    if False:\n",
        [f"{REARRANGED}[one trajectory many times-displacement]"],
        "copies of a trajectory count as independent",
    ),
    Mutation(
        "driftscape/simulate/dataset/read.py",
        'places["time"] = np.argsort(steps, kind="stable")',
        'places["time"] = np.arange(len(steps))',
        [f"{REARRANGED}[snapshots shuffled-area rate]"],
        "snapshots are read as they lie",
    ),
    Mutation(
        "driftscape/simulate/dataset/labels.py",
        "return np.array([labels.index(name) for name in names], dtype=np.int64)",
        "return np.arange(len(names))",
        [f"{REARRANGED}[coordinates sorted backwards-torque]"],
        "coordinates are read as they lie",
    ),
    Mutation(
        "driftscape/simulate/dataset/complete.py",
        "        if not np.array_equal(contents.steps, expected):\n",
        "        if False:\n",
        [f"{REARRANGED}[every second snapshot-resume]"],
        "a thinned run is continued",
    ),
    Mutation(
        "driftscape/analysis/run_data.py",
        "if not len(apart) or (apart != apart[0]).any():",
        "if not len(apart):",
        [f"{TOGETHER}::test_snapshots_that_are_thinned_unevenly"],
        "snapshots at unequal intervals are taken as equally spaced",
    ),
    Mutation(
        "driftscape/simulate/dataset/fingerprint.py",
        'READ = (\n    "start", "final",',
        'READ = (\n    "start",',
        [f"{HASHES}::test_what_enters_which_half"],
        "the end of a trajectory does not enter its fingerprint",
    ),
    Mutation(
        "driftscape/analysis/noise.py",
        'return np.array([f"seed {seed} ({generator})" for seed in seeds], dtype=str)',
        'return f"seed {seeds[0]} ({generator})"',
        [f"{TOGETHER}::test_runs_of_two_seeds_are_one_ensemble"],
        "trajectories of two seeds have the noise of the first",
    ),
]
