"""Eigenvalues of the diffusion matrix D, from the gradients g_k of N single samples.

    D = (1/N) sum_k g_k g_k^T - g g^T = (1/N^2) sum_{i<j} (g_i - g_j)(g_i - g_j)^T,

    g = (1/N) sum_k g_k,

has at most the rank N - 1.  Its eigenvalues are computed from the singular values of the centred
gradients; the d by d matrix D (`numpy.cov(gradients.T, bias=True)`) itself is not needed.

P. Chaudhari and S. Soatto propose two uses of the spectrum: to keep `noise_scale` constant when the
learning rate, the batch size or the data change (Remark 15), and to compare architectures by
`architecture_score` (Remark 16).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..typing import Float
from ..validate import check_numbers


@dataclass(frozen=True)
class DiffusionSpectrum:
    """The eigenvalues of the diffusion matrix D, from `analysis.diffusion_spectrum`.

        D = (1/N) sum_k g_k g_k^T - g g^T,        g = (1/N) sum_k g_k

    Attributes
    ----------
    eigenvalues
        The min(N, d) eigenvalues that can differ from zero, largest first; the others are zero.
    samples, dim
        The number of samples N and the number of weights d.
    """

    eigenvalues: Float
    samples: int
    dim: int

    @property
    def threshold(self) -> float:
        """Threshold of the rank: largest eigenvalue * d * 2**-52, as in the paper."""
        return float(self.eigenvalues[0] * self.dim * np.finfo(float).eps)

    @property
    def rank(self) -> int:
        """Number of eigenvalues above the threshold."""
        return int((self.eigenvalues > self.threshold).sum())

    @property
    def mean(self) -> float:
        """Mean of all d eigenvalues, trace(D)/d."""
        return float(self.eigenvalues.sum() / self.dim)

    @property
    def std(self) -> float:
        """Standard deviation of all d eigenvalues."""
        return float(np.sqrt((self.eigenvalues**2).sum() / self.dim - self.mean**2))

    @property
    def unbiased(self) -> Float:
        """Eigenvalues of D' = N/(N - 1) D, which does not depend on N on average."""
        return self.eigenvalues * (self.samples / (self.samples - 1))

    def batch_variance(self, batch_size: int, *, replacement: bool = True) -> float:
        """Return the mean variance of a component of a mini-batch gradient.

        trace(D)/(b d) with replacement, times (N - b)/(N - 1) without.

        Parameters
        ----------
        batch_size
            b, from 1; at most N without replacement.
        replacement
            Whether a sample may occur more than once in a batch.

        Raises
        ------
        ValueError
            A batch size out of range.
        """
        if not 1 <= batch_size or (not replacement and batch_size > self.samples):
            raise ValueError(f"batch_size={batch_size}; allowed: 1 to {self.samples}.")
        share = 1.0 if replacement else (self.samples - batch_size) / (self.samples - 1)
        return share * self.mean / batch_size

    def noise_scale(
        self, learning_rate: float, batch_size: int, *, replacement: bool = True
    ) -> float:
        """Return the noise scale (1/beta) trace(D)/d, to be kept constant (Remark 15 of the paper).

        1/beta = learning_rate/(2 batch_size), times (N - b)/(N - 1) without replacement.  A step of
        SGD adds the variance 2 learning_rate noise_scale to a weight, on average over the weights.

        Parameters
        ----------
        learning_rate, batch_size
            Those of SGD.
        replacement
            Whether a sample may occur more than once in a batch.

        Raises
        ------
        ValueError
            A batch size out of range.

        Examples
        --------
        If the gradients are twice as noisy, D is four times as large, and so must be the batches.

        >>> import numpy as np
        >>> g = np.random.default_rng(0).normal(size=(20, 50))
        >>> calm, noisy = diffusion_spectrum(g), diffusion_spectrum(2 * g)
        >>> print(f"{calm.noise_scale(0.1, 2):.4f} {noisy.noise_scale(0.1, 8):.4f}")
        0.0227 0.0227
        """
        return learning_rate / 2 * self.batch_variance(batch_size, replacement=replacement)

    @property
    def architecture_score(self) -> float:
        """The score rank(D)/d + var(eigenvalues) of an architecture (Remark 16 of the paper).

        The paper gives no error bar and no rule for the units.  The variance is that of all d
        eigenvalues and has the unit of D squared: the score changes with the fourth power of the
        scale of the loss, whereas the rank does not change.  Compare losses of the same scale, or
        compare `.rank` and `.std` separately.

        Examples
        --------
        >>> import numpy as np
        >>> narrow, wide = np.zeros((30, 10)), np.random.default_rng(0).normal(size=(30, 10))
        >>> narrow[:, 0] = wide[:, 0]
        >>> scores = [diffusion_spectrum(g).architecture_score for g in (narrow, wide)]
        >>> print("{:.3f} {:.3f}".format(*scores))
        0.154 1.440
        """
        return self.rank / self.dim + self.std**2

    def __str__(self) -> str:
        return (
            f"eigenvalues {self.mean:.3g} ± {self.std:.3g} (mean and spread of {self.dim}), "
            f"rank {self.rank} = {100 * self.rank / self.dim:.2g} % of d, N = {self.samples}"
        )


def diffusion_spectrum(per_sample_gradients: ArrayLike) -> DiffusionSpectrum:
    """Return the eigenvalues of the diffusion matrix D of the gradients g_k of N samples.

        D = (1/N) sum_k g_k g_k^T - g g^T,        g = (1/N) sum_k g_k

    The paper proposes to keep `.noise_scale(learning_rate, batch_size)` constant (Remark 15) and to
    compare architectures by `.architecture_score` (Remark 16); `.rank` and `.std` are in its
    Figures 1 and 2.

    Parameters
    ----------
    per_sample_gradients
        Array (N, d): the gradient g_k of the loss of each sample, at one point.

    Returns
    -------
    DiffusionSpectrum
        `.eigenvalues`, `.mean`, `.std`, `.rank` above the paper's `.threshold`, `.unbiased`,
        `.batch_variance(b)`, `.noise_scale(learning_rate, b)`, `.architecture_score`.

    Raises
    ------
    ValueError
        The array is not two-dimensional, has fewer than two rows, or contains numbers that are not
        finite.

    References
    ----------
    P. Chaudhari, S. Soatto, ICLR (2018), section 4 and Remarks 14 to 16.

    Examples
    --------
    >>> import numpy as np
    >>> gradients = np.random.default_rng(0).normal(size=(20, 50))
    >>> print(diffusion_spectrum(gradients))
    eigenvalues 0.907 ± 1.52 (mean and spread of 50), rank 19 = 38 % of d, N = 20
    """
    g = check_numbers("per_sample_gradients", per_sample_gradients, "a matrix (N, d) of numbers")
    if g.ndim != 2 or g.shape[0] < 2 or not g.shape[1]:
        raise ValueError(
            f"per_sample_gradients of shape {g.shape}; give (N, d): one row for each of N >= 2 "
            "samples."
        )
    if not np.isfinite(g).all():
        raise ValueError("per_sample_gradients contains numbers that are not finite.")
    samples, dim = g.shape
    centred = g - g.mean(axis=0)
    singular = np.linalg.svd(centred, compute_uv=False)
    return DiffusionSpectrum(singular**2 / samples, samples, dim)
