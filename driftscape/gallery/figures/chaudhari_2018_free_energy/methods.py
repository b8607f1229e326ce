"""The free energy of the rotating double well: on a grid, by trajectories, in closed form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .... import analysis, landscapes, simulate, theory
from ....analysis import Estimate
from ....landscapes import Normal
from ....theory import Extrapolated
from ....typing import Float
from .binned_free_energy import counts_of_states, exact, masses_of_grid, measured

if TYPE_CHECKING:
    import xarray as xr

CENTRE, WIDTH = (1.0, 0.0), 0.4
START = [Normal(mean, WIDTH) for mean in CENTRE]
START_TEXT = f"exp(-((x1 - {CENTRE[0]})**2 + (x2 - {CENTRE[1]})**2)/(2*{WIDTH}**2))"
BOX = {"x1": (-3, 3), "x2": (-6, 6)}
CELLS = (80, 160)
EDGES = np.linspace(-3, 3, 21)  # bins of 4 x 4 cells of the quick grid
SPACING, LAST = 0.25, 8.0
EARLY = (0.05, 0.1, 0.15, 0.2)
BESIDE = 0.02  # half the time difference for a slope
DT = 0.0125
MEASURED_UNTIL = 5.0
NEIGHBOURS = 16384  # trajectories whose density is estimated from neighbours
ROWS = ("free energy", "non_adiabatic", "total", "housekeeping", "of bins")

_LOWEST = 3e-7  # value of F below which the tolerance of the evolution matters


@dataclass(frozen=True)
class Evolution:
    """The free energy along the Fokker-Planck equation at one rotation.

    Attributes
    ----------
    operator
        The Fokker-Planck operator.
    density
        On the grid, at `times`.
    times
        Shape (n,).
    rows
        One row for each name of `ROWS`, at `times`, extrapolated to cell size 0.
    stationary
        Mass of the bins in the steady state, extrapolated.
    rate
        The slowest relaxation rate, extrapolated.
    """

    operator: theory.FokkerPlanck
    density: xr.DataArray
    times: Float
    rows: Extrapolated
    stationary: Float
    rate: complex

    @classmethod
    def of(cls, rotation: float, refined: int) -> Evolution:
        """Solve on a grid of `refined` times as many cells along each axis."""
        well = landscapes.double_well(rotation=rotation)
        shape = [refined * cells for cells in CELLS]
        fp = theory.fokker_planck(well, beta=1, box=BOX, shape=shape)
        even = np.arange(0, LAST + SPACING / 2, SPACING)
        times = np.sort(np.concatenate([even, EARLY, [1 - BESIDE, 1 + BESIDE]]))
        densities: list[xr.DataArray] = []  # the first is that of the finest grid

        def rows(level: theory.FokkerPlanck) -> Float:
            rho = level.evolve(START_TEXT, times)
            densities.append(rho)
            split = theory.entropy_production_parts(level, rho)
            bins = (masses_of_grid(each, EDGES) for each in (rho, level.steady_state()))
            values = {str(name): split[name].values for name in split.data_vars}
            values["free energy"] = theory.free_energy(level, rho).free_energy.values
            values["of bins"] = exact(*bins)
            return np.stack([values[name] for name in ROWS])

        extrapolated = fp.extrapolate(rows)
        return cls(
            fp,
            densities[0],
            times,
            extrapolated,
            fp.extrapolate(lambda level: masses_of_grid(level.steady_state(), EDGES)).value,
            complex(fp.extrapolate(lambda level: level.eigenvalues(2)).value[0]),
        )

    def row(self, name: str) -> Float:
        """Return a row at all times."""
        return np.asarray(self.rows.value[ROWS.index(name)])

    def at(self, name: str, time: float) -> Estimate:
        """Return an entry of a row, with the error of the grid."""
        index = ROWS.index(name), int(np.abs(self.times - time).argmin())
        value, error = self.rows.value[index], self.rows.truncation[index]
        return Estimate(float(value), float(error), 1, "grid, h → 0")

    @property
    def span(self) -> float:
        """Half a period of the slowest mode, the period of its part of F; 1 if it is real."""
        return float(np.pi / self.rate.imag) if self.rate.imag > 1e-6 else 1.0

    def mean_rate(self, first: float) -> float:
        """Return the mean of -d log F/dt from time `first` over `span`."""
        from scipy.interpolate import CubicSpline

        logs = CubicSpline(self.times, np.log(self.row("free energy")))
        return float(logs(first) - logs(first + self.span)) / self.span

    @property
    def final_rate(self) -> Estimate:
        """The latest `mean_rate`; its error is the change in half a unit of time."""
        first = self.times[self.row("free energy") > _LOWEST][-1] - self.span
        late, before = self.mean_rate(first), self.mean_rate(first - 0.5)
        return Estimate(late, abs(late - before) + 1e-4, 1, "slope of log F on the grid")


@dataclass(frozen=True)
class Ensemble:
    """The free energy of trajectories at one rotation: in bins, and by nearest neighbours.

    Attributes
    ----------
    times
        Shape (n,).
    counts
        Counts in the bins, one array for each time.
    binned
        Free energy of the bins, one estimate for each time.
    neighbours
        `analysis.free_energy` of part of the ensemble, xarray.Dataset (time).
    """

    times: Float
    counts: tuple[Float, ...]
    binned: tuple[Estimate, ...]
    neighbours: xr.Dataset

    @classmethod
    def of(cls, evolution: Evolution, trajectories: int, seed: int) -> Ensemble:
        """Simulate from the same start distribution."""
        ito = simulate.Ito(beta=1, dt=DT, scheme="weak-2")
        well, every = evolution.operator.landscape, round(SPACING / DT)
        run = simulate.run(
            well, ito, time=MEASURED_UNTIL, trajectories=trajectories, seed=seed, start=START,
            save_every=every, max_bytes=4e9,
        )  # fmt: skip
        state = run["state"].transpose("time", "trajectory", "coordinate").values
        counts = tuple(counts_of_states(x, EDGES) for x in state)
        some = run.isel(trajectory=slice(0, NEIGHBOURS), time=[0, 2, 4])
        return cls(
            run["time"].values,
            counts,
            tuple(measured(each, evolution.stationary) for each in counts),
            analysis.free_energy(some, evolution.operator),
        )

    def at(self, time: float) -> Estimate:
        """Return the free energy of bins at a time."""
        return self.binned[int(np.abs(self.times - time).argmin())]


def at_start() -> tuple[float, float]:
    """Return F and -dF/dt at time 0, which are the same for every rotation, by quadrature.

    F = E[log rho + Phi] + log Z and -dF/dt = E|grad log rho + grad Phi|^2 contain no current.

    Examples
    --------
    >>> "%.4f %.4f" % at_start()
    '1.2851 7.3998'
    """
    from scipy.integrate import quad

    well = landscapes.double_well(rotation=0)
    nodes, weights = np.polynomial.hermite_e.hermegauss(12)  # exact: Phi is a polynomial
    z = np.stack(np.meshgrid(nodes, nodes), -1).reshape(-1, 2)
    weight = np.outer(weights, weights).ravel() / (2 * np.pi)
    x = np.array(CENTRE) + WIDTH * z
    along = quad(lambda x: np.exp(-((x**2 - 1) ** 2) / 4), -np.inf, np.inf, epsabs=1e-12)[0]
    partition = along * np.sqrt(2 * np.pi)
    log_density = -(z**2).sum(axis=1) / 2 - np.log(2 * np.pi * WIDTH**2)
    value = weight @ (log_density + well.potential(x)) + np.log(partition)
    force = well.gradient(x) - z / WIDTH
    return float(value), float(weight @ (force**2).sum(axis=1))
