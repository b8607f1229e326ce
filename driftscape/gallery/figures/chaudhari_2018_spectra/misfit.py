"""How far a measured curve lies from a stated one, in one number with an error bar."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....analysis import Estimate

FIRST, EVERY = 8, 4
"""Frequencies looked at: a Hann window mixes neighbours, and bends the curve at the lowest ones."""


def misfit(measured: Any, stderr: Any, theory: Any, *, how: str = "") -> Estimate:
    """Return the mean of ((measured - theory)/stderr)^2: 1 for the right curve.

    Parameters
    ----------
    measured, stderr, theory
        Shape (n,), at places whose errors are normal and do not depend on each other.
    how
        What was compared, in words.

    Returns
    -------
    Estimate
        With the scatter sqrt(2/n) of a mean of n squared standard normal numbers as its error: it
        is the error of the right curve; a wrong one is far outside.

    Raises
    ------
    ValueError
        Shapes that differ, or an error bar that is not positive.

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
        raise ValueError("an error bar is not positive; leave that place out.")
    z = (curves[0] - curves[2]) / curves[1]
    n = len(z)
    return Estimate(float(np.mean(z**2)), float(np.sqrt(2 / n)), n, how or f"mean of {n} squares")


def spectral(spectrum: Any, name: str, theory: Any) -> Estimate:
    """Return the misfit of a curve of `analysis.power_spectrum` or `cross_spectrum`.

    Parameters
    ----------
    spectrum
        The dataset.
    name
        Its curve: "power", "real" or "imaginary".
    theory
        At all its frequencies, or one number.
    """
    stderr = spectrum["stderr" if name == "power" else f"{name}_stderr"].values
    theory = np.broadcast_to(theory, stderr.shape)
    kept = slice(FIRST, None, EVERY)
    return misfit(spectrum[name].values[kept], stderr[kept], theory[kept], how=f"{name} spectrum")
