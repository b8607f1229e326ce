r"""The free energy of an ensemble, which decreases as the ensemble relaxes.

    F[rho] = KL(rho || rho_ss)/beta = E[Phi] - S[rho]/beta,
    Phi = -log(rho_ss)/beta,        S[rho] = -E[log rho]

-beta dF/dt is the non-adiabatic part of the entropy production, see `entropy_production_parts`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...theory.entropy.steady_law import SteadyLaw
from ...theory.operators.fokker_planck.operator import FokkerPlanck
from ...theory.operators.transfer.operator import TransferOperator
from ..run_data import RunData, read_run
from ..sweeps.each_point import each_point
from .sampled_free_energy import run_free_energy

if TYPE_CHECKING:
    import xarray as xr


@each_point
def free_energy(
    run: xr.Dataset,
    operator: FokkerPlanck | TransferOperator | None = None,
    *,
    neighbours: int | None = None,
    diverged: str | None = None,
) -> xr.Dataset:
    """Return free energy, energy and entropy of an ensemble at its snapshots.

        F = E[Phi] - S/beta,    Phi = -log(rho_ss)/beta,    S = -E[log rho]

    Parameters
    ----------
    run
        The result of `simulate.run`, with snapshots.
    operator
        `theory.fokker_planck(...)` or `theory.transfer_operator(...)`, whose steady state rho_ss
        gives Phi; default: the potential of the landscape, if exp(-beta Phi) is the steady state.

    Other Parameters
    ----------------
    neighbours
        k of the estimator of the entropy by the distance to the k-th nearest neighbour (Kozachenko
        and Leonenko), from 1 to 7: larger k have less scatter and more bias.  Default: 4 for one
        coordinate, 1 for more.
    diverged
        None refuses a run with diverged trajectories, "drop" leaves those out.

    Returns
    -------
    xarray.Dataset
        `free_energy`, `energy`, `entropy` (time), with `free_energy_stderr`, `energy_stderr`,
        `entropy_stderr` from the scatter of `n_eff` (an attribute) parts of the ensemble, 8 for 256
        trajectories and 32 from 1024 on (at different times they are of the same trajectories, not
        independent), and `bias`: the size of the mean error of `free_energy` by the estimator of
        the entropy, which is the largest change with 2, 4 and 8 times as many neighbours.  Its sign
        is not known, and it is not subtracted.  In one and two dimensions, with the default
        neighbours, the mean error is below 0.4 of a standard error; with three coordinates it can
        exceed a standard error.  F is infinite if all trajectories start from one point.

    Raises
    ------
    TypeError
        Not a run.
    ValueError
        Other coordinates than the grid's, states where the grid does not know Phi, a periodic grid,
        no snapshots; without `operator`, a landscape without a potential.
    TooFewData
        (a ValueError) Fewer than 256 trajectories.
    Diverged
        (a ValueError) Some trajectories diverged and `diverged` is None.

    References
    ----------
    P. Chaudhari, S. Soatto, ICLR (2018), Theorem 5; L. Kozachenko, N. Leonenko, Probl. Inf. Transm.
    23 (1987) 95.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate, theory
    >>> from driftscape.landscapes import Normal
    >>> well = landscapes.mean_estimation()
    >>> ito = simulate.Ito(beta=1, dt=0.01, scheme="heun")
    >>> run = simulate.run(well, ito, time=2, trajectories=4000, seed=1,
    ...                    start=Normal(1, 0.5**0.5), save_every=50)
    >>> fp = theory.fokker_planck(well, beta=1, shape=256)
    >>> sampled = analysis.free_energy(run, fp).sel(time=[0, 0.5, 1, 2], method="nearest")
    >>> rho = fp.evolve("exp(-(theta - 1)**2)", [0, 0.5, 1, 2])
    >>> gap = sampled.free_energy - theory.free_energy(fp, rho).free_energy.values
    >>> bool((abs(gap / sampled.free_energy_stderr) < 4).all())
    True
    """
    data = read_ensemble(run, diverged)
    return run_free_energy(data, steady_law(data, operator), neighbours)


def read_ensemble(run: xr.Dataset, diverged: str | None) -> RunData:
    """Read a run; the refusal of anything else refers to the function in `theory`.

    Raises
    ------
    TypeError
        Not a dataset.
    """
    import xarray as xr

    if not isinstance(run, xr.Dataset):
        raise TypeError(
            f"run is a {type(run).__name__}; give the result of simulate.run first, and an "
            "operator after it. For densities on a grid see the function of that name in theory."
        )
    return read_run(run, diverged)


def steady_law(data: RunData, operator: FokkerPlanck | TransferOperator | None) -> SteadyLaw:
    """Return the steady state of an operator, or of the landscape's potential.

    Raises
    ------
    ValueError
        The operator has other coordinates than the run.
    """
    if operator is None:
        return SteadyLaw.of_landscape(data.landscape, data.dynamics)
    if list(data.landscape.coordinates) != list(operator.grid.names):
        raise ValueError(
            f"the run has the coordinates {', '.join(data.landscape.coordinates)}, the grid "
            f"{', '.join(operator.grid.names)}."
        )
    return SteadyLaw.of_operator(operator)
