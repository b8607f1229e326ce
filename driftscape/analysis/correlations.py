r"""Correlations in time, and their antisymmetric part, which is there only where a current flows.

    C_xy(t) = E[x(s + t) y(s)],        A_xy(t) = C_xy(t) - C_yx(t)

In equilibrium A = 0 at every t: a path and its reverse are equally likely.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..typing import Float
from .series import Series, series


def autocorrelation(
    run: Any,
    expression: str,
    *,
    max_lag_time: float | None = None,
    discard_steps: int | None = None,
    pieces: int = 1,
    diverged: str | None = None,
) -> Any:
    """Measure E[x(s + t) x(s)]/E[x^2] of a stationary expression, its mean taken away.

    Parameters
    ----------
    run
        What `simulate.run` returned, with snapshots.
    expression
        Text, in the landscape's coordinates.
    max_lag_time
        Longest lag, in units of time; default a quarter of a piece.
    discard_steps, diverged
        As for `analysis.moment`.
    pieces
        Each trajectory is cut into so many pieces, which count as independent: for few long
        trajectories.

    Returns
    -------
    xarray.Dataset
        `correlation` (lag), its standard error `stderr` over pieces, and `null` (lag), the
        AR(1) process with the same correlation at the first lag: what a variable with one
        relaxation time shows.  Lags are in units of time; the attribute `n_eff` is the number of
        pieces.

    Raises
    ------
    ValueError, TooFewData
        See `analysis.series`.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate
    >>> ito = simulate.Ito(beta=1, dt=0.01)
    >>> run = simulate.run(landscapes.double_well(rotation=0), ito, time=40, trajectories=64,
    ...                    seed=1, save_every=10)
    >>> made = analysis.autocorrelation(run, "x2")
    >>> abs(float(made.correlation.sel(lag=1.0)) - 0.368) < 0.15  # exp(-1)
    True
    """
    data = series(run, (expression,), discard_steps=discard_steps, pieces=pieces, diverged=diverged)
    x = data.values[0]
    raw = _correlate(x, x)[:, : _count(data, max_lag_time)]
    variance = raw[:, 0].mean()
    mean, _ = data.average(raw / variance)
    # of a ratio: what the variance of a piece adds to its products cancels, at lag 0 all of it
    _, stderr = data.average((raw - mean * raw[:, :1]) / variance)
    null = mean[1] ** np.arange(len(mean)) if len(mean) > 1 else mean
    return _dataset(data, {"correlation": mean, "stderr": stderr, "null": null})


def cross_correlation(
    run: Any,
    first: str,
    second: str,
    *,
    max_lag_time: float | None = None,
    discard_steps: int | None = None,
    pieces: int = 1,
    diverged: str | None = None,
) -> Any:
    """Measure the antisymmetric part E[x(s + t) y(s)] - E[y(s + t) x(s)] of two expressions.

    Zero at all lags if and only if the two look the same backwards in time; its slope at 0 is
    minus the torque where x and y are the coordinates of a plane.

    Parameters
    ----------
    run, max_lag_time, discard_steps, pieces, diverged
        As for `autocorrelation`.
    first, second
        Texts, in the landscape's coordinates.

    Returns
    -------
    xarray.Dataset
        `antisymmetric` (lag) with `stderr`, and `forward` E[x(s + t) y(s)] with `forward_stderr`.

    Raises
    ------
    ValueError, TooFewData
        See `analysis.series`.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate
    >>> ito = simulate.Ito(beta=1, dt=0.01)
    >>> run = simulate.run(landscapes.double_well(rotation=1.5), ito, time=40, trajectories=256,
    ...                    seed=1, save_every=10)
    >>> made = analysis.cross_correlation(run, "x1", "x2", max_lag_time=1.0)
    >>> bool((abs(made.antisymmetric[4:]) > 4 * made.stderr[4:]).all())
    True
    """
    data = series(
        run, (first, second), discard_steps=discard_steps, pieces=pieces, diverged=diverged
    )
    x, y = data.values
    count = _count(data, max_lag_time)
    forward, backward = _correlate(x, y)[:, :count], _correlate(y, x)[:, :count]
    odd, stderr = data.average(forward - backward)
    ahead, ahead_stderr = data.average(forward)
    return _dataset(
        data,
        {
            "antisymmetric": odd, "stderr": stderr, "forward": ahead,
            "forward_stderr": ahead_stderr,
        },
    )  # fmt: skip


def _correlate(x: Float, y: Float) -> Float:
    """Return the mean of x(s + lag) y(s) over s, for every lag, piece by piece."""
    n = x.shape[1]
    size = 1 << (2 * n - 1).bit_length()
    product = np.fft.irfft(np.fft.rfft(x, size) * np.fft.rfft(y, size).conj(), size)[:, :n]
    return product / np.arange(n, 0, -1)


def _count(data: Series, max_lag_time: float | None) -> int:
    n = int(data.values.shape[2])
    if max_lag_time is None:
        return max(2, n // 4)
    if not 0 < max_lag_time <= (n - 1) * data.spacing:
        raise ValueError(
            f"max_lag_time={max_lag_time}; a piece lasts {(n - 1) * data.spacing:.6g}: give a "
            "lag between 0 and that."
        )
    return int(max_lag_time / data.spacing + 1e-9) + 1


def _dataset(data: Series, variables: dict[str, Float]) -> Any:
    import xarray as xr

    count = len(next(iter(variables.values())))
    lags = np.arange(count) * data.spacing
    return xr.Dataset(
        {name: ("lag", values) for name, values in variables.items()},
        {"lag": lags},
        {"expressions": list(data.names), "method": data.how, "n_eff": data.values.shape[1]},
    )
