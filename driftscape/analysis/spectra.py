r"""Power and cross spectra of stationary runs, with bands, and the null model beside them.

    S_xy(w) = sum over lags t of E[x(s + t) y(s)] exp(-i w t) spacing,      w = 2 pi frequency

A spectrum of increments that rises with the frequency is what every AR(1) process shows, with or
without a current,

    |exp(i w) - 1|^2/|exp(i w) - a|^2        (w in radians per sample),

and no evidence for one; the imaginary part of a cross spectrum is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..typing import Float
from .series import Series, series


def power_spectrum(
    run: Any,
    expression: str,
    *,
    increments: bool = False,
    discard_steps: int | None = None,
    pieces: int = 1,
    diverged: str | None = None,
) -> Any:
    """Measure the power spectrum of a stationary expression, or of its increments.

    Parameters
    ----------
    run
        What `simulate.run` returned, with snapshots.
    expression
        Text, in the landscape's coordinates.
    increments
        Of x_{k+1} - x_k between snapshots, as published for SGD.
    discard_steps, diverged
        As for `analysis.moment`.
    pieces
        Each trajectory is cut into so many pieces, which count as independent.

    Returns
    -------
    xarray.Dataset
        `power` (frequency), two-sided density, so that its integral over positive and negative
        frequencies is the variance; its standard error `stderr` over pieces; `null` (frequency),
        the AR(1) process of the same variance and correlation at one lag.  A Hann window smooths
        over two or three frequencies.

    Raises
    ------
    ValueError, TooFewData
        See `analysis.series`.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate
    >>> sgd = simulate.SGD(learning_rate=0.5)
    >>> run = simulate.run(landscapes.mean_estimation(), sgd, steps=600, trajectories=200, seed=1,
    ...                    save_every=1)
    >>> made = analysis.power_spectrum(run, "theta", increments=True)
    >>> z = (made.power - made.null) / made.stderr
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


def cross_spectrum(
    run: Any,
    first: str,
    second: str,
    *,
    discard_steps: int | None = None,
    pieces: int = 1,
    diverged: str | None = None,
) -> Any:
    """Measure the cross spectrum of two expressions; its imaginary part is the current's.

    Parameters
    ----------
    run, discard_steps, pieces, diverged
        As for `power_spectrum`.
    first, second
        Texts, in the landscape's coordinates.

    Returns
    -------
    xarray.Dataset
        `real`, `imaginary` (frequency), `real_stderr`, `imaginary_stderr`.

    Raises
    ------
    ValueError, TooFewData
        See `analysis.series`.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate
    >>> ito = simulate.Ito(beta=1, dt=0.02)
    >>> run = simulate.run(landscapes.double_well(rotation=0), ito, time=60, trajectories=64,
    ...                    seed=1, save_every=10)
    >>> made = analysis.cross_spectrum(run, "x1", "x2")  # equilibrium: no imaginary part
    >>> bool((abs(made.imaginary) < 5 * made.imaginary_stderr).all())
    True
    """
    data = series(
        run, (first, second), discard_steps=discard_steps, pieces=pieces, diverged=diverged
    )
    frequencies, cross = _spectra(data, data.values[0], data.values[1])
    made = {}
    for name, part in (("real", cross.real), ("imaginary", cross.imag)):
        made[name], made[f"{name}_stderr"] = data.average(part)
    return _dataset(data, frequencies, made)


def _spectra(data: Series, x: Float, y: Float | None) -> tuple[Float, NDArray[Any]]:
    """Return frequencies and two-sided spectra of each piece, without the frequency zero."""
    from scipy import signal  # 0.3 s, and most programs never come here

    options: dict[str, Any] = dict(
        fs=1 / data.spacing, window="hann", nperseg=x.shape[1], detrend=False,
        return_onesided=False,
    )  # fmt: skip
    # scipy's csd is E[conj(X) Y]; ours is E[X conj(Y)]
    f, s = signal.welch(x, **options) if y is None else signal.csd(y, x, **options)
    kept = f > 0
    return f[kept], s[:, kept]


def _dataset(data: Series, frequencies: Float, variables: dict[str, Float]) -> Any:
    import xarray as xr

    return xr.Dataset(
        {name: ("frequency", values) for name, values in variables.items()},
        {"frequency": frequencies},
        {
            "expressions": list(data.names), "method": data.how, "spacing": data.spacing,
            "n_eff": data.values.shape[1],
        },
    )  # fmt: skip
