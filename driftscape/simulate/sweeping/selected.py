"""A point selected from a sweep: what it says of itself is what a run of its own would say."""

from __future__ import annotations

from typing import Any


def selected(made: dict[str, Any], dataset: Any) -> dict[str, Any]:
    """Return the provenance of a sweep, with the parameters that were selected put in their place.

    Where all were, what is left is the provenance of `simulate.run` or `simulate.first_passage`.

    Raises
    ------
    ValueError
        A swept coordinate is gone, so that nobody can say which value these trajectories had.
    """
    lost = [name for name in made["over"] if name not in dataset.coords]
    if lost:
        raise ValueError(
            f"the dataset is of a sweep over {', '.join(made['over'])}, and its coordinate "
            f"{lost[0]!r} is gone; select with .sel({lost[0]}=...) and without drop=True."
        )
    over = dict(made["over"])
    for name, (owner, parameter) in made["over"].items():
        if name in dataset.dims:
            continue
        del over[name]
        values = made["dynamics"] if owner == "dynamics" else made["landscape"]["parameters"]
        values[parameter] = dataset[name].item()
    if over:
        return made | {"over": over}
    seed = made["seed"] if made["common"] else str(dataset["seed"].item())
    point = made | {"seed": seed}
    for name in ("over", "common", *(["verb"] if made["verb"] == "sweep" else [])):
        del point[name]
    return point


def refuse_open(made: dict[str, Any], owner: str) -> None:
    """Refuse to say which landscape, or which dynamics, the whole of a sweep is of."""
    still = [name for name, (whose, _) in made.get("over", {}).items() if whose == owner]
    if still:
        raise ValueError(
            f"the dataset is a sweep over {', '.join(still)}, of no single {owner}; select a "
            f"point first, e.g. dataset.isel({still[0]}=0)."
        )
