r"""Entropy production of densities on a grid, split into two parts.

    total          beta E[v . D^-1 v],               v = J/rho of the density at that time
    non-adiabatic  -d KL(rho || rho_ss)/dt = -beta dF/dt
    housekeeping   beta E[v_ss . D^-1 v_ss],         v_ss = J_ss/rho_ss of the steady state

total = non-adiabatic + housekeeping, because J_ss has no divergence; none of the three is negative.
The first part vanishes after the relaxation; the second remains as long as a current flows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..operators.fokker_planck.current import (
    entropy_production_of,
    housekeeping_of,
    non_adiabatic_of,
)
from ..operators.fokker_planck.operator import FokkerPlanck
from .free_energy import over_time, read_densities

if TYPE_CHECKING:
    import xarray as xr


def entropy_production_parts(
    operator: FokkerPlanck, densities: xr.DataArray | None = None
) -> xr.Dataset:
    """Return the entropy production of densities on a grid, and its two parts.

        total = non-adiabatic + housekeeping
              = -d KL(rho || rho_ss)/dt + beta E[v_ss . D^-1 v_ss],    v_ss = J_ss/rho_ss

    Parameters
    ----------
    operator
        `theory.fokker_planck(...)`.
    densities
        The result of its `evolve`, or a single density on its grid; default: its steady state.

    Returns
    -------
    xarray.Dataset
        `total`, `non_adiabatic` and `housekeeping`, per unit of time, over `time` where the
        densities have one.  Each comes from its own formula, and they add up within the grid's
        error, which is large for densities as narrow as a cell.

    Raises
    ------
    TypeError
        Not a Fokker-Planck operator.
    ValueError
        D is singular and the current leaves its range; a density on another grid, or where the
        steady state is not known beyond rounding.

    References
    ----------
    T. Hatano, S. Sasa, Phys. Rev. Lett. 86 (2001) 3463; M. Esposito, C. Van den Broeck, Phys. Rev.
    Lett. 104 (2010) 090601.

    Examples
    --------
    >>> from driftscape import landscapes, theory
    >>> fp = theory.fokker_planck(landscapes.double_well(rotation=1.5), beta=1, shape=96)
    >>> rho = fp.evolve("exp(-4*(x1 - 1)**2 - 4*x2**2)", [0.2, 0.5, 1, 8])
    >>> parts = theory.entropy_production_parts(fp, rho)
    >>> gap = parts.total - parts.non_adiabatic - parts.housekeeping
    >>> bool((abs(gap) < 0.01 * parts.total).all())
    True
    >>> print(f"{float(parts.housekeeping[-1]):.2f} {0.68138 * 1.5**2:.2f}")
    1.53 1.53
    """
    if not isinstance(operator, FokkerPlanck):
        raise TypeError(
            f"operator is a {type(operator).__name__}; give theory.fokker_planck(...).  Of a run "
            "see analysis.entropy_production_parts."
        )
    if densities is None:
        densities = operator.steady_state()
    masses, lead = read_densities(operator.grid, densities)
    generator, steady = operator.equation.generator, operator.steady_mass
    volume = operator.grid.volume
    values = {
        "total": [entropy_production_of(generator, m / volume) for m in masses],
        "non_adiabatic": [non_adiabatic_of(generator, m, steady) for m in masses],
        "housekeeping": [housekeeping_of(generator, m / volume, steady / volume) for m in masses],
    }
    return over_time({name: np.array(v) for name, v in values.items()}, densities, lead)
