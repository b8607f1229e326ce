"""The distance of a measured curve from a predicted one, as one number with an error bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ....analysis import Estimate

if TYPE_CHECKING:
    import xarray as xr

FIRST, EVERY = 8, 4
"""Frequencies used: a Hann window mixes neighbours and distorts the curve at the lowest ones."""


def misfit(measured: ArrayLike, stderr: ArrayLike, theory: ArrayLike, *, how: str = "") -> Estimate:
    """Return the mean of ((measured - theory)/stderr)^2: 1 for the right curve.

    Parameters
    ----------
    measured, stderr, theory
        Shape (n,), with normal and independent errors.
    how
        Name of the comparison, for `Estimate.method`.

    Returns
    -------
    Estimate
        Its error is that of the right curve: sqrt(2/n), the scatter of a mean of n squares of
        standard normal numbers.

    Raises
    ------
    ValueError
        If the shapes differ or an error bar is not positive.

    Examples
    --------
    >>> z = np.random.default_rng(1).standard_normal(800)
    >>> misfit(z, np.ones(800), np.zeros(800)).compare(1.0).verdict
    'agrees'
    >>> misfit(z + 0.6, np.ones(800), np.zeros(800)).compare(1.0).verdict
    'rejected'
    """
    curves = [np.asarray(each, dtype=float) for each in (measured, stderr, theory)]
    if curves[0].ndim != 1 or len({each.shape for each in curves}) > 1:
        shapes = ", ".join(str(each.shape) for each in curves)
        raise ValueError(f"the curves have shapes {shapes}; give three of one shape (n,).")
    if not (curves[1] > 0).all():
        raise ValueError("an error bar is not positive; leave that point out.")
    z = (curves[0] - curves[2]) / curves[1]
    n = len(z)
    return Estimate(float(np.mean(z**2)), float(np.sqrt(2 / n)), n, how or f"mean of {n} squares")


def spectral(spectrum: xr.Dataset, name: str, theory: ArrayLike) -> Estimate:
    """Return the misfit of a curve of `analysis.power_spectrum` or `cross_spectrum`.

    Parameters
    ----------
    spectrum
        The dataset.
    name
        Name of the curve: "power", "real" or "imaginary".
    theory
        At all its frequencies, or one number.
    """
    stderr = spectrum["stderr" if name == "power" else f"{name}_stderr"].values
    theory = np.broadcast_to(theory, stderr.shape)
    kept = slice(FIRST, None, EVERY)
    return misfit(spectrum[name].values[kept], stderr[kept], theory[kept], how=f"{name} spectrum")
