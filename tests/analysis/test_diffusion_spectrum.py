"""D from per-sample gradients against its definition, and against drawn batches."""

import numpy as np
import pytest

from driftscape import analysis

RNG = np.random.default_rng(11)
GRADIENTS = RNG.normal(size=(40, 6)) @ RNG.normal(size=(6, 15)) + 3.0


def test_the_definition():
    spectrum = analysis.diffusion_spectrum(GRADIENTS)
    D = GRADIENTS.T @ GRADIENTS / 40 - np.outer(GRADIENTS.mean(0), GRADIENTS.mean(0))
    expected = np.sort(np.linalg.eigvalsh(D))[::-1]
    np.testing.assert_allclose(spectrum.eigenvalues[:6], expected[:6], rtol=1e-10)
    assert spectrum.rank == 6
    assert spectrum.mean == pytest.approx(expected.mean())
    assert spectrum.std == pytest.approx(expected.std())
    np.testing.assert_allclose(spectrum.unbiased[0], np.linalg.eigvalsh(np.cov(GRADIENTS.T))[-1])


def test_rank_is_below_the_number_of_samples():
    for N in (2, 5, 9):
        assert analysis.diffusion_spectrum(RNG.normal(size=(N, 50))).rank == N - 1


@pytest.mark.parametrize("replacement", [True, False])
@pytest.mark.parametrize("batch", [1, 7, 39])
def test_variance_of_batches(batch, replacement):
    """The mean variance of drawn batches; the other way of drawing is rejected."""
    spectrum = analysis.diffusion_spectrum(GRADIENTS)
    if replacement:
        rows = RNG.integers(0, 40, size=(4000, batch))
    else:
        rows = np.argsort(RNG.random((4000, 40)), axis=1)[:, :batch]
    deviation = GRADIENTS[rows].mean(axis=1) - GRADIENTS.mean(axis=0)
    squares = (deviation**2).mean(axis=1)
    error = squares.std() / np.sqrt(len(squares))
    assert abs(squares.mean() - spectrum.batch_variance(batch, replacement=replacement)) < 4 * error
    if batch > 1:
        twin = spectrum.batch_variance(batch, replacement=not replacement)
        assert abs(squares.mean() - twin) > 4 * error


def test_remark_15():
    """Learning rate and batch size in proportion leave the noise scale as it is."""
    spectrum = analysis.diffusion_spectrum(GRADIENTS)
    scales = [spectrum.noise_scale(0.1 * b, b) for b in (1, 2, 8)]
    np.testing.assert_allclose(scales, 0.05 * spectrum.mean)
    assert spectrum.noise_scale(0.1, 40, replacement=False) == 0


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (np.ones(4), "shape \\(4,\\)"),
        (np.ones((1, 4)), "N >= 2"),
        ([[1, np.nan], [0, 1]], "finite"),
    ],
)
def test_bad_input(given, says):
    with pytest.raises(ValueError, match=says):
        analysis.diffusion_spectrum(given)
    with pytest.raises(ValueError, match="allowed: 1 to 40"):
        analysis.diffusion_spectrum(GRADIENTS).batch_variance(41, replacement=False)
