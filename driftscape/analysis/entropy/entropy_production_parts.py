r"""Entropy production of an ensemble as it relaxes, split into two parts.

    total          beta E[v . D^-1 v],               v = J/rho of the density at that time
    non-adiabatic  -d KL(rho || rho_ss)/dt = -beta dF/dt
    housekeeping   beta E[v_ss . D^-1 v_ss],         v_ss = J_ss/rho_ss of the steady state

total = non-adiabatic + housekeeping, because J_ss has no divergence; none of the three is negative.
The first part vanishes after the relaxation; the second remains as long as a current flows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...labels import labelled
from ...simulate.dynamics.sde.sde import SDE
from ...theory.entropy.entropy_production import heat_observable
from ...theory.entropy.free_energy import LABELS
from ...theory.entropy.steady_law import SteadyLaw
from ...theory.operators.fokker_planck.operator import FokkerPlanck
from ...typing import Float
from ..run_data import RunData
from ..sweeps.each_point import each_point
from .free_energy import read_ensemble, steady_law
from .sampled_free_energy import combined, scatter, snapshot_free_energy

if TYPE_CHECKING:
    import xarray as xr


@each_point
def entropy_production_parts(
    run: xr.Dataset,
    operator: FokkerPlanck | None = None,
    *,
    neighbours: int | None = None,
    diverged: str | None = None,
) -> xr.Dataset:
    """Return the entropy production of an ensemble as it relaxes, and its two parts.

        total = non-adiabatic + housekeeping
              = -d KL(rho || rho_ss)/dt + beta E[v_ss . D^-1 v_ss],    v_ss = J_ss/rho_ss

    Parameters
    ----------
    run
        The result of `simulate.run` for an SDE, with at least two snapshots.
    operator
        `theory.fokker_planck(...)`, whose steady state gives rho_ss and v_ss; default: the
        potential of the landscape, if exp(-beta Phi) is the steady state.

    Other Parameters
    ----------------
    neighbours
        k of the estimator of the entropy by nearest neighbours, from 1 to 7; default: 4 for one
        coordinate, 1 for more.
    diverged
        None refuses a run with diverged trajectories, "drop" leaves those out.

    Returns
    -------
    xarray.Dataset
        `total`, `non_adiabatic` and `housekeeping` (time), per unit of time: means over the
        intervals between snapshots, at `time`, their midpoints.  The non-adiabatic part is the
        decrease of the free energy; the others (the trapezium rule between snapshots) are the mean
        heat that the drift dissipates plus the growth of the entropy, and the mean of
        beta v_ss . D^-1 v_ss.  `total_stderr`, `non_adiabatic_stderr` and `housekeeping_stderr`
        come from the parts of the ensemble.  The non-adiabatic part of an interval that begins at a
        point is infinite.

    Raises
    ------
    TypeError, ValueError
        As `analysis.free_energy`; D is singular; fewer than two snapshots.
    TooFewData
        (a ValueError) Fewer than 256 trajectories.
    Diverged
        (a ValueError) Some trajectories diverged and `diverged` is None.

    References
    ----------
    T. Hatano, S. Sasa, Phys. Rev. Lett. 86 (2001) 3463; M. Esposito, C. Van den Broeck, Phys. Rev.
    Lett. 104 (2010) 090601.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate
    >>> from driftscape.landscapes import Normal
    >>> ito = simulate.Ito(beta=1, dt=0.01)
    >>> run = simulate.run(landscapes.quartic_well(), ito, time=1, trajectories=4000, seed=1,
    ...                    start=Normal(2, 1), save_every=25)
    >>> parts = analysis.entropy_production_parts(run)
    >>> bool((abs(parts.housekeeping) < 1e-12).all())  # in detailed balance no current flows
    True
    """
    data = read_ensemble(run, diverged)
    return _parts(data, steady_law(data, operator), neighbours)


def _parts(data: RunData, law: SteadyLaw, neighbours: int | None) -> xr.Dataset:
    """Return the dataset of `entropy_production_parts`."""
    import xarray as xr

    heat, sde = heat_observable(data.landscape, data.dynamics), data.dynamics
    assert isinstance(sde, SDE)  # the heat of any other dynamics was refused
    whole, blocks, _ = snapshot_free_energy(data, law, neighbours)
    times = np.asarray(data.snapshots * float(data.dynamics.time_step), dtype=float)
    if len(times) < 2:
        raise ValueError("one snapshot has no interval; store at least two, with save_every=.")
    D = data.landscape.diffusion

    def housekeeping(points: Float) -> Float:
        v = law.velocity(points)
        force = np.linalg.solve(D(points), v[..., None])[..., 0]
        rate: Float = float(sde.beta) * np.einsum("...i,...i->...", v, force)
        return rate

    means = np.empty((2, len(times)))  # of each snapshot
    parts = np.empty((2, len(times), blocks.shape[-1]))
    for t in range(len(times)):
        for i, rate in enumerate((heat(data.state[:, t]), housekeeping(data.state[:, t]))):
            means[i, t] = rate.mean()
            parts[i, t] = [part.mean() for part in np.array_split(rate, blocks.shape[-1])]
    variables: dict[str, tuple[str, Float]] = {}
    for name, (energy, entropy), used in (
        ("total", (0.0, 1.0), 0), ("non_adiabatic", (-law.beta, 1.0), None),
        ("housekeeping", (0.0, 0.0), 1),
    ):  # fmt: skip
        value, scattered = (
            _growth(states, (energy, entropy), times)
            + (0.0 if used is None else _trapezium(mean[used]))
            for states, mean in ((whole, means), (blocks, parts))
        )
        variables[name] = ("time", value)
        variables[f"{name}_stderr"] = ("time", scatter(scattered))
    middles = (times[1:] + times[:-1]) / 2
    result = xr.Dataset(variables, {"time": middles}, {"n_eff": blocks.shape[-1]})
    return labelled(result, LABELS)


def _growth(states: Float, weights: tuple[float, float], times: Float) -> Float:
    """Return the mean growth rate of a combination of energy and entropy between snapshots."""
    if not any(weights):
        return np.zeros(1)
    level = combined(states, weights)
    spans = np.diff(times).reshape(-1, *[1] * (level.ndim - 1))
    with np.errstate(invalid="ignore"):
        growth: Float = np.diff(level, axis=0) / spans
    return growth


def _trapezium(rates: Float) -> Float:
    """Return the means of a rate over the intervals between snapshots."""
    mean: Float = (rates[1:] + rates[:-1]) / 2
    return mean
