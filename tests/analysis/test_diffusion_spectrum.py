"""D from per-sample gradients against its definition, and against drawn batches."""

import numpy as np
import pytest

from driftscape import analysis, simulate
from driftscape.landscapes import Landscape

RNG = np.random.default_rng(11)
GRADIENTS = RNG.normal(size=(40, 6)) @ RNG.normal(size=(6, 15)) + 3.0


def test_the_definition():
    spectrum = analysis.diffusion_spectrum(GRADIENTS)
    D = GRADIENTS.T @ GRADIENTS / 40 - np.outer(GRADIENTS.mean(0), GRADIENTS.mean(0))
    expected = np.sort(np.linalg.eigvalsh(D))[::-1]
    np.testing.assert_allclose(spectrum.eigenvalues[:6], expected[:6], rtol=1e-10)
    pairs = GRADIENTS[:, None] - GRADIENTS[None]  # the other formula: each pair twice
    twice = np.einsum("ija,ijb->ab", pairs, pairs) / (2 * 40**2)
    np.testing.assert_allclose(np.linalg.eigvalsh(twice)[::-1][:6], expected[:6], rtol=1e-10)
    np.testing.assert_allclose(np.cov(GRADIENTS.T, bias=True), D, atol=1e-12)
    assert spectrum.rank == np.linalg.matrix_rank(D, hermitian=True) == 6
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


@pytest.mark.fast_cases("0.4-8-without-replacement")
@pytest.mark.parametrize(
    ("eta", "batch", "sampling"), [(0.1, 1, "iid"), (0.4, 8, "without-replacement")]
)
def test_remark_15_is_the_scatter_of_a_step_of_sgd(eta, batch, sampling):
    """Variance of theta' over 2 learning_rate, a mean over the weights; D counts, not its root."""
    data = {"a": GRADIENTS[:, 0], "b": GRADIENTS[:, 1]}
    plane = Landscape.from_loss(
        "u**2/2 + v**2 - a*u - b*u*v", coordinates="u v", data=data, start=(0.7, -0.2)
    )
    per_sample = np.stack([0.7 - data["a"] + 0.2 * data["b"], -0.4 - 0.7 * data["b"]], axis=1)
    spectrum = analysis.diffusion_spectrum(per_sample)
    sgd = simulate.SGD(learning_rate=eta, batch_size=batch, sampling=sampling)
    run = simulate.run(plane, sgd, steps=1, trajectories=20_000, seed=5, keep="final")
    moved = run.final.values - run.final.values.mean(axis=0)
    squares = (moved**2).mean(axis=1) / (2 * eta)
    error = squares.std() / np.sqrt(len(squares))
    replacement = sampling == "iid"
    scale = spectrum.noise_scale(eta, batch, replacement=replacement)
    assert abs(squares.mean() - scale) < 4 * error
    wrong = spectrum.noise_scale(eta, 2 * batch, replacement=replacement)
    assert abs(squares.mean() - wrong) > 8 * error


def test_remark_16():
    """rank(D)/d + var(eigenvalues), with LAPACK's rank and NumPy's variance of all d of them."""
    g = GRADIENTS / 3
    score = analysis.diffusion_spectrum(g).architecture_score
    D = np.cov(g.T, bias=True)
    values = np.linalg.eigvalsh(D)
    expected = np.linalg.matrix_rank(D, hermitian=True) / 15 + values.var()
    assert score == pytest.approx(expected, rel=1e-10)
    assert score != pytest.approx(6 / 15 + values.std(), rel=0.01)  # the spread is not meant
    assert score != pytest.approx(6 / 15 + values[-6:].var(), rel=0.01)  # nor the non-zero ones
    larger = analysis.diffusion_spectrum(2 * g).architecture_score
    assert larger - 6 / 15 == pytest.approx(16 * (score - 6 / 15), rel=1e-9)


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
