"""Uneven noise: the stated potentials are those of its Fokker-Planck equation."""

import numpy as np
import pytest

from driftscape import analysis
from driftscape.gallery.noise import uneven_noise
from driftscape.gallery.noise.uneven_noise import READINGS


@pytest.mark.parametrize("reading", READINGS)
def test_the_stated_potential_is_that_of_the_grid(reading) -> None:
    dynamics = READINGS[reading](beta=4, dt=0.01)
    fp = analysis.fokker_planck(uneven_noise.landscape(reading), dynamics, box=(-6, 14))
    phi = analysis.potential(fp).sel(x=slice(-1.5, 2))
    off = {
        other: np.ptp(phi.values - uneven_noise.potential(phi.x.values, other, 4))
        for other in READINGS
    }
    assert off.pop(reading) < fp.grid.spacing[0] ** 2
    assert min(off.values()) > 0.02


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("beta", [0.5, 3.0])
def test_the_stated_mode_is_where_it_is_lowest(reading, beta) -> None:
    x = np.linspace(-1, 0.5, 300_001)
    lowest = x[uneven_noise.potential(x, reading, beta).argmin()]
    assert uneven_noise.mode(reading, beta) == pytest.approx(lowest, abs=1e-5)


def test_the_loss_has_the_mean_and_the_noise_that_are_stated() -> None:
    made, x = uneven_noise.loss(2.0, 0.02), np.linspace(-2, 3, 7)[:, None]
    D = 1 + x[:, 0] / 2 + x[:, 0] ** 2 / 4
    assert np.allclose(made.drift(None)(x), -x)
    assert np.allclose(made.diffusion(x)[:, 0, 0], D * 2 / (2.0 * 0.02), rtol=1e-12)
