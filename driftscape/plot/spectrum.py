"""Power spectra and cross spectra with their errors, beside a prediction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

import numpy as np

from ..analysis.sweeps.points import is_dataset
from ..labels import COMMON
from ..typing import Float
from ..validate import check_choice, check_flag, check_whole, shown
from .canvas import drawing
from .series import CurvesLike, Series, draw_curves, draw_series, legend, read_curves
from .words import axis_label, set_labels, written

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

#: variable -> its standard error
_ERRORS = {"power": "stderr", "real": "real_stderr", "imaginary": "imaginary_stderr"}
_LEFT_OUT = 8  # frequencies at the low end, where a Hann window distorts the curve
# A Hann window correlates neighbouring frequencies by 4/9 and next ones by 1/36.
_WIDER = (1 + 2 * (4 / 9 + 1 / 36)) ** 0.5

SpectraLike = "xr.Dataset | Mapping[str, xr.Dataset]"


def spectrum(
    measured: xr.Dataset | Mapping[str, xr.Dataset],
    theory: CurvesLike | None = None,
    *,
    ax: Axes | None = None,
    part: str | None = None,
    bands: int | None = 36,
    null: bool = False,
) -> Axes:
    """Draw a spectrum against the frequency: power on logarithmic axes, parts of a cross spectrum.

    Parameters
    ----------
    measured
        What `analysis.power_spectrum` or `analysis.cross_spectrum` returned for one run; or label
        -> such a dataset.
    theory
        A function of the frequency (cycles per unit of time); or label -> function.
    ax
        Where to draw; default: the axes of a new figure.
    part
        `"power"`, `"real"` or `"imaginary"`; default: the power, or the imaginary part.

    Other Parameters
    ----------------
    bands
        Frequencies are averaged over so many bands, equally wide in the logarithm, and the eight
        lowest ones, which the Hann window distorts, are left out; None shows every frequency.
    null
        Whether to draw the spectrum of the AR(1) process of the same correlation at one lag.

    Returns
    -------
    matplotlib.axes.Axes
        The axes that were drawn on.

    Raises
    ------
    TypeError, ValueError
        It is no such dataset, or an argument is refused.

    Examples
    --------
    >>> from driftscape import analysis, landscapes, plot, simulate, theory
    >>> bowl, ito = landscapes.mean_estimation(), simulate.Ito(beta=1, dt=0.1)
    >>> run = simulate.run(bowl, ito, time=200, trajectories=100, seed=1, save_every=1)
    >>> near = theory.linearise(bowl, at=(0,), beta=1)
    >>> ax = plot.spectrum(analysis.power_spectrum(run, "theta"),
    ...                    lambda f: theory.power_spectrum(near, 1, f).real)
    >>> ax.get_xlabel(), ax.get_ylabel(), ax.get_xscale()
    ('frequency (cycles per time)', 'power spectrum, two-sided (units of time)', 'log')
    """
    check_flag("null", null)
    if bands is not None:
        check_whole("bands", bands, 2)
    spectra = {"": measured} if is_dataset(measured) else measured
    if (
        not isinstance(spectra, Mapping)
        or not spectra
        or not all(map(is_dataset, spectra.values()))
    ):
        raise TypeError(
            f"measured={shown(measured)}; give what analysis.power_spectrum or "
            "analysis.cross_spectrum returns, or label -> such datasets."
        )
    spectra = cast("Mapping[str, xr.Dataset]", spectra)
    first = next(iter(spectra.values()))
    part = _part(part, first) if part is None else check_choice("part", part, _ERRORS)
    series = [_series(name, each, part, bands) for name, each in spectra.items()]
    curves = read_curves("theory", theory, np.concatenate([each.x for each in series]))
    with drawing(ax) as ax:
        draw_curves(ax, curves)
        if null:
            for name, each in spectra.items():
                label = f"AR(1), {name}" if name else "AR(1)"
                _draw_null(ax, each, label, min(one.x[0] for one in series))
        draw_series(ax, series)
        ax.set(xscale="log", yscale="log" if part == "power" else "linear")
        set_labels(ax, written(COMMON["frequency"]), axis_label(first[part], part))
        legend(ax)
    return ax


def _part(part: str | None, spectrum: xr.Dataset) -> str:
    return "power" if "power" in spectrum else "imaginary"


def _series(name: str, spectrum: xr.Dataset, part: str, bands: int | None) -> Series:
    for needed in ("frequency", part, _ERRORS[part]):
        if needed not in spectrum.variables:
            raise ValueError(
                f"measured= has no {needed!r}; give what analysis.power_spectrum or "
                "analysis.cross_spectrum returns."
            )
    if spectrum[part].dims != ("frequency",):
        raise ValueError(
            f"measured= has dimensions {', '.join(map(str, spectrum[part].dims))}; select one "
            "point of the sweep."
        )
    f, value, error = (spectrum[n].values for n in ("frequency", part, _ERRORS[part]))
    return Series(name, *((f, value, error) if bands is None else banded(f, value, error, bands)))


def banded(f: Float, value: Float, error: Float, bands: int) -> tuple[Float, Float, Float]:
    """Average a spectrum over bands of equal width in log frequency, without the lowest eight.

    Returns
    -------
    tuple
        Geometric means of the frequencies, means of the values, and their standard errors.  Those
        allow for the correlation of neighbours by a Hann window.

    Examples
    --------
    >>> f = np.arange(1.0, 101)
    >>> at, mean, error = banded(f, 0 * f + 2, 0 * f + 0.1, 4)
    >>> len(at), mean.tolist(), error.round(3).tolist()
    (3, [2.0, 2.0, 2.0], [0.099, 0.03, 0.017])
    """
    band = np.floor(bands * np.log(f / f[0]) / np.log(f[-1] / f[0] * (1 + 1e-9))).astype(int)
    band[:_LEFT_OUT] = -1
    rows = []
    for number in np.unique(band[band >= 0]):
        inside = band == number
        count = int(inside.sum())
        spread = np.sqrt((error[inside] ** 2).sum()) / count * (_WIDER if count > 1 else 1)
        rows.append((np.exp(np.log(f[inside]).mean()), value[inside].mean(), spread))
    frequency, mean, stderr = np.array(rows).T
    return frequency, mean, stderr


def _draw_null(ax: Axes, spectrum: xr.Dataset, label: str, begin: float) -> None:
    if "null" not in spectrum:
        raise ValueError("null=True needs the `null` of analysis.power_spectrum; leave it out.")
    shown_part = spectrum.sel(frequency=slice(begin, None))
    ax.plot(shown_part["frequency"], shown_part["null"], color="0.45", ls="--", lw=1, label=label)
