"""Datasets of other types, shapes and values: resuming them ends in a sentence, not in a signal."""

import subprocess
import sys

import pytest

CODE = '''
import warnings
import numpy as np
from driftscape import landscapes, simulate

warnings.simplefilter("ignore")
fixed = simulate.SGD(learning_rate=0.1, sampling="reshuffled", train_size=6, momentum=0.5)
shuffled = simulate.SGD(learning_rate=0.05, sampling="reshuffled")
keep = ["snapshots", simulate.Average("theta", discard_steps=2)]
target = {"start": -1, "target": "x > 0", "trajectories": 5, "max_time": 1, "seed": 1}
ito = simulate.Ito(beta=2, dt=0.05)
made = [
    simulate.run(landscapes.mean_estimation(), fixed, steps=8, trajectories=5, seed=1, keep=keep),
    simulate.run(landscapes.linear_regression(), shuffled, steps=8, trajectories=5, seed=1),
    simulate.run(landscapes.quartic_well(), ito, steps=8, trajectories=1, seed=1),
    simulate.sweep(landscapes.quartic_well(), ito, over={"beta": [2, 3]}, steps=8, seed=1),
    simulate.first_passage(landscapes.quartic_well(), ito, **target),
]
again = [
    lambda d: simulate.run(resume=d, steps=70),
    lambda d: simulate.run(resume=d, steps=70),
    lambda d: simulate.run(resume=d, steps=70),
    lambda d: simulate.sweep(resume=d, steps=70),
    lambda d: simulate.first_passage(resume=d, max_time=4),
]


def changed(values):
    """Yield the values with another type, and with hostile numbers."""
    for dtype in ("float32", "float16", "int32", "int8", "uint8", "bool", "complex128", "O", "U8"):
        yield values.astype(dtype)
    yield values.astype(values.dtype.newbyteorder())
    for number in (-1, 2**62, np.nan, np.inf, 1e300, -(2**63)):
        other = values.astype(float)
        other[(0,) * other.ndim] = number
        yield other
        with np.errstate(invalid="ignore"):
            yield other.astype(values.dtype)
    yield values[::-1]
    yield np.zeros_like(values)


def shapes(dataset, name):
    """Yield the dataset with a variable that is cut, repeated, or of other dimensions."""
    variable = dataset[name]
    yield dataset.drop_vars(name)
    for dim in variable.dims:
        yield dataset.assign({name: variable.isel({dim: 0}, drop=True)})
        yield dataset.isel({dim: slice(0, 0)})
        yield dataset.isel({dim: slice(0, 1)})
        yield dataset.isel({dim: [0, 0, 0, 0, 0]})
        yield dataset.isel({dim: slice(None, None, -1)})
        yield dataset.assign({name: variable.isel({dim: slice(0, 1)}).rename({dim: "other"})})
    yield dataset.assign({name: variable.expand_dims("more")})
    yield dataset.assign({name: variable.transpose()})


cases = refused = 0
for dataset, resume in zip(made, again):
    right = resume(dataset)
    for name in dataset.data_vars:
        others = [
            dataset.assign({name: dataset[name].copy(data=values)})
            for values in changed(dataset[name].values)
        ]
        for other in (*others, *shapes(dataset, name)):
            cases += 1
            try:
                found = resume(other)
            except (ValueError, TypeError) as error:
                assert str(error).endswith("."), (name, str(error))
                refused += 1
                continue
            left = "exit" if "exit" in found else "final"
            dims = [d for d in found[left].dims if d in right.coords]
            own = right[left].sel({d: found[d].values for d in dims}).transpose(*found[left].dims)
            assert np.array_equal(found[left].values, own.values), (name, cases)
print(cases, refused)
'''


@pytest.mark.slow
def test_no_change_of_a_dataset_reaches_a_kernel():
    done = subprocess.run([sys.executable, "-X", "faulthandler", "-c", CODE], capture_output=True,
                          text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    cases, refused = map(int, done.stdout.split())
    assert cases > 300
    assert 0.6 * cases < refused < cases
