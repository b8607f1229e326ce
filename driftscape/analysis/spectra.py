r"""Power and cross spectra of stationary runs, with errors, and the spectrum of an AR(1) process.

    S_xy(w) = sum over lags t of E[x(s + t) y(s)] exp(-i w t) spacing,      w = 2 pi frequency

The spectrum of increments of every AR(1) process rises with the frequency, with or without a
current,

    |exp(i w) - 1|^2/|exp(i w) - a|^2        (w in radians per sample).

A rising spectrum is therefore no evidence for a current; the imaginary part of a cross spectrum is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..labels import TIME, Label, labelled
from ..typing import Float
from .series import Series, series
from .sweeps.each_point import each_point

if TYPE_CHECKING:
    import xarray as xr

_LABELS = {
    "power": Label("power spectrum, two-sided", TIME, "sum_t E[x(s + t) x(s)] exp(-i w t) spacing"),
    "stderr": Label("standard error of the power spectrum", TIME),
    "null": Label("power spectrum of an AR(1) process", TIME),
    "real": Label("real part of the cross spectrum", TIME),
    "imaginary": Label("imaginary part of the cross spectrum", TIME),
}


@each_point
def power_spectrum(
    run: xr.Dataset,
    expression: str,
    *,
    increments: bool = False,
    discard_steps: int | None = None,
    pieces: int = 1,
    diverged: str | None = None,
) -> xr.Dataset:
    """Measure the power spectrum S_xx of a stationary expression x, or of its increments.

        S_xx(w) = sum over lags t of E[x(s + t) x(s)] exp(-i w t) spacing,    w = 2 pi frequency

    Parameters
    ----------
    run
        What `simulate.run` returned, with snapshots.
    expression
        x as text, in the landscape's coordinates and parameters.
    increments
        Whether to take x_{k+1} - x_k between snapshots instead of x, as published for SGD.

    Other Parameters
    ----------------
    discard_steps
        Number of steps to leave out at the beginning; default: ten units of time, which are
        10/learning_rate steps of SGD or 10/dt steps of an SDE.
    pieces
        Number of pieces into which each trajectory is cut.  They count as independent; for few long
        trajectories.
    diverged
        None refuses a run with diverged trajectories, "drop" leaves those out.

    Returns
    -------
    xarray.Dataset
        `power` (frequency), the two-sided density: its integral over positive and negative
        frequencies is the variance.  `stderr` (frequency), its standard error over pieces.  `null`
        (frequency), the spectrum of the AR(1) process with the same variance and the same
        correlation at one lag.  A Hann window smooths over two or three frequencies.  Frequencies
        are in cycles per unit of time.

    Raises
    ------
    TooFewData
        (a ValueError) Fewer than 16 pieces, or pieces of fewer than 8 snapshots.
    Diverged
        (a ValueError) Some trajectories diverged and `diverged` is None.
    ValueError
        The run has no snapshots, or `pieces` is not a whole number >= 1.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate
    >>> sgd = simulate.SGD(learning_rate=0.5)
    >>> run = simulate.run(landscapes.mean_estimation(), sgd, steps=600, trajectories=200, seed=1,
    ...                    save_every=1)
    >>> measured = analysis.power_spectrum(run, "theta", increments=True)
    >>> z = (measured.power - measured.null) / measured.stderr
    >>> bool(abs(z).max() < 5)  # mean estimation is an AR(1) process
    True
    """
    data = series(run, (expression,), discard_steps=discard_steps, pieces=pieces, diverged=diverged)
    x = data.values[0]
    lag = float((x[:, 1:] * x[:, :-1]).mean() / (x**2).mean())
    frequencies, power = _spectra(data, np.diff(x) if increments else x, None)
    mean, stderr = data.average(power)
    turn = np.exp(2j * np.pi * frequencies * data.spacing)
    null = float((x**2).mean()) * (1 - lag**2) * data.spacing / np.abs(turn - lag) ** 2
    null = null * np.abs(turn - 1) ** 2 if increments else null
    return _dataset(data, frequencies, {"power": mean, "stderr": stderr, "null": null})


@each_point
def cross_spectrum(
    run: xr.Dataset,
    first: str,
    second: str,
    *,
    discard_steps: int | None = None,
    pieces: int = 1,
    diverged: str | None = None,
) -> xr.Dataset:
    """Measure the cross spectrum S_xy of two expressions; in equilibrium its imaginary part is 0.

        S_xy(w) = sum over lags t of E[x(s + t) y(s)] exp(-i w t) spacing,    w = 2 pi frequency

    Parameters
    ----------
    run
        What `simulate.run` returned, with snapshots.
    first, second
        x and y as text, in the landscape's coordinates and parameters.

    Other Parameters
    ----------------
    discard_steps, pieces, diverged
        As for `power_spectrum`.

    Returns
    -------
    xarray.Dataset
        `real` and `imaginary` (frequency), with `real_stderr` and `imaginary_stderr`.

    Raises
    ------
    TooFewData
        (a ValueError) Fewer than 16 pieces, or pieces of fewer than 8 snapshots.
    Diverged
        (a ValueError) Some trajectories diverged and `diverged` is None.
    ValueError
        The run has no snapshots, or `pieces` is not a whole number >= 1.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate
    >>> ito = simulate.Ito(beta=1, dt=0.02)
    >>> run = simulate.run(landscapes.double_well(rotation=0), ito, time=60, trajectories=64,
    ...                    seed=1, save_every=10)
    >>> measured = analysis.cross_spectrum(run, "x1", "x2")  # equilibrium: no imaginary part
    >>> bool((abs(measured.imaginary) < 5 * measured.imaginary_stderr).all())
    True
    """
    data = series(
        run, (first, second), discard_steps=discard_steps, pieces=pieces, diverged=diverged
    )
    frequencies, cross = _spectra(data, data.values[0], data.values[1])
    variables = {}
    for name, part in (("real", cross.real), ("imaginary", cross.imag)):
        variables[name], variables[f"{name}_stderr"] = data.average(part)
    return _dataset(data, frequencies, variables)


def _spectra(data: Series, x: Float, y: Float | None) -> tuple[Float, NDArray[Any]]:
    """Return frequencies and two-sided spectra of each piece, without the frequency zero."""
    from scipy import signal  # 0.3 s, which most programs do not need

    options: dict[str, Any] = dict(
        fs=1 / data.spacing, window="hann", nperseg=x.shape[1], detrend=False,
        return_onesided=False,
    )  # fmt: skip
    # scipy's csd is E[conj(X) Y]; here it is E[X conj(Y)]
    f, s = signal.welch(x, **options) if y is None else signal.csd(y, x, **options)
    kept = f > 0
    return f[kept], s[:, kept]


def _dataset(data: Series, frequencies: Float, variables: dict[str, Float]) -> xr.Dataset:
    import xarray as xr

    result = xr.Dataset(
        {name: ("frequency", values) for name, values in variables.items()},
        {"frequency": frequencies},
        {
            "expressions": ", ".join(data.names), "method": data.method, "spacing": data.spacing,
            "n_eff": data.values.shape[1],
        },
    )  # fmt: skip
    return labelled(result, _LABELS)
