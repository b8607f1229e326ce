"""The hash of each trajectory: what enters it and what does not, and that it is one everywhere."""

import os
import subprocess
import sys

import numpy as np
import pytest
import xarray as xr

from driftscape import landscapes, simulate
from driftscape.simulate.dataset.fingerprint import fingerprints, same_rounded

WELL, ITO = landscapes.quartic_well(), simulate.Ito(beta=2, dt=0.05)


def made(**changes):
    """Return the fingerprints of some trajectories, with changes of what enters."""
    x = np.linspace(-1, 1, 12).reshape(6, 2)
    given = {
        "texts": ["about them"],
        "numbers": np.arange(6),
        "start": x, "final": x + 1, "diverged": np.full(6, -1), "censored": np.zeros(6, bool),
        "words": np.arange(24, dtype=np.uint64).reshape(6, 4), "hidden": x[:, :1],
        "training": np.arange(60.0).reshape(6, 5, 2), "table": None,
    } | changes  # fmt: skip
    texts, numbers, table = (given.pop(name) for name in ("texts", "numbers", "table"))
    return fingerprints(texts, numbers, given, table)


def test_they_are_the_same_on_every_machine_and_in_every_process():
    code = (
        "import numpy as np; from driftscape.simulate.dataset.fingerprint import fingerprints;"
        "print(fingerprints(['a'], np.arange(2), {'final': np.array([[0.5], [np.nan]])}).tolist())"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout.strip()
        for seed in ("0", "1")
    }  # fmt: skip
    here = fingerprints(["a"], np.arange(2), {"final": np.array([[0.5], [np.nan]])})
    assert said == {str(here.tolist())}
    assert here.tolist() == [14113551813485898869, 17323554016233896175]


@pytest.mark.parametrize(
    ("name", "change", "half"),
    [
        ("texts", ["about others"], True),
        ("numbers", np.arange(1, 7), True),
        ("diverged", np.full(6, 3), True),
        ("censored", np.ones(6, bool), True),
        ("start", np.linspace(-1, 1, 12).reshape(6, 2) * 2, True),
        ("final", np.linspace(-1, 1, 12).reshape(6, 2) + 1.001, True),
        ("final", (np.linspace(-1, 1, 12).reshape(6, 2) + 1)[::-1], True),
        ("final", (np.linspace(-1, 1, 12).reshape(6, 2) + 1)[:, ::-1], True),
        ("table", np.ones((3, 2)), True),
        ("final", np.nextafter(np.linspace(-1, 1, 12).reshape(6, 2) + 1, 9), False),
        ("words", np.arange(1, 25, dtype=np.uint64).reshape(6, 4), False),
        ("hidden", np.linspace(-1, 1, 12).reshape(6, 2)[:, 1:], False),
        ("training", np.arange(60.0).reshape(6, 5, 2)[:, ::-1], False),
    ],
)
def test_what_enters_which_half(name, change, half):
    right, changed = made(), made(**{name: change})
    assert (right != changed).all()
    assert same_rounded(right, changed).all() == (not half)
    assert not same_rounded(right, changed).any() == half


@pytest.mark.parametrize("columns", [1, 2, 3, 4, 8, 16])
@pytest.mark.parametrize("name", ["doubled", "halved", "negated", "shifted", "turned"])
def test_arithmetic_that_changes_all_bits_alike_is_noticed(name, columns):
    """A change of the same bits everywhere must not cancel in the sum over columns."""
    change = {
        "doubled": lambda x: 2 * x, "halved": lambda x: x / 2, "negated": lambda x: -x,
        "shifted": lambda x: x + 1, "turned": lambda x: np.roll(x, 1, axis=columns > 1),
    }[name]  # fmt: skip
    x = np.random.default_rng(columns).standard_normal((10_000, columns))
    right, changed = (fingerprints(["a"], np.arange(len(x)), {"final": v}) for v in (x, change(x)))
    assert not same_rounded(right, changed).any()
    assert (right >> np.uint64(32) != changed >> np.uint64(32)).all()


def test_equal_values_have_equal_fingerprints():
    x = np.linspace(-1, 1, 12).reshape(6, 2)
    single = x.astype(np.float32)
    assert same_rounded(made(), made(start=single)).all()
    assert (made(hidden=np.zeros((6, 1))) == made(hidden=np.full((6, 1), -0.0))).all()
    odd = np.full((6, 1), np.nan)
    assert (made(exit=odd) == made(exit=-odd)).all()
    wide = np.concatenate([x[:, :1], np.full((6, 2), np.nan)], axis=1)
    assert (made() == made(hidden=wide)).all()  # room that other points of a sweep need
    assert (made() == made(diverged=np.full(6, -1, np.int32))).all()
    assert (made(state=x) == made()).all()  # snapshots may be thinned


def test_hashes_of_many_trajectories_are_distinct_and_uniform():
    rng = np.random.default_rng(0)
    n = 40_000
    found = fingerprints(["a"], np.arange(n), {"final": rng.standard_normal((n, 1))})
    bits = (found[:, None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)
    assert len(np.unique(found)) == n
    assert (np.abs(bits.mean(axis=0) - 0.5) < 5 * 0.5 / np.sqrt(n)).all()
    alike = fingerprints(["a"], np.arange(n), {"final": np.zeros((n, 1))})
    assert len(np.unique(alike >> np.uint64(32))) > n * (1 - 4 * n / 2**32) - 10


def test_files_selection_and_concat_keep_them(tmp_path):
    sweep = simulate.sweep(WELL, ITO, over={"beta": [2, 4]}, steps=20, trajectories=6, seed=1)
    run = simulate.run(WELL, ITO, steps=20, trajectories=6, seed=1)
    assert (sweep.fingerprint.sel(beta=2) == run.fingerprint).all()
    assert (sweep.fingerprint.sel(beta=4) != run.fingerprint).all()
    parts = [sweep.isel(beta=[i]) for i in (0, 1)]
    again = xr.concat(parts, "beta", coords="different", compat="equals", join="outer")
    assert again.fingerprint.identical(sweep.fingerprint)
    run.to_netcdf(tmp_path / "run.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "run.nc", engine="h5netcdf") as read:
        assert read.fingerprint.dtype == np.uint64
        assert read.load().fingerprint.identical(run.fingerprint)
    longer = simulate.run(resume=run, steps=5)
    assert (longer.fingerprint != run.fingerprint).all()


def test_blocks_and_constant_columns_leave_no_trace(monkeypatch):
    """A block in which a variable is the same everywhere is hashed as any other."""
    rng = np.random.default_rng(5)
    arrays = {
        "start": np.full((40, 2), -0.0), "final": rng.standard_normal((40, 2)),
        "diverged": np.full(40, -1), "words": rng.integers(0, 2**63, (40, 4)).astype(np.uint64),
        "hidden": np.where(np.arange(40)[:, None] < 30, 1.5, np.nan),
    }  # fmt: skip
    whole = fingerprints(["a"], np.arange(40), arrays)
    each = [
        fingerprints(["a"], np.array([i]), {k: a[[i]] for k, a in arrays.items()})[0]
        for i in range(40)
    ]
    assert whole.tolist() == [int(one) for one in each]
    monkeypatch.setattr("driftscape.simulate.dataset.fingerprint.BLOCK", 7)
    assert fingerprints(["a"], np.arange(40), arrays).tolist() == whole.tolist()
    ordered = {k: np.asfortranarray(a) for k, a in arrays.items()}
    assert fingerprints(["a"], np.arange(40), ordered).tolist() == whole.tolist()
