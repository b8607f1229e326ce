"""Estimates as numbers of the package `uncertainties`, with the correlations of their errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...typing import Float
from .arithmetic import Operand
from .sources import covariance_of

if TYPE_CHECKING:
    from uncertainties import UFloat


def covariance(*estimates: Operand) -> Float:
    """Return the covariance matrix of the errors of estimates, shape (n, n).

        C_ij = sum over common trajectories of c_in c_jn

    Parameters
    ----------
    *estimates
        The estimates.

    Raises
    ------
    Unpaired
        (a ValueError) Two of them depend on unlike pieces of the same trajectories.

    Examples
    --------
    >>> from driftscape.analysis import Estimate
    >>> a = Estimate(1.0, 0.3, 50, "a")
    >>> covariance(a, 2 * a, Estimate(1.0, 0.1, 50, "b")).round(6).tolist()
    [[0.09, 0.18, 0.0], [0.18, 0.36, 0.0], [0.0, 0.0, 0.01]]
    """
    return covariance_of([estimate.contributions for estimate in estimates])


def to_uncertainties(*estimates: Operand) -> tuple[UFloat, ...]:
    """Return estimates as correlated numbers of the package `uncertainties`.

    The correlations are those of the trajectories that the estimates share.  They hold among the
    numbers of one call; the numbers of another call are independent of them.

    Parameters
    ----------
    *estimates
        The estimates, of finite errors.

    Raises
    ------
    ModuleNotFoundError
        The package is not installed: `pip install driftscape[uncertainties]`.
    ValueError
        An error is not finite, or two estimates depend on unlike pieces of the same trajectories.

    Examples
    --------
    >>> from driftscape.analysis import Estimate
    >>> a = Estimate(1.0, 0.3, 50, "a")
    >>> one, other = to_uncertainties(a, 2 * a)  # doctest: +SKIP
    >>> print(other - one)  # doctest: +SKIP
    1.00+/-0.30
    """
    for estimate in estimates:
        if not np.isfinite([estimate.value, estimate.contributions.stderr]).all():
            raise ValueError(f"{estimate} has no finite value and error; leave it out.")
    try:
        from uncertainties import correlated_values
    except ModuleNotFoundError as missing:
        raise ModuleNotFoundError(
            "the package uncertainties is not installed; pip install 'driftscape[uncertainties]'."
        ) from missing
    values = [estimate.value for estimate in estimates]
    return tuple(correlated_values(values, covariance(*estimates)))
