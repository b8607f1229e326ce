"""Prefactors with circulation and D(x): mean passage times of the plane by finite elements."""

from functools import cache

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import spsolve

from driftscape import landscapes, theory
from driftscape.landscapes import Landscape, Normal

WELL = "(x**2 - 1)**2/4 + y**2/2"
LEFT, RIGHT, SADDLE = (-1, 0), (1, 0), (0, 0)


def passage_time(landscape, beta, interpretation="a-type", current=None, side=1.9, n=120):
    """Mean time from the left minimum to a disc round the right one, bilinear elements.

    Weak form with the weight w = exp(-beta Phi): int w grad v . (D + Q)^T grad u/beta = int w v
    under the A-type interpretation; div(D + Q)/beta is taken from the drift for Ito, div Q/beta for
    the isothermal interpretation, and a current adds -int v J . grad u.
    """
    ticks = np.linspace(-side, side, n + 1)
    h = ticks[1] - ticks[0]
    i, j = (k.ravel() for k in np.meshgrid(np.arange(n), np.arange(n), indexing="ij"))
    corner = i * (n + 1) + j
    nodes = np.stack([corner, corner + n + 1, corner + 1, corner + n + 2], 1)
    stiffness, load = np.zeros((len(nodes), 4, 4)), np.zeros((len(nodes), 4))
    for s in (0.5 - 0.5 / np.sqrt(3), 0.5 + 0.5 / np.sqrt(3)):
        for t in (0.5 - 0.5 / np.sqrt(3), 0.5 + 0.5 / np.sqrt(3)):
            v = np.array([(1 - s) * (1 - t), s * (1 - t), (1 - s) * t, s * t])
            dv = np.array([[t - 1, 1 - t, -t, t], [s - 1, -s, 1 - s, s]]) / h
            x = np.stack([ticks[i] + s * h, ticks[j] + t * h], 1)
            w = np.exp(-beta * landscape.potential(x)) * h**2 / 4
            mobility = landscape.diffusion(x)
            wind = np.zeros_like(x)
            if current is None:
                mobility = mobility + np.swapaxes(landscape.curl(x), 1, 2)
                wind = {
                    "a-type": 0 * x,
                    "ito": landscape.spurious_drift(x),
                    "isothermal": landscape.spurious_drift(x) - landscape.diffusion_divergence(x),
                }[interpretation] * (w / beta)[:, None]
            else:
                wind = -current(x) * h**2 / 4
                # upwinding where the current outruns the noise
                lack = np.maximum(0, np.linalg.norm(wind, axis=1) * h / 2 - w / beta)
                mobility = mobility * (1 + lack * beta / w)[:, None, None]
            stiffness += np.einsum("e,ka,ekl,lb->eab", w / beta, dv, mobility, dv)
            stiffness += np.einsum("a,ek,kb->eab", v, wind, dv)
            load += w[:, None] * v
    size = (n + 1) ** 2
    rows, columns = np.repeat(nodes, 4, 1).ravel(), np.tile(nodes, (1, 4)).ravel()
    matrix = sp.coo_matrix((stiffness.ravel(), (rows, columns)), shape=(size, size)).tocsr()
    points = np.stack([k.ravel() for k in np.meshgrid(ticks, ticks, indexing="ij")], 1)
    free = np.flatnonzero(np.hypot(*(points - RIGHT).T) > 0.3)
    inner = matrix[free][:, free]
    scale = sp.diags(1 / np.sqrt(np.asarray(abs(inner).sum(1)).ravel()))
    rhs = np.bincount(nodes.ravel(), load.ravel(), size)[free]
    time = np.zeros(size)
    time[free] = scale @ spsolve((scale @ inner @ scale).tocsc(), scale @ rhs)
    return time[np.argmin(np.hypot(*(points - LEFT).T))]


def kramers(landscape, beta, interpretation="ito"):
    return theory.eyring_kramers(
        landscape, beta=beta, minimum=LEFT, saddle=SADDLE, interpretation=interpretation
    ).value


@cache
def limit(landscape, interpretation):
    """Exact over law, the correction O(1/beta) taken out by two noises."""
    shares = [
        passage_time(landscape, b, interpretation) / kramers(landscape, b, interpretation)
        for b in (24, 48)
    ]
    return 2 * shares[1] - shares[0]


def well(**more):
    return Landscape.from_potential(WELL, coordinates="x y", **more)


STILL = well()
CROSSED = well(diffusion=[["1 + x**2/2 + y**2", "x*y/3"], ["x*y/3", "2 - x/2"]], curl="1 + x")
NESTED = landscapes.divergence_free_double_well(circulation=2.0, decay=1.0)


@pytest.mark.fast_cases("landscape0-ito", "landscape3-a-type")
@pytest.mark.parametrize(("landscape", "interpretation"), [
    (STILL, "ito"),
    (NESTED, "ito"),
    (well(curl="1 + y"), "ito"),
    (well(curl="1 + x"), "a-type"),
    (CROSSED, "ito"),
    (CROSSED, "isothermal"),
])  # fmt: skip
def test_passage_times_of_the_plane_approach_the_law(landscape, interpretation):
    assert limit(landscape, interpretation) == pytest.approx(1, abs=0.02)


def test_the_law_without_its_new_factors_is_rejected():
    """Without rotation 1.85 times too slow; without int F dt off by a third or a half."""
    assert kramers(STILL, 32) / kramers(NESTED, 32) > 1.5
    up = well(curl="1 + y")
    for land, interpretation, factor in ((up, "ito", 0.66), (CROSSED, "ito", 0.73)):
        plain = kramers(land, 32, "a-type")
        assert kramers(land, 32, interpretation) / plain == pytest.approx(factor, abs=0.01)
        assert abs(limit(land, interpretation) * factor - 1) > 0.2


def test_in_one_dimension_every_interpretation_has_its_exact_time():
    """1/k is 2 pi/sqrt(-Phi_s'' Phi_m'')/D_m (Ito), /D_s (isothermal), between them otherwise."""
    potential, noise = "(x**2 - 1)**2/4", "1 + x**2/2"
    land = Landscape.from_potential(potential, coordinates="x", diffusion=noise)
    prefactors = {"ito": 1 / 1.5, "isothermal": 1.0, "stratonovich": 1 / np.sqrt(1.5)}
    for interpretation, prefactor in prefactors.items():
        kramers = theory.eyring_kramers(
            land, beta=40, minimum=-1, saddle=0, interpretation=interpretation
        )
        expected = 2 * np.pi / np.sqrt(2) * prefactor * np.exp(10)
        assert kramers.value == pytest.approx(expected, rel=1e-6)
        shares = [
            theory.mean_first_passage_time(
                land, beta=b, start=-1, target=1, interpretation=interpretation
            ).value
            / theory.eyring_kramers(
                land, beta=b, minimum=-1, saddle=0, interpretation=interpretation
            ).value
            for b in (60, 120)
        ]
        assert 2 * shares[1] - shares[0] == pytest.approx(1, abs=3e-3)
        for other in prefactors.values():
            assert other == prefactor or abs(shares[1] * prefactor / other - 1) > 0.1


def circling(strength=2):
    """A transverse current: at beta = 16 the constant curl of this strength."""
    gibbs = f"exp(-16*({WELL}))"
    return well(current=[f"{strength}*y*{gibbs}", f"-{strength}*(x**3 - x)*{gibbs}"])


def test_a_transverse_current_is_a_curl():
    assert kramers(circling(), 16) == pytest.approx(kramers(well(curl=2), 16), rel=1e-9)
    assert kramers(circling(), 12) > 1.5 * kramers(well(curl=2), 12)  # weaker at smaller beta
    time = passage_time(circling(), 16, current=circling().current)
    assert time == pytest.approx(passage_time(well(curl=2), 16), rel=0.01)


def test_the_current_of_example_19_has_no_law_of_this_form():
    """It carries probability round the saddle: J of the size of 1 against exp(-beta/4).

    At rotation 0.1 and beta = 16 the mean time is 5, that of the law without rotation 240, and it
    grows no more with beta.
    """
    turning = landscapes.double_well(rotation=0.1)
    times = [passage_time(turning, beta, current=turning.current, side=2.2) for beta in (8, 16)]
    assert times[1] < times[0] < 10
    assert kramers(landscapes.double_well(rotation=0.0), 16) > 40 * times[1]
    with pytest.raises(ValueError, match="crosses the level lines of Phi.*simulate.first_passage"):
        kramers(turning, 16)


def test_what_has_no_phi_and_unknown_interpretations_are_refused():
    loss = Landscape.from_loss("(x**2 - 1)**2/4 + s*x", coordinates="x", samples={"s": Normal()})
    with pytest.raises(ValueError, match="needs Phi.*quasipotential_barrier"):
        theory.eyring_kramers(loss, beta=10, minimum=-1, saddle=0)
    with pytest.raises(ValueError, match="one of 'ito', 'stratonovich', 'isothermal', 'a-type'"):
        kramers(STILL, 16, "hanggi")
    blind = well(diffusion=[[0, 0], [0, 1]])
    with pytest.raises(ValueError, match="does not leave the saddle"):
        kramers(blind, 16)
    land = landscapes.mueller_brown()
    deep, right, _ = land.facts.minima
    bent = Landscape.from_potential(
        land.formulas["potential"], coordinates="x y", diffusion="1 + x**2/10"
    )
    with pytest.raises(ValueError, match="saddles_between finds"):
        theory.eyring_kramers(bent, beta=0.1, minimum=deep, saddle=land.facts.saddles[1])
