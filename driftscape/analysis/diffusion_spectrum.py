"""Eigenvalues of the diffusion matrix, from the gradients of single samples.

    D = (1/N) sum_k g_k g_k^T - g g^T = (1/N^2) sum_{i<j} (g_i - g_j)(g_i - g_j)^T,

    g = (1/N) sum_k g_k,

of rank at most N - 1.  It comes from the singular values of the centred gradients: D itself, d by
d (`numpy.cov(gradients.T, bias=True)`), is never formed.

Two proposals of P. Chaudhari and S. Soatto stand with the spectrum: what to keep constant when
learning rate, batch size or data change (Remark 15, `noise_scale`), and a number to compare
architectures by (Remark 16, `architecture_score`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..typing import Float


@dataclass(frozen=True)
class DiffusionSpectrum:
    """Spectrum of D; made by `analysis.diffusion_spectrum`.

    Attributes
    ----------
    eigenvalues
        The min(N, d) that can differ from zero, largest first; the others are zero.
    samples, dim
        N and d.
    """

    eigenvalues: Float
    samples: int
    dim: int

    @property
    def threshold(self) -> float:
        """Eigenvalues above it count: largest * d * 2**-52, as in the paper."""
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

        trace(D)/(b d) with replacement, (N - b)/(N - 1) of that without.
        """
        if not 1 <= batch_size or (not replacement and batch_size > self.samples):
            raise ValueError(f"batch_size={batch_size}; allowed: 1 to {self.samples}.")
        share = 1.0 if replacement else (self.samples - batch_size) / (self.samples - 1)
        return share * self.mean / batch_size

    def noise_scale(
        self, learning_rate: float, batch_size: int, *, replacement: bool = True
    ) -> float:
        """Return (1/beta) trace(D)/d, which Remark 15 of the paper proposes to keep constant.

        1/beta = learning_rate/(2 batch_size), times (N - b)/(N - 1) without replacement.  A step of
        SGD scatters each weight by 2 learning_rate noise_scale, on average over the weights.

        Parameters
        ----------
        learning_rate, batch_size
            Of SGD.
        replacement
            Whether a sample may be twice in a batch.

        Examples
        --------
        Twice as noisy gradients (D four times as large) ask for batches four times as large.

        >>> import numpy as np
        >>> g = np.random.default_rng(0).normal(size=(20, 50))
        >>> calm, noisy = diffusion_spectrum(g), diffusion_spectrum(2 * g)
        >>> print(f"{calm.noise_scale(0.1, 2):.4f} {noisy.noise_scale(0.1, 8):.4f}")
        0.0227 0.0227
        """
        return learning_rate / 2 * self.batch_variance(batch_size, replacement=replacement)

    @property
    def architecture_score(self) -> float:
        """rank(D)/d + var(eigenvalues), which Remark 16 of the paper proposes for comparing.

        The paper states no error bar and no rule for the units: the variance is that of all d
        eigenvalues and has the unit of D squared, so that the score changes with the scale of the
        loss (by its fourth power) while the rank does not.  Compare at one scale, or look at
        `.rank` and `.std` apart.

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


def diffusion_spectrum(per_sample_gradients: Any) -> DiffusionSpectrum:
    """Return the spectrum of the diffusion matrix of so many gradients.

    What the paper makes of it: `.noise_scale(learning_rate, batch_size)`, to be kept constant
    (Remark 15), and `.architecture_score`, rank(D)/d + var(eigenvalues) (Remark 16); `.rank` and
    `.std` are the two numbers of its Figures 1 and 2.

    Parameters
    ----------
    per_sample_gradients
        Array (N, d): the gradient of the loss of each sample, at one point; any array that NumPy
        can read.

    Returns
    -------
    DiffusionSpectrum
        `.eigenvalues`, `.mean`, `.std`, `.rank` above the paper's `.threshold`, `.unbiased`,
        `.batch_variance(b)`, `.noise_scale(learning_rate, b)`, `.architecture_score`.

    Raises
    ------
    ValueError
        Not two-dimensional, fewer than two samples, or numbers that are not finite.

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
    g = np.asarray(per_sample_gradients, dtype=float)
    if g.ndim != 2 or g.shape[0] < 2 or not g.shape[1]:
        raise ValueError(
            f"per_sample_gradients of shape {g.shape}; give (N, d): one row for each of N >= 2 "
            "samples."
        )
    if not np.isfinite(g).all():
        raise ValueError("per_sample_gradients holds numbers that are not finite.")
    samples, dim = g.shape
    centred = g - g.mean(axis=0)
    singular = np.linalg.svd(centred, compute_uv=False)
    return DiffusionSpectrum(singular**2 / samples, samples, dim)
