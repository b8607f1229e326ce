r"""Correlations in time, and their antisymmetric part, which is zero without a current.

    C_xy(t) = E[x(s + t) y(s)],        A_xy(t) = C_xy(t) - C_yx(t)

In equilibrium A = 0 at every t, because a path and its reverse are equally likely.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..labels import Label, labelled
from ..typing import Float
from ..validate import check_positive
from .series import Series, series
from .sweeps.each_point import each_point

if TYPE_CHECKING:
    import xarray as xr

_AUTOCORRELATION = {
    "correlation": Label("autocorrelation", formula="E[x(s + t) x(s)]/E[x^2]"),
    "stderr": Label("standard error of the autocorrelation"),
    "null": Label("autocorrelation of an AR(1) process", formula="C(spacing)^(t/spacing)"),
}
_CROSS_CORRELATION = {
    "antisymmetric": Label(
        "antisymmetric cross-correlation", formula="E[x(s + t) y(s)] - E[y(s + t) x(s)]"
    ),
    "stderr": Label("standard error of the antisymmetric cross-correlation"),
    "forward": Label("cross-correlation", formula="E[x(s + t) y(s)]"),
}


@each_point
def autocorrelation(
    run: xr.Dataset,
    expression: str,
    *,
    max_lag_time: float | None = None,
    discard_steps: int | None = None,
    pieces: int = 1,
    diverged: str | None = None,
) -> xr.Dataset:
    """Measure the autocorrelation E[x(s + t) x(s)]/E[x^2] of a stationary expression x.

    The mean of x is subtracted before.

    Parameters
    ----------
    run
        What `simulate.run` returned, with snapshots.
    expression
        x as text, in the landscape's coordinates and parameters.
    max_lag_time
        Longest lag, in units of time; default: a quarter of the length of a piece.

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
        `correlation` (lag), its standard error `stderr` over pieces, and `null` (lag), the
        correlation of the AR(1) process with the same value at the first lag, which has one
        relaxation time.  Lags are in units of time; the attribute `n_eff` is the number of pieces.

    Raises
    ------
    TooFewData
        (a ValueError) Fewer than 16 pieces, or pieces of fewer than 8 snapshots.
    Diverged
        (a ValueError) Some trajectories diverged and `diverged` is None.
    ValueError
        The run has no snapshots, or a lag or a number of pieces is out of range.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate
    >>> ito = simulate.Ito(beta=1, dt=0.01)
    >>> run = simulate.run(landscapes.double_well(rotation=0), ito, time=40, trajectories=64,
    ...                    seed=1, save_every=10)
    >>> measured = analysis.autocorrelation(run, "x2")
    >>> abs(float(measured.correlation.sel(lag=1.0)) - 0.368) < 0.15  # exp(-1)
    True
    """
    data = series(run, (expression,), discard_steps=discard_steps, pieces=pieces, diverged=diverged)
    x = data.values[0]
    raw = _correlate(x, x)[:, : _count(data, max_lag_time)]
    variance = raw[:, 0].mean()
    mean, _ = data.average(raw / variance)
    # the error of a ratio: fluctuations of a piece's variance cancel, at lag 0 all of them
    _, stderr = data.average((raw - mean * raw[:, :1]) / variance)
    null = mean[1] ** np.arange(len(mean)) if len(mean) > 1 else mean
    curves = {"correlation": mean, "stderr": stderr, "null": null}
    return _dataset(data, curves, _AUTOCORRELATION)


@each_point
def cross_correlation(
    run: xr.Dataset,
    first: str,
    second: str,
    *,
    max_lag_time: float | None = None,
    discard_steps: int | None = None,
    pieces: int = 1,
    diverged: str | None = None,
) -> xr.Dataset:
    """Measure the antisymmetric part of the cross correlation of two expressions x and y.

        A(t) = E[x(s + t) y(s)] - E[y(s + t) x(s)]

    It is zero at all lags if the process is reversible in time.  If x and y are the coordinates of
    a plane, its slope at t = 0 is minus the torque.

    Parameters
    ----------
    run
        What `simulate.run` returned, with snapshots.
    first, second
        x and y as text, in the landscape's coordinates and parameters.
    max_lag_time
        Longest lag, in units of time; default: a quarter of the length of a piece.

    Other Parameters
    ----------------
    discard_steps, pieces, diverged
        As for `autocorrelation`.

    Returns
    -------
    xarray.Dataset
        `antisymmetric` A(t) (lag) with `stderr`, and `forward` E[x(s + t) y(s)] (lag) with
        `forward_stderr`.  Lags are in units of time.

    Raises
    ------
    TooFewData
        (a ValueError) Fewer than 16 pieces, or pieces of fewer than 8 snapshots.
    Diverged
        (a ValueError) Some trajectories diverged and `diverged` is None.
    ValueError
        The run has no snapshots, or a lag or a number of pieces is out of range.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, simulate
    >>> ito = simulate.Ito(beta=1, dt=0.01)
    >>> run = simulate.run(landscapes.double_well(rotation=1.5), ito, time=40, trajectories=256,
    ...                    seed=1, save_every=10)
    >>> measured = analysis.cross_correlation(run, "x1", "x2", max_lag_time=1.0)
    >>> bool((abs(measured.antisymmetric[4:]) > 4 * measured.stderr[4:]).all())
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
        _CROSS_CORRELATION,
    )  # fmt: skip


def _correlate(x: Float, y: Float) -> Float:
    """Return the mean of x(s + lag) y(s) over s, for every lag and piece."""
    n = x.shape[1]
    size = 1 << (2 * n - 1).bit_length()
    product = np.fft.irfft(np.fft.rfft(x, size) * np.fft.rfft(y, size).conj(), size)[:, :n]
    return product / np.arange(n, 0, -1)


def _count(data: Series, max_lag_time: float | None) -> int:
    """Return the number of lags."""
    n = int(data.values.shape[2])
    if max_lag_time is None:
        return max(2, n // 4)
    max_lag_time = check_positive("max_lag_time", max_lag_time)
    if not max_lag_time <= (n - 1) * data.spacing:
        raise ValueError(
            f"max_lag_time={max_lag_time}; a piece lasts {(n - 1) * data.spacing:.6g}: give a "
            "lag between 0 and that."
        )
    return int(max_lag_time / data.spacing + 1e-9) + 1


def _dataset(data: Series, variables: dict[str, Float], labels: dict[str, Label]) -> xr.Dataset:
    import xarray as xr

    count = len(next(iter(variables.values())))
    lags = np.arange(count) * data.spacing
    result = xr.Dataset(
        {name: ("lag", values) for name, values in variables.items()},
        {"lag": lags},
        {
            "expressions": ", ".join(data.names),
            "method": data.method,
            "n_eff": data.values.shape[1],
        },
    )
    return labelled(result, labels)
