"""The steady state of the rotating double well by two methods: on a grid and by trajectories."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .... import analysis, landscapes, simulate, theory
from ....analysis import Estimate
from ....landscapes import Normal, Uniform
from ....theory import Extrapolated, Theory
from ....typing import Float
from ...shared.histogram import block_means
from .path_current import PathCurrent, torque_by_radius
from .relaxation_rates import Rate, relaxation_rates

if TYPE_CHECKING:
    import xarray as xr

BOX = {"x1": (-3, 3), "x2": (-6, 6)}
EDGES = np.linspace(-3, 3, 17)  # bins of the current: 6 x 6 cells of the quick grid
RADII = np.linspace(0, 3, 25)
DT = 0.02
DISCARD = 5.0  # the start is near the steady state, with its symmetry, and decays to e^-9
MAX_LAG_TIME = 4.0
ODD: dict[str, Any] = {"parity": 1, "degree": 5, "lag": 1.0}
EVEN: dict[str, Any] = {"parity": 0, "degree": 6, "lag": 0.6}
# error of the slowest rates by the polynomial basis, by parity; found on the grid
BASIS = {1: 0.0015, 0: 0.006}


Complex = NDArray[np.complex128]


@dataclass(frozen=True)
class Grid:
    """Solution of the Fokker-Planck equation on a grid at one rotation.

    Attributes
    ----------
    operator
        The Fokker-Planck operator.
    spectrum
        Its slow rates, extrapolated to cell size 0.
    distance
        L1 distance of the density from exp(-Phi)/Z, extrapolated.
    means
        Torque and entropy production.
    current
        Its means over the bins of the path current, shape (2, n, n).
    levels
        A current along the level lines of the density with the same torque, in the same bins.
    correlation
        E[x1(t) x1(0)]/E[x1^2] at the lags of the ensemble, shape (lags,).
    """

    operator: theory.FokkerPlanck
    spectrum: Extrapolated
    distance: Extrapolated
    means: dict[str, Theory]
    current: Float
    levels: Float
    correlation: Float

    @classmethod
    def of(cls, rotation: float, shape: tuple[int, int], lags: Float) -> Grid:
        """Solve on a grid; the potential is not used."""
        well = landscapes.double_well(rotation=rotation)
        fp = theory.fokker_planck(well, beta=1, box=BOX, shape=shape)
        rho, J, torque = fp.steady_state(), fp.current(), fp.torque()
        # E[x1(t) x1(0)] is the mean of x1 along the evolution of (1 + x1/3) rho, which is a density
        later = fp.evolve(rho * (1 + rho.x1 / BOX["x1"][1]), lags, tolerance=1e-5)
        correlation = (later * later.x1).sum(["x1", "x2"]).values
        along = np.stack([-rho.differentiate("x2").values, rho.differentiate("x1").values])
        return cls(
            fp,
            fp.extrapolate(lambda level: level.eigenvalues(4)),
            fp.extrapolate(distance),
            {"torque": torque, "entropy production": fp.entropy_production()},
            block_means(J, EDGES),
            block_means(J.copy(data=-torque.value / 2 * along), EDGES),
            correlation / correlation[0],
        )


@dataclass(frozen=True)
class Ensemble:
    """Measurements from trajectories at one rotation.

    Attributes
    ----------
    limit
        Torque and entropy production, extrapolated to step zero.
    final
        A run in the steady state, with its final states only.
    paths
        The current.
    torque_by_radius
        Torque per unit of radius and its error, in the rings of `RADII`.
    odd, even
        Slow rates of the modes that are odd and even under (x1, x2) -> (-x1, -x2).
    correlation
        Autocorrelation of x1.
    density
        Edges of the bins, and density.
    """

    limit: dict[str, Estimate]
    final: xr.Dataset
    paths: PathCurrent
    torque_by_radius: tuple[Float, Float]
    odd: tuple[Rate, ...]
    even: tuple[Rate, ...]
    correlation: xr.Dataset
    density: tuple[Float, Float]

    @classmethod
    def of(cls, rotation: float, trajectories: int, seeds: Iterator[int]) -> Ensemble:
        """Simulate long runs for means, close snapshots for the current, others for rates."""
        well, first_order = landscapes.double_well(rotation=rotation), simulate.Ito(beta=1, dt=DT)
        texts = {
            "torque": theory.torque_expression(well, first_order),
            "entropy production": theory.entropy_production_expression(well, first_order),
        }
        means = []
        for dt in (2 * DT, DT):
            average = simulate.Average(*texts.values(), discard_steps=round(DISCARD / dt))
            run = sample(rotation, 105, trajectories, next(seeds), dt=dt, keep=average)
            means.append({name: analysis.moment(run, text) for name, text in texts.items()})
        coarse, fine = means
        skipped = round(DISCARD / DT)
        close = sample(rotation, 17, trajectories, next(seeds), save_every=1)
        paths = PathCurrent.of(close, EDGES, discard_steps=skipped)
        rings = torque_by_radius(close, RADII, discard_steps=skipped)
        del close  # a quarter of a gigabyte at full size
        apart = sample(rotation, 105, trajectories, next(seeds), save_every=10)
        count = 1 if rotation else 2  # two real rates, or a pair
        odd, even = (
            relaxation_rates(apart, discard_steps=skipped, count=count, **basis)
            for basis in (ODD, EVEN)
        )
        return cls(
            {n: analysis.extrapolate([(2 * DT, coarse[n]), (DT, fine[n])], order=2) for n in texts},
            run,
            paths,
            rings,
            odd,
            even,
            analysis.autocorrelation(apart, "x1", max_lag_time=MAX_LAG_TIME, discard_steps=skipped),
            _histogram(apart),
        )


def sample(
    rotation: float, time: float, trajectories: int, seed: int, *, dt: float = DT,
    beta: float = 1.0, **options: Any,
) -> xr.Dataset:  # fmt: skip
    """Simulate at weak order 2 from a start with the symmetry and size of the steady state."""
    ito = simulate.Ito(beta=beta, dt=dt, scheme="weak-2")
    # bounded along x1: with the cubic drift a distant start of a normal distribution diverges
    options.setdefault("start", [Uniform(-1.8, 1.8), Normal(0, 1)])
    options.setdefault("max_bytes", 4e9)
    well = landscapes.double_well(rotation=rotation)
    run: xr.Dataset = simulate.run(
        well, ito, time=time, trajectories=trajectories, seed=seed, **options
    )
    return run


def distance(fp: theory.FokkerPlanck, beta: float = 1.0) -> float:
    """Return the L1 distance of the density on a grid from exp(-beta Phi)/Z."""
    predicted = np.exp(-beta * fp.landscape.potential(fp.grid.points))
    return float(np.abs(fp.steady_mass - predicted / predicted.sum()).sum())


def slow_rates(rotations: Float) -> list[Complex]:
    """Return four rates on a coarse grid for each rotation, with an error of half a percent."""
    rates = []
    for rotation in rotations:
        well = landscapes.double_well(rotation=float(rotation))
        fp = theory.fokker_planck(well, beta=1, box=BOX, shape=(48, 96))
        rates.append(fp.eigenvalues(4))
    return rates


def meeting(rotations: Float, rates: list[Complex]) -> float:
    """Return the rotation at which the squared difference of the two slowest rates is 0."""
    squares = [((values[0] - values[1]) ** 2).real for values in rates]
    return float(np.interp(0.0, squares[::-1], rotations[::-1] ** 2) ** 0.5)


def _histogram(run: xr.Dataset) -> tuple[Float, Float]:
    edges = np.linspace(-2.5, 2.5, 51)
    x = run["state"].sel(time=slice(DISCARD, None)).transpose("coordinate", ...).values
    first, second = x.reshape(2, -1)
    counts = np.histogram2d(first, second, bins=edges)[0]
    return edges, counts / (x[0].size * np.diff(edges)[0] ** 2)
