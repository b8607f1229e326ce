"""The current of paths: that of a known rotation, zero in equilibrium, unlike a wrong current."""

import numpy as np
import pytest

from driftscape import landscapes, simulate, theory
from driftscape.gallery.figures.chaudhari_2018_steady_state.path_current import (
    PathCurrent,
    torque_by_radius,
)
from driftscape.gallery.shared.histogram import block_means
from driftscape.landscapes import Landscape, Normal

EDGES = np.linspace(-3, 3, 13)
TURN = 0.7


@pytest.fixture(scope="module")
def turning():
    """Phi = r^2/2 and a rotation: the current is TURN (-y, x) rho, rho the normal distribution."""
    ito = simulate.Ito(beta=1, dt=0.02, scheme="weak-2")
    field = Landscape.from_drift(
        [f"-x - {TURN}*y", f"-y + {TURN}*x"], coordinates="x y", diffusion=[[1, 0], [0, 1]]
    )
    return simulate.run(
        field, ito, time=20, trajectories=2048, seed=4, start=[Normal(0, 1)] * 2, save_every=1
    )


def rotation(turn: float) -> np.ndarray:
    """The means of turn (-y, x) rho over the bins, (component, y, x), by differences of ndtr."""
    from scipy.special import ndtr

    width = EDGES[1] - EDGES[0]
    mass = np.diff(ndtr(EDGES))
    moment = -np.diff(np.exp(-(EDGES**2) / 2)) / np.sqrt(2 * np.pi)
    return turn * np.stack([-np.outer(moment, mass), np.outer(mass, moment)]) / width**2


@pytest.fixture(scope="module")
def paths(turning) -> PathCurrent:
    return PathCurrent.of(turning, EDGES, discard_steps=0)


@pytest.mark.slow
def test_the_current_of_a_rotation_is_found(paths) -> None:
    distance, amount = paths.distance(rotation(TURN)), paths.amount(rotation(TURN))
    assert distance.compare(0.0).verdict == "agrees", distance
    assert amount.compare(1.0).verdict == "agrees", amount
    assert amount.stderr < 0.02


def test_the_distance_to_a_current_that_is_missing_is_its_square(paths) -> None:
    nothing = paths.distance(rotation(0.0))
    assert abs(nothing.value - paths.squared(rotation(TURN))) < 4 * nothing.stderr
    assert abs(nothing.value - paths.squared(rotation(1.2 * TURN))) > 4 * nothing.stderr


def test_other_currents_are_rejected(paths) -> None:
    for twin in (-TURN, 0.0, 1.2 * TURN):
        distance = paths.distance(rotation(twin))
        assert distance.compare(0.0).verdict == "rejected", (twin, distance)
    assert paths.amount(rotation(1.2 * TURN)).compare(1.0).verdict == "rejected"


def test_the_distance_to_nothing_is_the_entropy_production_that_bins_see(paths) -> None:
    """Sum over the bins of |J|^2 area/rho; without bins it is TURN^2 E r^2 = 0.98."""
    from scipy.special import ndtr

    area, field = (EDGES[1] - EDGES[0]) ** 2, rotation(TURN)
    mass = np.outer(np.diff(ndtr(EDGES)), np.diff(ndtr(EDGES)))
    kept = mass > 2e-4
    seen = float(((field**2).sum(axis=0)[kept] * area**2 / mass[kept]).sum())
    assert 0.9 < seen < 0.98
    found = paths.distance(0 * field)
    assert found.compare(seen).verdict == "agrees", (found, seen)


def test_the_density_is_that_of_the_bins(paths) -> None:
    from scipy.special import ndtr

    mass = np.outer(np.diff(ndtr(EDGES)), np.diff(ndtr(EDGES)))
    assert paths.density * 0.25 == pytest.approx(mass, abs=2e-3)


def test_in_equilibrium_there_is_none() -> None:
    ito = simulate.Ito(beta=1, dt=0.02, scheme="weak-2")
    still = simulate.run(
        landscapes.double_well(rotation=0), ito, time=20, trajectories=1024, seed=5, save_every=1
    )
    paths = PathCurrent.of(still, EDGES, discard_steps=500)
    distance = paths.distance(np.zeros_like(paths.mean))
    assert distance.compare(0.0).verdict == "agrees", distance


def test_the_torque_by_radius_is_that_of_the_normal_density(turning) -> None:
    """TURN r^2 times the density r exp(-r^2/2) of the radius; its integral is the torque."""
    rings = np.linspace(0, 4, 17)
    values, errors = torque_by_radius(turning, rings, discard_steps=0)
    upper = -(rings**2 + 2) * np.exp(-(rings**2) / 2)
    exact = TURN * np.diff(upper) / np.diff(rings)
    assert np.all(np.abs(values - exact) < 4 * errors + 1e-4)
    assert np.any(np.abs(values + exact) > 20 * errors)
    total = float((values * np.diff(rings)).sum())
    assert total == pytest.approx(2 * TURN, abs=0.05)


def test_block_means_keep_the_mass_and_refuse_to_cut_cells() -> None:
    fp = theory.fokker_planck(
        landscapes.double_well(rotation=1), beta=1, box={"x1": (-3, 3), "x2": (-6, 6)},
        shape=(48, 96),
    )  # fmt: skip
    inside = fp.steady_state().sel(x2=slice(-3, 3))
    blocks = block_means(fp.steady_state(), EDGES)
    assert blocks.shape == (12, 12)
    assert blocks.sum() * 0.25 == pytest.approx(float(inside.sum()) * fp.grid.volume, rel=1e-12)
    assert block_means(fp.current(), EDGES).shape == (2, 12, 12)
    with pytest.raises(ValueError, match="cut cells along x2"):
        block_means(fp.steady_state(), np.linspace(-3, 3, 14))
