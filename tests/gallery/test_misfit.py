"""The distance of two curves is one for the right curve, and not for a wrong one."""

import numpy as np
import pytest
import xarray as xr

from driftscape.gallery.figures.chaudhari_2018_spectra.misfit import EVERY, FIRST, misfit, spectral


def test_its_scatter_is_the_stated_error(rng) -> None:
    values = [misfit(z, np.ones(90), np.zeros(90)) for z in rng.standard_normal((400, 90))]
    scatter = np.std([each.value for each in values])
    assert scatter == pytest.approx(values[0].stderr, rel=0.15)  # 400 numbers: 3.5 % expected
    assert np.mean([each.value for each in values]) == pytest.approx(1, abs=4 * 0.15 / 20)


def test_a_curve_off_by_half_an_error_bar_is_rejected(rng) -> None:
    z = rng.standard_normal(2000)
    assert misfit(2 * z + 3, np.full(2000, 2.0), np.full(2000, 3.0)).compare(1).verdict == "agrees"
    assert misfit(2 * z + 4, np.full(2000, 2.0), np.full(2000, 3.0)).compare(1).verdict == (
        "rejected"
    )


def test_neighbours_of_a_spectrum_are_left_out(rng) -> None:
    """Only every fourth frequency counts: what is wrong elsewhere is not seen."""
    wrong = np.full(400, 1e3)
    wrong[FIRST::EVERY] = rng.standard_normal(len(wrong[FIRST::EVERY]))
    spectrum = xr.Dataset(
        {"imaginary": ("frequency", wrong), "imaginary_stderr": ("frequency", np.ones(400))}
    )
    assert spectral(spectrum, "imaginary", 0.0).compare(1).verdict == "agrees"


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(ValueError, match=r"shapes \(3,\), \(3,\), \(2,\)"):
        misfit(np.zeros(3), np.ones(3), np.zeros(2))
    with pytest.raises(ValueError, match="error bar is not positive"):
        misfit(np.zeros(3), np.zeros(3), np.zeros(3))
