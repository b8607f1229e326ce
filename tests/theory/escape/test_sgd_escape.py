"""SGD's escape time from its noise, and the law of Xie et al. under the noise that it presumes."""

import numpy as np
import pytest
from scipy.integrate import quad

from driftscape import theory
from driftscape.landscapes import Landscape, Normal

WELL = "(x**2 - 1)**2/4"
WAY = {"minimum": -1, "saddle": 0}
LEVEL, WIDTH = float(np.sqrt(1 - np.sqrt(0.5))), 0.02  # |x| at half the barrier, width of the step
# gradient noise s sqrt(C) of two levels, C = H_m = 2 in the left valley and C = |H_s| = 1 above it
ROOT = f"((sqrt(2) + 1)/2 - (sqrt(2) - 1)/2*tanh((x + {LEVEL})/{WIDTH}))"
LOSS = Landscape.from_loss(
    f"{WELL} + s*((sqrt(2) + 1)/2*x - (sqrt(2) - 1)/2*{WIDTH}*log(cosh((x + {LEVEL})/{WIDTH})))",
    coordinates="x", samples={"s": Normal()},
)  # fmt: skip
SDE = Landscape.from_drift("x - x**3", coordinates="x", diffusion=f"{ROOT}**2")


def covariance(x):
    return (np.sqrt(2) + 1) / 2 - (np.sqrt(2) - 1) / 2 * np.tanh((x + LEVEL) / WIDTH)


EXPONENT = quad(lambda x: (x**3 - x) / covariance(x) ** 2, -1, 0, points=[-LEVEL])[0]
SWITCH = 2 - 8 * EXPONENT  # EXPONENT = (1/4) [s/2 + (1 - s)]


def law(c, interpretation="ito", switch=SWITCH, landscape=LOSS, **more):
    """At noise c = learning_rate/(2 batch_size)."""
    return theory.sgd_escape_time(
        landscape,
        learning_rate=6 * c,
        batch_size=3,
        interpretation=interpretation,
        switch=switch,
        **WAY | more,
    )


def exact(c, interpretation="ito"):
    return theory.mean_first_passage_time(
        SDE, beta=1 / c, start=-1, target=1, interpretation=interpretation
    ).value


@pytest.mark.parametrize(("interpretation", "ratios"), [
    ("ito", (1.10, 1.055)), ("isothermal", (1.07, 1.05)),
])  # fmt: skip
def test_exact_times_approach_the_law(interpretation, ratios):
    found = [exact(c, interpretation) / law(c, interpretation).value for c in (0.03, 0.02, 0.01)]
    assert found[:2] == pytest.approx(ratios, abs=2e-2)
    assert 1 < found[2] < 1.03
    for c in (0.03, 0.02, 0.01):
        for switch in (SWITCH, None):
            predicted = law(c, interpretation, switch)
            assert predicted.valid
            assert (
                abs(exact(c, interpretation) - predicted.value)
                < predicted.truncation
                < 0.3 * predicted.value
            )
        assert law(c, interpretation, None).value == pytest.approx(
            law(c, interpretation).value, rel=1e-6
        )


def test_each_prefactor_belongs_to_its_interpretation():
    """2 pi/H_m for Ito, the published 2 pi/|H_s| for the isothermal one: a factor of two."""
    assert law(0.02).value * 2 == pytest.approx(law(0.02, "isothermal").value)
    assert exact(0.02) / law(0.02, "isothermal").value == pytest.approx(0.53, abs=0.01)


def test_the_exponent_is_that_of_the_corrected_bracket():
    """3/16: not 1/16 + 1/2, where the bracket closes early and (1 - s)/|H_s| multiplies."""
    times = [exact(c) for c in (0.01, 0.0075)]
    slope = np.diff(np.log(times))[0] / (1 / 0.0075 - 1 / 0.01)
    assert slope == pytest.approx(EXPONENT, abs=5e-4)
    assert pytest.approx(3 / 16, abs=1e-3) == EXPONENT
    by_law = np.log(law(0.01).value * 2 / (2 * np.pi)) * 0.01
    assert by_law == pytest.approx(EXPONENT, rel=1e-9)
    early = 0.25 * 0.5 / 2
    assert abs(slope - early) > 0.1


def test_another_switch_is_not_this_noise():
    """s = 1 is all valley, s = 0 all ridge; the noise here switches at one half."""
    low, high = law(0.02, switch=0.9), law(0.02, switch=0.1)
    assert low.value < law(0.02).value < high.value
    assert not low.valid
    assert not high.valid
    assert not 0.5 < exact(0.02) / high.value < 2


def test_a_potential_is_not_a_loss():
    """Its dynamics descend D grad Phi: the barrier is that of Phi, whatever D is."""
    land = Landscape.from_potential(WELL, coordinates="x", diffusion="1 + x**2")
    to_saddle, across = (
        theory.mean_first_passage_time(land, beta=50, start=-1, target=end).value for end in (0, 1)
    )
    assert to_saddle == pytest.approx(314749, abs=1)
    assert across == pytest.approx(629504, abs=1)
    found = theory.sgd_escape_time(land, learning_rate=0.04, batch_size=1, **WAY)
    assert found.valid
    assert abs(found.value - across) < found.truncation < 0.15 * found.value
    assert abs(found.value - to_saddle) > 3 * found.truncation  # from well to well
    published = theory.sgd_escape_time(land, learning_rate=0.04, batch_size=1, switch=0.5, **WAY)
    assert published.value == pytest.approx(37039, abs=1)
    assert not published.valid
    assert "16.1 times" in published.regime


def test_white_noise_is_outside_the_published_law():
    white = Landscape.from_loss(f"{WELL} + s*x", coordinates="x", samples={"s": Normal()})
    assert not law(0.02, landscape=white).valid
    kramers = theory.eyring_kramers(Landscape.from_potential(WELL, coordinates="x"), beta=50, **WAY)
    assert law(0.02, switch=None, landscape=white).value == pytest.approx(kramers.value, rel=1e-9)
    assert not law(0.2, switch=None, landscape=white).valid  # the exponent is below 2


def test_a_ridge_that_narrows_the_way_is_seen():
    """Unit noise, barrier 2, curvature across 1 in the well and 100 on the saddle: ten times."""
    way = {"minimum": (0, 0), "saddle": (np.pi, 0), "learning_rate": 0.4, "batch_size": 1}
    phi = "1 - cos(x) + (1 + 99*sin(x/2)**8)*y**2/2"
    land = Landscape.from_potential(phi, coordinates="x y")
    found = theory.sgd_escape_time(land, **way)
    assert found.value == pytest.approx(2 * np.pi * 10 * np.exp(10), rel=1e-9)  # 1383964
    assert found.value == pytest.approx(1383964, abs=1)
    published = theory.sgd_escape_time(land, switch=0.5, **way)
    assert published.value == pytest.approx(138396, abs=1)
    assert not published.valid
    loss = Landscape.from_loss(
        f"{phi} + s*x + t*y", coordinates="x y", samples={"s": Normal(), "t": Normal()}
    )
    by_path = theory.sgd_escape_time(loss, **way)
    assert abs(by_path.value - found.value) < 0.5 * by_path.truncation


def plane(across, noise):
    """The two levels along x; across it the curvature `across` and the noise `noise`^2."""
    return Landscape.from_loss(
        f"{LOSS.formulas['loss']} + ({across})*y**2/2 + t*y*({noise})", coordinates="x y",
        samples={"s": Normal(), "t": Normal()},
    )  # fmt: skip


PLANE = {"minimum": (-1, 0), "saddle": (0, 0)}


def test_in_the_plane_the_noise_must_follow_the_curvature_across_too():
    fits = law(0.02, landscape=plane("3", "sqrt(3)"), **PLANE)
    assert fits.valid
    assert fits.value == pytest.approx(law(0.02).value)
    # wider in the well than on the saddle
    other = plane("(5 + 3*tanh(4*x + 3))/2", "1")
    assert not law(0.02, landscape=other, **PLANE).valid


@pytest.mark.parametrize(("change", "words"), [
    ({"switch": 1.0}, "switch=1.0; .* between 0 and 1"),
    ({"interpretation": "stratonovich"}, "one of 'ito', 'isothermal'"),
    ({"learning_rate": 0}, "a positive finite number"),
    ({"saddle": 1}, "one negative"),
    ({"minimum": -0.9}, "not critical.*A minimum nearby: \\[-1.0\\]"),
    ({"learning_rate": 1e-6}, "exp\\(37\\d\\d\\d\\d.*beyond the range"),
])  # fmt: skip
def test_wrong_requests_are_refused(change, words):
    request = {"learning_rate": 0.04, "batch_size": 1, "minimum": -1, "saddle": 0} | change
    with pytest.raises(ValueError, match=words):
        theory.sgd_escape_time(LOSS, **request)
