r"""Fits to the points of a sweep, by common and by separate noise.

The runs are those of `runs`: E cos(x) after n steps is exp(-k/beta), with k = SHARE/(2 - dt).  The
formula "level + slope*exp(-k/beta)" is linear, with level 0 and slope 1; "a*exp(-b/beta)" is not.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from driftscape import analysis, simulate

from ..calibration.experiment import Experiment, Rejection
from ..seeds import MOST, SEEDS, of_seed
from .runs import BOWL, DT, SHARE, STEPS

BETAS = (0.5, 0.8, 1.2, 2.0, 4.0)
K = SHARE / (2 - DT)
LINE = f"level + slope*exp(-{K!r}/beta)"
SIZES = (30, 50, 200)

#: name -> formula, parameter, and the true value
FITTED: dict[str, tuple[str, str, float]] = {
    "level of a linear formula": (LINE, "level", 0.0),
    "slope of a linear formula": (LINE, "slope", 1.0),
    "factor of a*exp(-b/beta)": ("a*exp(-b/beta)", "a", 1.0),
    "exponent of a*exp(-b/beta)": ("a*exp(-b/beta)", "b", K),
}
#: the error of the slope is right by chance if the common noise is forgotten
TWINS = [each for each in FITTED if not each.startswith("slope")]


@lru_cache(maxsize=2)
def swept(common: bool) -> Any:
    """Return final states at the temperatures, by the same noise or by one for each."""
    return simulate.sweep(
        BOWL, simulate.Ito(beta=1, dt=DT), over={"beta": list(BETAS)}, steps=STEPS,
        trajectories=SEEDS * MOST, seed=23, common=common, keep="final",
    )  # fmt: skip


def fitted(formula: str, common: bool, seed: int, n: int) -> Any:
    """Return the fit to E cos(x) at all temperatures."""
    run = of_seed(swept(common), seed, n)
    return analysis.fit(analysis.moment(run, "cos(x)", at="final"), formula)


def forgetful(formula: str, seed: int, n: int) -> Any:
    """Return the fit to points of common noise, as if their errors were independent."""
    points = analysis.moment(of_seed(swept(True), seed, n), "cos(x)", at="final")
    return analysis.fit(points[["value", "stderr", "n_eff"]], formula)


def experiments() -> list[Experiment | Rejection]:
    """Return the parameters of two formulas, twins that forget the noise, and a p-value."""
    result: list[Experiment | Rejection] = []
    for what, (formula, name, truth) in FITTED.items():
        for common in (True, False):
            noise = "common noise" if common else "separate noise"
            result.append(
                Experiment(
                    f"{what}, {noise}", truth,
                    lambda seed, n, f=formula, c=common, name=name: fitted(f, c, seed, n)[name],
                    SIZES,
                )
            )  # fmt: skip
        if what in TWINS:
            result.append(
                Experiment(
                    f"twin: {what}, common noise", truth,
                    lambda seed, n, f=formula, name=name: forgetful(f, seed, n)[name],
                    SIZES[-1:], twin=True,
                )
            )  # fmt: skip
    result.append(
        Rejection(
            "chi square of a linear formula, separate noise",
            lambda seed, n: fitted(LINE, False, seed, n).p_value, SIZES,
        )
    )  # fmt: skip
    return result
