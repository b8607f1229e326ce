"""Flux over population: the same rate as the mean passage time, by another integral."""

import pytest
from scipy.integrate import solve_ivp

from driftscape import landscapes, theory
from driftscape.landscapes import Landscape

QUARTIC = landscapes.quartic_well()
NOISY = Landscape.from_drift("-x - x**3", coordinates="x", diffusion="1 + x**2/4")


@pytest.mark.parametrize("interpretation", ["ito", "stratonovich", "isothermal"])
@pytest.mark.parametrize(("start", "target"), [(-0.5, 1.5), (0.5, -1.5)])
def test_rate_and_mean_time_are_inverse(interpretation, start, target):
    ends = {"beta": 2.0, "interpretation": interpretation}
    rate = theory.flux_over_population(NOISY, start=start, target=target, **ends)
    time = theory.mean_first_passage_time(NOISY, start=start, target=target, **ends)
    assert rate.value * time.value == pytest.approx(1, rel=1e-9)
    assert rate.unit == "per unit of time"


def test_the_steady_flux_solves_its_own_equation():
    """A third method: b p - (D p)'/beta = j, integrated from p(target) = 0 backward."""
    beta, start, target, far = 2.0, 0.0, 1.5, -5.0

    def motion(flux):
        def slope(x, y):
            d, rise = 1 + x**2 / 4, x / 2
            return [(beta * ((-x - x**3) * y[0] - flux) - rise * y[0]) / d, -y[0]]

        return slope

    state = [0.0, 0.0]
    for flux, first, last in ((1.0, target, start), (0.0, start, far)):
        state = solve_ivp(motion(flux), (first, last), state, rtol=1e-10, atol=1e-14).y[:, -1]
    population = state[1]
    rate = theory.flux_over_population(NOISY, beta=beta, start=start, target=target)
    assert rate.value == pytest.approx(1 / population, rel=1e-7)
    twin = theory.flux_over_population(
        NOISY, beta=beta, start=start, target=target, interpretation="isothermal"
    )
    assert abs(twin.value * population - 1) > 0.02


def test_kramers_is_its_limit():
    shares = []
    for beta in (40, 80, 160):
        rate = theory.flux_over_population(QUARTIC, beta=beta, start=-1, target=1)
        kramers = theory.eyring_kramers(QUARTIC, beta=beta, minimum=-1, saddle=0)
        shares.append(1 / (rate.value * kramers.value) - 1)
    assert shares[2] == pytest.approx(shares[1] / 2, rel=0.06)  # the correction is O(1/beta)
    assert 0 < shares[2] < 0.012


def test_barriers_far_beyond_brute_force_stay_exact():
    """exp(60): the integrals are of size exp(+-60), their product is taken in logarithms."""
    rate = theory.flux_over_population(QUARTIC, beta=240, start=-1, target=0.5)
    time = theory.mean_first_passage_time(QUARTIC, beta=240, start=-1, target=0.5)
    assert rate.value * time.value == pytest.approx(1, rel=1e-8)


@pytest.mark.parametrize(("land", "change", "words"), [
    (landscapes.archimedes(), {}, "needs one coordinate"),
    (QUARTIC, {"beta": 0}, "positive finite"),
    (QUARTIC, {"target": -1}, "two different points"),
    (QUARTIC, {"interpretation": "hanggi"}, "one of 'ito'"),
])  # fmt: skip
def test_wrong_requests_are_refused(land, change, words):
    request = {"beta": 10, "start": -1, "target": 1} | change
    with pytest.raises(ValueError, match=words):
        theory.flux_over_population(land, **request)


def test_an_open_side_has_no_steady_population():
    drift = Landscape.from_drift("1/2", coordinates="x")
    with pytest.raises(ValueError, match="does not hold"):
        theory.flux_over_population(drift, beta=3, start=0, target=-2)
