"""What is said of trajectories that leave, or will leave, the finite numbers."""

from __future__ import annotations

import warnings

import numpy as np

from ..landscapes.landscape import Landscape
from .dynamics import Dynamics
from .ensemble import Ensemble


class DivergenceWarning(RuntimeWarning):
    """Some trajectories left the finite numbers."""


def check_stability(landscape: Landscape, dynamics: Dynamics) -> None:
    """Warn where a shipped landscape says that the learning rate is too large."""
    limit, eta = landscape.facts.max_learning_rate, getattr(dynamics, "learning_rate", None)
    if limit is None or not isinstance(eta, (int, float)) or getattr(dynamics, "momentum", 0):
        return  # what is stated is the limit of a constant number, without momentum
    bound = float(landscape.parse(limit).subs(landscape.parameter_symbols))
    if eta >= bound:
        warnings.warn(
            f"learning_rate={eta} is past the mean-square stability limit {bound:.4g} of "
            f"{landscape.name}; trajectories will diverge.",
            DivergenceWarning,
            stacklevel=3,
        )


def report_divergence(ensemble: Ensemble, landscape: Landscape, dynamics: Dynamics) -> None:
    lost = ensemble.diverged[ensemble.diverged >= 0]
    if len(lost):
        warnings.warn(
            f"{len(lost)} of {ensemble.count} trajectories of {landscape.name} left the finite "
            f"numbers under {dynamics}, the first at step {lost.min()}, half of them by step "
            f"{int(np.median(lost))}; they are NaN from there on (see `diverged`). Use a smaller "
            "step, or a landscape that is bounded below.",
            DivergenceWarning,
            stacklevel=3,
        )
