"""The free energy of bins: known densities, the estimate without bias, and the removed bias."""

import numpy as np
import pytest

from driftscape import landscapes, theory
from driftscape.gallery.figures.chaudhari_2018_free_energy.binned_free_energy import (
    counts_of_states,
    exact,
    masses_of_grid,
    measured,
)
from driftscape.gallery.figures.chaudhari_2018_free_energy.methods import (
    BOX,
    CENTRE,
    WIDTH,
    at_start,
)

EDGES = np.linspace(-3, 3, 11)


@pytest.fixture(scope="module")
def laws() -> dict[str, np.ndarray]:
    """Masses of the bins under normal distributions: stationary, near it, and far from it."""
    from scipy.special import ndtr

    def masses(mean: float, width: float) -> np.ndarray:
        one = np.diff(ndtr((EDGES - mean) / width))
        two = np.diff(ndtr(EDGES))
        inside = np.outer(one, two).ravel()
        return np.append(inside, 1 - inside.sum())

    return {"stationary": masses(0, 1), "near": masses(0.05, 1.02), "far": masses(1.0, 0.6)}


@pytest.mark.parametrize("name", ["stationary", "near", "far"])
def test_the_estimate_is_right_in_the_mean_and_scatters_as_it_says(laws, rng, name) -> None:
    p, q, size = laws["stationary"], laws[name], 40_000
    found = [measured(rng.multinomial(size, q), p) for _ in range(400)]
    values = np.array([each.value for each in found])
    scatter = values.std(ddof=1)
    assert abs(values.mean() - exact(q, p)) < 4 * scatter / 20, name
    stated = np.sqrt(np.mean([each.stderr**2 for each in found]))
    # 400 values give their scatter to 3.5 %; the stated one is of leading order in 1/N
    assert 0.85 < scatter / stated < 1.2, (name, scatter, stated)


def test_plain_frequencies_are_too_large_by_half_the_bins_over_the_states(laws, rng) -> None:
    p, size = laws["stationary"], 40_000
    draws = [rng.multinomial(size, p) for _ in range(400)]
    plain = np.array([measured(each, p, corrected=False).value for each in draws])
    bins = (p > 5e-5).sum() + 1
    assert plain.mean() == pytest.approx((bins - 1) / (2 * size), rel=0.1)
    assert plain.mean() > 40 * plain.std(ddof=1) / 20


def test_what_is_known_exactly(laws) -> None:
    """The divergence of the densities is slightly larger than that of the bins."""
    p = laws["stationary"]
    assert exact(p, p) == 0
    whole = 0.5 * (0.6**2 + 1.0**2 - 1) - np.log(0.6)  # of one normal distribution from another
    seen = exact(laws["far"], p)
    assert 0.9 * whole < seen < whole
    both = exact(np.stack([p, laws["far"]]), p)
    assert both.tolist() == pytest.approx([0, float(seen)])


def test_counts_and_masses_keep_everything(rng) -> None:
    states = 2 * rng.standard_normal((1000, 2))
    counts = counts_of_states(states, EDGES)
    assert counts.shape == (101,)
    assert counts.sum() == 1000
    assert counts[-1] == (np.abs(states) > 3).any(axis=1).sum()
    fp = theory.fokker_planck(landscapes.double_well(rotation=1), beta=1, box=BOX, shape=(40, 80))
    masses = masses_of_grid(fp.steady_state(), EDGES)
    assert masses.sum() == pytest.approx(1, abs=1e-12)
    outside = fp.steady_state().sel(x2=slice(3, 6)).sum() * fp.grid.volume
    assert masses[-1] == pytest.approx(2 * float(outside), rel=1e-6)


def test_the_start_is_that_of_direct_integration() -> None:
    """By sums over a fine lattice, gradients by differences."""
    x = np.stack(np.meshgrid(*[np.linspace(-7, 7, 1001)] * 2, indexing="ij"), -1)
    h = 14 / 1000
    phi = landscapes.double_well(rotation=0).potential(x)
    log_steady = -phi - np.log(np.exp(-phi).sum() * h**2)
    log_start = -((x - CENTRE) ** 2).sum(-1) / (2 * WIDTH**2) - np.log(2 * np.pi * WIDTH**2)
    apart, start = log_start - log_steady, np.exp(log_start)
    slope = np.gradient(apart, h, h)
    value, fall = at_start()
    assert value == pytest.approx((start * apart).sum() * h**2, abs=1e-8)
    assert fall == pytest.approx((start * (slope[0] ** 2 + slope[1] ** 2)).sum() * h**2, rel=1e-4)
    assert value != pytest.approx(1.7, abs=0.1)
