"""Phi from grids and from samples, the split of the drift, and minima that are not the loss's."""

import numpy as np
import pytest
from scipy.integrate import quad

from driftscape import analysis, landscapes, simulate, theory
from driftscape.landscapes import Landscape

from ..sealed import sealed


@pytest.mark.parametrize("rotation", [0.0, 1.5])
def test_phi_is_found_without_being_given(rotation):
    well = landscapes.double_well(rotation=rotation)
    fp = theory.fokker_planck(well, beta=1, shape=160)
    phi, rho = theory.potential(fp), fp.steady_state()
    exact = well.potential(fp.grid.points).reshape(160, 160).T
    gap = phi - exact
    weight = rho / rho.sum()
    gap = gap - float((gap * weight).sum())
    assert float((gap**2 * weight).sum() ** 0.5) < 2e-3
    if rotation:  # the drift is not minus its gradient
        parts = theory.decompose(fp)
        turning = float((parts.circulation**2).sum("coordinate").weighted(rho).mean())
        assert turning == pytest.approx(0.68138 * rotation**2, rel=0.01)


def test_the_parts_add_up():
    uneven = Landscape.from_potential(
        "x**2/2 + y**2", coordinates="x y", curl=0.6,
        diffusion=[["1 + x**2/8", "0.2"], ["0.2", "1"]],
    )  # fmt: skip
    errors = []
    for n in (48, 96):
        fp = theory.fokker_planck(uneven, simulate.AType(beta=1, dt=0.01), shape=n)
        parts = theory.decompose(fp)
        rest = parts.drift - parts.gradient - parts.spurious - parts.circulation
        rho = fp.steady_state()
        errors.append(float((rest**2).sum("coordinate").weighted(rho).mean() ** 0.5))
        without = parts.drift - parts.gradient - parts.circulation
        twin = float((without**2).sum("coordinate").weighted(rho).mean() ** 0.5)
    assert errors[1] < 0.01
    assert errors[0] / errors[1] > 3  # second order
    assert twin > 10 * errors[1]


@pytest.mark.parametrize("beta", [3.0, 8.0])
def test_the_mode_shifts(beta):
    """f = x^2/2 with D = 1 + x/2 + x^2/4: the density's mode is at -1/(2 beta + 1)."""
    uneven = Landscape.from_drift("-x", coordinates="x", diffusion="1 + x/2 + x**2/4")
    (shift,) = theory.minimum_shifts(theory.fokker_planck(uneven, beta=beta))
    place = shift.potential[0]
    assert shift.loss[0] == 0
    assert place.value == pytest.approx(-1 / (2 * beta + 1), abs=max(2e-5, 3 * place.truncation))
    assert place.truncation < 1e-3


def test_no_shift_where_noise_is_even():
    shifts = theory.minimum_shifts(
        theory.fokker_planck(landscapes.double_well(rotation=0), beta=2, shape=160)
    )
    assert [tuple(s.loss) for s in shifts] == [(-1.0, 0.0), (1.0, 0.0)]
    for shift in shifts:
        for x, place in zip(shift.loss, shift.potential, strict=True):
            assert place.value == pytest.approx(x, abs=2e-3)


def test_the_constant_of_phi_from_a_sample_is_no_bins_noise(rng):
    """Samples of a flat-bottomed law: the mean error over the bins is 0, and not one of them."""
    well = Landscape.from_potential("x**8/8", coordinates="x")
    run = simulate.run(
        well, simulate.Ito(beta=1, dt=0.01), steps=1, trajectories=2000, seed=1, keep="final"
    )
    fine = np.linspace(-3, 3, 60_001)
    law = np.exp(-(fine**8) / 8)
    norm = quad(lambda x: np.exp(-(x**8) / 8), -4, 4)[0]
    means, twins = [], []
    for _ in range(20):
        sample = np.interp(rng.random(2000), np.cumsum(law) / law.sum(), fine)
        result = analysis.potential(sealed(run.assign(final=(run.final.dims, sample[:, None]))))
        inner = result.isel(x=slice(5, -5))  # bins of tens
        width = float(inner.x[1] - inner.x[0])
        inside = inner.x.values[:, None] + width * (np.arange(20) - 9.5)[None] / 20
        exact = -np.log(np.exp(-(inside**8) / 8).mean(axis=1) / norm)
        error = float(inner["stderr"].mean())
        means.append(float((inner.potential - exact).mean()) / error)
        lowest = inner.potential - inner.potential.min()
        twins.append(float((lowest - exact + exact.min()).mean()) / error)
    assert abs(np.mean(means)) < 4 * np.std(means) / np.sqrt(20)
    assert np.mean(twins) > 1


def test_phi_from_a_sample():
    well, beta = landscapes.quartic_well(), 4.0
    run = simulate.run(
        well, simulate.Ito(beta=beta, dt=0.005), time=60, trajectories=20_000, seed=1, keep="final"
    )
    result = analysis.potential(run, bins=30)
    exact = (result.x**2 - 1) ** 2 / 4
    z = ((result.potential - exact) / result.stderr).values
    known = np.isfinite(z)
    weights = 1 / result.stderr.values[known] ** 2
    gap = (result.potential - exact).values[known]
    z = (gap - np.average(gap, weights=weights)) / result.stderr.values[known]
    assert (z**2).mean() < 1 + 4 * np.sqrt(2 / known.sum())
    wrong = exact.values[known] * 1.15  # another temperature
    gap = result.potential.values[known] - wrong
    z = (gap - np.average(gap, weights=weights)) / result.stderr.values[known]
    assert (z**2).mean() > 1 + 4 * np.sqrt(2 / known.sum())
    with pytest.raises(ValueError, match="no temperature"):
        analysis.potential(
            simulate.run(well, simulate.GradientFlow(dt=0.1), steps=5, trajectories=30)
        )
