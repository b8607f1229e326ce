"""SGD over a training set of 100 samples, per gradient, over SGD with fresh samples."""

from typing import Any

from .timing import Contender

SIZE, TRAJECTORIES = 100, 1024
ORDERS = ("iid", "without-replacement", "fixed", "reshuffled")


def contenders(batch: int, quick: bool) -> list[Contender]:
    """Return SGD with fresh samples and with each way through a training set; one thread."""
    from driftscape import landscapes, simulate

    screw, steps = landscapes.archimedes(), 2000 if quick else 20_000

    def contender(order: str) -> Contender:
        size = {} if order == "fresh" else {"train_size": SIZE}
        sgd = simulate.SGD(learning_rate=0.05, batch_size=batch, sampling=order, **size)

        def run() -> Any:
            return simulate.run(
                screw, sgd, steps=steps, trajectories=TRAJECTORIES, seed=1, keep="final",
                threads=1, progress=False,
            )  # fmt: skip

        return Contender(order, run, TRAJECTORIES * steps * batch)

    return [contender(order) for order in ("fresh", *ORDERS)]
