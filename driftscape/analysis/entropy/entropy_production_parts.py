r"""Entropy production split in two: what relaxation produces, and what the current costs.

    total          beta E[v . D^-1 v],               v = J/rho of the density of the moment
    non-adiabatic  -d KL(rho || rho_ss)/dt = -beta dF/dt
    housekeeping   beta E[v_ss . D^-1 v_ss],         v_ss = J_ss/rho_ss of the steady state

total = non-adiabatic + housekeeping, because J_ss has no divergence; none of the three is negative.
The first part ends with the relaxation, the second is there as long as a current flows.

References: T. Hatano, S. Sasa, Phys. Rev. Lett. 86 (2001) 3463; M. Esposito, C. Van den Broeck,
Phys. Rev. Lett. 104 (2010) 090601.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...theory.entropy.entropy_production import heat_observable
from ...theory.entropy.steady_law import SteadyLaw
from ...theory.operators.fokker_planck.operator import FokkerPlanck
from ...typing import Float
from ..ensemble import Ensemble, ensemble
from .free_energy import check_coordinates, is_run, read_densities
from .sampled_free_energy import combined, scatter, snapshot_free_energy


def entropy_production_parts(
    operator: Any,
    densities: Any = None,
    *,
    neighbours: int | None = None,
    diverged: str | None = None,
) -> Any:
    """Split the entropy production of densities on a grid, or of an ensemble as it relaxes.

    Parameters
    ----------
    operator
        `theory.fokker_planck(...)`.  Or, alone, a run of an SDE on a landscape that has a
        potential.
    densities
        What the operator's `evolve` returned, a single density on its grid, or a run; default: the
        operator's steady state.
    neighbours, diverged
        For a run, as in `analysis.free_energy`.

    Returns
    -------
    xarray.Dataset
        `total`, `non_adiabatic` and `housekeeping` (time), per unit of time.  On a grid each comes
        from its own formula, and they add up within the grid's error, which is large for densities
        as narrow as a cell.  Of a run they are means over the intervals between snapshots, `time`
        being their middles: of the non-adiabatic part the fall of the free energy, of the others
        (the trapezium rule between snapshots) the mean heat that the drift gives off plus the
        growth of the entropy, and the mean of beta v_ss . D^-1 v_ss; with `total_stderr`,
        `non_adiabatic_stderr` and `housekeeping_stderr` from the parts of the ensemble.  The
        non-adiabatic part of an interval that begins at a point is infinite.

    Raises
    ------
    ValueError
        D is singular and the current leaves its range (for a run: D is singular); as
        `analysis.free_energy`; fewer than two snapshots.
    TooFewData
        (a ValueError) Less than 256 trajectories.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, theory
    >>> fp = theory.fokker_planck(landscapes.double_well(rotation=1.5), beta=1, shape=96)
    >>> rho = fp.evolve("exp(-4*(x1 - 1)**2 - 4*x2**2)", [0.2, 0.5, 1, 8])
    >>> made = analysis.entropy_production_parts(fp, rho)
    >>> gap = made.total - made.non_adiabatic - made.housekeeping
    >>> bool((abs(gap) < 0.01 * made.total).all())
    True
    >>> print(f"{float(made.housekeeping[-1]):.2f} {0.68138 * 1.5**2:.2f}")
    1.53 1.53
    """
    if is_run(operator) and densities is None:
        data = ensemble(operator, diverged)
        return _of_run(data, SteadyLaw.of_landscape(data.landscape, data.dynamics), neighbours)
    if not isinstance(operator, FokkerPlanck):
        raise ValueError(
            "give theory.fokker_planck(...) first, then densities of its grid or a run; or a run "
            "alone, whose landscape has a potential."
        )
    if is_run(densities):
        data = ensemble(densities, diverged)
        check_coordinates(data, operator)
        return _of_run(data, SteadyLaw.of_operator(operator), neighbours)
    if neighbours is not None or diverged is not None:
        raise ValueError("neighbours= and diverged= are about runs; these are densities of a grid.")
    return _of_grid(operator, operator.steady_state() if densities is None else densities)


def _of_grid(operator: Any, densities: Any) -> Any:
    import xarray as xr

    from ...theory.operators.fokker_planck.current import (
        entropy_production_of,
        housekeeping_of,
        non_adiabatic_of,
    )

    masses, lead = read_densities(operator, densities)
    generator, steady = operator.equation.generator, operator.steady_mass
    volume = operator.grid.volume
    made = {
        "total": [entropy_production_of(generator, m / volume) for m in masses],
        "non_adiabatic": [non_adiabatic_of(generator, m, steady) for m in masses],
        "housekeeping": [housekeeping_of(generator, m / volume, steady / volume) for m in masses],
    }
    return xr.Dataset(
        {name: (lead, values if lead else values[0]) for name, values in made.items()},
        {"time": densities["time"].values} if lead else {},
    )


def _of_run(data: Ensemble, law: SteadyLaw, neighbours: int | None) -> Any:
    import xarray as xr

    heat = heat_observable(data.landscape, data.dynamics)
    whole, blocks, _ = snapshot_free_energy(data, law, neighbours)
    times = np.asarray(data.snapshots * float(data.dynamics.time_step), dtype=float)
    if len(times) < 2:
        raise ValueError("one snapshot has no interval; keep at least two, with save_every=.")
    D = data.landscape.diffusion

    def kept(points: Float) -> Float:
        v = law.velocity(points)
        force = np.linalg.solve(D(points), v[..., None])[..., 0]
        rate: Float = float(data.dynamics.beta) * np.einsum("...i,...i->...", v, force)
        return rate

    means = np.empty((2, len(times)))  # of each snapshot
    parts = np.empty((2, len(times), blocks.shape[-1]))
    for t in range(len(times)):
        for i, rate in enumerate((heat(data.state[:, t]), kept(data.state[:, t]))):
            means[i, t] = rate.mean()
            parts[i, t] = [part.mean() for part in np.array_split(rate, blocks.shape[-1])]
    made: dict[str, Any] = {}
    for name, (energy, entropy), used in (
        ("total", (0.0, 1.0), 0), ("non_adiabatic", (-law.beta, 1.0), None),
        ("housekeeping", (0.0, 0.0), 1),
    ):  # fmt: skip
        value, scattered = (
            _growth(states, (energy, entropy), times)
            + (0.0 if used is None else _trapezium(mean[used]))
            for states, mean in ((whole, means), (blocks, parts))
        )
        made[name] = ("time", value)
        made[f"{name}_stderr"] = ("time", scatter(scattered))
    return xr.Dataset(made, {"time": (times[1:] + times[:-1]) / 2}, {"n_eff": blocks.shape[-1]})


def _growth(states: Float, weights: tuple[float, float], times: Float) -> Any:
    """Mean rate at which a combination of energy and entropy grows between snapshots."""
    if not any(weights):
        return 0.0
    level = combined(states, weights)
    spans = np.diff(times).reshape(-1, *[1] * (level.ndim - 1))
    with np.errstate(invalid="ignore"):
        growth: Float = np.diff(level, axis=0) / spans
    return growth


def _trapezium(rates: Float) -> Float:
    mean: Float = (rates[1:] + rates[:-1]) / 2
    return mean
