r"""The free energy that only falls, along the evolution of a density on a grid.

    F[rho] = KL(rho || rho_ss)/beta = E[Phi] - S[rho]/beta,
    Phi = -log(rho_ss)/beta,        S[rho] = -E[log rho]

Theorem 5 of Chaudhari and Soatto: F falls along the Fokker-Planck equation, with or without a
current.  It is also minus the non-adiabatic part of the entropy production over beta.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

_EMPTY = 1e-300


def free_energy(operator: Any, densities: Any) -> Any:
    """Return free energy, energy and entropy of densities on a grid.

    Parameters
    ----------
    operator
        `analysis.fokker_planck(...)`.
    densities
        What its `evolve` returned, or a single density on its grid.

    Returns
    -------
    xarray.Dataset
        `free_energy`, `energy`, `entropy` (time), F = energy - entropy/beta; and, with more than
        two times, `non_adiabatic` = -beta dF/dt (time), by differences.

    Raises
    ------
    ValueError
        A density on another grid.

    Examples
    --------
    >>> from driftscape import analysis, landscapes
    >>> fp = analysis.fokker_planck(landscapes.mean_estimation(), beta=1, shape=256)
    >>> rho = fp.evolve("exp(-(theta - 1)**2)", [0, 0.5, 1, 2])
    >>> bool((analysis.free_energy(fp, rho).free_energy.diff("time") < 0).all())
    True
    """
    import xarray as xr

    grid, beta = operator.grid, float(operator.dynamics.to_dict()["beta"])
    steady = operator.steady_state()
    axes = list(grid.names)
    if sorted(d for d in densities.dims if d != "time") != sorted(axes) or any(
        densities[a].shape != steady[a].shape or not np.allclose(densities[a], steady[a])
        for a in axes
    ):
        raise ValueError("the densities live on another grid than the operator.")
    lead = ["time"] if "time" in densities.dims else []
    rho = densities.transpose(*lead, *axes).values.reshape(-1, grid.size)
    phi = -np.log(np.maximum(steady.transpose(*axes).values.ravel(), _EMPTY)) / beta
    mass = np.clip(rho, 0.0, None) * grid.volume
    mass /= mass.sum(axis=1, keepdims=True)
    energy = mass @ phi
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = -np.where(mass > 0, mass * np.log(mass / grid.volume), 0.0).sum(axis=1)
    made: dict[str, Float] = {
        "free_energy": energy - entropy / beta, "energy": energy, "entropy": entropy,
    }  # fmt: skip
    coords: dict[str, Any] = {}
    if lead:
        coords["time"] = densities["time"].values
        if len(coords["time"]) > 2:
            made["non_adiabatic"] = -beta * np.gradient(made["free_energy"], coords["time"])
    dims = tuple(lead)
    return xr.Dataset(
        {name: (dims, values if lead else values[0]) for name, values in made.items()}, coords
    )


def jko_step(variance: float, *, curvature: float, beta: float, tau: float) -> float:
    r"""Return the variance after one step of Jordan, Kinderlehrer and Otto for a Gaussian.

        argmin over s'  of  (s' - s)^2/(2 tau) + k s'^2/2 - log(s')/beta,    s = sqrt(variance)
        s' = (s + sqrt(s^2 + 4 (tau/beta)(1 + k tau)))/(2 (1 + k tau))

    The steepest descent of the free energy in Wasserstein's distance, for Phi = k x^2/2; it
    converges to the Ornstein-Uhlenbeck process as tau -> 0.

    Parameters
    ----------
    variance
        Of the Gaussian before the step, >= 0.
    curvature
        k.
    beta, tau
        Inverse temperature and step, > 0.

    Raises
    ------
    ValueError
        A step or temperature that is not positive, or 1 + k tau <= 0: no minimum.

    References
    ----------
    R. Jordan, D. Kinderlehrer, F. Otto, SIAM J. Math. Anal. 29 (1998) 1.

    Examples
    --------
    >>> v = 2.0
    >>> for _ in range(1000):
    ...     v = jko_step(v, curvature=2.0, beta=1.0, tau=0.01)
    >>> round(v, 6)  # 1/(beta k), the steady state
    0.5
    """
    if not (variance >= 0 and beta > 0 and tau > 0 and 1 + curvature * tau > 0):
        raise ValueError(
            f"variance={variance}, curvature={curvature}, beta={beta}, tau={tau}; variance >= 0, "
            "beta and tau > 0 and 1 + curvature*tau > 0 are needed."
        )
    stiff = 1 + curvature * tau
    root = np.sqrt(variance + 4 * tau / beta * stiff)
    return float(((np.sqrt(variance) + root) / (2 * stiff)) ** 2)
