"""A script that runs, saves and resumes; begun anew after a signal, it goes on where it was.

python -m benchmarks.signals.script FILE
"""

import os
import sys
from pathlib import Path

import xarray as xr

from driftscape import landscapes, simulate

STAGES, STEPS = 3, 200_000


def save(dataset: xr.Dataset, path: Path) -> None:
    """Write a file whole or not at all."""
    partial = path.with_suffix(".partial")
    dataset.to_netcdf(partial, engine="h5netcdf")
    os.replace(partial, path)


def main(path: Path) -> None:
    """Make the stages that are left."""
    print("begun", flush=True)
    while True:
        dataset = xr.load_dataset(path, engine="h5netcdf") if path.exists() else None
        try:
            if dataset is None:
                screw, sgd = landscapes.archimedes(), simulate.SGD(learning_rate=0.1)
                dataset = simulate.run(
                    screw, sgd, steps=STEPS, trajectories=512, seed=5, save_every=STEPS // 10
                )
            else:
                description = simulate.provenance(dataset)
                owed = description["steps"] < description["requested"]
                if not owed and description["steps"] >= STAGES * STEPS:
                    return
                dataset = simulate.run(resume=dataset, steps=None if owed else STEPS)
        except simulate.Interrupted as error:
            save(error.dataset, path)
            sys.exit(130)
        save(dataset, path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
