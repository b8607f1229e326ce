"""The law of Xie et al. against exact times under the noise it presumes."""

import numpy as np
import pytest

from driftscape import analysis
from driftscape.landscapes import Landscape

WELL = "(x**2 - 1)**2/4"
LEVEL = float(np.sqrt(1 - np.sqrt(0.5)))  # |x| at half the barrier
# two levels, H_m = 2 and |H_s| = 1; 1/D is smoothed, so that int L'/D stays to first order
NOISE = f"1/(1 - (tanh((x - {LEVEL})/0.02) - tanh((x + {LEVEL})/0.02) + 2)/4)"
LOSS = Landscape.from_potential(WELL, coordinates="x", diffusion=NOISE)
SDE = Landscape.from_drift("x - x**3", coordinates="x", diffusion=NOISE)


def law(c, reading="ito", **more):
    """At noise c = learning_rate/(2 batch_size)."""
    return analysis.sgd_escape_time(
        LOSS, learning_rate=6 * c, batch_size=3, minimum=-1, saddle=0, reading=reading, **more
    )


def exact(c, reading="ito"):
    return analysis.exact_mfpt(SDE, beta=1 / c, start=-1, target=1, reading=reading).value


@pytest.mark.parametrize(("reading", "ratios"), [
    ("ito", (1.10, 1.055)), ("isothermal", (1.07, 1.05)),
])  # fmt: skip
def test_exact_times_approach_the_law(reading, ratios):
    found = [exact(c, reading) / law(c, reading).value for c in (0.03, 0.02, 0.01)]
    assert found[:2] == pytest.approx(ratios, abs=5e-3)
    assert 1 < found[2] < 1.03
    assert all(law(c, reading).valid for c in (0.03, 0.02, 0.01))


def test_each_prefactor_belongs_to_its_reading():
    """2 pi/H_m for Ito, the published 2 pi/|H_s| for the isothermal reading: a factor of two."""
    assert law(0.02).value * 2 == pytest.approx(law(0.02, "isothermal").value)
    assert exact(0.02) / law(0.02, "isothermal").value == pytest.approx(0.53, abs=0.01)


def test_the_exponent_is_that_of_the_corrected_bracket():
    """3/16: not 1/16 + 1/2, where the bracket closes early and (1 - s)/|H_s| multiplies."""
    times = [exact(c) for c in (0.01, 0.0075)]
    slope = np.diff(np.log(times))[0] / (1 / 0.0075 - 1 / 0.01)
    assert slope == pytest.approx(0.1875, abs=5e-4)
    by_law = np.log(law(0.01).value * 2 / (2 * np.pi)) * 0.01
    assert by_law == pytest.approx(0.1875, rel=1e-12)
    early = 0.25 * 0.5 / 2
    assert abs(slope - early) > 0.1


def test_the_switch_moves_the_exponent():
    """s = 1 is all valley, s = 0 all ridge; the noise here switches at one half."""
    low, high = law(0.02, switch=0.9).value, law(0.02, switch=0.1).value
    assert low < law(0.02).value < high
    assert not 0.5 < exact(0.02) / high < 2


def test_other_noise_is_outside_the_regime():
    white = Landscape.from_potential(WELL, coordinates="x")
    found = analysis.sgd_escape_time(white, learning_rate=0.04, batch_size=1, minimum=-1, saddle=0)
    assert not found.valid
    assert "here 1 for 2, 1 for 1" in found.regime
    assert not law(0.2).valid  # the exponent is below 2


def test_in_the_plane_only_the_direction_of_escape_counts():
    plane = Landscape.from_potential(
        f"{WELL} + 3*y**2/2", coordinates="x y", diffusion=[["1 + x**2", 0], [0, 3]]
    )
    found = analysis.sgd_escape_time(
        plane, learning_rate=0.04, batch_size=1, minimum=(-1, 0), saddle=(0, 0)
    )
    assert found.valid
    assert found.value == pytest.approx(law(0.02).value)


@pytest.mark.parametrize(("change", "words"), [
    ({"switch": 1.0}, "0 < switch < 1"),
    ({"reading": "stratonovich"}, "known: 'ito', 'isothermal'"),
    ({"learning_rate": 0}, "give a positive number"),
    ({"saddle": 1}, "one negative"),
    ({"minimum": -0.9}, "not critical.*A minimum nearby: \\[-1.0\\]"),
])  # fmt: skip
def test_wrong_requests_are_refused(change, words):
    request = {"learning_rate": 0.04, "batch_size": 1, "minimum": -1, "saddle": 0} | change
    with pytest.raises(ValueError, match=words):
        analysis.sgd_escape_time(LOSS, **request)
