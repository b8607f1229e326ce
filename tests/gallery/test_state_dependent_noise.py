"""State-dependent noise: the exact potentials are those of its Fokker-Planck equation."""

import numpy as np
import pytest

from driftscape import theory
from driftscape.gallery.figures.chaudhari_2018_potential import (
    state_dependent_noise,
)
from driftscape.gallery.figures.chaudhari_2018_potential.state_dependent_noise import (
    INTERPRETATIONS,
)


@pytest.mark.parametrize("interpretation", INTERPRETATIONS)
def test_the_exact_potential_is_that_of_the_grid(interpretation) -> None:
    dynamics = INTERPRETATIONS[interpretation](beta=4, dt=0.01)
    fp = theory.fokker_planck(
        state_dependent_noise.landscape(interpretation), dynamics, box=(-6, 14)
    )
    phi = theory.potential(fp).sel(x=slice(-1.5, 2))
    off = {
        other: np.ptp(phi.values - state_dependent_noise.potential(phi.x.values, other, 4))
        for other in INTERPRETATIONS
    }
    assert off.pop(interpretation) < fp.grid.spacing[0] ** 2
    assert min(off.values()) > 0.02


@pytest.mark.parametrize("interpretation", INTERPRETATIONS)
@pytest.mark.parametrize("beta", [0.5, 3.0])
def test_the_mode_is_the_minimum_of_the_potential(interpretation, beta) -> None:
    x = np.linspace(-1, 0.5, 300_001)
    lowest = x[state_dependent_noise.potential(x, interpretation, beta).argmin()]
    assert state_dependent_noise.mode(interpretation, beta) == pytest.approx(lowest, abs=1e-5)


def test_the_loss_has_the_mean_and_the_noise_that_are_stated() -> None:
    result, x = state_dependent_noise.loss(2.0, 0.02), np.linspace(-2, 3, 7)[:, None]
    D = 1 + x[:, 0] / 2 + x[:, 0] ** 2 / 4
    assert np.allclose(result.drift(None)(x), -x)
    assert np.allclose(result.diffusion(x)[:, 0, 0], D * 2 / (2.0 * 0.02), rtol=1e-12)
