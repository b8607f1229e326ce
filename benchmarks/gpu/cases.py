"""The cases of the comparison of bits: shipped landscapes with all dynamics, and others."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

TRAJECTORIES, STEPS, SEED = 70, 67, 20180115  # a block and a ragged end; odd, past one check

#: options of each class of dynamics, tried on every landscape
OPTIONS: dict[str, dict[str, Any]] = {
    "GD": {"learning_rate": 0.05},
    "SGD": {"learning_rate": 0.05},
    "GradientFlow": {"dt": 0.05, "beta": 5.0},
    "Ito": {"beta": 5.0, "dt": 0.01},
    "Stratonovich": {"beta": 5.0, "dt": 0.01},
    "Isothermal": {"beta": 5.0, "dt": 0.01},
    "AType": {"beta": 5.0, "dt": 0.01},
    "Underdamped": {"friction": 1.0, "beta": 5.0, "dt": 0.05},
    "RGD": {"learning_rate": 0.05, "epsilon": 0.1},
    "RGDFlow": {"dt": 0.05, "epsilon": 0.1},
    "Geodesic": {"dt": 0.05, "epsilon": 0.1},
    "NaturalGradient": {"learning_rate": 0.05},
    "NaturalGradientFlow": {"dt": 0.05},
    "GDC": {"learning_rate": 0.05},
    "Refined": {"levels": 2, "discard_steps": 5},
}
#: what else a kernel can hold: orders of a training set, loops over a batch, schemes, noises
EXTRAS: list[tuple[str, str, dict[str, Any]]] = [
    ("archimedes", "SGD", {"batch_size": 3, "momentum": 0.5}),
    *(
        ("archimedes", "SGD", {"sampling": order, "train_size": 9})
        for order in ("iid", "without-replacement", "fixed", "reshuffled")
    ),
    ("archimedes", "GDC", {"train_size": 6}),
    *(
        ("double_well", "Ito", {"scheme": scheme})
        for scheme in ("heun", "milstein", "strong-1.5", "weak-2")
    ),
    ("double_well", "Ito", {"noise": "rademacher"}),
    ("quartic_well", "Ito", {"noise": "stable", "alpha": 1.5}),
]
FORMS = (("Ito", "first passage"), ("SGD", "average"), ("SGD", "philox"))


class Case(NamedTuple):
    """A comparison by name: a landscape, a dynamics and a form of run."""

    landscape: str
    dynamics: str
    extra: int | None = None
    form: str = "run"

    def __str__(self) -> str:
        more = "" if self.extra is None else f" {EXTRAS[self.extra][2]}"
        return f"{self.form}, {self.landscape}, {self.dynamics}{more}"


def cases(landscapes: int | None = None) -> list[Case]:
    """Return all combinations, also those the package will refuse; on the first few landscapes."""
    from driftscape.landscapes import ZOO

    names = list(ZOO)[:landscapes]
    found = [Case(name, kind) for name in names for kind in OPTIONS]
    found += [Case(name, kind, None, form) for name in names for kind, form in FORMS]
    return found + [Case(name, kind, i) for i, (name, kind, _) in enumerate(EXTRAS)]


def problem_of(case: Case) -> tuple[Any, Any]:
    """Return the landscape and the dynamics of a case, or raise the package's own error."""
    from driftscape import simulate
    from driftscape.landscapes import ZOO
    from driftscape.simulate.dynamics import DYNAMICS

    landscape, options = ZOO[case.landscape](), dict(OPTIONS[case.dynamics])
    scale = 1e-3 if case.landscape == "mueller_brown" else 1.0  # a depth of 147: steps as small
    for name in {"learning_rate", "dt"} & set(options):
        options[name] *= scale
    if case.extra is not None:
        options |= EXTRAS[case.extra][2]
    if case.dynamics == "Refined":
        inner = simulate.Ito(beta=5.0, dt=0.01 * scale)
        options |= {"dynamics": inner, "observables": (landscape.coordinates[0],)}
    return landscape, DYNAMICS[case.dynamics](**options).bound(landscape)


def run_case(form: str, landscape: Any, dynamics: Any, backend: Any) -> Any:
    """Return the dataset of one form of run on a backend."""
    from driftscape import simulate

    given: dict[str, Any] = {
        "trajectories": TRAJECTORIES, "seed": SEED, "backend": backend, "threads": 1,
        "progress": False,
    }  # fmt: skip
    # away from fixed points, where every error would be multiplied by nothing
    middle, scatter = landscape.start, np.random.default_rng(SEED)
    starts = 0.3 * scatter.standard_normal((TRAJECTORIES, landscape.dim))
    given["start"] = starts + np.array([float(c) for c in middle])
    x, start = landscape.coordinates[0], float(middle[0])
    if form == "first passage":
        far = {"above": f"{x} > {start + 0.5!r}", "below": f"{x} < {start - 0.7!r}"}
        return simulate.first_passage(landscape, dynamics, target=far, max_steps=STEPS, **given)
    given["steps"] = STEPS
    if form == "average":
        keep = [simulate.Average(x, f"{x}**2", discard_steps=11), "snapshots"]
        return simulate.run(landscape, dynamics, keep=keep, save_every=5, **given)
    if form == "philox":
        given["generator"] = "philox"
    return simulate.run(landscape, dynamics, save_every=3, **given)
